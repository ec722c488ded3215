#!/bin/sh
# Builds a throw-away project that has this one as a part, and installs it in folders for several architectures.
# Usage: part.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(mktemp -d)
. "$here/support.sh"
trap 'clean_up; rm -rf "$build"' EXIT
lib=lib/$(cc -dumpmachine)

quietly cmake -S "$here/outside" -B "$build" -DFERRY_SOURCE="$(cd "$here/../.." && pwd)" -DCMAKE_INSTALL_LIBDIR="$lib"
# Nothing that a part is not asked for: no tests, samples or benches, no build type, nothing installed, no targets whose
# names the project may want itself.
cmake --build "$build" --target help >"$work/targets"
for target in 'test_[a-z]*' 'hello_producer' 'ferry-bench' 'uninstall' 'package-zip'; do
  if grep -E "(^|[ /.])$target( |:|\$)" "$work/targets"; then fail "a part has the target $target"; fi
done
grep -q '^CMAKE_BUILD_TYPE:[A-Z]*=$' "$build/CMakeCache.txt" || fail "a part sets the build type of the whole"
quietly cmake --install "$build" --prefix "$work/nothing"
[ ! -e "$work/nothing" ] || fail "a part installs $(find "$work/nothing" -type f)"

quietly cmake --build "$build" -j "$(nproc)"
run_outside "$build/outside_frameferry"
run_outside "$build/outside_static"

# When asked for, it is installed as the whole would be.
quietly cmake "$build" -DFERRY_INSTALL=ON
quietly cmake --build "$build" -j "$(nproc)"
quietly cmake --install "$build" --prefix "$work/installed"
mv "$work/installed" "$work/moved"
pkg_config "$work/moved/$lib" "$here/outside/outside.c"
quietly cmake -S "$here/outside" -B "$work/outside" -DCMAKE_PREFIX_PATH="$work/moved"
quietly cmake --build "$work/outside"
for program in pc_shared pc_static outside/outside_frameferry outside/outside_static; do
  run_outside "$work/$program"
done
