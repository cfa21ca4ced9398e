#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Attachments of the distribution's plugins, with their iptables rules, in our hands, and the other way round.

load ../helpers
load ../chain
load ../takeover

list_filter=.

setup() {
	setup_takeover
}

teardown() {
	teardown_chains
}

@test "bridge of the reference is checked and deleted by ours" {
	made_by_reference bridge 1.0.0
}

@test "bridge of the reference is deleted by ours when only its name is known" {
	made_by_reference_and_lost bridge 1.0.0
}

@test "bridge of the reference is deleted by ours as kindnet's version asks" {
	made_by_reference bridge 0.3.1
}

@test "ptp of the reference is checked and deleted by ours" {
	made_by_reference ptp 1.0.0
}

@test "ptp of the reference is deleted by ours when only its name is known" {
	made_by_reference_and_lost ptp 1.0.0
}

@test "bridge of ours loses link and leases to the reference" {
	made_by_ours bridge 1.0.0
}

@test "ptp of ours loses link and leases to the reference" {
	made_by_ours ptp 1.0.0
}

@test "both families share a folder of leases" {
	share_leases bridge 1.0.0
}
