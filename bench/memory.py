"""Memory of transports as they come, and what a channel costs where no frame comes."""
import report
from figures import resident_mib_of, scaled, spread
from lab import Part
from turns import Turns, there

MIB = 1 << 20
PACES = {"60 fps": {"fps": 60}, "saturated": {}}


class Memory(Part):
    """Of both processes together (PSS), without their own pictures, and of the object that holds the frames."""

    key, member = "start", "memory"
    MOST_ROUNDS = 3  # it is the same in each, or nearly

    def make_turns(self):
        cases = [(t.name, delivery, load, pace) for load in self.options.loads for t in self.lab.transports
                 if not t.in_parts and not t.lossy for delivery in t.deliveries for pace in PACES]
        seconds = min(self.options.seconds, 0.5)
        return [Turns("memory", cases, min(self.options.rounds, self.MOST_ROUNDS), seconds + 0.1,
                      lambda case: self.bench.carry(case[0], apart=True, delivery=case[1], size=case[2], slots=0,
                                                    seconds=seconds, **PACES[case[3]]))]

    def read(self, results):
        return [self.row(case, there(rounds)) for case, rounds in results.items() if there(rounds)]

    def row(self, case, rounds):
        reserved = [r["producer"]["reserved_bytes"] / MIB for r in rounds]
        return {"transport": case[0], "delivery": case[1], "load": case[2], "pace": case[3],
                "resident_mib": spread([resident_mib_of(r) for r in rounds]),
                "frames_mib": spread(reserved) if any(reserved) else None,
                "slots_touched": max(r["producer"]["slots_touched"] for r in rounds),
                **self.lab.check(case[0], rounds)}

    def tables(self, figures):
        rows = {}
        for row in figures:
            rows.setdefault((row["load"], report.label(row)), {})[row["pace"]] = row
        return [report.Table(
            "Memory as it comes, MiB: both processes together, and the object that holds the frames",
            ["load", "transport"] + [f"{what}, {pace}" for pace in PACES for what in ("processes", "frames")],
            [[load, name] + [report.number((paces.get(pace, {}).get(key) or {}).get("median"))
                             for pace in PACES for key in ("resident_mib", "frames_mib")]
             for (load, name), paces in rows.items()])]


class Channel(Part):
    """Opening in a program that runs already, and waiting for a frame that does not come."""

    key, member = "start", "channel"
    MOST_ROUNDS = 3  # each opens 100 times

    def make_turns(self):
        seconds = self.options.idle_seconds
        return [Turns("channel", [("attach",)], min(self.options.rounds, self.MOST_ROUNDS), 2 * seconds,
                      lambda case: self.bench.job(case[0], seconds=seconds))]

    def read(self, results):
        rounds = self.lab.channel_rounds = there(results[("attach",)])
        if not rounds:
            return None
        opening = {key: spread([r[key] for r in rounds]) for key in ("create_ns", "attach_ns", "attach_max_ns")}
        return {**opening, "idle": [self.idle_row([r["idle"][i] for r in rounds])
                                    for i in range(len(rounds[0]["idle"]))]}

    @staticmethod
    def idle_row(rounds):
        parts = ("producer_millionths", "consumers_millionths")
        return {"consumers": rounds[0]["consumers"], **{key: spread([r[key] for r in rounds]) for key in parts},
                "all_millionths": spread([sum(r[key] for key in parts) for r in rounds])}

    def tables(self, figures):
        if figures is None:
            return []
        opening = [[what, report.spread(scaled(figures[key], 1e3))]
                   for what, key in (("creating a channel", "create_ns"), ("attaching", "attach_ns"),
                                     ("attaching, slowest of 100", "attach_max_ns"))]
        idle = [[row["consumers"]] + [report.spread(scaled(row[key], 1e4)) for key in (
            "producer_millionths", "consumers_millionths", "all_millionths")] for row in figures["idle"]]
        return [report.Table("Opening in a program that runs, us", ["step", "time"], opening),
                report.Table("Idle channel, % of a core",
                             ["consumers", "producer", "all consumers", "together"], idle)]
