"""--json and --stats: the objects are those of docs/json.md, field by field, and figures come by themselves."""

import datetime
import json
import os
import re
import time
import unittest

from support import CONSUMER, PRODUCER, SHARED_MEMORY, Case, environment, stop_process, wait_until
from test_full_output import full_pipe

SOURCE = os.environ["FERRY_SOURCE"]
SLOW_CLOCK = datetime.timedelta(minutes=10)  # by which somebody may set the wall clock meanwhile
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
STUCK_FOREVER = 100000


def documented():
    """The fields of docs/json.md in their order: {(program, event): [field, ...]}."""
    fields, common, program, event = {}, [], None, None
    with open(os.path.join(SOURCE, "docs", "json.md"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("## "):
                program, event = line[3:].strip(), None
            elif line.startswith("### "):
                event = line[4:].strip()
                fields[program, event] = list(common)
            elif match := re.match(r"\| `(\w+)` \|", line):
                (fields[program, event] if event else common).append(match[1])
    return fields


class Json(Case):
    def setUp(self):
        super().setUp()
        self.begin = datetime.datetime.now(datetime.timezone.utc)

    def objects(self, program):
        """All that it has written, frames before the others."""
        return program.records() + program.out.events()

    def assert_documented(self, name, program, fields):
        """Returns the events that there were."""
        for item in self.objects(program):
            wanted = fields.get((name, item["event"]))
            self.assertIsNotNone(wanted, f"docs/json.md does not have {name}'s {item['event']}")
            self.assertEqual(list(item), wanted)
            self.assertEqual(item["schema"], 1)
            self.assertRegex(item["time"], f"^{TIME}$")
            moment = datetime.datetime.fromisoformat(item["time"].replace("Z", "+00:00"))
            self.assertGreater(moment, self.begin - SLOW_CLOCK)
            self.assertLess(moment, datetime.datetime.now(datetime.timezone.utc) + SLOW_CLOCK)
        return {(name, item["event"]) for item in self.objects(program)}


class Objects(Json):
    def setUp(self):
        super().setUp()
        self.seen = set()
        # Those of the verbs of ferry are tried beside these.
        self.fields = {key: fields for key, fields in documented().items()
                       if key[0] in ("ferry-producer", "ferry-consumer")}

    def note(self, **programs):
        for name, program in programs.items():
            self.seen |= self.assert_documented(f"ferry-{name}", program, self.fields)

    def run_end(self):
        """Two sizes, an end, a death, and a consumer that leaves."""
        small, _ = self.write_noise("in", 2)
        large, _ = self.write_noise("in2", 2, width=33)
        channel = self.channel()
        consumer = self.consumer(channel, "--reconnect", "--every", "--json", "--stats", "0.1",
                                 "--save", self.path("out"))
        producer = self.end(self.producer(channel, "--fps", 0, "--json", "--meta", "a=b", small, large))
        ended = consumer.out.wait_event("ended")
        self.assertEqual((ended["channel"], ended["received"], ended["skipped"]), (channel, 4, 0))
        self.assertEqual([e["frame"] for e in consumer.out.events() if e["event"] == "resized"], [1, 3])
        self.assertEqual([e["width"] for e in producer.out.events() if e["event"] == "resized"], [16, 33])
        self.assertEqual(producer.out.events()[-1]["event"], "ended")
        self.assertEqual(producer.out.events()[-1]["sent"], 4)
        self.note(consumer=consumer, producer=producer)

        dying = self.producer(channel, "--fps", 100, "--json", "pattern:8x8")
        consumer.out.wait_event("attached", 2)
        self.kill(dying.pid)
        consumer.out.wait_event("lost")
        self.note(consumer=consumer, producer=dying)

        last = self.producer(channel, "--fps", 100, "--json", "--stats", "0.1", "pattern:8x8")
        consumer.out.wait_event("attached", 3)
        attached = last.out.wait_event("attached")
        self.assertEqual((attached["process_id"], attached["delivery"]), (consumer.pid, "every"))
        last.out.wait_event("stats")
        self.interrupt(consumer)
        self.assertEqual(consumer.out.events()[-1]["event"], "left")
        self.assertEqual(last.out.wait_event("left")["process_id"], consumer.pid)
        self.interrupt(last)
        self.note(consumer=consumer, producer=last)

    def run_eviction(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--json", "--slots", 2, "--stall-limit", "0.3",
                                 "pattern:8x8")
        consumer = self.consumer(channel, "--every=all", "--json")
        consumer.out.wait_count(1)
        producer.out.wait_event("attached")
        stop_process(consumer.pid)
        evicted = producer.out.wait_event("evicted")
        self.assertEqual(evicted["process_id"], consumer.pid)
        self.resume(consumer)
        consumer.out.wait_event("evicted")
        self.interrupt(producer)
        consumer.wait()
        self.note(consumer=consumer, producer=producer)

    def test_every_object_is_documented_and_every_documented_one_occurs(self):
        self.assertIn(("ferry-consumer", "frame"), self.fields)
        self.run_end()
        self.run_eviction()
        self.assertEqual(self.seen, set(self.fields))

    # A reader of the pixels has to know what their numbers mean.
    def test_colors(self):
        command = "sh -c 'echo ${FERRY_MATRIX-unset},${FERRY_RANGE-unset}'"
        for sent, seen, said, known in (
                ([], [], ("bt601", "limited"), ("bt601", "limited")),
                (["--matrix", "bt709", "--range", "full"], [], ("bt709", "full"), ("bt709", "full")),
                (["--matrix", "bt2020"], ["--range", "full"], ("bt2020", "limited"), ("bt2020", "full")),
                (["--matrix", "bt709"], ["--matrix", "bt601"], ("bt709", "limited"), ("bt601", "limited"))):
            for form in ("yuv420p", "nv12", "yuyv422", "rgb24", "gray"):
                if form in ("rgb24", "gray"):
                    said = known = (None, None)
                channel = self.channel()
                consumer = self.consumer(channel, "--json", "--every", "--exec", command, *seen,
                                         env=environment(FERRY_MATRIX="outer", FERRY_RANGE="outer"))
                producer = self.end(self.producer(channel, "--json", "--count", 1, "--wait-consumer", STUCK_FOREVER,
                                                  *sent, f"pattern:8x8:{form}"))
                self.end(consumer)
                lines = [line for line in consumer.out.list() if not line.startswith("{")]
                self.assertEqual(lines, [",".join(name or "unset" for name in known)])
                shapes = [json.loads(line) for line in consumer.out.list() if line.startswith("{")]
                shapes += [event for event in consumer.out.events() if event["event"] == "resized"]
                self.assertEqual([(o["matrix"], o["range"]) for o in shapes], [known] * 2, (form, sent, seen))
                resized = producer.out.wait_event("resized")
                self.assertEqual((resized["matrix"], resized["range"]), said, (form, sent))

    # What only a channel has is null.
    def test_a_port(self):
        memory = self.channel()
        port = ["--dialect", "mutex", "--payload", "text", "--object", f"semaphore={memory}.semaphore"]
        text = self.write("text", "a \"text\"\n".encode())
        producer = self.producer(memory, *port, "--linger", STUCK_FOREVER, text)
        wait_until(lambda: os.path.exists(os.path.join(SHARED_MEMORY, f"sem.{memory}.semaphore")), "no port is there")
        consumer = self.end(self.consumer(memory, *port, "--json", "--count", 1))
        self.interrupt(producer)
        self.assert_documented("ferry-consumer", consumer, self.fields)
        attached, _, left = consumer.out.events()
        self.assertEqual((attached["channel"], attached["dialect"]), (memory, "mutex"))
        self.assertEqual({attached[field] for field in list(attached)[list(attached).index("dialect") + 1:]}, {None})
        self.assertEqual(consumer.records()[0]["text"], 'a "text"')
        self.assertEqual((left["event"], left["received"], left["skipped"]), ("left", 1, 0))

    # They are there although the stream is shorter than the distance of two looks.
    def test_a_short_stream_tells_who_was_there(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--json")
        producer = self.end(self.producer(channel, "--json", "--count", 1, "--wait-consumer",
                                          STUCK_FOREVER, "pattern:8x8"))
        self.end(consumer)
        self.assertEqual([e["event"] for e in producer.out.events()],
                         ["created", "attached", "resized", "ended"])
        self.assertEqual([e["event"] for e in consumer.out.events()], ["attached", "resized", "ended"])


class Stats(Json):
    LINES = {"producer": r"^ferry-producer: [\d.]+ fps, [\d.]+ MB/s, (\d+) consumers?, lag \d+, "
                         r"(\d+) sent, \d+ dropped$",
             "consumer": r"^ferry-consumer: [\d.]+ fps, latency ([\d.]+) ms \(p50\) ([\d.]+) ms \(p99\), "
                         r"\d+ received, \d+ skipped, \d+ dropped, lag \d+$"}

    def wait_lines(self, program, name, count):
        def lines():
            found = [m for m in map(re.compile(self.LINES[name]).match, program.err.list()) if m]
            return found if len(found) >= count else None
        return wait_until(lines, "the figures do not come")

    # Standard error is a pipe here. Figures come without frames, too, and with --quiet.
    def test_lines_without_a_terminal(self):
        for quiet in ([], ["--quiet"]):
            channel = self.channel()
            consumer = self.consumer(channel, "--stats", "0.1", *quiet)
            self.wait_lines(consumer, "consumer", 2)
            producer = self.producer(channel, "--fps", 50, "--stats", "0.1", *quiet, "pattern:8x8")
            wait_until(lambda producer=producer: self.wait_lines(producer, "producer", 1)[-1][1] == "1",
                       "the consumer does not count")
            wait_until(lambda consumer=consumer: float(self.wait_lines(consumer, "consumer", 1)[-1][2]) > 0,
                       "no latency is said")
            last = self.wait_lines(consumer, "consumer", 1)[-1]
            self.assertLessEqual(float(last[1]), float(last[2]))
            self.interrupt(consumer)
            self.interrupt(producer)
            for program in (consumer, producer):
                self.assertEqual(program.out.text(), "")

    def test_a_producer_that_waits_says_them_too(self):
        producer = self.producer(self.channel(), "--wait-consumer", STUCK_FOREVER, "--stats", "0.1",
                                 "pattern:8x8")
        self.assertEqual({line[2] for line in self.wait_lines(producer, "producer", 3)}, {"0"})
        self.interrupt(producer)

    # What could not be said in time is said once, and nothing of it is lost.
    def test_intervals_that_were_missed(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 50, "pattern:8x8")
        consumer = self.consumer(channel, "--json", "--stats", "0.1")
        consumer.out.wait_event("stats", 2)
        stop_process(consumer.pid)
        time.sleep(1)  # which has to show
        self.resume(consumer)
        wait_until(lambda: any(e["event"] == "stats" and e["seconds"] >= 1 for e in consumer.out.events()),
                   "no interval has the time that was missed")
        self.interrupt(consumer)
        self.interrupt(producer)
        stats = [e for e in consumer.out.events() if e["event"] == "stats"]
        frames = sum(round(e["fps"] * e["seconds"]) for e in stats)
        self.assertLessEqual(abs(frames - stats[-1]["received"]), 1 + len(stats))
        for item in stats:
            self.assertEqual(item["latency_p50_ms"] is None, item["fps"] == 0)
            if item["fps"] > 0:
                self.assertLessEqual(item["latency_p50_ms"], item["latency_p99_ms"])

    # Nobody reads what they say: they wait for a reader, and end when they are asked to.
    def test_pipes_that_are_full(self):
        for options in (["--stats", "0.1"], ["--stats", "0.1", "--json"]):
            for name, rest in ((CONSUMER, []), (PRODUCER, ["--no-wait", "pattern:8x8"])):
                reading, writing = full_pipe()
                program = self.start("sh", "-c", f'exec "$0" "$@" >&{writing} 2>&1', name, "--name",
                                     self.channel(), *options, *rest, pass_fds=[writing])
                os.close(writing)
                time.sleep(0.5)  # in which figures are due
                self.interrupt(program)
                os.close(reading)


if __name__ == "__main__":
    unittest.main()
