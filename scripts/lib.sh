# shellcheck shell=bash
# Helpers that the other scripts share; sourced, never run.
#
#   say, warn, die            one calm sentence to the reader
#   have COMMAND              is it there
#   is_root, is_debian        where are we
#   need_root_debian WHAT     stop with a sentence unless root on Debian
#   apt_install PACKAGE...    installs what is missing, and only that
#   add_backports             makes the backports of this Debian known to apt
#   debian_source SUITE       a source for another suite, from the machine's own
#   private_apt DIR ARG...    apt-get with lists of its own under DIR
#   has_wasm_target, wasm_bindgen_version, npm_is_fresh

# Exit codes that run.sh tells apart.
readonly EXIT_NOT_HERE=10   # not root, or not Debian: nothing was tried
# shellcheck disable=SC2034
readonly EXIT_NO_INCUS=11   # Incus is installed and cannot run on this machine

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export ROOT

say()  { printf '%s\n' "$*"; }
warn() { printf 'Note: %s\n' "$*" >&2; }
die()  { printf 'Stopped: %s\n' "$*" >&2; exit 1; }

have() { command -v "$1" >/dev/null 2>&1; }

is_root()   { [ "$(id -u)" = 0 ]; }
is_debian() { [ -r /etc/os-release ] && [ "$(. /etc/os-release && printf %s "$ID")" = debian ] && have apt-get; }

# The code name of this Debian, such as bookworm.
debian_codename() { (. /etc/os-release && printf '%s\n' "${VERSION_CODENAME:-}"); }

need_root_debian() {
  if ! is_debian; then
    warn "$1 is set up by this script on Debian only; the README says what is needed elsewhere."
    exit "$EXIT_NOT_HERE"
  fi
  if ! is_root; then
    warn "$1 needs root to be installed: run this once as root (for example with sudo)."
    exit "$EXIT_NOT_HERE"
  fi
}

# --- apt -------------------------------------------------------------------

readonly APT_WAIT=(-q -o DPkg::Lock::Timeout=600)

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Runs a command silently; on failure its output is shown.
quietly() {
  local out
  if ! out=$("$@" 2>&1); then
    printf '%s\n' "$out" >&2
    return 1
  fi
}

# apt-get update with ARGS, waiting while another program holds the lists.
apt_get_update() {
  local out
  for _ in $(seq 120); do
    if out=$(apt-get "${APT_WAIT[@]}" update "$@" 2>&1); then return 0; fi
    case $out in *"Could not get lock"*) sleep 2 ;; *) break ;; esac
  done
  printf '%s\n' "$out" >&2
  return 1
}

# apt-get update, unless a list is younger than an hour.
apt_update() {
  local fresh
  fresh=$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mmin -60 -print -quit 2>/dev/null || true)
  if [ "${1:-}" = always ] || [ -z "$fresh" ]; then
    apt_get_update
  fi
}

apt_install() {
  local missing=() package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing Debian packages: ${missing[*]}."
  apt_update || true
  DEBIAN_FRONTEND=noninteractive quietly \
    apt-get "${APT_WAIT[@]}" install -y --no-install-recommends "${missing[@]}" && return 0
  # Old lists name versions that are gone: fetch new ones and try once more.
  apt_update always || true
  DEBIAN_FRONTEND=noninteractive quietly \
    apt-get "${APT_WAIT[@]}" install -y --no-install-recommends "${missing[@]}" ||
    die "apt could not install ${missing[*]}; its own words are above."
}

# Prints an apt source (deb822) for SUITE: the machine's own main source with
# the suite replaced, so that the same mirror, key and components serve.
debian_source() {
  local suite=$1 own
  own=$(debian_codename)
  if [ -r /etc/apt/sources.list.d/debian.sources ]; then
    awk -v own="$own" -v suite="$suite" '
      BEGIN { RS = ""; FS = "\n" }
      {
        hit = 0; text = ""
        for (i = 1; i <= NF; i++) {
          if ($i ~ /^#/) continue
          if ($i ~ /^Suites:/) {
            n = split($i, word, /[ \t]+/)
            for (j = 2; j <= n; j++) if (word[j] == own) hit = 1
            text = text "Suites: " suite "\n"
          } else text = text $i "\n"
        }
        if (hit) { printf "%s", text; exit }
      }' /etc/apt/sources.list.d/debian.sources
  elif [ -r /etc/apt/sources.list ]; then
    awk -v own="$own" -v suite="$suite" '
      $1 == "deb" {
        for (at = 2; $at ~ /^\[/ || (open && !closed); at++) { open = 1; if ($at ~ /\]$/) closed = 1 }
        if ($(at + 1) != own) { open = closed = 0; next }
        print "Types: deb"; print "URIs: " $at; print "Suites: " suite; print "Components: main"
        print "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg"
        exit
      }' /etc/apt/sources.list
  fi
}

# Makes the backports of this Debian known to apt, for good: packages from there
# are taken only when asked for, and get their updates.
add_backports() {
  local suite file
  suite="$(debian_codename)-backports"
  file=/etc/apt/sources.list.d/lectern-backports.sources
  if apt-cache policy 2>/dev/null | grep -q "n=$suite,"; then return 0; fi
  if [ ! -s "$file" ]; then
    debian_source "$suite" >"$file"
    [ -s "$file" ] || { rm -f "$file"; die "no Debian source was found in /etc/apt to derive $suite from."; }
  fi
  say "Adding $suite to apt."
  apt_get_update -o Dir::Etc::SourceList="$file" \
    -o Dir::Etc::SourceParts=/dev/null -o APT::Get::List-Cleanup=0 ||
    die "apt could not read $suite."
}

# Installs packages from the backports of this Debian.
backports_install() {
  local missing=() package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  add_backports
  apt_update || true
  say "Installing from backports: ${missing[*]}."
  DEBIAN_FRONTEND=noninteractive quietly \
    apt-get "${APT_WAIT[@]}" install -y --no-install-recommends -t "$(debian_codename)-backports" "${missing[@]}" ||
    die "apt could not install ${missing[*]} from backports; its own words are above."
}

# apt-get with sources, lists and cache of its own under DIR (DIR/sources is a
# directory of .sources files), so that the machine's apt is left as it is.
private_apt() {
  local dir=$1
  shift
  mkdir -p "$dir/sources" "$dir/lists/partial" "$dir/cache/archives/partial"
  quietly apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$dir/sources" \
    -o Dir::State::Lists="$dir/lists" -o Dir::Cache="$dir/cache" -o APT::Sandbox::User=root \
    -o APT::Update::Post-Invoke::= "$@"
}

# --- what is there ------------------------------------------------------------

has_wasm_target() {
  compgen -G "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib/libcore-*.rlib" >/dev/null
}

# The version of wasm-bindgen that Cargo.lock holds: the tool must be the same.
wasm_bindgen_version() {
  local version=
  if [ -f "$ROOT/Cargo.lock" ]; then
    version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/"/, "", $3); print $3; exit }' "$ROOT/Cargo.lock")
  fi
  printf '%s\n' "${version:-0.2.130}"
}

# A line that changes when node_modules must be made anew.
npm_stamp() {
  local lock=$ROOT/package-lock.json
  [ -f "$lock" ] || lock=$ROOT/package.json
  printf '%s %s\n' "$(node --version)" "$(sha256sum <"$lock" | cut -d' ' -f1)"
}

npm_is_fresh() {
  [ "$(cat "$ROOT/node_modules/.lectern-stamp" 2>/dev/null)" = "$(npm_stamp)" ]
}
