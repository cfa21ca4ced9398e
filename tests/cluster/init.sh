#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What runs inside a node.
#
#   init.sh init NODE FOLDER      its first process; FOLDER is what the node keeps when its power fails
#   init.sh daemon NAME COMMAND…  becomes COMMAND, in the node's cgroup; /run/NAME.pid, /var/log/NAME
set -eu

# A cgroup namespace hides what is above the node's cgroups, once their file systems are mounted anew.
mount_cgroups() {
	local hierarchies=() h

	if [[ $(stat -f -c %T /sys/fs/cgroup) == cgroup2fs ]]; then
		umount -l -R /sys/fs/cgroup
		mount -t cgroup2 node /sys/fs/cgroup
		# No controller is passed on by a cgroup that has processes.
		mkdir /sys/fs/cgroup/init
		echo 1 >/sys/fs/cgroup/init/cgroup.procs
		sed 's/\</+/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
		return
	fi
	while read -r h; do
		hierarchies+=("$h")
	done < <(awk '$5 ~ "^/sys/fs/cgroup/" { print $5, $(NF) }' /proc/self/mountinfo | sed 's|^/sys/fs/cgroup/||')
	umount -l -R /sys/fs/cgroup
	mount -t tmpfs -o mode=755 node /sys/fs/cgroup
	for h in "${hierarchies[@]}"; do
		mkdir "/sys/fs/cgroup/${h%% *}"
		case ${h%% *} in
		unified) mount -t cgroup2 node /sys/fs/cgroup/unified ;;
		systemd) mount -t cgroup -o none,name=systemd node /sys/fs/cgroup/systemd ;;
		*) mount -t cgroup -o "${h%% *}" node "/sys/fs/cgroup/${h%% *}" ;;
		esac
	done
}

# Kubelet sets these for the whole machine, unless they are what it wants: in here they look so.
sysctl_looks() {
	local shown=/run/sysctl/$1

	echo "$2" >"$shown"
	mount --bind "$shown" "/proc/sys/${1//.//}"
}

mount_folders() {
	local dir

	umount -l -R /run
	mount -t tmpfs -o mode=755 node /run
	mkdir -p /run/netns /run/lock /run/sysctl
	for dir in /var/lib/containerd /var/lib/kubelet /var/lib/cni /var/log; do
		mkdir -p "$1$dir" "$dir"
		mount --bind "$1$dir" "$dir"
	done
	for dir in /etc /opt; do
		mkdir -p "$1/over$dir" "$1/work$dir"
		mount -t overlay -o "lowerdir=$dir,upperdir=$1/over$dir,workdir=$1/work$dir" node "$dir"
	done
	mkdir -p /etc/cni/net.d /etc/kubernetes/manifests /opt/cni/bin
	# Nobody waits for a name server: kubelet asks for its own name, and there is none.
	rm -f /etc/resolv.conf
	echo 'nameserver 127.0.0.1' >/etc/resolv.conf
	ip -br addr show dev eth0 scope global | awk -v name="$(hostname)" '{
		print "127.0.0.1 localhost"
		for (i = 3; i <= NF; i++) { sub("/.*", "", $i); print $i, name }
	}' >/etc/hosts
}

init() {
	hostname "$1"
	mount_cgroups
	mount_folders "$2"
	sysctl_looks vm.overcommit_memory 1
	sysctl_looks vm.panic_on_oom 0
	sysctl_looks kernel.panic 10
	sysctl_looks kernel.panic_on_oops 1
	sysctl_looks kernel.keys.root_maxkeys 1000000
	sysctl_looks kernel.keys.root_maxbytes 25000000
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	touch /run/ready
	# bash buries what is left to the first process.
	sleep infinity &
	wait
}

daemon() {
	local name=$1 h

	shift
	if [[ -d /sys/fs/cgroup/init ]]; then
		echo 0 >/sys/fs/cgroup/init/cgroup.procs
	else
		for h in /sys/fs/cgroup/*/; do
			echo 0 >"$h/cgroup.procs"
		done
	fi
	echo $$ >"/run/$name.pid"
	exec "$@" >>"/var/log/$name" 2>&1 </dev/null
}

"$@"
