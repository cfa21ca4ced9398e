#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What macvlan, tap and host-device have in common with all plugins that give a container one interface.

load helpers
load endpoint

@test "endpoint: macvlan in every version" {
	in_every_version macvlan macvlan
}

@test "endpoint: tap in every version" {
	in_every_version tap tun
}

@test "endpoint: host-device in every version" {
	in_every_version host-device veth
}

@test "endpoint: macvlan, tap and host-device: dns" {
	has_dns macvlan
	ip netns delete c1
	has_dns tap
	ip netns delete c1
	has_dns host-device
}

@test "endpoint: macvlan and tap: an IPAM plugin that fails" {
	survives_its_ipam macvlan
	ip netns delete c1
	survives_its_ipam tap
}

@test "endpoint: macvlan, tap and host-device: errors of the IPAM plugin" {
	tells_of_its_ipam macvlan macvlan
	ip netns delete c1
	tells_of_its_ipam tap tun
	ip netns delete c1
	tells_of_its_ipam host-device veth
}

@test "endpoint: host-device: an IPAM plugin that fails" {
	survives_its_ipam host-device
}

@test "endpoint: macvlan: CHECK" {
	checks_what_was_made macvlan
}

@test "endpoint: tap: CHECK" {
	checks_what_was_made tap
}

@test "endpoint: host-device: CHECK" {
	checks_what_was_made host-device 'has MAC'
}

@test "endpoint: macvlan and tap: GC" {
	collects_leases macvlan
	ip netns delete c2
	collects_leases tap
}

@test "endpoint: macvlan and tap: DEL finds an interface that was renamed" {
	finds_what_was_renamed macvlan macvlan
	ip netns delete c1
	finds_what_was_renamed tap tun
}

@test "endpoint: macvlan, tap and host-device: 64 KiB of alternative names" {
	has_many_names macvlan
	ip netns delete c1
	has_many_names tap
	ip netns delete c1
	has_many_names host-device
}
