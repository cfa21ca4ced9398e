#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a command in network, mount and process namespaces of its own, with empty /run/netns, /run/cni,
# /run/openvswitch, /run/dbus, /run/systemd and /var/lib/cni. The machine's own are not touched, not even created, and everything is gone when the command ends.
#
#   tools/private.sh COMMAND…
set -eu

# at_the_root COMMAND…: at the root of this mount namespace, which is another than ours in a chroot, with our root as the working directory.
at_the_root() {
	nsenter --mount=/proc/self/ns/mnt --wd=/ -- "$@"
}

case "${1:-}" in
--inside)
	shift
	at_the_root mount --make-rprivate /
	# A process in a chroot is not told about all mounts, nor about where others are. So its root becomes that of the mount namespace.
	if [ "$(at_the_root pwd -P)" != / ]; then
		# shellcheck disable=SC2016 # for that shell
		exec nsenter --mount=/proc/self/ns/mnt --wd=/ -- sh -euc '
			mount --rbind . .
			cd "$(pwd -P)"
			pivot_root . .
			umount -l .
			cd "$1"
			shift
			exec sh "$@"' sh "$PWD" "$0" --settled "$@"
	fi
	;;
--settled) shift ;;
*)
	user=
	[ "$(id -u)" = 0 ] || user=--map-root-user
	exec unshare $user --net --mount --pid --fork --kill-child --propagation unchanged -- sh "$0" --inside "$@"
	;;
esac
mount -t proc -o nosuid,nodev,noexec proc /proc
# Namespaces of the machine would live on under what hides them, and nobody could look into them.
while read -r _ _ _ _ point rest; do
	case $rest in *' - nsfs '*) umount -l "$point" 2>/dev/null || true ;; esac
done </proc/self/mountinfo

# hide FOLDER NAME…: empty folders NAME/ and no files NAME in FOLDER; what else is there stays reachable.
hide() {
	folder=$1
	shift
	copy=$(mktemp -d)
	mount -t tmpfs -o mode=755 private "$copy"
	for entry in "$folder"/* "$folder"/.[!.]*; do
		name=${entry##*/}
		case " $* " in *" $name "* | *" $name/ "*) continue ;; esac
		if [ -L "$entry" ]; then
			cp -P "$entry" "$copy/"
			continue
		elif [ -d "$entry" ]; then
			mkdir "$copy/$name"
		elif [ -e "$entry" ]; then
			: >"$copy/$name"
		else
			continue
		fi
		mount --rbind "$entry" "$copy/$name"
	done
	for name in "$@"; do
		case $name in */) mkdir "$copy/$name" ;; esac
	done
	mount --move "$copy" "$folder"
	rmdir "$copy"
}

hide /run netns/ cni/ openvswitch/ dbus/ systemd/ xtables.lock
hide /var/lib cni/
ip link set lo up
# The first process of the namespace is this shell: it also waits for what others left to it.
"$@"
