#!/usr/bin/env bash
# Starts a PostgreSQL of the tests' own in a folder that may be lost, and prints
# its address. It listens on a socket in that folder only, and does not wait for
# the disk. If it runs already, its address is printed again.
#
#   start-postgres.sh [DIR]      (stop-postgres.sh [DIR] ends it)
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

dir=${1:-${TMPDIR:-/tmp}/lectern-postgres}

bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || die "PostgreSQL is missing: scripts/setup-tools.sh test"

# PostgreSQL refuses to run as root.
as_postgres() {
  if is_root; then runuser -u postgres -- "$@"; else "$@"; fi
}

ready() { "$bin/pg_isready" -q -h "$dir" -U postgres; }

if ! ready; then
  mkdir -p "$dir"
  if is_root; then chown postgres "$dir"; fi
  cd "$dir"
  if [ ! -s "$dir/data/PG_VERSION" ]; then
    quietly as_postgres "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
  fi
  quietly as_postgres "$bin/pg_ctl" start -w -t 60 -D "$dir/data" -l "$dir/log" -o "-k '$dir' -c listen_addresses='' \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=128MB" ||
    { cat "$dir/log" >&2; die "PostgreSQL did not start; its log is above."; }
fi

printf 'postgres:///postgres?host=%s&user=postgres\n' "$dir"
