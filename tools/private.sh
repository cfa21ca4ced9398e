#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a command in network, mount and process namespaces of its own, with empty /run/netns, /run/cni,
# /run/openvswitch, /run/dbus, /run/systemd and /var/lib/cni. The machine's own are not touched, not even created, and everything is gone when the command ends.
#
#   tools/private.sh COMMAND…
set -eu

if [ "${1:-}" != --inside ]; then
	user=
	[ "$(id -u)" = 0 ] || user=--map-root-user
	exec unshare $user --net --mount --pid --fork --kill-child --mount-proc --propagation private -- \
		sh "$0" --inside "$@"
fi
shift

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
