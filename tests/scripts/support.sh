# What the tests of scripts have in common: they run in a copy of the sources, which is what git would give.
top=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
(cd "$top" && tar cf - --exclude='./build*' --exclude=./.git --exclude=./out --exclude=__pycache__ .) | tar xf - -C "$work" --one-top-level=sources
cd "$work/sources"

fail() {
  echo "$*" >&2
  exit 1
}

# Everything but the demo's own folder, with what is in it.
listing() {
  find . -path ./build/demo -prune -o -type f -exec cksum {} + | sort -k 3
}
