#!/bin/sh
# Checks the models with Spin: the protocol must pass, each planted fault must be found.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"

# check MODEL EXPECTED DEFINES...: EXPECTED is "pass" or "fault".
check() {
  model=$here/$1.pml
  expected=$2
  shift 2
  spin -a "$@" "$model" >spin.log 2>&1 || { cat spin.log; exit 1; }
  cc -O2 -w -DSAFETY -DNOREDUCE -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c
  ./pan -m1000000 >pan.log 2>&1 || true
  # A search that was cut short proves nothing.
  if grep -qE 'max search depth too small|out of memory' pan.log; then cat pan.log; exit 1; fi
  if grep -q 'errors: 0' pan.log; then found=pass; else found=fault; fi
  grep -q 'errors: ' pan.log || { cat pan.log; exit 1; }
  states=$(awk '/states, stored/ { print $1; exit }' pan.log)
  printf '%-8s %-5s  %-40s %s states\n' "$(basename "$model" .pml)" "$found" "$*" "$states"
  if [ "$found" != "$expected" ]; then
    echo "expected: $expected" >&2
    cat pan.log >&2
    exit 1
  fi
}

check channel pass -DN=3 -DFRAMES=5
check channel pass -DN=3 -DFRAMES=5 -DTWO_LATEST
check channel pass -DN=3 -DFRAMES=4 -DTWO_EVERY
check channel fault -DFAULT_NO_STEP_BACK
check channel fault -DFAULT_CHECK_THEN_HOLD
check channel fault -DFAULT_NEXT_TOO_EARLY
check channel fault -DFAULT_IGNORE_NEXT
check channel fault -DFAULT_HEAD_BEFORE_NEXT -DTWO_EVERY

check early pass
check early pass -DEVERY
check early fault -DFAULT_NO_STEP_BACK
check early fault -DFAULT_NO_RECHECK
check early fault -DFAULT_RECHECK_FILLS
check early fault -DFAULT_RETRACT_LATE
check early fault -DFAULT_FILLED_FIRST
check early fault -DFAULT_NO_SECOND_LOOK
check early fault -DFAULT_WAKE_FIRST
check early fault -DFAULT_UNTOLD
check early fault -DFAULT_LOST_AT_ONCE
check early fault -DFAULT_NO_HEAD
check early fault -DFAULT_ANY_NUMBER -DEVERY

check event pass
check event fault -DFAULT_SET_FIRST
check event fault -DFAULT_STORE
check event fault -DFAULT_NO_COMPARE
check event fault -DFAULT_OVERWRITE
check event fault -DFAULT_LOOK_LATE
check event fault -DFAULT_ONE_SETTER

check oneslot pass
check oneslot fault -DFAULT_NO_CHECK
check oneslot fault -DFAULT_NO_GENERATION
check oneslot fault -DFAULT_GENERATION_FIRST
check oneslot fault -DFAULT_GENERATION_LATE
