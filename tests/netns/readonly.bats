#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# /proc/sys is read-only, as in a container that is not privileged.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load helpers

# For this file alone: tools/private.sh gave it mounts of its own.
setup_file() {
	mount --bind /proc/sys /proc/sys
	mount -o remount,bind,ro /proc/sys
}

setup() {
	refute bash -c 'echo 0 >/proc/sys/net/ipv4/ip_forward' 2>/dev/null
	setup_host
}

# The settings of the test's host, by a mount of the same that can be written.
forwarding_on() {
	mkdir -p "$BATS_TEST_TMPDIR/proc"
	host unshare --mount bash -c "mount -t proc proc '$BATS_TEST_TMPDIR/proc' &&
		echo 1 >'$BATS_TEST_TMPDIR/proc/sys/net/ipv4/ip_forward' &&
		echo 1 >'$BATS_TEST_TMPDIR/proc/sys/net/ipv6/conf/all/forwarding'"
}

@test "a gateway needs forwarding: the error names the setting, and nothing is left" {
	new_container c1
	c=$(conf 10-bridge)
	cni ADD bridge <<<"$c"
	assert_error 102 ip_forward
	assert_json '.details | contains("net.ipv4.ip_forward=1")' true
	refute in_container c1 ip link show dev eth0
	assert_eq "$(find "$data_dir" -name '*[.:]*' ! -name 'last_reserved_ip.*')" "" "leases"
}

@test "with forwarding on already, both families work" {
	forwarding_on
	new_container c1
	c=$(conf 10-bridge)
	add bridge <<<"$c"
	result=$stdout
	in_container c1 ping -c 1 -W 10 10.22.0.1
	in_container c1 ping -c 1 -W 10 fd00:10:22::1
	check bridge <<<"$(with_result "$c" "$result")"
	del bridge <<<"$c"
}

@test "a network without addresses needs no setting" {
	new_container c1
	add bridge <<<"$(conf 13-bridge-l2)"
	result=$stdout
	check bridge <<<"$(with_result "$(conf 13-bridge-l2)" "$result")"
	del bridge <<<"$(conf 13-bridge-l2)"
}
