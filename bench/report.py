"""Figures as tables for people."""
import sys


def progress(number, rounds, case):
    if sys.stderr.isatty():
        text = " ".join(str(part) for part in case)
        print(f"\r\033[Kround {number} of {rounds}: {text}", end="", file=sys.stderr, flush=True)


def progress_end():
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def spread(figure):
    """The median, with minimum and maximum."""
    if figure is None:
        return "-"
    return f"{number(figure['median'])} ({number(figure['min'])}..{number(figure['max'])})"


def table(title, heads, rows):
    if not rows:
        return
    print(f"\n{title}")
    widths = [max(len(str(row[i])) for row in [heads] + rows) for i in range(len(heads))]
    for row in [heads] + rows:
        print("  " + "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip())


def faults(row):
    found = [f"{row[kind]} {kind}" for kind in ("lost", "doubled", "torn") if row[kind]]
    return ", ".join(found) or "none"


def label(row, *more):
    name = row["transport"]
    if name == "frameferry":
        name += " " + row["delivery"]
    return " ".join([name] + [str(part) for part in more])


def print_machine(figures):
    about = figures["machine"]
    print(f"{about['processor']}, {about['cores']} cores, {about['system']}")
    print(f"load average {about['load_average']:.2f}; {figures['rounds']} rounds of "
          f"{figures['seconds']} s; medians with minimum and maximum")
    for text in figures["left_out"]:
        print(f"left out: {text}")


def print_limits(rows):
    table("Limits of this machine: pictures copied a second, and a wake-up between processes in us",
          ["load", "one core", "two cores", "to new memory", "futex", "eventfd"],
          [[row["load"], spread(row["copies_one_core"]), spread(row["copies_two_cores"]),
            spread(row["copies_first_touch"])]
           + [spread({k: v / 1e3 for k, v in row[key].items()})
              for key in ("futex_wake_ns", "eventfd_wake_ns")] for row in rows])


def print_throughput(rows):
    for load in dict.fromkeys(row["load"] for row in rows):
        table(f"Throughput, {load}",
              ["transport", "way", "received/s", "sent/s", "CPU ms for 1000", "MiB", "faults"],
              [[label(row), row["way"], spread(row["received_per_s"]), spread(row["sent_per_s"]),
                spread(row["cpu_ms_per_1000"]), number(row["resident_mib"]["median"]), faults(row)]
               for row in rows if row["load"] == load])


def print_latency(rows):
    shares = ("p50", "p90", "p99", "p99.9", "max")
    for kind, title in (("wake_us", "Wake-up"), ("end_to_end_us", "End to end")):
        table(f"{title}, us", ["load", "fps", "cores", "transport", *shares, "frames", "faults"],
              [[row["load"], row["fps"], "one each" if row["apart"] else "any", label(row)]
               + [number(row[kind][share]) for share in shares]
               + [row[kind]["count"], faults(row)] for row in rows if row[kind]])


def print_consumers(rows):
    table("Consumers", ["transport", "way", "consumers", "received/s by each", "sent/s",
                        "CPU ms for 1000", "faults"],
          [[label(row), row["way"], row["consumers"], spread(row["received_per_s"]),
            spread(row["sent_per_s"]), spread(row["cpu_ms_per_1000"]), faults(row)] for row in rows])


def print_price(figures):
    table("Frameferry's own calls while nobody sleeps, ns a frame",
          ["frame", "delivery", "awake consumers", "claim + commit", "acquire + release"],
          [[row["size"], row["delivery"], row["consumers"], spread(row["producer_ns"]),
            spread(row["consumer_ns"]) if row["consumers"] else "-"] for row in figures["calls"]])
    attach = figures["attach"]
    print(f"\nCreating a channel {attach['create_ns'] / 1e3:.0f} us, attaching "
          f"{attach['attach_ns'] / 1e3:.0f} us (at most {attach['attach_max_ns'] / 1e3:.0f}), "
          f"waiting takes {attach['idle_cpu_millionths'] / 1e4:.3f} % of a core")


def print_failures(failures):
    for failure in failures:
        print(f"FAILED: {failure['transport']}: {failure['what']}")


def print_goals(rows):
    table("Goals", ["goal", "bound", "measured", ""],
          [[row["goal"], row["bound"], row["measured"], "met" if row["met"] else "NOT MET"]
           for row in rows])


def print_against(rows):
    table("This build's rate over the other one's: median, and the middle half of the rounds",
          ["load", "way", "ratio", ""],
          [[row["load"], row["way"], f"{row['ratio']:.2f}",
            f"{row['quarter']:.2f}..{row['three_quarters']:.2f}"] for row in rows])
