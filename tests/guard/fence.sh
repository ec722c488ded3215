#!/bin/sh
# fence.sh LIBRARY: that copying past the cache begins and ends with a fence. Its stores are ordered neither
# by what is stored before nor by what is stored after them, and no run on the machines at hand shows it:
# publishing takes a lock as well, which happens to order them.
set -eu
objdump -d --no-show-raw-insn --disassemble=ferryi_copy_past_cache "$1" | awk '
  /sfence/ { fences++; open = 0 }
  /movnt/ { stores++; open = 1; if (fences == 0) early++ }
  /[ \t]ret/ { returns++; if (open || fences < 2) unfenced++ }
  END {
    printf "%d stores past the cache, %d of them before a fence; %d returns, %d of them without one\n",
      stores, early, returns, unfenced
    exit !(stores > 0 && returns > 0 && early == 0 && unfenced == 0)
  }'
