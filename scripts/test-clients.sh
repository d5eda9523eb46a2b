#!/usr/bin/env bash
# Drives the REST API through Microsoft's own SDKs, in Python and in JavaScript, over TLS, against the
# real server with simulated machines. Installs the SDKs from their registries.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"
cd "$ROOT"

python=$ROOT/target/clients/bin/python

if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
  need_root_debian "Python with virtual environments"
  apt_install python3 python3-venv
fi

# Anew only when what is to be installed has changed.
stamp=$ROOT/target/clients/requirements.txt
if ! cmp -s clients/python/requirements.txt "$stamp"; then
  say "Installing the Python SDK."
  rm -rf target/clients
  python3 -m venv target/clients
  quietly "$python" -m pip install --disable-pip-version-check -r clients/python/requirements.txt ||
    die "pip could not install the Python SDK; its words are above."
  cp clients/python/requirements.txt "$stamp"
fi

say "Installing the JavaScript SDK."
(cd clients/javascript && quietly npm ci --no-audit --no-fund) ||
  die "npm could not install the JavaScript SDK; its words are above."

# With the same features as the tests, so that nothing is compiled twice.
cargo build --workspace --exclude frontend --example simulated-portal

say "Running the suite of the Python SDK."
(cd clients/python && "$python" -m pytest -q)
say "Running the suite of the JavaScript SDK."
(cd clients/javascript && LECTERN_PYTHON=$python npm test --silent)
