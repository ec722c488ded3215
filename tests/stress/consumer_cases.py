"""The cases of the kill matrix in which a consumer dies, or stands still, and what they share."""

import os

from cases import (FRAMES_BEFORE, attached, bare_object, finish, hear_ends, leave, let_receive, receive_one,
                   restart, survivors)
from peers import END, LOST, OK, Received, check
from system import STATE, Clock, path_for


def go_on(run, producer, death, sent_word="sent"):
    """The producer finishes what it is sending, although one of its consumers has died."""
    sent = producer.hear(sent_word)
    check(int(sent[1]) == OK, f"the producer: {' '.join(sent)}")
    for began, ended in producer.slow:
        if ended > death:
            run.note("the producer goes on", ended - max(began, death))


def check_reclaimed(producer, found):
    counted = producer.ask("count", "counted")
    check(int(counted[5]) == len(found), f"consumers that are attached: {' '.join(counted)}")


def newcomer(run, producer, dialect):
    """One that comes after a death receives."""
    count, delivery = (1, "latest") if dialect == "baseimage" else (6, "every")
    peer = run.consumer(delivery)
    producer.tell("send 6 1000 p")
    got = Received(peer.ask(f"receive {count} -1 {delivery} copy", "received"))
    check(got.status == OK, f"one that comes after: {got.text}")
    check(int(producer.hear("sent")[1]) == OK, "the producer does not go on")
    peer.ask("leave", "left")
    peer.quit()


def after_consumer(run, producer, found, dialect, death):
    go_on(run, producer, death)
    check_reclaimed(producer, found)
    newcomer(run, producer, dialect)
    finish(run, producer, found, dialect)


def receive(run, point, action, delivery, how="place", dialect="native"):
    """Two slots: what a dead consumer keeps, the producer misses at once."""
    if how == "early":
        receive_early(run, point, action, delivery)
        return
    if point == "event.set":
        wake_producer(run, point, action, delivery, how)
        return
    producer = run.producer(dialect, 2)
    found = survivors(run, dialect)
    victim = run.consumer(delivery)
    sleepy = point.startswith(("receive", "event"))
    # One by one: of many frames a slow one that takes the latest may get the last one only.
    for _ in range(0 if sleepy else 2):
        receive_one(producer, victim, f"{delivery} {how}")
    victim.arm(point, 1, action)
    victim.tell(f"receive 0 -1 {delivery} {how}")
    producer.tell(f"send 200 {2000 if sleepy else 100} p")
    death = victim.die_at(point, action, "received")
    after_consumer(run, producer, found, dialect, death)


def receive_early(run, point, action, delivery):
    """The producer stands still where it has shown a frame, until the consumer follows it."""
    producer = run.producer("native", 2)
    found = survivors(run, "native")
    victim = run.consumer(delivery)
    producer.arm("early.shown", 1, "stop")
    producer.tell("send 200 100 e")
    producer.wait_at("early.shown", "sent")
    producer.wait_stopped()
    if point == "follow.whole":
        victim.arm("follow.awaits", 1, "stop")
    victim.arm(point, 1, action)
    victim.tell(f"receive 0 -1 {delivery} early")
    if point == "follow.whole":
        # It holds the frame, and has seen that it was shown then: so it stays with it.
        victim.wait_at("follow.awaits", "received")
        victim.wait_stopped()
        victim.resume()
        producer.resume()
        death = victim.die_at(point, action, "received")
    else:
        death = victim.die_at(point, action, "received")
        producer.resume()
    after_consumer(run, producer, found, "native", death)


def wake_producer(run, point, action, delivery, how):
    """Nobody has taken a frame, and the producer sleeps, when one gives the first slot back."""
    producer = run.producer("native", 2)
    found = attached(run, "native")
    victim = run.consumer(delivery)
    producer.ask("send 2 0 p", "sent")
    producer.arm("event.sleeping", 1, "stop")
    producer.tell("send 198 100 p")
    producer.wait_at("event.sleeping", "sent")
    producer.wait_stopped()
    victim.arm("release.cleared", 1, "stop")
    victim.arm(point, 1, action)
    victim.tell(f"receive 0 -1 {delivery} {how}")
    victim.wait_at("release.cleared", "received")
    victim.wait_stopped()
    victim.resume()
    death = victim.die_at(point, action, "received")
    producer.resume()
    let_receive(found)
    after_consumer(run, producer, found, "native", death)


def join(run, point, action, delivery, dialect="native"):
    producer = run.producer(dialect, 2)
    found = survivors(run, dialect)
    victim = run.peer()
    victim.arm(point, 1, action)
    producer.tell("send 100 500 p")
    victim.tell(f"open {delivery} -1")
    death = victim.die_at(point, action, "opened")
    after_consumer(run, producer, found, dialect, death)


def leaving(run, point, action, delivery, dialect="native"):
    producer = run.producer(dialect, 2)
    found = survivors(run, dialect)
    victim = run.consumer(delivery)
    receive_one(producer, victim, f"{delivery} copy")
    producer.tell("send 60 500 p")
    if dialect == "native":
        victim.ask("hold", "held")
    victim.arm(point, 1, action)
    victim.tell("leave")
    death = victim.die_at(point, action, "left")
    after_consumer(run, producer, found, dialect, death)


def withdraw(run, point, action, delivery, released=False):
    """One leaves the stream with a frame in hand, and dies on the way, or (released) where it gives that
    frame back. Two slots: the producer cannot go on without it."""
    producer = run.producer("native", 2)
    found = survivors(run, "native")
    victim = run.consumer(delivery)
    receive_one(producer, victim, f"{delivery} copy")
    producer.tell("send 60 500 p")
    victim.ask("hold", "held")
    if released:
        check(int(victim.ask("withdraw", "withdrawn")[1]) == OK, "leaving with a frame in hand")
    victim.arm(point, 1, action)
    victim.tell("hold" if released else "withdraw")
    death = victim.die_at(point, action, "held" if released else "withdrawn")
    after_consumer(run, producer, found, "native", death)


def bury(run, point, action, dialect, last=False):
    """One that leaves a dead channel dies while it clears up: the first who leaves, or the last."""
    producer = run.producer(dialect)
    found = survivors(run, dialect)
    victim = run.consumer("latest")
    producer.ask(f"send {FRAMES_BEFORE} 0 p", "sent")
    death = producer.kill()
    hear_ends(run, found, death, dialect, empty=False)
    got = Received(victim.ask("receive 0 -1 latest copy", "received"))
    check(got.status == LOST, f"lost expected: {got.text}")
    if last:
        leave(found)
        found = []
    victim.arm(point, 1, action)
    victim.tell("leave")
    death = victim.die_at(point, action, "left")
    if found:  # whoever leaves next does what the dead one did not; in the dialect, whoever is last
        next_ones = found if dialect == "baseimage" else found[:1]
        leave(next_ones)
        found = found[len(next_ones):]
        run.assert_no_names()
    producer, young = restart(run, dialect)
    leave(found)
    finish(run, producer, young, dialect)


def told_late(run, point, action, ends):
    """The producer goes just between a consumer's looks at its state and at its lease. Who dies here, and how,
    is none of the action's: the consumer lives, and is told the truth."""
    del action
    producer = run.producer("native")
    producer.ask(f"send {FRAMES_BEFORE} 0 p", "sent")
    late = run.consumer("every")  # of what comes after these
    late.arm(point, 1, "stop")
    late.tell("receive 0 -1 every place")
    late.wait_at(point, "received")
    late.wait_stopped()
    if ends:
        producer.ask("end", "ended")
    else:
        producer.kill()
        run.peer().ask(f"names {run.channel}", "names")  # Wine's server, when it answers, knows of the death
    now = Clock.now_ns()
    late.resume()
    hear_ends(run, [(late, "every")], now, "native", allowed=(END if ends else LOST,), head=FRAMES_BEFORE)
    leave([(late, "every")])
    run.assert_no_names()


def overtaken(run, point, action, delivery):
    """The consumer dies where it finds that the producer was quicker, with its bit in the mask."""
    producer = run.producer("native", 2)
    victim = run.consumer(delivery)
    producer.ask("send 1 0 p", "sent")
    victim.arm("hold.begin", 1, "stop")
    victim.arm(point, 1, action)
    victim.tell(f"receive 0 -1 {delivery} place")
    victim.wait_at("hold.begin", "received")
    victim.wait_stopped()
    producer.ask("send 4 0 p", "sent")
    victim.resume()
    death = victim.die_at(point, action, "received")
    found = survivors(run, "native")
    producer.tell("send 60 0 p")
    after_consumer(run, producer, found, "native", death)


def overtaken_early(run, point, action, delivery):
    """The consumer dies where it finds that what it would have followed is no longer shown."""
    producer = run.producer("native", 3)
    victim = run.consumer(delivery)
    producer.arm("early.shown", 1, "stop")
    victim.arm("follow.begin", 1, "stop")
    victim.arm(point, 1, action)
    producer.tell("send 1 0 e")
    producer.wait_at("early.shown", "sent")
    producer.wait_stopped()
    victim.tell(f"receive 0 -1 {delivery} early")
    victim.wait_at("follow.begin", "received")
    victim.wait_stopped()
    producer.resume()
    check(int(producer.hear("sent")[1]) == OK, "the producer does not go on")
    victim.resume()
    death = victim.die_at(point, action, "received")
    found = survivors(run, "native", early=True)
    producer.tell("send 60 0 e")
    after_consumer(run, producer, found, "native", death)


def bare(run, point, action):
    """Consumers of a sender that knows only the old layout."""
    sender, names = bare_object(run)
    other = run.consumer("latest")
    victim = run.peer()
    victim.arm(point, 1, action)
    picture = os.path.join(STATE, f"{run.channel}picture")
    with open(picture, "wb") as file:
        file.write(b"\x55" * 64 * 48)
    victim.tell("open latest -1")
    if point != "bare.opened":
        victim.hear("opened")
        victim.tell("receive 0 -1 latest copy")
        sender.ask(f"frame 64 48 8 {path_for(picture)}", "sent")
    death = victim.die_at(point, action, "opened", "received")
    other.tell("receive 1 -1 latest copy")
    sender.ask(f"frame 64 48 8 {path_for(picture)}", "sent")
    got = Received(other.hear("received"))
    check(got.status == OK, f"the other consumer: {got.text}")
    run.note("a consumer of a plain sender goes on", got.ns - death)
    late = run.consumer("latest")
    late.tell("receive 1 -1 latest copy")
    other.ask("leave", "left")
    sender.ask(f"frame 64 48 8 {path_for(picture)}", "sent")
    check(Received(late.hear("received")).status == OK, "one that comes after")
    late.ask("leave", "left")
    os.unlink(picture)
    run.assert_no_names(*names)
