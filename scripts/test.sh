#!/bin/sh
# Builds and runs all tests. On a fresh Debian it first installs what it needs.
#
#   scripts/test.sh           everything: gcc and clang, the sanitizers, the model, the demo
#   scripts/test.sh --quick   the plain build only, without what takes minutes, for the inner loop
#   scripts/test.sh --long    everything, and under the sanitizers every case, of which else a part is tried
#
# Else each process test runs under one of the two sanitizers, and under which one changes from run to run. A line says
# it; TEST_PART=1 or TEST_PART=2 in the environment chooses.
#
# Builds are in build/test, so that they have nothing to do with others, and others nothing with them. Says at the end
# what each part has taken: in all, and of all processors.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

quick=false
case "${1:-}" in
--quick) quick=true ;;
--long) export TEST_WHOLE=1 ;;
"") ;;
*)
  echo "usage: scripts/test.sh [--quick | --long]" >&2
  exit 2
  ;;
esac

took=""
part=""
begun=0
worked=0
times=$(mktemp)
fuzzing=""
trap 'rm -f "$times"; [ -z "$fuzzing" ] || kill "$fuzzing" 2>/dev/null || true' EXIT
trap 'exit 1' INT TERM

# line SECONDS WORKED PART: of the table at the end.
line() {
  took="$took$(printf '%5d s %6d s  %s' "$1" "$2" "$3")
"
}

# Ends the part before, if there was one, and begins the next.
step() {
  now=$(date +%s)
  # Of this shell and of what it has waited for; in $(...) it would be another shell.
  times >"$times"
  work=$(tr ms '  ' <"$times" | awk '{ all += $1 * 60 + $2 + $3 * 60 + $4 } END { printf "%d", all }')
  if [ -n "$part" ]; then line $((now - begun)) $((work - worked)) "$part"; else first=$now; fi
  part=$*
  begun=$now
  worked=$work
  [ -z "$part" ] || printf '\n== %s ==\n' "$part"
}

say_times() {
  step
  line $((now - first)) "$work" "in all"
  printf '\n  took  worked\n%s' "$took"
}

# build PRESET FOLDER [CMAKE ARGUMENTS]: configures and builds one variant. A folder remembers what it was told before,
# so that everything is said.
build() {
  preset=$1
  folder=build/test/$2
  shift 2
  cmake --preset "$preset" -B "$folder" -DFERRY_BUILD_TESTS=ON -DFERRY_BUILD_SAMPLES=ON -DFERRY_BUILD_BENCH=ON \
    -DFERRY_INSTALL=ON "$@" >/dev/null
  cmake --build "$folder"
}

# More tests than processors, since most of them wait for most of their time.
jobs=$((2 * $(nproc)))

# try FOLDER [CTEST ARGUMENTS]: tests it.
try() {
  folder=build/test/$1
  shift
  ctest --test-dir "$folder" --output-on-failure --no-tests=error -j "$jobs" "$@"
}

# others_than PART: the process tests of the other part, as a regular expression for ctest; with --long there are none.
others_than() {
  [ -z "${TEST_WHOLE:-}" ] || { echo none; return; }
  (cd tests/process && ls test_*.py) |
    awk -v part="$1" 'NR % 2 != part % 2 { sub(/[.]py$/, ""); all = all "|" $0 } END { print substr(all, 2) }'
}

part_of_asan=${TEST_PART:-$(($(date +%s) % 2 + 1))}
part_of_tsan=$((3 - part_of_asan))

step "packages"
scripts/install-packages.sh build test

# What a fault finds must fail the test that provoked it, whatever the environment says.
unset FERRY_NAME FERRY_FAULT ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

if $quick; then
  step "gcc, release: building"
  build release release -DFERRY_BUILD_BENCH=OFF
  step "gcc, release: tests but those that take long"
  # Of the schedules a part that differs from run to run.
  TEST_APART=27 try release -LE long
  say_times
  exit 0
fi

step "demo"
scripts/demo.sh

# The programs are tried in the other variants; this one is there for its compiler and its fault points.
step "clang, debug"
build debug debug-clang -DCMAKE_C_COMPILER=clang
try debug-clang -LE process

step "AddressSanitizer and UndefinedBehaviorSanitizer"
[ -n "${TEST_WHOLE:-}" ] || echo "process tests: part $part_of_asan of 2 (TEST_PART=$part_of_asan)"
build asan asan
try asan -E "process.($(others_than $part_of_asan))\$"

step "ThreadSanitizer"
build tsan tsan -DCMAKE_C_COMPILER=clang
# Not those that try what no second thread has a part in.
try tsan -E "process.(test_(dialect|event|files|options|storing|unlinked|users)|$(others_than $part_of_tsan))\$"

step "gcc, release, with the model and an installed copy"
build release release
try release

# Pictures that stb_image decodes, and messages that name what is missing.
step "gcc, release, without the libraries for JPEG, WebP, TIFF and HTTP"
cmake --preset release -B build/test/bare -DFERRY_BUILD_TESTS=ON -DFERRY_BUILD_SAMPLES=OFF -DFERRY_BUILD_BENCH=OFF \
  -DFERRY_JPEG_TURBO=OFF -DFERRY_WEBP=OFF -DFERRY_TIFF=OFF -DFERRY_WEB=OFF >/dev/null
cmake --build build/test/bare --target ferry-producer ferry-consumer plain_peer test_image test_orient test_padded \
  test_pictures
try bare -R 'unit.test_(image|orient|padded|pictures)$|process.test_(files|sources)$'

# The unit tests only: qemu-user knows neither what the process tests look at in /proc, nor all orders.
step "gcc for aarch64, release, under qemu-user"
scripts/foreign-packages.sh arm64 build/sysroot-arm64
build release aarch64 -DCMAKE_TOOLCHAIN_FILE=cmake/toolchain-aarch64.cmake -DFERRY_SYSROOT="$top/build/sysroot-arm64" \
  -DFERRY_WEB=OFF
try aarch64 -L "unit|layout|fuzz|weak"

# Fuzzers take what the tests beside them leave: these wait for Wine, and Wine for itself.
step "gcc for Windows, release, under Wine, and beside it fuzzing, each target for a while"
mkdir -p build/test
nice scripts/fuzz.sh >build/test/fuzz.log 2>&1 &
fuzzing=$!
scripts/mingw-packages.sh build/sysroot-mingw
build windows-faults windows
try windows
status=0
wait "$fuzzing" || status=$?
fuzzing=""
grep -E 'executions|FAILED|failed' build/test/fuzz.log || true
[ $status -eq 0 ] || { cat build/test/fuzz.log; exit 1; }

step "the zip for Windows"
cmake --preset windows -B build/test/windows-zip -DFERRY_BUILD_TESTS=OFF -DFERRY_BUILD_SAMPLES=OFF \
  -DFERRY_INSTALL=ON >/dev/null
cmake --build build/test/windows-zip --target package-zip
tests/install/zip.sh build/test/windows-zip/frameferry-*.zip
say_times
