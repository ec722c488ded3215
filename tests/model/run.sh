#!/bin/sh
# Checks the models with Spin: the protocol must pass, each planted fault must be found. That the faults are found tells
# of the models and not of the code, so that of the faults a third is tried, another one from run to run, and all of them
# with TEST_WHOLE. MODEL_PART=0, 1 or 2 chooses.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"

# Whether partial order reduction is left out: it is, where that does not take long.
whole=-DNOREDUCE

faults=0
part=${MODEL_PART:-$(($(date +%s) % 3))}
[ -n "${TEST_WHOLE:-}" ] || echo "of the faults every third one, MODEL_PART=$part"

# is_left_out EXPECTED: counts the faults.
is_left_out() {
  [ "$1" = fault ] || return 1
  faults=$((faults + 1))
  [ -z "${TEST_WHOLE:-}" ] && [ $((faults % 3)) -ne $((part % 3)) ]
}

# check MODEL EXPECTED DEFINES...: EXPECTED is "pass" or "fault".
check() {
  if is_left_out "$2"; then return; fi
  model=$here/$1.pml
  expected=$2
  shift 2
  spin -a "$@" "$model" >spin.log 2>&1 || { cat spin.log; exit 1; }
  # A fault is found before optimising, or a large table, pays.
  optimise=-O2 table=-w23
  if [ "$expected" = fault ]; then optimise=-O1 table=-w18; fi
  cc $optimise -w -DSAFETY $whole -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c
  ./pan -m1000000 $table >pan.log 2>&1 || true
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

whole=
check records pass
check records pass -DWITH_FINDER -DKILLS=2
check records fault -DFAULT_NO_LEASE_TO_JOIN
check records fault -DFAULT_NO_LEASE_TO_CLEAR -DWITH_FINDER
check records fault -DFAULT_LEASE_FIRST
check records fault -DFAULT_REST_BY_STATE
check records fault -DFAULT_TAKEN_FIRST
check records fault -DFAULT_HEAD_BEFORE_NEXT
check records fault -DFAULT_NEXT_TOO_EARLY
check records fault -DFAULT_NO_LOOK
check records fault -DFAULT_LEAVE_UNTOLD

check records fault -DFAULT_LEFT_AT_REST
check records fault -DFAULT_LEAVING_ENDS_HOLDS

check leaving pass
check leaving fault -DFAULT_LEFT_FIRST
check leaving fault -DFAULT_LOOK_FIRST
check leaving fault -DFAULT_TWO_WORDS
check leaving fault -DFAULT_COUNT_FIRST
check leaving fault -DFAULT_NO_AWAIT

check bounded pass -DFRAMES=5
check bounded pass -DLAG=1
check bounded pass -DSLOTS=4
check bounded pass -DSLOTS=4 -DFRAMES=3 -DOTHER=LATEST
check bounded pass -DFRAMES=3 -DOTHER=EVERY
check bounded fault -DFAULT_CHECK_THEN_HOLD
check bounded fault -DFAULT_NO_STEP_BACK
check bounded fault -DFAULT_TAKE_NEWEST
check bounded fault -DFAULT_TAKE_FIRM -DOTHER=EVERY
check bounded fault -DFAULT_WAIT
check bounded fault -DFAULT_NOT_KEPT -DSLOTS=4
check bounded fault -DFAULT_ONE_LOOK
check bounded fault -DFAULT_GIVE_BACK_HELD
check bounded fault -DFAULT_GIVE_BACK_WANTED -DSLOTS=4
check bounded fault -DFAULT_UNCOUNTED

check evict pass
check evict fault -DFAULT_TOLD_LATE
check evict fault -DFAULT_NO_SECOND_LOOK
check evict fault -DFAULT_HOLDS_END
check evict fault -DFAULT_BY_RECORD -DFRAMES=6
check evict fault -DFAULT_NAMED_LATE
check evict fault -DFAULT_NAMELESS_FIRST
check evict fault -DFAULT_NO_EVICTION

check claims pass
check claims pass -DLATEST
check claims fault -DFAULT_NUMBER_AT_CLAIM
check claims fault -DFAULT_NO_LOCK
check claims fault -DFAULT_ABORT_RESTORES -DLATEST
check claims fault -DFAULT_TAKE_NEWEST -DLATEST
check claims fault -DFAULT_TAKE_CLAIMED
check claims fault -DFAULT_NUMBER_FIRST

check ending pass
check ending fault -DFAULT_NO_LAST_LOOK
check ending fault -DFAULT_END_UNTOLD
check ending fault -DFAULT_END_LATE
check ending fault -DFAULT_LEASE_IGNORED
check ending fault -DFAULT_STATE_ONCE
check ending fault -DFAULT_TAKEN_LATE
check ending fault -DFAULT_WAKE_FIRST
