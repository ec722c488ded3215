"""Every job of the bench once, for a moment: the figures can be read, and no frame is lost, doubled or
torn. Of the figures themselves it asserts nothing that depends on how fast the machine is."""
import json
import os
import subprocess
import sys
import tempfile

BIN = os.environ["FERRY_BIN"]
SOURCE = os.environ["FERRY_SOURCE"]
SIZE = "64x48x3"
STUCK_SECONDS = 300


def fail(text):
    print(f"FAILED: {text}")
    sys.exit(1)


def run(job, **options):
    command = [os.path.join(BIN, "ferry-bench"), job, "--channel", f"smoke-{os.getpid()}",
               "--size", SIZE]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=STUCK_SECONDS)
    if done.returncode != 0:
        fail(f"{' '.join(command)} ended with {done.returncode}: {done.stdout.decode()}")
    return json.loads(done.stdout)


def carry(**options):
    result = run("carry", seconds=0.1, **options)
    last = result["producer"]["last"]
    if result["producer"]["frames"] == 0 or len(result["consumers"]) != options.get("consumers", 1):
        fail(f"{options}: too little was carried")
    for consumer in result["consumers"]:
        side = consumer["side"]
        if side["lost"] or side["doubled"] or side["torn"]:
            fail(f"{options}: {side}")
        # Who wants each frame got each; the newest one nobody misses.
        if side["last"] != last or (options.get("delivery") != "latest" and side["skipped"]):
            fail(f"{options}: {side}, of {last}")
    return result


def check_ways():
    for transport in ("ring", "frameferry"):
        for way in ("send+copy", "send+acquire", "claim+acquire"):
            for delivery in ("every", "latest") if transport == "frameferry" else ("every",):
                carry(transport=transport, way=way, delivery=delivery)
                result = carry(transport=transport, way=way, delivery=delivery, fps=300)
                for kind in ("wake_ns", "end_to_end_ns"):
                    if not result[kind]:
                        fail(f"{transport} {way} {delivery}: no times in {kind}")
    for delivery in ("every", "latest"):
        carry(transport="frameferry", way="send+copy", delivery=delivery, consumers=3)


def check_jobs():
    if min(run("limits", seconds=0.02).values()) <= 0:
        fail("a limit is nothing")
    if run("price", seconds=0.02, consumers=2)["frames"] == 0:
        fail("no frame was priced")
    if run("attach", seconds=0.2)["attach_ns"] <= 0:
        fail("attaching took no time")


def check_script():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "figures.json")
        subprocess.run([sys.executable, "-B", os.path.join(SOURCE, "bench", "run.py"), "--quick",
                        "--bin", BIN, "--transports", "ring", "frameferry", "--loads", SIZE,
                        "--seconds", "0.05", "--json", path],
                       check=True, timeout=STUCK_SECONDS, stdout=subprocess.DEVNULL)
        with open(path, encoding="utf-8") as file:
            figures = json.load(file)
    rows = {(row["transport"], row["way"], row["delivery"]) for row in figures["throughput"]}
    if len(rows) != 9 or figures["failures"]:
        fail(f"bench/run.py: {rows}, {figures['failures']}")


check_ways()
check_jobs()
check_script()
print("ok")
