#!/bin/sh
# Puts the libraries that cross-building for Windows needs into a folder. Debian has zlib for mingw and the
# headers of stb, which need no building; libpng, libjpeg-turbo, ISA-L and cmocka are compiled here, from Debian's source packages.
# Nothing is installed: the system and its lists of packages stay as they are.
#
#   scripts/mingw-packages.sh FOLDER      # such as: build/sysroot-mingw
#
# A folder that has been filled once is used again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
compiler=x86_64-w64-mingw32-gcc-win32
archiver=x86_64-w64-mingw32-ar

[ $# -eq 1 ] || {
  echo "usage: scripts/mingw-packages.sh FOLDER" >&2
  exit 2
}
folder=$1
wanted=$(awk '$1 == "mingw-source" { print $2 }' "$here/packages")
# Another way of filling the folder, another compiler: it has to be made again.
recipe=$(cat "$here/mingw-packages.sh" && echo "$wanted" && $compiler --version)
[ "$(cat "$folder/.recipe" 2>/dev/null || true)" = "$recipe" ] && exit 0
if [ -n "$(ls -A "$folder" 2>/dev/null)" ] && [ ! -e "$folder/.recipe" ]; then
  echo "$folder has files that this script has not put there: give it another folder, or an empty one" >&2
  exit 1
fi

rm -rf "$folder"
mkdir -p "$folder/include" "$folder/lib" "$folder/licenses"
: >"$folder/.recipe"
folder=$(cd "$folder" && pwd)
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT

# The system's own sources of packages, as sources of source packages, with lists of their own.
mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/parts" "$state/sources"
: >"$state/status"
: >"$state/sources.list"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ ! -f "$list" ] || sed -n 's/^deb[[:space:]]/deb-src /p' "$list" >>"$state/sources.list"
done
for list in /etc/apt/sources.list.d/*.sources; do
  [ ! -f "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"$state/parts/${list##*/}"
done
apt() {
  apt-get -qq -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts="$state/parts" \
    -o Dir::State="$state" -o Dir::State::lists="$state/lists" -o Dir::State::status="$state/status" \
    -o Dir::Cache="$state/cache" -o APT::Sandbox::User=root -o Debug::NoLocking=1 "$@"
}

echo "compiling for Windows:" $wanted
# Sources that have no source packages fail here; what is missing shows below.
apt update || true
cd "$state/sources"
# The tarballs of their authors, which the checksums in the lists vouch for. Debian's patches are left out.
# shellcheck disable=SC2086  # a list of words on purpose
apt source --download-only --tar-only $wanted
for archive in *.orig.tar.*; do
  case $archive in
  *.asc) ;;
  *) tar -xf "$archive" ;;
  esac
done

cp /usr/x86_64-w64-mingw32/include/zlib.h /usr/x86_64-w64-mingw32/include/zconf.h "$folder/include"
cp /usr/x86_64-w64-mingw32/lib/libz.a "$folder/lib"
cp -R /usr/include/stb "$folder/include"
# Licences of what ends up in programs, as the sources have them or, of what is not compiled here, its package.
sed -n '1,/\*\//p' /usr/x86_64-w64-mingw32/include/zlib.h >"$folder/licenses/zlib.txt"
cp /usr/share/doc/mingw-w64-x86-64-dev/copyright "$folder/licenses/mingw-w64.txt"
cp /usr/share/doc/gcc-mingw-w64-base/copyright "$folder/licenses/gcc.txt"

# library NAME FILE...: compiles files of the current folder, with the flags in $flags.
library() {
  name=$1
  shift
  objects=""
  for file in "$@"; do
    # shellcheck disable=SC2086  # a list of words on purpose
    $compiler -O2 $flags -c "$file" -o "${file%.c}.o"
    objects="$objects ${file%.c}.o"
  done
  # shellcheck disable=SC2086  # a list of words on purpose
  $archiver -rcs "$folder/lib/lib$name.a" $objects
}

# With the settings that libpng has for systems where nothing is configured.
cd "$state"/sources/libpng-*
cp scripts/pnglibconf.h.prebuilt pnglibconf.h
flags="-I$folder/include"
library png png.c pngerror.c pngget.c pngmem.c pngpread.c pngread.c pngrio.c pngrtran.c pngrutil.c pngset.c \
  pngtrans.c pngwio.c pngwrite.c pngwtran.c pngwutil.c
cp png.h pngconf.h pnglibconf.h "$folder/include"
cp LICENSE "$folder/licenses/libpng.txt"

# Its own way of building. Its assembler files are for nasm's language, which yasm knows.
cmake -S "$state"/sources/libjpeg-turbo-* -B "$state/jpeg" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_SYSTEM_PROCESSOR=AMD64 -DCMAKE_C_COMPILER=$compiler \
  -DCMAKE_RC_COMPILER=x86_64-w64-mingw32-windres -DCMAKE_ASM_NASM_COMPILER=yasm \
  -DCMAKE_INSTALL_PREFIX=/usr -DENABLE_SHARED=OFF -DWITH_TURBOJPEG=OFF >"$state/log" 2>&1 &&
  cmake --build "$state/jpeg" --target jpeg-static >>"$state/log" 2>&1 || {
  cat "$state/log" >&2
  exit 1
}
cp "$state/jpeg/libjpeg.a" "$folder/lib"
cp "$state/jpeg/jconfig.h" "$state"/sources/libjpeg-turbo-*/jpeglib.h "$state"/sources/libjpeg-turbo-*/jmorecfg.h \
  "$state"/sources/libjpeg-turbo-*/jerror.h "$folder/include"
cat "$state"/sources/libjpeg-turbo-*/LICENSE.md "$state"/sources/libjpeg-turbo-*/README.ijg \
  >"$folder/licenses/libjpeg-turbo.txt"

# Only the compressor. Of the assemblers, yasm knows how to describe functions to Windows.
cd "$state"/sources/libisal-*
make -s -f Makefile.unx arch=mingw host_cpu=x86_64 units=igzip CC=$compiler AR=$archiver AS=yasm lib >log 2>&1 || {
  cat log >&2
  exit 1
}
cp bin/isa-l.a "$folder/lib/libisal.a"
mkdir "$folder/include/isa-l"
cp include/igzip_lib.h include/types.h "$folder/include/isa-l"
cp LICENSE "$folder/licenses/isa-l.txt"

cd "$state"/sources/cmocka-*/src
flags="-I../include -DHAVE_INTTYPES_H -DHAVE_MALLOC_H -DHAVE_SIGNAL_H -DHAVE_STRINGS_H
  -DHAVE_GCC_THREAD_LOCAL_STORAGE -D__USE_MINGW_ANSI_STDIO=1 -w"
library cmocka cmocka.c
cp ../include/cmocka.h "$folder/include"
# As the package for Linux has it.
mkdir -p "$folder/lib/cmake/cmocka"
cat >"$folder/lib/cmake/cmocka/cmocka-config.cmake" <<'END'
get_filename_component(prefix ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
if(NOT TARGET cmocka)
  add_library(cmocka STATIC IMPORTED)
  set_target_properties(cmocka PROPERTIES
    IMPORTED_LOCATION ${prefix}/lib/libcmocka.a INTERFACE_INCLUDE_DIRECTORIES ${prefix}/include)
endif()
END

echo "$recipe" >"$folder/.recipe"
