#!/bin/sh
# The picture of README.md can be made anew by its script, is a picture of the same size, and is small.
# Usage: picture.sh BIN SOURCE
set -eu
bin=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

"$source/scripts/readme-picture.py" "$bin" "$work/channel.png" >"$work/said" 2>&1 || {
  cat "$work/said" >&2
  exit 1
}
for picture in "$work/channel.png" "$source/docs/images/channel.png"; do
  [ "$(wc -c <"$picture")" -lt 150000 ] || {
    echo "$picture has 150 kB or more" >&2
    exit 1
  }
done
size() {
  identify -format "%m %w x %h" "$1"
}
made=$(size "$work/channel.png")
[ "$made" = "$(size "$source/docs/images/channel.png")" ] || {
  echo "docs/images/channel.png is not as scripts/readme-picture.py makes it" >&2
  exit 1
}
