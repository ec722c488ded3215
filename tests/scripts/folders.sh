#!/bin/sh
# Scripts that fill a folder which they are told: one that has other files in it is left alone. Usage: folders.sh
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for command in "foreign-packages.sh arm64" mingw-packages.sh; do
  mkdir "$work/mine"
  echo mine >"$work/mine/file"
  status=0
  # shellcheck disable=SC2086  # words on purpose
  sh "$top"/scripts/$command "$work/mine" >"$work/said" 2>&1 || status=$?
  if [ "$status" -ne 1 ] || ! grep -q 'give it another folder' "$work/said" || [ ! -s "$work/mine/file" ]; then
    echo "scripts/$command in a folder with files ended with $status and left $(ls -A "$work/mine")" >&2
    cat "$work/said" >&2
    exit 1
  fi
  rm -r "$work/mine"
done
