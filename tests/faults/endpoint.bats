#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The plugins with one interface, of which these two stand for all: every system call goes wrong once.

load faults

setup() {
	setup_host
	host ip link add uplink type veth peer name other
	host ip link set uplink up
	cni_path=$BIN
	make_container c1
	trouble=$BATS_TEST_TMPDIR/trouble
	: >"$trouble"
}

# Nothing of them is on the host but leases, which host-local's own sweeps are about.
macvlan_conf() {
	conf 41-macvlan '.cniVersion = "1.1.0" | .enabledad = false'
}

tap_conf() {
	conf 44-tap '.cniVersion = "1.1.0" | .mac = "02:00:00:00:00:01" | .mtu = 1400'
}

@test "endpoint: ADD of macvlan" {
	sweep ADD macvlan "$(macvlan_conf)"
}

@test "endpoint: ADD of tap" {
	sweep ADD tap "$(tap_conf)"
}

@test "endpoint: DEL of tap" {
	sweep DEL tap "$(tap_conf)"
}

@test "endpoint: CHECK of macvlan" {
	sweep CHECK macvlan "$(macvlan_conf)"
}

@test "endpoint: STATUS of macvlan" {
	sweep STATUS macvlan "$(macvlan_conf)"
}

@test "endpoint: DEL of macvlan" {
	sweep DEL macvlan "$(macvlan_conf)"
}

@test "endpoint: CHECK of tap" {
	sweep CHECK tap "$(tap_conf)"
}

@test "endpoint: STATUS of tap" {
	sweep STATUS tap "$(tap_conf)"
}
