"""Programs for Windows that know only the BaseImage layout, with each other and with ours: every frame
arrives as it was sent, to the last byte, whoever starts first. The receiver sets the pace."""

import json
import os
import struct
import subprocess
import unittest

from wine import Case, Program, wait_for_file, windows_path

FRAMES = 1000
SIZE = "96x50x24"  # where all frames have the same


class Paced(Case):
    def check(self, report, frames=FRAMES, **more):
        wanted = {"frames": frames, "exact": frames, "torn": 0, "again": 0, "missed": 0, **more}
        self.assertEqual({key: report[key] for key in wanted}, wanted, report)

    def check_old(self, report, frames=FRAMES, **more):
        """An old receiver, who may not reset the event either."""
        self.check(report, frames, refused=frames, **more)

    def check_ours(self, report, has_block, frames=FRAMES):
        self.check(report, frames, has_block=has_block, skipped=0, adds_up=1)

    def both(self, sender, receiver, receiver_first):
        """The reports of two programs, started in that order."""
        names = (receiver, sender) if receiver_first else (sender, receiver)
        started = {name: self.start(name) for name in names}
        return self.report(started[sender]), self.report(started[receiver])


class OldToOld(Paced):
    """Without this, the rest would show nothing."""

    def test_receiver_first(self):
        self.check_old(self.both("old_sender", "old_receiver", True)[1])

    def test_sender_first(self):
        self.check_old(self.both("old_sender", "old_receiver", False)[1])

    def test_launched(self):
        sender = self.start("old_sender", "--launch", self.command("old_receiver"))
        self.assertEqual(self.report(sender)["launched"], 1)
        self.check_old(self.report_file())


class OldToOurs(Paced):
    def test_receiver_first(self):
        self.check_ours(self.both("old_sender", "paced_consumer", True)[1], has_block=0)

    def test_sender_first(self):
        self.check_ours(self.both("old_sender", "paced_consumer", False)[1], has_block=0)

    def test_launched(self):
        sender = self.start("old_sender", "--launch", self.command("paced_consumer"))
        self.assertEqual(self.report(sender)["launched"], 1)
        self.check_ours(self.report_file(), has_block=0)

    def test_started_again_when_it_has_ended(self):
        command = self.command("paced_consumer", "--frames", FRAMES // 5)
        sender = self.start("old_sender", "--launch", command)
        self.assertEqual(self.report(sender)["launched"], 5)
        report = self.report_file()
        self.assertEqual((report["exact"], report["torn"]), (FRAMES // 5, 0))

    def save(self, consumer_first):
        """The program itself. The files that it saves set the pace."""
        pattern = windows_path(self.path("out")) + "\\{name}-{frame}.raw"

        def consume():
            with open(self.path("told"), "wb") as told:  # more than a pipe holds
                return self.start("ferry-consumer", "--latest", "--json", "--save", pattern,
                                  "--count", FRAMES, stdout=told)

        consumer = consume() if consumer_first else None
        sender = self.start("old_sender", "--lines", stdin=subprocess.PIPE)
        consumer = consumer or consume()
        for number in range(1, FRAMES + 1):
            wait_for_file(os.path.join(self.path("out"), f"{self.channel}-{number:06}.raw"))
            sender.tell()
        self.end(consumer)
        with open(self.path("told"), encoding="utf-8") as lines:
            told = [said for said in map(json.loads, lines) if said["event"] == "frame"]
        self.assertEqual([(frame["frame"], frame["skipped"]) for frame in told],
                         [(number, 0) for number in range(1, FRAMES + 1)])
        self.end(sender)
        self.assertEqual(len(os.listdir(self.path("out"))), FRAMES)
        self.end(self.start("check_saved", "--report", windows_path(self.path("out"))))

    def test_our_program_first(self):
        self.save(True)

    def test_our_program_second(self):
        self.save(False)


class OtherKinds(Paced):
    """Something else than an auto-reset event has the event's name."""

    def old(self, name, kind, *arguments, **more):
        return self.start(name, "--kind", kind, *arguments, **more)

    def test_an_old_sender_and_an_old_receiver(self):
        for kind in ("manual", "semaphore"):
            receiver = self.old("old_receiver", kind)
            self.report(self.old("old_sender", kind))
            self.check(self.report(receiver))

    def test_an_old_sender_and_ours(self):
        for kind in ("manual", "semaphore"):
            for sender_first in (True, False):
                ours = None if sender_first else self.start("paced_consumer")
                sender = self.old("old_sender", kind)
                ours = ours or self.start("paced_consumer")
                self.report(sender)
                self.check_ours(self.report(ours), has_block=0)

    # The program itself, which used to get nothing from an event of manual reset.
    def test_our_program(self):
        for kind in ("manual", "semaphore"):
            sender = self.old("old_sender", kind, "--lines", "--frames", 5, stdin=subprocess.PIPE)
            consumer = self.start("ferry-consumer", "--latest", "--json", "--count", 5)
            for number in range(1, 6):
                said = json.loads(consumer.line())
                while said["event"] != "frame":
                    said = json.loads(consumer.line())
                self.assertEqual((said["frame"], said["skipped"]), (number, 0))
                sender.tell()
            self.end(consumer)
            self.end(sender)

    # The old receiver has them open, and whoever sends next has to use them.
    def test_ours_takes_an_old_senders_place(self):
        for kind in ("manual", "semaphore"):
            receiver = self.old("old_receiver", kind, "--frames", 2 * FRAMES)
            self.report(self.old("old_sender", kind))
            self.report(self.start("paced_producer"))
            report = self.report(receiver)
            self.assertEqual((report["exact"], report["torn"]), (2 * FRAMES, 0), report)

    def test_a_mutex_is_refused(self):
        sender = self.old("old_sender", "mutex", "--lines", "--frames", 1, stdin=subprocess.PIPE)
        consumer = self.start("ferry-consumer", "--timeout", 60)
        self.end(consumer, 1)  # which waits for the sender
        producer = self.start("ferry-producer", "--dialect", "baseimage", "--no-wait", "pattern:8x8")
        self.end(producer, 1)
        for program in (consumer, producer):
            self.assertRegex(program.err, f"{self.channel}Mutex is a mutex, where programs of the BaseImage kind "
                                          "have an event: end the programs that use it, or choose another name")
        sender.tell()
        self.end(sender)


class OtherConventions(Case):
    def test_memory_of_another_program_is_named_and_left_alone(self):
        peer = Program("plain_peer", "memory", self.channel, stdin=subprocess.PIPE)
        self.programs.append(peer)
        self.assertEqual(peer.line(), "ready")
        for name, *options in (("ferry-consumer", "--timeout", 60),
                               ("ferry-producer", "--no-wait", "pattern:8x8"),
                               ("ferry-producer", "--no-wait", "--dialect", "baseimage", "pattern:8x8")):
            program = self.start(name, *options)
            self.end(program, 1)
            self.assertRegex(program.err, f"{self.channel} exists.*it may belong to a program of another convention: "
                                          "try --dialect .* or end the programs that use it")
            self.assertNotIn("remove", program.err)
        self.end(peer)


class UnusualFrames(Case):
    """Headers that need a sign or an option, as tests/process/test_dialect.py has them on Linux."""

    def begin(self, *options):
        self.peer = Program("plain_peer", "create", self.channel, stdin=subprocess.PIPE)
        self.programs.append(self.peer)
        self.assertEqual(self.peer.line(), "ready")
        consumer = self.start("ferry-consumer", "--latest", "--json", "--save",
                              windows_path(self.path("out")) + "\\{frame}.raw", *options)
        self.assertEqual(json.loads(consumer.line())["event"], "attached")
        return consumer

    def put(self, *numbers_and_bytes):
        with open(self.path("raw"), "wb") as file:
            file.write(b"".join(part if isinstance(part, bytes) else struct.pack("<i", part)
                                for part in numbers_and_bytes))
        self.peer.tell(f"raw {windows_path(self.path('raw'))}")
        self.assertEqual(self.peer.line(), "sent")

    def finish(self, consumer, wanted):
        self.end(consumer)
        self.end(self.peer)
        for number, pixels in enumerate(wanted, 1):
            with open(self.path(f"out/{number:06}.raw"), "rb") as file:
                self.assertEqual(file.read(), pixels)
        self.assertEqual(len(os.listdir(self.path("out"))), len(wanted))

    def test_a_height_below_0(self):
        consumer = self.begin("--count", 1)
        self.put(4, 2, -2, 8, b"abcd")
        self.finish(consumer, [b"cdab"])

    def test_several_images_at_once(self):
        consumer = self.begin("--count", 3, "--bare-images", "--bare-format", "nv12")
        self.put(3, 4, 2, 2, 8, b"abcd", 3, 3, 1, 8, b"efg", 6, 2, 2, 12, b"hijklm")
        self.finish(consumer, [b"abcd", b"efg", b"hijklm"])

    def test_a_frame_that_is_refused(self):
        consumer = self.begin("--count", 1)
        self.put(6, 2, 2, 12, b"abcdef")
        said = consumer.popen.stderr.readline().decode()
        self.assertRegex(said, "length 6, width 2, height 2, bits 12; .*--bare-format")
        self.put(4, 2, 2, 8, b"abcd")
        self.end(consumer)
        self.assertIn("1 frame received, 1 skipped (1 with a header that cannot be), ", consumer.err)
        self.end(self.peer)


class OursToOld(Paced):
    def test_receiver_first(self):
        self.check_old(self.both("paced_producer", "old_receiver", True)[1])

    def test_producer_first(self):
        self.check_old(self.both("paced_producer", "old_receiver", False)[1])

    def test_launched(self):
        producer = self.start("paced_producer", "--launch", self.command("old_receiver"))
        self.assertEqual(self.report(producer)["launched"], 1)
        self.check_old(self.report_file())

    def test_started_again_when_it_has_ended(self):
        command = self.command("old_receiver", "--frames", FRAMES // 5)
        producer = self.start("paced_producer", "--launch", command)
        self.assertEqual(self.report(producer)["launched"], 5)
        report = self.report_file()
        self.assertEqual((report["exact"], report["torn"]), (FRAMES // 5, 0))

    def produce(self, *options):
        """The program itself, with raw frames that come as they are taken."""
        feeder = self.start("feeder", "--size", SIZE)
        producer = self.start("ferry-producer", "--dialect", "baseimage", "--raw",
                              SIZE.replace("x24", ":bgr24"), *options, "-",
                              stdin=feeder.popen.stdout)
        feeder.popen.stdout.close()  # what comes is for the producer alone
        feeder.popen.stdout = None
        return feeder, producer

    def test_our_program(self):
        for receiver_first in (True, False):
            if receiver_first:
                receiver = self.start("old_receiver", "--size", SIZE)
            programs = self.produce("--no-wait")
            if not receiver_first:
                receiver = self.start("old_receiver", "--size", SIZE)
            self.check_old(self.report(receiver))
            for program in programs:
                self.end(program)

    # It shows up as a program that runs, and never as a consumer.
    def test_our_program_launches(self):
        programs = self.produce("--no-wait", "--launch",
                                self.command("old_receiver", "--size", SIZE))
        for program in programs:
            self.end(program)
        self.check_old(self.report_file())


class TakingOver(Paced):
    """An old receiver keeps the mapping open, and whoever sends next has to use it."""

    def one_after_the_other(self, *senders):
        receiver = self.start("old_receiver", "--frames", len(senders) * FRAMES)
        for sender in senders:
            self.report(self.start(sender))
        report = self.report(receiver)
        total = len(senders) * FRAMES
        self.assertEqual((report["exact"], report["torn"], report["again"]),
                         (total, 0, total - FRAMES), report)

    def test_ours_after_an_old_sender(self):
        self.one_after_the_other("old_sender", "paced_producer")

    def test_an_old_sender_after_ours(self):
        self.one_after_the_other("paced_producer", "old_sender")

    def test_to_and_fro(self):
        self.one_after_the_other("old_sender", "paced_producer", "paced_producer", "old_sender",
                                 "paced_producer")

    # The old receiver has the event of the old kind, each consumer its own.
    def test_both_kinds_of_receivers_at_once(self):
        for before in ("old_sender", None):
            total = FRAMES + (FRAMES if before else 0)
            old = self.start("old_receiver", "--frames", total)
            if before:
                self.report(self.start(before))
            producer = self.start("paced_producer", "--receivers", 3)
            ours = [self.start("paced_consumer") for _ in range(2)]
            self.report(producer)
            for consumer in ours:
                self.check_ours(self.report(consumer), has_block=1)
            report = self.report(old)
            self.assertEqual((report["exact"], report["torn"]), (total, 0))


if __name__ == "__main__":
    unittest.main(verbosity=2)
