#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# static: addresses from the configuration and from the runtime.

load helpers

setup() {
	setup_host
	netns=/run/netns/none # static looks at no namespace
}

static() {
	jq -n '{cniVersion: "1.1.0", name: "s", type: "x", ipam: {type: "static",
		addresses: [{address: "10.10.0.1/24", gateway: "10.10.0.254"}, {address: "3ffe:ffff:0:1ff::1/64", gateway: "3ffe:ffff:0::1"}],
		routes: [{dst: "0.0.0.0/0"}, {dst: "192.168.0.0/16", gw: "10.10.5.1"}, {dst: "192.168.0.0/16", gw: "10.10.5.2"}, {dst: "3ffe:ffff:0:1ff::1/64"}],
		dns: {nameservers: ["8.8.8.8"], domain: "example.com", search: ["example.com"]}}} | '"${1:-.}"
}

@test "addresses, routes and dns are returned in order, with host bits and duplicates" {
	add static <<<"$(static)"
	assert_json '.ips' '[{"address":"10.10.0.1/24","gateway":"10.10.0.254"},{"address":"3ffe:ffff:0:1ff::1/64","gateway":"3ffe:ffff::1"}]'
	assert_json '.routes | map([.dst, .gw])' '[["0.0.0.0/0",null],["192.168.0.0/16","10.10.5.1"],["192.168.0.0/16","10.10.5.2"],["3ffe:ffff:0:1ff::1/64",null]]'
	assert_json .dns '{"domain":"example.com","nameservers":["8.8.8.8"],"search":["example.com"]}'
	assert_json 'has("interfaces")' false
	add static <<<"$(static '.cniVersion = "0.4.0"')"
	assert_json '.ips | map(.version)' '["4","6"]'
}

@test "CNI_ARGS adds addresses and gives them gateways" {
	args='IP=10.20.0.1/24, 3ffe:ffff:0:2ff::1/64;GATEWAY=10.20.0.254, 3ffe:ffff:0:2ff::2' add static <<<"$(static)"
	assert_json '.ips[2:]' '[{"address":"10.20.0.1/24","gateway":"10.20.0.254"},{"address":"3ffe:ffff:0:2ff::1/64","gateway":"3ffe:ffff:0:2ff::2"}]'
}

@test "args.cni.ips replaces the addresses, runtimeConfig.ips replaces them again" {
	args='IP=10.20.0.1/24' add static <<<"$(static '.args.cni.ips = ["10.30.0.1/24"]')"
	assert_json '.ips' '[{"address":"10.30.0.1/24"}]'
	args='IP=10.20.0.1/24' add static <<<"$(static '.args.cni.ips = ["10.30.0.1/24"] | .RuntimeConfig.ips = ["10.40.0.1/24", "fd00::1/64"]')"
	assert_json '.ips' '[{"address":"10.40.0.1/24"},{"address":"fd00::1/64"}]'
	add static <<<"$(static '.ipam = {} | .runtimeConfig.ips = ["10.40.0.1/24"]')"
}

@test "a configuration that went through Go code has two addresses in an entry; the string counts" {
	add static <<<"$(static '.ipam.addresses = [{Address: {IP: "10.10.0.1", Mask: "////AA=="}, address: "10.10.0.1/24", Version: "4"}, {address: "10.10.0.2/24", Address: {IP: "x"}}]')"
	assert_json '.ips | map(.address)' '["10.10.0.1/24","10.10.0.2/24"]'
}

@test "the error texts that scripts compare" {
	local args filter text

	cni ADD static <<<"$(static 'del(.ipam)')"
	assert_error_is 999 "IPAM config missing 'ipam' key"
	cni ADD static <<<"$(static '.ipam.addresses = [{address: "10.10.0.1"}]')"
	assert_error_is 999 "the 'address' field is expected to be in CIDR notation, got: '10.10.0.1'"
	args=IP=10.10.0.1 cni ADD static <<<"$(static)"
	assert_error_is 999 "the 'ip' field is expected to be in CIDR notation, got: '10.10.0.1'"
	cni ADD static <<<"$(static '.args.cni.ips = ["10.10.0.1"]')"
	assert_error_is 999 "an entry in the 'ips' field is NOT in CIDR notation, got: '10.10.0.1'"
	cni ADD static <<<"$(static '.runtimeConfig.ips = ["zz"]')"
	assert_error_is 999 "an entry in the 'ips' field is NOT in CIDR notation, got: 'zz'"
	cni ADD static <<<"$(static '.cniVersion = "0.2.0" | .ipam.addresses += [{address: "10.11.0.1/24"}]')"
	assert_error_is 999 "CNI version 0.2.0 does not support more than 1 address per family"
	cni ADD static <<<"$(static '.cniVersion = "0.2.0" | .ipam.addresses = []')"
	assert_error_is 999 "cannot convert: no valid IP addresses"
}

@test "CHECK needs every configured address in the previous result, with its gateway" {
	local result

	add static <<<"$(static)"
	result=$stdout
	check static <<<"$(with_result "$(static)" "$result")"
	cni CHECK static <<<"$(with_result "$(static)" "$(jq 'del(.ips[0])' <<<"$result")")"
	assert_error 104 'static: Failed to match addr 10.10.0.1/24'
	cni CHECK static <<<"$(with_result "$(static)" "$(jq '.ips[0].gateway = "10.10.0.9"' <<<"$result")")"
	assert_error 104 'static: Failed to match addr 10.10.0.1/24'
	cni CHECK static <<<"$(static)"
	assert_error_is 999 'Required prevResult missing'
}

@test "DEL, STATUS and GC always succeed" {
	del static <<<"$(static 'del(.ipam)')"
	cni STATUS static <<<"$(static 'del(.ipam)')"
	assert_success
	cni GC static <<<"$(static)"
	assert_success
}

@test "a bridge with static addresses" {
	new_container a
	add bridge <<<"$(static '.type = "bridge" | .isGateway = true | .ipam.routes = []')"
	assert_eq "$(in_container a ip -j addr show dev eth0 | jq -c '[.[0].addr_info[] | select(.scope == "global") | .local]')" '["10.10.0.1","3ffe:ffff:0:1ff::1"]'
}

@test "thousands of addresses and gateways in CNI_ARGS are sorted" {
	local start

	args="IP=$(for i in {0..4999}; do printf '10.%d.%d.1/8,' $((i / 256)) $((i % 256)); done)11.0.0.9/16"
	args+=";GATEWAY=$(for i in {0..4999}; do printf '12.%d.%d.1,' $((i / 256)) $((i % 256)); done)10.9.9.9,11.0.3.3"
	BIN=$PLAIN_BIN
	start=$(cpu_ms)
	add static <<<'{"cniVersion": "1.0.0", "name": "n", "ipam": {"type": "static"}}'
	(($(cpu_ms) - start < 2500)) || fail_because "$(($(cpu_ms) - start)) ms"
	assert_json '[.ips[0, 4999, 5000].gateway]' '["10.9.9.9", "10.9.9.9", "11.0.3.3"]'
}

@test "the list of the manual page attaches a container" {
	local lists=$BATS_TEST_TMPDIR/lists

	mkdir "$lists"
	sed -n '/^\.SH EXAMPLES/,/^\.EE/p' "$ROOT/docs/man/cni-static.8" | sed -n '/^{/,/^}/p' | sed 's/\\-/-/g' >"$lists/chosen.conflist"
	new_container one
	host env NETCONFPATH="$lists" CNI_PATH="$PLAIN_BIN" "$PLAIN_BIN/cnitool" add chosen /run/netns/one
	[[ $(in_container one ip -j addr show eth0 | jq -r '.[0].addr_info[] | select(.family == "inet") | "\(.local)/\(.prefixlen)"') == 10.47.0.7/24 ]]
	[[ $(in_container one ip -j route show default | jq -r '.[0].gateway') == 10.47.0.1 ]]
}
