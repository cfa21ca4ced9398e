# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # the tests use the variables
#
# What the tests of Kubernetes are written with. A file's nodes live as long as the file; each of its tests goes on where
# the one before has stopped.
#
#   setup_cluster                 looks for what the machine must have, makes the network between nodes
#   end_cluster                   ends all nodes, and fails when something of them is left: the last test of a file
#   teardown_cluster              what teardown_file does, where a test failed
#   new_node NAME NUMBER          a node with 172.18.0.NUMBER and fd00:172:18::NUMBER; it has no plugins yet
#   power_off NAME, power_on NAME its processes, /run and interfaces are lost, /var stays
#   node NAME COMMAND…            runs in all its namespaces
#   daemon NODE NAME COMMAND…, stop_daemon NODE NAME [SIGNAL]
#   get URL…                      from outside all nodes
#   pod_get NODE POD URL          from a pod
#   serve_udp NODE POD, stop_udp NODE POD
#                                 answers datagrams at the pod's port 80 with its name, beside its web server
#   ask_udp ADDRESS PORT [node NODE | in_pod NODE POD]

ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
HERE=$ROOT/tests/cluster
# shellcheck source=tests/netns/helpers.bash
BATS_TEST_DIRNAME=$ROOT/tests/netns source "$ROOT/tests/netns/helpers.bash"

# Tests of other folders have a host each; here a file has nodes.
setup() {
	:
}

teardown() {
	:
}

OURS=$PLAIN_BIN
IMAGE=cni.test/busybox:1
BATS_FILE_TMPDIR=${BATS_FILE_TMPDIR:-}
CLUSTER=$BATS_FILE_TMPDIR/cluster
CGROUP=cni-cluster-${BATS_RUN_TMPDIR##*-}

programs() {
	sh "$HERE/build.sh" --folder "$1"
}

K8S=$(programs kubernetes)
CRICTL=$(programs crictl)/crictl
ETCD=$(programs etcd)/etcd
GO_PLUGINS=$(programs reference)
NEW_CONTAINERD=$(programs containerd)

# ---- the machine

cgroup_roots() {
	awk '$5 ~ "^/sys/fs/cgroup" && / - cgroup2? / { print $5 }' /proc/self/mountinfo
}

needs() {
	local what=$1

	shift
	"$@" >/dev/null 2>&1 || fail_because "this machine lacks what a node needs: $what"
}

nft_rule_works() {
	nft add table inet needed && nft "add chain inet needed a { type nat hook postrouting priority 100; }" &&
		nft add rule inet needed a "$1" && nft delete table inet needed
}

overlay_works() {
	mkdir -p "$CLUSTER/try/"{lower,upper,work,over} &&
		mount -t overlay -o "lowerdir=$CLUSTER/try/lower,upperdir=$CLUSTER/try/upper,workdir=$CLUSTER/try/work" try "$CLUSTER/try/over" &&
		umount "$CLUSTER/try/over"
}

cgroups_work() {
	local root

	for root in $(cgroup_roots); do
		mkdir -p "$root/$CGROUP" && rmdir "$root/$CGROUP" || return
	done
	if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
		grep -qw cpu /sys/fs/cgroup/cgroup.controllers && grep -qw memory /sys/fs/cgroup/cgroup.controllers &&
			grep -qw pids /sys/fs/cgroup/cgroup.controllers
	else
		[[ -d /sys/fs/cgroup/cpu && -d /sys/fs/cgroup/memory && -d /sys/fs/cgroup/pids && -d /sys/fs/cgroup/systemd ]]
	fi
}

look_at_the_machine() {
	local tool

	assert_eq "$(sh "$HERE/build.sh" --missing)" "" "what tests/cluster/build.sh has not built"
	for tool in containerd ctr runc curl openssl protoc busybox jq unshare nsenter; do
		needs "the program $tool, which make deps installs" command -v "$tool"
	done
	needs "a /run of its own: use tests/run" grep -q '^private /run ' /proc/mounts
	needs "cgroups that can be made, with cpu, memory and pids" cgroups_work
	needs "overlay file systems (module overlay)" overlay_works
	for tool in veth bridge; do
		needs "links of the kind $tool (module $tool)" ip link add needed type "$tool"
		ip link delete needed
	done
	needs "nftables with nat (modules nf_tables, nft_chain_nat, nft_masq)" nft_rule_works masquerade
	needs "iptables with nftables (module nft_compat, xt_addrtype)" \
		unshare -n iptables -t nat -A OUTPUT -m addrtype --dst-type LOCAL -j ACCEPT
	needs "/dev/kmsg" test -r /dev/kmsg
}

setup_cluster() {
	mkdir -p "$CLUSTER"
	mount -t tmpfs -o mode=755 cluster "$CLUSTER"
	look_at_the_machine
	sh "$ROOT/tests/interop/image.sh" "$IMAGE" "$CLUSTER/image.tar"
	ip link add cluster type bridge
	sysctl -qw net.ipv6.conf.cluster.accept_dad=0
	ip addr add 172.18.0.1/16 dev cluster
	ip addr add fd00:172:18::1/64 dev cluster nodad
	ip link set cluster up
	ip link set lo up
}

# What the programs have said stays in $BUILD/cluster/logs.
keep_logs() {
	local to name

	to=$BUILD/cluster/logs/$(basename "$BATS_TEST_FILENAME" .bats)
	rm -rf "$to"
	mkdir -p "$to"
	for name in "$CLUSTER"/nodes/*; do
		[[ ! -d $name/var/log ]] || (mkdir "$to/${name##*/}" && find "$name/var/log" -maxdepth 1 -type f -exec cp -t "$to/${name##*/}" {} +)
	done
	cp "$CLUSTER"/outside/*.log "$to" 2>/dev/null || true
}

teardown_cluster() {
	grep -q " $CLUSTER " /proc/self/mountinfo || return 0
	end_cluster
}

end_cluster() {
	local name left root

	keep_logs
	for name in "$CLUSTER"/nodes/*; do
		[[ ! -e $name ]] || power_off "${name##*/}"
	done
	for name in "$CLUSTER"/outside/*.pid; do
		[[ ! -e $name ]] || stop_outside "$(basename "$name" .pid)" KILL
	done
	ip link delete cluster || true
	left=$(grep " $CLUSTER/" /proc/self/mountinfo || true)
	assert_eq "$left" "" "mounts that are left"
	# The kernel puts the last mounts of a dead node away a moment after its processes.
	wait_until 20 umount "$CLUSTER" || {
		grep -ls "$CLUSTER" /proc/[0-9]*/mountinfo /proc/[0-9]*/maps >&2 || true
		return 1
	}
	for root in $(cgroup_roots); do
		assert_eq "$(find "$root" -path "*/$CGROUP*")" "" "cgroups that are left"
	done
	assert_eq "$(ps -eo stat=,comm= | awk '$1 !~ /^Z/ && /containerd|kube|etcd|runc|busybox/')" "" "processes that are left"
	assert_eq "$(ls /run/netns)" "" "namespaces that are left"
}

# Whoever inherits a process may be slow to bury it.
has_ended() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status"
}

# ---- nodes

new_node() {
	mkdir -p "$CLUSTER/nodes/$1"
	echo "$2" >"$CLUSTER/nodes/$1/number"
	power_on "$1"
}

make_cgroups() {
	local root file

	for root in $(cgroup_roots); do
		mkdir -p "$root/$CGROUP/$1"
		for file in cpuset.cpus cpuset.mems; do
			[[ ! -e $root/cgroup.clone_children || ! -e $root/$file ]] || {
				cat "$root/$file" >"$root/$CGROUP/$file"
				cat "$root/$file" >"$root/$CGROUP/$1/$file"
			}
		done
	done
	[[ ! -e /sys/fs/cgroup/cgroup.controllers ]] || {
		sed 's/\</+/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
		sed 's/\</+/g' /sys/fs/cgroup/cgroup.controllers >"/sys/fs/cgroup/$CGROUP/cgroup.subtree_control"
	}
}

# Killed processes leave their cgroups a moment later.
remove_cgroups() {
	local root

	for root in $(cgroup_roots); do
		[[ ! -d $root/$CGROUP/$1 ]] || wait_until 10 eval "find '$root/$CGROUP/$1' -depth -type d -exec rmdir {} +"
		rmdir "$root/$CGROUP" 2>/dev/null || true
	done
}

power_on() {
	local dir=$CLUSTER/nodes/$1 number

	number=$(<"$dir/number")
	ip netns add "$1"
	ip link add "$1" type veth peer name eth0 address "02:00:00:00:00:$number" netns "$1"
	ip link set "$1" master cluster up
	nsenter --net="/run/netns/$1" -- sh -c "ip link set lo up; sysctl -qw net.ipv6.conf.eth0.accept_dad=0
		ip addr add 172.18.0.$number/16 dev eth0; ip addr add fd00:172:18::$number/64 dev eth0 nodad
		ip link set eth0 up; ip route add default via 172.18.0.1; ip route add default via fd00:172:18::1"
	make_cgroups "$1"
	# shellcheck disable=SC2016 # for the other shell
	nsenter --net="/run/netns/$1" -- bash -c '
		for procs in $(eval echo "$1"); do echo $$ >"$procs"; done
		shift
		exec unshare --mount --uts --ipc --pid --cgroup --fork --kill-child --mount-proc --propagation private -- "$@"' \
		init "$(cgroup_roots | sed "s|\$|/$CGROUP/$1/cgroup.procs|" | tr '\n' ' ')" \
		bash "$HERE/init.sh" init "$1" "$dir" >"$dir/init.log" 2>&1 3>&- </dev/null &
	disown
	echo $! >"$dir/unshare"
	wait_until 5 eval "[[ \$(</proc/$!/comm) == unshare ]] && pgrep -P $! >'$dir/pid'"
	wait_until 10 node "$1" test -e /run/ready || {
		cat "$dir/init.log" >&2
		return 1
	}
}

power_off() {
	local dir=$CLUSTER/nodes/$1

	kill -KILL "$(<"$dir/pid")" 2>/dev/null || true
	wait_until 20 has_ended "$(<"$dir/pid")"
	wait_until 20 has_ended "$(<"$dir/unshare")"
	# The kernel takes its time over a namespace without processes, and the name is wanted again.
	ip link delete "$1"
	ip netns delete "$1"
	remove_cgroups "$1"
}

node() {
	local pid

	pid=$(<"$CLUSTER/nodes/$1/pid") || return
	shift
	nsenter -t "$pid" --mount --uts --ipc --net --pid --cgroup -- "$@"
}

daemon() {
	local name=$1

	shift
	node "$name" bash "$HERE/init.sh" daemon "$@" 3>&- </dev/null >/dev/null 2>&1 &
	disown
}

stop_daemon() {
	local pid

	pid=$(node "$1" cat "/run/$2.pid") || return
	node "$1" kill "-${3:-TERM}" "$pid" || return
	wait_until 20 node "$1" sh -c "! kill -0 $pid"
}

# ---- outside the nodes

outside() {
	local name=$1

	shift
	mkdir -p "$CLUSTER/outside"
	"$@" >>"$CLUSTER/outside/$name.log" 2>&1 3>&- </dev/null &
	disown
	echo $! >"$CLUSTER/outside/$name.pid"
}

stop_outside() {
	local pid

	pid=$(<"$CLUSTER/outside/$1.pid")
	kill "-${2:-TERM}" "$pid" 2>/dev/null || true
	wait_until 20 has_ended "$pid"
	rm "$CLUSTER/outside/$1.pid"
}

get() {
	curl --silent --show-error --noproxy '*' --globoff --connect-timeout 2 --max-time 5 "$@"
}

# ---- containerd and pods

# runtime NODE [FOLDER [VERSION-OF-THE-CONFIGURATION]]: Debian's containerd, or that of a folder.
configure_runtime() {
	local cni='bin_dir = "/opt/cni/bin"
conf_dir = "/etc/cni/net.d"'

	if [[ ${2:-2} == 2 ]]; then
		cat <<-EOF
			version = 2
			disabled_plugins = ["io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.btrfs",
				"io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.zfs"]
			[plugins."io.containerd.grpc.v1.cri"]
				sandbox_image = "$IMAGE"
				disable_apparmor = true
				restrict_oom_score_adj = true
			[plugins."io.containerd.grpc.v1.cri".cni]
				$cni
		EOF
	else
		cat <<-EOF
			version = 3
			[plugins."io.containerd.cri.v1.images".pinned_images]
				sandbox = "$IMAGE"
			[plugins."io.containerd.cri.v1.runtime"]
				disable_apparmor = true
				restrict_oom_score_adj = true
			[plugins."io.containerd.cri.v1.runtime".cni]
				bin_dirs = ["/opt/cni/bin"]
				conf_dir = "/etc/cni/net.d"
		EOF
	fi | node "$1" sh -c 'mkdir -p /etc/containerd; cat >/etc/containerd/config.toml'
}

start_runtime() {
	local folder=${2:-/usr/bin}

	daemon "$1" containerd env PATH="$folder:$PATH" containerd
	wait_until 20 node "$1" "$folder/ctr" version
}

import_image() {
	node "$1" ctr -n k8s.io images import "$CLUSTER/image.tar" >/dev/null
	wait_until 20 eval "crictl $1 images -q '$IMAGE' | grep -q ."
}

crictl() {
	local name=$1

	shift
	node "$name" "$CRICTL" --runtime-endpoint unix:///run/containerd/containerd.sock --config /dev/null --timeout 120s "$@"
}

# install_plugins NODE FOLDER: as cnitool install does it, each under a name of its own first.
install_plugins() {
	node "$1" sh -c 'for f in bridge ptp loopback host-local portmap; do
		cp "$1/$f" "/opt/cni/bin/.$f" && mv "/opt/cni/bin/.$f" "/opt/cni/bin/$f" || exit; done' install "$2"
}

# network NODE <CONFLIST
network() {
	node "$1" sh -c 'cat >/etc/cni/net.d/.new && rm -f /etc/cni/net.d/*.conflist && mv /etc/cni/net.d/.new /etc/cni/net.d/10-net.conflist'
}

# The names of pods' namespaces in /run/netns of the node: pod_netns NODE POD.
pod_netns() {
	crictl "$1" inspectp "$(crictl "$1" pods -q --state ready --name "^$2")" |
		jq -r '.info.runtimeSpec.linux.namespaces[] | select(.type == "network").path'
}

pod_addresses() {
	crictl "$1" inspectp "$(crictl "$1" pods -q --state ready --name "^$2")" |
		jq -r '.status.network | .ip, .additionalIps[]?.ip'
}

in_pod() {
	local name=$1 path

	path=$(pod_netns "$1" "$2") || return
	shift 2
	node "$name" nsenter --net="$path" -- "$@"
}

pod_get() {
	in_pod "$1" "$2" curl --silent --show-error --noproxy '*' --globoff --connect-timeout 2 --max-time 5 "$3"
}

serve_udp() {
	local path

	path=$(pod_netns "$1" "$2") || return
	daemon "$1" "udp-$2" nsenter --net="$path" socat -t 10 UDP6-RECVFROM:80,fork,ipv6only=0 "SYSTEM:read -r x; echo $2"
	wait_until 10 eval "in_pod '$1' '$2' ss -lun | grep -q ':80 '"
}

# The pod's namespace is to go with the pod.
stop_udp() {
	stop_daemon "$1" "udp-$2"
}

ask_udp() {
	"${@:3}" socat -t 2 -T 2 - "UDP:$1:$2" <<<question
}

# The specification of a pod that answers with its name: web [HOST-PORT], TCP, and UDP for serve_udp.
web() {
	jq -n --arg image "$IMAGE" --argjson port "${1:-0}" '{
		terminationGracePeriodSeconds: 2, enableServiceLinks: false, automountServiceAccountToken: false,
		tolerations: [{operator: "Exists"}],
		containers: [{name: "web", image: $image, imagePullPolicy: "Never", command: ["/bin/sh", "-c",
			"trap \"exit 0\" TERM; busybox mkdir /www; busybox hostname >/www/index.html; busybox httpd -f -p 80 -h /www & wait"],
			ports: (if $port == 0 then [{containerPort: 80}] else
				[("TCP", "UDP") | {name: ("web-" + ascii_downcase), containerPort: 80, hostPort: $port, protocol: .}] end)}]}'
}

# ---- what exists

# Rules of kubelet and kube-proxy come and go as they like, and so do the tables that iptables makes for them.
readonly of_kubernetes='KUBE-|kube-proxy|^\{"(chain|table)":.*"name":"(nat|filter|mangle|raw|[A-Z]+)"'

# What pods can leave on a node, as text, but for lines with IGNORED, a regular expression.
node_state() {
	local data_dir='' HOST=$1

	host_state 2>/dev/null | sed 's/,"tentative":true//' | grep -vE "$of_kubernetes${IGNORED:+|$IGNORED}" | awk '/^#/ { n++ } { print n "\t" $0 }' | sort
	node "$1" sh -c '
		echo "# processes"; ps -eo comm= | grep -E "shim|runc|^(bridge|ptp|host-local|portmap|loopback)" | sort
		echo "# namespaces"; ls /run/netns
		echo "# mounts"; cut -d " " -f 5 /proc/self/mountinfo | grep -E "^/(run|var)/" | sort
		echo "# cgroups"; find /sys/fs/cgroup -type d | grep -E "/pod|/[0-9a-f]{64}" | sort
		echo "# files"; find /run/cni-ipam-state /var/lib/cni -type f 2>/dev/null | grep -vE "last_reserved_ip|/lock$" | sort'
}

snapshot_node() {
	node_state "$1" >"$CLUSTER/$1.before"
}

node_is_as_before() {
	node_state "$1" >"$CLUSTER/$1.after"
	cmp -s "$CLUSTER/$1.before" "$CLUSTER/$1.after"
}

assert_node_unchanged() {
	wait_until 30 node_is_as_before "$1" && return
	diff -u "$CLUSTER/$1.before" "$CLUSTER/$1.after" >&2
	return 1
}

# What a runtime or kubelet says when a CNI call has failed.
readonly CNI_ERRORS='failed to setup network|failed to destroy network|failed to (add|delete|setup|teardown).*(cni|CNI)|plugin type=.*failed|netplugin failed'

assert_no_cni_errors() {
	assert_eq "$(node "$1" sh -c "cat /var/log/containerd /var/log/kubelet 2>/dev/null | grep -E '$CNI_ERRORS' | head -n 5")" "" \
		"errors of CNI in the logs of $1"
}
