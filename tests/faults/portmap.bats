#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# portmap on its own, with ports of both families, one of them at an address of the host, and conditions: every system call
# goes wrong once.

FAULT_STEP=${FAULT_STEP:-120}
load faults

readonly NUMBERS='{"c1": 1, "kept": 2}'

# An interface of the container's, with a link on the host that carries its name.
furnish() {
	host ip link delete "$id-port" 2>/dev/null || true # the last one's may take a moment to go
	host ip link add "$id-port" type veth peer name eth0 netns "/run/netns/$id"
	host ip link set "$id-port" alias "ports/$id/eth0"
}

# Containers cannot share a port.
configure() {
	jq --arg id "$id" --argjson numbers "$NUMBERS" '
		$numbers[$id] as $n
		| .runtimeConfig.portMappings[].hostPort += $n
		| .prevResult = {cniVersion, interfaces: [{name: "\($id)-port"}, {name: "eth0", sandbox: "/run/netns/\($id)"}],
			ips: [{address: "10.1.2.\($n)/24", interface: 1}, {address: "2001:db8:1::\($n)/64", interface: 1}]}'
}

ports_conf() {
	jq -n '{cniVersion: "1.1.0", name: "ports", type: "portmap", conditionsV4: ["ip", "saddr", "!=", "192.0.2.0/24"],
		runtimeConfig: {portMappings: [
			{hostPort: 8080, containerPort: 80, protocol: "tcp"},
			{hostPort: 5300, containerPort: 53, protocol: "udp", hostIP: "192.0.2.1"},
			{hostPort: 5300, containerPort: 53, protocol: "udp", hostIP: "2001:db8::1"}]}}'
}

@test "portmap: ADD" {
	sweep ADD portmap "$(ports_conf)"
}

@test "portmap: DEL" {
	sweep DEL portmap "$(ports_conf)"
}

@test "portmap: CHECK" {
	sweep CHECK portmap "$(ports_conf)"
}

@test "portmap: GC" {
	sweep GC portmap "$(ports_conf)"
}

@test "portmap: STATUS" {
	sweep STATUS portmap "$(ports_conf)"
}

@test "portmap: DEL that is killed while it removes ports" {
	FAULT_STEP=12 FAULT_ONLY='^signal 0.* (sendto|recvfrom)-KILL' sweep DEL portmap "$(ports_conf)"
}
