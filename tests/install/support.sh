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

# pkg_config LIB SOURCE: compiles as a user would, to $work/pc_shared and $work/pc_static. For the shared library no
# other .pc file is there.
pkg_config() {
  # shellcheck disable=SC2046  # words on purpose
  cc -std=c11 -o "$work/pc_shared" "$2" \
    $(PKG_CONFIG_LIBDIR="$1/pkgconfig" pkg-config --cflags --libs frameferry) -Wl,-rpath,"$1"
  # shellcheck disable=SC2046
  cc -std=c11 -o "$work/pc_static" "$2" $(PKG_CONFIG_PATH="$1/pkgconfig" pkg-config --cflags frameferry) \
    $(PKG_CONFIG_PATH="$1/pkgconfig" pkg-config --static --libs frameferry | sed "s|-lframeferry|$1/libframeferry.a|")
}

run_outside() {
  printf '%s: ' "${1#"$work/"}"
  "$1" "install-$$" "$work/saved.png"
  [ -s "$work/saved.png" ] || fail "$1 saved nothing"
  rm "$work/saved.png"
}
