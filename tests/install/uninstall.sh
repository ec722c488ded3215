#!/bin/sh
# Installs a build where there are files already, and uninstalls: all is as it was. Usage: uninstall.sh BUILD_DIR
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
. "$here/support.sh"

listing() {
  (cd "$1" && find . -printf '%p %M %u %s %l\n' | sort | sed 's/^\(.* d[^ ]* [^ ]*\) .*/\1/')
}

# comes_and_goes PLACE PREFIX: after installing and uninstalling, PLACE is as before.
comes_and_goes() {
  listing "$1" >"$work/before"
  quietly cmake --install "$build" --prefix "$2"
  # Once more: the folders of the first time are still known as made.
  quietly cmake --install "$build" --prefix "$2"
  [ -s "$2/bin/ferry-producer" ] || fail "nothing was installed to $2"
  quietly cmake --build "$build" --target uninstall
  listing "$1" | diff "$work/before" - || fail "uninstalling did not leave $1 as it was"
}

# Among others' files, and in folders that were empty.
mkdir -p "$work/used/bin" "$work/used/share/man/man1" "$work/used/lib/cmake"
echo other >"$work/used/bin/other"
comes_and_goes "$work/used" "$work/used"

# In folders that were not there.
mkdir "$work/new"
comes_and_goes "$work/new" "$work/new/deep/prefix"

# What others put into folders that were made stays.
quietly cmake --install "$build" --prefix "$work/new/shared"
mkdir "$work/new/shared/share/doc/other"
echo other >"$work/new/shared/include/frameferry/other.h"
quietly cmake --build "$build" --target uninstall
found=$(cd "$work/new" && find . | sort | tr '\n' ' ')
[ "$found" = ". ./shared ./shared/include ./shared/include/frameferry ./shared/include/frameferry/other.h \
./shared/share ./shared/share/doc ./shared/share/doc/other " ] || fail "left beside others' files: $found"

# Below DESTDIR. A file of the same name outside is not the one that was installed.
mkdir "$work/stage"
(export DESTDIR="$work/stage" && quietly cmake --install "$build" --prefix "$work/used")
[ -s "$work/stage$work/used/bin/ferry-producer" ] || fail "nothing was installed to DESTDIR"
touch "$work/used/bin/ferry-producer"
quietly cmake --build "$build" --target uninstall
[ -z "$(ls "$work/stage")" ] || fail "left in DESTDIR: $(find "$work/stage")"
[ -e "$work/used/bin/ferry-producer" ] || fail "removed, though it was not installed from here"

# A second time there is nothing to do, and that is said.
if cmake --build "$build" --target uninstall >"$work/again.log" 2>&1; then
  fail "uninstalling twice did not fail"
fi
grep -q 'nothing has been installed' "$work/again.log" || fail "no reason: $(cat "$work/again.log")"
echo "nothing is left"
