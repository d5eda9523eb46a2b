#!/usr/bin/env bash
# Runs every test: format, lints, unit, contract, HTTP, crash and browser tests,
# on real Incus and on both databases, and the suites of the REST API's SDKs.
# Installs and starts what they need.
#
#   test.sh            everything
#   test.sh rust       everything but the SDKs and the browser
#   test.sh clients    the SDKs only
#   test.sh browser    the browser only
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"
cd "$ROOT"
part=${1:-all}

"$here/setup-tools.sh" test
"$here/setup-wasm.sh"
"$here/setup-incus.sh"

postgres=$(mktemp -d "${TMPDIR:-/tmp}/lectern-postgres.XXXXXX")
finish() {
  "$here/stop-postgres.sh" "$postgres" >/dev/null 2>&1 || true
  rm -rf "$postgres"
  # Tests clean up after themselves; on a machine of its own nothing of a broken-off one stays either.
  [ "${CI:-}" != true ] || "$here/clean-lab.sh" tests >/dev/null 2>&1 || true
}
trap finish EXIT
chmod 755 "$postgres"
LECTERN_TEST_POSTGRES=$("$here/start-postgres.sh" "$postgres")
export LECTERN_TEST_POSTGRES

# What is compiled from nothing, as in a clean clone, is compiled faster without notes for the next time.
[ -d target/debug ] || export CARGO_INCREMENTAL=0

if [ "$part" = all ] || [ "$part" = rust ]; then
  say "Checking the format."
  cargo fmt --all --check
  say "Linting the server."
  # The browser part is another build of the same pages; the two are never mixed.
  cargo clippy --workspace --exclude frontend --all-targets -- -D warnings
  say "Linting the browser part."
  cargo clippy -p frontend --target wasm32-unknown-unknown -- -D warnings
  say "Running the tests of the server."
  cargo nextest run --workspace --exclude frontend
fi

if [ "$part" = all ] || [ "$part" = clients ]; then
  "$here/test-clients.sh"
fi

if [ "$part" = all ] || [ "$part" = browser ]; then
  say "Running the tests of the passkeys' module."
  node --test web/tests/passkeys.test.mjs
  say "Building the portal for the browser tests."
  LECTERN_BESIDE_TESTS=1 "$here/build.sh" dev
  say "Running the tests in the browser."
  (cd end2end && "$ROOT/node_modules/.bin/playwright" test)
fi
