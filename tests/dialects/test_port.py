"""The port of the library, without our programs: port_program.c takes their place in the cases."""

import os
import subprocess
import unittest

import cases
import content
import harness
import proofs
from proofs import proves
from support import BIN, EMULATOR, ON_WINDOWS

PROGRAM = os.path.join(BIN, "port_program" + (".exe" if ON_WINDOWS else ""))
DROPPED = {"--fps": 1, "--linger": 1, "--wait": 1, "--json": 0, "--no-wait": 0, "-": 0}  # words, and their values


class Port:
    """port_program in the place of our two."""

    says = "port_program"
    many = max(cases.MANY // 5, cases.SOME)

    def port(self, role, *options, **more):
        more.setdefault("env", self.environment())
        return self.start(*EMULATOR, PROGRAM, role, "--dialect", self.convention.name, "--name", self.names["memory"],
                          *self.our_objects(), *map(str, options), **more)

    def in_its_words(self, options):
        options = list(options)
        while options:
            word = options.pop(0)
            if word in DROPPED:
                del options[:DROPPED[word]]
            elif word == "--save":
                folder = os.path.dirname(options.pop(0))
                os.makedirs(folder, exist_ok=True)
                yield from (word, harness.native_path(folder))
            else:
                yield word

    def our_sender(self, *options, **more):
        return self.port("send", *self.in_its_words(options), **more)

    def our_receiver(self, *options, **more):
        return self.port("receive", *self.in_its_words(options), **more)


class BothWays(Port, cases.Talking):
    """Messages in both directions at once, by one port."""

    COUNT = cases.SOME

    def message_of_ours(self, index):
        return self.message("text", 1000 + index)

    def converse_both(self, our_role, their_role):
        ours = self.port(our_role, "--payload", "text", "--count", self.COUNT, stdin=subprocess.PIPE)
        old = self.old(their_role, "--pause-ms", 0 if self.convention.acknowledged else 1)
        for index in range(1, self.COUNT + 1):
            ours.popen.stdin.write(self.message_of_ours(index))
            ours.popen.stdin.flush()
            if not self.convention.acknowledged:  # lest a message be overwritten that nobody has seen
                old.out.wait_for(f"^{1000 + index} ok$")
        self.end(ours)
        old.out.wait_for(f"^{1000 + self.COUNT} ok$")
        self.stop(old)
        self.assert_received(old, range(1001, 1001 + self.COUNT))
        self.assert_came_back(cases.lines_of(ours))

    def assert_came_back(self, lines):
        """Each of the old program's messages, or, where nobody waits, whole ones in their order."""
        known = [content.text(index) for index in range(1, 1000)]
        if self.convention.acknowledged:
            self.assertEqual(lines, known[:self.COUNT])
        else:
            indices = [known.index(line) for line in lines]
            self.assertEqual((len(lines), indices), (self.COUNT, sorted(set(indices))))

    @proves(proofs.BOTH_WAYS)
    def test_ours_begins(self):
        self.converse_both("both", "answer")

    @proves(proofs.BOTH_WAYS)
    def test_the_old_program_begins(self):
        self.converse_both("answer", "both")


GROUPS = (cases.FromOld, cases.ToOld, cases.Deaths, cases.OurDeaths, cases.Several)
DUPLEX = ((harness.PAIRS, "Pairs"), (harness.SINGLE, "Single"), (harness.TWO_LOCKS, "Locks"))
OTHERS = ((harness.BASEIMAGE, "BaseImage"), (harness.MUTEX, "Mutex"), (harness.LOCKSTEP, "Lockstep"),
          (harness.RWEVENTS, "RwEvents"), (harness.FILE, "File"), (harness.QT, "Qt"), (harness.QT_TURNS, "QtTurns"))

for one, prefix in (*OTHERS, *DUPLEX):
    globals().update(cases.of(__name__, one, *GROUPS, prefix=prefix, ours=(Port,)))
for one, prefix in DUPLEX:
    globals().update(cases.of(__name__, one, BothWays, prefix=prefix))
del BothWays

if __name__ == "__main__":
    unittest.main(verbosity=2)
