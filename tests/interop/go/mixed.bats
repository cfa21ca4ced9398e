#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Chains of our plugins and the newest release of the reference, with nftables.

load helpers
load ../mixed

setup() {
	setup_chains
}

teardown() {
	teardown_chains
}

@test "bridge in chains of both families, 0.3.1" {
	every_mix bridge 0.3.1
}

@test "bridge in chains of both families, 1.0.0" {
	every_mix bridge 1.0.0
}

@test "bridge in chains of both families, 1.1.0" {
	every_mix bridge 1.1.0
}

@test "ptp in chains of both families, 0.4.0" {
	every_mix ptp 0.4.0
}

@test "ptp in chains of both families, 1.1.0" {
	every_mix ptp 1.1.0
}
