#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bridge with addresses of both families, masquerade, MAC and address check: every system call goes wrong once.

load faults

bridge_conf() {
	conf 10-bridge '.macspoofchk = true | .ipspoofchk = true'
}

@test "bridge: ADD" {
	sweep ADD bridge "$(bridge_conf)"
}

@test "bridge: DEL" {
	sweep DEL bridge "$(bridge_conf)"
}

@test "bridge: CHECK" {
	sweep CHECK bridge "$(bridge_conf)"
}

@test "bridge: GC" {
	sweep GC bridge "$(bridge_conf)"
}

@test "bridge: STATUS" {
	sweep STATUS bridge "$(bridge_conf)"
}
