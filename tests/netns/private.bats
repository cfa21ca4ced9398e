#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/private.sh, which all other files run under, where the machine is a chroot, as under autopkgtest or sbuild.

load helpers

# A root directory with copies of what that script and this test start: $jail.
setup() {
	local program library

	setup_host
	jail=$BATS_TEST_TMPDIR/jail
	mkdir -p "$jail"/{proc,run,tmp,var/lib,bin,dev}
	: >"$jail/dev/null"
	for program in sh unshare nsenter mount umount pivot_root ip id mktemp mkdir rmdir cp sleep readlink grep ls; do
		program=$(command -v "$program")
		cp -L "$program" "$jail/bin/"
		while read -r library; do
			[[ -e $jail$library ]] || cp -L --parents "$library" "$jail"
		done < <(ldd "$program" | grep -o '/[^ ]*')
	done
	mount --rbind /proc "$jail/proc"
	cp "$ROOT/tools/private.sh" "$jail/tmp/"
}

teardown() {
	umount -l "$jail" 2>/dev/null || true
	umount -l "$jail/proc"
	teardown_host
}

# Of a process in a mount namespace of its own, seen from beside it: where its root is, and that its mounts are seen. No namespace of the
# machine, of which there is one at least, is mounted here any more.
# shellcheck disable=SC2016 # for the shell inside
LOOK='unshare --mount sh -c "mount -t tmpfs seen /tmp; exec sleep 100" &
	tries=0
	until grep -qs " - tmpfs seen " /proc/$!/mountinfo || [ $((tries += 1)) -gt 200 ]; do sleep 0.05; done
	readlink "/proc/$!/root"; pwd; ls -A /run/netns /var/lib/cni; grep " - nsfs " /proc/self/mountinfo; kill $!'

in_jail() {
	# shellcheck disable=SC2016 # for the shell inside
	"$(command -v chroot)" "$jail" /bin/sh -c 'cd /tmp && PATH=/bin:/sbin sh private.sh sh -c "$1"' sh "$LOOK" 2>&1
}

@test "private namespaces begin at the root of their mounts, also in a chroot" {
	local expected

	assert_match "$(grep ' - nsfs ' /proc/self/mountinfo)" "/run/netns/$HOST "
	expected=$(printf '/\n/tmp\n/run/netns:\n\n/var/lib/cni:')
	assert_eq "$(cd /tmp && sh "$ROOT/tools/private.sh" sh -c "$LOOK" 2>&1)" "$expected" "on the machine"
	assert_eq "$(in_jail)" "$expected" "in a chroot"
	mount --rbind "$jail" "$jail"
	assert_eq "$(in_jail)" "$expected" "in a chroot that is a mount"
}
