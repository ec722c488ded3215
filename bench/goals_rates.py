"""Goals: frames a second as the transports come, beside the bare ring and the best of the peers."""
import statistics

import report
from figures import rate_of, ratios, spread
from goals import SMALL_BYTES, SMALL_FACTOR, Goal, GoalPart, bound_text, table
from measure import bytes_of
from turns import Turns, there

WAYS = ("send+copy", "fill+read", "claim+acquire")
US, RING = "frameferry", "ring"
PEER_BOUND, RING_BOUND = 1.0, 0.95


class Rates(GoalPart):
    title = "rates, as the transports come"

    def make_turns(self):
        return [self.make_turn(load, way) for load in self.options.loads for way in WAYS]

    def make_turn(self, load, way):
        # A core's own cache keeps more or less of small frames, depending on their place in memory, which changes
        # with each start: many short measurements say more than few long ones.
        starts = SMALL_FACTOR if bytes_of(load) < SMALL_BYTES else 1
        seconds = self.options.seconds / starts
        cases = [(t.name, way, load) for t in self.lab.transports
                 if not t.lossy and not t.in_parts and way in t.ways]
        return Turns("rates", cases, self.options.goal_rounds * starts, seconds, lambda case: rate_of(
            self.carry(case[0], apart=True, way=case[1], size=case[2], slots=0, seconds=seconds)))

    def read(self, *results):
        return [row for cases in results for row in self.rows(cases)]

    def rows(self, cases):
        """Of one load and one way. Ratios are taken within each round."""
        rates = {case[0]: rounds for case, rounds in cases.items()}
        (_, way, load), *_ = cases or [(None, None, None)]
        if US not in rates:
            return []
        peers = {name: statistics.median(there(rounds)) for name, rounds in rates.items()
                 if name not in (US, RING) and there(rounds)}
        rows = []
        if peers:
            best = max(peers, key=peers.get)
            rows.append(Goal(f"{way} beside the best peer", load, ratios(rates[US], rates[best]), PEER_BOUND, True,
                             detail=best))
        if RING in rates:
            rows.append(Goal(f"{way} beside the bare ring", load, ratios(rates[US], rates[RING]), RING_BOUND, True))
        rows += [Goal(f"{way} beside {name}", load, ratios(rates[US], rates[name])) for name in peers]
        for goal in rows:
            goal.row["rates"] = {name: spread(there(rounds)) for name, rounds in rates.items()}
        return [goal.row for goal in rows]

    def tables(self, figures):
        bounded = [row for row in figures if row["bound"] is not None]
        return [table(self.title, bounded)] + self.beside(figures)

    @staticmethod
    def beside(figures):
        """Each peer has a column."""
        names = list(dict.fromkeys(name for row in figures for name in row["rates"]
                                   if name not in (US, RING)))
        if not names:
            return []
        rows = {}
        for row in figures:
            way, _, name = row["goal"].partition(" beside ")
            rows.setdefault((way, row["load"]), {})[name] = row["value"]
        return [report.Table("Frameferry's rate beside that of each peer", ["way", "load", *names],
                             [[way, load] + [report.spread(cells.get(name)) for name in names]
                              for (way, load), cells in rows.items()])]
