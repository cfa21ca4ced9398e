#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ovs with addresses of both families, gateway and masquerade: every system call goes wrong once. What its database holds is
# looked at as well.

FAULT_STEP=${FAULT_STEP:-120}
load faults
load ../netns/ovs

setup() {
	setup_host
	start_switch
	cni_path=$BIN
	make_container c1
	trouble=$BATS_TEST_TMPDIR/trouble
	: >"$trouble"
}

teardown() {
	stop_switch
	teardown_host
}

more_state() {
	vsctl --no-headings --format=csv --columns=name,tag,external_ids list port | sort
	vsctl --no-headings --format=csv --columns=name,error list interface | sort
}

@test "ovs: ADD" {
	sweep ADD ovs "$(ovs_conf)"
}

@test "ovs: ADD on layer 2, around the switch" {
	FAULT_ONLY='connect|setsockopt|recvfrom|sendto|signalfd4|poll' sweep ADD ovs "$(ovs_conf 'del(.ipam, .isDefaultGateway, .ipMasq)')"
}

@test "ovs: DEL" {
	sweep DEL ovs "$(ovs_conf)"
}

@test "ovs: CHECK" {
	sweep CHECK ovs "$(ovs_conf)"
}

@test "ovs: GC" {
	sweep GC ovs "$(ovs_conf)"
}

@test "ovs: STATUS" {
	sweep STATUS ovs "$(ovs_conf)"
}
