#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Chains of our plugins and the distribution's, which know the versions up to 1.0.0 and use iptables.

load ../helpers
load ../chain
load ../mixed

list_filter=.

setup() {
	setup_chains
}

teardown() {
	teardown_chains
}

# bats test_tags=night
@test "bridge in chains of both families, 0.3.1" {
	every_mix bridge 0.3.1
}

# bats test_tags=night
@test "bridge in chains of both families, 0.4.0" {
	every_mix bridge 0.4.0
}

@test "bridge in chains of both families, 1.0.0" {
	every_mix bridge 1.0.0
}

# bats test_tags=night
@test "ptp in chains of both families, 0.3.1" {
	every_mix ptp 0.3.1
}

# bats test_tags=night
@test "ptp in chains of both families, 0.4.0" {
	every_mix ptp 0.4.0
}

@test "ptp in chains of both families, 1.0.0" {
	every_mix ptp 1.0.0
}
