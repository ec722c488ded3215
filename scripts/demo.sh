#!/bin/sh
# The main job, from a fresh clone: builds, streams the sample pictures through shared memory to a consumer that the
# producer starts itself, and leaves PNG files in build/demo/pictures. All that it makes is in build/demo. It says each
# command that it runs; all of them work in a shell as they are shown.
set -eu
cd "$(dirname "$0")/.."

run() {
  echo "+ $1"
  eval "$1"
}

run 'scripts/install-packages.sh build'
run 'mkdir -p build/demo/pictures'
run 'rm -f build/demo/pictures/demo-*.png'
# A folder remembers what it was told before: each option is said.
run 'cmake --preset release -B build/demo -DFERRY_BUILD_TESTS=OFF -DFERRY_BUILD_SAMPLES=OFF -DFERRY_BUILD_BENCH=OFF >build/demo/log' ||
  { cat build/demo/log; exit 1; }
run 'cmake --build build/demo >>build/demo/log' || { cat build/demo/log; exit 1; }
run 'PATH="$PWD/build/demo/bin:$PATH"'
run 'ferry-producer --name demo --launch "ferry-consumer --save build/demo/pictures" samples/images'

count=$(find build/demo/pictures -name 'demo-*.png' | wc -l)
expected=$(find samples/images -name '*.png' | wc -l)
echo "$count of $expected pictures are in $PWD/build/demo/pictures:"
ls -l build/demo/pictures | sed -n '2,4p'
echo "..."
[ "$count" -eq "$expected" ]
