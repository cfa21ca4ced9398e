#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ipvlan, for which this needs a kernel with that driver, on an uplink behind which is an outside host.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers
load ../netns/interface

setup() {
	setup_host
	new_outside
	wait_until 5 host ping -c 1 -W 1 2001:db8::2
}

@test "ipvlan: two containers reach each other and the outside, both families; CHECK, DEL" {
	local c one two

	c=$(conf 42-ipvlan)
	new_container one
	snapshot_host
	add ipvlan <<<"$c"
	one=$stdout
	assert_json '.interfaces | map([.name, .sandbox])' '[["eth0", "/run/netns/one"]]'
	assert_json '.ips | map(.interface)' '[0, 0]'
	has '.linkinfo.info_kind == "ipvlan" and .linkinfo.info_data.mode == "l2"'
	has '.ifalias == "shared-mac/one/eth0" and (.flags | index("UP"))'
	has ".address == $(jq .interfaces[0].mac <<<"$one")"
	refute grep -q tentative <(in_container one ip addr show dev eth0)
	assert_eq "$(in_container one sysctl -n net.ipv4.conf.eth0.arp_notify net.ipv6.conf.eth0.ndisc_notify | xargs)" "1 1" "sysctls"
	new_container two
	add ipvlan <<<"$c"
	assert_eq "$stderr" "" "stderr"
	two=$stdout
	reaches one "$(address_of "$two")"
	reaches one "$(address_of "$two" 1)"
	reaches two 192.0.2.2
	reaches two 2001:db8::2
	check ipvlan <<<"$(with_result "$c" "$two")"
	del ipvlan <<<"$c"
	use_container one
	check ipvlan <<<"$(with_result "$c" "$one")"
	del ipvlan <<<"$c"
	refute in_container one ip link show dev eth0
	assert_unchanged
	del ipvlan <<<"$c"
}

@test "ipvlan: every key shows in the kernel, and CHECK compares it" {
	local c mode result

	host ip link add other type veth peer name behind
	for mode in l3 l3s l2; do
		new_container "$mode"
		c=$(conf 42-ipvlan ".mode = \"$mode\" | .mtu = 1400")
		add ipvlan <<<"$c"
		result=$stdout
		has ".mtu == 1400 and .linkinfo.info_data.mode == \"$mode\""
		check ipvlan <<<"$(with_result "$c" "$result")"
		check ipvlan <<<"$(with_result "$c" "$result" | jq 'del(.master)')"
		cni CHECK ipvlan <<<"$(with_result "$c" "$result" | jq '.mode = (if .mode == "l3" then "l2" else "l3" end)')"
		assert_error 104 "has mode $mode instead of"
		cni CHECK ipvlan <<<"$(with_result "$c" "$result" | jq '.master = "other"')"
		assert_error 104 "does not stand on other"
		del ipvlan <<<"$c"
	done
}

# bats test_tags=night
@test "ipvlan: behind another plugin it takes that one's interface and addresses" {
	local c prev

	c=$(conf 42-ipvlan 'del(.ipam, .master)')
	prev='{"cniVersion": "1.0.0", "interfaces": [{"name": "uplink", "mac": "02:00:00:00:00:01"}],
		"ips": [{"address": "192.0.2.50/24", "gateway": "192.0.2.2", "interface": 0}], "routes": [{"dst": "0.0.0.0/0"}]}'
	new_container c1
	snapshot_host
	add ipvlan <<<"$(with_result "$c" "$prev")"
	assert_json '.interfaces | map([.name, .sandbox])' '[["eth0", "/run/netns/c1"]]'
	assert_json '.ips' '[{"interface": 0, "address": "192.0.2.50/24", "gateway": "192.0.2.2"}]'
	assert_json '.routes' '[{"dst": "0.0.0.0/0"}]'
	reaches c1 192.0.2.2
	assert_eq "$(in_container c1 ip -j route show default | jq -r '.[0].gateway')" 192.0.2.2 "gateway"
	check ipvlan <<<"$(with_result "$c")"
	del ipvlan <<<"$c"
	# Without a version of its own it has the configuration's.
	add ipvlan <<<"$(with_result "$c" "$(jq 'del(.cniVersion)' <<<"$prev")")"
	assert_json '.ips | map(.address)' '["192.0.2.50/24"]'
	del ipvlan <<<"$c"
	cni ADD ipvlan <<<"$(with_result "$c" "$(jq '.interfaces += [{"name": "lo"}]' <<<"$prev")")"
	assert_error 999 "chained master failure. PrevResult lacks a single named interface"
	cni ADD ipvlan <<<"$(with_result "$c" "$(jq 'del(.ips)' <<<"$prev")")"
	assert_error 999 "ipvlan requires an IPAM configuration, or addresses in prevResult"
	refute in_container c1 ip link show dev eth0
	assert_unchanged
}

@test "ipvlan: without master it stands on the interface of the default route; STATUS looks at it" {
	local c

	c=$(conf 42-ipvlan 'del(.master)')
	new_container c1
	add ipvlan <<<"$c"
	reaches c1 192.0.2.2
	del ipvlan <<<"$c"
	cni STATUS ipvlan <<<"$(jq '.cniVersion = "1.1.0"' <<<"$c")"
	assert_success
	host ip route delete default
	host ip -6 route delete default
	cni ADD ipvlan <<<"$c"
	assert_error 999 "no default route interface found"
	c=$(conf 42-ipvlan '.cniVersion = "1.1.0"')
	host ip link set uplink down
	cni STATUS ipvlan <<<"$c"
	assert_error 50 "master uplink is down"
	host ip link delete uplink
	cni STATUS ipvlan <<<"$c"
	assert_error 50 "master uplink is missing"
	del ipvlan <<<"$(conf 42-ipvlan 'del(.master)')"
	assert_eq "$(leases 192)" 0 "leases"
}

@test "ipvlan: linkInContainer looks for the master there" {
	local c

	new_container c1
	in_container c1 ip link add inner type veth peer name other
	in_container c1 ip link set inner up
	c=$(conf 42-ipvlan '.linkInContainer = true | .master = "inner"')
	snapshot_host
	add ipvlan <<<"$c"
	has '.linkinfo.info_kind == "ipvlan" and .link == "inner"'
	check ipvlan <<<"$(with_result "$c")"
	del ipvlan <<<"$c"
	cni ADD ipvlan <<<"$(jq '.master = "uplink"' <<<"$c")"
	assert_error 999 "failed to lookup master \"uplink\": Link not found"
	assert_unchanged
}

# bats test_tags=night
@test "ipvlan: what cannot be meant is refused, and whatever fails leaves nothing" {
	local filter words

	new_container c1
	snapshot_host
	while IFS='|' read -r filter words; do
		cni ADD ipvlan <<<"$(conf 42-ipvlan "$filter")"
		assert_error 999 "$words"
		refute in_container c1 ip link show dev eth0
		del ipvlan <<<"$(conf 42-ipvlan "$filter")"
	done <<-'END'
		.mode = "bogus"|unknown ipvlan mode: "bogus"
		.mtu = 1600|invalid MTU 1600, must be [0, master MTU(1500)]
		.master = "nosuch"|Link not found
		del(.ipam)|ipvlan requires an IPAM configuration
	END
	# The addresses are given, the route cannot be made.
	cni ADD ipvlan <<<"$(conf 42-ipvlan '.ipam.routes = [{ dst: "10.41.0.0/24", gw: "10.99.0.1" }]')"
	assert_error 100 "add route 10.41.0.0/24"
	refute in_container c1 ip link show dev eth0
	in_container c1 ip link add eth0 type veth peer name other
	cni ADD ipvlan <<<"$(conf 42-ipvlan)"
	assert_error 103 "failed to create ipvlan eth0"
	del ipvlan <<<"$(conf 42-ipvlan)"
	has '.linkinfo.info_kind == "veth"'
	assert_unchanged
}

@test "ipvlan: a duplicate is noticed, and the neighbours hear of an address that has moved" {
	local c mac

	c=$(conf 42-ipvlan '.ipam.ranges = [[{ subnet: "2001:db8::/64", rangeStart: "2001:db8::2", rangeEnd: "2001:db8::2" }]] | del(.ipam.routes)')
	new_container c1
	cni ADD ipvlan <<<"$c"
	assert_error 103 "duplicate address detection found another owner"
	refute in_container c1 ip link show dev eth0
	in_container outside ip neigh replace 192.0.2.100 lladdr 02:00:00:00:00:99 dev eth0 nud reachable
	in_container outside ip neigh replace 2001:db8::100 lladdr 02:00:00:00:00:99 dev eth0 nud reachable
	add ipvlan <<<"$(conf 42-ipvlan)"
	mac=$(jq -r .interfaces[0].mac <<<"$stdout")
	wait_until 3 outside_knows 192.0.2.100 "$mac"
	wait_until 3 outside_knows 2001:db8::100 "$mac"
}

# bats test_tags=night
@test "ipvlan: the reference checks and deletes what is ours, and the other way round" {
	local c ours=$BIN reference=$REFERENCE_BIN

	c=$(conf 42-ipvlan)
	new_container c1
	snapshot_host
	add ipvlan <<<"$c"
	BIN=$reference cni_path=$reference
	check ipvlan <<<"$(with_result "$c")"
	del ipvlan <<<"$c"
	refute in_container c1 ip link show dev eth0
	add ipvlan <<<"$c"
	BIN=$ours cni_path=$ours
	check ipvlan <<<"$(with_result "$c")"
	del ipvlan <<<"$c"
	refute in_container c1 ip link show dev eth0
	assert_unchanged
}

# bats test_tags=night
@test "ipvlan: what a killed ADD left is replaced; DEL needs neither master nor namespace" {
	local c

	c=$(conf 42-ipvlan)
	new_container c1
	add ipvlan <<<"$c"
	cni ADD ipvlan <<<"$c"
	assert_error 103 "failed to create ipvlan eth0"
	in_container c1 ip link set eth0 down
	add ipvlan <<<"$c"
	check ipvlan <<<"$(with_result "$c")"
	ip netns delete c1
	host ip link delete uplink
	del ipvlan <<<"$c"
	assert_eq "$(leases 192)" 0 "leases"
}
