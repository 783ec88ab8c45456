#!/bin/sh
# Runs the bundled server beside this script with the rights that it needs and no others: sockets, its data, its
# configuration, and the runtime as a program for its places (which get far less, see src/place/table.ts).
root=$(dirname "$(readlink -f "$0")")
data=${MALLARD_DATADIR:-/var/lib/mallard}
deno=$(command -v deno)
# Memory is used again while there is work, and goes back afterwards: see docs/adr/0017-memory-given-back.md.
export MALLOC_MMAP_THRESHOLD_=2097152 MALLOC_TRIM_THRESHOLD_=33554432 MALLOC_ARENA_MAX=2 DENO_USR2_MEMORY_TRIM=1
exec "$deno" run --no-prompt --v8-flags=--expose-gc,--max-old-space-size=1024 --cached-only --no-config --unstable-worker-options --unstable-no-legacy-abort \
  --allow-env --allow-net --allow-run="$deno,$(readlink -f "$deno")" --deny-ffi --deny-import \
  --allow-read="$root,$data,/etc/mallard,/etc/resolv.conf" --allow-write="$data" \
  "$root/src/place/main.js" "$@"
