#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What dummy, ipvlan and vlan have in common with all plugins that give a container one interface.

# shellcheck disable=SC2154 # variables shared with helpers.bash

load ../netns/helpers
load ../netns/endpoint

@test "endpoint: dummy in every version" {
	in_every_version dummy dummy
}

@test "endpoint: ipvlan in every version" {
	in_every_version ipvlan ipvlan
}

@test "endpoint: vlan in every version" {
	in_every_version vlan vlan
}

@test "endpoint: dummy, ipvlan and vlan: dns" {
	has_dns dummy
	ip netns delete c1
	has_dns ipvlan
	ip netns delete c1
	has_dns vlan
}

@test "endpoint: dummy: an IPAM plugin that fails" {
	survives_its_ipam dummy
	ip netns delete c1
	tells_of_its_ipam dummy dummy
}

@test "endpoint: ipvlan: an IPAM plugin that fails" {
	survives_its_ipam ipvlan
	ip netns delete c1
	tells_of_its_ipam ipvlan ipvlan
}

@test "endpoint: vlan: an IPAM plugin that fails" {
	survives_its_ipam vlan
	ip netns delete c1
	tells_of_its_ipam vlan vlan
}

@test "endpoint: dummy, ipvlan and vlan: CHECK" {
	checks_what_was_made dummy
	ip netns delete c1
	checks_what_was_made ipvlan
	ip netns delete c1
	checks_what_was_made vlan
}

@test "endpoint: dummy, ipvlan and vlan: GC" {
	collects_leases dummy
	ip netns delete c2
	rm -rf "$data_dir"
	collects_leases ipvlan
	ip netns delete c2
	rm -rf "$data_dir"
	collects_leases vlan
}

@test "endpoint: dummy, ipvlan and vlan: DEL finds an interface that was renamed" {
	finds_what_was_renamed dummy dummy
	ip netns delete c1
	finds_what_was_renamed ipvlan ipvlan
	ip netns delete c1
	finds_what_was_renamed vlan vlan
}
