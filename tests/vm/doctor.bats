#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# cnitool doctor on a kernel that filters VLANs.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers
load ../netns/cnitool
load ../netns/doctor

setup() {
	setup_tool
	network n '.plugins[1].vlan = 100'
	new_container red
	tool_ok add n "$netns"
	port=$(host ip -j link show master br0 | jq -r '.[] | select(.ifname | startswith("veth")) | .ifname' | head -1)
}

teardown() {
	teardown_tool
}

# broken PATTERN: exactly a failed CHECK, in these words.
broken() {
	doctor_names check-failed
	assert_json '.[0].what | test($text)' true --arg text "$1"
}

@test "a healthy network with a VLAN" {
	healthy
	in_container red ping -c 1 -W 10 10.9.0.1
}

@test "a healthy trunk without addresses" {
	network trunk 'del(.plugins[1].ipam) | .plugins[1] += {bridge: "br1", isDefaultGateway: false, ipMasq: false,
		vlanTrunk: [{minID: 200, maxID: 210}]}'
	new_container blue
	tool_ok add trunk "$netns"
	tool_ok doctor trunk
	assert_eq "$stdout" "trunk: nothing found" "what doctor says"
}

@test "the port has lost its VLAN" {
	host bridge vlan del dev "$port" vid 100
	broken "VLAN"
	host bridge vlan add dev "$port" vid 100 pvid untagged
	healthy
}

@test "the port is in a VLAN of others" {
	host bridge vlan add dev "$port" vid 200
	broken "VLAN"
	host bridge vlan del dev "$port" vid 200
	healthy
}

@test "the bridge does not filter VLANs" {
	host ip link set br0 type bridge vlan_filtering 0
	broken "VLAN"
	host ip link set br0 type bridge vlan_filtering 1
	healthy
}

@test "the gateway of the VLAN is missing" {
	host ip addr flush dev br0.100 scope global
	doctor_names gateway-missing
	assert_json '.[0].what' '"br0.100 has no address 10.9.0.1, the gateway of its containers"'
	follow_advice
	healthy
}

@test "the kernel filters VLANs: nothing is said of that" {
	network n '.plugins[1].vlan = 101'
	doctor_names check-failed
}
