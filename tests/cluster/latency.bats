#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# How long containerd takes for a pod with ours, and with the Go plugins: two nodes, which take turns. What comes out is
# $BUILD/cluster/latency.md.

load helpers
load ../interop/containerd
INTEROP=$ROOT/tests/interop

PODS=${CLUSTER_PODS:-12}
WARM=1
# For the CPU time, which hardly varies.
MEASURED=5

setup_file() {
	setup_cluster
	new_node ours 11
	new_node go 12
	prepare ours "$OURS"
	prepare go "$GO_PLUGINS"
}

teardown_file() {
	teardown_cluster
}

prepare() {
	configure_runtime "$1"
	install_plugins "$1" "$2"
	network "$1" <"$ROOT/conf/20-kindnet.conflist"
	start_runtime "$1"
	import_image "$1"
	snapshot_node "$1"
}

# on NODE FUNCTION…: of interop/containerd.bash, with that node's containerd.
on() {
	local CONTAINERD=$CLUSTER/$1 CONTAINERD_ADDRESS CGROUP=latency

	CONTAINERD_ADDRESS=/proc/$(<"$CLUSTER/nodes/$1/pid")/root/run/containerd/containerd.sock
	mkdir -p "$CONTAINERD"
	shift
	"$@"
}

# one_pod NODE NUMBER: appends what it took to the node's files, unless it is to warm up.
one_pod() {
	local id

	id=$(on "$1" run_pod "pod$2" 8080:80)
	(($2 <= WARM)) || echo "$(<"$CLUSTER/$1/seconds")" >>"$CLUSTER/$1.run"
	on "$1" stop_pod "$id" >/dev/null
	(($2 <= WARM)) || echo "$(<"$CLUSTER/$1/seconds")" >>"$CLUSTER/$1.stop"
	on "$1" remove_pod "$id" >/dev/null
}

# percentile FILE PERCENT: in milliseconds.
percentile() {
	sort -n "$1" | awk -v p="$2" '{ v[NR] = $1 } END { i = int((NR * p + 99) / 100); printf "%.0f", v[i < 1 ? 1 : i] * 1000 }'
}

@test "pods one after another, in turns" {
	local i name

	for ((i = 1; i <= PODS + WARM; i++)); do
		for name in ours go; do
			one_pod "$name" "$i"
		done
	done
	for name in ours go; do
		assert_eq "$(wc -l <"$CLUSTER/$name.run")" "$PODS" "pods of $name"
	done
}

# Every plugin in a shell that writes down what it took, with its children.
@test "CPU time of the plugins" {
	local name i f

	for name in ours go; do
		node "$name" mkdir /opt/cni/measured
		for f in bridge ptp loopback host-local portmap; do
			node "$name" sh -c "mv /opt/cni/bin/$f /opt/cni/measured/; cat >/opt/cni/bin/$f; chmod 755 /opt/cni/bin/$f" <<-EOF
				#!/bin/bash
				export CNI_PATH=/opt/cni/measured
				TIMEFORMAT='%U %S'
				exec 3>&2
				{ time /opt/cni/measured/$f 2>&3; } 2>>/var/log/cni-times
			EOF
		done
		for ((i = 1; i <= MEASURED; i++)); do
			one_pod "$name" 0
		done
	done
}

# The Go plugins leave their chains of iptables.
@test "nothing is left of ours, and no call has failed" {
	assert_node_unchanged ours
	assert_no_cni_errors ours
	assert_no_cni_errors go
}

cpu() {
	awk -v pods=$MEASURED '{ n += $1 + $2 } END { printf "%.0f", n * 1000 / pods }' "$CLUSTER/nodes/$1/var/log/cni-times"
}

@test "the table" {
	local name

	mkdir -p "$BUILD/cluster"
	{
		echo "| kindnet list, one port, $PODS pods in turns | ours | Go plugins |"
		echo "| --- | --- | --- |"
		for name in run:RunPodSandbox stop:StopPodSandbox; do
			echo "| ${name#*:} median (p90) | $(percentile "$CLUSTER/ours.${name%:*}" 50) ($(percentile "$CLUSTER/ours.${name%:*}" 90)) ms | $(
				percentile "$CLUSTER/go.${name%:*}" 50) ($(percentile "$CLUSTER/go.${name%:*}" 90)) ms |"
		done
		echo "| CPU time of all CNI calls of a pod | $(cpu ours) ms | $(cpu go) ms |"
	} >"$BUILD/cluster/latency.md"
	(($(percentile "$CLUSTER/ours.run" 50) < $(percentile "$CLUSTER/go.run" 50)))
}

@test "no process, mount, cgroup or namespace of the nodes is left" {
	end_cluster
}
