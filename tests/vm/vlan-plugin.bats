#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The plugin vlan, for which this needs a kernel with that driver, on an uplink behind which is an outside host with the VLANs.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers
load ../netns/interface

setup() {
	setup_host
	new_outside
	tagged outside eth0 eth0.100 100
	in_container outside ip addr add 198.51.100.2/24 dev eth0.100
	in_container outside ip addr add 2001:db8:100::2/64 dev eth0.100 nodad
	wait_until 5 host ping -c 1 -W 1 2001:db8::2
}

# tagged NAMESPACE LOWER NAME ID
tagged() {
	in_container "$1" ip link add link "$2" name "$3" type vlan id "$4"
	in_container "$1" sysctl -qw "net.ipv6.conf.${3//./\/}.accept_dad=0"
	in_container "$1" ip link set "$3" up
}

@test "vlan: a container is on the VLAN, both families; CHECK, DEL" {
	local c result

	c=$(conf 43-vlan)
	new_container c1
	snapshot_host
	add vlan <<<"$c"
	assert_eq "$stderr" "" "stderr"
	result=$stdout
	assert_json '.interfaces | map([.name, .sandbox])' '[["eth0", "/run/netns/c1"]]'
	assert_json '.ips | map(.interface)' '[0, 0]'
	has '.linkinfo.info_kind == "vlan" and .linkinfo.info_data.id == 100 and .linkinfo.info_data.protocol == "802.1Q"'
	has '.ifalias == "tagged/c1/eth0" and (.flags | index("UP"))'
	has ".address == $(jq .interfaces[0].mac <<<"$result")"
	refute grep -q tentative <(in_container c1 ip addr show dev eth0)
	reaches c1 198.51.100.2
	reaches c1 2001:db8:100::2
	check vlan <<<"$(with_result "$c" "$result")"
	del vlan <<<"$c"
	refute in_container c1 ip link show dev eth0
	assert_unchanged
	del vlan <<<"$c"
}

@test "vlan: every key shows in the kernel, and CHECK compares it; a VLAN is given out once" {
	local c result

	host ip link add other type veth peer name behind
	c=$(conf 43-vlan '.mtu = 1400 | .vlanId = 4094')
	new_container c1
	add vlan <<<"$c"
	result=$stdout
	has '.mtu == 1400 and .linkinfo.info_data.id == 4094'
	check vlan <<<"$(with_result "$c" "$result")"
	cni CHECK vlan <<<"$(with_result "$c" "$result" | jq '.vlanId = 7')"
	assert_error 104 "has VLAN 4094 instead of 7"
	cni CHECK vlan <<<"$(with_result "$c" "$result" | jq '.mtu = 1300')"
	assert_error 104 "has MTU 1400 instead of 1300"
	cni CHECK vlan <<<"$(with_result "$c" "$result" | jq '.master = "other"')"
	assert_error 104 "does not stand on other"
	new_container c2
	cni ADD vlan <<<"$c"
	assert_error 103 "failed to create vlan eth0"
	assert_json '.details | contains("VLAN device already exists")' true
	assert_eq "$(leases 198)" 1 "leases"
	use_container c1
	del vlan <<<"$c"
	host ip link set uplink mtu 1200
	c=$(conf 43-vlan 'del(.ipam)')
	add vlan <<<"$c"
	has '.mtu == 1200'
	assert_json '.ips // []' '[]'
	check vlan <<<"$(with_result "$c")"
	del vlan <<<"$c"
}

# bats test_tags=night
@test "vlan: the master may be a VLAN itself" {
	local c

	host ip link add link uplink name uplink.7 type vlan id 7
	host ip link set uplink.7 up
	tagged outside eth0 eth0.7 7
	tagged outside eth0.7 inner 100
	in_container outside ip addr add 203.0.113.2/24 dev inner
	c=$(conf 43-vlan '.master = "uplink.7" | .ipam = { type: "static", addresses: [{ address: "203.0.113.9/24" }] }')
	new_container c1
	snapshot_host
	add vlan <<<"$c"
	has '.linkinfo.info_data.id == 100'
	reaches c1 203.0.113.2
	check vlan <<<"$(with_result "$c")"
	del vlan <<<"$c"
	assert_unchanged
}

# bats test_tags=night
@test "vlan: linkInContainer looks for the master there" {
	local c

	new_container c1
	in_container c1 ip link add inner type veth peer name other
	in_container c1 ip link set inner up
	c=$(conf 43-vlan '.linkInContainer = true | .master = "inner"')
	snapshot_host
	add vlan <<<"$c"
	has '.linkinfo.info_kind == "vlan" and .link == "inner"'
	check vlan <<<"$(with_result "$c")"
	del vlan <<<"$c"
	assert_unchanged
}

# bats test_tags=night
@test "vlan: what cannot be meant is refused, and whatever fails leaves nothing" {
	local code filter words

	new_container c1
	snapshot_host
	while IFS='|' read -r code filter words; do
		cni ADD vlan <<<"$(conf 43-vlan "$filter")"
		assert_error "$code" "$words"
		refute in_container c1 ip link show dev eth0
		del vlan <<<"$(conf 43-vlan "$filter")"
	done <<-'END'
		999|del(.master)|"master" field is required
		7|.vlanId = 4095|vlanId: 4095
		7|.vlanId = -1|vlanId: -1
		999|.mtu = 1600|invalid MTU 1600, must be [0, master MTU(1500)]
		999|.mtu = -100|invalid MTU -100, must be [0, master MTU(1500)]
		999|.master = "nosuch"|Link not found
		100|.ipam.routes = [{ dst: "10.41.0.0/24", gw: "10.99.0.1" }]|add route 10.41.0.0/24
	END
	in_container c1 ip link add eth0 type veth peer name other
	cni ADD vlan <<<"$(conf 43-vlan)"
	assert_error 103 "failed to create vlan eth0"
	del vlan <<<"$(conf 43-vlan)"
	has '.linkinfo.info_kind == "veth"'
	assert_unchanged
}

@test "vlan: a duplicate is noticed, and the neighbours hear of an address that has moved" {
	local mac

	new_container c1
	cni ADD vlan <<<"$(conf 43-vlan '.ipam.ranges = [[{ subnet: "2001:db8:100::/64", rangeStart: "2001:db8:100::2", rangeEnd: "2001:db8:100::2" }]] | del(.ipam.routes)')"
	assert_error 103 "duplicate address detection found another owner"
	in_container outside ip neigh replace 198.51.100.100 lladdr 02:00:00:00:00:99 dev eth0.100 nud reachable
	in_container outside ip neigh replace 2001:db8:100::100 lladdr 02:00:00:00:00:99 dev eth0.100 nud reachable
	add vlan <<<"$(conf 43-vlan)"
	mac=$(jq -r .interfaces[0].mac <<<"$stdout")
	wait_until 3 outside_knows 198.51.100.100 "$mac"
	wait_until 3 outside_knows 2001:db8:100::100 "$mac"
}

@test "vlan: STATUS says when the master is missing or down" {
	local c

	c=$(conf 43-vlan '.cniVersion = "1.1.0"')
	cni STATUS vlan <<<"$c"
	assert_success
	host ip link set uplink down
	cni STATUS vlan <<<"$c"
	assert_error 50 "master uplink is down"
	host ip link delete uplink
	cni STATUS vlan <<<"$c"
	assert_error 50 "master uplink is missing"
}

# bats test_tags=night
@test "vlan: the reference checks and deletes what is ours, and the other way round" {
	local c ours=$BIN reference=$REFERENCE_BIN

	c=$(conf 43-vlan)
	new_container c1
	snapshot_host
	add vlan <<<"$c"
	BIN=$reference cni_path=$reference
	check vlan <<<"$(with_result "$c")"
	del vlan <<<"$c"
	refute in_container c1 ip link show dev eth0
	add vlan <<<"$c"
	BIN=$ours cni_path=$ours
	check vlan <<<"$(with_result "$c")"
	del vlan <<<"$c"
	refute in_container c1 ip link show dev eth0
	assert_unchanged
}

# bats test_tags=night
@test "vlan: what a killed ADD left is replaced; DEL needs neither master nor namespace" {
	local c

	c=$(conf 43-vlan)
	new_container c1
	add vlan <<<"$c"
	cni ADD vlan <<<"$c"
	assert_error 103 "failed to create vlan eth0"
	in_container c1 ip link set eth0 down
	add vlan <<<"$c"
	check vlan <<<"$(with_result "$c")"
	host ip link delete uplink
	ip netns delete c1
	del vlan <<<"$c"
	assert_eq "$(leases 198)" 0 "leases"
}
