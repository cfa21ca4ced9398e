#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool doctor on a network of both families: what is wrong with one of them is named, and the remedy brings back what
# the kernel took away with it.

load helpers
load cnitool
load doctor

readonly BOTH='.plugins[1].ipam.ranges = [[{subnet: "10.9.0.0/24"}], [{subnet: "fd00:9::/64"}]]'

setup() {
	setup_tool
	network n "$BOTH"
	new_container red
	tool_ok add n "$netns"
}

teardown() {
	teardown_tool
}

names_and_advises() {
	doctor_names "$1"
	assert_json '.[0].what' "\"$2\""
	follow_advice
	healthy
}

reaches_outside() {
	in_container red ping -qc 1 -W "${PING_SECONDS:-10}" 2001:db8::2
}

@test "a healthy network of both families" {
	healthy
	in_container red ping -qc 1 10.9.0.1
	in_container red ping -qc 1 fd00:9::1
}

@test "a healthy network of IPv6 alone" {
	network six '.plugins[1].bridge = "br6" | .plugins[1].ipam.ranges = [[{subnet: "fd00:6::/64"}]]'
	new_container blue
	tool_ok add six "$netns"
	tool_ok doctor six
}

@test "the interface is down: its IPv6 address comes back too" {
	in_container red ip link set eth0 down
	names_and_advises interface-down "eth0 in red is down"
	in_container red ping -qc 1 fd00:9::1
}

@test "the IPv6 address is missing" {
	in_container red ip -6 addr flush dev eth0 scope global
	names_and_advises address-missing "eth0 in red has no address fd00:9::2/64"
	in_container red ping -qc 1 fd00:9::1
}

@test "both addresses are missing" {
	in_container red ip addr flush dev eth0 scope global
	doctor_names address-missing address-missing
	assert_json 'map(.what)' '["eth0 in red has no address 10.9.0.2/24", "eth0 in red has no address fd00:9::2/64"]'
}

@test "there is no IPv6 route to the gateway" {
	in_container red ip -6 route del default
	names_and_advises route-missing "red has no route to its gateway: no default route"
}

@test "there is no IPv6 route to the subnet" {
	in_container red ip -6 route del fd00:9::/64 dev eth0
	doctor_names route-missing
	assert_json '.[0].what | startswith("red has no route to fd00:9::/64")' true
	follow_advice
	healthy
}

@test "the bridge is down: its IPv6 address comes back too" {
	host ip link set br0 down
	names_and_advises bridge-down "bridge br0 is down"
	in_container red ping -qc 1 fd00:9::1
}

@test "the IPv6 gateway is missing" {
	host ip addr del fd00:9::1/64 dev br0
	names_and_advises gateway-missing "br0 has no address fd00:9::1, the gateway of its containers"
}

@test "IPv6 forwarding is off" {
	host sysctl -qw net.ipv6.conf.all.forwarding=0
	doctor_names forwarding-off
	assert_json '.[0].what' '"the host forwards no IPv6 packets"'
	fixed
	healthy
	host sysctl -qw net.ipv6.conf.all.forwarding=0
	doctor_names forwarding-off
	follow_advice
	healthy
}

@test "FORWARD drops IPv6" {
	host nft 'add table ip6 filter; add chain ip6 filter FORWARD { type filter hook forward priority 0; policy drop; }'
	host sysctl -qw net.bridge.bridge-nf-call-ip6tables=0
	names_and_advises forward-drop "chain FORWARD of table ip6 filter drops what containers behind br0 send to others, and the answers"
}

@test "IPv6 NAT is missing" {
	local set

	new_outside
	wait_until 5 reaches_outside
	set=$(host nft -j list table inet cni_masquerade | jq -r '.nftables[].set? // empty | select(any(.elem[]?; (.elem.val? // .) == "fd00:9::2")) | .name')
	[[ -n $set ]]
	host nft delete element inet cni_masquerade "$set" '{ fd00:9::2 }'
	refute reaches_outside
	doctor_names masquerade-missing
	assert_json '.[0].what | startswith("masquerade (NAT) of eth0 in red: fd00:9::2/64 is not masqueraded")' true
	fixed
	healthy
	wait_until 5 reaches_outside
}

@test "ptp: what goes with a link that is down comes back with the advice" {
	local port mistake name

	tool_ok del n "$netns"
	host ip link delete br0
	jq -n --arg dir "$data_dir" '{cniVersion: "1.1.0", name: "n", plugins: [{type: "loopback"},
		{type: "ptp", ipMasq: true, ipam: {type: "host-local", dataDir: $dir, routes: [{dst: "0.0.0.0/0"}, {dst: "::/0"}],
		 ranges: [[{subnet: "10.9.0.0/24"}], [{subnet: "fd00:9::/64"}]]}}]}' >"$conf_dir/n.conflist"
	tool_ok add n "$netns"
	healthy
	port=$(host ip -j link | jq -r '.[].ifname | select(startswith("veth"))')
	for mistake in "interface-down|ip -n red link set eth0 down" "host-interface-down|ip link set $port down" \
		"route-missing|ip -n red -6 route del default" "route-missing|ip -n red route del 10.9.0.0/24" \
		"route-missing|ip -n red -6 route del fd00:9::/64"; do
		name=${mistake%%|*}
		host sh -c "${mistake#*|}"
		doctor_names "$name"
		follow_advice
		healthy
		in_container red ping -qc 1 -W 10 10.9.0.1
		in_container red ping -qc 1 -W 10 fd00:9::1
	done
}

@test "IPv6 is switched off on the host before an ADD" {
	local kind

	tool_ok del n "$netns"
	host ip link delete br0
	for kind in bridge ptp; do
		[[ $kind == bridge ]] || network n "$BOTH"' | .plugins[1] |= (del(.bridge, .isDefaultGateway) + {type: "ptp"})'
		host sysctl -qw net.ipv6.conf.all.disable_ipv6=1
		names_and_advises ipv6-off "IPv6 is switched off for interfaces to come: net/ipv6/conf/default/disable_ipv6 is 1"
		tool_ok add n "$netns"
		healthy
		in_container red ping -qc 1 fd00:9::1
		tool_ok del n "$netns"
	done
}

# bats test_tags=night
@test "IPv6 is switched off on a bridge that an ADD has made before it failed" {
	tool_ok del n "$netns"
	host ip link delete br0
	host sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	tool_fails 'sysctl -w net.ipv6.conf.default.disable_ipv6=0' add n "$netns"
	names_and_advises ipv6-off "IPv6 is switched off for br0: net/ipv6/conf/br0/disable_ipv6 is 1"
	tool_ok add n "$netns"
	healthy
	in_container red ping -qc 1 fd00:9::1
}

@test "IPv6 is switched off on the host while containers are there" {
	host sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	doctor_names ipv6-off gateway-missing
	paste
	healthy
	in_container red ping -qc 1 fd00:9::1
}

@test "IPv6 is switched off in a container" {
	in_container red sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	names_and_advises address-missing "eth0 in red has no address fd00:9::2/64"
	in_container red ping -qc 1 fd00:9::1
}

@test "networks without IPv6, or without an address on the host, need none there" {
	tool_ok del n "$netns"
	network n
	host sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	healthy
	network n "$BOTH | .plugins[1].isDefaultGateway = false"
	tool_ok add n "$netns"
	healthy
}

# What a kernel without IPv6 has not got is hidden.
@test "the kernel has no IPv6" {
	tool_ok del n "$netns"
	# shellcheck disable=SC2016 # for the inner shell
	without_ipv6=$BATS_TEST_TMPDIR/cnitool
	printf '#!/bin/sh\nexec unshare -m sh -c "mount -t tmpfs none /proc/sys/net/ipv6; exec %s \\"\\$@\\"" sh "$@"\n' "$cnitool" \
		>"$without_ipv6"
	chmod 755 "$without_ipv6"
	cnitool=$without_ipv6
	doctor_names ipv6-missing
	network n
	healthy
}
