#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dhcp behind ipvlan and vlan, whose drivers this needs. The server is on the outside host.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers
load ../netns/dhcp

setup() {
	setup_dhcp
	new_outside
	SERVER=outside
}

teardown() {
	teardown_dhcp
}

given_back() {
	[[ ! -s $BATS_TEST_TMPDIR/leases ]]
}

@test "dhcp behind ipvlan: two with one MAC get two addresses, and give them back; what cannot work is refused" {
	local c one

	in_container outside ip addr add 10.7.0.1/24 dev eth0
	dnsmasq_serves
	start_daemon
	c=$(conf 42-ipvlan ".ipam = {type: \"dhcp\", daemonSocketPath: \"$socket\"}")
	attach ipvlan one "$c"
	one=$address
	attach ipvlan two "$c"
	[[ $one != "$address" ]]
	assert_eq "$(awk '{ print $2 }' "$BATS_TEST_TMPDIR/leases" | sort -u | wc -l)" 1 MACs
	del ipvlan <<<"$c"
	use_container one
	del ipvlan <<<"$c"
	wait_until 10 given_back
	cni ADD ipvlan <<<"$(jq '.ipam.conflictCheck = true' <<<"$c")"
	assert_error 7 "conflictCheck cannot work on ipvlan"
	cni ADD ipvlan <<<"$(jq '.mode = "l3" | .ipam.timeout = 2' <<<"$c")"
	[[ $status == 1 ]]
	refute in_container one ip link show dev eth0
}

@test "dhcp behind vlan: the server of the VLAN is the one that is heard" {
	local c

	in_container outside ip link add link eth0 name eth0.100 type vlan id 100
	in_container outside ip link set eth0.100 up
	in_container outside ip addr add 10.7.0.1/24 dev eth0.100
	# Another one without the tag, which must not be heard.
	in_container outside ip addr add 10.8.0.1/24 dev eth0
	dnsmasq_serves --interface=eth0.100 --dhcp-range=10.8.0.50,10.8.0.60,255.255.255.0,2m
	start_daemon
	c=$(conf 43-vlan ".ipam = {type: \"dhcp\", daemonSocketPath: \"$socket\"}")
	attach vlan one "$c"
	assert_match "$address" '^10[.]7[.]0[.]'
	del vlan <<<"$c"
	wait_until 10 given_back
	# Where no server is, the error names the VLAN.
	cni ADD vlan <<<"$(jq '.vlanId = 101 | .ipam.timeout = 1' <<<"$c")"
	assert_error 999 "no more tries"
	assert_json '.details | contains("VLAN 101")' true
}
