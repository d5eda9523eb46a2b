#!/usr/bin/env bash
# Sets up what is missing, builds Lectern and runs it. Arguments go to the
# server: run.sh --help shows them. The data is kept in ./data.
#
# As root on Debian everything is installed; elsewhere this says what is missing
# and goes on, and without Incus the server simulates machines and says so.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"
cd "$ROOT"

have cargo || die "the Rust toolchain is missing; install it with rustup, then run this again."

if is_root && is_debian; then
  # Incus and its image need the network, the build needs the processor: both at once.
  "$here/setup-incus.sh" &
  incus=$!
  # Should the build fail, the installation still ends in peace.
  trap 'wait "$incus" || true' EXIT
  "$here/setup-wasm.sh"
  "$here/setup-tools.sh"
  "$here/build.sh" release
  trap - EXIT
  code=0
  wait "$incus" || code=$?
  case $code in
    0) ;;
    "$EXIT_NO_INCUS") warn "lab machines are simulated, as Incus cannot run on this machine." ;;
    *) warn "the set-up of Incus did not finish (see above); run this again once that is mended." ;;
  esac
else
  "$here/check.sh"
  "$here/build.sh" release
fi

export LECTERN_SITE_DIR=$ROOT/target/site
exec "${CARGO_TARGET_DIR:-$ROOT/target}/release/lectern" serve --data-dir "$ROOT/data" "$@"
