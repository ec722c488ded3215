#!/bin/sh
# Builds a throw-away project that has this one as a part, and installs it: in folders for several architectures, in those
# of the system, in one with a full name, and without pictures. Usage: part.sh
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
for program in "$build"/outside_*; do
  run_outside "$program"
done

# When asked for, it is installed as the whole would be.
quietly cmake "$build" -DFERRY_INSTALL=ON
quietly cmake --build "$build" -j "$(nproc)"
quietly cmake --install "$build" --prefix "$work/installed"
mv "$work/installed" "$work/moved"
"$work/moved/bin/ferry-consumer" --version
pkg_config "$work/moved/$lib" "$here/outside"
quietly cmake -S "$here/outside" -B "$work/outside" -DCMAKE_PREFIX_PATH="$work/moved"
quietly cmake --build "$work/outside"
for program in "$work"/pc_* "$work"/outside/outside_*; do
  run_outside "$program"
done

# staged PREFIX LIBDIR: installs to $work/stage. run_path_is FILE WANTED: below that folder.
staged() {
  rm -rf "$work/stage"
  quietly cmake "$build" -DCMAKE_INSTALL_PREFIX="$1" -DCMAKE_INSTALL_LIBDIR="$2"
  quietly cmake --build "$build" -j "$(nproc)"
  (export DESTDIR="$work/stage" && quietly cmake --install "$build")
}
run_path_is() {
  found=$(run_path "$work/stage$1")
  [ "$found" = "$2" ] || fail "the run path of $1 is '$found' instead of '$2'"
}
# The loader looks into folders of the system by itself; a run path there is against the rules of Debian.
staged /usr "$lib"
run_path_is /usr/bin/ferry-producer ""
run_path_is "/usr/$lib/libframeferry-image.so" ""
# A folder with a full name stays where it is.
staged /opt/ferry /opt/libraries
run_path_is /opt/ferry/bin/ferry-producer /opt/libraries
run_path_is /opt/libraries/libframeferry-image.so "\$ORIGIN"

# The transport alone, on a machine that has no library for pictures.
transport=$work/transport
quietly cmake -S "$here/outside" -B "$transport" -DFERRY_SOURCE="$(cd "$here/../.." && pwd)" -DFERRY_IMAGE=OFF \
  -DFERRY_INSTALL=ON "-DLIBRARIES=frameferry;static" -DCMAKE_DISABLE_FIND_PACKAGE_PNG=ON \
  -DCMAKE_DISABLE_FIND_PACKAGE_ISAL=ON -DCMAKE_DISABLE_FIND_PACKAGE_JPEG=ON -DFERRY_STB_INCLUDE_DIR=/nowhere
grep -q 'FERRY_IMAGE=OFF: libframeferry alone' "$work/quietly.log" || fail "nobody says that there are no programs"
quietly cmake --build "$transport" -j "$(nproc)"
quietly cmake --install "$transport" --prefix "$work/alone"
found=$(find "$work/alone" -name '*image*' ! -path '*/share/*')
[ -z "$found" ] || fail "installed though FERRY_IMAGE is OFF: $found"
[ ! -e "$work/alone/bin" ] || fail "programs are installed though FERRY_IMAGE is OFF"
quietly cmake -S "$here/outside" -B "$work/with" -DCMAKE_PREFIX_PATH="$work/alone" "-DLIBRARIES=frameferry;static"
quietly cmake --build "$work/with"
for program in "$transport"/outside_* "$work"/with/outside_*; do
  run_outside "$program"
done
if cmake -S "$here/outside" -B "$work/without" -DCMAKE_PREFIX_PATH="$work/alone" -DCOMPONENTS=image \
  >"$work/without.log" 2>&1; then
  fail "libframeferry-image was found where it is not"
fi
tr '\n' ' ' <"$work/without.log" | tr -s ' ' | grep -q 'built without libframeferry-image' ||
  fail "no reason: $(cat "$work/without.log")"
# A build with pictures says what is missing, and how to do without.
if cmake "$transport" -DFERRY_IMAGE=ON >"$work/missing.log" 2>&1; then
  fail "a build with pictures did without libpng"
fi
tr '\n' ' ' <"$work/missing.log" | tr -s ' ' | grep -q 'PNG is not there: .*libpng-dev.* -DFERRY_IMAGE=OFF' ||
  fail "no reason: $(cat "$work/missing.log")"
