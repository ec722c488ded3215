"""The goals: figures with a bound that they keep, that they miss, or that is within the noise."""
import report
from figures import faults_of, rounds_needed, spread
from lab import Part
from processes import Failure

SMALL_BYTES = 2 << 20
SMALL_FACTOR = 4


class Goal:
    """One row. Of a figure without a bound nothing is asked: it stands beside."""

    def __init__(self, what, load, values, bound=None, at_least=False, unit="", detail=""):
        self.figure = spread(values)
        self.row = {"goal": what, "load": load, "bound": bound, "at_least": at_least, "unit": unit,
                    "detail": detail, "rounds": len(values), "value": self.figure, "met": None,
                    "noise": False, "rounds_needed": None}
        if bound is None:
            return
        if self.figure is None:
            self.row["met"] = False
            return
        low, high = self.figure["q1"], self.figure["q3"]
        self.row["met"] = self.meets(self.figure["median"])
        if self.meets(low) != self.meets(high):
            needed = rounds_needed(self.figure, bound)
            self.row["noise"] = needed is None or needed > len(values)
            self.row["rounds_needed"] = needed

    def meets(self, value):
        return value >= self.row["bound"] if self.row["at_least"] else value <= self.row["bound"]


def verdict(row):
    if row["bound"] is None:
        return ""
    if row["value"] is None:
        return "not measured"
    if not row["noise"]:
        return "met" if row["met"] else "NOT MET"
    needed = f"{row['rounds_needed']:,} rounds" if row["rounds_needed"] else "never"
    return f"decided by noise: {needed}"


def bound_text(row):
    if row["bound"] is None:
        return ""
    return f"{'>=' if row['at_least'] else '<='} {row['bound']}{row['unit']}"


def table(title, rows):
    cells = [[row["goal"], row["load"] or "", bound_text(row), report.spread(row["value"], row["unit"]),
              row["detail"], verdict(row)] for row in rows]
    return report.Table(f"Goals: {title}", ["goal", "load", "bound", "measured", "", "verdict"], cells)


def summary(rows):
    bounded = [row for row in rows if row["bound"] is not None]
    noise = sum(row["noise"] for row in bounded)
    met = sum(row["met"] and not row["noise"] for row in bounded)
    missed = len(bounded) - met - noise
    return (f"{len(bounded)} goals: {met} met, {missed} not met, {noise} decided by noise. The bound of those is "
            "within the quartiles, and more rounds would be needed to tell: so many, with a confidence of 95 %.")


class GoalPart(Part):
    key = "goals"
    title = None

    def carry(self, name, **options):
        """A frame that is lost, doubled or torn makes the measurement worth nothing."""
        result = self.bench.carry(name, **options)
        if any(faults_of(result).values()):
            raise Failure(f"{faults_of(result)}", name)
        return result

    def tables(self, figures):
        return [table(self.title, figures)]
