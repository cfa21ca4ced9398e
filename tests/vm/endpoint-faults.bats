#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# dummy, ipvlan and vlan: system calls go wrong, some of them in each verb, as in tests/faults/endpoint.bats.

# shellcheck disable=SC2034 # variables shared with helpers.bash

FAULT_STEP=${FAULT_STEP:-1000} # a few in any case: the machine is slow
load ../faults/faults

setup() {
	setup_host
	host ip link add uplink type veth peer name other
	host ip link set other up
	host ip link set uplink up
	cni_path=$BIN
	make_container c1
	trouble=$BATS_TEST_TMPDIR/trouble
	: >"$trouble"
}

# of FILE: without leases, which host-local's own sweeps are about
of() {
	conf "$1" '.cniVersion = "1.1.0" | .enabledad = false
		| .ipam = {type: "static", addresses: [{address: "198.51.100.7/24"}, {address: "2001:db8::7/64"}], routes: [{dst: "0.0.0.0/0", gw: "198.51.100.1"}]}'
}

@test "endpoint: ADD of dummy" {
	sweep ADD dummy "$(of 40-dummy)"
}

@test "endpoint: DEL of dummy" {
	sweep DEL dummy "$(of 40-dummy)"
}

@test "endpoint: CHECK of dummy" {
	sweep CHECK dummy "$(of 40-dummy)"
}

@test "endpoint: ADD of ipvlan" {
	sweep ADD ipvlan "$(of 42-ipvlan)"
}

@test "endpoint: DEL of ipvlan" {
	sweep DEL ipvlan "$(of 42-ipvlan)"
}

@test "endpoint: CHECK of ipvlan" {
	sweep CHECK ipvlan "$(of 42-ipvlan)"
}

@test "endpoint: STATUS of ipvlan" {
	sweep STATUS ipvlan "$(of 42-ipvlan)"
}

@test "endpoint: ADD of vlan" {
	sweep ADD vlan "$(of 43-vlan)"
}

@test "endpoint: DEL of vlan" {
	sweep DEL vlan "$(of 43-vlan)"
}

@test "endpoint: CHECK of vlan" {
	sweep CHECK vlan "$(of 43-vlan)"
}

@test "endpoint: STATUS of vlan" {
	sweep STATUS vlan "$(of 43-vlan)"
}
