"""Goals: what a frame, a further consumer, an attached one and an idle channel cost."""
from goals import Goal, GoalPart
from turns import Turns, there

COUNTS, QUICK_COUNTS = (1, 2, 4, 8, 16), (1, 8)
WAKE_UP_COUNTS = (1, 8)
DELIVERIES = ("latest", "every")
US = "frameferry"
LARGE, SMALL = "7680x4320x1", "1024x1x1"


def counts_of(options):
    return QUICK_COUNTS if options.quick else COUNTS


class Price(GoalPart):
    """Calls, while nobody sleeps."""

    title = "calls while nobody sleeps"

    def make_turns(self):
        seconds = self.options.seconds / 2
        sizes = Turns("price", [(LARGE, "every", 1), (SMALL, "every", 1)], self.options.goal_rounds, seconds,
                      lambda case: self.calls(case, seconds))
        awake = Turns("awake consumers", [(SMALL, delivery, count) for delivery in DELIVERIES
                                          for count in counts_of(self.options)],
                      self.options.goal_rounds, seconds, lambda case: self.calls(case, seconds))
        return [sizes, awake]

    def calls(self, case, seconds):
        size, delivery, count = case
        return self.bench.job("price", size=size, delivery=delivery, consumers=count, slots=8, seconds=seconds)

    def read(self, sizes, awake):
        def both(case):
            return [None if r is None else r["producer_ns"] + r["consumer_ns"] for r in sizes[case]]
        large, small = both((LARGE, "every", 1)), both((SMALL, "every", 1))
        pairs = [a / b for a, b in zip(large, small) if a is not None and b is not None]
        rows = [Goal("claim/commit + acquire/release, 33 MB beside 1 KB", None, pairs, 1.1).row,
                Goal("claim/commit + acquire/release, 33 MB", None, [ns / 1e3 for ns in there(large)], 2,
                     unit=" us").row]
        for delivery in DELIVERIES:
            costs = {count: [None if r is None else r["producer_ns"] / 1e3
                             for r in awake[SMALL, delivery, count]] for count in counts_of(self.options)}
            rows += further(costs, f"producer, each further awake consumer ({delivery})",
                            1 if delivery == "latest" else None)
        return rows


def further(costs, what, bound):
    """The each consumer after the first costs, in us a frame; within each round."""
    return [Goal(f"{what}, {count}", None,
                 [(many - one) / (count - 1) for many, one in zip(costs[count], costs[1])
                  if many is not None and one is not None], bound, unit=" us").row
            for count in costs if count > 1]


class Asleep(GoalPart):
    """Consumers that sleep between frames, as those of a camera."""

    title = "consumers that sleep between frames, at 60 fps"

    SECONDS = 0.5

    def make_turns(self):
        seconds = self.SECONDS * self.options.goal_scale
        return [Turns("sleeping consumers", [(delivery, count) for delivery in DELIVERIES
                                             for count in counts_of(self.options)],
                      self.options.goal_rounds, seconds + 0.3, lambda case: self.carry(
                          US, consumers=case[1], delivery=case[0], fps=60, slots=16, size="640x480x1",
                          way="claim+acquire", seconds=seconds)["producer"])]

    def read(self, results):
        rows = []
        for delivery in DELIVERIES:
            costs = {count: [None if side is None else side["cpu_ns"] / 1e3 / max(side["frames"], 1)
                             for side in results[delivery, count]] for count in counts_of(self.options)}
            rows += further(costs, f"producer, each further sleeping consumer ({delivery})", None)
        for count in WAKE_UP_COUNTS:
            calls = [side["wakeups"] / side["last"] / count for side in there(results["latest", count])]
            rows.append(Goal(f"wake-up calls, for each frame and sleeping consumer, {count}", None, calls, 1).row)
        return rows


class Slots(GoalPart):
    """Those that were ever used: others take no memory."""

    title = "slots touched"

    SECONDS = 1
    MOST_ROUNDS = 3
    PACES = {"one quick consumer at 60 fps": ({"slots": 8, "fps": 60}, 3),
             "as it comes, saturated": ({"slots": 0}, None)}

    def make_turns(self):
        seconds = self.SECONDS * self.options.goal_scale
        return [Turns("slots", [(load, pace) for load in self.options.loads for pace in self.PACES],
                      min(self.options.goal_rounds, self.MOST_ROUNDS), seconds + 0.1,
                      lambda case: self.carry(US, size=case[0], seconds=seconds, **self.PACES[case[1]][0]))]

    def read(self, results):
        return [Goal(pace, load, [r["producer"]["slots_touched"] for r in there(rounds)],
                     self.PACES[pace][1]).row for (load, pace), rounds in results.items()]


class Channel(GoalPart):
    """Measures nothing: the part about start-up has, just before."""

    title = "opening and waiting"

    def make_turns(self):
        return []

    def read(self):
        rounds = self.lab.channel_rounds
        rows = [Goal("attaching", None, [r["attach_ns"] / 1e6 for r in rounds], 5, unit=" ms",
                     detail=f"at most {max([r['attach_max_ns'] for r in rounds] or [0]) / 1e6:.1f} ms")]
        for i, count in enumerate((1, 8)):
            shares = [(r["idle"][i]["consumers_millionths"] + r["idle"][i]["producer_millionths"]) / 1e4
                      for r in rounds]
            rows.append(Goal(f"idle channel, of a core, {count} consumer{'s' * (count > 1)}", None, shares,
                             0.1 if count == 1 else None, unit=" %"))
        return [goal.row for goal in rows]
