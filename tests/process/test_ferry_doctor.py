"""ferry doctor: what it finds on a machine, in all channels and in one. Each case has a /dev/shm of its own, and where
it needs them settings of the system, in a mount namespace that nobody else sees."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from looking import FERRY, SELDOM
from support import (CONSUMER, FAILED, FINE, PRODUCER, SANITIZERS, USAGE, Case, stop_process,
                     wait_until)
from test_json import documented

USER, GROUP = 54351, 54352  # numbers without a name
SEMAPHORE_BYTES = 32
LEVELS = {"OK": "ok", "WARN": "warn", "FAIL": "fail"}


def reason_to_skip():
    if os.geteuid() != 0:
        return "mounting a file system needs root"
    try:
        tried = subprocess.run(["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=16k tmpfs /mnt && "
                                "nsenter --version && setpriv --version"], capture_output=True, check=False)
    except FileNotFoundError:
        return "there is no unshare"
    return None if tried.returncode == 0 else "file systems cannot be mounted here"


SKIP = reason_to_skip()


def setUpModule():
    """Puts the program where every user can run it."""
    global folder, ferry_program
    folder = tempfile.mkdtemp(prefix="ferry-doctor-")
    os.chmod(folder, 0o755)
    ferry_program = shutil.copy(FERRY, folder)


def tearDownModule():
    shutil.rmtree(folder)


@unittest.skipIf(SKIP, SKIP)
class Doctor(Case):
    def room(self, size="1g", more="true"):
        """A mount namespace with a /dev/shm of that size, after a command that changes more there."""
        self.keeper = self.start("unshare", "-m", "sh", "-c",
                                 f"mount -t tmpfs -o size={size},mode=1777 tmpfs /dev/shm && {more} && "
                                 "echo ready && exec cat", stdin=subprocess.PIPE)
        self.keeper.out.wait_for("^ready")
        self.addCleanup(self.leave)
        self.seen = f"/proc/{self.keeper.pid}/root/dev/shm"

    def inside(self, *arguments, user=None):
        as_user = [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={GROUP}", "--clear-groups"]
        return self.start("nsenter", "-m", "-t", str(self.keeper.pid), "--wd=/", *as_user, *map(str, arguments))

    def leave(self):
        self.keeper.popen.stdin.close()
        self.end(self.keeper)
        self.keeper.popen.stdin = None

    def send(self, channel, *options, source="pattern:64x48", user=None):
        """A producer that has its channel: its frames are named last."""
        program = PRODUCER if user is None else shutil.copy(PRODUCER, folder)
        producer = self.inside(program, "--name", channel, "--no-wait", *options, source, user=user)
        wait_until(lambda: os.path.exists(f"{self.seen}/{channel}") or not producer.is_running(),
                   "there is no channel")
        return producer

    def send_seldom(self, channel, user=None):
        """A producer of one frame that stays live."""
        producer = self.send(channel, *SELDOM, user=user)
        wait_until(lambda: "is live" in str(self.ask(channel)), "it is not live")
        return producer

    def kill_sender(self, producer):
        self.kill(producer.pid)
        self.end(producer, -9)

    def put(self, name, data, mode=0o600, user=0):
        path = f"{self.seen}/{name}"
        with open(path, "xb") as file:
            file.write(data)
            os.fchmod(file.fileno(), mode)
            os.fchown(file.fileno(), user, user)
        return path

    def ask(self, *arguments, code=FINE, user=None):
        """The doctor's findings: pairs of a level and a sentence; objects with --json."""
        program = self.end(self.inside(ferry_program, "doctor", *arguments, user=user), code)
        self.assertEqual(program.err.text(), "")
        if "--json" in arguments:
            return program.out.events()
        found = []
        for line in program.out.list():
            self.assertRegex(line, r"^(OK    |WARN  |FAIL  )\S")
            found.append((line[:6].strip(), line[6:]))
        self.assertEqual(code == FAILED, "FAIL" in [level for level, _ in found], program.describe())
        return found

    def assert_found(self, found, level, pattern):
        self.assertTrue([text for one, text in found if one == level and text and
                         re.search(pattern, text)], f"no {level} {pattern!r} in {found}")

    def assert_not_found(self, found, pattern):
        self.assertEqual([text for _, text in found if re.search(pattern, text)], [])


class Machine(Doctor):
    def test_a_healthy_one(self):
        self.room()
        channel = self.channel()
        producer = self.send_seldom(channel)
        consumer = self.inside(CONSUMER, "--name", channel, "--print")
        consumer.out.wait_count(1)
        for arguments in ([], [channel], ["--name", channel]):
            found = {item["check"]: item for item in self.ask("--json", *arguments)}
            for check in ("kernel", "proc", "memory", "room", "channels"):
                self.assertEqual(found[check]["level"], "ok", found[check])
                self.assertIsNone(found[check]["advice"])
            self.assertNotIn("objects", found)
            self.assertRegex(found["channels"]["what"], f"^channel {channel} is live: frame \\d+, 1 consumer")
            self.assertEqual(found["channels"]["channel"], channel)
            self.assertIsNone(found["room"]["channel"])
        self.interrupt_inside(producer, consumer)
        self.assert_found(self.ask(), "OK", "^there is no channel$")

    def interrupt_inside(self, producer, consumer):
        self.interrupt(producer)
        self.end(consumer)

    def test_small_memory(self):
        self.room("64m")
        self.assert_found(self.ask(), "WARN", r"/dev/shm has 64 MiB in all.*size=512M.*--shm-size=512m")
        channel = self.channel()
        producer = self.send(channel, "--capacity", "16M", source="pattern:1280x720")
        consumer = self.inside(CONSUMER, "--name", channel, "--print")
        consumer.out.wait_count(1)
        found = self.ask()
        self.assert_found(found, "WARN", r"1 channel may come to need 1\d\d MiB more \(with frames as large as now, "
                                         r"\d+(\.\d)? MiB\).*--shm-size=(128|256)m")
        self.interrupt_inside(producer, consumer)

    def test_memory_that_will_not_do_for_the_frames(self):
        self.room("16m")
        channel = self.channel()
        producer = self.send(channel, source="pattern:1280x720")
        consumer = self.inside(CONSUMER, "--name", channel, "--print")
        consumer.out.wait_count(1)
        self.assert_found(self.ask(), "WARN", r"1 channel may come to need \d+(\.\d)? MiB more: .*--shm-size=\d+m")
        self.interrupt_inside(producer, consumer)

    def test_memory_that_cannot_be_written(self):
        self.room(more="mount -o remount,ro /dev/shm")
        self.assert_found(self.ask(code=FAILED), "FAIL", "^/dev/shm is read-only: .*remount,rw")

    def test_memory_that_other_users_cannot_write(self):
        self.room(more="chmod 755 /dev/shm")
        self.assert_found(self.ask(code=FAILED, user=USER), "FAIL", "may not write in /dev/shm: .*chmod 1777")
        self.assert_found(self.ask(), "OK", "^/dev/shm is a tmpfs")

    def test_memory_that_is_not_there(self):
        self.room(more="mkdir /dev/shm/dev && mount --move /dev/shm /mnt && mount -t tmpfs tmpfs /dev && "
                       "mknod -m 666 /dev/null c 1 3")
        self.assert_found(self.ask(code=FAILED), "FAIL", "^there is no /dev/shm: .*mount -t tmpfs")

    def test_no_names_left(self):
        self.room(more="mount -o remount,nr_inodes=3 /dev/shm && touch /dev/shm/one /dev/shm/two")
        self.assert_found(self.ask(code=FAILED), "FAIL", "no room for one more file: .*nr_inodes")
        for name in ("one", "two"):
            os.unlink(f"{self.seen}/{name}")

    @unittest.skipIf(SANITIZERS, "a sanitizer needs /proc")
    def test_no_proc(self):
        self.room()
        outer = self.start("unshare", "-m", "sh", "-c", f"mount -t tmpfs tmpfs /proc && exec '{ferry_program}' doctor")
        self.end(outer, FAILED)
        outer.out.wait_for("^FAIL  /proc is not mounted.*mount -t proc")

    def test_few_files(self):
        self.room()
        program = self.end(self.inside("prlimit", "--nofile=64", "--fsize=1000000", ferry_program, "doctor"))
        program.out.wait_for("^WARN  a program may have only 64 files open: .*ulimit -n")
        program.out.wait_for("^WARN  a file may be no longer than 977 KiB.*ulimit -f")


class Login(Doctor):
    def logind(self, *settings):
        """The system as if logind ran, with a file of settings."""
        lines = "".join(f"echo '{line}' >>/run/systemd/logind.conf.d/zzzz.conf && " for line in settings)
        self.room(more="mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/seats /run/systemd/sessions "
                       f"/run/systemd/logind.conf.d && {lines}true")

    def test_memory_goes_at_logout(self):
        self.logind("[Login]", "RemoveIPC=yes")
        found = self.ask(user=USER)
        self.assert_found(found, "WARN", f"logind removes the channels of user {USER} .*loginctl enable-linger {USER}, "
                                         "or RemoveIPC=no")
        self.assert_found(self.ask(), "OK", "stay at logout: root is a system user")

    def test_it_stays(self):
        self.logind("[Login]", "RemoveIPC=no")
        self.assert_found(self.ask(user=USER), "OK", r"stay at logout \(RemoveIPC=no\)")

    def test_a_user_who_lingers(self):
        self.room(more="mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/seats /run/systemd/sessions "
                       "/run/systemd/logind.conf.d && printf '[Login]\\nRemoveIPC=1\\n' "
                       ">/run/systemd/logind.conf.d/zzzz.conf && mount -t tmpfs tmpfs /var/lib && "
                       f"mkdir -p /var/lib/systemd/linger && touch /var/lib/systemd/linger/{USER}")
        self.assert_found(self.ask(user=USER), "OK", f"user {USER} lingers")

    def test_without_logind(self):
        self.room(more="mount -t tmpfs tmpfs /run")
        self.assert_not_found(self.ask(user=USER), "logout|session")


def limit_file():
    """The file with the limit of our memory cgroup, from inside; None: there is none."""
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        groups = dict(line.rstrip("\n").split(":", 2)[1:] for line in file)
    path = f"/sys/fs/cgroup{groups.get('', '')}/memory.max"
    for controllers, group in groups.items():
        if "memory" in controllers.split(","):
            path = f"/sys/fs/cgroup/memory{group}/memory.limit_in_bytes"
    return path if os.path.exists(path) else None


@unittest.skipIf(SKIP is None and limit_file() is None, "there is no memory cgroup")
class Cgroup(Doctor):
    def limit(self, text):
        path = self.write("limit", text)
        self.room(more=f"mount --bind '{path}' '{limit_file()}'")
        producer = self.send(self.channel())
        found = self.ask()
        self.interrupt(producer)
        return found

    def test_a_low_limit(self):
        self.assert_found(self.limit(b"67108864\n"), "WARN",
                          r"^the memory cgroup has .* left of its limit, 64 MiB \(/sys/fs/cgroup.*the kernel kills.*"
                          "MemoryMax")

    def test_a_high_limit(self):
        self.assert_found(self.limit(b"%d\n" % (1 << 50)), "OK",
                          "^the memory cgroup has .* left of its limit, 1024 TiB$")

    def test_none(self):
        self.assert_not_found(self.limit(b"max\n"), "64 MiB")


class Objects(Doctor):
    def test_a_dead_channel(self):
        self.room()
        channel, other = self.channel(), self.channel()
        self.kill_sender(self.send(channel))
        self.assert_found(self.ask(), "WARN",
                          rf"channel {channel} is dead, and keeps \d.*: .*ferry clean {channel}$")
        self.assert_found(self.ask(channel, code=FAILED), "FAIL", f"channel {channel} is dead")
        producer = self.send(other)
        self.assert_not_found(self.ask(other), channel)
        self.interrupt(producer)
        self.end(self.inside(ferry_program, "clean", channel))
        self.assert_found(self.ask(), "OK", "^there is no channel$")

    def test_a_foreign_object(self):
        self.room()
        channel = self.channel()
        self.put(channel, bytes(8192))
        self.assert_found(self.ask(), "OK", f"an object of another program has: {channel}$")
        self.assert_found(self.ask(channel, code=FAILED), "FAIL", f"channel {channel} is foreign: ")
        self.put(f"{channel}~consumers", bytes(8192))
        self.assert_found(self.ask(), "WARN", f"channel {channel} is foreign: .*another name")
        os.mkdir(f"{self.seen}/{channel}-folder~consumers")
        self.assert_found(self.ask(), "WARN", f"{channel}-folder~consumers is no plain file")

    def test_a_damaged_channel(self):
        self.room()
        channel = self.channel()
        self.kill_sender(self.send(channel))
        os.truncate(f"{self.seen}/{channel}", 4096)
        self.assert_found(self.ask(), "WARN", f"channel {channel} is (foreign|malformed)")

    def test_a_semaphore_that_was_left(self):
        self.room()
        channel = self.channel()
        path = self.put(f"sem.{channel}Mutex", bytes(SEMAPHORE_BYTES))
        left = f"semaphore /dev/shm/sem.{channel}Mutex is left.*rm /dev/shm/sem.{channel}Mutex"
        self.assert_found(self.ask(), "WARN", left)
        with open(path, "rb"):
            self.assert_not_found(self.ask(), channel)
        self.assert_found(self.ask(channel, code=FAILED), "WARN", left)

    def test_what_everyone_may_write(self):
        self.room()
        channel = self.channel()
        producer = self.send(channel, "--everyone")
        self.assert_found(self.ask(), "WARN", rf"may write /dev/shm/{channel}~consumers \(mode 0666\): --group=NAME")
        self.assert_found(self.ask(user=USER), "WARN", f"channel {channel} belongs to another user, root.*sudo.*"
                                                       "--everyone")
        self.interrupt(producer)

    def test_a_channel_of_root(self):
        self.room()
        channel = self.channel()
        producer = self.send(channel)
        for arguments, level, code in (([], "WARN", FINE), ([channel], "FAIL", FAILED)):
            found = self.ask(*arguments, user=USER, code=code)
            self.assert_found(found, "WARN", f"channel {channel} belongs to another user, root.*without sudo.*--group")
        self.assert_found(found, level, f"channel {channel} is unreadable: .*Permission denied")
        self.interrupt(producer)

    def test_a_channel_of_another_user(self):
        self.room()
        channel = self.channel()
        producer = self.send_seldom(channel, user=USER)
        found = self.ask(channel)
        self.assert_found(found, "WARN", f"channel {channel} belongs to another user, id {USER}: run both sides")
        self.assert_found(found, "OK", f"channel {channel} is live")
        self.assertEqual(len([text for _, text in found if "another user" in text]), 1)
        self.interrupt(producer)

    def test_an_object_of_another_user(self):
        """It is no channel, so nobody is told how to share it."""
        self.room()
        self.put(self.channel(), bytes(8192), user=USER)
        self.assert_not_found(self.ask(), "another user")


class Channel(Doctor):
    def test_none(self):
        self.room()
        self.assert_found(self.ask("camera", code=FAILED), "FAIL",
                          "^there is no channel camera.*: start its producer with --name camera$")

    def test_a_name_like_it(self):
        self.room()
        channel = self.channel()
        producer = self.send(channel)
        self.assert_found(self.ask(channel[:-1] + "x", code=FAILED), "FAIL", f"did you mean {channel}\\?")
        self.interrupt(producer)

    def test_a_consumer_that_stands_still(self):
        self.room()
        channel = self.channel()
        producer = self.send(channel, "--fps", 0)
        consumer = self.inside(CONSUMER, "--name", channel, "--every", "--print")
        consumer.out.wait_count(2)
        stop_process(consumer.pid)
        # A producer that is slow can be idle before its slots are full, and then has another reason.
        found = wait_until(lambda: [text for level, text in self.ask(channel) if level == "WARN" and "waits" in text],
                           "it does not wait")
        self.assertRegex(found[0], f"channel {channel}: no frame has come for \\d.*waits for the consumer "
                                   f"ferry-consumer .process {consumer.pid}.*--when-full drop")
        self.resume(consumer)
        self.interrupt(producer)
        self.end(consumer)

    def test_a_producer_that_stands_still(self):
        self.room()
        channel = self.channel()
        producer = self.send(channel)
        wait_until(lambda: "is live" in str(self.ask(channel)), "it is not live")
        stop_process(producer.pid)
        found = wait_until(lambda: [text for level, text in self.ask(channel) if level == "WARN"], "it is not idle")
        self.assertRegex(found[0], rf"no frame has come for .*its producer, ferry-producer \(process {producer.pid}\)")
        self.resume(producer)
        self.interrupt(producer)

    def test_nothing_published(self):
        self.room()
        channel = self.channel()
        producer = self.inside(PRODUCER, "--name", channel, "--wait-consumer", 600, "pattern:64x48")
        producer.err.wait_for("waiting for a consumer")
        self.assert_found(self.ask(channel), "WARN", "has published nothing yet: there is no consumer; .*--no-wait")
        self.interrupt(producer)

    def test_an_old_program(self):
        self.room()
        channel = self.channel()
        self.put(channel, bytes(2048 * 4096 * 4))
        self.put(f"sem.{channel}Mutex", bytes(SEMAPHORE_BYTES))
        self.assert_found(self.ask(channel), "OK", "only the BaseImage layout.*--timeout")

    def test_wrong_usage(self):
        self.room()
        for arguments in (["a", "b"], ["--name", "a", "b"], ["a/b"], ["--fix"]):
            program = self.end(self.inside(ferry_program, "doctor", *arguments), USAGE)
            self.assertEqual(program.out.list(), [])


class Objects_of_json(Doctor):
    def test_they_are_documented(self):
        self.room("64m")
        channel = self.channel()
        self.kill_sender(self.send(channel))
        wanted = documented()["ferry", "finding"]
        found = self.ask("--json") + self.ask("--json", channel, code=FAILED)
        self.assertGreater(len(found), 10)
        for item in found:
            self.assertEqual(list(item), wanted)
            self.assertEqual((item["schema"], item["event"]), (1, "finding"))
            self.assertIn(item["level"], LEVELS.values())
            self.assertTrue(item["what"])
        self.assertEqual(found[-1]["channel"], channel)
        self.assertIn("ferry clean", found[-1]["advice"])
        json.dumps(found)


if __name__ == "__main__":
    unittest.main(verbosity=2)
