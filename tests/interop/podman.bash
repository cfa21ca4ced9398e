# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # helpers.bash has the variables
#
# Debian's podman with the CNI back end, and a folder of plugins of its own.
#
#   setup_podman DIR          the plugins are those of DIR; networks are read from and written to $work/net.d
#   prepare_podman DIR        the same on a $work that is there, without hosts
#   podman VERB…
#   run_podman NETWORK OPTION… -- COMMAND…
#                             a container of busybox

prepare_podman() {
	mkdir -p "$work"/{net.d,root,run} "$work"/rootfs/{bin,proc,sys,dev,etc,run,tmp}
	cp "$(dpkg -L busybox-static | grep '/bin/busybox$' | head -n 1)" "$work/rootfs/bin/busybox"
	for name in sh ip ping sleep nc; do
		ln -s busybox "$work/rootfs/bin/$name"
	done
	cat >"$work/containers.conf" <<EOS
[network]
network_backend = "cni"
cni_plugin_dirs = ["$1"]
network_config_dir = "$work/net.d"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
EOS
	printf '[storage]\ndriver = "vfs"\ngraphroot = "%s"\nrunroot = "%s"\n' "$work/root" "$work/run" >"$work/storage.conf"
}

setup_podman() {
	setup_host
	new_outside
	work=$BATS_TEST_TMPDIR/podman
	mkdir -p "$work"
	mount -t tmpfs -o mode=755 cni-interop "$work"
	prepare_podman "$1"
	servers=()
	parent=cni-interop-${BATS_RUN_TMPDIR##*-}-$BATS_TEST_NUMBER
}

teardown_podman() {
	stop_servers
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
