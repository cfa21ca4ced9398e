#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# loopback: every system call goes wrong once.

FAULT_STEP=${FAULT_STEP:-8}
load faults

# Only the container's lo changes.
state() {
	in_container "$id" ip -o link
	in_container "$id" ip -o addr
	host ip -o link
}

# Nothing of it is on the host, so there is nothing to collect.
point_GC() {
	run_once GC "$plugin" "$fault"
	judge_first GC
	expect_clean GC
}

loopback_conf() {
	jq -n '{cniVersion: "1.1.0", name: "lo", type: "loopback"}'
}

@test "loopback: ADD" {
	sweep ADD loopback "$(loopback_conf)"
}

@test "loopback: DEL" {
	sweep DEL loopback "$(loopback_conf)"
}

@test "loopback: CHECK" {
	sweep CHECK loopback "$(loopback_conf)"
}

@test "loopback: GC" {
	sweep GC loopback "$(loopback_conf)"
}

@test "loopback: STATUS" {
	sweep STATUS loopback "$(loopback_conf)"
}
