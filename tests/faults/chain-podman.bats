#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The chain of podman's and nerdctl's networks, bridge, portmap, firewall and tuning, on a host whose iptables drop what is forwarded:
# every system call goes wrong once, in cnitool and in each plugin.

FAULT_STEP=${FAULT_STEP:-700}
load chain

readonly FOUR='.name = "four" | .cniVersion = "1.1.0" | .plugins = [.plugins[0] + {bridge: "cni-four"},
	{type: "portmap", capabilities: {portMappings: true}}, {type: "firewall", ingressPolicy: "same-bridge"},
	{type: "tuning", mtu: 1400, sysctl: {"net.ipv4.conf.IFNAME.arp_filter": "1"}}]'

furnish() {
	host iptables-nft -P FORWARD DROP
}

more_state() {
	find "$CACHE" /run/cni/tuning -type f 2>/dev/null
}

@test "podman's chain: ADD" {
	sweep ADD four "$(chain 30-containerd "$FOUR")"
}

@test "podman's chain: DEL" {
	sweep DEL four "$(chain 30-containerd "$FOUR")"
}

@test "podman's chain: CHECK" {
	sweep CHECK four "$(chain 30-containerd "$FOUR")"
}

@test "podman's chain: GC" {
	sweep GC four "$(chain 30-containerd "$FOUR")"
}
