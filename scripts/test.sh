#!/bin/sh
# Builds and runs all tests. On a fresh Debian it first installs what it needs.
#
#   scripts/test.sh           everything: gcc and clang, the sanitizers, the model, the demo
#   scripts/test.sh --quick   the plain build only, without what takes minutes, for the inner loop
#   scripts/test.sh --long    everything, and under the sanitizers every case, of which else a part is tried
#
# Says at the end what each part has taken.
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

# Ends the part before, if there was one, and begins the next.
step() {
  now=$(date +%s)
  [ -z "$part" ] || took="$took$(printf '%5d s  %s' $((now - begun)) "$part")
"
  part=$*
  begun=$now
  [ -z "$part" ] || printf '\n== %s ==\n' "$part"
}

say_times() {
  step
  printf '\n%s' "$took"
}

# build PRESET FOLDER [CMAKE ARGUMENTS]: configures and builds one variant.
build() {
  preset=$1
  folder=build/$2
  shift 2
  cmake --preset "$preset" -B "$folder" "$@" >/dev/null
  cmake --build "$folder"
}

# One test more than processors, since many tests wait for most of their time.
jobs=$(($(nproc) + 1))

# try FOLDER [CTEST ARGUMENTS]: tests it.
try() {
  folder=build/$1
  shift
  ctest --test-dir "$folder" --output-on-failure --no-tests=error -j "$jobs" "$@"
}

step "packages"
scripts/install-packages.sh build test

# What a fault finds must fail the test that provoked it, whatever the environment says.
unset FERRY_NAME ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

if $quick; then
  step "gcc, release: building"
  build release release
  step "gcc, release: tests but those that take minutes"
  try release -LE long
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
build asan asan
try asan

step "ThreadSanitizer"
build tsan tsan -DCMAKE_C_COMPILER=clang
# Not those that try what no second thread has a part in.
try tsan -E 'process.test_(dialect|event|files|options|storing|unlinked|users)$'

step "gcc, release, with the model and an installed copy"
build release release
try release

step "fuzzing, each target for a while"
scripts/fuzz.sh

# The unit tests only: qemu-user knows neither what the process tests look at in /proc, nor all orders.
step "gcc for aarch64, release, under qemu-user"
scripts/foreign-packages.sh arm64 build/sysroot-arm64
cmake --preset release -B build/aarch64 -DCMAKE_TOOLCHAIN_FILE=cmake/toolchain-aarch64.cmake \
  -DFERRY_SYSROOT="$top/build/sysroot-arm64" >/dev/null
cmake --build build/aarch64
try aarch64 -L "unit|layout|fuzz|weak"

step "gcc for Windows, release, under Wine"
scripts/mingw-packages.sh build/sysroot-mingw
build windows windows
try windows
cmake --build build/windows --target package-zip
say_times
