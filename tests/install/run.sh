#!/bin/sh
# Installs a build, moves what was installed, and builds an outside project against it: with the CMake package and with
# pkg-config, shared and static. Usage: run.sh BUILD_DIR none|all     (whether the build has fault points)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
faults=$2
. "$here/support.sh"

prefix=$work/moved
quietly cmake --install "$build" --prefix "$work/installed"
mv "$work/installed" "$prefix"
lib=$(dirname "$(find "$prefix" -name libframeferry.a)")
doc=$prefix/share/doc/frameferry
for file in "$prefix/bin/ferry-producer" "$prefix/bin/ferry-consumer" "$lib/libframeferry.so.0" \
  "$prefix/include/frameferry/frameferry.h" "$lib/pkgconfig/frameferry.pc" \
  "$prefix/share/man/man1/ferry-producer.1" "$prefix/share/man/man1/ferry-consumer.1" \
  "$doc/LICENSE" "$doc/README.md" "$doc/docs/platforms.md" "$doc/samples/brightness.c" "$doc/licenses/stb.txt"; do
  [ -s "$file" ] || fail "not installed: $file"
done
for header in host.h thread.h; do
  [ ! -e "$prefix/include/frameferry/$header" ] || fail "$header is not part of the public interface"
done
grep -q 'Sean Barrett' "$doc/licenses/stb.txt" || fail "not a licence: $doc/licenses/stb.txt"
python3 -B "$here/check_links.py" "$doc"

# What exports without the prefix could collide with a program's own names.
foreign=$(nm -D --defined-only "$lib/libframeferry.so" | awk '{ print $3 }' | grep -v '^ferry_' || true)
[ -z "$foreign" ] || fail "exported without prefix: $foreign"
readelf -d "$lib/libframeferry.so" | grep -q 'SONAME.*libframeferry.so.0'

# A release has nothing by which the environment could end its programs.
for file in "$prefix/bin/ferry-producer" "$prefix/bin/ferry-consumer" "$lib/libframeferry.so" "$lib/libframeferry.a"; do
  found=none
  if grep -q FERRY_FAULT "$file"; then found=all; fi
  [ $found = "$faults" ] || fail "fault points in $file: $found instead of $faults"
done
status=0
FERRY_FAULT=create.unnamed:1 "$prefix/bin/ferry-producer" --quiet --name "install-faults-$$" --no-wait --count 1 \
  pattern:8x8 2>"$work/faults.log" || status=$?
case $faults:$status in
none:0 | all:137) ;;
*) fail "with FERRY_FAULT, ferry-producer ended with $status: $(cat "$work/faults.log")" ;;
esac
# That one has been killed on purpose, and the next one takes its name and gives it back.
"$prefix/bin/ferry-producer" --quiet --name "install-faults-$$" --no-wait --count 1 pattern:8x8

outside() {
  folder=$work/$1
  shift
  quietly cmake -S "$here/outside" -B "$folder" -DCMAKE_PREFIX_PATH="$prefix" "$@"
  quietly cmake --build "$folder"
}
# Of these two, only the static library knows.
alone="-DCMAKE_DISABLE_FIND_PACKAGE_PNG=ON -DCMAKE_DISABLE_FIND_PACKAGE_ISAL=ON"
outside both "-DCOMPONENTS=shared;static"
# shellcheck disable=SC2086  # words on purpose
outside alone $alone -DLIBRARIES=frameferry
# shellcheck disable=SC2086
if cmake -S "$here/outside" -B "$work/lacking" -DCMAKE_PREFIX_PATH="$prefix" $alone -DCOMPONENTS=static \
  >"$work/lacking.log" 2>&1; then
  fail "the static library was found without what it needs"
fi
tr '\n' ' ' <"$work/lacking.log" | grep -q 'not been *found: *PNG, *ISAL' || fail "no reason: $(cat "$work/lacking.log")"
quietly cmake -S "$doc/samples" -B "$work/samples" -DCMAKE_PREFIX_PATH="$prefix"
quietly cmake --build "$work/samples"

pkg_config "$lib" "$here/outside/outside.c"

for program in both/outside_frameferry both/outside_static alone/outside_frameferry pc_shared pc_static; do
  run_outside "$work/$program"
done
ldd "$work/both/outside_frameferry" | grep -q "$lib/libframeferry.so.0"
for program in both/outside_static pc_static; do
  if ldd "$work/$program" | grep -q libframeferry; then fail "$program is static and needs the shared library"; fi
done
"$prefix/bin/ferry-producer" --version
