"""From one process to another at the pace of a camera, and to many consumers."""
import report
from figures import cpu_ms_of, percentiles, rate_of, sent_rate_of, spread
from lab import Part
from measure import bytes_of
from turns import Turns, there

COPY_LIMIT_BYTES = 4 << 30  # a second, in and out: more is not asked of the paced runs
CONSUMERS = [1, 2, 4, 8, 16]


class Latency(Part):
    key = "latency"

    def make_turns(self):
        quick = self.options.quick
        rates = [60] if quick else [60, 240]
        cases = [(t.name, fps, delivery, load, apart) for load in self.options.loads for fps in rates
                 if fps * bytes_of(load) < COPY_LIMIT_BYTES
                 for apart in ((False,) if fps != rates[0] else (True,) if quick else (False, True))
                 for t in self.lab.transports if not t.lossy for delivery in t.deliveries]
        seconds = self.options.seconds * (1 if quick else 3)
        return [Turns("latency", cases, self.options.rounds, seconds + 0.2, lambda case: self.bench.carry(
            case[0], apart=case[4], fps=case[1], delivery=case[2], size=case[3], slots=8, seconds=seconds))]

    def read(self, results):
        return [self.row(case, there(rounds)) for case, rounds in results.items() if there(rounds)]

    def row(self, case, rounds):
        return {"transport": case[0], "fps": case[1], "delivery": case[2], "load": case[3], "apart": case[4],
                "wake_us": percentiles([r["wake_ns"] for r in rounds]),
                "end_to_end_us": percentiles([r["end_to_end_ns"] for r in rounds]),
                "achieved_fps": spread([rate_of(r) for r in rounds]),
                "cpu_ms_per_1000": spread([cpu_ms_of(r) for r in rounds]),
                "slots_touched": max(r["producer"]["slots_touched"] for r in rounds),
                **self.lab.check(case[0], rounds)}

    def tables(self, figures):
        return [report.Table(f"{title}, us: p50 of each round, and percentiles of all frames",
                             ["load", "fps", "cores", "transport", "p50", "p90", "p99", "p99.9", "max",
                              "frames", "faults"],
                             [self.cells(row, row[kind]) for row in figures if row[kind]])
                for kind, title in (("wake_us", "Wake-up"), ("end_to_end_us", "End to end"))]

    @staticmethod
    def cells(row, times):
        return [row["load"], row["fps"], "one each" if row["apart"] else "any", report.label(row),
                report.spread(times["rounds"]["p50"]),
                *(report.number(times[share]) for share in ("p90", "p99", "p99.9", "max")),
                times["count"], report.faults(row)]


class Pauses(Part):
    """Producers with the pace of a camera whose consumer stands still now and then: how long they are held up."""

    key = "pauses"

    FPS, PAUSES = (60, 240), (0.05, 0.1)
    SECONDS = 3  # so that there are pauses enough

    def make_turns(self):
        quick = self.options.quick
        seconds = self.SECONDS * (0.5 if quick else self.options.goal_scale)
        cases = [(t.name, fps, pause, load) for load in self.options.loads
                 for fps in (self.FPS[:1] if quick else self.FPS) if fps * bytes_of(load) < COPY_LIMIT_BYTES
                 for pause in (self.PAUSES[:1] if quick else self.PAUSES)
                 for t in self.lab.transports if not t.lossy and not t.in_parts]
        return [Turns("pauses", cases, 1, 1.5 * seconds, lambda case: self.bench.carry(
            case[0], apart=True, fps=case[1], pause=case[2], size=case[3], slots=0, seconds=seconds))]

    def read(self, results):
        return [{"transport": name, "fps": fps, "pause_ms": pause * 1e3, "load": load,
                 "send_us": percentiles([r["send_ns"] for r in there(rounds)]),
                 "slots_touched": there(rounds)[0]["producer"]["slots_touched"],
                 **self.lab.check(name, there(rounds))}
                for (name, fps, pause, load), rounds in results.items() if there(rounds)]

    def tables(self, figures):
        return [report.Table("A consumer that pauses after every 40 frames, as it comes: the time of sending, us",
                             ["load", "fps", "pause, ms", "transport", "p50", "p90", "p99", "max", "faults"],
                             [[row["load"], row["fps"], report.number(row["pause_ms"]), row["transport"],
                               *(report.number(row["send_us"][share]) for share in ("p50", "p90", "p99", "max")),
                               report.faults(row)] for row in figures if row["send_us"]])]


class Consumers(Part):
    key = "consumers"

    def make_turns(self):
        counts = [1, 4] if self.options.quick else CONSUMERS
        load = self.options.loads[0]
        cases = [(t.name, count, delivery, way) for t in self.lab.transports
                 if t.many and not t.in_parts for count in counts for delivery in t.deliveries
                 for way in t.ways if way != "send+copy"]
        seconds = self.options.seconds
        return [Turns("consumers", cases, self.options.rounds, seconds, lambda case: self.bench.carry(
            case[0], consumers=case[1], delivery=case[2], size=load, way=case[3], slots=8,
            seconds=seconds))]

    def read(self, results):
        return [self.row(case, there(rounds)) for case, rounds in results.items() if there(rounds)]

    def row(self, case, rounds):
        return {"transport": case[0], "consumers": case[1], "delivery": case[2], "way": case[3],
                "load": self.options.loads[0],
                "received_per_s": spread([rate_of(r) for r in rounds]),
                "sent_per_s": spread([sent_rate_of(r) for r in rounds]),
                "cpu_ms_per_1000": spread([cpu_ms_of(r) for r in rounds]),
                **self.lab.check(case[0], rounds)}

    def tables(self, figures):
        return [report.Table(
            f"Consumers, {self.options.loads[0]}",
            ["transport", "way", "consumers", "received/s by each", "sent/s", "CPU ms for 1000", "faults"],
            [[report.label(row), row["way"], row["consumers"], report.spread(row["received_per_s"]),
              report.spread(row["sent_per_s"]), report.spread(row["cpu_ms_per_1000"]), report.faults(row)]
             for row in figures])]
