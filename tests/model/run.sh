#!/bin/sh
# Checks channel.pml with Spin: the protocol must pass, each planted fault must be found.
set -eu
model=$(cd "$(dirname "$0")" && pwd)/channel.pml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"

# check EXPECTED DEFINES...: EXPECTED is "pass" or "fault".
check() {
  expected=$1
  shift
  spin -a "$@" "$model" >spin.log 2>&1 || { cat spin.log; exit 1; }
  cc -O2 -w -DSAFETY -DNOREDUCE -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c
  ./pan -m1000000 >pan.log 2>&1 || true
  # A search that was cut short proves nothing.
  if grep -qE 'max search depth too small|out of memory' pan.log; then cat pan.log; exit 1; fi
  if grep -q 'errors: 0' pan.log; then found=pass; else found=fault; fi
  grep -q 'errors: ' pan.log || { cat pan.log; exit 1; }
  states=$(awk '/states, stored/ { print $1; exit }' pan.log)
  printf '%-5s  %-40s %s states\n' "$found" "$*" "$states"
  if [ "$found" != "$expected" ]; then
    echo "expected: $expected" >&2
    cat pan.log >&2
    exit 1
  fi
}

check pass -DN=3 -DFRAMES=5
check pass -DN=3 -DFRAMES=5 -DTWO_LATEST
check pass -DN=3 -DFRAMES=4 -DTWO_EVERY
check fault -DFAULT_NO_STEP_BACK
check fault -DFAULT_CHECK_THEN_HOLD
check fault -DFAULT_NEXT_TOO_EARLY
check fault -DFAULT_IGNORE_NEXT
check fault -DFAULT_HEAD_BEFORE_NEXT -DTWO_EVERY
