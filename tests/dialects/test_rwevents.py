"""One mapping, and two events that stay set until they are reset."""

import unittest

import cases
import content
import harness
import proofs
from proofs import proves

globals().update(cases.of(__name__, harness.RWEVENTS, *cases.COMMON, cases.Foreign))


class Orders(cases.Talking):
    """The three numbers in front of the pixels have other places in other programs."""

    convention = harness.RWEVENTS
    ORDERS = ("hws", "swh", "shw")

    @proves(proofs.SIZES)
    def test_from_an_old_sender(self):
        for order in self.ORDERS:
            with self.subTest(order=order):
                self.renew_names()
                receiver = self.our_receiver("--json", "--order", order)
                sender = self.old_sender("image", "--vary", "--order", order)
                self.tell(sender)
                receiver.out.wait_for('"width": %d, "height": %d' % content.size(1, True))
                self.interrupt(receiver)
                self.stop(sender)

    @proves(proofs.SIZES)
    def test_to_an_old_receiver(self):
        for order in self.ORDERS:
            with self.subTest(order=order):
                self.renew_names()
                receiver = self.old_receiver("image", "--order", order, "--count", 1)
                sender = self.sender("image", "--order", order)
                self.give(sender, "image", [1])
                self.end(receiver)
                self.leave(sender)
                self.end(sender)
                self.assert_received(receiver, [1])

    @proves(proofs.REFUSED)
    def test_orders_without_sense(self):
        for order in ("", "w", "whh", "whsx", "abc"):
            with self.subTest(order=order):
                program = self.our_receiver("--order", order)
                self.end(program, cases.USAGE)
                self.assertRegex(program.err.text(), "ferry-consumer: .*")


class WithoutWaits(cases.Talking):
    """Programs that open the events for changes alone: no wait of theirs waits."""

    convention = harness.RWEVENTS

    @proves(proofs.STRAIGHT_TO)
    def test_such_a_receiver_gets_what_our_sender_sends(self):
        receiver = self.old_receiver("text", "--changes-only", "--until", cases.SOME)
        sender = self.sender("text")
        for index in range(1, cases.SOME + 1):
            self.give(sender, "text", [index])
        self.end(receiver)
        self.leave(sender)
        self.end(sender)
        self.assertEqual(self.received(receiver)[-1][0], cases.SOME)


class Demonstrations(cases.Talking):
    """The form without events: one text, in a mapping of its length."""

    convention = harness.Convention("rwevents", (), peer="demo")

    @proves(proofs.STRAIGHT_FROM)
    def test_our_receiver_prints_its_text(self):
        first = self.old("both")
        first.out.wait_for("^sent 1$")
        receiver = self.our_receiver("--payload", "text", "--count", 1)
        self.end(receiver)
        self.assert_got("text", receiver, [1])
        self.tell(first)
        self.end(first)


if __name__ == "__main__":
    unittest.main(verbosity=2)
