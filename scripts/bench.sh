#!/usr/bin/env bash
# Measures the release on this machine and prints a table. Nothing is written
# into the repository; what is made in Incus is removed again.
#
#   bench.sh              every row
#   bench.sh ROW...       these rows: publish, first-page, timers, usage, api
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"
cd "$ROOT"

# The first page is opened in a real browser, which the tests' tools bring.
"$here/setup-tools.sh" test
"$here/setup-wasm.sh"
"$here/setup-incus.sh"
"$here/build.sh" release
# With the server, so that what both need is compiled once.
cargo build --release -p server -p store \
  --example api_load --example due_rows --example publish_bare --example usage_rows

say "Measuring. Anything else that runs on this machine shows in the figures (load: $(cut -d' ' -f1 /proc/loadavg))."
exec node bench/main.mjs "$@"
