"""--launch: a consumer that the producer starts, starts again, waits for and reports on."""

import os
import re
import shlex
import signal
import unittest

from streams import StreamCase
from support import (CONSUMER, FAILED, SHARED_MEMORY, STUCK_SECONDS, TIMED_OUT, USAGE, Case, command_of,
                     environment, process_state, send_signal, stop_process, wait_attached,
                     wait_dead, wait_until)

AMPLE_SECONDS = 6  # for a small program to start and to end
# Without the pipes of the producer, so that those end when it does.
SLEEPING = "sh -c 'exec sleep 1000 >/dev/null 2>&1'"


class Commands(Case):
    def test_quotes_and_blanks(self):
        folder, made = self.write_noise("in", 3)
        out = self.path("a folder with \"quotes\", 'more' and $HOME")
        for form in (self.launch(CONSUMER, "--save", out),
                     ["--launch", f"  '{CONSUMER}'\t--save=\"" +
                      re.sub(r'(["$])', r"\\\1", out) + '"  ']):
            channel = self.channel()
            self.end(self.producer(channel, "--fps", 0, *form, folder))
            self.assert_pictures(self.saved(out, channel), dict(enumerate(made, start=1)))
            for name in os.listdir(out):
                os.unlink(os.path.join(out, name))

    def test_the_program_is_looked_up_in_path(self):
        folder, _ = self.write_noise("in", 2)
        path = os.path.dirname(CONSUMER) + ":" + os.environ["PATH"]
        producer = self.end(self.producer(self.channel(), "--launch",
                                          "ferry-consumer --json --every",
                                          folder, env=environment(PATH=path)))
        self.assert_whole_numbers(producer.numbers(), 1, 2)

    def test_what_cannot_be_started(self):
        folder, _ = self.write_noise("in", 1)
        cases = [("no-such-program --at all", "cannot start \"no-such-program\": No such file"),
                 (f"'{self.folder}'", "cannot start .*: Permission denied"),
                 ("sh -c 'exit", "quot"), ("   ", "--launch"), ("''", "--launch")]
        for command, sentence in cases:
            # And not after the wait for a consumer, which nobody here would live to see.
            producer = self.end(self.producer(self.channel(), "--wait-consumer", 100000,
                                              "--launch", command, folder), FAILED)
            self.assertRegex(producer.err.text(), "(?m)^ferry-producer: .*" + sentence)
        self.end(self.producer(self.channel(), "--launch", "", folder), USAGE)

    def test_a_command_has_quotes_that_are_none_of_its_own(self):
        for command, quoted in (('sh -c "exit 3"', """'sh -c "exit 3"'"""),
                                ("sh -c 'exit 3'", """"sh -c 'exit 3'\"""")):
            producer = self.end(self.producer(self.channel(), "--wait-consumer", "0.1", "--launch",
                                              command, "pattern:8x8"), TIMED_OUT)
            self.assertIn(f"started {quoted} (process ", producer.err.text())
            self.assertIn(f"of starting {quoted}\n", producer.err.text() + "\n")

    def test_the_name_of_the_channel_is_passed_on(self):
        channel = self.channel()
        script = f'printf %s "$FERRY_NAME" >name; exec "{CONSUMER}" --count 1 --json'
        producer = self.producer(channel, "--fps", 50, *self.launch("sh", "-c", script),
                                 "pattern:8x8", cwd=self.folder,
                                 env=environment(FERRY_NAME="not-this"))
        self.end(producer)
        with open(self.path("name"), encoding="utf-8") as file:
            self.assertEqual(file.read(), channel)
        self.assertEqual(len(producer.records()), 1)

    def test_no_stray_descriptors(self):
        null = os.open("/dev/null", os.O_RDONLY)
        script = "LC_ALL=C TIME_STYLE=locale ls -l /proc/self/fd >fds"
        producer = self.producer(self.channel(), *self.launch("sh", "-c", f"{script}; exit 3"),
                                 "pattern:8x8", cwd=self.folder, pass_fds=[null])
        os.close(null)
        producer.err.wait_for("ended with exit code 3")
        self.interrupt(producer, code=FAILED)
        with open(self.path("fds"), encoding="utf-8") as file:
            lines = [line.split()[8:] for line in file if "->" in line]
        self.assertEqual([line[0] for line in lines], ["0", "1", "2", "3"])
        self.assertRegex(lines[3][2], r"^/proc/\d+/fd$")  # what ls itself reads

    def test_one_that_is_attached_already_suffices(self):
        folder, _ = self.write_noise("in", 5)
        for source, delivery in ((folder, "--every"), ("pattern:8x8", "--latest")):
            # It has a fifth of a second to attach, which may not be enough on a busy machine.
            self.assertTrue(any(self.is_enough(source, delivery) for _ in range(20)))

    def is_enough(self, source, delivery):
        """Whether a producer started nothing beside a consumer that had waited for it."""
        channel = self.channel()
        consumer = self.consumer(channel, delivery, "--json")
        consumer.err.wait_for("waiting for a producer")
        producer = self.producer(channel, "--fps", 100, "--count", 5, *self.launch(CONSUMER),
                                 source)
        self.end(producer)
        if producer.launched():
            self.interrupt(consumer)  # it may have come too late for the stream
            return False
        self.end(consumer)
        self.assertEqual(consumer.numbers()[-1], 5)
        return True


class Ends(Case):
    def test_exit_codes_are_reported(self):
        folder, _ = self.write_noise("in", 2)
        cases = [("exit 0", 0, "ended with exit code 0"), ("exit 7", FAILED,
                                                           "ended with exit code 7"),
                 ("kill -KILL $$", FAILED, "was killed by signal 9")]
        for last, code, sentence in cases:
            launch = self.launch("sh", "-c", f"'{CONSUMER}' --quiet; {last}")
            producer = self.end(self.producer(self.channel(), "--fps", 0, *launch, folder), code)
            self.assertEqual(len(producer.launched()), 1)
            self.assertRegex(producer.err.text(),
                             rf"\(process {producer.launched()[0]}\) {sentence}")

    # Files or pattern, both without end: a program that ends well wanted no more.
    def test_one_that_ends_well_is_finished(self):
        folder, _ = self.write_noise("in", 5)
        for source in (["--loop", folder], ["--when-full", "wait", "pattern:8x8"]):
            producer = self.producer(self.channel(), "--fps", 100,
                                     *self.launch(CONSUMER, "--json", "--every", "--count", 3),
                                     *source)
            self.end(producer)
            self.assert_whole_numbers(producer.numbers(), 1, 3)
            self.assertEqual(len(producer.launched()), 1)
            self.assertIn("is done and no other consumer is attached", producer.err.text())

    def test_one_that_never_attaches(self):
        folder, _ = self.write_noise("in", 1)
        producer = self.producer(self.channel(), "--wait-consumer", "0.5",
                                 "--launch", SLEEPING, folder)
        self.end(producer, TIMED_OUT)
        self.assertIn("no consumer has attached", producer.err.text())
        pid, = producer.launched()
        self.assertIn(f"(process {pid}) is left running", producer.err.text())
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)  # it is our child by now

    def test_the_others_get_the_rest_when_it_ends_well(self):
        folder, _ = self.write_noise("in", 50)
        channel = self.channel()
        script = f"kill -STOP $$; exec '{CONSUMER}' --json --every --count 30"
        producer = self.producer(channel, "--fps", 0, *self.launch("sh", "-c", script), folder)
        pid = producer.wait_launched()
        wait_until(lambda: process_state(pid) == "T", "it does not stop")
        stop_process(producer.pid)  # until both are there
        other = self.attached(channel, "--every", "--json")
        os.kill(pid, signal.SIGCONT)
        wait_attached(pid, channel)
        self.resume(producer)
        self.end(producer)
        self.end(other)
        self.assert_whole_numbers(producer.numbers(), 1, 30)
        self.assert_whole_numbers(other.numbers(), 1, 50)

    def test_frames_go_out_without_it_when_nobody_waits(self):
        folder, _ = self.write_noise("in", 4)
        producer = self.producer(self.channel(), "--fps", 0, "--no-wait",
                                 *self.launch("sh", "-c", "exit 0", wait=()), folder)
        self.end(producer)
        self.assertIn("4 frames sent", producer.err.text())


class Background(StreamCase):
    """A command that ends with 0 while what it has started goes on without it."""

    def setUp(self):
        super().setUp()
        os.mkfifo(self.path("go"))

    def daemon(self, last, wait=("--wait-consumer", STUCK_SECONDS)):
        """Options that launch a command whose daemon waits for its order, and then runs the last
        line of its script."""
        script = f"echo $$ >pid; mv pid started; read order <go; {last}"
        return self.launch("sh", "-c", f"setsid sh -c {shlex.quote(script)} & exit 0", wait=wait)

    def background(self, *arguments, **more):
        """A producer that has launched a daemon, which has its order yet to come, and the daemon's
        process id."""
        producer = self.producer(self.channel(), *arguments, cwd=self.folder, **more)
        producer.err.wait_for("ended with exit code 0")
        wait_until(lambda: os.path.exists(self.path("started")), "the daemon does not start")
        with open(self.path("started"), encoding="utf-8") as file:
            return producer, int(file.read())

    def order(self):
        with open(self.path("go"), "w", encoding="utf-8") as go:
            go.write("go\n")

    def sleeps(self, pid):
        """How often a process has gone to sleep so far, as proc(5) counts it."""
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)$", file.read(), re.MULTILINE)[1])

    def reap(self, pid):
        """Waits for the daemon, which is our child by now; its exit code."""
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_it_attaches_after_the_command_has_ended(self):
        folder, made = self.write_noise("in", 5)
        out = self.path("out")
        producer, pid = self.background(
            "--fps", 0, *self.daemon(f"exec '{CONSUMER}' --json --every --save '{out}'"), folder)
        self.order()
        self.end(producer)
        self.assertEqual(self.reap(pid), 0)
        producer.out.join()
        self.assert_whole_numbers(producer.numbers(), 1, 5)
        self.assert_pictures(self.saved("out", self.channels[-1]), dict(enumerate(made, start=1)))
        self.assertEqual(len(producer.launched()), 1)
        self.assertNotIn("waiting for the launched program", producer.err.text())
        self.assertIn("5 frames sent", producer.err.text())

    # As for a program that has never left: it wanted no more.
    def test_the_stream_is_over_when_it_leaves(self):
        producer, pid = self.background("--fps", 100, "--when-full", "wait", *self.daemon(
            f"exec '{CONSUMER}' --json --every --count 3"), "pattern:8x8")
        self.order()
        self.end(producer)
        self.assertEqual(self.reap(pid), 0)
        producer.out.join()
        self.assert_whole_numbers(producer.numbers(), 1, 3)
        self.assertIn("is done and no other consumer is attached", producer.err.text())

    def test_the_stream_is_over_when_it_is_killed(self):
        producer, pid = self.background("--fps", 100, *self.daemon(
            f"exec '{CONSUMER}' --json --every"), "pattern:8x8")
        self.order()
        producer.out.wait_count(3)
        self.kill(pid)
        self.end(producer)
        self.reap(pid)
        self.assertEqual(len(producer.launched()), 1)
        self.assertIn("is done and no other consumer is attached", producer.err.text())

    def test_nobody_attaches(self):
        folder, _ = self.write_noise("in", 2)
        for source, quiet in ((folder, []), ("pattern:8x8", ["--quiet"])):
            producer = self.producer(self.channel(), *quiet, *self.launch(
                "true", wait=("--wait-consumer", AMPLE_SECONDS)), source)
            self.end(producer, TIMED_OUT)
            self.assertRegex(producer.err.text(),
                             '(?m)^ferry-producer: "true" ended with exit code 0, .* no consumer '
                             f"has attached .* within {AMPLE_SECONDS} s.*--wait-consumer")
            self.assertNotIn("frames sent", producer.err.text())

    # The program may be through with a look at the channel before a picture has come. It stays until
    # the producer, which looks each time it wakes up, has seen it.
    def test_one_that_leaves_before_the_first_frame(self):
        channel = self.channel()
        producer = self.pipe(channel, "--raw", "8x8:gray", *self.launch(
            CONSUMER, wait=("--wait-consumer", AMPLE_SECONDS)))
        self.put(producer, bytes(5))
        pid = producer.wait_launched()
        wait_attached(pid, channel)
        before = self.sleeps(producer.pid)
        wait_until(lambda: self.sleeps(producer.pid) > before + 3, "the producer does not look")
        send_signal(pid, signal.SIGTERM)
        self.end(producer, TIMED_OUT)
        self.assertIn("0 frames received", producer.err.text())
        self.assertRegex(producer.err.text(), '" ended with exit code 0, .* no consumer has stayed')
        self.assertNotIn("frames sent", producer.err.text())

    def test_a_stop_before_it_attaches(self):
        folder, _ = self.write_noise("in", 1)
        for source in (folder, "pattern:8x8"):
            producer, pid = self.background(*self.daemon("exit 4"), source)
            self.interrupt(producer, signal.SIGINT)
            self.assertNotIn("waiting for the launched program", producer.err.text())
            self.assertIn("0 frames sent", producer.err.text())
            self.order()
            self.assertEqual(self.reap(pid), 4)
            os.unlink(self.path("started"))

    def test_another_consumer_is_there_when_the_command_ends(self):
        folder, _ = self.write_noise("in", 40)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, *self.launch("sh", "-c", "read order <go"),
                                 folder, cwd=self.folder)
        producer.wait_launched()
        stop_process(producer.pid)
        other = self.attached(channel, "--every", "--json")
        self.order()
        self.resume(producer)
        self.end(producer)
        self.end(other)
        self.assert_whole_numbers(other.numbers(), 1, 40)

    def test_frames_go_out_at_once_when_nobody_waits(self):
        folder, _ = self.write_noise("in", 4)
        producer, pid = self.background("--fps", 100, "--loop", "--no-wait", *self.daemon(
            f"exec '{CONSUMER}' --json --every --count 3", wait=()), folder)
        self.order()
        producer.out.wait_count(3)
        self.assertEqual(self.reap(pid), 0)
        self.assertTrue(producer.is_running())
        self.finish(producer)

    # Programs that know only the layout never attach: what is in the background may be one.
    def test_a_silent_one(self):
        folder, _ = self.write_noise("in", 3)
        producer, pid = self.background("--dialect", "baseimage", "--fps", 0,
                                        *self.daemon("exit 0"), folder)
        self.end(producer)
        self.assertIn("3 frames sent", producer.err.text())
        self.order()
        self.assertEqual(self.reap(pid), 0)

    def test_a_silent_one_that_stays_in_the_foreground_ends_the_stream(self):
        producer = self.pipe(self.channel(), "--dialect", "baseimage", "--raw", "100x100:gray",
                             *self.launch("sh", "-c", "read order <go"), cwd=self.folder)
        # Far more than fits a pipe and what is read ahead.
        self.feed(producer, bytes(8000000), close=False).join()
        self.order()
        self.end(producer)
        self.assertIn("is done and no other consumer is attached", producer.err.text())


class Stops(Case):
    def test_ctrl_c_ends_the_stream_and_the_program_sees_it(self):
        folder, made = self.write_noise("in", 5)
        for number in (signal.SIGINT, signal.SIGTERM):
            channel = self.channel()
            producer = self.producer(channel, "--fps", 100, "--loop",
                                     *self.launch(CONSUMER, "--json", "--save", self.path("out")),
                                     folder)
            producer.out.wait_count(10)
            self.interrupt(producer, number)
            self.assertIn("ended with exit code 0", producer.err.text())
            numbers = producer.numbers()
            sent = int(producer.err.wait_for(r"(\d+) frames sent")[0])
            self.assert_whole_numbers(numbers, 1, sent)
            self.assert_pictures(self.saved("out", channel), {n: made[(n - 1) % 5]
                                                              for n in numbers})
            for name in os.listdir(self.path("out")):
                os.unlink(self.path("out", name))

    # As a terminal does it: to both at once.
    def test_ctrl_c_for_both(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100,
                                 *self.launch(CONSUMER, "--save", self.path("out"), "--json"),
                                 "pattern:64x48")
        producer.out.wait_count(5)
        pid = producer.wait_launched()
        send_signal(pid, signal.SIGINT)
        self.interrupt(producer, signal.SIGINT)
        self.assertIn("frames received", producer.err.text())
        self.assertEqual(set(self.saved("out", channel)), set(producer.numbers()))

    # It may wait for the channel for ever, which is gone by then.
    def test_ctrl_c_before_it_has_attached(self):
        folder, _ = self.write_noise("in", 1)
        producer = self.producer(self.channel(), "--launch", SLEEPING, folder)
        pid = producer.wait_launched()
        self.interrupt(producer, signal.SIGINT)
        self.end_left_behind(producer, pid)

    def end_left_behind(self, producer, pid):
        self.assertIn(f"(process {pid}) is left running", producer.err.text())
        self.assertRegex(producer.err.text(), "frames? sent")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)  # it is our child by now

    def lasting(self, channel):
        """A producer with a program that takes a frame and lives on, and the program's id."""
        script = f"'{CONSUMER}' --count 1 --json; exec {SLEEPING}"
        producer = self.producer(channel, "--fps", 100, *self.launch("sh", "-c", script),
                                 "pattern:8x8")
        pid = producer.wait_launched()
        # A consumer that is still ending when its shell is killed would be left behind.
        wait_until(lambda: command_of(pid) == "sleep 1000", "the consumer does not end")
        return producer, pid

    def test_ctrl_c_once_more_leaves_it_running(self):
        producer, pid = self.lasting(self.channel())
        send_signal(producer.pid, signal.SIGINT)
        producer.err.wait_for(f"waiting for the launched program .process {pid}. to end; Ctrl-C")
        self.interrupt(producer, signal.SIGTERM)
        self.end_left_behind(producer, pid)

    def test_a_third_signal_ends_it_at_once(self):
        channel = self.channel()
        producer, pid = self.lasting(channel)
        stop_process(producer.pid)  # so that it sees two at once
        os.kill(producer.pid, signal.SIGINT)
        os.kill(producer.pid, signal.SIGTERM)
        self.resume(producer)
        # The consumers object goes last; a third signal before that would leave it.
        wait_until(lambda: not os.path.exists(f"{SHARED_MEMORY}/{channel}~consumers"),
                   "nothing ends")
        self.interrupt(producer, signal.SIGINT, 128 + signal.SIGINT)
        self.assertNotRegex(producer.err.text(), "frames? sent")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def test_the_death_of_the_producer_is_seen_by_the_program(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100,
                                 *self.launch(CONSUMER, "--json", "--save", self.path("out")),
                                 "pattern:64x48")
        producer.out.wait_count(5)
        pid = producer.wait_launched()
        wait_attached(pid, channel)
        self.kill(producer.pid)
        producer.wait()
        producer.err.wait_for("ferry-consumer: the producer died")
        wait_dead(pid)
        os.waitpid(pid, 0)  # it is our child by now
        for picture in self.saved("out", channel).values():
            self.assertEqual(picture[:3], (64, 48, 3))


if __name__ == "__main__":
    unittest.main(verbosity=2)
