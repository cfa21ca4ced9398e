#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# One kubelet without an API server runs static pods with host ports; it and what it stands on fail and come back.

load helpers
load kubelet

PODS=(one two three)

setup_file() {
	setup_cluster
	new_node node1 11
	configure_runtime node1
	install_plugins node1 "$OURS"
	network node1 <"$ROOT/conf/20-kindnet.conflist"
	start_runtime node1
	import_image node1
	start_kubelet node1
	snapshot_node node1
}

teardown_file() {
	teardown_cluster
}

# Host ports 8081 and so on, from outside, from the node, from the pods and from the pod itself.
answers() {
	local pod=$1 port=$2 address

	for address in 172.18.0.11 '[fd00:172:18::11]'; do
		[[ $(get "http://$address:$port/") == "$pod-node1" ]] || return
		[[ $(node node1 curl -sg --noproxy '*' --max-time 5 "http://$address:$port/") == "$pod-node1" ]] || return
	done
}

all_answer() {
	local i

	for i in "${!PODS[@]}"; do
		answers "${PODS[i]}" $((8081 + i)) || return
	done
}

no_pods() {
	[[ -z $(crictl node1 pods -q) ]]
}

containers() {
	crictl node1 ps -q | sort
}

@test "static pods answer on their host ports, both families" {
	local i

	for i in "${!PODS[@]}"; do
		static_pod node1 "${PODS[i]}" $((8081 + i))
	done
	wait_until 60 all_answer
}

@test "they answer to each other and to themselves, and on the node's loopback" {
	local pod address

	for pod in "${PODS[@]}"; do
		for address in 172.18.0.11 '[fd00:172:18::11]'; do
			assert_eq "$(pod_get node1 "$pod" "http://$address:8081/")" one-node1 "$pod asks $address"
		done
	done
	assert_eq "$(node node1 curl -s --noproxy '*' --max-time 5 http://127.0.0.1:8082/)" two-node1 "the node's loopback"
	for address in $(pod_addresses node1 two); do
		[[ $address != *:* ]] || address="[$address]"
		assert_eq "$(pod_get node1 one "http://$address/")" two-node1 "one asks $address"
	done
}

@test "the host port is the pod's for UDP too, from everywhere" {
	local address

	serve_udp node1 one
	for address in 172.18.0.11 '[fd00:172:18::11]'; do
		assert_eq "$(ask_udp "$address" 8081)" one "outside asks $address"
		assert_eq "$(ask_udp "$address" 8081 node node1)" one "the node asks $address"
		assert_eq "$(ask_udp "$address" 8081 in_pod node1 two)" one "another pod asks $address"
		assert_eq "$(ask_udp "$address" 8081 in_pod node1 one)" one "the pod itself asks $address"
	done
	assert_eq "$(ask_udp 127.0.0.1 8081 node node1)" one "the node's loopback"
	stop_udp node1 one
}

@test "a kubelet that starts again changes nothing" {
	local before

	before=$(containers)
	stop_daemon node1 kubelet
	all_answer
	start_kubelet node1
	all_answer
	assert_eq "$(containers)" "$before" "containers"
}

@test "containerd is killed and starts again" {
	local before

	before=$(containers)
	stop_daemon node1 containerd KILL
	all_answer
	start_runtime node1
	all_answer
	wait_until 30 eval '[[ $(containers) == "'"$before"'" ]]'
	static_pod node1 four 8084
	PODS+=(four)
	wait_until 60 all_answer
	assert_no_cni_errors node1
}

the_power_fails() {
	local started

	power_off node1
	power_on node1
	configure_runtime node1
	started=$(now_ms)
	start_runtime node1
	start_kubelet node1
	wait_until 90 all_answer
	echo "# all pods answered $(($(now_ms) - started)) ms after containerd was started" >&3
	assert_no_cni_errors node1
}

@test "the power fails" {
	PODS+=(four)
	the_power_fails
}

@test "manifests are removed, and nothing is left" {
	local pod

	for pod in "${PODS[@]}" four; do
		remove_static_pod node1 "$pod"
	done
	assert_node_unchanged node1
	assert_no_cni_errors node1
}

@test "the power fails on a node with a list of bridge, and nothing is left" {
	local i

	jq '.plugins[1] = {type: "portmap", capabilities: {portMappings: true}}' "$ROOT/conf/10-bridge.conflist" | network node1
	for i in "${!PODS[@]}"; do
		static_pod node1 "${PODS[i]}" $((8081 + i))
	done
	wait_until 60 all_answer
	the_power_fails
	for i in "${!PODS[@]}"; do
		remove_static_pod node1 "${PODS[i]}"
	done
	wait_until 60 no_pods
	node node1 ip link delete cni0
	assert_node_unchanged node1
	assert_no_cni_errors node1
}

@test "no process, mount, cgroup or namespace of the nodes is left" {
	end_cluster
}
