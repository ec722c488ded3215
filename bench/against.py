"""Frameferry as two builds have it, in turns: the first one's rate over the second one's."""
import report
from figures import faults_of, rate_of, ratios, spread
from lab import Part
from measure import WAYS
from processes import Failure
from turns import Turns

FROM = ("start", "steady")


class Against(Part):
    key = "against"

    def __init__(self, lab, other):
        self.builds = {"this": lab.bench, "other": other}
        super().__init__(lab)

    def make_turns(self):
        return [Turns("against", [(build, load, way, begin) for build in self.builds],
                      self.options.goal_rounds, self.seconds_of(begin), self.measure)
                for load in self.options.loads for way in WAYS for begin in FROM]

    def seconds_of(self, begin):
        return self.options.start_seconds if begin == "start" else self.options.seconds

    def measure(self, case):
        build, load, way, begin = case
        more = {"from": "start"} if begin == "start" else {}  # old builds do not know the option
        result = self.builds[build].carry("frameferry", apart=True, size=load, way=way, slots=self.options.slots,
                                          seconds=self.seconds_of(begin), **more)
        if any(faults_of(result).values()):
            raise Failure(f"{build}: {faults_of(result)}", "frameferry")
        return rate_of(result)

    def read(self, *results):
        return [self.row(cases) for cases in results]

    @staticmethod
    def row(cases):
        (_, load, way, begin), *_ = cases
        pairs = ratios(cases["this", load, way, begin], cases["other", load, way, begin])
        return {"load": load, "way": way, "from": begin, "rounds": len(pairs), "ratio": spread(pairs),
                "rates": {build: spread([rate for rate in cases[build, load, way, begin] if rate is not None])
                          for build in ("this", "other")}}

    def tables(self, figures):
        depth = "as it comes" if self.options.slots == 0 else f"{self.options.slots} slots"
        return [report.Table(f"This build's rate over the other one's, {depth}",
                             ["load", "way", "from the start", "steady"],
                             [[load, way] + [self.cell(figures, load, way, begin) for begin in FROM]
                              for load in self.options.loads for way in WAYS])]

    @staticmethod
    def cell(figures, load, way, begin):
        return next(report.spread(row["ratio"]) for row in figures
                    if (row["load"], row["way"], row["from"]) == (load, way, begin))
