#!/bin/sh
# Looks into the zip for Windows: programs that run by themselves, without fault points; every licence; a README that
# needs nothing from outside. Usage: zip.sh ZIP
set -eu
here=$(cd "$(dirname "$0")" && pwd)
zip=$(realpath "$1")
build=$(mktemp -d)
. "$here/support.sh"
wine="$here/../../scripts/wine.sh $build/wine"
trap '$wine --stop >/dev/null 2>&1 || true; clean_up; rm -rf "$build"' EXIT

(cd "$work" && cmake -E tar xf "$zip")
top=$(find "$work" -mindepth 1 -maxdepth 1 -name 'frameferry-*')
for file in README.md LICENSE bin/ferry.exe bin/ferry-producer.exe bin/ferry-consumer.exe bin/libframeferry.dll \
  bin/libframeferry-image.dll lib/libframeferry.a lib/libframeferry-image.a lib/libframeferry.dll.a \
  lib/libframeferry-image.dll.a lib/pkgconfig/frameferry-image.pc include/frameferry/image.h include/frameferry/frameferry.h share/doc/frameferry/samples/hello_producer.c; do
  [ -s "$top/$file" ] || fail "not in the zip: $file"
done

for file in "$top"/bin/* "$top"/lib/*.a; do
  if grep -q FERRY_FAULT "$file"; then fail "fault points in $file"; fi
done
# The point that every frame passes.
# shellcheck disable=SC2086  # words on purpose
FERRY_FAULT=commit.head:1 $wine "$top/bin/ferry-producer.exe" --quiet --name zip --no-wait --count 1 pattern:8x8 ||
  fail "with FERRY_FAULT, ferry-producer.exe ended with $?"

# Each library that is linked in, by words that only its licence has.
while read -r name words; do
  grep -q "$words" "$top/share/doc/frameferry/licenses/$name.txt" || fail "no licence of $name in the zip"
done <<'LICENCES'
libpng PNG Reference Library License
zlib Jean-loup Gailly and Mark Adler
libjpeg-turbo Independent JPEG Group
isa-l Redistributions in binary form must reproduce
stb Sean Barrett
mingw-w64 the mingw-w64 project
gcc GCC RUNTIME LIBRARY EXCEPTION
LICENCES
grep -q 'Intel Corporation' "$top/share/doc/frameferry/licenses/isa-l.txt"
# Each text has a row that says which file it is for.
for text in "$top"/share/doc/frameferry/licenses/*.txt; do
  grep -qF "](${text##*/})" "$top/share/doc/frameferry/licenses/README.md" ||
    fail "nothing says which file contains code under ${text##*/}"
done
grep '^| libframeferry |' "$top/share/doc/frameferry/licenses/README.md" >"$work/row"
if grep -q -E 'png|jpeg|stb|isa-l' "$work/row"; then fail "libframeferry has licences for pictures: $(cat "$work/row")"; fi
for file in "$top"/bin/*; do
  for dll in $(x86_64-w64-mingw32-objdump -p "$file" | sed -n 's/.*DLL Name: //p' | sort -u); do
    case $dll in
    ADVAPI32.dll | KERNEL32.dll | SHELL32.dll | msvcrt.dll | ntdll.dll) ;;
    *) fail "${file##*/} needs $dll, which Windows does not have, or whose licence nobody has looked at" ;;
    esac
  done
done

python3 -B "$here/check_links.py" "$top"
for word in $(grep -o '`[a-z/]*`' "$top/README.md" | tr -d '`' | sort -u); do
  case $word in
  bin | include | lib | share/*) [ -e "$top/$word" ] || fail "README.md speaks of $word, which is not in the zip" ;;
  esac
done

for name in frameferry frameferry-image; do
  grep -q '^prefix=\${pcfiledir}/' "$top/lib/pkgconfig/$name.pc" || fail "$name.pc does not find its place by itself"
done

# The import libraries and the static library that needs nothing, as README.md says.
mv "$top" "$work/moved"
top=$work/moved
quietly cmake -S "$here/outside" -B "$work/outside" -DCMAKE_SYSTEM_NAME=Windows \
  -DCMAKE_C_COMPILER=x86_64-w64-mingw32-gcc-win32 -Dframeferry_DIR="$top/lib/cmake/frameferry" \
  "-DLIBRARIES=frameferry;static;image" -DCMAKE_DISABLE_FIND_PACKAGE_PNG=ON -DCMAKE_DISABLE_FIND_PACKAGE_ISAL=ON
quietly cmake --build "$work/outside"
cp "$work"/outside/outside_*.exe "$top/bin"
cd "$work"
for library in frameferry static image; do
  $wine "$top/bin/outside_$library.exe" zip saved.png
done
[ -s saved.png ] || fail "outside_image.exe saved nothing"
