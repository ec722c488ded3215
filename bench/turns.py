"""Measurements that take turns: what disturbs the machine disturbs all of them."""
import sys
import time

from processes import Failure

# Starting a program and its processes, and the frames before those that are measured.
OVERHEAD_SECONDS = 0.13


class Turns:
    """Cases, several rounds long; the order is turned by one in each round. A case is a tuple of words."""

    def __init__(self, title, cases, rounds, seconds, measure):
        self.title = title
        self.cases = list(cases)
        self.rounds = rounds
        self.measure = measure
        self.seconds = seconds  # of one measurement, or a function that tells those of a case

    def estimate(self, case):
        return (self.seconds(case) if callable(self.seconds) else self.seconds) + OVERHEAD_SECONDS

    def expected_seconds(self):
        return self.rounds * sum(self.estimate(case) for case in self.cases)

    def run(self, lab):
        """A list for each case, with a result for each round, or None."""
        results = {case: [] for case in self.cases}
        unable = set()
        for number in range(self.rounds):
            turn = number % max(len(self.cases), 1)
            for case in self.cases[turn:] + self.cases[:turn]:
                lab.progress.show(f"{self.title}, round {number + 1} of {self.rounds}: "
                                  + " ".join(str(word) for word in case))
                results[case].append(None if case in unable else self.attempt(case, lab, unable))
                lab.progress.add(self.estimate(case))
        return results

    def attempt(self, case, lab, unable):
        try:
            return self.measure(case)
        except Failure as failure:
            lab.bench.processes.check()  # what was stopped did not fail
            lab.note(failure.transport or "bench", str(failure), ours=not failure.unable)
            if failure.unable:
                unable.add(case)
            return None


def there(rounds):
    """The rounds that did not fail."""
    return [result for result in rounds if result is not None]


class Progress:
    """A line for people who watch; nothing where nobody does."""

    def __init__(self, expected_seconds):
        self.expected = expected_seconds
        self.done = 0.0
        self.begun = time.monotonic()
        self.on = sys.stderr.isatty()

    def add(self, seconds):
        self.done += seconds

    def left_seconds(self):
        """As the plan has it at first, and by the clock as more is done."""
        ahead = max(self.expected - self.done, 0)
        took = time.monotonic() - self.begun
        return ahead * (took / self.done if self.done > 30 else 1)

    def show(self, text):
        if self.on:
            share = min(self.done / self.expected, 1) if self.expected else 0
            print(f"\r\033[K{share:.0%}, {duration(self.left_seconds())} left: {text}"[:160], end="",
                  file=sys.stderr, flush=True)

    def clear(self):
        if self.on:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def duration(seconds):
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
