"""The cases of the kill matrix in which a producer dies, and what all cases share. Each brings a peer to a point, lets
it die there, and looks at what its survivors get, whether they can go on, and whether the next ones can start.
consumer_cases.py has the others."""

import os

from peers import END, EVICTED, LOST, NO_PRODUCER, OK, Received, check
from points import FRAME, SLOT_IS_EMPTY
from system import Clock

FRAMES_BEFORE = 3  # published before a point is armed


# ---- what all cases share ----


def attached(run, dialect, early=False):
    """Consumers of every kind that the dialect has: (peer, delivery). early: some follow."""
    if dialect == "baseimage":
        kinds = [("latest", "copy"), ("latest", "copy")]
    elif early:
        kinds = [("every", "early"), ("latest", "early"), ("every", "place"), ("latest", "copy")]
    else:
        kinds = [("every", "place"), ("latest", "place"), ("every", "copy"), ("latest", "copy"),
                 ("bounded2", "copy")]
    found = []
    for delivery, how in kinds:
        peer = run.consumer(delivery)
        peer.manner = f"{delivery} {how}"
        found.append((peer, delivery))
    return found


def let_receive(found, first=0):
    """They receive. first: those of every frame take so many, until catch_up."""
    for peer, delivery in found:
        peer.tell(f"receive {first if delivery == 'every' else 0} -1 {peer.manner}")


def catch_up(found, first):
    """Those of every frame have taken the first ones, which are all there are, and receive what follows: so
    they are in nobody's way, however slow they are."""
    for peer, delivery in found:
        if delivery == "every":
            got = Received(peer.hear("received"))
            check(got.status == OK and got.count == first, f"{first} frames expected: {got.text}")
            peer.tell(f"receive 0 -1 {peer.manner}")


def survivors(run, dialect, early=False):
    found = attached(run, dialect, early)
    let_receive(found)
    return found


def sleeper(run):
    """One that stands still where it has just fallen asleep: whoever has news has to wake it."""
    peer = run.consumer("latest")
    peer.arm("event.sleeping", 1, "stop")
    peer.tell("receive 0 -1 latest copy")
    peer.wait_at("event.sleeping", "received")
    peer.wait_stopped()
    return peer, "latest"


def receive_one(producer, victim, manner):
    victim.tell(f"receive 1 -1 {manner}")
    check(int(producer.ask("send 1 0 p", "sent")[1]) == OK, "sending")
    victim.hear("received")


def check_complete(got, delivery, empty=False):
    """Everything that was published has been received, to the last frame. empty: the one slot of the
    dialect had been overwritten, so that a consumer may have been too late."""
    if delivery == "every":
        check(got.skipped == 0 and got.pending == 0, f"a frame is missing: {got.text}")
        check(got.count == 0 or got.count == got.last - got.first + 1, f"a gap: {got.text}")
        check(got.count == 0 or got.first == got.begin, f"the first frame is missing: {got.text}")
    check(empty or got.pending == 0, f"the last frame is missing: {got.text}")


def hear_ends(run, found, death_ns, dialect, allowed=(LOST,), head=None, empty=False):
    """Each survivor gets its status in time, after every frame that was published."""
    heads = set()
    for peer, delivery in found:
        got = Received(peer.hear("received"))
        check(got.status in allowed, f"status {got.status}: {got.text}")
        what = "notices the producer's death" if LOST in allowed else "notices the end"
        run.note(f"a consumer {what}", got.ns - death_ns)
        check_complete(got, delivery, empty and dialect == "baseimage")
        heads.add(got.head)
    check(len(heads) <= 1 or dialect == "baseimage", f"different ends: {heads}")
    if head is not None and dialect == "native":
        check(heads == {head}, f"frame {head} should have been the last: {heads}")


def leave(found):
    for peer, _ in found:
        peer.ask("leave", "left")
        peer.quit()


def next_producer(run, dialect):
    """Starts without any clean-up by hand."""
    producer = run.peer()
    producer.ask("ready", "ready")
    begin = Clock.now_ns()
    status = producer.ask(f"create {dialect} 3 wait 0", "created")
    check(int(status[1]) == OK, f"the next producer: {' '.join(status)}")
    run.note("the next producer starts", int(status[2]) - begin)
    return producer


def restart(run, dialect):
    """The next producer and the next consumers."""
    producer = next_producer(run, dialect)
    found = survivors(run, dialect)
    producer.ask("wait", "waited")
    sent = producer.ask("send 12 0 p", "sent")
    check(int(sent[1]) == OK and int(sent[2]) == 12, f"the next producer: {' '.join(sent)}")
    return producer, found


def finish(run, producer, found, dialect, *left):
    """Ends cleanly; nothing stays in shared memory."""
    now = int(producer.ask("end", "ended")[1])
    hear_ends(run, found, now, dialect, allowed=(END,))
    leave(found)
    producer.quit()
    run.assert_no_names(*left)


def aftermath(run, found, dialect):
    """After a producer's death: some leave before the next one comes, some after it has gone."""
    half = len(found) // 2
    leave(found[:half])
    producer, young = restart(run, dialect)
    leave(found[half:])
    finish(run, producer, young, dialect)


# ---- producers ----


def publish(run, point, action, dialect, how="p", policy="wait", pollable=False):
    victim = run.producer(dialect, 6 if how == "e" else 4, policy)
    if pollable:
        check(int(victim.ask("pollable", "pollable")[1]) == OK, "a pollable")
    found = survivors(run, dialect, early=how == "e")
    check(int(victim.ask(f"send {FRAMES_BEFORE} 0 {how}", "sent")[1]) == OK, "sending")
    passes, head = 4, None
    if point in FRAME:
        head = FRAMES_BEFORE + passes - (FRAME.index(point) < FRAME.index("commit.head"))
    elif point.startswith("early."):
        head = FRAMES_BEFORE + passes - 1
    elif point in ("claim.reserved", "slot.given_back", "event.set"):
        passes = 1
    elif point == "watch.news":
        victim.ask("drain", "drained")  # what is still on its way is less than this
        passes = 20
    elif point == "wake.record":
        passes = 70  # of 32 records for each frame
    found += [sleeper(run)] if point == "event.set" else []
    victim.arm(point, passes, action)
    victim.tell(f"send 400 1000 {'c' if point.startswith('fill') and how == 'p' else how}")
    death = victim.die_at(point, action, "sent")
    if point == "event.set":
        found[-1][0].resume()
    hear_ends(run, found, death, dialect, head=head, empty=point in SLOT_IS_EMPTY)
    aftermath(run, found, dialect)


def abort(run, point, action, dialect, how=""):
    victim = run.producer(dialect, 6 if how else 4)
    found = survivors(run, dialect, early=how == "e")
    check(int(victim.ask(f"send {FRAMES_BEFORE} 2000 p", "sent")[1]) == OK, "sending")
    for _ in range(2 if how else 0):
        check(int(victim.ask(f"abort {how}", "aborted")[1]) == OK, "giving up a frame that is shown")
    victim.arm(point, 1, action)
    victim.tell(f"abort {how}".strip())
    death = victim.die_at(point, action, "aborted")
    hear_ends(run, found, death, dialect, head=FRAMES_BEFORE, empty=True)
    aftermath(run, found, dialect)


def put_back(run, point, action, dialect, names):
    """The producer dies while it gives its objects the names back that somebody has taken."""
    victim = run.producer(dialect, 4)
    found = survivors(run, dialect)
    check(int(victim.ask(f"send {FRAMES_BEFORE} 0 p", "sent")[1]) == OK, "sending")
    victim.arm(point, 1, action)
    moved = []
    for form in names:
        path = os.path.join("/dev/shm", form.format(run.channel))
        if "Mutex" in form:
            os.unlink(path)
        else:
            moved.append(os.path.join("/dev/shm", form.format(f"{run.channel}moved")))
            os.rename(path, moved[-1])
    victim.tell("send 100000 1000 p")
    death = victim.die_at(point, action, "sent")
    for path in moved:
        os.unlink(path)
    hear_ends(run, found, death, dialect)
    aftermath(run, found, dialect)


def end_early(run, point, action):
    """The producer ends with a frame that is shown, and dies before it has said so."""
    victim = run.producer("native", 6)
    found = survivors(run, "native", early=True)
    victim.ask(f"send {FRAMES_BEFORE} 2000 e", "sent")
    check(int(victim.ask("show", "shown")[1]) == OK, "showing")
    victim.arm(point, 1, action)
    victim.tell("end")
    death = victim.die_at(point, action, "ended")
    hear_ends(run, found, death, "native", head=FRAMES_BEFORE)
    aftermath(run, found, "native")


def full(run, point, action, policy, stall_ms=0):
    """The producer dies while its slots are used up, by one that does not move."""
    victim = run.producer("native", 3, policy)
    idle = run.consumer("every")
    found = attached(run, "native")
    let_receive(found, first=3)
    victim.ask("send 3 0 p", "sent")
    catch_up(found, first=3)
    if stall_ms:
        victim.ask(f"stall {stall_ms}", "limited")
    victim.arm(point, 1 if stall_ms else 2, action)
    victim.tell(f"send 100000 {100 if policy == 'drop' else 0} {'t' if policy == 'timed' else 'p'}")
    death = victim.die_at(point, action, "sent")
    hear_ends(run, found, death, "native", head=3)
    idle.tell("receive 0 -1 every place")
    got = Received(idle.hear("received"))
    told = EVICTED if point == "evict.stored" else LOST
    check(got.status == told, f"{told} expected: {got.text}")
    check(got.status == EVICTED or got.count == 3, f"what was published is not there: {got.text}")
    aftermath(run, [(idle, "every")] + found, "native")


def reclaim(run, point, action):
    """The finder dies while it clears up after one who died with a frame in hand."""
    victim = run.producer("native")
    dead = run.consumer("every")
    found = survivors(run, "native")
    victim.ask(f"send {FRAMES_BEFORE} 0 p", "sent")
    dead.ask("hold", "held")
    victim.arm(point, 1, action)
    dead.kill()
    victim.ask(f"names {run.channel}", "names")  # Wine's server, when it answers, knows of the death
    victim.tell("count")
    death = victim.die_at(point, action, "counted")
    hear_ends(run, found, death, "native", head=FRAMES_BEFORE)
    aftermath(run, found, "native")


def bare_object(run):
    """What a program of the old kind makes, and the names that are its own."""
    peer = run.plain_peer("create")
    peer.hear("ready")
    return peer, (run.channel, f"sem.{run.channel}Mutex")


def predecessor(run, before):
    """What is there already: (consumers of a dead producer, names that stay, when it died, who keeps
    it open)."""
    if before == "nothing":
        return [], (), 0
    if before == "bare":
        _, names = bare_object(run)
        return [], names, 0
    dialect = before.split()[-1]
    producer = run.producer(dialect)
    found = [] if before.startswith("unused") else survivors(run, dialect)
    producer.ask(f"send {FRAMES_BEFORE} 0 p", "sent")
    return found, (), producer.kill()


def create(run, point, action, dialect, before):
    """A producer dies while it makes a channel or takes one over. One waits for a channel meanwhile."""
    waiting = run.peer()
    victim = run.peer()
    found, names, died = predecessor(run, before)
    # One that is slow to look would seem to use what is unused: a native producer could not have the name.
    looks = before != "unused baseimage"
    if looks:
        waiting.tell("open latest -1")
    victim.arm(point, 1, action)
    victim.tell(f"create {dialect} 4 wait 0")
    death = victim.die_at(point, action, "created")
    # In the dialect the next producer uses the slot again: who has not copied by then is too late.
    hear_ends(run, found, max(death, died), before, empty=before == "baseimage")
    producer = next_producer(run, dialect)
    if not looks:
        waiting.tell("open latest -1")
    producer.ask("send 3 0 p", "sent")
    receive_from_living(waiting)
    leave(found + [(waiting, "latest")])
    producer.ask("end", "ended")
    producer.quit()
    run.assert_no_names(*names)


def receive_from_living(waiting):
    """One that waits may have found the one that died, or a sender of the old kind, and then is told."""
    for _ in range(3):
        opened = waiting.hear("opened")
        check(int(opened[1]) == OK, f"one that waits: {' '.join(opened)}")
        got = Received(waiting.ask("receive 1 -1 latest copy", "received"))
        if got.status == OK:
            return
        check(got.status == LOST, f"one that waits: {got.text}")
        waiting.ask("leave", "left")
        waiting.tell("open latest -1")
    check(False, "one that waits finds nobody but the dead")


def end(run, point, action, dialect, alone=False, bare=False, claim=False):
    """claim: one is open and stays so, and only the stream ends."""
    names = ()
    if bare:
        _, names = bare_object(run)
    victim = run.producer(dialect)
    found = [] if alone else survivors(run, dialect)
    victim.ask(f"send {FRAMES_BEFORE} 0 p", "sent")
    found += [sleeper(run)] if point == "event.set" else []
    victim.arm(point, 1, action)
    victim.tell("end_with_claim" if claim else "end")
    death = victim.die_at(point, action, "ended")
    if point == "event.set":
        found[-1][0].resume()
    # The one slot of the dialect is the claim's.
    hear_ends(run, found, death, dialect, allowed=(END, LOST), head=FRAMES_BEFORE, empty=claim)
    producer, young = restart(run, dialect)
    leave(found)
    finish(run, producer, young, dialect, *names)


def clean(run, point, action, dialect, then):
    """A tool that clears a dead channel away dies on the way; a producer starts, or another tool does the rest."""
    predecessor(run, f"unused {dialect}")
    victim = run.peer()
    victim.arm(point, 1, action)
    victim.tell("bury")
    victim.die_at(point, action, "buried")
    if then == "tool":
        other = run.peer()
        status = int(other.ask("bury", "buried")[1])
        check(status in (OK, NO_PRODUCER), f"another tool: {status}")
        other.quit()
        run.assert_no_names()
    producer, young = restart(run, dialect)
    finish(run, producer, young, dialect)


def step_back(run, point, action):
    """The producer dies where it finds that somebody was quicker: a consumer that was stopped before it
    took a frame, and takes it when the producer has just looked."""
    victim = run.producer("native", 3)
    late = run.consumer("latest")
    victim.ask("send 1 0 p", "sent")
    late.arm("hold.begin", 1, "stop")
    late.arm("hold.set", 1, "stop")
    late.tell("receive 0 -1 latest place")
    late.wait_at("hold.begin", "received")
    late.wait_stopped()
    victim.arm("take.begin", 3, "stop")  # for frame 4, in the slot of frame 1
    victim.arm(point, 1, action)
    victim.tell("send 100 0 p")
    victim.wait_at("take.begin", "sent")
    victim.wait_stopped()
    late.resume()
    late.wait_at("hold.set", "received")
    late.wait_stopped()
    victim.resume()
    death = victim.die_at(point, action, "sent")
    late.resume()
    hear_ends(run, [(late, "latest")], death, "native", head=3)
    aftermath(run, [(late, "latest")], "native")
