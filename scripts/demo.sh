#!/bin/sh
# The main job, from a fresh clone: builds, streams the sample pictures through shared memory to a
# consumer that the producer starts itself, and leaves PNG files in out/.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
scripts/install-packages.sh build

cmake -S . -B build/demo -G Ninja -DCMAKE_BUILD_TYPE=Release -DFERRY_BUILD_TESTS=OFF >build-demo.log 2>&1 &&
  cmake --build build/demo >>build-demo.log 2>&1 || { cat build-demo.log; exit 1; }
rm -f build-demo.log

rm -rf out
bin="$top/build/demo/bin"
echo "+ ferry-producer --launch \"ferry-consumer --save out\" samples/images"
PATH="$bin:$PATH" ferry-producer --name demo --fps 30 \
  --launch "ferry-consumer --save out" samples/images

count=$(find out -name 'demo-*.png' | wc -l)
expected=$(find samples/images -name '*.png' | wc -l)
echo "$count of $expected pictures are in $top/out:"
ls -l out | sed -n '2,4p'
echo "..."
[ "$count" -eq "$expected" ]
