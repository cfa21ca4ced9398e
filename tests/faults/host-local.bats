#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# host-local on its own: every system call goes wrong once.

load faults

lease_conf() {
	conf 10-bridge '{cniVersion, name, ipam}'
}

@test "host-local: ADD" {
	sweep ADD host-local "$(lease_conf)"
}

@test "host-local: DEL" {
	sweep DEL host-local "$(lease_conf)"
}

@test "host-local: CHECK" {
	sweep CHECK host-local "$(lease_conf)"
}

@test "host-local: GC" {
	sweep GC host-local "$(lease_conf)"
}
