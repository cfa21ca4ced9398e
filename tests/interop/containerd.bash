# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A containerd of the test's own, in the test's host: root, state, socket, configuration, shims and cgroups are
# its own, and so is the one image. Tests talk to it with ctr, or with cri() as the kubelet does.
#
#   start_containerd PLUGIN-DIR <CONFLIST
#   stop_containerd               removes all pods and containers first
#   crash_containerd, restart_containerd
#
#   cri METHOD <REQUEST           one call of the CRI API, protobuf text both ways; how long it took is in
#                                 $CONTAINERD/seconds
#   run_pod NAME [PORT…]          PORT is [HOST-IP:]HOST-PORT:CONTAINER-PORT[/udp], IPv6 in brackets; prints the id
#   stop_pod ID, remove_pod ID
#   pod_addresses ID, pod_netns ID
#   ctr ARGUMENT…

readonly IMAGE=cni.test/busybox:1

# in_parallel COUNT COMMAND…: runs it with 1 to COUNT behind it.
in_parallel() {
	local count=$1 i jobs=()

	shift
	for ((i = 1; i <= count; ++i)); do
		"$@" "$i" 3>&- &
		jobs+=($!)
	done
	for i in "${jobs[@]}"; do
		wait "$i"
	done
}

# tests/run has put this file into private namespaces with a /run of their own; the rest of what containerd and
# ctr insist on is hidden here, for the file's life.
hide_folders() {
	local dir tool

	for tool in containerd ctr runc curl protoc busybox; do
		command -v "$tool" >/dev/null || fail_because "$tool is missing; make deps installs it"
	done
	grep -q '^private /run ' /proc/mounts || fail_because "run this file with tests/run"
	mkdir -p /run/containerd
	mountpoint -q /run/containerd || mount -t tmpfs cni-interop /run/containerd
	for dir in /etc /opt; do
		grep -q "^cni-interop $dir overlay" /proc/mounts && continue
		[[ -d /run/containerd/over ]] || mkdir /run/containerd/over
		mkdir -p "/run/containerd/over$dir/upper" "/run/containerd/over$dir/work"
		mount -t overlay -o "lowerdir=$dir,upperdir=/run/containerd/over$dir/upper,workdir=/run/containerd/over$dir/work" \
			cni-interop "$dir"
	done
	mkdir -p /etc/cni/net.d /opt/cni/bin
}

start_containerd() {
	hide_folders
	CONTAINERD=$BATS_TEST_TMPDIR/containerd
	CONTAINERD_ADDRESS=$CONTAINERD/socket
	CGROUP=cni-interop-${BATS_RUN_TMPDIR##*-}-$BATS_TEST_NUMBER
	mkdir -p "$CONTAINERD"
	mount -t tmpfs cni-interop "$CONTAINERD"
	rm -f /etc/cni/net.d/*
	cat >/etc/cni/net.d/10-test.conflist
	mount --bind "$1" /opt/cni/bin
	cat >"$CONTAINERD/config.toml" <<-EOF
		version = 2
		root = "$CONTAINERD/root"
		state = "$CONTAINERD/state"
		disabled_plugins = ["io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.btrfs",
			"io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.zfs"]
		[grpc]
			address = "$CONTAINERD_ADDRESS"
		[plugins."io.containerd.internal.v1.opt"]
			path = "$CONTAINERD/opt"
		[plugins."io.containerd.grpc.v1.cri"]
			sandbox_image = "$IMAGE"
			disable_apparmor = true
			restrict_oom_score_adj = true
		[plugins."io.containerd.grpc.v1.cri".containerd]
			snapshotter = "native"
		[plugins."io.containerd.grpc.v1.cri".cni]
			bin_dir = "/opt/cni/bin"
			conf_dir = "/etc/cni/net.d"
	EOF
	restart_containerd
	sh "$INTEROP/image.sh" "$IMAGE" "$CONTAINERD/image.tar"
	ctr -n k8s.io images import --snapshotter native "$CONTAINERD/image.tar" >/dev/null
	ctr -n default images import --snapshotter native "$CONTAINERD/image.tar" >/dev/null
	wait_until 20 cri_is_ready
}

restart_containerd() {
	nsenter --net="/run/netns/$HOST" -- containerd --config "$CONTAINERD/config.toml" >>"$CONTAINERD/log" 2>&1 3>&- &
	CONTAINERD_PID=$!
	wait_until 20 ctr version
}

cri_is_ready() {
	[[ $(cri Status </dev/null | grep -c 'status: true') == 2 ]] && cri ListImages </dev/null | grep -qF "$IMAGE"
}

crash_containerd() {
	kill -KILL "$CONTAINERD_PID"
	wait "$CONTAINERD_PID" || true
}

stop_containerd() {
	local id

	[[ -n ${CONTAINERD_PID:-} ]] || return 0
	# Of a test that failed: why.
	[[ ${BATS_TEST_COMPLETED:-} == 1 ]] || grep -E 'level=(error|fatal)' "$CONTAINERD/log" | tail -n 5 >&2 || true
	for id in $(all_pods); do
		stop_pod "$id" || true
		remove_pod "$id" || true
	done
	for id in $(ctr -n default containers list -q); do
		ctr -n default task delete --force "$id" || true
		ctr -n default container delete "$id" || true
	done
	kill "$CONTAINERD_PID"
	wait "$CONTAINERD_PID" || true
	CONTAINERD_PID=
	umount /opt/cni/bin
	umount -l "$CONTAINERD" # shims take a moment longer to end
	find /sys/fs/cgroup -depth -type d -path "*/$CGROUP*" -exec rmdir {} + || true
}

ctr() {
	host ctr --address "$CONTAINERD_ADDRESS" "$@"
}

# ---- the CRI API: gRPC is a POST whose body is a zero, the length in four bytes, and the message

cri() {
	local method=$1 service=RuntimeService work size

	[[ $method != *Image* ]] || service=ImageService
	work=$(mktemp -d -p "$CONTAINERD")
	protoc -I "$INTEROP" --encode="runtime.v1.${method}Request" cri.proto >"$work/message"
	size=$(stat -c %s "$work/message")
	{
		printf '%b' "$(printf '\\x%02x' 0 0 0 $((size / 256)) $((size % 256)))"
		cat "$work/message"
	} >"$work/request"
	curl --silent --show-error --http2-prior-knowledge --max-time 120 --unix-socket "$CONTAINERD_ADDRESS" \
		-H 'content-type: application/grpc' -H 'te: trailers' --data-binary "@$work/request" \
		-D "$work/headers" -o "$work/response" -w '%{time_total}' "http://localhost/runtime.v1.$service/$method" \
		>"$CONTAINERD/seconds" || return
	if ! grep -qi '^grpc-status: 0' "$work/headers"; then
		grep -i '^grpc-' "$work/headers" >&2
		return 1
	fi
	tail -c +6 "$work/response" | protoc -I "$INTEROP" --decode="runtime.v1.${method}Response" cri.proto
	rm -r "$work"
}

# The value of the first such field of protobuf text on stdin.
field() {
	sed -n "s/^ *$1: \"\(.*\)\"$/\1/p" | head -n 1
}

# [HOST-IP:]HOST-PORT:CONTAINER-PORT[/udp]
port_mapping() {
	local protocol=TCP host_ip='' ports=${1%/*}

	[[ $1 != */udp ]] || protocol=UDP
	if [[ $ports == *:*:* ]]; then
		host_ip=${ports%:*:*}
		host_ip=${host_ip#[}
		host_ip=${host_ip%]}
		ports=${ports#"${ports%:*:*}:"}
	fi
	echo "port_mappings { protocol: $protocol container_port: ${ports#*:} host_port: ${ports%:*} host_ip: \"$host_ip\" }"
}

run_pod() {
	local name=$1 port answer

	shift
	answer=$({
		echo "config { metadata { name: \"$name\" uid: \"$name\" namespace: \"tests\" } hostname: \"$name\""
		echo "linux { cgroup_parent: \"/$CGROUP\" }"
		for port; do
			port_mapping "$port"
		done
		echo "}"
	} | cri RunPodSandbox) || return
	field pod_sandbox_id <<<"$answer"
}

stop_pod() {
	echo "pod_sandbox_id: \"$1\"" | cri StopPodSandbox
}

remove_pod() {
	echo "pod_sandbox_id: \"$1\"" | cri RemovePodSandbox
}

all_pods() {
	cri ListPodSandbox </dev/null | sed -n 's/^  id: "\(.*\)"$/\1/p'
}

pod_status() {
	echo "pod_sandbox_id: \"$1\" verbose: true" | cri PodSandboxStatus
}

pod_addresses() {
	pod_status "$1" | sed -n '/^  network {/,/^  }/s/.* ip: "\(.*\)"$/\1/p'
}

# Its name in /run/netns.
pod_netns() {
	pod_status "$1" | grep -o -m 1 '/netns/cni-[0-9a-f-]*' | head -n 1 | cut -d / -f 3
}
