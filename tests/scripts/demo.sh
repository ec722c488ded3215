#!/bin/sh
# Runs scripts/demo.sh in a copy of the sources where a user has pictures and builds already: they stay as they are. The
# commands that it says do the same by themselves. Usage: demo.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/support.sh"

# What README's first command and the builds leave.
mkdir -p out build/release build/pictures
echo mine | tee out/BaseImage-000001.png out/demo-000001.png build/pictures/demo-000001.png build-demo.log >build/release/mine

listing >"$work/before"
scripts/demo.sh >"$work/said" 2>"$work/failed" || fail "$(cat "$work/said" "$work/failed")"
listing | diff "$work/before" - || fail "demo.sh changed what is not its own"
expected=$(ls samples/images/*.png | wc -l)
[ "$(ls build/demo/pictures/*.png | wc -l)" -eq "$expected" ] || fail "not all pictures are there"
grep -q "$expected of $expected pictures are in $PWD/build/demo/pictures" "$work/said"

# They are all of it: the folder that it made comes again.
rm -rf build/demo
sed -n 's/^+ //p' "$work/said" >"$work/commands"
sh -eu "$work/commands" >/dev/null 2>"$work/failed" || fail "the commands that demo.sh says: $(cat "$work/failed")"
[ "$(ls build/demo/pictures/*.png | wc -l)" -eq "$expected" ] || fail "its commands do not do what it does"
listing | diff "$work/before" - || fail "its commands change what is not its own"
