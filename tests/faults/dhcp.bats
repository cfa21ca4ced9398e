#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# dhcp on its own, with its daemon and a server: every system call of the plugin goes wrong once.

FAULT_STEP=${FAULT_STEP:-8}
load faults
load ../netns/dhcp

setup() {
	setup_dhcp
	new_switch
	dnsmasq_serves
	DAEMON=$BIN/dhcp start_daemon
	cni_path=$BIN
	make_container c1
	trouble=$BATS_TEST_TMPDIR/trouble
	: >"$trouble"
}

teardown() {
	teardown_dhcp
}

# With its port in the switch.
make_container() {
	host ip link delete "p-$1" 2>/dev/null || true
	plug "$1"
	in_container "$1" ip link set eth0 up
}

more_state() {
	say_list | jq -r '.owners | sort[]'
}

say_list() {
	echo '{"verb": "list", "network": "lan"}' | socat -t 20 - "UNIX-CONNECT:$socket"
}

@test "dhcp: ADD" {
	sweep ADD dhcp "$(dhcp_conf)"
}

@test "dhcp: DEL" {
	sweep DEL dhcp "$(dhcp_conf)"
}

@test "dhcp: CHECK" {
	sweep CHECK dhcp "$(dhcp_conf)"
}

@test "dhcp: GC" {
	sweep GC dhcp "$(dhcp_conf)"
}

@test "dhcp: STATUS" {
	sweep STATUS dhcp "$(dhcp_conf)"
}
