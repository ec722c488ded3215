#!/bin/sh
# Compiles the C programs of README.md and docs/c.md as they stand there, and lets one send to the other; then
# the same with the samples. Usage: examples.sh BUILD_DIR
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# Each block that starts with ```c goes to the file that the comment in its first line names. The channel
# gets a name of our own, so that no other run is in the way.
awk -v work="$work" '
  /^```c$/ { taking = 1; next }
  /^```$/ { taking = 0; file = ""; next }
  taking && file == "" { file = work "/" $2; sub(/:$/, "", file) }
  taking { print > file }' "$top/README.md" "$top/docs/c.md"

for sample in hello_producer hello_consumer brightness events peek reattach; do
  cp "$top/samples/$sample.c" "$work"
done
cd "$work"
for program in camera_producer camera_consumer port_texts hello_producer hello_consumer brightness events peek \
    reattach; do
  # The semaphores of the port have usual names, which another run may have as well.
  sed -e "s/\"camera\"/\"readme-$$\"/; s/\"hello\"/\"hello-$$\"/" \
    -e "s/^ *options.*\"Texts\";/&\n    options.names[FERRY_PORT_READ] = \"texts-$$-read\";/" \
    -e "s/^ *options.*\"Texts\";/&\n    options.names[FERRY_PORT_WRITE] = \"texts-$$-write\";/" \
    -e "s/\"Texts\"/\"texts-$$\"/" "$program.c" >named.c
  cc -std=c11 -Wall -Wextra -Werror -I "$top/common/include" named.c "$build/common/libframeferry.a" \
    -pthread -o "$program"
done

timeout 600 ./camera_consumer >received &
timeout 600 ./camera_producer
wait $!
[ "$(wc -l <received)" -eq 100 ]
[ "$(sed -n '$p' received)" = "frame 100 starts with 99" ]
echo "README: 100 frames arrived"

# The side that came first has made the names, and only that one removes them, if it goes last.
forget_texts() { rm -f "/dev/shm/texts-$$" "/dev/shm/sem.texts-$$-read" "/dev/shm/sem.texts-$$-write"; }
trap 'rm -rf "$work"; forget_texts' EXIT INT TERM
timeout 600 ./port_texts >texts &
printf 'one\ntwo\nbye\n' | timeout 600 "$build/bin/ferry-producer" --quiet --dialect lockstep --payload text \
  --name "texts-$$" --object "read=texts-$$-read" --object "write=texts-$$-write" -
wait $!
[ "$(cat texts)" = "$(printf 'one\ntwo')" ]
echo "docs/c.md: 2 texts came from a port"

# This producer waits for nobody: on a busy machine it may be through before a consumer is there.
{ timeout 600 ./hello_consumer >received && touch hello.ended; } &
first=$!
{ timeout 600 ./brightness "hello-$$" >brightness.out && touch brightness.ended; } &
second=$!
{ timeout 600 ./events "hello-$$" >events.out </dev/null && touch events.ended; } &
third=$!
tries=0
while [ "$(find . -name '*.ended' | wc -l)" -lt 3 ] && [ $tries -lt 50 ]; do
  tries=$((tries + 1))
  timeout 600 ./hello_producer
  for look in 1 2 3 4 5 6 7 8 9 10; do
    if [ "$(find . -name '*.ended' | wc -l)" -lt 3 ]; then sleep 0.2; fi
  done
done
wait $first && wait $second && wait $third
grep -q '^frame 100: 320 x 240, mean 1[0-9][0-9]\.[0-9][0-9]$' received
grep -q '^{"frame": 100, "mean": 1[0-9][0-9]\.[0-9]*, "histogram": \[.*\]}$' brightness.out
grep -q '^frame 100: 320 x 240$' events.out
echo "samples: $(wc -l <received) frames arrived, the last one among them"

# A channel that nobody has.
if ./peek "hello-$$" 2>peek.err; then echo "peek finds what is not there" >&2; exit 1; fi
grep -q "there is no channel hello-$$" peek.err
./peek >/dev/null
