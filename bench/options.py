"""The options of run.py."""
import argparse
import os
import re

from measure import LOADS

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = ("limits", "throughput", "latency", "pauses", "consumers", "price", "start")
MOST_BYTES = 1 << 30


def load(text):
    match = re.fullmatch(r"([1-9]\d{0,7})x([1-9]\d{0,7})x([134])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHTxBYTES, as in 640x480x3 (1, 3 or 4 bytes)")
    width, height, depth = (int(part) for part in match.groups())
    if not 8 <= width * height * depth <= MOST_BYTES:
        raise argparse.ArgumentTypeError(f"{text!r}: frames have 8 bytes to 1 GiB")
    return text


def number(kind, least, most, what):
    def read(text):
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
        return value
    return read


def slots(text):
    value = number(int, 0, 64, "0 or 2 to 64")(text)
    if value == 1:
        raise argparse.ArgumentTypeError("'1' is not 0 or 2 to 64")
    return value


def output_file(text):
    """Better now than after an hour."""
    folder = os.path.dirname(os.path.abspath(text))
    if os.path.isdir(text) or not os.access(text if os.path.exists(text) else folder, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written")
    return text


def parser_of(about):
    seconds = number(float, 0.01, 3600, "0.01 to 3600 seconds")
    rounds = number(int, 1, 10000, "1 to 10000 rounds")
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--all", action="store_true", help="all parts, and the goals")
    what.add_argument("--goals", action="store_true", help="only the goals, and start-up: met or not met")
    what.add_argument("--against", metavar="BIN", help="compares with another build's programs in that folder")
    what.add_argument("--parts", nargs="+", choices=PARTS, help="only these parts")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a look, no figures to keep")
    parser.add_argument("--json", metavar="FILE", type=output_file, help="writes all figures")
    parser.add_argument("--markdown", metavar="FILE", type=output_file, help="writes all tables as Markdown")
    parser.add_argument("--bin", default=os.path.join(HERE, "..", "build", "release", "bin"),
                        help="folder of the programs")
    parser.add_argument("--rounds", type=rounds,
                        help="rounds (5; goals, starts and --against 15; with --quick 1 and 3); the goals measure "
                             "small frames 4 times as often, for a quarter of the time")
    parser.add_argument("--seconds", type=seconds,
                        help="of one measurement (0.25; with --quick 0.1)")
    parser.add_argument("--start-seconds", type=seconds, help="of one from the first frame on (0.7; with --quick 0.1)")
    parser.add_argument("--slots", type=slots,
                        help="the depth of all in the column \"three\" (3); with --against, of both builds "
                             "(0: as they come)")
    parser.add_argument("--transports", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--loads", nargs="+", metavar="WxHxBYTES", type=load,
                        help=f"sizes of frames ({' '.join(LOADS)}; with --quick the first two)")
    return parser


def fill_in(options):
    """Options that were not given depend on those that were."""
    quick = options.quick
    options.goal_rounds = options.rounds or (3 if quick else 15)
    options.starts = options.goal_rounds
    options.rounds = options.rounds or (1 if quick else 5)
    options.start_seconds = options.start_seconds or (0.1 if quick else 0.7)
    # Paced goals need frames enough, and have their own seconds, which become shorter with the others.
    options.goal_scale = min(options.seconds / 0.25, 1) if options.seconds else 0.5 if quick else 1
    options.idle_seconds = 3 * options.goal_scale
    options.loads = options.loads or list(LOADS[:2] if quick else LOADS)
    options.seconds = options.seconds or (0.1 if quick else 0.25)
    if options.slots is None:
        options.slots = 0 if options.against is not None else 3
    return options


def read(about):
    parser = parser_of(about)
    options = fill_in(parser.parse_args())
    if options.slots == 0 and options.against is None:
        parser.error("--slots 0 goes with --against: the other columns are as the transports come")
    for folder in filter(None, (options.bin, options.against)):
        if not os.access(os.path.join(folder, "ferry-bench"), os.X_OK):
            parser.error(f"{folder} has no ferry-bench: build it first (cmake --build --preset release)")
    return parser, options
