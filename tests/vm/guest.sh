#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The first process once the root is there: makes the machine what /vm/settings asks for, runs /vm/command,
# leaves its exit status in /vm/status and ends the machine.

# shellcheck source=/dev/null
. /vm/settings

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# Of one file system, so that /proc/locks tells who holds a lock; and the fastest.
export TMPDIR=/dev/shm HOME=/root LANG=C.UTF-8 TERM=${terminal:-dumb}

mount_all() {
	mount -t sysfs sysfs /sys
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir -p /dev/pts /dev/shm /run/lock /run/netns
	mount -t devpts -o ptmxmode=666 devpts /dev/pts
	mount -t tmpfs tmpfs /dev/shm
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	# The host's leases are none of ours, and private.sh is quick where there is little to keep.
	mount -t tmpfs tmpfs /var/lib
	mkdir /var/lib/cni
	ln -sf /proc/mounts /etc/mtab
	ln -sf /proc/self/fd /dev/fd
	ln -sf fd/0 /dev/stdin
	ln -sf fd/1 /dev/stdout
	ln -sf fd/2 /dev/stderr
}

mount_disk() {
	local disk=/dev/vda

	[[ -z $base ]] || disk=/dev/vdb
	[[ -b $disk ]] || return 0
	mount -t ext4 "$disk" /var/lib/cni
}

# Also as a dependency, and when the kernel asks.
forbid_modules() {
	local module

	mkdir -p /etc/modprobe.d
	for module in "$@"; do
		echo "install $module /bin/false"
	done >/etc/modprobe.d/vm.conf
}

end() {
	cd /
	umount /var/lib/cni 2>/dev/null
	sync
	# qemu is told not to reboot, so this ends it at once.
	echo b >/proc/sysrq-trigger
	sleep 60
}

# shellcheck disable=SC2154 # set by /vm/settings
prepare() {
	set -e
	mount_all
	mount_disk
	hostname vm
	ip link set lo up
	# shellcheck disable=SC2086 # lists of words
	forbid_modules $forbid
	# shellcheck disable=SC2086
	[[ -z $load ]] || modprobe -a ${load//,/ }
	cd "$directory"
	set +e
}

prepare
cut -d' ' -f1 /proc/uptime >/vm/ready
# shellcheck disable=SC2154
if [[ -n $shell ]]; then
	# shellcheck disable=SC2154
	stty -F "/dev/$console" sane columns "$columns" rows "$rows"
	setsid --ctty bash -i /vm/command <"/dev/$console" >"/dev/$console" 2>&1
	echo 0 >/vm/status
else
	# The only port; which number it has differs between machines.
	bash /vm/command </dev/null >"$(echo /dev/vport*p1)" 2>&1
	echo $? >/vm/status
fi
end
