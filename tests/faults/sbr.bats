#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# sbr with an address of each family: every system call goes wrong once.

FAULT_STEP=${FAULT_STEP:-48}
load faults

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
	in_container "$id" ip route add 203.0.113.0/24 via 10.1.2.2 metric 7
	in_container "$id" ip -6 route add default via fd00:1::1
}

configure() {
	jq --arg id "$id" '.prevResult = {cniVersion, interfaces: [{name: "eth0", sandbox: "/run/netns/\($id)"}],
		ips: [{address: "10.1.2.3/24", gateway: "10.1.2.1", interface: 0},
			{address: "fd00:1::3/64", gateway: "fd00:1::1", interface: 0}]}'
}

routing() {
	in_container "$id" ip rule
	in_container "$id" ip -6 rule
	in_container "$id" ip route show table all | sort
	in_container "$id" ip -6 route show table all | sort
}

# Who made a route is lost with a killed ADD.
state() {
	routing | grep -v 'fe80::\|ff00::' | sed 's/ proto [a-z0-9]*//'
}

point_ADD() {
	run_once ADD "$plugin" "$fault"
	judge_first ADD
	# Whose result nobody could read gets a DEL, as everywhere, and that brings no routes back.
	[[ $judge != mute ]] || furnish
	if [[ $status != 0 && $judge != @(kill|fatal|unseen) ]]; then
		expect_clean "a failed ADD"
	fi
	run_once ADD "$plugin"
	[[ $status == 0 ]] || complain "the same ADD again"
	[[ $(state) == "$attached" ]] || {
		complain "the ADD after it makes something else"
		diff <(echo "$attached") <(state) | grep '^[<>]' | sed 's/^/  /' >>"$trouble"
	}
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
	attached=$(state)
	[[ $1 != CHECK ]] || configuration=$(jq --argjson result "$stdout" '.prevResult = $result' <<<"$configuration")
	[[ $1 != ADD ]] || run_once DEL "$plugin"
}

sbr_conf() {
	jq -n '{cniVersion: "1.1.0", name: "routed", type: "sbr"}'
}

@test "sbr: ADD" {
	sweep ADD sbr "$(sbr_conf)"
}

@test "sbr: DEL" {
	sweep DEL sbr "$(sbr_conf)"
}

@test "sbr: CHECK" {
	sweep CHECK sbr "$(sbr_conf)"
}
