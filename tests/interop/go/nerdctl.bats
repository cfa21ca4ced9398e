#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The lists that nerdctl writes, run by the real cnitool, and with it by the real libcni, and by ours: bridge, portmap, firewall and
# tuning, or macvlan alone. Judged by packets, on hosts that forward and beside Docker's ruleset.

load helpers

setup() {
	setup_chains
	plugins=$(our_plugins bridge host-local portmap firewall tuning macvlan)
	ignore_connections=yes
	data_dir=/var/lib/cni/networks
}

teardown() {
	teardown_chains
	rm -rf /var/lib/cni/*
}

# as_nerdctl NAME BRIDGE FILTER: a network with nerdctl's keys; jq says what is different.
as_nerdctl() {
	jq -n --arg name "$1" --arg bridge "$2" '{cniVersion: "1.0.0", name: $name, nerdctlLabels: {},
		nerdctlID: "17f29b073143d8cd97b5bbe492bdeffec1c5fee55cc1fe2112c8b9335f8b6121", plugins: [
		{type: "bridge", bridge: $bridge, isGateway: true, ipMasq: true, hairpinMode: true,
			ipam: {type: "host-local", routes: [{dst: "0.0.0.0/0"}],
				ranges: [[{subnet: "10.4.0.0/24", gateway: "10.4.0.1"}]]}},
		{type: "portmap", capabilities: {portMappings: true}},
		{type: "firewall", ingressPolicy: "same-bridge"},
		{type: "tuning"}]} | '"${3:-.}" | conflist "$1"
}

# put NAME NETWORK: a container; its address is $address_NAME.
put() {
	ip netns add "$1"
	cnitool_ok add "$2" "$1"
	declare -g "address_$1=$(jq -r '.ips[0].address | split("/")[0]' <<<"$stdout")"
	cnitool_ok check "$2" "$1"
}

# take NAME NETWORK
take() {
	cnitool_ok del "$2" "$1"
	cnitool_ok del "$2" "$1"
	ip netns delete "$1"
}

reaches() {
	in_container "$1" ping -c 1 -W "${PING_SECONDS:-10}" "$2" >/dev/null 2>&1
}

assert_reaches() {
	reaches "$1" "$2" || fail_because "$1 does not reach $2"
}

left() {
	find /var/lib/cni -type f \( -name '1[09]*.*' -o -name 'fd*' -o -name '*-cnitool-*' \)
}

both_tools() {
	local CNITOOL

	for CNITOOL in "$BUILD/interop/cnitool" "$OURS/cnitool"; do
		"$@"
		assert_eq "$(left)" "" "leases and cached results"
	done
}

load_docker() {
	host iptables-nft-restore <<-'END'
		*filter
		:FORWARD DROP [0:0]
		:DOCKER-USER - [0:0]
		-A FORWARD -j DOCKER-USER
		-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
		-A DOCKER-USER -j RETURN
		COMMIT
	END
}

two_bridges() {
	put first bridge
	take first bridge
	snapshot_dump
	publish 8080
	put web bridge
	capabilities='{}'
	put sibling bridge
	put stranger br-other
	serve web "this is web" 80
	assert_answers "this is web" 8080 192.0.2.1 outside
	assert_reaches sibling "$address_web"
	assert_reaches web 192.0.2.2
	assert_reaches stranger 192.0.2.2
	refute reaches stranger "$address_web"
	refute reaches web "$address_stranger"
	stop_servers
	capabilities='{}'
	take stranger br-other
	take sibling bridge
	take web bridge
	host ip link delete br-other
	assert_dump_unchanged
}

@test "nerdctl's networks: who reaches whom" {
	as_nerdctl bridge nerdctl0
	as_nerdctl br-other br-other '.plugins[0].ipam.ranges = [[{subnet: "10.4.1.0/24", gateway: "10.4.1.1"}]]'
	both_tools two_bridges
}

@test "nerdctl's networks beside Docker's ruleset" {
	load_docker
	as_nerdctl bridge nerdctl0
	as_nerdctl br-other br-other '.plugins[0].ipam.ranges = [[{subnet: "10.4.1.0/24", gateway: "10.4.1.1"}]]'
	both_tools two_bridges
}

isolated() {
	put one lonely
	put two lonely
	refute reaches one "$address_two"
	refute reaches two "$address_one"
	assert_reaches one 192.0.2.2
	assert_reaches two 10.4.0.1
	take two lonely
	take one lonely
}

@test "icc=false: siblings do not reach each other, and both reach the outside" {
	as_nerdctl lonely br-lonely '.plugins[2].ingressPolicy = "isolated"'
	both_tools isolated
}

internal() {
	put one inner
	put two inner
	assert_eq "$(in_container one ip route | grep default)" "" "routes to the outside"
	assert_reaches one "$address_two"
	refute reaches one 192.0.2.2
	take two inner
	take one inner
}

@test "internal: siblings reach each other, and none the outside" {
	as_nerdctl inner br-inner 'del(.plugins[0].isGateway, .plugins[0].ipMasq, .plugins[0].ipam.routes, .plugins[1])'
	both_tools internal
}

# An address in the middle of the range is reserved, so the range has two parts; --ip6 comes as the capability "ips".
both_families() {
	local capabilities='{"ips": ["fd00:4::77/64"]}'

	put one dual
	in_container one ip -6 addr show eth0 | grep -q 'fd00:4::77/64' || fail_because "the wished address is not there"
	capabilities='{}'
	put two dual
	assert_eq "$(printf "%s\n" "$address_one" "$address_two" | sort | tr "\n" " ")" "10.4.0.2 10.4.0.4 " "addresses"
	assert_reaches two fd00:4::77
	assert_reaches one 192.0.2.2
	take two dual
	take one dual
}

@test "both families, a reserved address and a wished one" {
	as_nerdctl dual br-dual '.plugins[0] |= (.capabilities = {ips: true} | .ipam.ranges = [
		[{subnet: "10.4.0.0/24", rangeEnd: "10.4.0.2", gateway: "10.4.0.1"},
		 {subnet: "10.4.0.0/24", rangeStart: "10.4.0.4", rangeEnd: "10.4.0.4", gateway: "10.4.0.1"}],
		[{subnet: "fd00:4::/64", gateway: "fd00:4::1"}]])'
	both_tools both_families
}

on_the_wire() {
	put flat flat
	assert_reaches flat 192.0.2.2
	assert_eq "$(in_container flat ip -j -d link show eth0 | jq -r '.[0].linkinfo.info_data.mode')" bridge "mode"
	take flat flat
}

@test "macvlan: on the wire of the parent" {
	as_nerdctl flat none '.plugins = [{type: "macvlan", master: "uplink", mode: "bridge", mtu: 1400, ipam: {type: "host-local",
		routes: [{dst: "0.0.0.0/0"}], ranges: [[{subnet: "192.0.2.0/24", gateway: "192.0.2.2", rangeStart: "192.0.2.100"}]]}}]'
	both_tools on_the_wire
}
