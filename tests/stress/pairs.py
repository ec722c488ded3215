"""Two at once: producers that race to take over, with one of them killed in the midst; a consumer that is
killed while it buries a dead channel and others come; a consumer that is stopped where it takes a frame
while its producer dies or is replaced; consumers that are stopped where a stall limit has to help; two
consumers that die together. Prints what was measured as JSON, in ms."""

import functools
import itertools
import random
import sys
import time

import harness
import points
from cases import (FRAMES_BEFORE, attached, catch_up, check_complete, finish, hear_ends, leave, let_receive,
                   predecessor, receive_one, restart, survivors)
from consumer_cases import check_reclaimed, go_on, newcomer
from peers import BUSY, END, EVICTED, FOREIGN, LOST, OK, STUCK_SECONDS, Received, check
from system import Clock

SEED = 1  # of the pairs that are drawn, not all tried


def take_over_points():
    """(point, dialect, before) where a producer makes a channel or takes one over."""
    for point, case, options in points.creating():
        if case == "create" and options["before"] != "bare":
            yield point, options["dialect"], options["before"]


def status_of(fields):
    """OK, or BUSY. In the dialect one that is stopped also seems to be a program that uses the object."""
    status = int(fields[1])
    check(status in (OK, BUSY, FOREIGN), f"create: {' '.join(fields)}")
    return OK if status == OK else BUSY


def create_until_ok(peer, dialect, since_ns, run):
    """Tries again while one that has just been killed is in the way. It may still be armed."""
    end = time.monotonic() + STUCK_SECONDS
    while True:
        peer.tell(f"create {dialect} 3 wait 0")
        fields = peer.hear("at", "created")
        if fields[0] == "at":
            peer.wait_stopped()
            peer.resume()
            fields = peer.hear("created")
        if status_of(fields) == OK:
            run.note("the rival starts", int(fields[2]) - since_ns)
            return
        check(time.monotonic() < end, "stuck: always busy")


def check_winner(run, producer, dialect, found):
    """The one producer has the channel to itself."""
    leave(found)
    young = survivors(run, dialect)
    producer.ask("wait", "waited")
    check(int(producer.ask("send 5 0 p", "sent")[1]) == OK, "the winner cannot send")
    finish(run, producer, young, dialect)


def race(run, point, dialect, before, kill):
    """One is stopped at the point while another tries; then it goes on, or is killed."""
    found, _, died = predecessor(run, before)
    one, other = run.peer(), run.peer()
    one.arm(point, 1, "stop")
    one.tell(f"create {dialect} 4 wait 0")
    one.wait_at(point, "created")
    one.wait_stopped()
    other.tell(f"create {dialect} 3 wait 0")
    if kill:
        died = one.kill()
        if status_of(other.hear("created")) == BUSY:
            create_until_ok(other, dialect, died, run)
        hear_ends(run, found, died, before, empty=before == "baseimage")
        check_winner(run, other, dialect, found)
        return
    second = status_of(other.hear("created"))
    one.resume()
    first = status_of(one.hear("created"))
    check((first == OK) != (second == OK), f"producers at a time: {first}, {second}")
    hear_ends(run, found, died, before, empty=before == "baseimage")
    winner, loser = (one, other) if first == OK else (other, one)
    loser.quit()
    check_winner(run, winner, dialect, found)


def race_both(run, point, rival_point, dialect, before, first_dies):
    """Both are stopped in the midst, if the second gets there; one is killed, the other goes on."""
    found, _, died = predecessor(run, before)
    one, other = run.peer(), run.peer()
    for peer, where in ((one, point), (other, rival_point)):
        peer.arm(where, 1, "stop")
        peer.tell(f"create {dialect} 4 wait 0")
        answer = peer.hear("at", "created")
        peer.made = status_of(answer) if answer[0] == "created" else None
        if peer.made is None:
            peer.wait_stopped()
    dead, living = (one, other) if first_dies else (other, one)
    died = dead.kill()
    if living.made is None:
        living.resume()
        living.made = status_of(living.hear("created"))
    if living.made == BUSY:
        create_until_ok(living, dialect, died, run)
    hear_ends(run, found, died, before, empty=before == "baseimage")
    check_winner(run, living, dialect, found)


def late_namer(run, point, dialect, before):
    """One has seen that there is no channel and is stopped; another one makes it, and dies; a consumer
    that leaves takes away what it may, while another one keeps the rest."""
    late = run.peer()
    late.arm(point, 1, "stop")
    late.tell(f"create {dialect} 4 wait 0")
    late.wait_at(point, "created")
    late.wait_stopped()
    first = run.producer(before)
    found = survivors(run, before)
    first.ask("send 3 2000 p", "sent")
    death = first.kill()
    hear_ends(run, found, death, before)
    leave(found[:1])
    late.resume()
    status = late.hear("created")
    check(int(status[1]) == OK, f"one that was stopped: {' '.join(status)}")
    check_winner(run, late, dialect, found[1:])


def bury_and_attach(run, point, dialect, last):
    """The undertaker is stopped while a producer and a consumer come, then killed."""
    producer = run.producer(dialect)
    found = survivors(run, dialect)
    victim = run.consumer("latest")
    producer.ask(f"send {FRAMES_BEFORE} 2000 p", "sent")
    death = producer.kill()
    hear_ends(run, found, death, dialect)
    victim.ask("receive 0 -1 latest copy", "received")
    if last:
        leave(found)
        found = []
    victim.arm(point, 1, "stop")
    victim.tell("leave")
    victim.wait_at(point, "left")
    victim.wait_stopped()
    late = run.peer()
    late.tell("open latest -1")
    following = run.peer()
    following.tell(f"create {dialect} 3 wait 0")
    death = victim.kill()
    if status_of(following.hear("created")) == BUSY:
        create_until_ok(following, dialect, death, run)
    opened = late.hear("opened")
    check(int(opened[1]) == OK, f"one that comes just then: {' '.join(opened)}")
    run.note("one that comes just then attaches", int(opened[2]) - death)
    following.ask("send 3 0 p", "sent")
    got = Received(late.ask("receive 1 -1 latest copy", "received"))
    check(got.status == OK, f"one that comes just then: {got.text}")
    leave(found + [(late, "latest")])
    following.ask("end", "ended")
    following.quit()
    run.assert_no_names()


def stopped_consumer(run, point, producer_point, delivery, how, dialect):
    """A consumer is stopped with a frame half taken, or where it looks whether there will be more; its
    producer dies, or ends, and another one takes over."""
    producer = run.producer(dialect, 16)
    found = survivors(run, dialect)
    victim = run.consumer(delivery)
    receive_one(producer, victim, f"{delivery} {how}")
    victim.arm(point, 1, "stop")
    victim.tell(f"receive 0 -1 {delivery} {how}")
    if producer_point != "end":
        producer.arm(producer_point, 5, "kill")
    producer.tell("send 5 3000 p" if producer_point == "end" else "send 400 3000 p")
    stopped = victim.hear("at", "received")[0] == "at"
    if stopped:
        victim.wait_stopped()
    if producer_point == "end":
        producer.hear("sent")
        death = int(producer.ask("end", "ended")[1])
        producer.quit()
    else:
        death = producer.die_at(producer_point, "kill", "sent")
    status = END if producer_point == "end" else LOST
    hear_ends(run, found, death, dialect, (status,), empty=producer_point in points.SLOT_IS_EMPTY)
    following, young = restart(run, dialect)
    if stopped:
        resumed = Clock.now_ns()
        victim.resume()
        got = Received(victim.hear("received"))
        # In the dialect the next producer has the object by now.
        wanted = (status, LOST) if dialect == "baseimage" else (status,)
        check(got.status in wanted, f"{status} expected: {got.text}")
        check_complete(got, delivery, dialect == "baseimage")
        run.note("a consumer that was stopped notices", got.ns - resumed)
    leave(found + [(victim, delivery)])
    finish(run, following, young, dialect)


def stalled(run, point, way):
    """One of every frame is stopped, not killed: the stall limit lets the producer go on. There is a limit only while
    nobody else is in the way, since those who are slow cannot be told from those who stand still."""
    slots, first = 4, 5 if way == "leave" else 4
    producer = run.producer("native", slots)
    found = attached(run, "native")
    let_receive(found, first)
    victim = run.consumer("every") if way != "open" else run.peer()
    if way == "leave":
        receive_one(producer, victim, "every copy")
    victim.arm(point, 1, "stop")
    victim.tell({"open": "open every -1", "leave": "leave",
                 "receive": "receive 0 -1 every place"}[way])
    if way == "receive":
        producer.tell(f"send {slots} 0 p")
    victim.wait_at(point, "opened", "left", "received")
    victim.wait_stopped()
    if way != "receive":
        producer.tell(f"send {slots} 0 p")
    producer.hear("sent")
    catch_up(found, first)
    producer.ask("stall 50", "limited")
    begun = Clock.now_ns()
    sent = producer.ask("send 1 0 p", "sent")
    check(int(sent[1]) == OK, f"the producer: {' '.join(sent)}")
    run.note("the producer goes on beside one that is stopped", int(sent[3]) - begun)
    producer.ask("stall 0", "limited")
    sent = producer.ask("send 55 0 p", "sent")
    check(int(sent[1]) == OK, f"the producer: {' '.join(sent)}")
    victim.resume()
    answer = victim.hear("opened", "left", "received")
    if answer[0] == "received":
        check(int(answer[1]) == EVICTED, f"evicted expected: {' '.join(answer)}")
    producer.tell("send 20 0 p")
    if answer[0] == "opened":
        victim.ask("receive 0 -1 every place", "received")
    check(int(producer.hear("sent")[1]) == OK, "the producer does not go on")
    if way != "leave":
        victim.ask("leave", "left")
    finish(run, producer, found, "native")


def stopped_while_taking(run, point, times, delivery, sends):
    """A producer that drops frames and has been told to send, and its one consumer, which stands still where it
    takes a frame."""
    producer = run.producer("native", 3, "drop")
    victim = run.consumer(delivery)
    victim.arm(point, times, "stop")
    victim.tell(f"receive 0 -1 {delivery} place")
    producer.tell(f"send {sends} p")
    victim.wait_at(point, "received")
    victim.wait_stopped()
    return producer, victim


def kept(run, point):
    """One of every frame is stopped; a producer that does not wait for it keeps what it wants."""
    producer, victim = stopped_while_taking(run, point, 1, "every", "1 0")
    producer.hear("sent")
    sent = producer.ask("send 60 0 p", "sent")
    kept_frames = int(sent[2])
    check(kept_frames < 60, f"the producer did not run out of slots: {' '.join(sent)}")
    victim.resume()
    producer.ask("drain", "drained")
    finish(run, producer, [(victim, "every")], "native")


def unimpeded(run, point, dies):
    """One that may be far behind stands still with its bit in the mask, and goes on or dies: with two more
    slots the producer drops nothing."""
    producer, victim = stopped_while_taking(run, point, 3, "bounded64", "2000 100")
    sent = producer.hear("sent")
    check(int(sent[1]) == OK and int(sent[2]) == 2000, f"a frame was dropped: {' '.join(sent)}")
    if dies:
        victim.kill()
    else:
        victim.resume()
    sent = producer.ask("send 2000 0 p", "sent")
    check(int(sent[1]) == OK and int(sent[2]) == 4000, f"a frame was dropped: {' '.join(sent)}")
    finish(run, producer, [] if dies else [(victim, "bounded64")], "native")


def two_consumers(run, points_of_both, deliveries):
    producer = run.producer("native", 3)
    found = survivors(run, "native")
    victims = [run.consumer(delivery) for delivery in deliveries]
    for victim, point, delivery in zip(victims, points_of_both, deliveries):
        # The first frame: there may be no second one for who is slower than the other one's death.
        victim.arm(point, 1, "stop")
        victim.tell(f"receive 0 -1 {delivery} place")
    producer.tell("send 300 200 p")
    for victim, point in zip(victims, points_of_both):
        victim.wait_at(point, "received")
        victim.wait_stopped()
    deaths = [victim.kill() for victim in victims]
    go_on(run, producer, max(deaths))
    check_reclaimed(producer, found)
    newcomer(run, producer, "native")
    finish(run, producer, found, "native")


def producers():
    for point, dialect, before in take_over_points():
        label = f"{point}, {dialect} after {before}"
        for kill in (False, True):
            yield (f"race {label} {'killed' if kill else 'goes on'}",
                   functools.partial(race, point=point, dialect=dialect, before=before, kill=kill))
    yield ("late namer, baseimage", functools.partial(late_namer, point="create.unnamed",
                                                      dialect="baseimage", before="baseimage"))
    yield ("late namer, native", functools.partial(late_namer, point="create.unnamed",
                                                   dialect="native", before="native"))
    rivals = {"native": ("seize.opened", "create.unnamed", "create.consumers_named"),
              "baseimage": ("seize.opened", "adopt.begin", "adopt.leased", "adopt.announced")}
    for point, dialect, before in take_over_points():
        if before != dialect:
            continue
        for rival, first_dies in itertools.product(rivals[dialect], (True, False)):
            yield (f"race both {point}, {rival} {dialect} {'first' if first_dies else 'second'} dies",
                   functools.partial(race_both, point=point, rival_point=rival, dialect=dialect,
                                     before=before, first_dies=first_dies))


def consumers():
    for point, case, options in points.consuming():
        if case == "bury":
            last = options.get("last", False)
            yield (f"bury {point}, {options['dialect']} {'last' if last else ''}",
                   functools.partial(bury_and_attach, point=point, dialect=options["dialect"],
                                     last=last))
    taking = [(point, "latest", "place", "native") for point in
              ("receive.looking", "hold.begin", "hold.set")]
    taking += [(point, "every", "place", "native") for point in
               ("receive.looking", "hold.begin", "hold.set", "every.advanced", "release.cleared")]
    taking += [(point, "bounded2", "place", "native") for point in ("hold.set", "every.advanced")]
    taking += [("copy.copied", "latest", "copy", "baseimage")]
    dying = ("take.number_cleared", "take.fills_raised", "claim.done", "commit.frame", "commit.entry",
             "commit.head", "end")
    for (point, delivery, how, dialect), where in itertools.product(taking, dying):
        yield (f"stopped at {point}, {delivery} {dialect}, producer dies at {where}",
               functools.partial(stopped_consumer, point=point, producer_point=where,
                                 delivery=delivery, how=how, dialect=dialect))
    for way, names in (("receive", ("hold.begin", "hold.set")),
                       ("open", ("position.reserved", "position.read", "position.stored")),
                       ("leave", ("leave.begin", "clear.free", "clear.unwanted", "clear.nameless"))):
        for point in names:
            yield f"stalled at {point}, {way}", functools.partial(stalled, point=point, way=way)
    for point in ("hold.begin", "hold.set"):
        yield f"kept at {point}", functools.partial(kept, point=point)
    for point in ("hold.begin", "hold.set", "every.advanced", "release.cleared"):
        for dies in (False, True):
            yield (f"unimpeded at {point} {'dies' if dies else 'goes on'}",
                   functools.partial(unimpeded, point=point, dies=dies))
    drawn = random.Random(SEED)
    every = ("hold.begin", "hold.set", "every.advanced", "release.cleared")
    latest = ("hold.begin", "hold.set", "release.cleared")
    for pair in drawn.sample(list(itertools.product(every, latest)), 12):
        yield (f"two consumers {' and '.join(pair)}",
               functools.partial(two_consumers, points_of_both=pair, deliveries=("every", "latest")))


def main():
    options = harness.arguments(__doc__)
    return 1 if harness.run_all("pairs", [*producers(), *consumers()], options) else 0


if __name__ == "__main__":
    sys.exit(main())
