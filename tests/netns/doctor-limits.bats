#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool doctor and the links of bandwidth, ours and the reference's, whose container is gone.

load helpers
load cnitool
load doctor

setup() {
	setup_tool
}

teardown() {
	teardown_tool
}

readonly LIMITED='.cniVersion = "1.0.0" | .plugins += [{type: "bandwidth", ingressRate: 8000000, ingressBurst: 800000, egressRate: 8000000, egressBurst: 800000}]'

ifbs() {
	host ip -j link show type ifb | jq length
}

# vanish NAME: the container ends, and all that knows of it but the kernel.
vanish() {
	forget "$1"
	ip netns delete "$1"
	wait_until 5 one_port
	grep -rlF "cnitool-$(printf '/run/netns/%s' "$1" | sha512sum | cut -c 1-20)" "$data_dir/n" | xargs rm
}

one_port() {
	[[ $(host ip -o link show master br0 | wc -l) == 1 ]]
}

@test "a link of ours: it is named, and does not keep rules of its container alive" {
	network n "$LIMITED"
	for name in stays red; do
		new_container "$name"
		tool_ok add n "$netns"
	done
	healthy
	assert_eq "$(ifbs)" 2 "links of limits"
	vanish red
	doctor_names link-orphaned rules-orphaned
	assert_json 'map(select(.name == "link-orphaned").what | test("^bwp[0-9a-f]{12} is marked n/cnitool-[0-9a-f]*/eth0, and limits nobody$"))' '[true]'
	paste
	healthy
	assert_eq "$(ifbs)" 1 "links of limits"
}

@test "a link of ours is no life of a container that ended without DEL" {
	network n "$LIMITED"
	new_container red
	tool_ok add n "$netns"
	ip netns delete red
	wait_until 5 no_ports
	doctor_names attachment-dead
	fixed
	healthy
	assert_eq "$(ifbs)" 0 "links of limits"
}

@test "a link of the reference: it is named when no attachment has such a name" {
	network n ".plugins[1].ipMasq = false | $LIMITED"
	cni_path=$REFERENCE_BIN
	for name in stays red; do
		new_container "$name"
		tool_ok add n "$netns"
	done
	host ip link add bwpofanother type ifb
	vanish red
	cni_path=$BIN
	tool doctor n --json
	assert_eq "$(jq -c '[.[] | select(.name == "link-orphaned") | .what | sub("[0-9a-f]{12}"; "…")]' "$stdout_file")" \
		'["bwp… is named as the Go plugin bandwidth does for no attachment that is known"]' "findings"
	jq -r '.[] | select(.name == "link-orphaned").fix' "$stdout_file" >"$BATS_TEST_TMPDIR/advice"
	host bash -ex "$BATS_TEST_TMPDIR/advice"
	tool doctor n --json
	refute grep link-orphaned "$stdout_file"
	assert_eq "$(ifbs)" 2 "links of limits"
}
