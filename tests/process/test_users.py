"""Channels between users: who gets in, what is refused, and what is said about it. The programs run
as users and groups that are numbers without a name, but where a group's name is needed."""

import grp
import os
import re
import shutil
import struct
import subprocess
import tempfile
import unittest

from support import (BIN, CONSUMER, FAILED, FINE, PRODUCER, SHARED_MEMORY, STUCK_SECONDS, TIMED_OUT,
                     Case, wait_attached, wait_until)

OWNER, OTHER = 54331, 54332  # users
COMMON, OWNERS, OTHERS = 54341, 54342, 54343  # groups: the one that both are in, and their own
NOBODY = 65534  # a user with a name
DIALECT_BYTES = 2048 * 4096 * 4
SEMAPHORE = struct.pack("<QI20x", 0, 128)  # of sem_init(3), shared and not set
REMOVAL = r"\((rm( /dev/shm/[A-Za-z0-9_.~-]+)+)\)"


def user(number, group, *more):
    return {"user": number, "group": group, "extra_groups": list(more), "cwd": "/"}


owner = user(OWNER, OWNERS, COMMON)
other = user(OTHER, OTHERS, COMMON)
root = user(0, 0, COMMON)
stranger = user(OTHER, OTHERS)


def setUpModule():
    """Puts the programs where every user can run them."""
    global folder, producer_program, consumer_program
    if os.geteuid() != 0:
        raise unittest.SkipTest("being another user needs root")
    folder = tempfile.mkdtemp(prefix="ferry-users-")
    os.chmod(folder, 0o755)
    producer_program, consumer_program = (shutil.copy(program, folder)
                                          for program in (PRODUCER, CONSUMER))


def tearDownModule():
    shutil.rmtree(folder)


def path_of(channel, role="frames"):
    prefix, suffix = {"frames": ("", ""), "consumers": ("", "~consumers"),
                      "event": ("sem.", "Mutex")}[role]
    return f"{SHARED_MEMORY}/{prefix}{channel}{suffix}"


def about(channel, role="frames"):
    """Owner, group and mode."""
    found = os.lstat(path_of(channel, role))
    return found.st_uid, found.st_gid, oct(found.st_mode & 0o7777)


class Users(Case):
    def setUp(self):
        super().setUp()
        self.groups = []
        self.addCleanup(self._remove_groups)

    def _remove_groups(self):
        for name in self.groups:
            self.change_groups("groupdel", name)

    def change_groups(self, *command):
        """Others may be changing the list of groups too."""
        wait_until(lambda: subprocess.run(command, check=False).returncode == 0,
                   "the list of groups is locked")

    def make_group(self):
        """A group with a name."""
        name = f"ferry{os.getpid()}x{len(self.groups)}"
        self.change_groups("groupadd", name)
        self.groups.append(name)
        return name, grp.getgrnam(name).gr_gid

    def send(self, who, channel, *options, source="pattern:8x8"):
        """A producer that has its channel."""
        program = self.start(producer_program, "--name", channel, "--no-wait", "--fps", "50",
                             *options, source, **who)
        wait_until(lambda: os.path.exists(path_of(channel)) or not program.is_running(),
                   "there is no channel")
        self.assertTrue(program.is_running(), program.describe())
        return program

    def refuse_producer(self, who, channel, *options, source="pattern:8x8"):
        """The sentence of a producer that cannot have the channel."""
        program = self.start(producer_program, "--name", channel, "--no-wait", "--count", "1",
                             *options, source, **who)
        return self.end(program, FAILED).err.text()

    def receive(self, who, channel, *options, code=FINE):
        program = self.start(consumer_program, "--name", channel, "--count", "2", "--json",
                             "--timeout", str(STUCK_SECONDS), *options, **who)
        self.end(program, code)
        self.assertEqual(len(program.records()), 2 if code == FINE else 0, program.describe())
        return program.err.text()

    def refuse_consumer(self, who, channel, *options, code=FAILED):
        """The sentence of a consumer that does not get in."""
        return self.receive(who, channel, *options, code=code)

    def leave_dead(self, who, channel, *options):
        """What a producer leaves that is killed."""
        program = self.send(who, channel, *options)
        if "--dialect" in options:
            wait_until(lambda: os.path.exists(path_of(channel, "event")), "there is no event")
        self.receive(who, channel, *[option for option in options if "--group" in option])
        self.kill(program.pid)
        self.end(program, -9)

    def remove(self, channel):
        for role in ("frames", "consumers", "event"):
            if os.path.lexists(path_of(channel, role)):
                os.unlink(path_of(channel, role))

    def put(self, channel, role, who, group, mode):
        """An object as another program makes it."""
        data = SEMAPHORE if role == "event" else b""
        with open(path_of(channel, role), "xb") as file:
            file.write(data)
            file.truncate(DIALECT_BYTES if role != "event" else len(data))
            os.fchown(file.fileno(), who, group)
            os.fchmod(file.fileno(), mode)

    def content(self, channel, role):
        with open(path_of(channel, role), "rb") as file:
            return file.read(64)


def may_use(who, sharing, named, group, mode, writes):
    """The rule for another user's object, and what the system adds to it."""
    groups = [who["group"], *who["extra_groups"]]
    wanted = 6 if writes else 4
    if who["user"] != 0 and not (mode & wanted == wanted or
                                 (group in groups and mode >> 3 & wanted == wanted)):
        return False
    if sharing == "everyone":
        return True
    if sharing is None or mode & 7 != 0:
        return False
    return group in groups if named is None else group == named


SHARINGS = [(None, None, []), ("group", None, ["--group"]),
            ("group", COMMON, [f"--group={COMMON}"]), ("everyone", None, ["--everyone"])]


class Consuming(Users):
    def test_whose_objects_are_used(self):
        """The frames of a live producer and its table of consumers, with each group and mode."""
        channel = self.channel()
        producer = self.send(owner, channel, f"--group={COMMON}")
        tried = set()
        for role, writes, usual in (("frames", False, 0o640), ("consumers", True, 0o660)):
            for group in (COMMON, OWNERS):
                for mode in (0o600, 0o640, 0o660, 0o644, 0o666):
                    os.chown(path_of(channel, role), OWNER, group)
                    os.chmod(path_of(channel, role), mode)
                    for who in (other, root, stranger):
                        for sharing, named, options in SHARINGS:
                            if who is stranger and named is not None:
                                continue  # it cannot name a group that it is not in
                            usable = may_use(who, sharing, named, group, mode, writes)
                            # The other object is open to the common group.
                            gets_in = usable and may_use(who, sharing, named, COMMON,
                                                         0o640 if writes else 0o660, not writes)
                            with self.subTest(role=role, group=group, mode=oct(mode),
                                              user=who["user"], options=options):
                                said = self.receive(who, channel, "--wait", "60",
                                                    *options, code=FINE if gets_in else FAILED)
                                if not gets_in:
                                    self.assertIn(f"another user, id {OWNER}", said)
                            tried.add(gets_in)
            os.chown(path_of(channel, role), OWNER, COMMON)
            os.chmod(path_of(channel, role), usual)
        self.assertEqual(tried, {True, False})
        self.interrupt(producer)

    def test_an_own_channel_whatever_its_mode(self):
        channel = self.channel()
        producer = self.send(owner, channel)
        for role, mode in (("frames", 0o644), ("consumers", 0o666)):
            os.chmod(path_of(channel, role), mode)
        for options in ([], ["--group"], [f"--group={COMMON}"], ["--everyone"]):
            self.receive(owner, channel, *options)
        self.interrupt(producer)

    def test_the_event_of_a_plain_sender(self):
        """A picture of the consumer's own user with another one's event, and the other way round."""
        for role in ("event", "frames"):
            for mode, options, gets_in in ((0o660, [], False), (0o660, ["--group"], True),
                                           (0o666, ["--group"], False),
                                           (0o666, ["--everyone"], True)):
                channel = self.channel()
                self.put(channel, "frames", OWNER if role == "frames" else OTHER, COMMON, mode)
                self.put(channel, "event", OWNER if role == "event" else OTHER, COMMON, mode)
                with self.subTest(role=role, mode=oct(mode), options=options):
                    # Nobody sends: what is let in waits for a frame.
                    said = self.refuse_consumer(other, channel, "--timeout", "0.2", *options,
                                                code=TIMED_OUT if gets_in else FAILED)
                    if not gets_in:
                        self.assertIn(f"{path_of(channel, role)} belongs to another user, "
                                      f"id {OWNER}", said)
                self.remove(channel)


class Sharing(Users):
    def test_with_a_group_by_name_and_by_number(self):
        name, number = self.make_group()
        for word in (name, str(number)):
            for dialect in ([], ["--dialect", "baseimage"]):
                channel = self.channel()
                who = user(OWNER, OWNERS, number)
                producer = self.send(who, channel, f"--group={word}", *dialect)
                self.receive(user(OTHER, OTHERS, number), channel, f"--group={name}")
                self.receive(user(OTHER, number), channel, "--group")
                roles = {"frames": "0o640", "consumers": "0o660"}
                if dialect:
                    roles["event"] = "0o660"
                for role, mode in roles.items():
                    self.assertEqual(about(channel, role), (OWNER, number, mode))
                self.refuse_consumer(stranger, channel, "--group")
                self.interrupt(producer)

    def test_a_group_that_is_not_there_or_not_one_s_own(self):
        name, _ = self.make_group()
        missing = f"{name}-missing"
        for start in (self.refuse_producer, self.refuse_consumer):
            channel = self.channel()
            said = start(other, channel, f"--group={missing}")
            self.assertRegex(said, f'there is no group "{missing}": .*groupadd')
            for word in (name, str(OWNERS)):
                said = start(other, channel, f"--group={word}")
                self.assertRegex(said, f"not in group {word}.*usermod")
            for word in ("-1", "4294967295", "99999999999", "0x10", "1 "):
                self.assertIn("there is no group", start(other, channel, f"--group={word}"))
            self.assertFalse(os.path.exists(path_of(channel)))

    def test_the_user_s_own_group_lets_nobody_in(self):
        channel = self.channel()
        producer = self.send(owner, channel, "--group")
        self.assertEqual(about(channel), (OWNER, OWNERS, "0o640"))
        said = self.refuse_consumer(other, channel, "--group")
        self.assertRegex(said, f"group id {OWNERS}, mode 0640.* not in.*ferry-producer --group=NAME")
        self.interrupt(producer)

    def test_with_everyone(self):
        for dialect in ([], ["--dialect", "baseimage"]):
            channel = self.channel()
            producer = self.send(owner, channel, "--everyone", *dialect)
            said = self.receive(stranger, channel, "--everyone")
            self.assertRegex(said, "warning: --everyone: .*any user")
            self.assertRegex(producer.err.text(), "warning: --everyone: all users")
            self.assertEqual(about(channel)[2], "0o644")
            self.assertEqual(about(channel, "consumers")[2], "0o666")
            if dialect:
                self.assertEqual(about(channel, "event")[2], "0o666")
            self.assertIn("--everyone", self.refuse_consumer(stranger, channel))
            self.assertIn("open to others than its group",
                          self.refuse_consumer(other, channel, "--group"))
            self.receive(owner, channel)
            self.interrupt(producer)

    def test_the_remedy_is_named(self):
        channel = self.channel()
        producer = self.send(owner, channel)
        for who in (other, root):
            said = self.refuse_consumer(who, channel)
            self.assertIn("ferry-producer --group=NAME", said)
            self.assertIn("(--group)", said)
        self.interrupt(producer)
        producer = self.send(owner, channel, f"--group={COMMON}")
        for who in (other, root):
            self.assertRegex(self.refuse_consumer(who, channel),
                             r"a group that this process is in: turn group sharing on here "
                             r"\(--group\)$")
        self.assertIn("name the same group on both sides",
                      self.refuse_consumer(root, channel, f"--group={OTHERS}"))
        self.assertIn("name it here (--group=NAME)",
                      self.refuse_consumer(user(0, 0), channel, "--group"))
        self.receive(user(0, 0), channel, f"--group={COMMON}")
        self.assertRegex(self.refuse_producer(root, channel),
                         f"a live producer of another user, id {OWNER}: .*another name")
        self.interrupt(producer)


class Squatters(Users):
    """Another user's object has one of the names, before a producer comes."""

    def test_what_a_producer_takes_over(self):
        tried = set()
        for role in ("frames", "event"):
            for group in (COMMON, OWNERS):
                for mode in (0o600, 0o660, 0o666):
                    for sharing, named, options in SHARINGS:
                        for who in (other, root):
                            channel = self.channel()
                            self.put(channel, role, OWNER, group, mode)
                            usable = may_use(who, sharing, named, group, mode, True)
                            with self.subTest(role=role, group=group, mode=oct(mode),
                                              options=options, user=who["user"]):
                                self.try_dialect(who, channel, role, options, usable)
                            self.remove(channel)
                            tried.add(usable)
        self.assertEqual(tried, {True, False})

    def try_dialect(self, who, channel, role, options, usable):
        before = about(channel, role), self.content(channel, role)
        options = ["--dialect", "baseimage", *options]
        if not usable:
            said = self.refuse_producer(who, channel, *options)
            self.assertIn(f"another user, id {OWNER}", said)
            self.assertEqual((about(channel, role), self.content(channel, role)), before)
            others = {"frames", "consumers", "event"} - {role}
            self.assertFalse(any(os.path.exists(path_of(channel, left)) for left in others))
            return
        producer = self.send(who, channel, *options)
        wait_until(lambda: self.content(channel, role) != before[1], "it is not used")
        self.assertEqual(about(channel, role), before[0])
        self.interrupt(producer)

    def test_the_table_of_consumers(self):
        """It is never used again, and only its owner may remove it."""
        for mode in (0o600, 0o660, 0o666):
            for _, _, options in SHARINGS:
                for dialect in ([], ["--dialect", "baseimage"]):
                    channel = self.channel()
                    self.put(channel, "consumers", OWNER, COMMON, mode)
                    said = self.refuse_producer(other, channel, *options, *dialect)
                    self.assertIn(f"{channel}~consumers", said)
                    if mode == 0o600 or not options:
                        self.assertIn(f"another user, id {OWNER}", said)
                    self.assertFalse(os.path.exists(path_of(channel)))
                    self.remove(channel)


class Dead(Users):
    """A producer of another user was killed."""

    def assert_told_dead(self, said, channel, *more):
        self.assertRegex(said, f"channel {channel} is dead.* another user, id {OWNER}")
        match = re.search(REMOVAL, said)
        self.assertIsNotNone(match, said)
        self.assertEqual(match[1].split(), ["rm", path_of(channel), path_of(channel, "consumers"),
                                            *more])
        return match[1]

    def test_a_producer_is_told_what_removes_it(self):
        for dialect in ([], ["--dialect", "baseimage"]):
            for options in ([], [f"--group={COMMON}"]):
                channel = self.channel()
                self.leave_dead(owner, channel, *dialect, *options)
                event = [path_of(channel, "event")] if dialect else []
                before = about(channel), self.content(channel, "frames")
                for sender in ([], ["--dialect", "baseimage"]):
                    said = self.refuse_producer(root, channel, *sender)
                    command = self.assert_told_dead(said, channel, *event)
                    said = self.refuse_producer(other, channel, *sender, *options)
                    if options:
                        self.assert_told_dead(said, channel, *event)
                    else:
                        self.assertRegex(said, f"id {OWNER}, and whether its producer lives could "
                                               rf"not be looked at.*another name.*{REMOVAL}")
                self.assertEqual((about(channel), self.content(channel, "frames")), before)
                subprocess.run(command, shell=True, check=True)
                self.interrupt(self.send(other, channel, *dialect))

    def test_sentences_about_long_names_have_their_end(self):
        for length in (60, 90, 120, 200):
            channel = self.channel()
            self.channels[-1] = channel = channel + "-" + "x" * (length - len(channel) - 1)
            self.leave_dead(owner, channel, "--dialect", "baseimage")
            said = self.refuse_producer(root, channel)
            self.assertRegex(said, r"\(rm .*\), or that user starts a producer of this name$")
            command = f"rm {path_of(channel)} "
            self.assertTrue(command in said or "(rm NAME NAME~consumers " in said, said)
            said = self.refuse_producer(other, channel)
            self.assertRegex(said, r"could not be looked at: .* root \(rm .*\)$")
            said = self.refuse_consumer(other, channel)
            self.assertRegex(said, r"could not be looked at(; if it is dead.*\(rm .*\))?$")
            self.remove(channel)

    def test_its_own_user_starts_anew(self):
        for dialect in ([], ["--dialect", "baseimage"]):
            channel = self.channel()
            self.leave_dead(owner, channel, *dialect)
            producer = self.send(owner, channel, *dialect)
            self.receive(owner, channel)
            self.interrupt(producer)

    def test_root_buries_what_is_shared_with_it(self):
        for options in (["--group"], [f"--group={COMMON}"]):
            channel = self.channel()
            self.leave_dead(owner, channel, f"--group={COMMON}")
            producer = self.send(root, channel, *options)
            wait_until(lambda: self.belongs_to(channel, 0), "it is not replaced")
            self.interrupt(producer)

    def belongs_to(self, channel, number):
        """Whether a user has the channel; for a moment nobody has."""
        try:
            return about(channel)[0] == number
        except FileNotFoundError:
            return False

    def test_a_table_of_consumers_alone(self):
        """It can be opened by the group, and removed by its owner only."""
        channel = self.channel()
        self.leave_dead(owner, channel, f"--group={COMMON}")
        os.unlink(path_of(channel))
        for options in ([], ["--group"]):
            said = self.refuse_producer(other, channel, *options)
            self.assertRegex(said, rf"is dead.*id {OWNER}.*\(rm {path_of(channel, 'consumers')}\)")
        self.interrupt(self.send(owner, channel))

    def test_the_name_of_the_user(self):
        channel = self.channel()
        self.leave_dead(user(NOBODY, OWNERS), channel)
        name = subprocess.run(["id", "-nu", str(NOBODY)], check=True, capture_output=True,
                              text=True).stdout.strip()
        self.assertIn(f"another user, {name} (id {NOBODY})", self.refuse_producer(root, channel))
        self.remove(channel)

    def test_a_consumer_waits_for_a_new_one(self):
        """A dead channel is as good as none, if it can be seen that it is dead."""
        channel = self.channel()
        self.leave_dead(owner, channel, f"--group={COMMON}")
        for who in (other, root):
            for wait in ("0", "0.3"):
                said = self.refuse_consumer(who, channel, "--wait", wait, code=TIMED_OUT)
                self.assert_told_dead(said, channel)
        consumers = [self.start(consumer_program, "--name", channel, "--count", "2", *options,
                                **other) for options in ([], ["--group"])]
        for consumer in consumers:
            consumer.err.wait_for("waiting for a producer")
            self.assert_told_dead(consumer.err.wait_for("(.*is dead.*)")[0], channel)
        producer = self.send(owner, channel, f"--group={COMMON}")
        self.end(consumers[0], FAILED)
        self.assertIn("turn group sharing on here", consumers[0].err.list()[-1])
        self.end(consumers[1])
        self.interrupt(producer)

    def test_a_consumer_that_shares_is_told_too(self):
        """It may attach to the channel, and finds nobody there."""
        for dialect in ([], ["--dialect", "baseimage"]):
            for shared in ([f"--group={COMMON}"], ["--everyone"]):
                channel = self.channel()
                self.leave_dead(owner, channel, *dialect, *shared)
                event = [path_of(channel, "event")] if dialect else []
                for who, options in ((other, shared), (root, shared), (root, ["--everyone"])):
                    for wait in ("0", "0.3"):
                        said = self.refuse_consumer(who, channel, "--wait", wait, *options,
                                                    code=TIMED_OUT)
                        self.assert_told_dead(said, channel, *event)
                said = self.refuse_consumer(owner, channel, "--wait", "0", *shared, code=TIMED_OUT)
                self.assertNotIn("is dead", said)
                self.remove(channel)

    def test_what_cannot_be_looked_at_ends_a_consumer(self):
        channel = self.channel()
        self.leave_dead(owner, channel)
        said = self.refuse_consumer(other, channel)
        self.assertRegex(said, f"id {OWNER}.*--group=NAME.*could not be looked at.*{REMOVAL}")
        self.remove(channel)

    def test_a_consumer_goes_on_with_the_next_one(self):
        channel = self.channel()
        producer = self.send(owner, channel, f"--group={COMMON}")
        consumer = self.start(consumer_program, "--name", channel, "--group", "--reconnect",
                              "--json", **other)
        wait_attached(consumer.pid, channel)
        self.kill(producer.pid)
        self.end(producer, -9)
        received = len(consumer.records())
        producer = self.send(owner, channel, f"--group={COMMON}")
        wait_until(lambda: len(consumer.records()) > received + 2, "it does not go on")
        self.interrupt(producer)
        self.interrupt(consumer)

    def test_a_producer_shares_what_it_takes_over_as_it_says(self):
        """In the dialect the memory is used again."""
        shared = [f"--group={COMMON}"]
        dialect = ["--dialect", "baseimage"]
        for before, after, group, modes in (
                ([], shared, COMMON, ("0o640", "0o660")),
                (shared, [], None, ("0o600", "0o600")),
                (["--everyone"], [], None, ("0o600", "0o600")),
                (["--everyone"], shared, COMMON, ("0o640", "0o660"))):
            with self.subTest(before=before, after=after):
                channel = self.channel()
                self.leave_dead(owner, channel, *dialect, *before)
                frames = os.lstat(path_of(channel)).st_ino
                producer = self.send(owner, channel, *dialect, *after)
                self.receive(owner, channel)
                self.assertEqual(os.lstat(path_of(channel)).st_ino, frames)
                for role, mode in (("frames", modes[0]), ("event", modes[1])):
                    self.assertEqual(about(channel, role)[2], mode)
                    if group is not None:
                        self.assertEqual(about(channel, role)[1], group)
                if after:
                    self.receive(other, channel, "--group")
                self.interrupt(producer)


if __name__ == "__main__":
    unittest.main(verbosity=2)
