"""Goals: how long a sleeping consumer takes to have a frame, and to have one that it follows."""
from figures import percentile, ratios
from goals import Goal, GoalPart
from turns import Turns, there

US, RING = "frameferry", "ring"


class Waking(GoalPart):
    title = "wake-up at 60 fps, beside the bare ring"

    SECONDS = 1
    P50_BOUND, P99_BOUND = 1.15, 1.3

    def make_turns(self):
        seconds = self.SECONDS * self.options.goal_scale
        return [Turns("wake-up", [(name, load) for name in (US, RING)], self.options.goal_rounds, seconds + 0.3,
                      lambda case: self.carry(case[0], size=case[1], fps=60, slots=8, seconds=seconds)["wake_ns"])
                for load in self.options.loads
                if {US, RING} <= {t.name for t in self.lab.transports}]

    def read(self, *results):
        return [row for cases in results for row in self.rows(cases)]

    def rows(self, cases):
        (_, load), *_ = cases
        ours, ring = (there(cases[name, load]) for name in (US, RING))
        p50 = [[None if times is None else percentile(times, 0.5) for times in cases[name, load]]
               for name in (US, RING)]
        rows = [Goal("wake-up p50", load, ratios(*p50), self.P50_BOUND, detail=self.detail(ours, ring, 0.5)).row]
        # A round has too few frames for its own: it would be the slowest of them. So there is one, of all.
        p99 = [[self.pooled(rounds, 0.99)] for rounds in (ours, ring)] if ours and ring else [[], []]
        rows.append(Goal("wake-up p99, of all rounds", load, ratios(*p99), self.P99_BOUND,
                         detail=self.detail(ours, ring, 0.99)).row)
        return rows

    @staticmethod
    def pooled(rounds, share):
        return percentile([ns for times in rounds for ns in times] or [0], share)

    def detail(self, ours, ring, share):
        return f"{self.pooled(ours, share) / 1e3:.1f} us / {self.pooled(ring, share) / 1e3:.1f} us"


class Following(GoalPart):
    """Reading a frame while it is written."""

    title = "shown early and followed at 60 fps, end to end beside whole frames"

    SECONDS = 0.5
    FOLLOWER, LIMIT = "frameferry-early", "parts-spinning"
    LIMIT_BOUND, WHOLE_BOUND = 1.15, 0.6

    def make_turns(self):
        names = [t.name for t in self.lab.transports if self.takes_part(t)]
        seconds = self.SECONDS * self.options.goal_scale
        return [Turns("following", [(name, load) for name in names], self.options.goal_rounds, seconds + 0.3,
                      lambda case: percentile(self.carry(case[0], apart=True, size=case[1], fps=60, slots=3,
                                                         seconds=seconds)["end_to_end_ns"], 0.5))
                for load in self.options.loads
                if load != "640x480x3" and self.FOLLOWER in names]  # waking costs as much as copying that

    def takes_part(self, transport):
        # A socket passes frames on in parts too: the goal speaks of whole-frame transports.
        if transport.lossy or transport.name == "socket":
            return False
        return not transport.in_parts or transport.name in (self.FOLLOWER, self.LIMIT)

    def read(self, *results):
        return [self.row(cases, name, load) for cases in results for name, load in cases
                if name != self.FOLLOWER]

    def row(self, cases, name, load):
        return Goal(f"followed beside {name}", load, ratios(cases[self.FOLLOWER, load], cases[name, load]),
                    self.LIMIT_BOUND if name == self.LIMIT else self.WHOLE_BOUND).row
