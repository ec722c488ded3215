#!/bin/sh
# Packs the inputs in a folder as the corpus of a fuzz target. Usage: pack.sh FOLDER ARCHIVE
#
# The same inputs give the same bytes, whoever packs them and when, so that an archive changes only when its inputs do.
# scripts/fuzz.sh adds inputs. To remove some, unpack the archive into an empty folder, delete them, and pack the folder.
set -eu
[ $# -eq 2 ] || { echo "usage: pack.sh FOLDER ARCHIVE" >&2; exit 2; }
folder=$1
archive=$2
packed=$archive.new
trap 'rm -f "$packed" "$packed.tar"' EXIT
trap 'exit 1' INT TERM

# Names of files only: a corpus has no folders, and an archive without them takes no modes from ours.
names() { (cd "$folder" && find . -maxdepth 1 -type f -printf '%P\0' | LC_ALL=C sort -z); }
[ -n "$(names | tr -d '\0')" ] || { echo "no inputs in $folder; give a folder that has some" >&2; exit 1; }

names | tar --create --file="$packed.tar" --directory="$folder" --null --verbatim-files-from --files-from=- \
  --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644
gzip --best --no-name <"$packed.tar" >"$packed"
# An archive that stays the same is not touched: a build would unpack it anew.
cmp -s "$packed" "$archive" || mv "$packed" "$archive"
