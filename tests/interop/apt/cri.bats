#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A containerd node with the bridge that its own documents suggest.

load ../helpers
load ../containerd

setup() {
	setup_host
	new_outside
	host sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

teardown() {
	stop_servers
	stop_containerd
	teardown_host
	rm -rf /var/lib/cni/*
}

# Where br_netfilter is on, a pod reaches itself only in hairpin mode, not with a promiscuous bridge.
node_list() {
	list 30-containerd ".cniVersion = \"$1\" | .plugins[0] |= (.hairpinMode = true | .promiscMode = false)"
}

# The bridge is there before a test compares.
start_node() {
	local first

	start_containerd "$(our_plugins host-local loopback bridge portmap)" <<<"$(node_list 1.0.0)"
	first=$(run_pod first)
	stop_pod "$first"
	remove_pod "$first"
	snapshot_dump
}

start_numbered() {
	run_pod "pod$1" "$((20000 + $1)):80" "$((20000 + $1)):80/udp" >"$BATS_TEST_TMPDIR/pod$1"
}

stop_numbered() {
	stop_pod "$(<"$BATS_TEST_TMPDIR/pod$1")"
}

@test "a published port answers from outside, the host, a sibling and the pod itself" {
	local one two

	start_node
	one=$(run_pod one 8080:80 8080:80/udp)
	two=$(run_pod two)
	serve "$(pod_netns "$one")" "this is one" 80
	assert_answers "this is one" 8080 192.0.2.1 outside "$HOST" "$(pod_netns "$two")" "$(pod_netns "$one")"
	assert_answers "this is one" 8080 2001:db8::1 outside "$HOST" "$(pod_netns "$two")" "$(pod_netns "$one")"
	stop_pod "$one"
	stop_pod "$two"
	assert_dump_unchanged
}

@test "pods reach the outside with the host's address, loopback is up" {
	local one address

	start_node
	ignore_connections=yes
	snapshot_dump
	one=$(run_pod one)
	in_container "$(pod_netns "$one")" ping -n -q -c 1 -W 10 127.0.0.1
	for address in 192.0.2.2 2001:db8::2; do
		in_container "$(pod_netns "$one")" ping -n -q -c 1 -W 10 "$address"
	done
	stop_pod "$one"
	assert_dump_unchanged
}

@test "a node of 0.3.1 and one of 0.4.0" {
	local version one

	start_node
	for version in 0.3.1 0.4.0; do
		node_list "$version" >/etc/cni/net.d/10-test.conflist
		reload_containerd
		one=$(run_pod one 8080:80)
		serve "$(pod_netns "$one")" "this is one" 80
		assert_eq "$(ask outside tcp 192.0.2.1 8080)" "this is one"
		stop_pod "$one"
		remove_pod "$one"
		assert_dump_unchanged
	done
}

reload_containerd() {
	crash_containerd
	restart_containerd
	wait_until 20 cri_is_ready
}

@test "30 pods come and go at once" {
	start_node
	in_parallel 30 start_numbered
	assert_eq "$(find "$data_dir/containerd-net" -name '*[.:]*' ! -name 'last_reserved*' | wc -l)" 60 "leases"
	assert_eq "$(host ip -o link show master cni0 | wc -l)" 30 "ports of the bridge"
	in_parallel 30 stop_numbered
	assert_dump_unchanged
}
