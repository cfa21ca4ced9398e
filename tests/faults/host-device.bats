#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# host-device: whatever goes wrong, the device is at home after DEL, with all it had.

load faults

setup() {
	setup_host
	make_device
	cni_path=$BIN
	make_container c1
	trouble=$BATS_TEST_TMPDIR/trouble
	: >"$trouble"
}

make_device() {
	host ip link add uplink type veth peer name other address 02:00:00:00:00:02
	host ip link set other up
	host ip link set uplink address 02:00:00:00:00:01 mtu 1400 up
	host ip addr add 192.0.2.1/24 dev uplink
	host ip route add 198.51.100.0/24 via 192.0.2.2
}

# The files of the host are none of its networking.
more_state() {
	find /run/cni/host-device -type f ! -name '.[^.]*' 2>/dev/null | sort
}

host_device_conf() {
	conf 45-host-device '.cniVersion = "1.1.0" | .enabledad = false | .ipam = {type: "static", addresses: [{address: "192.0.2.50/24"}]}'
}

@test "host-device: ADD" {
	sweep ADD host-device "$(host_device_conf)"
}

@test "host-device: DEL" {
	sweep DEL host-device "$(host_device_conf)"
}

@test "host-device: CHECK" {
	sweep CHECK host-device "$(host_device_conf)"
}
