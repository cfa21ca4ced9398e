#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Two nodes of a real cluster run on our plugins.

load helpers
load kubelet
load control

NODES=(node1 node2)

setup_file() {
	local name

	setup_cluster
	start_control_plane
	new_node node1 11
	new_node node2 12
	for name in "${NODES[@]}"; do
		configure_runtime "$name"
		install_plugins "$name" "$OURS"
		start_runtime "$name"
		import_image "$name"
		join "$name"
		kindnet "$name"
	done
	routes_between "${NODES[@]}"
	for name in "${NODES[@]}"; do
		start_proxy "$name" nftables
	done
	wait_until 60 nodes_are_ready
	for name in "${NODES[@]}"; do
		snapshot_node "$name"
	done
}

teardown_file() {
	teardown_cluster
}

nodes_are_ready() {
	[[ $(kubectl get nodes -o json | jq '[.items[].status.conditions[] | select(.type == "Ready" and .status == "True")] | length') == 2 ]]
}

# at_addresses PORT: both nodes, both families.
at_addresses() {
	printf '%s\n' "http://172.18.0.11:$1/" "http://172.18.0.12:$1/" "http://[fd00:172:18::11]:$1/" "http://[fd00:172:18::12]:$1/"
}

# The names of the pods of a deployment on a node.
pods_of() {
	kubectl get pods -l "app=$1" --field-selector "spec.nodeName=$2" -o json | jq -r '.items[].metadata.name'
}

first_pod() {
	pods_of "$1" "$2" | head -n 1
}

service_addresses() {
	kubectl get service "$1" -o json | jq -r '.spec.clusterIPs[] | if test(":") then "http://[\(.)]/" else "http://\(.)/" end'
}

node_ports_answer() {
	local url

	for url in $(at_addresses 30080); do
		get "$url" | grep -q '^web-' || return
	done
}

services_answer() {
	local url name

	node_ports_answer || return
	for name in "${NODES[@]}"; do
		for url in $(service_addresses web) $(at_addresses 30080); do
			node "$name" curl -sg --noproxy '*' --max-time 3 "$url" | grep -q '^web-' || return
			pod_get "$name" "$(first_pod web "$name")" "$url" | grep -q '^web-' || return
		done
	done
}

# Every pod by its addresses from the first pod of each node.
pods_reach_pods() {
	local name pod addresses address from

	for name in "${NODES[@]}"; do
		from=$(pod_netns "$name" "$(first_pod web "$name")")
		while read -r pod addresses; do
			for address in $addresses; do
				[[ $address != *:* ]] || address="[$address]"
				assert_eq "$(node "$name" nsenter --net="$from" curl -sg --noproxy '*' --max-time 3 "http://$address/")" "$pod" \
					"a pod of $name asks $address"
			done
		done < <(kubectl get pods -l app=web -o json | jq -r '.items[] | "\(.metadata.name) \([.status.podIPs[].ip] | join(" "))"')
	done
}

host_ports_answer() {
	local name other url address pod=$1 port=$2

	for name in "${NODES[@]}"; do
		for address in 172.18.0.11 '[fd00:172:18::11]'; do
			url=http://$address:$port/
			assert_eq "$(get "$url")" "$pod" "outside asks $url"
			assert_eq "$(node "$name" curl -sg --noproxy '*' --max-time 3 "$url")" "$pod" "$name asks $url"
			assert_eq "$(pod_get "$name" "$(first_pod web "$name")" "$url")" "$pod" "a pod of $name asks $url"
		done
	done
	for address in 172.18.0.11 '[fd00:172:18::11]'; do
		assert_eq "$(pod_get node1 "$pod" "http://$address:$port/")" "$pod" "the pod itself asks $address"
	done
	assert_eq "$(node node1 curl -s --noproxy '*' --max-time 3 "http://127.0.0.1:$port/")" "$pod" "the node's loopback"
}

everything_answers() {
	wait_until 60 services_answer
	pods_reach_pods
	host_ports_answer "$(first_pod port node1)" 8080
}

start_everything() {
	deployment web 2
	service web 30080
	deployment port 1 8080 node1
	wait_until 60 is_rolled_out web 2
	wait_until 60 is_rolled_out port 1
}

stop_everything() {
	local name

	kubectl delete deployment web port --wait=false
	wait_until 120 pods_are_gone
	for name in "${NODES[@]}"; do
		assert_node_unchanged "$name"
		assert_no_cni_errors "$name"
	done
}

@test "deployment, service, node port, host port, across nodes: kube-proxy with nftables" {
	start_everything
	everything_answers
}

@test "each part of the control plane and of the nodes starts again" {
	local name

	stop_outside scheduler
	stop_outside controllers
	# It would wait for all who are connected.
	stop_outside apiserver KILL
	stop_outside etcd KILL
	node_ports_answer
	start_etcd
	start_apiserver
	start_controllers
	start_scheduler
	for name in "${NODES[@]}"; do
		stop_daemon "$name" kubelet
		stop_daemon "$name" containerd KILL
		stop_daemon "$name" proxy
		start_runtime "$name"
		join "$name"
		start_proxy "$name" nftables
	done
	wait_until 60 nodes_are_ready
	everything_answers
}

@test "from two pods to fifty and back" {
	local name

	kubectl scale deployment web --replicas 50
	wait_until 120 is_rolled_out web 50
	everything_answers
	# Which pods go is a matter of luck, and each node is to keep one.
	for name in "${NODES[@]}"; do
		kubectl annotate pod "$(first_pod web "$name")" controller.kubernetes.io/pod-deletion-cost=100
	done
	kubectl scale deployment web --replicas 2
	wait_until 120 pods_are_gone 3
	everything_answers
}

@test "a hundred pods on one node" {
	local pod address n=0

	deployment many 100 0 node1
	wait_until 240 is_rolled_out many 100
	while read -r pod address; do
		[[ $address != *:* ]] || address="[$address]"
		assert_eq "$(node node2 curl -sg --noproxy '*' --max-time 3 "http://$address/")" "$pod" "the other node asks $address"
		n=$((n + 1))
	done < <(kubectl get pods -l app=many -o json | jq -r '.items[] | .metadata.name as $name | .status.podIPs[] | "\($name) \(.ip)"')
	assert_eq "$n" 200 "addresses"
	everything_answers
	kubectl delete deployment many --wait=false
	wait_until 120 pods_are_gone 3
}

@test "all is removed, and nothing is left" {
	stop_everything
}

@test "kube-proxy with iptables" {
	local name

	for name in "${NODES[@]}"; do
		stop_daemon "$name" proxy
		node "$name" "$K8S/kube-proxy" --config /etc/kubernetes/proxy.yaml --cleanup || true
		start_proxy "$name" iptables
	done
	start_everything
	everything_answers
	stop_everything
}

@test "a list with bridge" {
	local name

	for name in "${NODES[@]}"; do
		bridge_list "$name"
	done
	start_everything
	everything_answers
	kubectl delete deployment web port --wait=false
	wait_until 120 pods_are_gone
	for name in "${NODES[@]}"; do
		node "$name" ip link delete cni0
		assert_node_unchanged "$name"
		assert_no_cni_errors "$name"
	done
}

@test "no process, mount, cgroup or namespace of the nodes is left" {
	end_cluster
}
