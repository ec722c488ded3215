# What the tests here have in common. They set $build before.
work=$(mktemp -d)

# What was last installed from this build stays noted, for the target uninstall.
mkdir "$work/kept"
for file in install_manifest.txt install_note.txt; do
  [ ! -e "$build/$file" ] || cp -p "$build/$file" "$work/kept"
done
clean_up() {
  rm -f "$build/install_manifest.txt" "$build/install_note.txt"
  cp -p "$work/kept"/* "$build" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

fail() {
  echo "$*" >&2
  exit 1
}

# What it says is of interest only when it fails.
quietly() {
  "$@" >"$work/quietly.log" 2>&1 || {
    cat "$work/quietly.log" >&2
    fail "failed: $*"
  }
}

# static_words LIB WORD...: the words for the linker, with the static libraries in the place of ours.
static_words() {
  folder=$1
  shift
  for word in "$@"; do
    case $word in
    -lframeferry*) echo "$folder/lib${word#-l}.a" ;;
    *) echo "$word" ;;
    esac
  done
}

# pkg_config LIB FOLDER: compiles the sources of FOLDER as a user would, to $work/pc_shared, pc_static, pc_image_shared
# and pc_image_static. For the shared libraries no other .pc file is there.
pkg_config() {
  while read -r package source program; do
    # shellcheck disable=SC2046  # words on purpose
    cc -std=c11 -o "$work/${program}_shared" "$2/$source" \
      $(PKG_CONFIG_LIBDIR="$1/pkgconfig" pkg-config --cflags --libs "$package") -Wl,-rpath,"$1"
    # shellcheck disable=SC2046
    cc -std=c11 -o "$work/${program}_static" "$2/$source" \
      $(PKG_CONFIG_PATH="$1/pkgconfig" pkg-config --cflags "$package") \
      $(static_words "$1" $(PKG_CONFIG_PATH="$1/pkgconfig" pkg-config --static --libs "$package"))
  done <<'PACKAGES'
frameferry outside.c pc
frameferry-image picture.c pc_image
PACKAGES
}

# needs FILE: the shared libraries that it names itself, in one line.
needs() {
  readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' '
}

# run_path FILE: where it has its libraries looked for; nothing if it leaves that to the system.
run_path() {
  readelf -d "$1" | sed -n 's/.*(\(RPATH\|RUNPATH\)).*\[\(.*\)\]/\2/p'
}

# run_outside PROGRAM: runs it. One for pictures, which has "image" in its name, saves a file.
run_outside() {
  printf '%s: ' "${1#"$work/"}"
  "$1" "install-$$" "$work/saved.png"
  case ${1##*/} in
  *image*)
    [ -s "$work/saved.png" ] || fail "$1 saved nothing"
    rm "$work/saved.png"
    ;;
  esac
}
