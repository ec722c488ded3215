"""Where a peer is killed: for each fault point of the library the cases that reach it. A point that is
in the sources and not here, or the other way round, is an error, and so is one that is not reached."""

import os
import re

from system import ON_WINDOWS

SOURCE = os.environ["FERRY_SOURCE"]

# The way of a frame, in its order: what stands before "commit.head" dies with its frame unpublished.
FRAME = ("take.begin", "take.number_cleared", "take.fills_raised", "claim.chosen", "claim.done",
         "fill.begin", "fill.done", "commit.begin", "commit.described", "commit.filled", "commit.frame",
         "commit.entry", "commit.head", "commit.unlocked", "commit.woken", "commit.signalled")

# While these are passed the one slot of the dialect holds no frame.
SLOT_IS_EMPTY = FRAME[FRAME.index("take.number_cleared"):FRAME.index("commit.frame")] + ("fill.row",)


# On Windows a name goes with the last handle to its object, and who is attached to a native channel has let
# it go. So the names of a dead producer are gone before anybody can bury them; in the dialect the frames
# object keeps its name as long as someone else uses it.
REMOVING = ("bury.opened", "seize.opened", "remove.begin", "remove.alone", "remove.frames",
            "remove.event")
# Steps of a port. It has no channel: tests/dialects kills its program there, beside old programs.
OF_PORTS = ("port.send_entered", "port.written", "port.sent", "port.receive_entered", "port.copied", "port.received")
UNREACHED = {point: "tests/dialects kills programs there" for point in OF_PORTS}
if ON_WINDOWS:
    UNREACHED |= {point: "a dead producer's consumers object has no name, unless somebody is just attaching"
                  for point in ("bury.consumers_seized", "bury.consumers_removed")}
    UNREACHED |= {point: "nobody can take a name from an object that is in use"
                  for point in ("tend.named", "tend.event_named")}
    UNREACHED["slot.given_back"] = "a section keeps its pages as long as it lives"


def finds_nothing(point, case, options):
    """Whether a case does not get to the point, because there is nothing that has to be removed."""
    if not ON_WINDOWS:
        return False
    if point in REMOVING:
        return (case == "create" and options["before"] in ("native", "unused baseimage") or
                case == "bury" and (options["dialect"] == "native" or "last" in options))
    return (point in UNREACHED or
            (point, case, options.get("dialect")) == ("bury.frames", "create", "baseimage"))


def cases():
    """Yields (point, case, options of the case)."""
    for point, case, options in all_cases():
        if not finds_nothing(point, case, options):
            yield point, case, options


def all_cases():
    both = ("native", "baseimage")
    for point in FRAME + ("claim.reserved", "event.set", "wake.record"):
        for dialect in both:
            yield point, "publish", {"dialect": dialect}
    for dialect in both:
        yield "fill.row", "publish", {"dialect": dialect, "how": "r"}
        for point in ("abort.begin", "abort.given"):
            yield point, "abort", {"dialect": dialect}
    if not ON_WINDOWS:
        yield "slot.given_back", "publish", {"dialect": "native"}
    yield from keeping()
    yield from early()
    for point in ("full.looking", "full.asleep", "event.sleeping", "event.awake"):
        yield point, "full", {"policy": "wait"}
    for point in ("full.looking", "full.given_up", "drop.counted"):
        yield point, "full", {"policy": "drop"}
    for point in ("full.looking", "full.timed_out", "drop.counted"):
        yield point, "full", {"policy": "timed"}
    for point in ("evict.begin", "evict.stored"):
        for policy in ("wait", "drop"):
            yield point, "full", {"policy": policy, "stall_ms": 50}
    for point in ("reclaim.leased", "reclaim.cleared", "reclaim.dropped", "reclaim.found", "clear.free",
                  "clear.nameless", "clear.unwanted"):
        yield point, "reclaim", {}
    yield from creating()
    yield from ending()
    if not ON_WINDOWS:  # there, nobody can take a name from an object that is in use
        yield from keeping_names()
        yield from cleaning()  # there, the dead leave nothing
    yield from consuming()


def keeping():
    # A frame that is published and kept, and a thread that waits for slots for an event loop. Consumers set no
    # event in the dialect, where they have nothing to give back.
    for point in ("commit.begin", "commit.filled", "commit.head", "commit.unlocked", "commit.woken", "keep.let_go"):
        yield point, "publish", {"dialect": "native", "how": "k"}
    yield "watch.news", "publish", {"dialect": "native", "pollable": True}


def early():
    # A frame that is shown while it is written, on both sides. All of these come before "commit.head".
    for point in ("early.described", "early.shown", "early.filled", "early.woken", "early.retracted",
                  "commit.begin", "commit.described", "commit.filled", "commit.frame", "commit.entry",
                  "commit.head", "commit.unlocked", "commit.woken"):
        yield point, "publish", {"dialect": "native", "how": "e"}
    for point in ("early.shown", "early.woken", "early.retracted", "early.abandoned", "abort.given"):
        yield point, "abort", {"dialect": "native", "how": "e"}
    yield "early.abandoned", "end_early", {}
    for delivery in ("latest", "every"):
        for point in ("follow.begin", "follow.held", "follow.awaits", "follow.whole"):
            yield point, "receive", {"delivery": delivery, "how": "early"}
        yield "follow.overtaken", "overtaken_early", {"delivery": delivery}


def keeping_names():
    for dialect in ("native", "baseimage"):
        for names in (["{}"], ["{}~consumers"], ["{}", "{}~consumers"]):
            yield "tend.named", "put_back", {"dialect": dialect, "names": names}
    yield "tend.event_named", "put_back", {"dialect": "baseimage", "names": ["sem.{}Mutex"]}


def creating():
    fresh = ("create.consumers_written", "create.consumers_leased", "create.frames_leased",
             "create.unnamed", "create.consumers_named", "block.generation", "block.zeroed",
             "block.written") + (("publish.section", "publish.copied") if ON_WINDOWS else ())
    with_event = ("create.event_noted", "signal.made", "create.event_made")
    adopting = ("adopt.begin", "adopt.consumers_named", "adopt.starting", "adopt.leased", "adopt.roomy",
                "block.generation", "block.zeroed", "block.written", "adopt.announced", "adopt.done",
                "seize.opened", "bury.consumers_seized", "bury.consumers_removed")
    burying = ("bury.opened", "bury.frames", "seize.opened", "remove.begin", "remove.alone",
               "remove.frames", "remove.event", "bury.consumers_seized", "bury.consumers_removed")
    for point in fresh:
        yield point, "create", {"dialect": "native", "before": "nothing"}
        yield point, "create", {"dialect": "native", "before": "native"}
        yield point, "create", {"dialect": "baseimage", "before": "nothing"}
    for point in with_event:
        yield point, "create", {"dialect": "baseimage", "before": "nothing"}  # else there is one
    for point in adopting:
        yield point, "create", {"dialect": "baseimage", "before": "baseimage"}
    lengthening = () if ON_WINDOWS else ("extend.reserved", "extend.mapped")
    for point in lengthening + ("adopt.leased", "adopt.roomy", "block.generation", "block.zeroed",
                                "block.written", "adopt.announced", "adopt.done"):
        yield point, "create", {"dialect": "baseimage", "before": "bare"}
    for point in burying:
        yield point, "create", {"dialect": "native", "before": "native"}
        yield point, "create", {"dialect": "baseimage", "before": "native"}
        yield point, "create", {"dialect": "native", "before": "unused baseimage"}
    if not ON_WINDOWS:
        yield "alone.granted", "create", {"dialect": "native", "before": "unused baseimage"}


def ending():
    for point in ("end.announced", "end.woken", "end.begin", "end.frames", "end.consumers", "event.set"):
        for dialect in ("native", "baseimage"):
            yield point, "end", {"dialect": dialect}
    yield "remove.begin", "end", {"dialect": "baseimage"}
    for point in ("remove.alone", "remove.frames", "remove.event"):
        yield point, "end", {"dialect": "baseimage", "alone": True}
    for point in ("end.announced", "end.woken", "end.begin", "end.frames", "end.consumers"):
        yield point, "end", {"dialect": "native", "claim": True}
    for point in ("end.announced", "end.woken"):
        yield point, "end", {"dialect": "baseimage", "claim": True}
    if not ON_WINDOWS:
        yield "alone.granted", "end", {"dialect": "baseimage", "alone": True}
    for point in ("end.begin", "end.frames", "end.consumers"):
        yield point, "end", {"dialect": "baseimage", "bare": True}


def cleaning():
    for then in ("producer", "tool"):
        for point in ("bury.opened", "seize.opened", "remove.begin", "remove.alone", "remove.event", "remove.frames",
                      "bury.frames", "bury.consumers_seized", "bury.consumers_removed"):
            for dialect in ("native", "baseimage"):
                yield point, "clean", {"dialect": dialect, "then": then}
        yield "alone.granted", "clean", {"dialect": "baseimage", "then": then}


def consuming():
    in_place = ("hold.begin", "hold.set", "release.cleared", "release.counted", "receive.looking",
                "receive.running", "event.sleeping", "event.awake")
    for how in ("place", "copy"):
        for point in in_place:
            yield point, "receive", {"delivery": "latest", "how": how}
        for point in in_place + ("every.advanced", "event.set"):
            yield point, "receive", {"delivery": "every", "how": how}
    for point in ("hold.begin", "hold.set", "every.advanced", "release.cleared"):
        yield point, "receive", {"delivery": "bounded2", "how": "place"}
    for point in ("copy.copied", "receive.looking", "event.sleeping", "event.awake"):
        yield point, "receive", {"delivery": "latest", "how": "copy", "dialect": "baseimage"}
    joining = ("attach.opened", "attach.running", "attach.registry", "join.leased", "clear.free",
               "clear.nameless", "clear.unwanted", "join.cleared", "join.described", "join.taken",
               "attach.placed", "attach.checked", "attach.told")
    leaving = ("leave.begin", "clear.free", "clear.nameless", "clear.unwanted", "leave.cleared",
               "leave.dropped", "detach.left", "detach.closed", "close.detached")
    for case, points in (("join", joining), ("leave", leaving)):
        for point in points:
            yield point, case, {"delivery": "latest"}
            yield point, case, {"delivery": "every"}
            yield point, case, {"delivery": "latest", "dialect": "baseimage"}
    for delivery in ("latest", "every"):
        for point in ("withdraw.left", "withdraw.unwanted", "withdraw.told", "withdraw.noted"):
            yield point, "withdraw", {"delivery": delivery}
        for point in ("leave.begin", "clear.free", "clear.unwanted", "clear.nameless", "leave.cleared",
                      "leave.dropped"):
            yield point, "withdraw", {"delivery": delivery, "released": True}
    for point in ("position.reserved", "position.read", "position.stored"):
        yield point, "join", {"delivery": "every"}
    burying = leaving + ("bury.opened", "seize.opened", "remove.begin", "remove.alone", "remove.frames",
                         "remove.event", "bury.frames", "bury.consumers_seized", "bury.consumers_removed")
    for point in burying:
        yield point, "bury", {"dialect": "native"}
        if point not in ("remove.alone", "remove.frames", "remove.event"):
            yield point, "bury", {"dialect": "baseimage"}
        if not point.startswith("bury.consumers"):
            yield point, "bury", {"dialect": "baseimage", "last": True}
    if not ON_WINDOWS:
        yield "alone.granted", "bury", {"dialect": "baseimage", "last": True}
    sleeping = () if ON_WINDOWS else ("signal.sleeping", "signal.awake")
    for point in ("bare.opened", "bare.copied", "bare.checked") + sleeping:
        yield point, "bare", {}
    for ends in (True, False):
        yield "receive.running", "told_late", {"ends": ends}
    yield "take.step_back", "step_back", {}
    for delivery in ("latest", "bounded2"):
        yield "hold.overtaken", "overtaken", {"delivery": delivery}


def in_sources():
    """The points that the library has on this system, by name, with the files that have them."""
    found = {}
    for folder, _, files in os.walk(os.path.join(SOURCE, "common", "src")):
        if os.path.basename(folder) == ("linux" if ON_WINDOWS else "windows"):
            continue
        for file in files:
            if file.endswith(".c"):
                with open(os.path.join(folder, file), encoding="utf-8") as text:
                    for name in re.findall(r'FERRYI_FAULT\("([^"]*)"\)', text.read()):
                        found.setdefault(name, []).append(file)
    return found


def faults_in_table():
    """What is wrong with the table or with the names, as sentences."""
    sources, table = in_sources(), {point for point, _, _ in cases()}
    wrong = [f"{name} is more than once in the sources" for name, files in sources.items()
             if len(files) > 1]
    wrong += [f"{name} is in {files[0]} and no case reaches it" for name, files in sources.items()
              if name not in table and name not in UNREACHED]
    wrong += [f"{name} is in no source" for name in sorted(table) if name not in sources]
    return wrong
