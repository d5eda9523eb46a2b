#!/usr/bin/env bash
# Gives the Rust toolchain its WebAssembly target (wasm32-unknown-unknown):
# by rustup where that works, otherwise by building the standard library once
# from Debian's package rust-src in exactly the version of rustc.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

TARGET=wasm32-unknown-unknown
# Debian suites in which rust-src of a current rustc may be found.
SUITES="bookworm-backports trixie trixie-backports forky sid"

have rustc || die "rustc is missing; install the Rust toolchain with rustup first."
version=$(rustc --version | cut -d' ' -f2)
sysroot=$(rustc --print sysroot)
libdir="$sysroot/lib/rustlib/$TARGET/lib"

if has_wasm_target; then exit 0; fi

say "Getting the WebAssembly target of Rust $version."
if have rustup && timeout 60 rustup target add "$TARGET" >/dev/null 2>&1 && has_wasm_target; then
  exit 0
fi
if ! is_debian; then
  warn "the WebAssembly target is missing: rustup target add $TARGET"
  exit "$EXIT_NOT_HERE"
fi

work=$(mktemp -d /tmp/lectern-wasm.XXXXXX)
trap 'rm -rf "$work"' EXIT

# Finds and unpacks rust-src VERSION, suite by suite, nearest first.
fetch_rust_src() {
  local suite found
  for suite in $SUITES; do
    rm -rf "$work/apt"
    mkdir -p "$work/apt/sources"
    debian_source "$suite" >"$work/apt/sources/suite.sources"
    private_apt "$work/apt" update >/dev/null 2>&1 || continue
    found=$(apt-cache -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/apt/sources" \
      -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" madison rust-src 2>/dev/null |
      awk -v v="$version" '{ split($3, part, /[+~-]/); if (part[1] == v) { print $3; exit } }')
    [ -n "$found" ] || continue
    (cd "$work" && private_apt "$work/apt" download "rust-src=$found") || continue
    dpkg -x "$work"/rust-src_*.deb "$work/unpacked"
    return 0
  done
  return 1
}

say "rustup cannot download here; building the standard library for it once (about a minute)."
fetch_rust_src || die "no Debian suite in reach has rust-src $version; 'rustup target add $TARGET' is the other way."

library="$work/unpacked/usr/src/rustc-$version/library"
[ -d "$library/sysroot" ] || library=$(dirname "$(find "$work/unpacked" -type d -path '*/library/sysroot' -print -quit)")
[ -d "$library/sysroot" ] || die "Debian's rust-src has no library/sysroot; this Rust is not known to this script."

say "Compiling."
(
  cd "$library"
  # The toolchain that is building, not one that a file in the tree may name.
  export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Cembed-bitcode=yes -Zforce-unstable-if-unmarked"
  export CARGO_TARGET_DIR="$work/target"
  unset CARGO_BUILD_TARGET CARGO_ENCODED_RUSTFLAGS
  quietly cargo build --release --target "$TARGET" --manifest-path sysroot/Cargo.toml \
    --features "panic-unwind compiler-builtins-mem"
) || die "the standard library did not compile; cargo's words are above."

mkdir -p "$libdir.new"
cp "$work/target/$TARGET/release/deps/"*.rlib "$libdir.new/"
rm -rf "$libdir"
mv "$libdir.new" "$libdir"
has_wasm_target || die "the WebAssembly target was built and is not complete."
say "The WebAssembly target is ready."
