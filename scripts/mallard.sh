#!/bin/sh
# Runs the bundled server with the rights that it needs and no others: sockets, its data, its configuration, and
# itself as a program for its places (which get far less, see src/place/table.ts).
data=${MALLARD_DATADIR:-/var/lib/mallard}
exec deno run --no-prompt --cached-only --no-config --unstable-worker-options --unstable-no-legacy-abort \
  --allow-env --allow-net --allow-run=deno,/usr/local/bin/deno --deny-ffi --deny-import \
  --allow-read="/opt/mallard,$data,/etc/mallard,/etc/resolv.conf" --allow-write="$data" \
  /opt/mallard/src/place/main.js "$@"
