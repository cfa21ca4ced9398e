#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tuning with a sysctl and all settings of the link: every system call goes wrong once.

FAULT_STEP=${FAULT_STEP:-16}
load faults

furnish() {
	in_container "$id" ip link delete eth0 2>/dev/null || true
	in_container "$id" ip link add eth0 address 02:00:00:00:00:01 type veth peer name other
}

configure() {
	jq --arg id "$id" '.prevResult = {cniVersion, interfaces: [{name: "eth0", sandbox: "/run/netns/\($id)"}],
		ips: [{address: "10.1.2.3/24", interface: 0}]}'
}

# What DEL cannot restore goes with the container; the backups must not stay.
state() {
	ls /run/cni/tuning 2>/dev/null || true
	host ip -o link
	[[ $BATS_TEST_DESCRIPTION != *ADD ]] || in_container "$id" ip -o -d link show dev eth0 | sed 's/^[0-9]*//'
}

tuning_conf() {
	jq -n '{cniVersion: "1.1.0", name: "tuned", type: "tuning", mac: "02:00:00:00:00:02", mtu: 1400, txQLen: 7, promisc: true,
		allmulti: true, sysctl: {"net.ipv4.conf.IFNAME.arp_filter": "1"}, restoreSysctls: true}'
}

@test "tuning: ADD" {
	sweep ADD tuning "$(tuning_conf)"
}

@test "tuning: DEL" {
	sweep DEL tuning "$(tuning_conf)"
}

@test "tuning: CHECK" {
	sweep CHECK tuning "$(tuning_conf)"
}

@test "tuning: GC" {
	sweep GC tuning "$(tuning_conf)"
}

@test "tuning: STATUS" {
	sweep STATUS tuning "$(tuning_conf)"
}
