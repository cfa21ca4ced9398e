#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# firewall on its own, isolated, on a host whose iptables drop what is forwarded: every system call goes wrong once.

FAULT_STEP=${FAULT_STEP:-120}
load faults

readonly NUMBERS='{"c1": 1, "kept": 2}'

furnish() {
	host iptables-nft -P FORWARD DROP
}

configure() {
	jq --arg id "$id" --argjson numbers "$NUMBERS" '
		$numbers[$id] as $n
		| .prevResult = {cniVersion, interfaces: [{name: "cni0"}, {name: "\($id)-port"}, {name: "eth0", sandbox: "/run/netns/\($id)"}],
			ips: [{address: "10.1.2.\($n)/24", interface: 2}, {address: "2001:db8:1::\($n)/64", interface: 2}]}'
}

firewall_conf() {
	jq -n '{cniVersion: "1.1.0", name: "guarded", type: "firewall", ingressPolicy: "isolated"}'
}

@test "firewall: ADD" {
	sweep ADD firewall "$(firewall_conf)"
}

@test "firewall: DEL" {
	sweep DEL firewall "$(firewall_conf)"
}

@test "firewall: DEL, when the kernel calls a transaction busy" {
	FAULT_STEP=1 FAULT_ONLY='^refuse [0-9]+\.[0-9]+\.1 16 EBUSY' # the first message of each transaction
	sweep DEL firewall "$(firewall_conf)"
}

@test "firewall: CHECK" {
	sweep CHECK firewall "$(firewall_conf)"
}

@test "firewall: GC" {
	sweep GC firewall "$(firewall_conf)"
}

@test "firewall: STATUS" {
	sweep STATUS firewall "$(firewall_conf)"
}
