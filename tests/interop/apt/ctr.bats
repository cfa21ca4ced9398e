#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# containerd's own client, which sends DEL with no namespace at all.

load ../helpers
load ../containerd

setup() {
	setup_host
	new_outside
	host sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	# What a container asked of others is forgotten in its own time.
	ignore_connections=yes
}

teardown() {
	stop_containerd
	teardown_host
	rm -rf /var/lib/cni/*
}

# run_container NAME COMMAND…: prints what it prints; it is gone afterwards.
run_container() {
	local name=$1

	shift
	ctr run --rm --cni --snapshotter native --cgroup "/$CGROUP/$name" "$IMAGE" "$name" "$@"
}

# The IPv4 address of a container; its id is the namespace of containerd and its name.
lease_of() {
	basename "$(grep -l "^default-$1" "$data_dir"/*/10.*)" | grep .
}

# The bridge stays when its last container goes.
snapshot_after_first() {
	run_container first true
	snapshot_dump
}

@test "a container of ctr is online and goes without a trace, 0.3.1 to 1.0.0" {
	local version output

	start_containerd "$(our_plugins bridge host-local)" <<<"$(list 10-bridge)"
	snapshot_after_first
	for version in 0.3.1 0.4.0 1.0.0; do
		list 10-bridge ".cniVersion = \"$version\"" >/etc/cni/net.d/10-test.conflist
		output=$(run_container one sh -c 'ip addr show eth0 && for a in 10.22.0.1 fd00:10:22::1 192.0.2.2 2001:db8::2; do
			ping -c 1 -W 10 $a || exit; done')
		assert_match "$output" "inet 10\.22\.0\.[0-9]+/16 "
		assert_match "$output" "inet6 fd00:10:22::[0-9a-f]+/64 "
		assert_dump_unchanged
	done
}

@test "containers of ctr reach each other; one that is killed goes without a trace" {
	local server

	start_containerd "$(our_plugins bridge host-local)" <<<"$(list 10-bridge)"
	snapshot_after_first
	run_container server sleep 1000 3>&- &
	server=$!
	wait_until 20 lease_of server
	run_container client ping -c 1 -W 10 "$(lease_of server)"
	ctr task kill --signal KILL server
	wait "$server" || true
	assert_dump_unchanged
}

@test "ptp and portmap for ctr, every version" {
	local version output

	start_containerd "$(our_plugins ptp host-local portmap)" <<<"$(ptp 1.0.0)"
	snapshot_after_first
	for version in 0.3.1 0.4.0 1.0.0; do
		ptp "$version" >/etc/cni/net.d/10-test.conflist
		output=$(run_container one sh -c 'ip route && ping -c 1 -W 10 192.0.2.2 && ping -c 1 -W 10 2001:db8::2')
		assert_match "$output" "default via 10\.24\.0\.1 dev eth0"
		assert_dump_unchanged
	done
}

ptp() {
	jq -n --arg version "$1" --arg dir "$data_dir" '{cniVersion: $version, name: "direct", plugins: [
		{type: "ptp", ipMasq: true, ipam: {type: "host-local", dataDir: $dir, routes: [{dst: "0.0.0.0/0"}, {dst: "::/0"}],
			ranges: [[{subnet: "10.24.0.0/24"}], [{subnet: "fd00:10:24::/64"}]]}},
		{type: "portmap", capabilities: {portMappings: true}}]}'
}
