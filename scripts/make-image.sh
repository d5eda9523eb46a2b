#!/usr/bin/env bash
# Makes a lab image from Debian packages and gives it to Incus under NAME:
#
#   make-image.sh [--rebuild] debian-12
#
# The image is a small Debian with systemd, ssh, sudo and Python that boots fast
# and has no identity yet: no machine id, no ssh host keys, no host name. Each
# machine makes its own at its first boot. The packed image is kept in
# ${LECTERN_CACHE:-/var/cache/lectern}, so that it can be imported again at once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"

CACHE=${LECTERN_CACHE:-/var/cache/lectern}

rebuild=no
if [ "${1:-}" = --rebuild ]; then rebuild=yes; shift; fi
name=${1:-debian-12}
case $name in
  debian-12) suite=bookworm; title="Debian 12 (Bookworm)" ;;
  debian-13) suite=trixie;   title="Debian 13 (Trixie)" ;;
  *) die "this script knows how to make debian-12 and debian-13, not '$name'." ;;
esac

has_image() { incus query "/1.0/images/aliases/$name?project=default" >/dev/null 2>&1; }

if [ "$rebuild" = no ] && has_image; then exit 0; fi
need_root_debian "The lab image"

PACKAGES=(
  systemd-sysv systemd-resolved udev dbus libpam-systemd libnss-myhostname
  openssh-server sudo passwd adduser
  netbase iproute2 iputils-ping ca-certificates
  less nano vim-tiny bash-completion procps python3
)

# What runs at boot in a usual Debian and serves nothing in a lab machine.
MASKED=(
  apt-daily.timer apt-daily-upgrade.timer apt-daily.service apt-daily-upgrade.service
  dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
  getty.target getty-static.service console-getty.service
  systemd-networkd-wait-online.service systemd-timesyncd.service
  systemd-binfmt.service systemd-modules-load.service systemd-pstore.service
  modprobe@.service kmod-static-nodes.service
  dev-hugepages.mount dev-mqueue.mount
  sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount
  systemd-hwdb-update.service systemd-update-utmp-runlevel.service
  systemd-network-generator.service systemd-remount-fs.service
  proc-sys-fs-binfmt_misc.automount
)

# --- what is put into the file system -----------------------------------------

# Runs after the packages are installed; $1 is the root of the new system.
customize() {
  local root=$1 unit

  # No identity: each machine makes its own. Without /etc/hostname the name that
  # Incus gives the machine is its host name.
  : >"$root/etc/machine-id"
  rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/var/lib/dbus/machine-id" \
    "$root/var/lib/systemd/random-seed"
  ln -s /etc/machine-id "$root/var/lib/dbus/machine-id"
  printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n' >"$root/etc/hosts"
  : >"$root/etc/fstab"
  echo 'LANG=C.UTF-8' >"$root/etc/default/locale"

  cat >"$root/etc/systemd/system/ssh-host-keys.service" <<'UNIT'
[Unit]
Description=Make this machine's own ssh host keys
Before=ssh.service ssh.socket
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'rm -f /etc/ssh/ssh_host_*; for kind in ecdsa ed25519; do ssh-keygen -q -N "" -C "" -t $kind -f /etc/ssh/ssh_host_$${kind}_key; done'

[Install]
WantedBy=multi-user.target
RequiredBy=ssh.service
UNIT
  printf 'HostKey /etc/ssh/ssh_host_ed25519_key\nHostKey /etc/ssh/ssh_host_ecdsa_key\n' \
    >"$root/etc/ssh/sshd_config.d/10-host-keys.conf"

  # An address by DHCP, as early in the boot as can be.
  cat >"$root/etc/systemd/network/10-lab.network" <<'UNIT'
[Match]
Name=eth0

[Network]
DHCP=ipv4
LinkLocalAddressing=no
IPv6AcceptRA=no
LLMNR=no
MulticastDNS=no

[DHCPv4]
ClientIdentifier=mac
UseHostname=no
UNIT
  # Only network devices are of interest here; the host's others need no look.
  mkdir -p "$root/etc/systemd/system/systemd-udev-trigger.service.d"
  cat >"$root/etc/systemd/system/systemd-udev-trigger.service.d/lab.conf" <<'UNIT'
[Service]
ExecStart=
ExecStart=-udevadm trigger --type=devices --action=add --subsystem-match=net
UNIT
  mkdir -p "$root/etc/systemd/journald.conf.d"
  printf '[Journal]\nSystemMaxUse=32M\nRuntimeMaxUse=16M\n' >"$root/etc/systemd/journald.conf.d/lab.conf"

  chroot "$root" systemctl -q enable ssh-host-keys.service systemd-networkd.service systemd-resolved.service
  for unit in "${MASKED[@]}"; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
  ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

  # The image was made without manuals; what is installed later keeps its own.
  rm -f "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
  rm -rf "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/var/log/*.log "$root"/var/log/apt/* \
    "$root"/var/cache/apt/*.bin "$root"/var/lib/apt/lists/*
}

# --- build, pack, import --------------------------------------------------------

# The packed image: a name that changes with this recipe.
recipe=$(sha256sum "$here/make-image.sh" | cut -c1-12)
rootfs="$CACHE/$name-$recipe.squashfs"

build() {
  local work
  apt_install mmdebstrap squashfs-tools
  work=$(mktemp -d /var/tmp/lectern-image.XXXXXX)
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  say "Building the lab image $name from Debian packages (about a minute)."
  # The machine's own sources, for the release that the image is made of.
  sed "s/\b$(debian_codename)\b/$suite/g; /^#/d" /etc/apt/sources.list.d/debian.sources >"$work/debian.sources" 2>/dev/null ||
    debian_source "$(debian_codename)" | sed "s/\b$(debian_codename)\b/$suite/g" >"$work/debian.sources"
  # mmdebstrap calls the hook with the new root as its argument.
  {
    echo '#!/usr/bin/env bash'
    echo 'set -euo pipefail'
    declare -p MASKED
    declare -f customize
    # shellcheck disable=SC2016
    echo 'customize "$1"'
  } >"$work/customize"
  chmod +x "$work/customize"
  quietly mmdebstrap --variant=minbase --include="$(IFS=,; echo "${PACKAGES[*]}")" \
    --customize-hook="$work/customize" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*/*' \
    "$suite" "$work/root.tar" "$work/debian.sources" ||
    die "mmdebstrap could not build the image; its words are above."
  mkdir -p "$CACHE"
  quietly mksquashfs - "$work/root.squashfs" -tar -comp zstd -Xcompression-level 6 -noappend <"$work/root.tar" ||
    die "mksquashfs could not pack the image."
  rm -f "$CACHE/$name"-*.squashfs
  mv "$work/root.squashfs" "$rootfs"
}

import() {
  local work old
  work=$(mktemp -d)
  old=$(incus image list --project default --format csv --columns F "$name" 2>/dev/null | head -n 1)
  cat >"$work/metadata.yaml" <<META
architecture: $(uname -m)
creation_date: $(date +%s)
properties:
  os: Debian
  release: $suite
  description: $title
META
  tar -C "$work" -cf "$work/meta.tar" metadata.yaml
  say "Giving the image $name to Incus."
  # The alias moves in one step; nobody finds it missing meanwhile.
  quietly incus image import --project default "$work/meta.tar" "$rootfs" --alias "$name" --reuse ||
    die "Incus did not take the image; its words are above."
  if [ -n "$old" ]; then incus image delete --project default "$old" 2>/dev/null || true; fi
  rm -rf "$work"
}

if [ "$rebuild" = yes ] || [ ! -s "$rootfs" ]; then build; fi
import
