"""The limits of this machine, and the price of Frameferry's own calls."""
import report
from figures import scaled, spread
from lab import Part
from turns import Turns, there


class Limits(Part):
    """Of this machine."""

    key = "limits"

    def make_turns(self):
        seconds = self.options.seconds / 2
        return [Turns("limits", [(load,) for load in self.options.loads], self.options.rounds,
                      seconds * 2 + 0.3,  # copies on one core and on two, and wake-ups
                      lambda case: self.bench.job("limits", size=case[0], seconds=seconds))]

    def read(self, results):
        return [{"load": case[0], **{key: spread([r[key] for r in there(rounds)])
                                     for key in there(rounds)[0]}}
                for case, rounds in results.items() if there(rounds)]

    def tables(self, figures):
        rates = ("copies_one_core", "copies_two_cores", "copies_first_touch")
        wakes = ("futex_wake_ns", "eventfd_wake_ns")
        return [report.Table(
            "Limits of this machine: pictures copied a second, and a wake-up between processes in us",
            ["load", "one core", "two cores", "to new memory", "futex", "eventfd"],
            [[row["load"]] + [report.spread(row[key]) for key in rates]
             + [report.spread(scaled(row[key], 1e3)) for key in wakes] for row in figures])]


class Price(Part):
    """Both ends in one process and in step, so that nobody sleeps."""

    key = "price"

    def make_turns(self):
        cases = [(size, delivery, count) for size in ("1024x1x1", "7680x4320x1")
                 for delivery in ("every", "latest") for count in (0, 1, 4, 16)]
        seconds = self.options.seconds / 4
        return [Turns("price", cases, self.options.rounds, seconds, lambda case: self.bench.job(
            "price", size=case[0], delivery=case[1], consumers=case[2], slots=8, seconds=seconds))]

    def read(self, results):
        return [{"size": size, "delivery": delivery, "consumers": count,
                 **{key: spread([r[key] for r in there(rounds)]) for key in ("producer_ns", "consumer_ns")}}
                for (size, delivery, count), rounds in results.items() if there(rounds)]

    def tables(self, figures):
        return [report.Table(
            "Frameferry's own calls while nobody sleeps, ns a frame",
            ["frame", "delivery", "awake consumers", "claim + commit", "acquire + release"],
            [[row["size"], row["delivery"], row["consumers"], report.spread(row["producer_ns"]),
              report.spread(row["consumer_ns"]) if row["consumers"] else "-"] for row in figures])]
