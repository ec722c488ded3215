#!/bin/sh
# Builds the fuzz targets with clang's libFuzzer and runs each for some seconds, starting from its corpus.
#
#   scripts/fuzz.sh [--seconds N] [--keep] [TARGET...]     # default: 20 seconds, all targets
#
# --keep adds inputs that reach code which the corpus did not to tests/fuzz/corpus. What fails is left in
# build/fuzz/found; "build/fuzz/bin/fuzz_TARGET FILE" repeats it.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

seconds=20
keep=false
targets=""
while [ $# -gt 0 ]; do
  case "$1" in
  --seconds)
    [ $# -ge 2 ] || { echo "--seconds wants a number" >&2; exit 2; }
    seconds=$2
    shift
    ;;
  --keep) keep=true ;;
  -*)
    echo "usage: scripts/fuzz.sh [--seconds N] [--keep] [TARGET...]" >&2
    exit 2
    ;;
  *) targets="$targets $1" ;;
  esac
  shift
done

cmake --preset fuzz -DFERRY_BUILD_TESTS=ON >/dev/null
cmake --build --preset fuzz --target fuzzers
[ -n "$targets" ] || targets=$(ls tests/fuzz/corpus)
mkdir -p build/fuzz/found build/fuzz/log

# What the code under test prints is not looked at (close_fd_mask).
fuzz() {
  work=build/fuzz/new/$1
  mkdir -p "$work"
  build/fuzz/bin/fuzz_"$1" -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=4096 -timeout=20 \
    -print_final_stats=1 -close_fd_mask=3 -artifact_prefix="build/fuzz/found/$1-" "$work" "tests/fuzz/corpus/$1" \
    >"build/fuzz/log/$1" 2>&1
}

# As many at once as there are cores.
failed=""
set -- $targets
while [ $# -gt 0 ]; do
  running=""
  for _ in $(seq "$(nproc)"); do
    [ $# -gt 0 ] || break
    fuzz "$1" &
    running="$running $1:$!"
    shift
  done
  for pair in $running; do
    target=${pair%%:*}
    if wait "${pair##*:}"; then
      runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/log/$target")
      edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "build/fuzz/log/$target" | tail -n 1)
      printf '%-18s %10s executions, %6s edges, nothing found\n' "$target" "$runs" "$edges"
    else
      printf '%-18s FAILED:\n' "$target"
      tail -n 40 "build/fuzz/log/$target"
      failed="$failed $target"
    fi
  done
done

if $keep; then
  for target in $targets; do
    build/fuzz/bin/fuzz_"$target" -merge=1 "tests/fuzz/corpus/$target" "build/fuzz/new/$target" \
      >/dev/null 2>&1
  done
fi
[ -z "$failed" ] || { echo "failed:$failed; see build/fuzz/found" >&2; exit 1; }
