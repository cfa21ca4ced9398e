#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# static on its own: every system call goes wrong once.

FAULT_STEP=${FAULT_STEP:-8}
load faults

static_conf() {
	jq -n '{cniVersion: "1.1.0", name: "fixed", type: "static", ipam: {type: "static", routes: [{dst: "0.0.0.0/0"}],
		addresses: [{address: "10.1.2.3/24", gateway: "10.1.2.1"}, {address: "2001:db8:1::3/64"}]}}'
}

@test "static: ADD" {
	sweep ADD static "$(static_conf)"
}

@test "static: DEL" {
	sweep DEL static "$(static_conf)"
}

@test "static: CHECK" {
	sweep CHECK static "$(static_conf)"
}

@test "static: GC" {
	sweep GC static "$(static_conf)"
}

@test "static: STATUS" {
	sweep STATUS static "$(static_conf)"
}
