#!/bin/sh
# Installs what is missing of scripts/packages: install-packages.sh build [test ...]
# On a system without apt-get it says what it would have installed and goes on: the packages may be there
# under other names.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

wanted=""
for purpose in "$@"; do
  wanted="$wanted $(awk -v purpose="$purpose" '$1 == purpose { print $2 }' "$here/packages")"
done

if ! command -v apt-get >/dev/null 2>&1; then
  echo "no apt-get here; needed, by Debian's names:$wanted" >&2
  exit 0
fi

missing=""
for package in $wanted; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
else
  echo "please install as root: apt-get install$missing" >&2
  exit 1
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086  # a list of words on purpose
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
