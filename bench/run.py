#!/usr/bin/env python3
"""Frameferry's figures beside the limits of this machine and beside peers, in one run.

    bench/run.py                    everything, about 35 minutes
    bench/run.py --quick            about a minute
    bench/run.py --goals            only the pairs for the goals: met or not met
    bench/run.py --against BIN      another build's programs in that folder: are we faster than it?
    bench/run.py --json FILE ...    writes the figures as well

All transports take turns, several rounds long, so that what disturbs the machine disturbs all of them.
A lost, doubled or torn frame of a transport that promises none is a failure (exit code 1).
"""
import argparse
import json
import os
import platform
import sys

import goals
import report
from measure import (LOADS, Bench, Failure, bytes_of, consumers_of, cpu_ms_of, faults_of,
                     percentiles, rate_of, resident_mib_of, spread)

HERE = os.path.dirname(os.path.abspath(__file__))
COPY_LIMIT_BYTES = 4 << 30  # a second, in and out: more is not asked of the paced runs
CONSUMERS = [1, 2, 4, 8, 16]
PARTS = ["limits", "throughput", "latency", "consumers", "price"]
OURS = ("ring", "parts-spinning", "parts-sleeping", "frameferry", "frameferry-early")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--goals", action="store_true", help="compares pairs, and says met or not")
    parser.add_argument("--against", metavar="BIN", help="compares with another build")
    parser.add_argument("--json", metavar="FILE", help="writes all figures")
    parser.add_argument("--bin", default=os.path.join(HERE, "..", "build", "release", "bin"),
                        help="folder of the programs")
    parser.add_argument("--rounds", type=int, help="rounds (7; quick: 1; pairs: 15)")
    parser.add_argument("--seconds", type=float, help="of one measurement (1; quick: 0.25; pairs: 0.5)")
    parser.add_argument("--slots", type=int, default=3, help="frames under way (3)")
    parser.add_argument("--transports", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--loads", nargs="+", metavar="WxHxBYTES", default=list(LOADS))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    pairs = options.goals or options.against is not None
    if options.rounds is None:
        options.rounds = 15 if pairs else 1 if options.quick else 7
    if options.seconds is None:
        options.seconds = 0.25 if options.quick else 0.5 if pairs else 1.0
    return options


class Run:
    def __init__(self, bench, options):
        self.bench = bench
        self.options = options
        self.failures = []
        names = options.transports or list(bench.transports)
        self.transports = [bench.transports[name] for name in names if name in bench.transports]

    def deliveries(self, transport):
        return ["every", "latest"] if transport.name == "frameferry" else ["every"]

    def interleave(self, cases, measure):
        """Lets cases take turns; the order is turned by one in each round."""
        results = {case: [] for case in cases}
        for number in range(self.options.rounds):
            turn = number % max(len(cases), 1)
            for case in cases[turn:] + cases[:turn]:
                report.progress(number + 1, self.options.rounds, case)
                try:
                    results[case].append(measure(case))
                except Failure as failure:
                    self.note(case[0], str(failure))
        report.progress_end()
        return results

    def note(self, name, what):
        self.failures.append({"transport": name, "what": what, "ours": name in OURS})

    def check(self, name, results):
        """The faults that the consumers found, in all rounds."""
        faults = {"lost": 0, "doubled": 0, "torn": 0}
        for result in results:
            for kind, count in faults_of(result).items():
                faults[kind] += count
        if any(faults.values()) and not self.bench.transports[name].lossy:
            self.note(name, ", ".join(f"{count} frames {kind}" for kind, count in faults.items()))
        return faults

    # ---- parts ----

    def limits(self):
        cases = [("limits", load) for load in self.options.loads]
        results = self.interleave(cases, lambda case: self.bench.job(
            "limits", size=case[1], seconds=self.options.seconds / 2))
        return [{"load": case[1], **{key: spread([r[key] for r in rounds]) for key in rounds[0]}}
                for case, rounds in results.items() if rounds]

    def throughput(self):
        cases = [(t.name, way, delivery, load) for load in self.options.loads
                 for t in self.transports if not t.in_parts for way in t.ways
                 for delivery in self.deliveries(t)]
        results = self.interleave(cases, lambda case: self.bench.carry(
            case[0], apart=True, way=case[1], delivery=case[2], size=case[3],
            slots=self.options.slots, seconds=self.options.seconds))
        return [self.throughput_row(case, rounds) for case, rounds in results.items() if rounds]

    def throughput_row(self, case, rounds):
        sent = [r["producer"]["frames"] * 1e9 / max(r["producer"]["elapsed_ns"], 1) for r in rounds]
        frames = sum(r["producer"]["frames"] for r in rounds)
        return {"transport": case[0], "way": case[1], "delivery": case[2], "load": case[3],
                "received_per_s": spread([rate_of(r) for r in rounds]),
                "sent_per_s": spread(sent),
                "cpu_ms_per_1000": spread([cpu_ms_of(r) for r in rounds]),
                "resident_mib": spread([resident_mib_of(r) for r in rounds]),
                "whole_share": sum(s["frames"] for r in rounds for s in consumers_of(r))
                / max(frames, 1),
                "slots_touched": max(r["producer"]["slots_touched"] for r in rounds),
                **self.check(case[0], rounds)}

    def latency(self):
        rates = [60] if self.options.quick else [60, 240]
        cases = [(t.name, fps, delivery, load, apart) for load in self.options.loads for fps in rates
                 if fps * bytes_of(load) < COPY_LIMIT_BYTES
                 for apart in ((False, True) if fps == rates[0] else (False,))
                 for t in self.transports if not t.lossy for delivery in self.deliveries(t)]
        seconds = self.options.seconds * 3
        results = self.interleave(cases, lambda case: self.bench.carry(
            case[0], apart=case[4], fps=case[1], delivery=case[2], size=case[3], slots=8,
            seconds=seconds))
        return [self.latency_row(case, rounds) for case, rounds in results.items() if rounds]

    def latency_row(self, case, rounds):
        return {"transport": case[0], "fps": case[1], "delivery": case[2], "load": case[3], "apart": case[4],
                "wake_us": percentiles([ns for r in rounds for ns in r["wake_ns"]]),
                "end_to_end_us": percentiles([ns for r in rounds for ns in r["end_to_end_ns"]]),
                "achieved_fps": spread([rate_of(r) for r in rounds]),
                "cpu_ms_per_1000": spread([cpu_ms_of(r) for r in rounds]),
                "slots_touched": max(r["producer"]["slots_touched"] for r in rounds),
                **self.check(case[0], rounds)}

    def consumers(self):
        counts = [1, 4] if self.options.quick else CONSUMERS
        load = self.options.loads[0]
        cases = [(t.name, count, delivery, way) for t in self.transports if t.many and not t.in_parts
                 for count in counts for delivery in self.deliveries(t)
                 for way in t.ways if way != "send+copy"]
        results = self.interleave(cases, lambda case: self.bench.carry(
            case[0], consumers=case[1], delivery=case[2], size=load, way=case[3],
            slots=8, seconds=self.options.seconds))
        return [{"transport": case[0], "consumers": case[1], "delivery": case[2], "way": case[3],
                 "load": load, "received_per_s": spread([rate_of(r) for r in rounds]),
                 "sent_per_s": spread([r["producer"]["frames"] * 1e9 / r["producer"]["elapsed_ns"]
                                       for r in rounds]),
                 "cpu_ms_per_1000": spread([cpu_ms_of(r) for r in rounds]),
                 **self.check(case[0], rounds)} for case, rounds in results.items() if rounds]

    def price(self):
        cases = [("frameferry", "price", size, delivery, count) for size in ("1024x1x1", "7680x4320x1")
                 for delivery in ("every", "latest") for count in (0, 1, 4, 16)]
        results = self.interleave(cases, lambda case: self.bench.job(
            "price", size=case[2], delivery=case[3], consumers=case[4], slots=8,
            seconds=self.options.seconds / 4))
        rows = [{"size": case[2], "delivery": case[3], "consumers": case[4],
                 **{key: spread([r[key] for r in rounds]) for key in ("producer_ns", "consumer_ns")}}
                for case, rounds in results.items() if rounds]
        attach = self.bench.job("attach", seconds=self.options.seconds * 2)
        return {"calls": rows, "attach": attach}


def machine():
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"processor": model, "cores": os.cpu_count(), "system": platform.platform(),
            "load_average": os.getloadavg()[0]}


def main():
    options = read_options()
    with Bench(options.bin) as bench:
        figures = {"machine": machine(), "rounds": options.rounds, "seconds": options.seconds,
                   "slots": options.slots, "left_out": bench.left_out}
        report.print_machine(figures)
        bad = False
        if options.against is not None:
            figures["against"] = goals.Against(bench, Bench(options.against), options).compare()
            report.print_against(figures["against"])
        elif options.goals:
            figures["goals"] = goals.compare(bench, options)
        else:
            run = Run(bench, options)
            for part in options.parts:
                figures[part] = getattr(run, part)()
                getattr(report, f"print_{part}")(figures[part])
            figures["failures"] = run.failures
            report.print_failures(run.failures)
            bad = any(failure["ours"] for failure in run.failures)
    figures["machine"]["load_average_after"] = os.getloadavg()[0]
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
            file.write("\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
