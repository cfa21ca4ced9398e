#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vrf with an address of each family: system calls go wrong, some of them in each verb.

FAULT_STEP=${FAULT_STEP:-1000} # a few in any case: the machine is slow
load ../faults/faults

# After DEL goes the interface, and its routes with it, as the plugin before would do it.
eval "$(declare -f run_once | sed '1s/run_once/call_plugin/')"
run_once() {
	call_plugin "$@"
	[[ $1 != DEL || -n ${3:-} ]] || furnish
}

furnish() {
	in_container "$id" ip link delete eth0 2>/dev/null || true
	in_container "$id" sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.addr_gen_mode=1
	in_container "$id" ip link add eth0 address 02:00:00:00:00:01 type veth peer name other address 02:00:00:00:00:02
	in_container "$id" ip link set other up
	in_container "$id" ip link set eth0 up
	in_container "$id" ip addr add 10.1.2.3/24 dev eth0
	in_container "$id" ip addr add fd00:1::3/64 dev eth0
	in_container "$id" ip route add default via 10.1.2.1
	in_container "$id" ip -6 route add default via fd00:1::1
}

configure() {
	jq --arg id "$id" '.prevResult = {cniVersion, interfaces: [{name: "eth0", sandbox: "/run/netns/\($id)"}],
		ips: [{address: "10.1.2.3/24", gateway: "10.1.2.1", interface: 0}]}'
}

state() {
	in_container "$id" ip -o link | grep -o " blue:\| master [a-z]*" || true
	in_container "$id" sh -c 'ip -o addr; ip route show table all | sort; ip -6 route show table all | sort; ip rule' |
		grep -v 'fe80::\|ff00::\|l3mdev' | sed -E 's/^[0-9]+: //; s/ (proto|pref) [a-z0-9]*//g; s/ valid_lft .*//; s/ tentative| nodad//g; s/ linkdown//'
}

# An ADD whose end nobody saw left the interface in the VRF: DEL takes it out before the next one.
point_ADD() {
	run_once ADD "$plugin" "$fault"
	judge_first ADD
	if [[ $status == 0 || $judge == @(kill|fatal|unseen|mute) ]]; then
		run_once DEL "$plugin"
		[[ $status == 0 ]] || complain "DEL after an ADD"
	fi
	expect_clean "a failed ADD"
	run_once ADD "$plugin"
	[[ $status == 0 ]] || complain "the same ADD again"
	run_once DEL "$plugin"
	[[ $status == 0 ]] || complain "DEL"
	expect_clean "ADD and DEL"
}

point_DEL() {
	run_once ADD "$plugin"
	[[ $status == 0 ]] || complain "ADD"
	run_once DEL "$plugin" "$fault"
	judge_first DEL
	run_once DEL "$plugin"
	[[ $status == 0 ]] || complain "the second DEL"
	expect_clean "the second DEL"
}

prepare() {
	use_container c1
	configuration=$(configure <<<"$configuration")
	run_once ADD "$plugin"
	assert_success
	run_once DEL "$plugin"
}

vrf_conf() {
	jq -n '{cniVersion: "1.1.0", name: "domains", type: "vrf", vrfname: "blue"}'
}

@test "vrf: ADD" {
	sweep ADD vrf "$(vrf_conf)"
}

@test "vrf: DEL" {
	sweep DEL vrf "$(vrf_conf)"
}
