"""The conventional names, which everybody on the machine has: without an option, either side uses them. No two runs at
once."""

import os
import unittest

import cases
import content
import harness
import proofs
from proofs import proves
from support import ON_WINDOWS, SHARED_MEMORY

FILES = {
    "baseimage": ("BaseImage", "sem.BaseImageMutex"),
    "mutex": ("shareMemory", "sem.Semaphore"),
    "lockstep": ("shareMemory", "sem.readSemaphore", "sem.writeSemaphore"),
    "duplex": ("shareMemory", "shareMemoryBack", "sem.readSemaphore", "sem.writeSemaphore", "sem.readSemaphoreBack",
               "sem.writeSemaphoreBack"),
    "rwevents": ("ShareMemory", "sem.ShareMemoryReadEvent", "sem.ShareMemoryWriteEvent"),
    "file": ("shared_memory",),
    "qt": (),
}


class Names(cases.Talking):
    def forget(self):
        for name in () if ON_WINDOWS else FILES[self.convention.name]:
            path = os.path.join(SHARED_MEMORY, name)
            if os.path.exists(path):
                os.unlink(path)

    def setUp(self):
        super().setUp()
        self.forget()
        self.addCleanup(self.forget)

    def their_names(self):
        return []

    @proves(proofs.NAMES)
    def test_our_receiver_finds_an_old_sender(self):
        # On Windows the form with events has another name than the one for texts.
        kind = "image" if ON_WINDOWS and self.convention.name == "rwevents" else self.any_kind()
        words = () if kind == "text" else ("--json",)
        receiver = self.consumer(None, "--dialect", self.convention.name, *self.convention.ours,
                                 *self.our_payload(kind), *words, "--count", 1, env=self.environment())
        sender = self.old_sender(kind)
        self.tell(sender)
        self.end(receiver)
        self.stop(sender)
        if kind == "text":
            self.assert_got(kind, receiver, [1])
        else:
            self.assertEqual((receiver.records()[0]["width"], receiver.records()[0]["height"]), content.size(1))


globals().update({name: made for convention, prefix in (
    (harness.BASEIMAGE, "BaseImage"), (harness.MUTEX, "Mutex"), (harness.LOCKSTEP, "Lockstep"),
    (harness.PAIRS, "Pairs"), (harness.RWEVENTS, "RwEvents"), (harness.FILE, "File"), (harness.QT, "Qt"))
    for name, made in cases.of(__name__, convention, Names, prefix=prefix).items()})
del Names

if __name__ == "__main__":
    unittest.main(verbosity=2)
