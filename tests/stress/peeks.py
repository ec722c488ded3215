"""Looks from outside at a channel whose producer stands at each fault point of making, publishing and ending,
and once more when it has been killed there: the state has the right name, the newest frame can be had if there
is one, and it is whole. Prints how many looks there were as JSON."""

import functools
import sys

import cases
import harness
import points
from peers import NO_PRODUCER, OK, TIMEOUT, check

NONE = "nothing"  # has the name

FRAMES = cases.FRAMES_BEFORE


def look(run, looker, wanted, what):
    """The answer to "peek", whose state is the wanted one."""
    _, status, state, head, grabbed, number = looker.ask("peek", "peeked")
    found = state if int(status) == OK else NONE
    check(int(status) in (OK, NO_PRODUCER), f"{what}: status {status}")
    check(found == wanted, f"{what}: {found}, where it is {wanted}")
    run.measured.append(("looks", 0))
    return int(head), int(grabbed), int(number)


def both_looks(run, victim, point, instead, alive, dead):
    """Looks while the victim stands at the point, and when it has been killed."""
    looker = run.peer()
    victim.wait_at(point, instead)
    victim.wait_stopped()
    results = [look(run, looker, alive, "alive")]
    victim.kill()
    results.append(look(run, looker, dead, "dead"))
    looker.quit()
    return results


def publish(run, point, dialect, how="p"):
    victim = run.producer(dialect)
    check(int(victim.ask(f"send {FRAMES} 0 {how}", "sent")[1]) == OK, "sending")
    victim.arm(point, 1, "stop")
    victim.tell(f"send 1 0 {'c' if point.startswith('fill') and how == 'p' else how}")
    in_way = points.FRAME.index(point) if point in points.FRAME else 0
    number = FRAMES + (in_way >= points.FRAME.index("commit.head"))
    is_empty = dialect == "baseimage" and point in points.SLOT_IS_EMPTY
    in_slot = FRAMES + (in_way >= points.FRAME.index("commit.frame")) if dialect == "baseimage" else number
    for head, grabbed, found in both_looks(run, victim, point, "sent", "live", "dead"):
        check(head == number, f"head is {head}, where it is {number}")
        check(grabbed == (TIMEOUT if is_empty else OK), f"grab: {grabbed}")
        check(is_empty or found == in_slot, f"frame {found} was grabbed, where {in_slot} is the newest")


# In which state a channel is whose producer dies while it makes one, and while it does so.
NAMED = ("starting", "dead")
READY = ("empty", "dead")
EVENT = ("create.event_noted", "signal.made", "create.event_made")
ANNOUNCED = ("adopt.announced", "adopt.done")
UNBURIED = ("create.consumers_written", "create.consumers_leased", "bury.opened", "bury.frames", "seize.opened",
            "remove.begin", "remove.alone", "remove.frames", "remove.event", "alone.granted",
            "bury.consumers_seized")
BEFORE_BURIAL = ("create.frames_leased", "block.generation", "block.zeroed", "block.written")


def states_of_making(point, dialect, before):
    if point == "create.consumers_named":
        return NAMED
    if point in EVENT or point in ANNOUNCED:
        return READY
    if before == "nothing":
        return NONE, NONE
    if before == "bare":
        return ("starting", "dead" if point == "block.written" else "bare")
    if before == "baseimage":  # which is taken over as it is
        taken = point in ("adopt.consumers_named", "adopt.starting", "adopt.leased", "adopt.roomy") + BEFORE_BURIAL
        return NAMED if taken else ("dead", "dead")
    if point in UNBURIED or (dialect == "native" and point in BEFORE_BURIAL):
        return "dead", "dead"
    return NONE, NONE


def create(run, point, dialect, before):
    victim = run.peer()
    cases.predecessor(run, before)
    victim.arm(point, 1, "stop")
    victim.tell(f"create {dialect} 4 wait 0")
    both_looks(run, victim, point, "created", *states_of_making(point, dialect, before))


def states_of_ending(point, dialect, alone, bare):
    if bare:
        return {"end.begin": ("ended", "ended"), "end.frames": ("starting", "bare"),
                "end.consumers": ("bare", "bare")}[point]
    if dialect == "baseimage" and not alone:
        return "ended", "ended"  # the object stays as long as consumers use it
    if point == "end.consumers":
        return NONE, NONE
    if point in ("remove.frames", "end.frames"):
        return NAMED
    if point == "alone.granted":  # while that lease stands, nobody else can open the object
        return "starting", "ended"
    return "ended", "ended"


def end(run, point, dialect, alone=False, bare=False, claim=False):
    """claim: one is open and stays so, and only the stream ends."""
    if bare:
        cases.bare_object(run)
    victim = run.producer(dialect)
    if not alone:
        cases.attached(run, dialect)
    check(int(victim.ask(f"send {FRAMES} 0 p", "sent")[1]) == OK, "sending")
    victim.arm(point, 1, "stop")
    victim.tell("end_with_claim" if claim else "end")
    both_looks(run, victim, point, "ended", *states_of_ending(point, dialect, alone, bare))


CASES = {"create": create, "end": end}


def planned():
    for dialect in ("native", "baseimage"):
        for point in points.FRAME + ("fill.row",):
            how = "r" if point == "fill.row" else "p"
            yield f"{point}, publish {dialect}", functools.partial(publish, point=point, dialect=dialect, how=how)
    for point, case, options in points.cases():
        if case in CASES and point != "event.set":
            words = " ".join(f"{key}={value}" for key, value in options.items())
            yield f"{point}, {case} {words}", functools.partial(CASES[case], point=point, **options)


def main():
    options = harness.arguments(__doc__)
    return 1 if harness.run_all("peeks", list(planned()), options) else 0


if __name__ == "__main__":
    sys.exit(main())
