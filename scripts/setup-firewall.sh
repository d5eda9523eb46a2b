#!/usr/bin/env bash
# Closes the lab network: installs the nft table "inet lectern", so that a lab
# machine reaches neither another lab machine through the host nor any service
# of the host except DHCP and DNS. The internet stays open to it through NAT,
# and the host may open connections to the machines.
#
# (Neighbours on the bridge itself are kept apart by Incus: each machine's
# network device has security.port_isolation, .mac_filtering, .ipv4_filtering.)
#
# An Incus network ACL cannot do this: it names destinations by address, while
# the host is to be closed at all its addresses, present and future.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"

NETWORK=lecternbr0
RULES=/etc/lectern/firewall.nft
UNIT=/etc/systemd/system/lectern-firewall.service

need_root_debian "The firewall of the lab network"

rules() {
  cat <<NFT
# Written by Lectern (scripts/setup-firewall.sh); changes here are overwritten.
table inet lectern
delete table inet lectern
table inet lectern {
  # From lab machines to the host: replies, DHCP and DNS; nothing else.
  chain input {
    type filter hook input priority filter - 10; policy accept;
    iifname != "$NETWORK" accept
    ct state established,related accept
    udp dport { 53, 67 } accept
    tcp dport 53 accept
    counter drop
  }
  # From lab machines through the host: not to each other, and not to
  # link-local addresses, where clouds keep the host's own secrets.
  chain forward {
    type filter hook forward priority filter - 10; policy accept;
    iifname != "$NETWORK" accept
    oifname "$NETWORK" counter drop
    ip daddr 169.254.0.0/16 counter drop
  }
}
NFT
}

mkdir -p "$(dirname "$RULES")"
if ! cmp -s <(rules) "$RULES" || ! nft list table inet lectern >/dev/null 2>&1; then
  rules >"$RULES"
  say "Installing the firewall of the lab network."
  nft -f "$RULES" || die "nft could not install the firewall in $RULES."
fi

# Docker closes forwarding for every bridge but its own; it keeps this chain for
# exceptions. (Our own table still drops what it drops.)
if have iptables && iptables -n -L DOCKER-USER >/dev/null 2>&1; then
  for direction in -i -o; do
    iptables -C DOCKER-USER "$direction" "$NETWORK" -j ACCEPT 2>/dev/null ||
      iptables -I DOCKER-USER "$direction" "$NETWORK" -j ACCEPT
  done
fi

# With systemd the table is there again after a reboot, before any machine is.
if [ -d /run/systemd/system ] && [ ! -s "$UNIT" ]; then
  cat >"$UNIT" <<UNIT
[Unit]
Description=Firewall of the Lectern lab network
Before=incus.service network-pre.target
Wants=network-pre.target
After=nftables.service
PartOf=nftables.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f $RULES

[Install]
WantedBy=multi-user.target nftables.service
UNIT
  systemctl daemon-reload
  systemctl enable --now lectern-firewall.service >/dev/null 2>&1 ||
    warn "the firewall works now, but could not be made permanent; run this script again after a reboot."
fi
