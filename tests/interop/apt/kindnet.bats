#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A kind node: containerd's CRI plugin, the conflist that kindnet writes, and nothing but our four binaries.

load ../helpers
load ../containerd

setup() {
	setup_host
	new_outside
	host sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	# As kind has it, but in the test file's own part of /run.
	data_dir=/run/cni/cni-ipam-state
}

teardown() {
	stop_servers
	stop_containerd
	teardown_host
	rm -rf /run/cni/cni-ipam-state /var/lib/cni/*
}

start_kind_node() {
	start_containerd "$(our_plugins host-local loopback ptp portmap)" <<<"$(list 20-kindnet)"
}

@test "pods have two addresses and reach each other and the host" {
	local one two address

	start_kind_node
	snapshot_dump
	one=$(run_pod one)
	two=$(run_pod two)
	assert_eq "$(pod_addresses "$one" | xargs)" "10.244.0.2 fd00:10:244::2"
	for address in $(pod_addresses "$one") 192.0.2.1 2001:db8::1; do
		in_container "$(pod_netns "$two")" ping -n -q -c 1 -W 10 "$address"
	done
	stop_pod "$one"
	stop_pod "$two"
	assert_dump_unchanged
	remove_pod "$one"
	remove_pod "$two"
	assert_eq "$(cd /run/netns && echo cni-*)" "cni-*" "namespaces"
}

@test "a published port answers from outside, the host, a sibling and the pod itself" {
	local one two

	start_kind_node
	snapshot_dump
	one=$(run_pod one 8080:80 8080:80/udp)
	two=$(run_pod two)
	serve "$(pod_netns "$one")" "this is one" 80
	assert_answers "this is one" 8080 192.0.2.1 outside "$HOST" "$(pod_netns "$two")" "$(pod_netns "$one")"
	assert_answers "this is one" 8080 2001:db8::1 outside "$HOST" "$(pod_netns "$two")" "$(pod_netns "$one")"
	stop_pod "$one"
	stop_pod "$two"
	assert_dump_unchanged
}

@test "a port on one address of the host is not published on others" {
	local one

	start_kind_node
	host ip address add 192.0.2.7/24 dev uplink
	snapshot_dump
	one=$(run_pod one 192.0.2.1:8080:80 192.0.2.1:8080:80/udp)
	serve "$(pod_netns "$one")" "this is one" 80
	assert_answers "this is one" 8080 192.0.2.1 outside "$HOST"
	refute ask outside tcp 192.0.2.7 8080
	refute ask outside tcp 2001:db8::1 8080
	stop_pod "$one"
	assert_dump_unchanged
}

@test "a port that is taken fails the second pod and leaves the first alone" {
	local one

	start_kind_node
	one=$(run_pod one 8080:80)
	serve "$(pod_netns "$one")" "this is one" 80
	snapshot_dump
	refute run_pod two 8080:80
	assert_dump_unchanged
	assert_eq "$(ask outside tcp 192.0.2.1 8080)" "this is one"
	stop_pod "$one"
}

start_numbered() {
	run_pod "pod$1" "$((20000 + $1)):80" "$((20000 + $1)):80/udp" >"$BATS_TEST_TMPDIR/pod$1"
}

stop_numbered() {
	stop_pod "$(<"$BATS_TEST_TMPDIR/pod$1")"
}

remove_numbered() {
	remove_pod "$(<"$BATS_TEST_TMPDIR/pod$1")"
}

# bats test_tags=night
@test "50 pods come and go at once" {
	local n addresses

	start_kind_node
	snapshot_dump
	in_parallel 50 start_numbered
	addresses=$(find "$data_dir/kindnet" -name '*[.:]*' ! -name 'last_reserved*')
	assert_eq "$(wc -l <<<"$addresses")" 100 "leases"
	for n in 1 25 50; do
		serve "$(pod_netns "$(<"$BATS_TEST_TMPDIR/pod$n")")" "this is $n" 80
		assert_answers "this is $n" $((20000 + n)) 192.0.2.1 outside
		assert_answers "this is $n" $((20000 + n)) 2001:db8::1 outside
	done
	in_parallel 50 stop_numbered
	assert_dump_unchanged
	in_parallel 50 remove_numbered
	assert_eq "$(cd /run/netns && echo cni-*)" "cni-*" "namespaces"
}

@test "pods come while others go" {
	local i

	start_kind_node
	snapshot_dump
	in_parallel 10 start_numbered
	for ((i = 1; i <= 10; ++i)); do
		mv "$BATS_TEST_TMPDIR/pod$i" "$BATS_TEST_TMPDIR/pod-old$i"
	done
	in_parallel 20 come_or_go
	assert_eq "$(find "$data_dir/kindnet" -name '10.244.*' | wc -l)" 10 "leases"
	in_parallel 10 stop_numbered
	assert_dump_unchanged
}

# 1 to 10 start, 11 to 20 stop the old ones.
come_or_go() {
	if (($1 <= 10)); then
		run_pod "new$1" "$((21000 + $1)):80" >"$BATS_TEST_TMPDIR/pod$1"
	else
		stop_numbered "-old$(($1 - 10))"
	fi
}

@test "a pod that outlives a crash of containerd is stopped completely" {
	local one

	start_kind_node
	snapshot_dump
	one=$(run_pod one 8080:80)
	crash_containerd
	restart_containerd
	wait_until 20 cri_is_ready
	stop_pod "$one"
	assert_dump_unchanged
}

@test "a pod whose namespace is gone is stopped completely" {
	local one name

	start_kind_node
	snapshot_dump
	one=$(run_pod one 8080:80 8080:80/udp)
	name=$(pod_netns "$one")
	ctr -n k8s.io task kill --signal KILL "$one"
	umount "/run/netns/$name"
	rm "/run/netns/$name"
	stop_pod "$one"
	assert_dump_unchanged
}
