#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dummy, for which this needs a kernel with that driver.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers
load ../netns/interface

@test "dummy: an interface with its addresses, its mark and its MAC; CHECK, DEL" {
	local c result address

	c=$(conf 40-dummy '.dns = { nameservers: ["10.40.0.1"] }')
	new_container c1
	snapshot_host
	add dummy <<<"$c"
	result=$stdout
	assert_json .dns '{"nameservers": ["10.40.0.1"]}'
	assert_json '.interfaces | map([.name, .sandbox])' '[["eth0", "/run/netns/c1"]]'
	assert_json '.ips | map(.interface)' '[0, 0]'
	has '.linkinfo.info_kind == "dummy" and .ifalias == "nowhere/c1/eth0" and (.flags | index("UP"))'
	has ".address == $(jq .interfaces[0].mac <<<"$result")"
	for address in $(jq -r '.ips[].address' <<<"$result"); do
		in_container c1 ip -o addr show dev eth0 | grep -F " $address " | grep -v tentative
	done
	check dummy <<<"$(with_result "$c" "$result")"
	in_container c1 ip link set eth0 down
	cni CHECK dummy <<<"$(with_result "$c" "$result")"
	assert_error 104 "is down"
	del dummy <<<"$c"
	refute in_container c1 ip link show eth0
	assert_unchanged
	del dummy <<<"$c"
}

@test "dummy: without IPAM it is refused in the reference's words" {
	new_container c1
	for verb in ADD CHECK; do
		cni "$verb" dummy <<<"$(conf 40-dummy 'del(.ipam)')"
		assert_error_is 999 "dummy interface requires an IPAM configuration"
	done
	del dummy <<<"$(conf 40-dummy 'del(.ipam)')"
}

@test "dummy: an interface of that name is refused, and a failed ADD leaves nothing" {
	new_container c1
	in_container c1 ip link add eth0 type dummy
	in_container c1 ip link set eth0 up
	snapshot_host
	cni ADD dummy <<<"$(conf 40-dummy)"
	assert_error 103 "failed to create dummy eth0"
	has '.ifalias == null'
	in_container c1 ip link delete eth0
	# The addresses are given, the route cannot be made.
	cni ADD dummy <<<"$(conf 40-dummy '.ipam.routes = [{ dst: "10.41.0.0/24", gw: "10.99.0.1" }]')"
	assert_error 100 "add route 10.41.0.0/24"
	refute in_container c1 ip link show eth0
	assert_unchanged
}

@test "dummy: what a killed ADD left is replaced; DEL leaves links of other kinds alone" {
	local c

	c=$(conf 40-dummy)
	new_container c1
	in_container c1 ip link add eth0 type dummy
	add dummy <<<"$c"
	has '.ifalias == "nowhere/c1/eth0" and (.flags | index("UP"))'
	in_container c1 ip link delete eth0
	in_container c1 ip link add eth0 type bridge
	del dummy <<<"$c"
	has '.linkinfo.info_kind == "bridge"'
	in_container c1 ip link delete eth0
	ip netns delete c1
	del dummy <<<"$c"
}

@test "dummy: one without our mark, as the reference makes it, is checked and deleted" {
	local c result

	c=$(conf 40-dummy)
	new_container c1
	add dummy <<<"$c"
	result=$stdout
	in_container c1 ip link set eth0 alias ""
	check dummy <<<"$(with_result "$c" "$result")"
	del dummy <<<"$c"
	refute in_container c1 ip link show eth0
	assert_eq "$(leases 10)" 0 "leases"
}
