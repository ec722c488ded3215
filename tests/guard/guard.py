"""What a frame may cost, in instructions and system calls, which unlike seconds are the same each time.

bounds.txt has the figures; --renew writes them anew. callgrind counts instructions, strace calls.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BOUNDS = os.path.join(HERE, "bounds.txt")
FRAMES = 1000
ALLOWANCE = 1.10   # of instructions: another version of compiler or libc
STRAY_CALLS = 20   # looks at leases, one in a second: a busy machine may take so long
STUCK_SECONDS = 600

WAYS = [(way, delivery) for way in ("send+copy", "send+acquire", "claim+acquire")
        for delivery in ("every", "latest")]
# How many are asleep before each frame, and are to be woken for it once.
SLEEPERS = [("asleep:1", "latest", 1), ("asleep:1", "every", 1), ("asleep:4", "latest", 4),
            ("full", "every", 1)]

# The copies of the C library are chosen by what the processor can do. These are the ones that every
# processor has, so that their instructions are the same everywhere.
ENVIRONMENT = {
    **os.environ,
    "GUARD_CHANNEL": str(os.getpid()),
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX,-AVX512F,-AVX512VL,-ERMS,-FSRM,-SSSE3",
}


def run(command):
    try:
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True,
                              timeout=STUCK_SECONDS)
    except FileNotFoundError:
        sys.exit(f"{command[0]} is missing: scripts/install-packages.sh test")
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def count_instructions(program, way, delivery):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "callgrind")
        run(["valgrind", "--tool=callgrind", "--toggle-collect=guard_carry",
             f"--callgrind-out-file={path}", program, way, delivery, str(FRAMES)])
        with open(path, encoding="utf-8") as file:
            total = int(re.search(r"^totals: (\d+)$", file.read(), re.MULTILINE).group(1))
    return round(total / FRAMES)


def trace(program, way, delivery, frames):
    """The lines of strace, a call each, and what the program says."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "strace")
        said = run(["strace", "-f", "-o", path, program, way, delivery, str(frames)])
        with open(path, encoding="utf-8") as file:
            return [line for line in file if "resumed>" not in line], said


def count_calls(program, way, delivery):
    """Calls for FRAMES frames: what twice as many frames take more."""
    once = len(trace(program, way, delivery, FRAMES)[0])
    return len(trace(program, way, delivery, 2 * FRAMES)[0]) - once


def check_sleepers(program, way, delivery, sleepers):
    """One call to wake each sleeper, and the library's own count of them is right."""
    lines, said = trace(program, way, delivery, FRAMES)
    calls = sum("FUTEX_WAKE," in line for line in lines)
    wanted = FRAMES * sleepers
    counted = int(said)
    # The end wakes each once more. A sleeper whose slice ends just before a frame comes needs no call.
    well = wanted * 0.95 <= counted <= wanted and \
        wanted * 0.95 <= calls <= counted + sleepers + STRAY_CALLS
    print(f"{way} {delivery}: {wanted} sleepers to wake, {calls} calls, {counted} counted"
          f"{'' if well else ': TOO MANY OR TOO FEW'}")
    return well


def read_bounds():
    with open(BOUNDS, encoding="utf-8") as file:
        rows = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {(way, delivery): (int(instructions), int(calls))
            for way, delivery, instructions, calls in rows}


def renew(figures):
    with open(BOUNDS, encoding="utf-8") as file:
        head = [line for line in file if line.startswith("#")]
    with open(BOUNDS, "w", encoding="utf-8") as file:
        file.writelines(head)
        for (way, delivery), (instructions, calls) in figures.items():
            file.write(f"{way} {delivery} {instructions} {calls}\n")


def check(case, figure, bound):
    well = figure[0] <= bound[0] * ALLOWANCE and figure[1] <= bound[1] + STRAY_CALLS
    print(f"{' '.join(case)}: {figure[0]} instructions a frame (table: {bound[0]}), {figure[1]} calls "
          f"for {FRAMES} frames (table: {bound[1]}){'' if well else ': TOO MANY'}")
    return well


def main():
    program = os.environ["GUARD_FRAMES"]
    figures = {case: (count_instructions(program, *case), count_calls(program, *case))
               for case in WAYS}
    if "--renew" in sys.argv:
        renew(figures)
    bounds = read_bounds()
    if set(bounds) != set(WAYS):
        sys.exit(f"{BOUNDS} does not have each way once")
    results = [check(case, figures[case], bounds[case]) for case in WAYS]
    results += [check_sleepers(program, *case) for case in SLEEPERS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
