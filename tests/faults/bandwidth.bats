#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bandwidth with limits both ways: every system call goes wrong once.

FAULT_STEP=${FAULT_STEP:-48}
load faults

furnish() {
	host ip link delete "$id-host" 2>/dev/null || true
	host ip link add "$id-host" type veth peer name eth0 netns "/run/netns/$id"
	host ip link set "$id-host" up
	in_container "$id" ip link set eth0 up
}

configure() {
	jq --arg id "$id" '.prevResult = {cniVersion, interfaces: [{name: "\($id)-host"}, {name: "eth0", sandbox: "/run/netns/\($id)"}],
		ips: [{address: "10.1.2.3/24", interface: 1}]}'
}

more_state() {
	host tc qdisc show dev "$id-host" | grep -v noqueue
	host tc filter show dev "$id-host" ingress
}

# GC takes away the links only; another plugin's takes the host's end, with what is on it.
eval "plain_$(declare -f run_once)"
run_once() {
	plain_run_once "$@"
	[[ $1:$status != GC:0 ]] || clear_host_end 2>/dev/null || true
}

clear_host_end() {
	host tc qdisc del dev c1-host root
	host tc qdisc del dev c1-host ingress
}

bandwidth_conf() {
	jq -n '{cniVersion: "1.1.0", name: "limited", type: "bandwidth", ingressRate: 8000000, egressRate: 16000000}'
}

@test "bandwidth: ADD" {
	sweep ADD bandwidth "$(bandwidth_conf)"
}

@test "bandwidth: DEL" {
	sweep DEL bandwidth "$(bandwidth_conf)"
}

# Without the namespace the limits on the host's end are not found, and it lives on.
@test "bandwidth: DEL, when the kernel does not tell what the namespace is" {
	FAULT_STEP=1 FAULT_ONLY='^fail 0\.16'
	sweep DEL bandwidth "$(bandwidth_conf)"
}

@test "bandwidth: CHECK" {
	sweep CHECK bandwidth "$(bandwidth_conf)"
}

@test "bandwidth: GC" {
	sweep GC bandwidth "$(bandwidth_conf)"
}
