#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's podman with CNI: every example that has a bridge is one of its networks as it stands. Its cached results name no
# namespace, and cnitool takes none of its containers for dead.

load ../helpers

setup() {
	setup_host
	new_outside
	work=$BATS_TEST_TMPDIR/podman
	mkdir -p "$work"
	mount -t tmpfs -o mode=755 cni-interop "$work"
	mkdir -p "$work"/{net.d,root,run} "$work"/rootfs/{bin,proc,sys,dev,etc,run,tmp}
	cp "$(dpkg -L busybox-static | grep '/bin/busybox$' | head -n 1)" "$work/rootfs/bin/busybox"
	for name in sh ip ping sleep; do
		ln -s busybox "$work/rootfs/bin/$name"
	done
	cat >"$work/containers.conf" <<EOS
[network]
network_backend = "cni"
cni_plugin_dirs = ["$(our_plugins bridge host-local portmap loopback)"]
network_config_dir = "$work/net.d"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
EOS
	printf '[storage]\ndriver = "vfs"\ngraphroot = "%s"\nrunroot = "%s"\n' "$work/root" "$work/run" >"$work/storage.conf"
	parent=cni-interop-${BATS_RUN_TMPDIR##*-}-$BATS_TEST_NUMBER
}

teardown() {
	podman rm --all --force --time 0 >/dev/null 2>&1 || true
	teardown_host
	umount "$work" || umount --lazy "$work"
	find /sys/fs/cgroup -depth -type d -path "*/$parent*" -exec rmdir {} + || true
	rm -rf /var/lib/cni/*
}

podman() {
	host env CONTAINERS_CONF="$work/containers.conf" CONTAINERS_STORAGE_CONF="$work/storage.conf" podman "$@"
}

# run_podman NETWORK OPTION… -- COMMAND…
run_podman() {
	local network=$1 options=()

	shift
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	podman run --cgroup-parent "/$parent" --network "$network" "${options[@]}" --rootfs "$work/rootfs" "${@:2}"
}

cnitool() {
	host env CNI_PATH="$OURS" NETCONFPATH="$work/net.d" "$OURS/cnitool" "$@"
}

@test "a container of podman on every example, online, and gone without a trace" {
	local file name output

	for file in 10-bridge 11-bridge-ipv4 30-containerd; do
		list "$file" >"$work/net.d/$file.conflist"
		name=$(jq -r .name "$work/net.d/$file.conflist")
		output=$(run_podman "$name" --rm -- /bin/sh -c 'ip -4 addr show eth0; ping -c 1 -W 5 192.0.2.2')
		[[ $output == *"1 packets received"* ]] || fail_because "$name: $output"
		rm "$work/net.d/$file.conflist"
		[[ -z $(find "$data_dir" -name '10.*') ]]
		host ip link show type bridge | sed -n 's/^[0-9]*: \([^:]*\):.*/\1/p' | xargs -n 1 nsenter --net="/run/netns/$HOST" ip link delete
	done
}

@test "what podman keeps of a container names no namespace, and the container lives" {
	list 10-bridge >"$work/net.d/10-bridge.conflist"
	run_podman containers -d --name web -- /bin/sleep 1000
	assert_eq "$(jq -c 'has("netns")' /var/lib/cni/results/*)" false "cached netns"
	cnitool ps --json >"$BATS_TEST_TMPDIR/ps"
	assert_eq "$(jq -c 'map(.state)' "$BATS_TEST_TMPDIR/ps")" '["alive"]' "what ps says"
	assert_eq "$(cnitool doctor containers --fix)" "containers: nothing found" "what doctor says"
	podman exec web ping -c 1 -W 5 10.22.0.1
	podman rm --force --time 0 web
	assert_eq "$(find /var/lib/cni/results -type f | wc -l) $(find "$data_dir" -name '10.*' | wc -l)" "0 0" "what is left"
}
