#!/usr/bin/env bash
# Sets up Incus, which runs the lab machines: the package, the daemon, a btrfs
# storage pool, a bridge network closed by a firewall, and a first image.
# Whatever is there already is left alone.
#
# Settings (environment): LECTERN_POOL_SIZE, LECTERN_SUBNET (a gateway address
# with prefix, such as 10.88.0.1/20), LECTERN_LOG_DIR.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"

POOL=lectern
NETWORK=lecternbr0
IMAGE=debian-12
# A machine keeps its address while it is stopped, until it is deleted: a /24
# would end at 250 machines in all labs together, a /20 holds 4000.
PREFIX=20
LOG_DIR=${LECTERN_LOG_DIR:-/var/log/lectern}
SOCKET=${INCUS_DIR:-/var/lib/incus}/unix.socket

need_root_debian "Incus"

no_incus() { warn "$1"; exit "$EXIT_NO_INCUS"; }

# --- the package -------------------------------------------------------------

install_incus() {
  apt_install btrfs-progs dnsmasq-base nftables iptables iproute2 uidmap squashfs-tools
  is_installed incus-base && return 0
  # In Debian 13 and later Incus is an ordinary package; 12 has it in backports.
  if [ "$(debian_codename)" = bookworm ]; then
    backports_install incus-base
  else
    apt_install incus-base
  fi
}

# --- kernel limits -------------------------------------------------------------

# The kernel's usual limits end at about fifteen machines (each systemd inside
# takes several inotify instances, all counted on root); these carry hundreds.
raise_limits() {
  local file=/etc/sysctl.d/60-lectern.conf wanted
  wanted='# Written by Lectern (scripts/setup-incus.sh): room for hundreds of lab machines.
fs.inotify.max_user_instances = 1048576
fs.inotify.max_user_watches = 1048576
fs.inotify.max_queued_events = 1048576
fs.aio-max-nr = 524288
kernel.keys.maxkeys = 4000
kernel.keys.maxbytes = 4000000
kernel.pty.max = 16384
vm.max_map_count = 262144
net.ipv4.neigh.default.gc_thresh2 = 4096
net.ipv4.neigh.default.gc_thresh3 = 8192'
  if [ "$(cat "$file" 2>/dev/null)" = "$wanted" ] &&
    [ "$(cat /proc/sys/fs/inotify/max_user_instances)" -ge 1048576 ]; then
    return 0
  fi
  say "Raising kernel limits for many machines ($file)."
  mkdir -p "$(dirname "$file")"
  printf '%s\n' "$wanted" >"$file"
  local key value
  while IFS=' =' read -r key value; do
    # A limit that this kernel does not have, or that is fixed, is no reason to stop.
    case $key in '#'* | '') continue ;; esac
    echo "$value" 2>/dev/null >"/proc/sys/${key//.//}" || true
  done <"$file"
}

# --- the daemon --------------------------------------------------------------

# lxcfs makes a machine see its own memory, processors and uptime instead of the
# host's. With systemd its package starts it.
start_lxcfs() {
  { [ -d /run/systemd/system ] || ! have lxcfs; } && return 0
  grep -q ' /var/lib/lxcfs fuse' /proc/mounts && return 0
  mkdir -p "$LOG_DIR" /var/lib/lxcfs
  setsid nohup lxcfs /var/lib/lxcfs </dev/null >>"$LOG_DIR/lxcfs.log" 2>&1 &
}

answers() { [ -S "$SOCKET" ] && timeout 10 incus query /1.0 >/dev/null 2>&1; }

start_daemon() {
  answers && return 0
  if [ -d /run/systemd/system ]; then
    say "Starting Incus."
    systemctl enable --now incus.socket incus.service >/dev/null 2>&1 || systemctl start incus.service || true
  else
    # No systemd: the daemon runs by itself and outlives this script.
    local daemon=/usr/libexec/incus/incusd group=root
    [ -x "$daemon" ] || daemon=$(command -v incusd) || no_incus "the Incus daemon (incusd) was not found."
    getent group incus-admin >/dev/null && group=incus-admin
    mkdir -p "$LOG_DIR"
    say "Starting Incus; its log is $LOG_DIR/incusd.log."
    INCUS_DIR=${INCUS_DIR:-/var/lib/incus} setsid nohup "$daemon" --group "$group" --logfile "$LOG_DIR/incusd.log" \
      </dev/null >>"$LOG_DIR/incusd.out" 2>&1 &
  fi
  for _ in $(seq 300); do
    answers && return 0
    sleep 0.2
  done
  no_incus "Incus was started and did not answer within a minute; see $LOG_DIR or 'journalctl -u incus'."
}

# --- storage and network -------------------------------------------------------

# A machine's disk has a size, which btrfs holds by quotas. Full quotas look at every shared
# extent of every copy, and make copying ever slower; simple ones only add up what each copy wrote.
# Kernels before 6.7 have no simple quotas: then Incus turns the full ones on by itself.
count_simply() {
  local mounted=${INCUS_DIR:-/var/lib/incus}/storage-pools/$POOL
  # BTRFS_IOC_QUOTA_CTL with BTRFS_QUOTA_CTL_ENABLE_SIMPLE_QUOTA; tools that know the word are newer.
  perl -e 'sysopen(my $pool, $ARGV[0], 0) or exit 1;
    my $request = pack("QQ", 4, 0);
    ioctl($pool, 0xC0109428, $request) or exit 1;' "$mounted" ||
    warn "this kernel has no simple btrfs quotas; copying machines is slower with full ones."
}

make_pool() {
  incus storage show "$POOL" >/dev/null 2>&1 && return 0
  say "Making the storage pool $POOL (btrfs on a sparse file, ${LECTERN_POOL_SIZE:-20GiB})."
  quietly incus storage create "$POOL" btrfs size="${LECTERN_POOL_SIZE:-20GiB}" ||
    no_incus "Incus could not make a btrfs pool on this machine; its words are above."
  count_simply
}

# The gateway address of a subnet that no route of this machine covers or contains.
free_subnet() {
  local b c covering
  for b in 88 97 143 188 213; do
    for c in 0 64 128; do
      covering=$(ip -4 route show table all to match "10.$b.$c.0/$PREFIX" 2>/dev/null | grep -v '^default' || true)
      [ -z "$covering" ] || continue
      [ -z "$(ip -4 route show table all to root "10.$b.$c.0/$PREFIX" 2>/dev/null)" ] || continue
      printf '10.%s.%s.1/%s\n' "$b" "$c" "$PREFIX"
      return 0
    done
  done
  return 1
}

make_network() {
  incus network show "$NETWORK" >/dev/null 2>&1 && return 0
  local gateway=${LECTERN_SUBNET:-}
  [ -n "$gateway" ] || gateway=$(free_subnet) ||
    die "no free subnet was found for $NETWORK; set LECTERN_SUBNET=10.x.y.1/20."
  # dns.mode=none: the machines' names are not to be looked up by each other.
  say "Making the network $NETWORK ($gateway)."
  quietly incus network create "$NETWORK" --type=bridge ipv4.address="$gateway" ipv4.nat=true ipv6.address=none dns.mode=none ||
    no_incus "Incus could not make the network; its words are above."
}

install_incus
raise_limits
start_lxcfs
start_daemon
make_pool
make_network
"$here/setup-firewall.sh"
"$here/make-image.sh" "$IMAGE"
