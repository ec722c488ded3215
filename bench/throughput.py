"""Frames a second, as fast as it goes: with the same depth for all, and with the defaults of each."""
import report
from figures import consumers_of, cpu_ms_of, rate_of, resident_mib_of, sent_rate_of, spread
from lab import Part
from measure import WAYS
from turns import Turns, there

# How the places for frames are chosen, and what is measured.
MODES = ("three", "start", "steady")


class Throughput(Part):
    key = "throughput"

    def make_turns(self):
        cases = [(t.name, way, delivery, load, mode) for load in self.options.loads
                 for t in self.lab.transports if not t.in_parts for way in t.ways
                 for delivery in t.deliveries for mode in MODES]
        return [Turns("throughput", cases, self.options.rounds, self.seconds_of, self.measure)]

    def seconds_of(self, case):
        return self.options.start_seconds if case[4] == "start" else self.options.seconds

    def measure(self, case):
        name, way, delivery, load, mode = case
        more = {"from": "start"} if mode == "start" else {}
        return self.bench.carry(name, apart=True, way=way, delivery=delivery, size=load,
                                slots=self.options.slots if mode == "three" else 0,
                                seconds=self.seconds_of(case), **more)

    def read(self, results):
        rows = {}
        for (name, way, delivery, load, mode), rounds in results.items():
            row = rows.setdefault((name, way, delivery, load), {
                "transport": name, "way": way, "delivery": delivery, "load": load})
            row[mode] = self.figures_of(name, there(rounds))
        return list(rows.values())

    def figures_of(self, name, rounds):
        if not rounds:
            return None
        sent = sum(r["producer"]["frames"] for r in rounds)
        received = sum(side["frames"] for r in rounds for side in consumers_of(r))
        return {"received_per_s": spread([rate_of(r) for r in rounds]),
                "sent_per_s": spread([sent_rate_of(r) for r in rounds]),
                "cpu_ms_per_1000": spread([cpu_ms_of(r) for r in rounds]),
                "resident_mib": spread([resident_mib_of(r) for r in rounds]),
                "whole_share": received / max(sent, 1),
                "slots_touched": max(r["producer"]["slots_touched"] for r in rounds),
                **self.lab.check(name, rounds)}

    def tables(self, figures):
        depth = "three" if self.options.slots == 3 else f"{self.options.slots} slots"
        return [report.Table(f"Throughput, {load}, {way}: frames received a second",
                             ["transport", depth, "as it comes, from the start", "as it comes, steady",
                              "CPU ms for 1000", "MiB", "faults"],
                             [self.cells(row) for row in figures
                              if row["load"] == load and row["way"] == way])
                for load in self.options.loads for way in WAYS]

    def cells(self, row):
        rates = [report.spread(row[mode] and row[mode]["received_per_s"]) for mode in MODES]
        steady = row["steady"]
        if steady is None:
            return [report.label(row), *rates, "-", "-", "-"]
        return [report.label(row), *rates, report.spread(steady["cpu_ms_per_1000"]),
                report.number(steady["resident_mib"]["median"]), report.faults(steady)]
