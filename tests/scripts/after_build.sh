#!/bin/sh
# scripts/test.sh after the build that README describes, and after others: it finds the tests all the same, and leaves
# the build alone. The building itself and the tests are left out here. Usage: after_build.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/support.sh"

# In the place of the real ones: a cmake that builds nothing, a ctest that lists the tests.
mkdir "$work/bin"
cat >"$work/bin/cmake" <<END
#!/bin/sh
[ "\$1" = --build ] || exec $(command -v cmake) "\$@"
END
cat >"$work/bin/ctest" <<END
#!/bin/sh
exec $(command -v ctest) "\$@" --show-only
END
chmod +x "$work/bin"/*

# configures FOLDER OPTION...: leaves a build of one's own.
configures() {
  folder=$1
  shift
  cmake --preset release -B "$folder" "$@" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
}
off="-DFERRY_BUILD_TESTS=OFF -DFERRY_BUILD_SAMPLES=OFF -DFERRY_BUILD_BENCH=OFF"
configures build/release -DFERRY_BUILD_TESTS=OFF
cp build/release/CMakeCache.txt "$work/mine"

quick() {
  PATH="$work/bin:$PATH" scripts/test.sh --quick >"$work/said" 2>&1 || fail "test.sh --quick: $(cat "$work/said")"
  tests=$(sed -n 's/^Total Tests: //p' "$work/said")
  [ "${tests:-0}" -gt 100 ] || fail "test.sh --quick finds ${tests:-no} tests: $(cat "$work/said")"
}
quick
cmp build/release/CMakeCache.txt "$work/mine" || fail "test.sh changed the build in build/release"

# Also where its own folder was told otherwise.
for folder in build/test/*; do
  # shellcheck disable=SC2086  # words on purpose
  configures "$folder" $off -DFERRY_FAULTS=ON -DCMAKE_BUILD_TYPE=Debug
done
quick
grep -q '^FERRY_FAULTS:BOOL=OFF$' build/test/release/CMakeCache.txt || fail "what it tests has fault points"
grep -q '^CMAKE_BUILD_TYPE:STRING=Release$' build/test/release/CMakeCache.txt || fail "what it tests is no release"
echo "$tests tests"
