#!/bin/sh
# Installs a build, moves the installed copy, and builds an outside project against it: with the CMake package and with
# pkg-config, shared and static, with pictures and without.
# Usage: run.sh BUILD_DIR none|all     (whether the build has fault points)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
faults=$2
. "$here/support.sh"

prefix=$work/moved
quietly cmake --install "$build" --prefix "$work/installed"
mv "$work/installed" "$prefix"
lib=$(dirname "$(find "$prefix" -name libframeferry.a)")
doc=$prefix/share/doc/frameferry
# The soname has MAJOR.MINOR below 1.0, and MAJOR from then on.
abi=$(sed -n 's/^Version: //p' "$lib/pkgconfig/frameferry.pc")
case $abi in
0.*) abi=${abi%.*} ;;
*) abi=${abi%%.*} ;;
esac
for file in "$prefix/bin/ferry" "$prefix/bin/ferry-producer" "$prefix/bin/ferry-consumer" "$lib/libframeferry.so.$abi" \
  "$lib/libframeferry-image.so.$abi" "$lib/libframeferry-image.a" \
  "$lib/pkgconfig/frameferry.pc" "$lib/pkgconfig/frameferry-image.pc" \
  "$prefix/share/man/man1/ferry.1" "$prefix/share/man/man1/ferry-producer.1" "$prefix/share/man/man1/ferry-consumer.1" \
  "$prefix/share/bash-completion/completions/ferry" "$prefix/share/bash-completion/completions/ferry-producer" \
  "$prefix/share/zsh/site-functions/_ferry" "$prefix/share/fish/vendor_completions.d/ferry.fish" \
  "$prefix/share/fish/vendor_completions.d/ferry-consumer.fish" \
  "$doc/LICENSE" "$doc/README.md" "$doc/docs/platforms.md" "$doc/samples/brightness.c" "$doc/licenses/stb.txt"; do
  [ -s "$file" ] || fail "not installed: $file"
done
# A program that some builds lack, and that a package of its own can have.
web=""
if [ -s "$build/bin/ferry-web" ]; then
  web="$prefix/bin/ferry-web libframeferry libframeferry-image"
  [ -s "$prefix/share/man/man1/ferry-web.1" ] || fail "not installed: ferry-web.1"
  quietly cmake --install "$build" --component web --prefix "$work/web"
  found=$(cd "$work/web" && find . -type f | sort | tr '\n' ' ')
  [ "$found" = "./bin/ferry-web ./share/man/man1/ferry-web.1 " ] || fail "the component web has $found"
fi
(cd "$here/../../common/include/frameferry" && ls) >"$work/headers"
# shellcheck disable=SC2012  # names of our own
(cd "$prefix/include/frameferry" && ls) | diff "$work/headers" - || fail "the public headers are not those installed"
grep -q 'Sean Barrett' "$doc/licenses/stb.txt" || fail "not a licence: $doc/licenses/stb.txt"
python3 -B "$here/check_links.py" "$doc"

# Names without the prefix could collide with those of a program, and a name in both libraries would hide the other.
for name in libframeferry libframeferry-image; do
  nm -D --defined-only "$lib/$name.so" | awk '{ print $3 }' | sort >"$work/$name.names"
  foreign=$(grep -v '^ferry_' "$work/$name.names" || true)
  [ -z "$foreign" ] || fail "$name exports without prefix: $foreign"
  readelf -d "$lib/$name.so" | grep -qF "[$name.so.$abi]" || fail "the soname of $name is not $name.so.$abi"
done
both=$(comm -12 "$work/libframeferry.names" "$work/libframeferry-image.names")
[ -z "$both" ] || fail "exported by both libraries: $both"

# The transport needs the C library alone: itself, and through what it needs.
more=$(needs "$lib/libframeferry.so" | tr ' ' '\n' | grep -v -E '^(libc\.so\.6|ld-linux.*)?$' || true)
[ -z "$more" ] || fail "libframeferry needs $more"
more=$(ldd "$lib/libframeferry.so" | grep -v -E 'linux-vdso|libc\.so\.6|/ld-linux' || true)
[ -z "$more" ] || fail "libframeferry brings along: $more"

# Programs, and one library, find the others where the copy is now.
while read -r file found; do
  for name in $found; do
    place=$(ldd "$file" | awk -v name="$name.so.$abi" '$1 == name { print $3 }')
    [ -n "$place" ] && [ "$place" -ef "$lib/$name.so.$abi" ] ||
      fail "$file does not find the $name of its own copy: $(ldd "$file")"
  done
done <<FILES
$lib/libframeferry-image.so libframeferry
$prefix/bin/ferry-producer libframeferry libframeferry-image
$prefix/bin/ferry-consumer libframeferry libframeferry-image
$prefix/bin/ferry libframeferry libframeferry-image
$web
FILES
case $(run_path "$prefix/bin/ferry-producer") in
"\$ORIGIN/../lib"*) ;;
*) fail "ferry-producer looks in $(run_path "$prefix/bin/ferry-producer")" ;;
esac

# A release has nothing by which the environment could end its programs.
for file in "$prefix"/bin/ferry* "$lib"/libframeferry*.so "$lib"/libframeferry*.a; do
  found=none
  if grep -q FERRY_FAULT "$file"; then found=all; fi
  case $faults:$found:${file##*/} in
  none:none:* | all:all:*) ;;
  all:none:ferry* | all:none:libframeferry-image.*) ;; # those that they pass are in libframeferry
  *) fail "fault points in $file: $found instead of $faults" ;;
  esac
done
status=0
FERRY_FAULT=create.unnamed:1 "$prefix/bin/ferry-producer" --quiet --name "install-faults-$$" --no-wait --count 1 \
  pattern:8x8 2>"$work/faults.log" || status=$?
case $faults:$status in
none:0 | all:137) ;;
*) fail "with FERRY_FAULT, ferry-producer ended with $status: $(cat "$work/faults.log")" ;;
esac
# That one has been killed on purpose, and the next one takes its name and gives it back.
"$prefix/bin/ferry-producer" --quiet --name "install-faults-$$" --no-wait --count 1 pattern:8x8

outside() {
  folder=$work/$1
  shift
  quietly cmake -S "$here/outside" -B "$folder" -DCMAKE_PREFIX_PATH="$prefix" "$@"
  quietly cmake --build "$folder"
}
# Libraries for pictures that are not there: only frameferry::image-static asks for them.
alone=""
for package in PNG ISAL JPEG WebP TIFF; do
  alone="$alone -DCMAKE_DISABLE_FIND_PACKAGE_$package=ON"
done
outside all
outside named "-DCOMPONENTS=shared;static;image;image-static"
# shellcheck disable=SC2086  # words on purpose
outside alone $alone "-DLIBRARIES=frameferry;static;image"
# shellcheck disable=SC2086
outside asked $alone "-DCOMPONENTS=shared;static;image" "-DLIBRARIES=frameferry;static;image"
# shellcheck disable=SC2086
if cmake -S "$here/outside" -B "$work/lacking" -DCMAKE_PREFIX_PATH="$prefix" $alone -DCOMPONENTS=image-static \
  >"$work/lacking.log" 2>&1; then
  fail "the static library for pictures was found without the libraries that it needs"
fi
tr '\n' ' ' <"$work/lacking.log" | tr -s ' ' | grep -q 'not been found: PNG, ISAL' ||
  fail "no reason: $(cat "$work/lacking.log")"
quietly cmake -S "$doc/samples" -B "$work/samples" -DCMAKE_PREFIX_PATH="$prefix"
quietly cmake --build "$work/samples"
quietly cmake --build "$work/samples" --target make_images

pkg_config "$lib" "$here/outside"

for folder in all named alone asked; do
  for program in "$work/$folder"/outside_*; do
    run_outside "$program"
  done
done
for program in pc_shared pc_static pc_image_shared pc_image_static; do
  run_outside "$work/$program"
done

# A program needs the libraries that it calls, and no other.
while read -r program wanted; do
  found=$(needs "$work/$program")
  [ "$found" = "$wanted " ] || fail "$program needs $found, not $wanted"
done <<NEEDS
pc_shared libc.so.6 libframeferry.so.$abi
pc_static libc.so.6
pc_image_shared libc.so.6 libframeferry-image.so.$abi libframeferry.so.$abi
all/outside_frameferry libc.so.6 libframeferry.so.$abi
all/outside_static libc.so.6
all/outside_image libc.so.6 libframeferry-image.so.$abi libframeferry.so.$abi
samples/hello_consumer libc.so.6 libframeferry.so.$abi
samples/brightness libc.so.6 libframeferry.so.$abi
NEEDS
ldd "$work/all/outside_frameferry" | grep -q "$lib/libframeferry.so.$abi"
for program in all/outside_image-static pc_image_static; do
  if ldd "$work/$program" | grep -q libframeferry; then fail "$program is static and needs a shared library of ours"; fi
done
"$prefix/bin/ferry-producer" --version
