#!/usr/bin/env bash
# Builds Lectern: the browser part, styles and files into target/site (dev:
# target/site-dev), and the server. What did not change is not made again.
#
#   build.sh [release|dev]
#
# The browser part: cargo (wasm) -> wasm-bindgen -> wasm-opt (release) ->
# pkg/lectern.{js,wasm}; the styles -> pkg/lectern.css; the modules
# in web/ -> assets/; public/ -> the root of the site; release: all precompressed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"
cd "$ROOT"

mode=${1:-release}
case $mode in
  release) site=site;     wasm_profile=wasm-release; wasm_dir=wasm-release; server_flags=(--release); minify=(--minify) ;;
  dev)     site=site-dev; wasm_profile=dev;          wasm_dir=debug;        server_flags=();          minify=() ;;
  *) die "build.sh takes release or dev, not '$mode'." ;;
esac

NAME=lectern
TARGET_DIR=${CARGO_TARGET_DIR:-$ROOT/target}
# Each its own, so that a test run between two runs of the portal costs the second one nothing.
SITE=$ROOT/target/$site
STAMPS=$ROOT/target/stamps/$mode
BIN=$ROOT/node_modules/.bin
WASM=$TARGET_DIR/wasm32-unknown-unknown/$wasm_dir/frontend.wasm

# Read while the server compiles: the name of the files in pkg.
export LEPTOS_OUTPUT_NAME=$NAME

mkdir -p "$SITE/pkg" "$SITE/assets" "$STAMPS"

# --- the server, compiled beside the browser part ------------------------------

# Beside tests the server that they compiled is the one; with other packages in sight cargo would compile
# most of it once more, with other features.
if [ -n "${LECTERN_BESIDE_TESTS:-}" ]; then
  server_flags+=(--workspace --exclude frontend --example simulated-portal)
else
  server_flags+=(-p server)
fi

build_server() { exec cargo build "${server_flags[@]}" --bin "$NAME"; }

# --- the browser part -----------------------------------------------------------

build_wasm() {
  cargo build -p frontend --lib --target wasm32-unknown-unknown --profile "$wasm_profile"
}

# wasm-bindgen and wasm-opt take a while: only for a new input.
bind_wasm() {
  local stamp out
  stamp="$(wasm-bindgen --version) $(sha256sum <"$WASM")"
  if [ "$(cat "$STAMPS/wasm" 2>/dev/null)" = "$stamp" ] &&
    [ -s "$SITE/pkg/$NAME.js" ] && [ -s "$SITE/pkg/$NAME.wasm" ]; then
    return 0
  fi
  out=$(mktemp -d "$STAMPS/bind.XXXXXX")
  say "Binding the browser part."
  wasm-bindgen --target web --no-typescript --out-dir "$out" --out-name "$NAME" "$WASM"
  # With LEPTOS_OUTPUT_NAME set, pages ask for lectern.wasm.
  if [ "$mode" = release ]; then
    say "Shrinking the browser part."
    # What rustc itself uses, and every browser of the last years understands: no more.
    "$BIN/wasm-opt" -Oz --enable-bulk-memory --enable-bulk-memory-opt --enable-multivalue \
      --enable-mutable-globals --enable-nontrapping-float-to-int --enable-reference-types \
      --enable-sign-ext "$out/${NAME}_bg.wasm" -o "$out/$NAME.wasm"
    rm "$out/${NAME}_bg.wasm"
    "$BIN/esbuild" "$out/$NAME.js" --minify --format=esm --allow-overwrite --log-level=warning --outfile="$out/$NAME.js"
  else
    mv "$out/${NAME}_bg.wasm" "$out/$NAME.wasm"
  fi
  rm -rf "$STAMPS/wasm" "$SITE/pkg/snippets"
  cp -R "$out/." "$SITE/pkg/"
  rm -rf "$out"
  printf '%s\n' "$stamp" >"$STAMPS/wasm"
}

# --- styles, modules, files -------------------------------------------------------

bundle() {
  "$BIN/esbuild" "$@" --bundle "${minify[@]}" --log-level=warning
}

build_styles() {
  [ -f style/main.css ] || return 0
  # Addresses such as /assets/... name files of the site, which stay outside.
  local file outside=('--external:/assets/*')
  for file in public/*; do
    [ -e "$file" ] || continue
    outside+=("--external:/${file#public/}" "--external:/${file#public/}/*")
  done
  bundle style/main.css "${outside[@]}" --outfile="$SITE/pkg/$NAME.css"
}

# Each web/NAME.js becomes assets/NAME.js, and assets/NAME.css if it imports styles.
build_modules() {
  local module
  for module in web/*.js; do
    [ -f "$module" ] || continue
    bundle "$module" --format=esm --outdir="$SITE/assets"
  done
}

copy_public() {
  [ ! -d public ] || cp -R public/. "$SITE/"
}

precompress() {
  [ "$mode" = dev ] || node "$here/precompress.mjs" "$SITE" "$STAMPS/precompressed.json"
}

# --- all of it ----------------------------------------------------------------------

build_server &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT

if has_wasm_target && have wasm-bindgen; then
  build_wasm
  # Shrinking needs the npm packages; the note about them is below.
  if [ "$mode" = dev ] || [ -x "$BIN/wasm-opt" ]; then bind_wasm; fi
else
  warn "the browser part is left out, as the WebAssembly target or wasm-bindgen is missing; pages work with forms only."
fi
if [ -x "$BIN/esbuild" ]; then
  build_styles
  build_modules
else
  warn "styles, terminal and new browser code are left out, as the npm packages are missing: npm ci"
fi
copy_public
precompress

wait "$server" || die "the server did not compile; cargo's words are above."
trap - EXIT
