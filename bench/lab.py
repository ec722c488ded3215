"""The frame of a part of a run."""
import report
from figures import faults_of
from measure import OURS
from turns import Progress


class Lab:
    def __init__(self, bench, options, transports):
        self.bench = bench
        self.options = options
        self.transports = transports
        self.progress = Progress(0)
        self.failures = []
        self.channel_rounds = []  # of the last part about channels: goals need them too

    def note(self, name, what, ours=True):
        """A failure; the same one of many rounds is told once. bench: one of our own programs. It is not ours where an
        older build cannot do something."""
        failure = {"transport": name, "what": what, "ours": ours and (name in OURS or name == "bench")}
        if failure not in self.failures:
            self.failures.append(failure)

    def check(self, name, results):
        """The faults that the consumers found, in all rounds."""
        faults = {"lost": 0, "doubled": 0, "torn": 0}
        for result in results:
            for kind, count in faults_of(result).items():
                faults[kind] += count
        if any(faults.values()) and not self.bench.transports[name].lossy:
            self.note(name, ", ".join(f"{count} frames {kind}" for kind, count in faults.items()))
        return faults

    def run(self, part):
        """Measures a part, and shows its tables. Returns its figures and its tables."""
        results = [turns.run(self) for turns in part.turns]
        self.progress.clear()
        figures = part.read(*results)
        tables = part.tables(figures)
        for table in tables:
            report.show(table)
        return figures, tables


class Part:
    """One subject: its measurements, its figures, as JSON has them, and its tables, for people."""

    key = None  # of its figures, in the JSON; parts of one key are the members of an object
    member = None

    def __init__(self, lab):
        self.lab = lab
        self.options = lab.options
        self.bench = lab.bench
        self.turns = self.make_turns()

    def make_turns(self):
        raise NotImplementedError

    def read(self, *results):
        raise NotImplementedError

    def tables(self, figures):
        raise NotImplementedError

    def expected_seconds(self):
        return sum(turns.expected_seconds() for turns in self.turns)
