#!/bin/sh
# Unpacks the packages that scripts/packages lists for another architecture, with all that they
# depend on, into a folder. Nothing is installed: the system and its list of packages stay as they
# are.
#
#   scripts/foreign-packages.sh ARCHITECTURE FOLDER      # such as: arm64 build/sysroot-arm64
#
# A folder that has been filled once is used again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

[ $# -eq 2 ] || {
  echo "usage: scripts/foreign-packages.sh ARCHITECTURE FOLDER" >&2
  exit 2
}
architecture=$1
folder=$2
wanted=$(awk -v purpose="$architecture" '$1 == purpose { print $2 }' "$here/packages")
[ -n "$wanted" ] || {
  echo "scripts/packages lists nothing for $architecture" >&2
  exit 2
}
# Other words in the list: another folder has to be made.
mark="$folder/.packages"
[ "$(cat "$mark" 2>/dev/null || true)" = "$wanted" ] && exit 0
if [ -n "$(ls -A "$folder" 2>/dev/null)" ] && [ ! -e "$mark" ]; then
  echo "$folder has files that this script has not put there: give it another folder, or an empty one" >&2
  exit 1
fi

# apt works on lists, and on a record of what is installed, of its own.
rm -rf "$folder"
mkdir -p "$folder"
: >"$mark"
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
: >"$state/status"
apt() {
  apt-get -qq -o APT::Architecture="$architecture" -o APT::Architectures::="$architecture" \
    -o Dir::State="$state" -o Dir::State::lists="$state/lists" -o Dir::State::status="$state/status" \
    -o Dir::Cache="$state/cache" -o APT::Sandbox::User=root -o Debug::NoLocking=1 "$@"
}

echo "unpacking for $architecture:" $wanted
# Sources that know nothing of this architecture fail here; what is missing shows below.
apt update || true
# shellcheck disable=SC2086  # a list of words on purpose
apt install --download-only -y --no-install-recommends $wanted
for package in "$state"/cache/archives/*.deb; do
  dpkg-deb -x "$package" "$folder"
done
echo "$wanted" >"$mark"
