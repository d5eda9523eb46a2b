#!/usr/bin/env bash
# For working on Lectern: builds without optimisation, runs the server, and does
# both again whenever a source file changes. Arguments go to the server.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"
cd "$ROOT"

WATCHED=(app frontend server style web public Cargo.toml Cargo.lock)
stamp=$(mktemp)
server=

stop_server() {
  [ -n "$server" ] || return 0
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}
trap 'stop_server; rm -f "$stamp"' EXIT
trap 'exit 130' INT TERM

export LECTERN_SITE_DIR=$ROOT/target/site-dev

changed() {
  local path existing=()
  for path in "${WATCHED[@]}"; do [ ! -e "$path" ] || existing+=("$path"); done
  [ -n "$(find "${existing[@]}" -newer "$stamp" -type f -print -quit)" ]
}

while true; do
  touch "$stamp"
  if "$here/build.sh" dev; then
    stop_server
    "${CARGO_TARGET_DIR:-$ROOT/target}/debug/lectern" serve --data-dir "$ROOT/data" "$@" &
    server=$!
    say "Watching for changes."
  else
    say "It does not build; the next change is tried again."
  fi
  until changed; do sleep 0.5; done
done
