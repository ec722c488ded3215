"""A storm: one producer and up to 8 consumers that are killed, stopped, continued, ended and started at
random, while every frame is checked by who receives it.

    storm.py [--seconds N] [--seed N] [--dialect native|baseimage|both]

The seed decides what is done to whom; when exactly the system does it is not repeatable. Prints the seed
first, and counts and times as JSON at the end. Peers that are neither dead nor stopped have to give a sign
of life all along. Frames that a producer dropped are counted by itself and read by its consumers; both
figures have to agree, and are printed side by side."""

import argparse
import collections
import concurrent.futures
import json
import os
import random
import select
import signal
import sys
import time
import traceback

from peers import (BOUND_MS, BUSY, END, EVICTED, INTERRUPTED, LOST, OK, STUCK_SECONDS, Failure, Received, Run,
                   check, report, whereabouts)

CONSUMERS = 8
LOOK_SECONDS = 0.5  # at most, from one look to the next, unless the machine stands still
CALM_SECONDS = STUCK_SECONDS  # to end everybody
OWN_DROPS = 16  # under the policy of dropping a producer drops one of so many frames itself
PACES_US = (0, 0, 100, 1000, 5000)
SLOTS = (2, 3, 4, 8)
# Only one of every frame without a bound makes a producer drop.
DELIVERIES = ("latest", "latest", "every", "every", "every", "bounded1", "bounded2", "bounded64")
WISHES = ("kill producer", "kill consumer", "end producer", "end consumer", "stop producer",
          "stop consumer", "rival")
WEIGHTS = (3, 5, 1, 3, 2, 4, 2)
PAUSE_SECONDS = 0.03  # from one wish to the next, on average


class Drops:
    """What producers have dropped, by their own count, beside what their consumers read of it."""

    def __init__(self, dialect):
        self.dialect = dialect
        self.counted = {}  # by a producer's seed: (its last frame, frames dropped), when it has sent all
        self.waiting = collections.defaultdict(list)  # by seed: lives of its consumers, which may be told first
        self.sums = collections.Counter()

    def producer_ended(self, seed, last, dropped):
        self.counted[seed] = (last, dropped)
        self.sums["producers"] += 1
        self.sums["dropped by producers"] += dropped
        for life in self.waiting.pop(seed, []):
            self.compare(life)

    def life_ended(self, life):
        """One that has had a frame knows whose it was. A producer that was killed never tells."""
        if life.count == 0 or life.status not in (END, LOST):
            return
        if life.seed in self.counted:
            self.compare(life)
        else:
            self.waiting[life.seed].append(life)

    def compare(self, life):
        last, dropped = self.counted[life.seed]
        check(life.last <= last, f"frame {last} was the last: {life.text}")
        # In the dialect the next producer may have the block by now: then what the last frame told counts.
        if self.dialect == "baseimage" and life.dropped == life.dropped_before_last != dropped:
            self.sums["consumers too late to read it"] += 1
            return
        check(life.dropped == dropped, f"dropped {dropped} says the producer: {life.text}")
        self.sums["consumers"] += 1
        self.sums["dropped, as consumers read"] += life.dropped
        self.sums["dropped, as their producers counted"] += dropped


class Storm:
    def __init__(self, run, dialect, seed):
        self.run = run
        self.dialect = dialect
        self.random = random.Random(f"{seed} {dialect}")
        self.poll = select.poll()
        self.by_stream = {}
        self.producers, self.consumers = [], []
        self.counts = collections.Counter()
        self.drops = Drops(dialect)
        self.awake, self.looked = 0.0, time.monotonic()
        self.later = []  # (when, what): what has been put off

    # ---- peers ----

    def add(self, role):
        peer = self.run.peer()
        peer.role = role
        peer.stopped = False
        peer.ending = peer.spoke = False
        peer.joined_ns = None  # since when it has a channel
        peer.last = 0  # the frame that it has told of last
        peer.lost_ns = None  # when its producer was killed, until it has noticed
        peer.heard = self.awake
        self.by_stream[peer.popen.stdout.fileno()] = peer
        self.poll.register(peer.popen.stdout, select.POLLIN | select.POLLHUP)
        (self.producers if role == "producer" else self.consumers).append(peer)
        self.counts[f"{role}s started"] += 1
        return peer

    def add_producer(self, policies=("wait", "drop")):
        peer = self.add("producer")
        policy = self.random.choice(policies)
        peer.asked_ns = time.monotonic_ns()
        peer.pace = self.random.choice(PACES_US)
        peer.tell(f"create {self.dialect} {self.random.choice(SLOTS)} {policy} 100")

    def add_consumer(self, deliveries=DELIVERIES):
        peer = self.add("consumer")
        native = self.dialect == "native"
        delivery = self.random.choice(deliveries) if native else "latest"
        how = self.random.choice(("place", "copy", "early")) if native else "copy"
        peer.tell(f"follow {delivery} {how}")

    def forget(self, peer):
        self.poll.unregister(peer.popen.stdout)
        del self.by_stream[peer.popen.stdout.fileno()]
        (self.producers if peer.role == "producer" else self.consumers).remove(peer)
        self.run.peers.remove(peer)
        peer.close()

    # ---- what they say ----

    def listen(self, seconds):
        for stream, _ in self.poll.poll(max(0, seconds) * 1000):
            peer = self.by_stream.get(stream)
            if peer is None:
                continue
            data = os.read(stream, 65536)
            if not data:
                code = peer.wait_end()
                # The signal may have come before there was a handler for it.
                fine = (0,) if peer.spoke else (0, -signal.SIGTERM)
                check(peer.ending and code in fine, f"a {peer.role} ended with {code}")
                self.forget(peer)
                continue
            peer.buffer += data
            peer.spoke = True
            peer.heard = self.awake
            *lines, peer.buffer = peer.buffer.split(b"\n")
            for line in lines:
                self.hear(peer, line.decode().split(" "))

    def hear(self, peer, fields):
        handler = getattr(self, f"hear_{fields[0]}", None)
        check(handler is not None, f"a {peer.role}: {' '.join(fields)}")
        handler(peer, fields)

    def hear_created(self, peer, fields):
        status = int(fields[1])
        check(status in (OK, BUSY), f"create: {' '.join(fields)}")
        if status == OK:
            self.counts["channels made"] += 1
            peer.joined_ns = int(fields[2])
            if not peer.ending:
                how = self.random.choice("pe") if self.dialect == "native" else "p"
                peer.tell(f"send 0 {peer.pace} {how}")
        else:
            self.counts["busy"] += 1
            self.end(peer)

    def hear_sent(self, peer, fields):
        check(int(fields[1]) in (OK, -6, INTERRUPTED) and peer.ending, f"send: {' '.join(fields)}")
        self.drops.producer_ended(int(fields[4]), int(fields[2]), int(fields[5]))

    def hear_slow(self, peer, fields):
        if not peer.stopped and not getattr(peer, "was_stopped", False):
            self.run.measured.append(("a frame is held up", (int(fields[2]) - int(fields[1])) / 1e6))

    def hear_tick(self, peer, fields):
        peer.last = int(fields[1])

    def hear_joined(self, peer, fields):
        check(int(fields[1]) == OK, f"open: {' '.join(fields)}")
        peer.joined_ns = int(fields[2])
        peer.last = 0

    def hear_life(self, peer, fields):
        got = Received(fields)
        known = {LOST: "lost", END: "end", EVICTED: "evicted", INTERRUPTED: "interrupted", OK: "ended"}
        check(got.status in known, f"a life: {got.text}")
        check(got.status not in (LOST, END) or got.pending == 0 or self.dialect == "baseimage",
              f"the last frame is missing: {got.text}")
        self.drops.life_ended(got)
        self.counts[f"lives: {known[got.status]}"] += 1
        self.counts["frames received"] += got.received
        self.counts["frames skipped"] += got.skipped
        if peer.lost_ns is not None and got.status == LOST and got.ns > peer.lost_ns:
            self.run.note("a consumer notices the producer's death", got.ns - peer.lost_ns)
        peer.joined_ns = peer.lost_ns = None

    def hear_followed(self, peer, fields):
        check(peer.ending, "a consumer no longer follows")

    hear_gone = hear_followed

    # ---- what is done to them ----

    def kill(self, peer):
        began = peer.kill()
        self.counts[f"{peer.role}s killed"] += 1
        if peer.role == "producer" and peer.joined_ns is not None:
            for other in self.consumers:
                joined = other.joined_ns is not None and peer.asked_ns < other.joined_ns < began
                if joined and not other.stopped and other.lost_ns is None:
                    other.lost_ns = began
        self.forget(peer)

    def end(self, peer):
        """A signal ends a call; the end of the input ends one that has just begun to wait for a line."""
        peer.ending = True
        peer.popen.stdin.close()
        if not peer.stopped:
            os.kill(peer.pid, signal.SIGTERM)

    def stop(self, peer):
        peer.stop()
        peer.stopped = peer.was_stopped = True
        peer.lost_ns = None
        self.counts[f"{peer.role}s stopped"] += 1
        self.later.append((time.monotonic() + self.random.uniform(0, 0.4), lambda: self.resume(peer)))

    def resume(self, peer):
        if peer.dead or not peer.stopped:
            return
        peer.resume()
        peer.stopped = False
        peer.heard = self.awake
        if peer.ending:
            os.kill(peer.pid, signal.SIGTERM)

    def act(self):
        wish = self.random.choices(WISHES, WEIGHTS)[0]
        if wish == "rival":
            if len(self.producers) < 2:
                self.add_producer()
            return
        verb, role = wish.split()
        peers = [p for p in (self.producers if role == "producer" else self.consumers) if not p.ending]
        if not peers:
            return
        peer = self.random.choice(peers)
        if verb == "stop" and not peer.stopped:
            self.stop(peer)
        elif verb == "kill":
            self.kill(peer)
        elif verb == "end":
            self.end(peer)
            self.counts[f"{role}s ended"] += 1

    def keep_up(self):
        """Starts those who are missing, after a while, and continues those whose time has come."""
        now = time.monotonic()
        self.awake += min(now - self.looked, LOOK_SECONDS)  # without times when all were frozen
        self.looked = now
        due = [what for when, what in self.later if when <= now]
        self.later = [(when, what) for when, what in self.later if when > now]
        for what in due:
            what()
        if not self.producers and self.random.random() < 0.5:
            self.add_producer()
        if len(self.consumers) < CONSUMERS and self.random.random() < 0.7:
            self.add_consumer()
        for peer in self.producers + self.consumers:
            if not peer.stopped and (self.awake - peer.heard) * 1000 > BOUND_MS:
                raise Failure(f"stuck: a {peer.role}: {whereabouts(peer.pid)}")

    # ---- the whole ----

    def blow(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.keep_up()
            self.act()
            until = time.monotonic() + self.random.expovariate(1 / PAUSE_SECONDS)
            while time.monotonic() < until:
                self.listen(until - time.monotonic())

    def listen_until(self, is_so, what):
        end = time.monotonic() + CALM_SECONDS
        while not is_so():
            self.listen(0.05)
            check(time.monotonic() < end, f"stuck: {what}")

    def wait_gone(self, peers):
        self.listen_until(lambda: all(p.dead for p in peers), "somebody does not end")

    def calm(self):
        """Everybody goes on, then ends: first the producer, or first the consumers."""
        for peer in self.producers + self.consumers:
            self.resume(peer)
        self.wait_gone([p for p in self.producers + self.consumers if p.ending])
        if not self.producers:
            self.add_producer()
        for group in self.random.sample((list(self.producers), list(self.consumers)), 2):
            wanted = [p for p in group if p.role == "producer" and p.joined_ns is None]
            self.listen_until(lambda wanted=wanted: all(p.joined_ns is not None or p.ending for p in wanted),
                              "no channel")
            for peer in group:
                if not peer.ending:
                    self.end(peer)
            self.wait_gone(group)
        self.run.assert_no_names()

    def compare_drops(self):
        """Once more, whatever came of it in the storm: a consumer that has had a frame after one that was dropped
        reads how many there were when the producer ends."""
        before = self.drops.sums["dropped, as consumers read"]
        self.add_consumer(("latest",))  # nobody evicts it, however slow it is
        self.add_producer(("drop",))
        consumer, producer = self.consumers[0], self.producers[0]
        self.listen_until(lambda: consumer.last > OWN_DROPS, "no frame comes after one that was dropped")
        self.end(producer)
        self.wait_gone([producer])
        self.listen_until(lambda: self.drops.sums["dropped, as consumers read"] > before,
                          "no dropped frame was compared")
        self.end(consumer)
        self.wait_gone([consumer])
        self.run.assert_no_names()


def blow(dialect, seed, seconds):
    """The failure, as text, or None."""
    with Run(dialect) as run:
        storm = Storm(run, dialect, seed)
        failure = None
        try:
            storm.blow(seconds)
            storm.calm()
            storm.compare_drops()
        except (Failure, OSError, ValueError) as error:
            failure = f"{error}"
            traceback.print_exc()
        report("storm", run.measured, dialect=dialect, seed=seed, seconds=seconds, failure=failure,
               counts=dict(sorted(storm.counts.items())), drops=dict(storm.drops.sums))
        return failure


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--dialect", choices=("native", "baseimage", "both"), default="both")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(json.dumps({"test": "storm", "seed": seed}), flush=True)
    dialects = ("native", "baseimage") if options.dialect == "both" else (options.dialect,)
    with concurrent.futures.ThreadPoolExecutor(len(dialects)) as pool:
        results = list(pool.map(lambda dialect: blow(dialect, seed, options.seconds), dialects))
    return 1 if any(failure is not None for failure in results) else 0


if __name__ == "__main__":
    sys.exit(main())
