"""The goals, as ratios of pairs that were measured in turns."""
import statistics

import report
from measure import Failure, bytes_of, faults_of, percentile, rate_of

SMALL_BYTES = 2 << 20


class Goals:
    def __init__(self, bench, options):
        self.bench = bench
        self.options = options
        self.rows = []

    def add(self, goal, value, bound, at_least, unit="", detail=""):
        met = value >= bound if at_least else value <= bound
        self.rows.append({
            "goal": goal, "bound": f"{'>=' if at_least else '<='} {bound}{unit}",
            "measured": f"{report.number(value)}{unit}{detail}", "value": value, "met": met})

    def carry(self, name, **options):
        result = self.bench.carry(name, **options)
        if any(faults_of(result).values()):
            raise Failure(f"{name}: {faults_of(result)}")
        return result

    def pair(self, first, second, measure, starts=1):
        """Both in turns, each now first and now second: a list of their results, start by start."""
        pairs = []
        count = self.options.rounds * starts
        for number in range(count):
            report.progress(number + 1, count, (first, second))
            if number % 2 == 0:
                left, right = measure(first), measure(second)
            else:
                right, left = measure(second), measure(first)
            pairs.append((left, right))
        report.progress_end()
        return pairs

    # ---- throughput ----

    def throughput(self, load):
        # A core's own cache keeps more or less of small frames, depending on their place in memory, which changes with
        # each start: many short measurements say more than few long ones.
        starts = 4 if bytes_of(load) < SMALL_BYTES else 1

        def measure(name):
            return rate_of(self.carry(name, apart=True, size=load, slots=self.options.slots,
                                      seconds=self.options.seconds / starts))
        for other in self.bench.transports.values():
            if other.lossy or other.in_parts or other.name == "frameferry":
                continue
            pairs = self.pair("frameferry", other.name, measure, starts)
            ratios = [left / right for left, right in pairs]
            detail = f" ({min(ratios):.2f}..{max(ratios):.2f})"
            self.add(f"send+copy / {other.name}, {load}", statistics.median(ratios),
                     0.95 if other.name == "ring" else 1.0, True, detail=detail)

    # ---- wake-up ----

    def wake_up(self, load):
        def measure(name):
            return self.carry(name, size=load, fps=60, slots=8, seconds=2)["wake_ns"]
        pairs = self.pair("frameferry", "ring", measure)
        ours = [ns for left, _ in pairs for ns in left]
        ring = [ns for _, right in pairs for ns in right]
        for share, bound in ((0.5, 1.15), (0.99, 1.3)):
            left, right = percentile(ours, share), percentile(ring, share)
            self.add(f"wake-up p{share * 100:.0f} / ring, {load}, 60 fps", left / right, bound, False,
                     detail=f" ({left / 1e3:.1f} us / {right / 1e3:.1f} us)")

    # ---- reading a frame while it is written ----

    def follow(self, load):
        def measure(name):
            times = self.carry(name, apart=True, size=load, fps=60, slots=3, seconds=1)["end_to_end_ns"]
            return percentile(times, 0.5)
        for other in self.bench.transports.values():
            limit = other.name == "parts-spinning"
            # A socket passes frames on in parts too: the goal speaks of whole-frame transports.
            if other.lossy or other.name == "socket" or (other.in_parts and not limit):
                continue
            ratios = [left / right for left, right in
                      self.pair("frameferry-early", other.name, measure)]
            self.add(f"early: end to end / {other.name}, {load}, 60 fps", statistics.median(ratios),
                     1.15 if limit else 0.6, False,
                     detail=f" ({min(ratios):.2f}..{max(ratios):.2f})")

    # ---- the price of a frame ----

    def price(self):
        def measure(size):
            result = self.bench.job("price", size=size, slots=8, seconds=self.options.seconds / 2)
            return result["producer_ns"] + result["consumer_ns"]
        pairs = self.pair("7680x4320x1", "1024x1x1", measure)
        self.add("claim/commit + acquire/release, 33 MB / 1 KB",
                 statistics.median(left / right for left, right in pairs), 1.1, False)
        self.add("claim/commit + acquire/release, 33 MB",
                 statistics.median(left for left, _ in pairs) / 1e3, 2, False, " us")

    def awake(self):
        def measure(count):
            return self.bench.job("price", size="1024x1x1", delivery="latest", consumers=count,
                                  slots=8, seconds=self.options.seconds / 2)["producer_ns"]
        pairs = self.pair(16, 1, measure)
        self.add("producer, for each further awake consumer",
                 statistics.median((left - right) / 15 for left, right in pairs) / 1e3, 1, False,
                 " us")

    def asleep(self):
        for count in (1, 8):
            result = self.carry("frameferry", consumers=count, delivery="latest", fps=60, slots=16,
                                size="640x480x1", way="claim+acquire", seconds=2)
            calls = result["producer"]["wakeups"] / result["producer"]["last"] / count
            self.add(f"wake-up calls, for each frame and sleeping consumer, {count} consumers",
                     calls, 1, False)

    # ---- the rest ----

    def slots(self, load):
        result = self.carry("frameferry", size=load, fps=60, slots=8, seconds=2)
        self.add(f"slots touched, one quick consumer, {load}", result["producer"]["slots_touched"], 3,
                 False)

    def attach(self):
        result = self.bench.job("attach", seconds=5)
        self.add("attaching", result["attach_ns"] / 1e6, 5, False, " ms",
                 f" (at most {result['attach_max_ns'] / 1e6:.1f} ms)")
        self.add("idle channel, of a core", result["idle_cpu_millionths"] / 1e4, 0.1, False, " %")


class Against:
    """Frameferry as two builds have it, in turns: the first one's rate over the second one's."""

    WAYS = ("send+copy", "send+acquire", "claim+acquire")

    def __init__(self, bench, other, options):
        self.goals = Goals(bench, options)
        self.builds = {"this": bench, "other": other}
        self.options = options

    def ratio(self, load, way):
        def measure(name):
            return rate_of(self.builds[name].carry(
                "frameferry", apart=True, size=load, way=way, slots=self.options.slots,
                seconds=self.options.seconds))
        ratios = sorted(left / right for left, right in self.goals.pair("this", "other", measure))
        return {"load": load, "way": way, "ratio": statistics.median(ratios),
                "quarter": ratios[len(ratios) // 4], "three_quarters": ratios[len(ratios) * 3 // 4]}

    def compare(self):
        return [self.ratio(load, way) for load in self.options.loads for way in self.WAYS]


def compare(bench, options):
    goals = Goals(bench, options)
    for load in options.loads:
        goals.throughput(load)
    for load in options.loads:
        goals.wake_up(load)
        goals.slots(load)
    for load in options.loads:
        if load != "640x480x3":  # waking costs as much as copying that
            goals.follow(load)
    goals.price()
    goals.awake()
    goals.asleep()
    goals.attach()
    report.print_goals(goals.rows)
    return goals.rows
