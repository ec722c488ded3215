"""Stands in for feh, which needs a display: shows nothing, but reads the picture again and again until it has seen a
few different ones. Each has to be whole. Usage: viewer.py --reload SECONDS FILE"""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "process"))
import pictures

PICTURES = 3


def main():
    option, seconds, path = sys.argv[1:]
    if option != "--reload" or float(seconds) <= 0:
        print(f"viewer.py: not what feh understands: {sys.argv[1:]}", file=sys.stderr)
        return 2
    seen = set()
    while len(seen) < PICTURES:
        # As the real one: without a picture it ends.
        try:
            seen.add(pictures.read_png(path).pixels)
        except (OSError, ValueError, IndexError) as error:
            print(f"feh: No loadable images specified. {path}: {error}", file=sys.stderr)
            return 1
        time.sleep(float(seconds))
    print(f"{len(seen)} pictures shown")
    return 0


if __name__ == "__main__":
    sys.exit(main())
