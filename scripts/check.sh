#!/usr/bin/env bash
# Says, one line for each thing, what is missing to build and run Lectern and
# how to get it. Installs nothing. Used where the set-up scripts may not act:
# without root, or elsewhere than on Debian.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

missing() { printf 'Missing: %s\n' "$*"; }

have cc || missing "a C compiler: install gcc or clang with your system's package manager."
has_wasm_target || missing "the WebAssembly target: rustup target add wasm32-unknown-unknown"
version=$(wasm_bindgen_version)
[ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $version" ] ||
  missing "wasm-bindgen $version: cargo install wasm-bindgen-cli --version $version"
[ ! -f package.json ] || npm_is_fresh || missing "npm packages: npm ci"
if ! have incus; then
  missing "Incus, which runs the lab machines: run 'make run' once as root on Debian, or install Incus yourself; until then machines are simulated."
elif ! incus query /1.0 >/dev/null 2>&1; then
  missing "an answer from Incus: start it, and add yourself to the group incus-admin; until then machines are simulated."
fi
