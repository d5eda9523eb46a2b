#!/usr/bin/env bash
# Lives through random terms of a school, one after the other, for so many minutes (30, unless told
# otherwise): one of ten on PostgreSQL. Prints a table, and tells the story of every seed that goes
# wrong; such a one is lived again by `LECTERN_TERM=SEED cargo test -p service --test term`.
#
#   soak.sh [MINUTES]     LECTERN_TERM_FROM names the first seed
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"
cd "$ROOT"
minutes=${1:-30}

postgres=$(mktemp -d "${TMPDIR:-/tmp}/lectern-postgres.XXXXXX")
finish() {
  "$here/stop-postgres.sh" "$postgres" >/dev/null 2>&1 || true
  rm -rf "$postgres"
}
trap finish EXIT
chmod 755 "$postgres"
LECTERN_TEST_POSTGRES=$("$here/start-postgres.sh" "$postgres")
export LECTERN_TEST_POSTGRES

say "Living through terms for $minutes minutes."
LECTERN_TERM_FROM=${LECTERN_TERM_FROM:-$((1000 + $(date +%s) % 1000000 * 10))} \
  LECTERN_TERM_FOR=$((minutes * 60)) \
  cargo test -p service --test term -- --nocapture
