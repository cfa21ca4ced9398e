#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# loopback: lo in the container.

load helpers

lo() { conf 99-loopback "${1:-.}"; }
is_up() { in_container "$1" ip -j link show lo | jq -e '.[0].flags | index("UP") != null' >/dev/null; }

@test "ADD brings lo up, CHECK sees it, DEL takes it down" {
	new_container a
	cni CHECK loopback <<<"$(lo)"
	assert_error 104 'loopback interface is down'
	add loopback <<<"$(lo)"
	is_up a
	assert_json .interfaces "[{\"mac\":\"00:00:00:00:00:00\",\"name\":\"lo\",\"sandbox\":\"$netns\"}]"
	check loopback <<<"$(lo)"
	del loopback <<<"$(lo)"
	refute is_up a
	del loopback <<<"$(lo)"
}

@test "conformance 37 and 42: the shape of every version, interface index 0 printed" {
	local version

	new_container a
	for version in 0.1.0 0.2.0; do
		add loopback <<<"$(lo ".cniVersion = \"$version\"")"
		assert_json . "{\"cniVersion\":\"$version\",\"ip4\":{\"ip\":\"127.0.0.1/8\"},\"ip6\":{\"ip\":\"::1/128\"},\"dns\":{}}"
	done
	for version in 0.3.0 0.3.1 0.4.0; do
		add loopback <<<"$(lo ".cniVersion = \"$version\"")"
		assert_json '[.ips, .dns]' '[[{"version":"4","interface":0,"address":"127.0.0.1/8"},{"version":"6","interface":0,"address":"::1/128"}],{}]'
	done
	for version in 1.0.0 1.1.0; do
		add loopback <<<"$(lo ".cniVersion = \"$version\"")"
		assert_json '[.ips, .dns]' '[[{"address":"127.0.0.1/8","interface":0},{"address":"::1/128","interface":0}],null]'
	done
}

@test "a previous result is passed on" {
	new_container a
	add loopback <<<"$(lo '.prevResult = {interfaces: [{name: "x", mtu: 9000, extra: 1}], ips: [{address: "10.1.1.1/24"}], other: 1}')"
	assert_json . '{"cniVersion":"1.1.0","interfaces":[{"mtu":9000,"name":"x"}],"ips":[{"address":"10.1.1.1/24"}]}'
	is_up a
}

@test "an address on lo that is no loopback address is an error" {
	new_container a
	in_container a ip addr add 10.1.1.1/32 dev lo
	cni ADD loopback <<<"$(lo)"
	assert_error 103 10.1.1.1/32
}

@test "DEL without a namespace, or with one that is gone, succeeds" {
	new_container a
	del loopback CNI_NETNS= <<<"$(lo)"
	del loopback CNI_NETNS=/run/netns/none <<<"$(lo)"
	cni ADD loopback CNI_NETNS=/run/netns/none <<<"$(lo)"
	assert_error 999 'failed to Statfs'
}

@test "with IPv6 disabled on lo only the IPv4 address is reported" {
	new_container a
	in_container a sysctl -qw net.ipv6.conf.lo.disable_ipv6=1
	add loopback <<<"$(lo)"
	assert_json '.ips | map(.address)' '["127.0.0.1/8"]'
}

@test "conformance 87: loopback and ptp at the same time for one container" {
	local c i a b

	c=$(jq -n --arg dir "$data_dir" '{cniVersion: "1.1.0", name: "p", type: "ptp", ipam: {type: "host-local", dataDir: $dir, subnet: "10.78.0.0/16"}}')
	BIN=$PLAIN_BIN
	for i in {1..100}; do
		ip netns add "n$i"
		host env -i CNI_COMMAND=ADD CNI_CONTAINERID="n$i" CNI_NETNS="/run/netns/n$i" CNI_IFNAME=lo CNI_PATH="$BIN" "$BIN/loopback" <<<"$(lo)" >/dev/null &
		a=$!
		host env -i CNI_COMMAND=ADD CNI_CONTAINERID="n$i" CNI_NETNS="/run/netns/n$i" CNI_IFNAME=eth0 CNI_PATH="$BIN" "$BIN/ptp" <<<"$c" >"$BATS_TEST_TMPDIR/out" &
		b=$!
		wait "$a" && wait "$b" || fail_because "repetition $i: $(cat "$BATS_TEST_TMPDIR/out")"
		is_up "n$i"
		ip netns delete "n$i"
	done
}
