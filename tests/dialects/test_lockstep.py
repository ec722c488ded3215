"""One mapping, and two semaphores that each side waits for in turn."""

import unittest

import cases
import harness
import proofs
from proofs import proves

globals().update(cases.of(__name__, harness.LOCKSTEP, *cases.COMMON, cases.Foreign, cases.WrongCounts))


class Stale(cases.Talking):
    """What the clean end of an old program leaves: one permission too many on each side."""

    convention = harness.LOCKSTEP

    @proves(proofs.ORDERS)
    def test_our_sender_is_never_one_ahead(self):
        receiver = self.at(self.old("receive", "--lines"), "waiting")
        ending = self.at(self.old("send", "--lines"), "ready")
        self.leave(ending)
        self.end(ending)
        self.tell(receiver)  # takes the text of nobody
        receiver.out.wait_for("bad: empty")
        sender = self.sender("text")
        self.give(sender, "text", range(1, 6))
        for index in range(1, 6):
            self.tell(receiver)
            receiver.out.wait_for(f"^{index} ")
        self.assertEqual(self.received(receiver)[1:], [(index, "ok") for index in range(1, 6)])
        self.leave(sender)
        self.end(sender)
        self.stop(receiver)


if __name__ == "__main__":
    unittest.main(verbosity=2)
