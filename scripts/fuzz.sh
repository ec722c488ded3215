#!/bin/sh
# Builds the fuzz targets with clang's libFuzzer and runs each for some seconds, starting from its corpus.
#
#   scripts/fuzz.sh [--seconds N] [--keep] [TARGET...]     # default: 20 seconds, all targets
#   scripts/fuzz.sh --add TARGET FILE...                   # fuzzes nothing
#
# Corpora are packed: tests/fuzz/corpus/TARGET.tar.gz. --keep adds inputs to the archive that reach code which it did not,
# and --add adds the files that it is told. The next build unpacks an archive that has changed. What fails is left in
# build/fuzz/found; "build/fuzz/bin/fuzz_TARGET FILE" repeats it, and --add keeps it from coming back.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

usage() {
  echo "usage: scripts/fuzz.sh [--seconds N] [--keep] [TARGET...]" >&2
  echo "       scripts/fuzz.sh --add TARGET FILE..." >&2
  exit 2
}

# Unpacks the inputs of a target, as the tree has them, into build/fuzz/inputs, where some can be added.
unpack() {
  rm -rf build/fuzz/inputs
  mkdir -p build/fuzz/inputs
  tar -xzf "tests/fuzz/corpus/$1.tar.gz" -C build/fuzz/inputs
}

pack() {
  tests/fuzz/pack.sh build/fuzz/inputs "tests/fuzz/corpus/$1.tar.gz"
  echo "$1: $(find build/fuzz/inputs -type f | wc -l) inputs in tests/fuzz/corpus/$1.tar.gz"
  rm -rf build/fuzz/inputs
}

# An input is named as libFuzzer names it: by its SHA-1, so that the same one is added once.
add() {
  [ $# -ge 2 ] || usage
  target=$1
  shift
  [ -f "tests/fuzz/corpus/$target.tar.gz" ] || {
    echo "no target $target; there are: $(targets)" >&2
    exit 2
  }
  for file in "$@"; do
    [ -f "$file" ] || { echo "no file $file; nothing was added" >&2; exit 1; }
  done
  unpack "$target"
  for file in "$@"; do
    cp -- "$file" "build/fuzz/inputs/$(sha1sum <"$file" | cut -d ' ' -f 1)"
  done
  pack "$target"
}

targets() {
  for archive in tests/fuzz/corpus/*.tar.gz; do basename "$archive" .tar.gz; done | tr '\n' ' '
}

seconds=20
keep=false
wanted=""
while [ $# -gt 0 ]; do
  case "$1" in
  --seconds)
    [ $# -ge 2 ] || { echo "--seconds wants a number" >&2; exit 2; }
    seconds=$2
    shift
    ;;
  --keep) keep=true ;;
  --add)
    shift
    add "$@"
    exit
    ;;
  -*) usage ;;
  *) wanted="$wanted $1" ;;
  esac
  shift
done

cmake --preset fuzz -DFERRY_BUILD_TESTS=ON >/dev/null
cmake --build --preset fuzz --target fuzzers
[ -n "$wanted" ] || wanted=$(targets)
mkdir -p build/fuzz/found build/fuzz/log

# What the code under test prints is not looked at (close_fd_mask).
fuzz() {
  work=build/fuzz/new/$1
  mkdir -p "$work"
  build/fuzz/bin/fuzz_"$1" -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=4096 -timeout=20 \
    -print_final_stats=1 -close_fd_mask=3 -artifact_prefix="build/fuzz/found/$1-" "$work" \
    "build/fuzz/tests/fuzz/corpus/$1" >"build/fuzz/log/$1" 2>&1
}

# As many at once as there are cores.
failed=""
# shellcheck disable=SC2086  # words on purpose
set -- $wanted
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
  for target in $wanted; do
    unpack "$target"
    build/fuzz/bin/fuzz_"$target" -merge=1 build/fuzz/inputs "build/fuzz/new/$target" \
      >"build/fuzz/log/$target-merge" 2>&1 || { tail -n 40 "build/fuzz/log/$target-merge" >&2; exit 1; }
    pack "$target"
  done
fi
[ -z "$failed" ] || { echo "failed:$failed; see build/fuzz/found" >&2; exit 1; }
