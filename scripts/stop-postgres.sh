#!/usr/bin/env bash
# Stops the PostgreSQL that start-postgres.sh started, and removes its folder.
#
#   stop-postgres.sh [DIR]
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

dir=${1:-${TMPDIR:-/tmp}/lectern-postgres}
[ -d "$dir/data" ] || exit 0

bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
cd "$dir"
if [ -s "$dir/data/postmaster.pid" ]; then
  if is_root; then
    quietly runuser -u postgres -- "$bin/pg_ctl" stop -m immediate -D "$dir/data" || true
  else
    quietly "$bin/pg_ctl" stop -m immediate -D "$dir/data" || true
  fi
fi
cd /
rm -rf "$dir"
