#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Kernel modules that nobody loaded yet, and modules that are not there: the error says what is missing.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers

teardown() {
	teardown_host
	rm -f /etc/modprobe.d/test.conf
}

# without MODULE…: as if this kernel did not have them. Patterns are fine.
without() {
	local module

	unload "$@"
	for module in "$@"; do
		echo "install $module /bin/false"
	done >/etc/modprobe.d/test.conf
}

# Unloads what matches, and what uses it. A namespace that was just deleted may hold them for a moment.
unload() {
	wait_until 10 unload_once "$@"
}

unload_once() {
	local pattern name left=0

	for pattern in "$@"; do
		while read -r name _; do
			# shellcheck disable=SC2053 # a pattern
			[[ $name == $pattern ]] || continue
			remove_with_users "$name" || left=1
		done </proc/modules
	done
	return "$left"
}

remove_with_users() {
	local name users user

	while read -r name _ _ users _; do
		[[ $name == "$1" && $users != - ]] || continue
		for user in ${users//,/ }; do
			remove_with_users "$user"
		done
	done </proc/modules
	[[ ! -e /sys/module/$1 ]] || rmmod "$1"
}

assert_nothing_left() {
	refute in_container c1 ip link show dev eth0
	assert_eq "$(find "$data_dir" -name '*[.:]*' ! -name 'last_reserved_ip.*' 2>/dev/null)" "" "leases"
	assert_eq "$(host ip -o link show type veth 2>/dev/null)" "" "links"
}

@test "modules that are not loaded yet are loaded" {
	unload bridge 'nf*' 'nft*' veth
	refute grep -qE '^(bridge|nf_tables|veth) ' /proc/modules
	c=$(conf 10-bridge '.macspoofchk = true')
	new_container c1
	add bridge <<<"$c"
	result=$stdout
	in_container c1 ping -c 1 -W 10 10.22.0.1
	check bridge <<<"$(with_result "$c" "$result")"
	del bridge <<<"$c"
}

@test "no nf_tables: masquerading is refused with the reason, networks without it work" {
	without nf_tables
	new_container c1
	cni ADD bridge <<<"$(conf 10-bridge)"
	assert_error 101
	assert_json '(.msg + .details) | test("nf_tables")' true
	assert_nothing_left
	del bridge <<<"$(conf 10-bridge)"
	add bridge <<<"$(conf 10-bridge 'del(.ipMasq)')"
	result=$stdout
	check bridge <<<"$(with_result "$(conf 10-bridge 'del(.ipMasq)')" "$result")"
	del bridge <<<"$(conf 10-bridge 'del(.ipMasq)')"
}

@test "no masquerade in nf_tables: refused with the reason" {
	without nft_masq
	new_container c1
	cni ADD bridge <<<"$(conf 10-bridge)"
	assert_error 101
	assert_json '(.msg + .details) | test("nft_masq")' true
	assert_nothing_left
}

@test "no NAT chains in nf_tables: refused with the reason" {
	without nft_chain_nat
	new_container c1
	cni ADD bridge <<<"$(conf 10-bridge)"
	assert_error 101
	assert_json '(.msg + .details) | test("nft_chain_nat")' true
	assert_nothing_left
}

@test "no nf_conntrack_netlink: a port is published all the same, and what goes on is said with the reason" {
	without nf_conntrack_netlink
	new_container c1
	add bridge <<<"$(conf 30-containerd)"
	result=$stdout
	in_container c1 ping -c 1 -W 10 10.30.0.1
	c=$(conf 30-containerd '.runtimeConfig.portMappings = [{hostPort: 5300, containerPort: 53, protocol: "udp"}]' portmap)
	add portmap <<<"$(with_result "$c" "$result")"
	[[ $stderr == *"module nf_conntrack_netlink may be missing"* ]] || fail_because "nothing is said"
	check portmap <<<"$(with_result "$c" "$result")"
	del portmap <<<"$c"
}

@test "no bridge: refused with the reason" {
	without bridge
	new_container c1
	cni ADD bridge <<<"$(conf 10-bridge)"
	assert_error 100
	assert_json '(.msg + .details) | test("module bridge")' true
	assert_nothing_left
	del bridge <<<"$(conf 10-bridge)"
}

@test "no veth: refused with the reason" {
	without veth
	new_container c1
	cni ADD bridge <<<"$(conf 10-bridge)"
	assert_error 100
	assert_json '(.msg + .details) | test("module veth")' true
	assert_nothing_left
	del bridge <<<"$(conf 10-bridge)"
	cni ADD ptp <<<"$(conf 10-bridge '.type = "ptp" | del(.bridge)')"
	assert_error 100
	assert_json '(.msg + .details) | test("module veth")' true
}
