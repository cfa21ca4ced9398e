#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A containerd that asks STATUS, and two networks of a pod at once.

load helpers

setup_file() {
	setup_cluster
	new_node node1 11
	configure_runtime node1 3
	install_plugins node1 "$OURS"
	small_range | network node1
	start_runtime node1 "$NEW_CONTAINERD"
	import_image node1
	wait_until 20 is_ready
	snapshot_node node1
}

teardown_file() {
	teardown_cluster
}

# Two addresses for pods.
small_range() {
	jq '.cniVersion = "1.1.0" | .plugins[0].ipam.ranges = [[{subnet: "10.244.0.0/29", rangeEnd: "10.244.0.3"}]]
		| .plugins[0].ipam.routes |= .[:1]' "$ROOT/conf/20-kindnet.conflist"
}

network_condition() {
	crictl node1 info | jq -c '.status.conditions[] | select(.type == "NetworkReady")'
}

is_ready() {
	[[ $(network_condition | jq .status) == true ]]
}

# says REGULAR-EXPRESSION: not ready, with this in the message.
says() {
	local condition

	condition=$(network_condition)
	[[ $(jq .status <<<"$condition") == false && $(jq -r .message <<<"$condition") =~ $1 ]]
}

# sandbox NAME: prints its id.
sandbox() {
	jq -n --arg name "$1" '{metadata: {name: $name, uid: $name, namespace: "tests"}, hostname: $name, log_directory: "/tmp",
		linux: {cgroup_parent: "/status"}}' | node node1 sh -c "cat >/run/$1.json"
	crictl node1 runp "/run/$1.json"
}

remove_sandbox() {
	crictl node1 rmp -f "$1"
}

has_both() {
	crictl node1 inspectp "$1" |
		jq -e '.info.cniResult.Interfaces | .eth0.IPConfigs != null and .eth1.IPConfigs != null'
}

@test "a full range: NotReady in our words, and Ready when an address is free" {
	local one two

	one=$(sandbox one)
	is_ready
	two=$(sandbox two)
	wait_until 10 says 'no IP addresses available in range set: 10.244.0.1-10.244.0.3' || fail_because "$(network_condition)"
	remove_sandbox "$one"
	wait_until 10 is_ready
	remove_sandbox "$two"
}

@test "no nftables: NotReady in our words, and Ready when they are back" {
	node node1 mv /opt/cni/bin/portmap /opt/cni/portmap
	printf '#!/bin/sh\nexec %q 93 /opt/cni/portmap\n' "$BUILD/tests/netns/without-nftables" |
		node node1 sh -c 'cat >/opt/cni/bin/portmap; chmod 755 /opt/cni/bin/portmap'
	wait_until 10 says 'nftables' || fail_because "$(network_condition)"
	node node1 mv /opt/cni/portmap /opt/cni/bin/portmap
	wait_until 10 is_ready
}

# rounds FROM: fifty of them.
rounds() {
	local i id

	for ((i = $1 * 50; i < $1 * 50 + 50; i++)); do
		id=$(sandbox "pod$i") || return
		((i % 10)) || has_both "$id" >/dev/null || return
		remove_sandbox "$id" >/dev/null || return
	done
}

@test "two networks of a pod at once, 200 rounds" {
	local i jobs=()

	stop_daemon node1 containerd
	node node1 sed -i 's|conf_dir = .*|&\nmax_conf_num = 2|' /etc/containerd/config.toml
	jq '.cniVersion = "1.1.0"' "$ROOT/conf/20-kindnet.conflist" | network node1
	jq '.plugins |= .[:1] | .cniVersion = "1.1.0"' "$ROOT/conf/30-containerd.conflist" | node node1 sh -c 'cat >/etc/cni/net.d/20-second.conflist'
	start_runtime node1 "$NEW_CONTAINERD"
	wait_until 20 is_ready || fail_because "$(network_condition)"
	for i in 0 1 2 3; do
		rounds "$i" 3>&- &
		jobs+=($!)
	done
	for i in "${jobs[@]}"; do
		wait "$i"
	done
}

@test "nothing is left" {
	node node1 ip link delete cni0
	assert_node_unchanged node1
	assert_no_cni_errors node1
}

@test "no process, mount, cgroup or namespace of the nodes is left" {
	end_cluster
}
