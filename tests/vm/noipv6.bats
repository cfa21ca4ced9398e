#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A kernel booted with ipv6.disable=1.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers

setup() {
	[[ ! -e /proc/sys/net/ipv6 ]] || fail_because "this kernel has IPv6"
	setup_host
}

@test "an IPv4 network works: gateway, sibling, masquerade, CHECK, DEL" {
	c=$(conf 11-bridge-ipv4)
	ip netns add outside
	host ip link add uplink type veth peer name eth0 netns outside
	host ip addr add 192.0.2.1/24 dev uplink
	host ip link set uplink up
	in_container outside ip addr add 192.0.2.2/24 dev eth0
	in_container outside ip link set eth0 up
	# The first ADD makes the bridge and the table, which stay.
	new_container first
	add bridge <<<"$c"
	gateway=$(jq -r '.ips[0].gateway' <<<"$stdout")
	snapshot_host
	new_container c1
	add bridge <<<"$c"
	result=$stdout
	in_container c1 ping -c 1 -W 10 "$gateway"
	in_container c1 ping -c 1 -W 10 192.0.2.2
	in_container first ping -c 1 -W 10 "$(jq -r '.ips[0].address | split("/")[0]' <<<"$result")"
	check bridge <<<"$(with_result "$c" "$result")"
	del bridge <<<"$c"
	assert_unchanged
}

@test "a network without addresses works, with spoof protection" {
	new_container c1
	add bridge <<<"$(conf 13-bridge-l2)"
	result=$stdout
	check bridge <<<"$(with_result "$(conf 13-bridge-l2)" "$result")"
	del bridge <<<"$(conf 13-bridge-l2)"
}

@test "IPv6 addresses are refused with the reason, and nothing is left" {
	local file

	new_container c1
	for file in 10-bridge 12-bridge-ipv6; do
		snapshot_host
		cni ADD bridge <<<"$(conf "$file")"
		refute test "$status" == 0
		assert_json '.details | contains("boot without ipv6.disable=1")' true
		# The remedy names no setting that this kernel does not have.
		assert_json '.details | contains("/proc/sys/net/ipv6")' false
		del bridge <<<"$(conf "$file")"
		refute in_container c1 ip link show dev eth0
		assert_eq "$(find "$data_dir" -name '*:*')" "" "leases"
	done
}

@test "loopback" {
	new_container c1
	ifname=lo
	add loopback <<<'{"cniVersion":"1.0.0","name":"lo","type":"loopback"}'
	in_container c1 ping -c 1 -W 10 127.0.0.1
	check loopback <<<"$(with_result '{"cniVersion":"1.0.0","name":"lo","type":"loopback"}')"
}

@test "ptp" {
	c=$(jq -n --arg dir "$data_dir" '{ cniVersion: "1.0.0", name: "p", type: "ptp", ipMasq: true,
		ipam: { type: "host-local", dataDir: $dir, subnet: "10.7.0.0/24", routes: [{dst: "0.0.0.0/0"}] } }')
	new_container c1
	add ptp <<<"$c"
	result=$stdout
	in_container c1 ping -c 1 -W 10 10.7.0.1
	check ptp <<<"$(with_result "$c" "$result")"
	del ptp <<<"$c"
	refute in_container c1 ip link show dev eth0
}
