#!/usr/bin/env python3
"""Frameferry's figures beside the limits of this machine and beside peers, in one run.

    bench/run.py                    all parts
    bench/run.py --goals            only the goals, and start-up: met or not met
    bench/run.py --all              all parts, and the goals
    bench/run.py --quick            about a minute
    bench/run.py --against BIN      another build's programs in that folder: are we faster than it?
    bench/run.py --json FILE --markdown FILE ...    writes figures and tables as well

A run says at the beginning how long it will take. All transports take turns, several rounds long, so that what
disturbs the machine disturbs all of them. A lost, doubled or torn frame of a transport that promises none is a failure
(exit code 1). Ctrl-C ends a run after the measurement that is going on, and writes what there is.
"""
import json
import os
import platform
import sys

import goals
import options as option
import report
from against import Against
from goals_price import Asleep, Channel as ChannelGoals, Price as PriceGoals, Slots
from goals_rates import Rates
from goals_waking import Following, Waking
from latency import Consumers, Latency, Pauses
from limits import Limits, Price
from measure import Bench
from memory import Channel, Memory
from lab import Lab
from processes import Processes, Stopped
from start import Start
from throughput import Throughput
from turns import Progress, duration

PARTS = {"limits": [Limits], "throughput": [Throughput], "latency": [Latency], "pauses": [Pauses], "consumers": [Consumers],
         "price": [Price], "start": [Start, Memory, Channel]}
GOALS = [Rates, Waking, Following, PriceGoals, Asleep, Slots, ChannelGoals]


def machine():
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"processor": model, "cores": os.cpu_count(), "system": platform.platform(),
            "load_average": os.getloadavg()[0]}


def plan(lab, other):
    """The parts of this run."""
    chosen = lab.options
    if other is not None:
        return [Against(lab, other)]
    names = chosen.parts or ([] if chosen.goals else list(PARTS))
    if chosen.goals:
        names = ["start"]
    kinds = [kind for name in names for kind in PARTS[name]]
    return [kind(lab) for kind in kinds + (GOALS if chosen.goals or chosen.all else [])]


def add(figures, part, measured):
    if part.member is not None:
        figures.setdefault(part.key, {})[part.member] = measured
    elif isinstance(measured, list):
        figures.setdefault(part.key, []).extend(measured)
    else:
        figures[part.key] = measured


def run_parts(lab, parts, figures, tables):
    """Adds figures and tables. Those that came before a stop stay."""
    expected = sum(part.expected_seconds() for part in parts)
    lab.progress = Progress(expected)
    print(f"This takes about {duration(expected)}.", flush=True)
    try:
        for part in parts:
            measured, more = lab.run(part)
            add(figures, part, measured)
            tables += more
    except Stopped:
        figures["stopped"] = True
        lab.progress.clear()
        print("\nStopped: the tables above are all that there is.")
    finally:
        figures["failures"] = lab.failures


def write(chosen, figures, heads, tables):
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
            file.write("\n")
    if chosen.markdown:
        report.write_markdown(chosen.markdown, heads, tables)


def names_of_transports(bench, chosen, parser):
    names = chosen.transports or list(bench.transports)
    for name in names:
        if name not in bench.transports:
            parser.error(f"there is no transport {name} here: {', '.join(bench.transports)}")
    return names


def main():
    parser, chosen = option.read(__doc__)
    processes = Processes()
    processes.watch_signals()
    bench = Bench(chosen.bin, processes)
    other = None if chosen.against is None else Bench(chosen.against, processes)
    if other is not None and chosen.slots == 0 and not other.knows_defaults():
        parser.error(f"{chosen.against}: its ferry-bench cannot leave a transport its own depth: give --slots 3")
    names = names_of_transports(bench, chosen, parser)
    try:
        if "iceoryx" in names and other is None:
            bench.start_daemon()
        lab = Lab(bench, chosen, [bench.transports[name] for name in names if name in bench.transports])
        figures = {"machine": machine(), "rounds": chosen.rounds, "seconds": chosen.seconds,
                   "goal_rounds": chosen.goal_rounds,
                   "start_seconds": chosen.start_seconds, "slots": chosen.slots, "left_out": bench.left_out}
        heads = report.heads(figures)
        print("\n".join(heads))
        tables = []
        try:
            run_parts(lab, plan(lab, other), figures, tables)
        except BaseException:
            write(chosen, figures, heads, tables)
            raise
    except Stopped:
        return 128 + processes.stopped_by
    finally:
        bench.daemon.stop()
        processes.sweep()
    if figures.get("goals"):
        heads.append(goals.summary(figures["goals"]))
        print(f"\n{heads[-1]}")
    for failure in lab.failures:
        print(f"FAILED: {failure['transport']}: {failure['what']}")
    figures["machine"]["load_average_after"] = os.getloadavg()[0]
    write(chosen, figures, heads, tables)
    if processes.stopped_by is not None:
        return 128 + processes.stopped_by
    return 1 if any(failure["ours"] for failure in lab.failures) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python would still write
        sys.exit(1)
