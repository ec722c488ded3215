#!/bin/sh
# Runs a Windows program under Wine, for tests. All that run at once share one Wine, since only programs of one
# Wine see each other's named objects.
#
#   scripts/wine.sh FOLDER PROGRAM [ARGUMENTS]   runs a program; FOLDER is where Wine keeps its files
#   scripts/wine.sh FOLDER --start PROGRAM       starts Wine, and a program that waits in it: Wine ends with its
#                                                last program, and starting it takes seconds
#   scripts/wine.sh FOLDER --stop                ends Wine and all that runs in it
#
# What a program exits with reaches the shell modulo 256, as everywhere.
set -eu
[ $# -ge 2 ] || {
  echo "usage: scripts/wine.sh FOLDER PROGRAM|--start|--stop [ARGUMENTS]" >&2
  exit 2
}
mkdir -p "$1/tmp" "$1/home"
folder=$(cd "$1" && pwd)
shift

# Where Debian has the 64-bit Wine alone, and where a whole Wine is.
for name in /usr/lib/wine/wine64 wine64 wine; do
  wine=$(command -v $name) && break
done
for name in /usr/lib/wine/wineserver64 wineserver; do
  server=$(command -v $name) && break
done
[ -n "$wine" ] && [ -n "$server" ] || {
  echo "no wine64 and wineserver here (Debian: wine64)" >&2
  exit 127
}

export WINEPREFIX="$folder/prefix" TMPDIR="$folder/tmp" HOME="$folder/home" WINEDEBUG="${WINEDEBUG:--all}"
# Without the debugger, a program that crashes ends with the exception's number, and not with 0.
export WINEDLLOVERRIDES="mscoree,mshtml,winedbg.exe,winemenubuilder.exe="
unset DISPLAY WAYLAND_DISPLAY

# Wine needs one certain page, and where Linux puts a program's heap at random, the heap is there once in some
# thousand starts: "failed to map the shared user data", and an exit code of 1. Not every container lets us ask.
still=
if setarch -R true 2>/dev/null; then still="setarch -R"; fi

case $1 in
--start)
  [ $# -eq 2 ] || exit 2
  # Nothing of the caller's stays open in it, lest the caller wait for its end.
  $still "$wine" wineboot --init </dev/null >/dev/null 2>&1
  setsid $still "$wine" "$2" </dev/null >/dev/null 2>&1 &
  ;;
--stop)
  # 1: none was running, 2: it has been told to end.
  "$server" -k || [ $? -eq 1 ] || true
  "$server" -w
  ;;
*) exec $still "$wine" "$@" ;;
esac
