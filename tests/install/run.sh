#!/bin/sh
# Installs a build to an empty folder and builds an outside project against it: with the CMake package
# and with pkg-config, shared and static. Usage: run.sh BUILD_DIR
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
prefix=$work/prefix

cmake --install "$build" --prefix "$prefix" >"$work/install.log"
lib=$(dirname "$(find "$prefix" -name libframeferry.a)")
for file in "$prefix/bin/ferry-producer" "$prefix/bin/ferry-consumer" "$lib/libframeferry.so.0" \
  "$prefix/include/frameferry/frameferry.h" "$lib/pkgconfig/frameferry.pc" \
  "$prefix/share/man/man1/ferry-producer.1" "$prefix/share/man/man1/ferry-consumer.1"; do
  [ -e "$file" ] || { echo "not installed: $file" >&2; exit 1; }
done
for header in host.h thread.h; do
  if [ -e "$prefix/include/frameferry/$header" ]; then
    echo "$header is not part of the public interface" >&2
    exit 1
  fi
done

# Whatever is exported without the prefix could collide with a program's own names.
foreign=$(nm -D --defined-only "$lib/libframeferry.so" | awk '{ print $3 }' | grep -v '^ferry_' || true)
[ -z "$foreign" ] || { echo "exported without prefix: $foreign" >&2; exit 1; }
readelf -d "$lib/libframeferry.so" | grep -q 'SONAME.*libframeferry.so.0'

cmake -S "$here/outside" -B "$work/outside" -DCMAKE_PREFIX_PATH="$prefix" >"$work/cmake.log" 2>&1 &&
  cmake --build "$work/outside" >>"$work/cmake.log" 2>&1 || { cat "$work/cmake.log"; exit 1; }

# The prefix of the .pc file is that of the configured build; this install went elsewhere.
export PKG_CONFIG_PATH="$lib/pkgconfig"
flags="--define-variable=prefix=$prefix"
# shellcheck disable=SC2046  # words on purpose
cc -std=c11 -o "$work/pc_shared" "$here/outside/outside.c" \
  $(pkg-config "$flags" --cflags --libs frameferry) -Wl,-rpath,"$lib"
# shellcheck disable=SC2046
cc -std=c11 -o "$work/pc_static" "$here/outside/outside.c" $(pkg-config "$flags" --cflags frameferry) \
  $(pkg-config "$flags" --static --libs frameferry | sed "s|-lframeferry|$lib/libframeferry.a|")

name=install-$$
for program in outside/outside_shared outside/outside_static pc_shared pc_static; do
  printf '%s: ' "$program"
  "$work/$program" "$name" "$work/saved.png"
  [ -s "$work/saved.png" ] && rm "$work/saved.png"
done
ldd "$work/outside/outside_shared" | grep -q "$lib/libframeferry.so.0"
for program in outside/outside_static pc_static; do
  if ldd "$work/$program" | grep -q libframeferry; then
    echo "$program is static and needs the shared library" >&2
    exit 1
  fi
done
"$prefix/bin/ferry-producer" --version
