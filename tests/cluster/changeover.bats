#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A node changes from the Go plugins to ours and back, while pods run and are asked all the time.

load helpers
load kubelet

# The Go plugins leave their chains of iptables.
IGNORED=CNI-HOSTPORT

setup_file() {
	setup_cluster
	new_node node1 11
	configure_runtime node1
	network node1 <"$ROOT/conf/20-kindnet.conflist"
	install_plugins node1 "$GO_PLUGINS"
	start_runtime node1
	import_image node1
	start_kubelet node1
	snapshot_node node1
}

teardown_file() {
	teardown_cluster
}

answers() {
	local address

	for address in 172.18.0.11 '[fd00:172:18::11]'; do
		[[ $(get "http://$address:$2/") == "$1-node1" ]] || return
	done
}

answer() {
	local pod

	for pod; do
		answers "$pod" "$(port "$pod")" || return
	done
}

port() {
	case $1 in one) echo 8081 ;; two) echo 8082 ;; three) echo 8083 ;; four) echo 8084 ;; esac
}

reach_each_other() {
	local from to

	for from; do
		for to; do
			assert_eq "$(pod_get node1 "$from" "http://172.18.0.11:$(port "$to")/")" "$to-node1" "$from asks $to"
		done
	done
}

# Asks the first pod again and again until the file goes; a line for each time that it did not answer.
ask_all_the_time() {
	local asked=0

	while [[ -e $CLUSTER/asking ]] && ((asked < 6000)); do
		answer one || echo "no answer to number $asked"
		((++asked))
		sleep 0.05
	done >"$CLUSTER/unanswered"
	echo "$asked" >"$CLUSTER/asked"
}

runs_not() {
	[[ -z $(crictl node1 pods -q --state ready --name "^$1-") ]]
}

@test "pods of the Go plugins" {
	static_pod node1 one 8081
	static_pod node1 two 8082
	wait_until 60 answer one two
	: >"$CLUSTER/asking"
	ask_all_the_time 3>&- &
	disown
}

@test "ours are installed, and those pods go on" {
	node node1 "$OURS/cnitool" install --from "$OURS" --to /opt/cni/bin bridge ptp loopback host-local portmap
	answer one two
	static_pod node1 three 8083
	wait_until 60 answer one two three
	reach_each_other one two three
}

@test "kubelet and containerd start again" {
	stop_daemon node1 kubelet
	stop_daemon node1 containerd KILL
	start_runtime node1
	start_kubelet node1
	answer one two three
}

@test "a pod of the Go plugins is deleted by ours, and made anew" {
	remove_static_pod node1 two
	wait_until 60 runs_not two
	refute answers two 8082
	static_pod node1 two 8082
	wait_until 60 answer one two three
	reach_each_other one two three
	assert_no_cni_errors node1
}

@test "the way back: the Go plugins are installed, and pods of ours go on" {
	install_plugins node1 "$GO_PLUGINS"
	answer one two three
	static_pod node1 four 8084
	wait_until 60 answer one two three four
	reach_each_other one two three four
}

@test "nobody has waited for an answer" {
	rm "$CLUSTER/asking"
	wait_until 20 test -e "$CLUSTER/asked"
	echo "# $(<"$CLUSTER/asked") questions" >&3
	(($(<"$CLUSTER/asked") > 20))
	assert_eq "$(<"$CLUSTER/unanswered")" "" "questions without an answer"
}

# Rules of ours the Go plugins do not know: GC of ours, or the removal of its tables, is the last step of the way back.
@test "all pods are deleted by the Go plugins; what they leave of ours goes with our tables" {
	local pod

	for pod in one two three four; do
		remove_static_pod node1 "$pod"
	done
	for pod in one two three four; do
		wait_until 60 runs_not "$pod"
	done
	node node1 nft delete table inet cni_portmap
	assert_node_unchanged node1
}

@test "no process, mount, cgroup or namespace of the nodes is left" {
	end_cluster
}
