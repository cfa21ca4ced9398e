#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# firewall with addresses in a zone of firewalld: every system call goes wrong once.

FAULT_STEP=${FAULT_STEP:-120}
load faults
load ../netns/firewalld

readonly NUMBERS='{"c1": 1, "kept": 2}'

# The one of faults.bash, under another name.
eval "faults_$(declare -f setup)"

setup() {
	mkdir -p "$BATS_TEST_TMPDIR"
	start_firewalld
	faults_setup
}

teardown() {
	stop_firewalld
	teardown_host
}

configure() {
	jq --arg id "$id" --argjson numbers "$NUMBERS" '
		$numbers[$id] as $n
		| .prevResult = {cniVersion, interfaces: [{name: "cni0"}, {name: "\($id)-port"}, {name: "eth0", sandbox: "/run/netns/\($id)"}],
			ips: [{address: "10.1.2.\($n)/24", interface: 2}, {address: "2001:db8:1::\($n)/64", interface: 2}]}'
}

more_state() {
	sed 's/^/source /' "$folder/sources"
}

# DEL is well when the bus is not; the next one, which has the result, takes the sources out.

eval "faults_$(declare -f without_empty_tables)"

without_empty_tables() {
	grep -v '^source ' | faults_without_empty_tables
}

firewall_conf() {
	jq -n '{cniVersion: "1.1.0", name: "zoned", type: "firewall"}'
}

@test "firewall with firewalld: ADD" {
	sweep ADD firewall "$(firewall_conf)"
}

@test "firewall with firewalld: DEL" {
	sweep DEL firewall "$(firewall_conf)"
}

@test "firewall with firewalld: CHECK" {
	sweep CHECK firewall "$(firewall_conf)"
}

@test "firewall with firewalld: GC" {
	sweep GC firewall "$(firewall_conf)"
}

@test "firewall with firewalld: STATUS" {
	sweep STATUS firewall "$(firewall_conf)"
}
