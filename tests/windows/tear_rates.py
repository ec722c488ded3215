"""How many frames arrive whole when nobody waits for anybody: old programs and ours, each with each, and
several receivers on one sender. Prints tables in Markdown, and each report as JSON on standard error.

    tear_rates.py [--part N]   an Nth of the frames, for a quick look

Fails when a consumer of ours takes a torn frame of our producer for a whole one, or misses the last one."""

import argparse
import itertools
import json
import os
import sys

from wine import Program

SENDERS = (("old_sender", "old"), ("paced_producer", "ours"))
RECEIVERS = (("old_receiver", "old"), ("paced_consumer", "ours"))
# Size, pause between frames in ms, frames.
LOADS = (("640x480x24", 0, 3000), ("640x480x24", 16, 600), ("1920x1080x32", 0, 600),
         ("1920x1080x32", 33, 300))
serial = itertools.count(1)


def run(sender, receivers, size, interval_ms, frames):
    """What each receiver reports."""
    common = ("--name", f"tear-{os.getpid()}-{next(serial)}", "--free", "--size", size, "--frames",
              frames, "--receivers", len(receivers), "--interval", interval_ms)
    programs = [Program(name, *common) for name in (*receivers, sender)]
    reports = []
    try:
        for program in programs:
            code, lines = program.end()
            if code != 0:
                sys.exit(f"{program.name} ended with {code}: {program.err}")
            reports.append(json.loads(lines[-1]))
    finally:
        for program in programs:
            program.close()
    for report in reports:
        print(json.dumps(report), file=sys.stderr)
    return reports[:-1]


def percent(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "-"


def rates(part):
    print("| sender, receiver | frames | sent | received | torn | of those received | whole, of those sent "
          "| attempts repeated |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
    failures = 0
    for (size, interval_ms, frames), (sender, one), (receiver, other) in itertools.product(
            LOADS, SENDERS, RECEIVERS):
        frames //= part
        report, = run(sender, [receiver], size, interval_ms, frames)
        pace = f"{interval_ms} ms apart" if interval_ms else "without a pause"
        print(f"| {one}, {other} | {size}, {pace} | {frames} | {report['frames']} | {report['torn']} | "
              f"{percent(report['torn'], report['frames'])} | "
              f"{percent(frames - report['missed'], frames)} | {report.get('retries', '-')} |", flush=True)
        if (one, other) == ("ours", "ours") and report["torn"] != 0:
            failures += 1
    return failures


def several(part):
    print("\n| sender, three receivers | sent | received by each | seen by nobody, at least |\n"
          "| --- | --- | --- | --- |")
    frames = 600 // part
    for sender, receiver, what in (("old_sender", "old_receiver", "old, old"),
                                   ("old_sender", "paced_consumer", "old, ours"),
                                   ("paced_producer", "old_receiver", "ours, old"),
                                   ("paced_producer", "paced_consumer", "ours, ours")):
        reports = run(sender, [receiver] * 3, "640x480x24", 10, frames)
        received = [report["frames"] for report in reports]
        print(f"| {what} | {frames} | {', '.join(map(str, received))} | "
              f"{max(0, frames - sum(received))} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", type=int, default=1)
    part = parser.parse_args().part
    failures = rates(part)
    several(part)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
