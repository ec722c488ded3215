"""The command lines: what they accept, what they print, and the exit codes."""

import json
import os
import re
import shlex
import subprocess
import time
import unittest

from support import (CONSUMER, FAILED, FINE, ON_WINDOWS, PRODUCER, SHARED_MEMORY, TIMED_OUT, USAGE, Case,
                     environment, stop_process, wait_until)

NONSENSE = ["", "x", "-1", "+1", "1e3", "0x10", "1 ", " 1", "1,5", "nan", "inf",
            "99999999999999999999999"]
WITH_VALUE = {PRODUCER: ["name", "fps", "count", "slots", "max-held", "capacity", "dialect", "launch",
                         "wait-consumer", "format", "matrix", "range", "row-align", "meta",
                         "when-full", "stall-limit", "stats", "linger"],
              CONSUMER: ["name", "matrix", "range", "wait", "timeout", "count", "save", "jobs", "exec",
                         "exec-timeout", "stats", "dialect", "to"]}
OF_PORTS = ["object", "payload", "size", "access", "order", "reading", "break-lock"]
WITHOUT_VALUE = {PRODUCER: ["loop", "no-wait", "everyone", "bottom-up", "skip-bad",
                            "no-auto-orient", "json", "quiet", "help",
                            "version", "adopt", "help-ports"],
                 CONSUMER: ["latest", "overwrite", "everyone", "reconnect", "json", "print", "quiet",
                            "help", "version", "help-ports"]}
WITH_OR_WITHOUT = {PRODUCER: ["group"], CONSUMER: ["every", "group"]}
KEYS = ["schema", "event", "time", "frame", "width", "height", "format", "stride", "bytes", "matrix", "range",
        "planes", "primaries", "transfer", "chroma_site", "field_order", "frame_rate", "pixel_aspect",
        "capture_ns", "publish_ns",
        "receive_ns", "skipped", "file", "text", "meta", "sequence", "exposure_ns", "corrupt"]


class Usage(Case):
    def refuse(self, program, *arguments, **more):
        """Wrong usage: said in one line, with a hint, and nothing on standard output."""
        ended = self.end(self.start(program, *arguments, **more), USAGE)
        name = os.path.basename(program).removesuffix(".exe")
        lines = ended.err.list()
        self.assertEqual(len(lines), 2, lines)
        self.assertTrue(lines[0].startswith(f"{name}: ") and lines[0].isprintable(), lines)
        self.assertEqual(lines[1], f"try {name} --help")
        self.assertEqual(ended.out.text(), "")
        return lines[0]

    def test_options_that_are_none(self):
        for program, rest in ((PRODUCER, ["pattern:8x8"]), (CONSUMER, [])):
            for option in ("--no-such-thing", "-x", "--n", "--=3", "--\x1b[31mred"):
                self.refuse(program, option, *rest)
            for option in WITHOUT_VALUE[program]:
                self.assertIn(f"--{option}", self.refuse(program, f"--{option}=3", *rest))

    def test_options_without_their_value(self):
        for program, rest in ((PRODUCER, ["pattern:8x8"]), (CONSUMER, [])):
            for option in WITH_VALUE[program] + OF_PORTS:
                self.assertIn(f"--{option}", self.refuse(program, *rest, f"--{option}"))
            self.assertIn("--group", self.refuse(program, *rest, "--group="))

    def test_values_that_are_nonsense(self):
        cases = [(CONSUMER, "--every", ["0", "65", "-1", "1.5", "none", "al", "alll"]),
                 (PRODUCER, "--count", ["0", "1.5", "-0"]),
                 (PRODUCER, "--fps", ["1/0", "1/", "/1", "30fps", "1/2/3", "1.5/2", "2000000000"]),
                 (PRODUCER, "--slots", ["0", "1", "65", "2.0", "2M"]),
                 (PRODUCER, "--max-held", ["0", "63", "-1", "1.0", "all"]),
                 (PRODUCER, "--capacity", ["0", "16", "1T", "1.5M", "M", "3G", "2147483649"]),
                 (PRODUCER, "--format", ["rgb25", "RGB24", "rgb24 ", "mjpeg"]),
                 (PRODUCER, "--row-align", ["0", "3", "6", "4095", "8192", "4K"]),
                 (PRODUCER, "--when-full", ["Wait", "drops", "wait drop"]),
                 (PRODUCER, "--stall-limit", ["0", "0.0", "Never", "1s", "1000000001"]),
                 (PRODUCER, "--meta", ["=x", "a b=c", "\u00e4=b", "k" * 300]),
                 (PRODUCER, "--dialect", ["native", "BaseImage", "baseimage "]),
                 (PRODUCER, "--wait-consumer", ["1s", "1.2.3", ".", "1000000001"]),
                 (PRODUCER, "--matrix", ["601", "BT601", "bt470"]),
                 (PRODUCER, "--range", ["tv", "Full"]),
                 (CONSUMER, "--matrix", ["601", "BT601", "bt470"]),
                 (CONSUMER, "--range", ["tv", "Full"]),
                 (CONSUMER, "--count", ["0", "1.5", "-0"]),
                 (CONSUMER, "--wait", ["1s", "1.2.3", ".", "1000000001"]),
                 (CONSUMER, "--timeout", ["1s", "1.2.3", ".", "1000000001"]),
                 (CONSUMER, "--exec-timeout", ["1s", "1.2.3", ".", "1000000001"]),
                 (PRODUCER, "--stats", ["0", "0.09", "1s", "1000000001"]),
                 (CONSUMER, "--stats", ["0", "0.09", "1s", "1000000001"]),
                 (CONSUMER, "--jobs", ["0", "65", "2.0", "2k"])]
        for program, option, values in cases:
            rest = ["pattern:8x8"] if program == PRODUCER else []
            joined = option.removeprefix("--") in WITH_OR_WITHOUT[program]
            for value in NONSENSE + values:
                given = [f"{option}={value}"] if joined else [option, value]
                line = self.refuse(program, *given, *rest)
                self.assertIn(option.removeprefix("--"), line)
                self.assertIn(f'"{value}"', line)
        self.assertIn("--save", self.refuse(CONSUMER, "--save", ""))

    def test_sources_that_are_none(self):
        self.assertIn("SOURCE", self.refuse(PRODUCER))
        for text in ("pattern:", "pattern:8", "pattern:8x", "pattern:x8", "pattern:0x8",
                     "pattern:8x0", "pattern:-8x8", "pattern:8x8:", "pattern:8x8:rgb25",
                     "pattern:8x8:RGB24", "pattern:8x8x8", "pattern:99999x8", "pattern:8x99999",
                     "pattern:8 x8", "pattern:99999999999999999999x8", "camera:0", "video:x.mp4",
                     "screen:"):
            self.assertIn(f'"{text}"', self.refuse(PRODUCER, text))
        folder, _ = self.write_noise("in", 1)
        self.refuse(PRODUCER, "pattern:8x8", folder)
        self.refuse(PRODUCER, folder, "pattern:8x8")
        self.refuse(PRODUCER, "pattern:8x8", "pattern:8x8")

    def test_options_that_exclude_each_other(self):
        self.refuse(PRODUCER, "--no-wait", "--wait-consumer", "3", "pattern:8x8")
        self.refuse(PRODUCER, "--wait-consumer", "3", "--no-wait", "pattern:8x8")
        self.refuse(PRODUCER, "--dialect", "baseimage", "--slots", "4", "pattern:8x8")
        self.refuse(PRODUCER, "--dialect", "baseimage", "--max-held", "1", "pattern:8x8")
        self.assertIn("--slots 9", self.refuse(PRODUCER, "--max-held", "7", "pattern:8x8"))
        self.refuse(PRODUCER, "--capacity", "4M", "--dialect", "baseimage", "pattern:8x8")
        dialect = ["--dialect", "baseimage"]
        self.assertIn("--when-full", self.refuse(PRODUCER, *dialect, "--when-full", "wait",
                                                 "pattern:8x8"))
        self.assertIn("--stall-limit", self.refuse(PRODUCER, *dialect, "--stall-limit", "never",
                                                   "pattern:8x8"))
        self.assertIn("--dialect", self.refuse(PRODUCER, "--adopt", "pattern:8x8"))
        for name in ("nv12", "yuv420p"):
            self.assertIn(name, self.refuse(PRODUCER, *dialect, "--format", name, "pattern:8x8"))
            self.assertIn(name, self.refuse(PRODUCER, *dialect, f"pattern:8x8:{name}"))
            for more in (["--format", name, "x.png"], [f"pattern:8x8:{name}"]):
                self.assertIn("--bottom-up", self.refuse(PRODUCER, "--bottom-up", *more))
        self.refuse(CONSUMER, "--every", "--latest")
        self.refuse(CONSUMER, "--latest", "--every", "--save", "x")
        self.refuse(CONSUMER, "--json", "--print")
        self.refuse(CONSUMER, "--print", "--json", "--save", "x")
        self.refuse(CONSUMER, "something")

    def test_metadata_that_cannot_be(self):
        for pairs, what in ((["a=1", "b=2", "a=3"], "already"), (["a=x\ny"], "control"),
                            (["a=\u009b"], "control"), (["a=" + "x" * 1022], "1024"),
                            (["a=" + "x" * 1000, "b=" + "x" * 30], "1024")):
            line = self.refuse(PRODUCER, *(word for pair in pairs for word in ("--meta", pair)),
                               "pattern:8x8")
            self.assertIn("--meta", line)
            self.assertIn(what, line)

    def test_options_that_need_another(self):
        self.assertIn("--save", self.refuse(CONSUMER, "--jobs", "2"))
        self.assertIn("--exec", self.refuse(CONSUMER, "--exec-timeout", "2"))
        self.assertIn("--exec", self.refuse(CONSUMER, "--exec", ""))

    def test_patterns_that_are_none(self):
        for pattern in ("{frames}.png", "{}.png", "{Frame}/x.png", "o/{frame:03}.png",
                        "{../../etc}.png"):
            line = self.refuse(CONSUMER, "--save", pattern)
            for word in ("{name}", "{frame}", "{time}", "{{"):
                self.assertIn(word, line)
        for pattern in ("{", "{frame", "{frame.png", "o/{name}/{"):
            self.assertIn("{{", self.refuse(CONSUMER, "--save", pattern))
        for pattern in ("{frame}", "{frame}.gif", "{frame}.png/", "{name}-png", "{frame}.webp"):
            line = self.refuse(CONSUMER, "--save", pattern)
            for kind in (".png", ".jpg", ".jpeg", ".bmp", ".tga", ".raw"):
                self.assertIn(kind, line)
        self.assertEqual(os.listdir(self.folder), [])

    def test_names_that_are_forbidden(self):
        names = ["", ".x", "sem.x", "a/b", "/a", "a b", "a~b", "a\nb", "\u00e4", "a*", "..",
                 "x" * 201, "Local\\", "Global\\", "Local\\.x", "Local\\Global\\x", "local\\x",
                 "a\\b", "Global\\sem.x", "Local\\" + "x" * 201]
        for name in names:
            self.assertIn("--name", self.refuse(PRODUCER, "--name", name, "pattern:8x8"))
            self.assertIn("--name", self.refuse(CONSUMER, "--name", name))
        for name in names[1:]:  # an empty variable is as none
            env = environment(FERRY_NAME=name)
            self.assertIn("FERRY_NAME", self.refuse(PRODUCER, "pattern:8x8", env=env))
            self.assertIn("FERRY_NAME", self.refuse(CONSUMER, env=env))

    def test_names_that_are_allowed(self):
        start = self.channel() + "-"
        names = [start + "ABCxyz.019_-", start.ljust(200, "x"), "Local\\" + start + "l",
                 "Global\\" + start.ljust(200, "g")]
        for name in names:
            plain = name.rsplit("\\", 1)[-1]
            consumer = self.consumer(plain, "--save", self.path("out"), "--json")
            producer = self.producer(name, "--fps", 0, "--count", 2, "--wait-consumer", 600,
                                     "pattern:8x8")
            self.end(producer)
            self.end(consumer)
            self.assertEqual(sorted(self.saved("out", plain)), [1, 2])
            other = self.consumer(name, "--save", self.path("out"), "--wait", 0)
            self.end(other, TIMED_OUT)
            for file in os.listdir(self.path("out")):
                os.unlink(self.path("out", file))

    def test_a_prefix_is_no_part_of_a_file_name(self):
        channel = self.channel()
        consumer = self.consumer("Local\\" + channel, "--save", self.path("out"))
        self.end(self.producer(channel, "--fps", 0, "--count", 1, "--wait-consumer", 600,
                               "pattern:8x8"))
        self.end(consumer)
        self.assertEqual(os.listdir(self.path("out")), [f"{channel}-000001.png"])


class Names(Case):
    def test_the_environment_gives_the_name_and_the_option_beats_it(self):
        one, two = self.channel(), self.channel()
        for name, variable, used in ((None, one, one), (two, one, two)):
            env = environment(FERRY_NAME=variable)
            consumer = self.consumer(name, "--every", "--json", env=env)
            producer = self.producer(used, "--fps", 0, "--count", 3, "--wait-consumer", 600,
                                     "pattern:8x8")
            self.end(producer)
            self.end(consumer)
            consumer = self.consumer(used, "--every", "--json")
            producer = self.producer(name, "--fps", 0, "--count", 3, "--wait-consumer", 600,
                                     "pattern:8x8", env=env)
            self.end(producer)
            self.end(consumer)
            self.assert_whole_numbers(consumer.numbers(), 1, 3)

    def test_the_default_name(self):
        if any(name.startswith(("BaseImage", "sem.BaseImage"))
               for name in os.listdir(SHARED_MEMORY)):
            self.skipTest("somebody uses the channel BaseImage")
        self.channels += ["BaseImage", "BaseImage~consumers"]
        consumer = self.consumer(None, "--save", self.path("out"), env=environment(FERRY_NAME=""))
        self.end(self.producer(None, "--fps", 0, "--count", 3, "--wait-consumer", 600,
                               "pattern:8x8"))
        self.end(consumer)
        self.assertEqual(sorted(self.saved("out", "BaseImage")), [1, 2, 3])


class Output(Case):
    def test_help_and_version(self):
        for program in (PRODUCER, CONSUMER):
            name = os.path.basename(program).removesuffix(".exe")
            for rest in ([], ["--quiet"], ["pattern:8x8"]):
                help_text = self.end(self.start(program, "--help", *rest))
                self.assertEqual(help_text.err.text(), "")
                lines = help_text.out.list()
                self.assertTrue(lines[0].startswith(f"Usage: {name} "))
                self.assertLessEqual(len(lines), 47)
                self.assertLessEqual(max(map(len, lines)), 80)
                for option in (WITH_VALUE[program] + WITHOUT_VALUE[program] +
                               WITH_OR_WITHOUT[program]):
                    self.assertIn(f"--{option}", help_text.out.text())
            ports = self.end(self.start(program, "--help-ports")).out.text()
            for option in OF_PORTS + ["adopt", "name"]:
                self.assertIn(f"  --{option} ", ports)
            version = self.end(self.start(program, "--version"))
            self.assertRegex(version.out.text(), rf"^{name} \d+\.\d+\.\d+$")
            self.assertEqual(version.err.text(), "")

    def test_help_that_cannot_be_printed(self):
        for program in (PRODUCER, CONSUMER):
            with open("/dev/full", "w", encoding="utf-8") as full:
                ended = self.end(self.start(program, "--help", stdout=full), FAILED)
            # On Windows in the words of the system, which Wine has of its own.
            reason = "" if ON_WINDOWS else "No space left on device"
            self.assertIn(f"cannot write to standard output: {reason}", ended.err.text())

    def test_quiet_says_nothing(self):
        folder, _ = self.write_noise("in", 3)
        self.write("in/readme", b"no picture")
        channel = self.channel()
        consumer = self.consumer(channel, "--quiet", "--save", self.path("out"))
        producer = self.end(self.producer(channel, "--quiet", "--fps", 0, folder))
        self.end(consumer)
        launching = self.end(self.producer(channel, "--quiet", "--fps", 0, *self.launch(
            CONSUMER, "--quiet", "--save", self.path("out"), "--overwrite"), folder))
        for program in (consumer, producer, launching):
            self.assertEqual((program.out.text(), program.err.text()), ("", ""))
        self.assertEqual(len(self.saved("out", channel)), 3)

    def test_quiet_still_says_what_failed(self):
        consumer = self.end(self.consumer(self.channel(), "--quiet", "--wait", 0), TIMED_OUT)
        self.assertRegex(consumer.err.text(), "no producer on channel")

    def test_json_has_these_keys_and_nothing_else(self):
        folder, _ = self.write_noise("in", 3, width=5, height=4)
        channel = self.channel()
        saving = ["--save", self.path("out"), "--overwrite"]
        for options in ([], saving, ["--latest"], ["--latest", *saving]):
            consumer = self.consumer(channel, "--json", *options)
            self.end(self.producer(channel, "--fps", 0, folder))
            self.end(consumer)
            for record in consumer.records():
                self.assertEqual(list(record), KEYS)
                for key in ("schema", "frame", "width", "height", "stride", "bytes", "capture_ns",
                            "publish_ns", "receive_ns", "skipped"):
                    self.assertIs(type(record[key]), int)
                for key in ("planes", "primaries", "transfer", "chroma_site", "field_order",
                            "pixel_aspect", "sequence", "exposure_ns"):
                    self.assertIsNone(record[key])
                self.assertIs(record["corrupt"], False)
                self.assertEqual((record["width"], record["height"], record["format"],
                                  record["stride"], record["bytes"]), (5, 4, "rgb24", 15, 60))
                file = self.path("out", f"{channel}-{record['frame']:06}.png") \
                    if "--save" in options else None
                self.assertEqual(record["file"], file)
                self.assertEqual((record["matrix"], record["range"]), (None, None))

    def test_json_is_valid_whatever_the_folder_is_called(self):
        channel = self.channel()
        for name in ("quote\" back\\slash", "new\nline \t\x01\x7f", "\u00e4\u20ac\U0001f6a2 \u009b",
                     "</script>", "}[],:"):
            consumer = self.consumer(channel, "--json", "--save", self.path(name))
            self.end(self.producer(channel, "--fps", 0, "--count", 1, "--wait-consumer", 600,
                                   "pattern:8x8"))
            self.end(consumer)
            self.assertEqual(len(consumer.out.list()), 1)
            self.assertEqual(consumer.records()[0]["file"],
                             self.path(name, f"{channel}-000001.png"))
            self.assertTrue(all(line.isprintable() for line in consumer.err.list()))

    def test_json_of_a_name_that_is_no_text(self):
        channel = self.channel()
        folder = os.fsencode(self.path("x")) + b"\xff\xc3"
        consumer = self.start(CONSUMER, "--name", channel, "--json", "--save", os.fsdecode(folder))
        self.end(self.producer(channel, "--fps", 0, "--count", 1, "--wait-consumer", 600,
                               "pattern:8x8"))
        self.end(consumer)
        self.assertEqual(json.loads(consumer.out.text())["file"],
                         self.path(f"x\ufffd\ufffd/{channel}-000001.png"))
        self.assertEqual(os.listdir(folder), [f"{channel}-000001.png".encode()])

    # What a program opens first must not take the place of a stream that is closed, and get what is
    # printed: that would be a channel's memory.
    def test_streams_that_are_closed(self):
        folder, made = self.write_noise("in", 3)
        # The consumer comes when the producer has said something already.
        script = "sleep 0.2; exec " + shlex.join([CONSUMER, "--save", self.path("out")])
        for closed in ("0<&-", "1>&-", "2>&-", "0<&- 1>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"):
            channel = self.channel()
            command = [PRODUCER, "--name", channel, "--fps", "0",
                       *self.launch("sh", "-c", script), folder]
            self.end(self.start("sh", "-c", f"exec {shlex.join(command)} {closed}"))
            self.assert_pictures(self.saved("out", channel), dict(enumerate(made, start=1)))
            for file in os.listdir(self.path("out")):
                os.unlink(self.path("out", file))

    def test_json_without_standard_output(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 50, "--when-full", "wait", "pattern:8x8")
        consumer = self.start("sh", "-c", f"exec '{CONSUMER}' --name {channel} --json 1>&-")
        self.end(consumer, FAILED)
        self.assertIn("cannot write to standard output", consumer.err.text())
        with open("/dev/full", "w", encoding="utf-8") as full:
            consumer = self.end(self.consumer(channel, "--json", "--save", self.path("out"),
                                              stdout=full), FAILED)
        self.assertIn("cannot write to standard output: No space left", consumer.err.text())
        # What cannot be told from the beginning is not begun.
        self.assertNotIn("received", consumer.err.text())
        self.assertEqual(self.saved("out", channel), {})
        with open("/dev/full", "w", encoding="utf-8") as full:
            consumer = self.end(self.consumer(channel, "--print", "--save", self.path("out"),
                                              stdout=full), FAILED)
        # The first one cannot be listed; the next may have been saved beside it by then.
        saved = re.search(r"(\d+) frames? received, 0 skipped, \1 saved in", consumer.err.text())
        self.assertIsNotNone(saved, consumer.describe())
        self.assertEqual(len(self.saved("out", channel)), int(saved[1]))
        self.interrupt(producer)


class Users(Case):
    OWNER, OTHER, GROUP = 54321, 54322, 54323

    def as_user(self, number):
        return {"user": number, "group": self.GROUP, "extra_groups": []}

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("being another user needs root")
        tried = subprocess.run(["test", "-x", CONSUMER], check=False, **self.as_user(self.OTHER))
        if tried.returncode != 0:
            self.skipTest("another user cannot run the programs here")

    def test_a_channel_of_another_user(self):
        for sending, receiving, code in ((["--group"], ["--group"], FINE),
                                         (["--group"], [], FAILED), ([], ["--group"], FAILED)):
            channel = self.channel()
            producer = self.producer(channel, *sending, "--fps", 50, "pattern:8x8",
                                     cwd="/", **self.as_user(self.OWNER))
            wait_until(lambda: os.path.exists(f"{SHARED_MEMORY}/{channel}"), "there is no channel")
            consumer = self.end(self.consumer(channel, *receiving, "--count", 3, "--json", cwd="/",
                                              **self.as_user(self.OTHER)), code)
            self.assertEqual(len(consumer.records()), 3 if code == FINE else 0)
            if code == FAILED:
                self.assertRegex(consumer.err.text(), "another user|[Pp]ermission")
            self.interrupt(producer)


class Times(Case):
    def test_no_producer(self):
        for wait in ("0", "0.3"):
            consumer = self.end(self.consumer(self.channel(), "--wait", wait), TIMED_OUT)
            self.assertRegex(consumer.err.text(), "(?m)^ferry-consumer: (there is )?no producer")

    def test_no_frame(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", "0.001", "pattern:8x8")
        self.end(self.consumer(channel, "--latest", "--count", 1))  # the one frame is there
        for options in (["--every"], ["--latest", "--count", 1]):
            consumer = self.consumer(channel, "--json", "--timeout", "0.3", *options)
            code = consumer.wait()
            if "--every" in options:
                self.assertEqual(code, TIMED_OUT)
                self.assertIn(f"no frame on channel {channel} within 0.3 s", consumer.err.text())
            else:
                self.assertEqual((code, consumer.numbers()), (FINE, [1]))
        self.interrupt(producer)

    # The time runs for each frame anew.
    def test_frames_that_come_in_time(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json", "--timeout", 10, "--wait", 600)
        self.end(self.producer(channel, "--fps", 10, "--count", 6, "--wait-consumer", 600,
                               "pattern:8x8"))
        self.end(consumer)
        self.assert_whole_numbers(consumer.numbers(), 1, 6)

    def test_no_consumer(self):
        folder, _ = self.write_noise("in", 2)
        for wait in ("0", "0.1", "0.5"):
            for source in (folder, "pattern:8x8"):
                producer = self.end(self.producer(self.channel(), "--wait-consumer", wait, source),
                                    TIMED_OUT)
                self.assertIn("no consumer has attached", producer.err.text())

    def test_a_consumer_that_comes_in_time(self):
        folder, _ = self.write_noise("in", 2)
        for wait in (["--wait-consumer", 600], []):
            channel = self.channel()
            producer = self.producer(channel, *wait, folder)
            producer.err.wait_for(f"ferry-consumer --name {channel} ")
            consumer = self.end(self.consumer(channel, "--every", "--json", "--wait", 600))
            self.end(producer)
            self.assert_whole_numbers(consumer.numbers(), 1, 2)

    def test_nobody_is_waited_for(self):
        folder, _ = self.write_noise("in", 20)
        producer = self.end(self.producer(self.channel(), "--no-wait", "--fps", 0, folder))
        self.assertIn("20 frames sent", producer.err.text())


class Pace(Case):
    def receive(self, fps, count, pause=None):
        """When the frames were published. Pictures of files wait for consumers: none is dropped."""
        channel = self.channel()
        folder, _ = self.write_noise("in", 2)
        consumer = self.consumer(channel, "--every", "--json")
        producer = self.producer(channel, "--fps", fps, "--loop", "--wait-consumer", 600, folder)
        if pause is not None:
            consumer.out.wait_count(10)
            pause(producer)
            count += len(consumer.numbers())
        consumer.out.wait_count(count)
        self.finish(producer)
        self.end(consumer)
        return [record["publish_ns"] for record in consumer.records()]

    def check_spacing(self, times, period_ns):
        """A frame may be late, and the next makes up for it, unless it is late by more than a whole
        period: then all that follow are later. So of k + 1 frames in a row, the last comes k - 2
        periods after the first at least."""
        for count in (9, 30):
            for one, other in zip(times, times[count:]):
                self.assertGreaterEqual(other - one, (count - 2) * period_ns)

    def check_speed(self, times, period_ns):
        """Not all at once is late, or not by the same time."""
        self.assertLess(min(b - a for a, b in zip(times, times[1:])), 3 * period_ns)

    def test_frames_a_second(self):
        for fps, period_ns in (("50", 20e6), ("60000/1001", 16.68e6), ("99.5", 10.05e6)):
            times = self.receive(fps, 31)
            self.assertGreaterEqual(len(times), 31)
            self.check_spacing(times, period_ns)
            self.check_speed(times, period_ns)

    def test_lost_time_is_not_made_up_for(self):
        def pause(producer):
            stop_process(producer.pid)
            time.sleep(0.5)  # the time that is lost
            self.resume(producer)

        times = self.receive("50", 30, pause)
        self.assertGreater(max(b - a for a, b in zip(times, times[1:])), 0.4e9)
        self.check_spacing(times, 20e6)

    def test_as_fast_as_consumers_allow(self):
        times = self.receive("0", 500)
        gaps = sorted(b - a for a, b in zip(times, times[1:]))
        self.assertLess(gaps[len(gaps) // 2], 1e9 / 60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
