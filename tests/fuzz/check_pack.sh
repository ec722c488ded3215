#!/bin/sh
# Packing a corpus is reproducible: what is unpacked and packed again is the archive in the tree, and neither times nor
# modes nor the order of making files matter. A folder without inputs is refused. Usage: check_pack.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "$1" >&2
  exit 1
}

for archive in "$here"/corpus/*.tar.gz; do
  name=$(basename "$archive" .tar.gz)
  mkdir "$work/$name"
  tar -xzf "$archive" -C "$work/$name"
  "$here/pack.sh" "$work/$name" "$work/again.tar.gz"
  # What gzip makes of a tar file may differ from one gzip to another; the tar file may not.
  gzip -dc "$archive" >"$work/tree.tar"
  gzip -dc "$work/again.tar.gz" >"$work/again.tar"
  cmp "$work/tree.tar" "$work/again.tar" || fail "$archive was not made by tests/fuzz/pack.sh; pack its inputs with it"
done

mkdir "$work/one" "$work/other" "$work/empty"
for input in a b c; do echo "$input" >"$work/one/$input"; done
for input in c b a; do echo "$input" >"$work/other/$input"; done
chmod 600 "$work/other/b"
touch -d @1000000000 "$work/other/a"
"$here/pack.sh" "$work/one" "$work/one.tar.gz"
"$here/pack.sh" "$work/other" "$work/other.tar.gz"
cmp "$work/one.tar.gz" "$work/other.tar.gz" || fail "the same inputs were packed into different archives"

if "$here/pack.sh" "$work/empty" "$work/empty.tar.gz" 2>"$work/said"; then fail "an empty folder was packed"; fi
grep -q 'no inputs' "$work/said" || fail "an empty folder was refused with: $(cat "$work/said")"
[ ! -e "$work/empty.tar.gz" ] || fail "an archive was made of an empty folder"
[ -z "$(find "$work" -name '*.new*')" ] || fail "packing left a file behind"
