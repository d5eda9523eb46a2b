#!/usr/bin/env bash
# Installs the tools that building needs: a C compiler, wasm-bindgen in exactly
# the version of Cargo.lock, and the npm packages. With the argument "test" also
# those of the tests: cargo-nextest, Chromium, PostgreSQL, ssh, sshpass and openssl.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

# Browsers come from Debian; npm packages must not fetch their own.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 PUPPETEER_SKIP_DOWNLOAD=1

# ring and the bundled SQLite are compiled from C; nothing else is needed.
c_compiler() {
  have cc && return 0
  need_root_debian "A C compiler"
  apt_install gcc libc6-dev
}

wasm_bindgen() {
  local version
  version=$(wasm_bindgen_version)
  [ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $version" ] && return 0
  say "Installing wasm-bindgen $version (about two minutes)."
  # Without --locked: its lock file names a version that is not to be had.
  quietly cargo install wasm-bindgen-cli --version "$version" --force ||
    die "cargo could not install wasm-bindgen-cli $version; its words are above."
}

npm_packages() {
  [ -f package.json ] || return 0
  npm_is_fresh && return 0
  have npm || die "npm is missing; install node 20 or later."
  say "Installing the npm packages."
  if [ -f package-lock.json ]; then
    quietly npm ci --no-audit --no-fund
  else
    quietly npm install --no-audit --no-fund
  fi || die "npm could not install the packages; its words are above."
  npm_stamp >node_modules/.lectern-stamp
}

nextest() {
  have cargo-nextest && return 0
  say "Installing cargo-nextest (some minutes)."
  quietly cargo install cargo-nextest --locked ||
    die "cargo could not install cargo-nextest; its words are above."
}

test_tools() {
  local wanted=()
  have chromium || wanted+=(chromium fonts-dejavu-core)
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || wanted+=(postgresql)
  have ssh || wanted+=(openssh-client)
  have sshpass || wanted+=(sshpass)
  have openssl || wanted+=(openssl)
  if [ ${#wanted[@]} -gt 0 ]; then
    need_root_debian "What the tests use (${wanted[*]})"
    apt_install "${wanted[@]}"
  fi
  cargo fmt --version >/dev/null 2>&1 || warn "rustfmt is missing: rustup component add rustfmt"
  cargo clippy --version >/dev/null 2>&1 || warn "clippy is missing: rustup component add clippy"
}

have cargo || die "cargo is missing; install the Rust toolchain with rustup first."
have node || die "node is missing; install node 20 or later."
c_compiler
wasm_bindgen
npm_packages
if [ "${1:-}" = test ]; then
  test_tools
  nextest
fi
