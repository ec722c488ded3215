#!/bin/sh
# Builds and runs all tests. On a fresh Debian it first installs what it needs.
#
#   scripts/test.sh           everything: gcc and clang, the sanitizers, the model, the demo
#   scripts/test.sh --quick   the plain build only, for the inner loop
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

quick=false
case "${1:-}" in
--quick) quick=true ;;
"") ;;
*)
  echo "usage: scripts/test.sh [--quick]" >&2
  exit 2
  ;;
esac

step() {
  printf '\n== %s ==\n' "$*"
}

# run PRESET FOLDER [CMAKE ARGUMENTS]: configures, builds and tests one variant.
run() {
  preset=$1
  folder=build/$2
  shift 2
  cmake --preset "$preset" -B "$folder" "$@" >/dev/null
  cmake --build "$folder"
  ctest --test-dir "$folder" --output-on-failure --no-tests=error -j "$(nproc)"
}

step "packages"
scripts/install-packages.sh build test

# What a fault finds must fail the test that provoked it, whatever the environment says.
unset FERRY_NAME ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

if $quick; then
  step "gcc, release"
  run release release
  exit 0
fi

step "demo"
scripts/demo.sh

step "clang, debug"
run debug debug-clang -DCMAKE_C_COMPILER=clang

step "AddressSanitizer and UndefinedBehaviorSanitizer"
run asan asan

step "ThreadSanitizer"
run tsan tsan -DCMAKE_C_COMPILER=clang

step "gcc, release, with the model and an installed copy"
run release release

step "fuzzing, each target for a while"
scripts/fuzz.sh

# The unit tests only: qemu-user knows neither what the process tests look at in /proc, nor all orders.
step "gcc for aarch64, release, under qemu-user"
scripts/foreign-packages.sh arm64 build/sysroot-arm64
cmake --preset release -B build/aarch64 -DCMAKE_TOOLCHAIN_FILE=cmake/toolchain-aarch64.cmake \
  -DFERRY_SYSROOT="$top/build/sysroot-arm64" >/dev/null
cmake --build build/aarch64
ctest --test-dir build/aarch64 --output-on-failure --no-tests=error -j "$(nproc)" -L "unit|layout|fuzz|weak"

step "gcc for Windows, release, under Wine"
scripts/mingw-packages.sh build/sysroot-mingw
run windows windows
cmake --build build/windows --target package-zip
