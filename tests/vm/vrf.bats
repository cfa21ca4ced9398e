#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vrf, for which this needs a kernel with that driver.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers

# A container with eth0 and eth1, made by hand.
routed() {
	local n

	new_container "$1"
	in_container "$1" sysctl -qw net.ipv6.conf.default.accept_dad=0
	for n in 0 1; do
		in_container "$1" ip link add "eth$n" type veth peer name "other$n"
		in_container "$1" ip link set "other$n" up
		in_container "$1" ip link set "eth$n" up
		in_container "$1" ip addr add "10.9.$n.5/24" dev "eth$n"
		in_container "$1" ip addr add "fd00:$n::5/64" dev "eth$n"
		in_container "$1" ip route add "10.1.$n.0/24" via "10.9.$n.1"
		in_container "$1" ip route add "fd00:1:$n::/64" via "fd00:$n::1"
	done
}

# conf_of KEYS
conf_of() {
	jq -n --arg netns "$netns" --argjson keys "$1" '{cniVersion: "1.0.0", name: "domains", type: "vrf", vrfname: "blue",
		prevResult: {cniVersion: "1.0.0", interfaces: [{name: "eth0", sandbox: $netns}], ips: [{address: "10.9.0.5/24", interface: 0}]}} * $keys'
}

# in_vrf LINK VRF TABLE
in_vrf() {
	in_container "$id" ip -j -d link show dev "$1" | jq -e --arg vrf "$2" '.[0].master == $vrf' >/dev/null || fail_because "$1 is not in $2"
	in_container "$id" ip -j -d link show dev "$2" | jq -e --argjson table "$3" '.[0].linkinfo.info_data.table == $table and (.[0].flags | index("UP"))' >/dev/null ||
		fail_because "$2 has another table, or is down"
}

has_route() {
	in_container "$id" ip "$1" route show table "$2" | grep -q "$3" || fail_because "table $2: $(in_container "$id" ip "$1" route show table "$2")"
}

@test "vrf: the example; CHECK, DEL" {
	local c result

	new_container one
	add bridge <<<"$(conf 52-vrf)"
	result=$stdout
	c=$(with_result "$(conf 52-vrf . vrf)" "$result")
	add vrf <<<"$c"
	assert_eq "$(jq -S . <<<"$stdout")" "$(jq -S . <<<"$result")" "the result"
	in_vrf eth0 blue 1
	has_route -4 1 "default via 10.52.0.1"
	has_route -6 1 "default via fd00:10:52::1"
	has_route -6 1 "fd00:10:52::/64 dev eth0"
	in_container one ping -c 1 -W 10 -I blue 10.52.0.1 >/dev/null
	check vrf <<<"$c"
	check bridge <<<"$(with_result "$(conf 52-vrf)" "$result")"
	in_container one ip link set eth0 nomaster
	cni CHECK vrf <<<"$c"
	assert_error 104 "not in VRF blue"
	in_container one ip link set eth0 master blue
	del vrf <<<"$(jq 'del(.prevResult)' <<<"$c")"
	refute in_container one ip link show dev blue
	in_container one ip -j link show dev eth0 | jq -e '.[0].master == null' >/dev/null
	cni CHECK vrf <<<"$c"
	assert_error 104 "does not exist"
	del vrf <<<"$c"
	del bridge <<<"$(conf 52-vrf)"
}

# bats test_tags=night
@test "vrf: two interfaces: the same VRF, others, tables; it goes with its last interface" {
	routed one
	add vrf <<<"$(conf_of '{}')"
	in_vrf eth0 blue 1
	has_route -4 1 "10.1.0.0/24 via 10.9.0.1"
	has_route -6 1 "fd00:1::/64 via fd00::1"
	refute grep -q "dev eth0" <(in_container one ip route)
	grep -q "10.1.1.0/24 via 10.9.1.1" <(in_container one ip route)
	cni ADD vrf CNI_IFNAME=eth1 <<<"$(conf_of '{"table": 7}')"
	assert_error 103 "already exist with different routing table"
	add vrf CNI_IFNAME=eth1 <<<"$(conf_of '{"table": 1}')"
	in_vrf eth1 blue 1
	del vrf CNI_IFNAME=eth1 <<<"$(conf_of '{}')"
	in_vrf eth0 blue 1
	add vrf CNI_IFNAME=eth1 <<<"$(conf_of '{"vrfname": "red"}')"
	in_vrf eth1 red 2
	cni ADD vrf CNI_IFNAME=eth1 <<<"$(conf_of '{"vrfname": "green"}')"
	assert_error 103 "has already a master set"
	refute in_container one ip link show dev green
	in_container one ip link del eth1
	del vrf CNI_IFNAME=eth1 <<<"$(conf_of '{"vrfname": "red"}')"
	refute in_container one ip link show dev red
	del vrf <<<'{"cniVersion": "1.0.0", "name": "domains", "vrfname": 7}'
	refute in_container one ip link show dev blue
}

@test "vrf: the same addresses in two VRFs, both families; routes of each stay in it" {
	local n

	new_container one
	in_container one sysctl -qw net.ipv6.conf.default.accept_dad=0
	for n in 0 1; do
		ip netns add "peer$n"
		in_container one ip link add "eth$n" type veth peer name eth0 netns "peer$n"
		in_container "peer$n" ip link set eth0 up
		in_container "peer$n" ip addr add 10.9.0.1/24 dev eth0
		in_container "peer$n" ip addr add fd00::1/64 dev eth0 nodad
		in_container one ip link set "eth$n" up
		in_container one ip addr add 10.9.0.5/24 dev "eth$n"
		in_container one ip addr add fd00::5/64 dev "eth$n"
		in_container one ip route add "10.1.$n.0/24" via 10.9.0.1 dev "eth$n"
		in_container one ip route add "fd00:a$n::/64" via fd00::1 dev "eth$n"
	done
	add vrf <<<"$(conf_of '{"vrfname": "red"}')"
	add vrf CNI_IFNAME=eth1 <<<"$(conf_of '{"vrfname": "blue"}')"
	in_vrf eth0 red 1
	in_vrf eth1 blue 2
	for n in 0 1; do
		assert_eq "$(in_container one ip -j addr show dev "eth$n" scope global | jq -c '[.[].addr_info[]?.local // empty] | sort')" \
			'["10.9.0.5","fd00::5"]' "addresses of eth$n"
		has_route -4 $((n + 1)) "10.1.$n.0/24 via 10.9.0.1 dev eth$n"
		has_route -6 $((n + 1)) "fd00:a$n::/64 via fd00::1 dev eth$n"
		has_route -6 $((n + 1)) "fd00::/64 dev eth$n"
		refute grep -q "dev eth$((1 - n))" <(in_container one ip route show table $((n + 1)); in_container one ip -6 route show table $((n + 1)))
	done
	# Each reaches the gateway of its own, though both have one address.
	in_container one ping -c 1 -W 10 -I red 10.9.0.1 >/dev/null
	in_container one ping -c 1 -W 10 -I blue fd00::1 >/dev/null
	assert_eq "$(in_container peer0 ip -j neigh show to 10.9.0.5 | jq -r '.[0].lladdr')" "$(in_container one ip -j link show eth0 | jq -r '.[0].address')" "who asked peer0"
	assert_eq "$(in_container peer1 ip -j neigh show to fd00::5 | jq -r '.[0].lladdr')" "$(in_container one ip -j link show eth1 | jq -r '.[0].address')" "who asked peer1"
	del vrf <<<"$(conf_of '{"vrfname": "red"}')"
	in_vrf eth1 blue 2
	check vrf CNI_IFNAME=eth1 <<<"$(conf_of '{"vrfname": "blue"}')"
}

# bats test_tags=night
@test "vrf: tables: two VRFs may share one, a free one is the first that no VRF has; the key in any case" {
	routed one
	add vrf <<<"$(conf_of '{"vrfname": "red", "table": 2}')"
	add vrf CNI_IFNAME=eth1 <<<"$(conf_of '{"vrfname": "blue", "table": 2}')"
	in_vrf eth0 red 2
	in_vrf eth1 blue 2
	del vrf CNI_IFNAME=eth1 <<<"$(conf_of '{"vrfname": "blue"}')"
	in_container one ip link add four type vrf table 4
	in_container one ip link add one type vrf table 1
	# A table with routes is none of a VRF.
	in_container one ip route add 198.51.100.0/24 via 10.9.1.1 table 3
	add vrf CNI_IFNAME=eth1 <<<"$(conf_of '{}' | jq '.vrfName = "green" | del(.vrfname, .prevResult.cniVersion)')"
	in_vrf eth1 green 3
}

@test "vrf: the result before is passed on; the main table keeps what others have" {
	local c

	routed one
	in_container one ip route add default via 10.9.1.1
	in_container one ip route add fd00:5::/64 via fd00:1::1 dev eth1
	c=$(conf_of '{"prevResult": {"dns": {"nameservers": ["10.9.0.53"]}, "routes": [{"dst": "10.1.0.0/24", "gw": "10.9.0.1"}]}}')
	add vrf <<<"$c"
	assert_eq "$(jq -S . <<<"$stdout")" "$(jq -S .prevResult <<<"$c")" "the result"
	assert_eq "$(in_container one ip -j route | jq -c 'map(.dev) | unique')" '["eth1"]' "devices of the main table"
	grep -q "^default via 10.9.1.1 dev eth1" <(in_container one ip route)
	grep -q "^fd00:5::/64 via fd00:1::1 dev eth1" <(in_container one ip -6 route)
	refute grep -q "dev eth1" <(in_container one ip route show table 1)
}

# bats test_tags=night
@test "vrf: SIGTERM ends an ADD that has many routes to move, and all is as before" {
	local before i

	routed one
	for ((i = 0; i < 1500; i++)); do
		echo "route add 198.18.$((i >> 8)).$((i & 255))/32 via 10.9.0.1"
	done >"$BATS_TEST_TMPDIR/routes"
	in_container one ip -batch "$BATS_TEST_TMPDIR/routes"
	before=$(in_container one ip route)
	terminated ADD vrf <<<"$(conf_of '{}')"
	assert_error 11 "failed to move the routes of eth0"
	assert_eq "$(in_container one ip route)" "$before" "the routes"
	refute in_container one ip link show dev blue
}

@test "vrf: what cannot be meant" {
	routed one
	cni ADD vrf <<<"$(conf_of '{"vrfname": ""}')"
	assert_error 7 "cmdAdd failed: configuration is expected to have a valid vrf name"
	cni ADD vrf <<<"$(conf_of '{}' | jq 'del(.prevResult)')"
	assert_error_is 7 "cmdAdd failed: missing prevResult from earlier plugin"
	cni ADD vrf <<<"$(conf_of '{"vrfname": "eth1"}')"
	assert_error 103 "eth1 is not a VRF"
	cni ADD vrf CNI_IFNAME=nobody <<<"$(conf_of '{}')"
	assert_error 100 "failed to find nobody"
	refute in_container one ip link show dev blue
	del vrf CNI_NETNS=/run/netns/nobody <<<"$(conf_of '{}')"
	del vrf CNI_NETNS= <<<"$(conf_of '{}')"
	del vrf <<<"$(conf_of '{"vrfname": "eth1"}')"
	in_container one ip link show dev eth1 >/dev/null
}

@test "vrf: routes as ptp makes them, and those to gateways that are on the link by their own word, move" {
	routed one
	in_container one ip route add 169.254.1.1 dev eth0 scope link
	in_container one ip route add 198.18.0.0/15 via 169.254.1.1 dev eth0
	in_container one ip route add 198.51.100.0/24 via 203.0.113.9 dev eth0 onlink
	in_container one ip route add 10.1.0.0/24 via 10.9.1.1 metric 5
	add vrf <<<"$(conf_of '{}')"
	in_vrf eth0 blue 1
	has_route -4 1 "169.254.1.1 dev eth0"
	has_route -4 1 "198.18.0.0/15 via 169.254.1.1"
	has_route -4 1 "198.51.100.0/24 via 203.0.113.9"
	# What eth1 has stays in the main table.
	grep -q "10.1.0.0/24 via 10.9.1.1" <(in_container one ip route)
}

# bats test_tags=night
@test "vrf: what the reference made is checked and deleted, and the other way round" {
	local c

	routed one
	c=$(conf_of '{}' | jq '.cniVersion = "0.4.0" | .prevResult.cniVersion = "0.4.0" | .prevResult.ips[0].version = "4"')
	BIN=$REFERENCE_BIN add vrf <<<"$c"
	in_vrf eth0 blue 1
	check vrf <<<"$c"
	del vrf <<<"$c"
	refute in_container one ip link show dev blue
	add vrf <<<"$c"
	BIN=$REFERENCE_BIN check vrf <<<"$c"
	BIN=$REFERENCE_BIN del vrf <<<"$c"
	refute in_container one ip link show dev blue
}
