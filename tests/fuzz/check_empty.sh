#!/bin/sh
# A replay without inputs fails and names the folder: one that is empty, one that is missing, and one beside another that
# has inputs. Usage: check_empty.sh INPUTS COMMAND..., where COMMAND is a fuzz target and INPUTS its unpacked corpus
set -eu
inputs=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/empty"

for folder in "$work/empty" "$work/missing"; do
  for before in "" "$inputs"; do
    status=0
    "$@" ${before:+"$before"} "$folder" >"$work/said" 2>&1 || status=$?
    if [ "$status" -ne 1 ] || ! grep -qF "no inputs in $folder" "$work/said"; then
      echo "a replay of ${before:+$before and }$folder ended with $status and said:" >&2
      cat "$work/said" >&2
      exit 1
    fi
  done
done
