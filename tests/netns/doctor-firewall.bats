#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool doctor and what firewall leaves, ours in iptables' chains and the reference's chains for isolation.

load helpers
load cnitool
load doctor

setup() {
	setup_tool
}

teardown() {
	teardown_tool
}

no_ports_left() {
	[[ -z $(host ip -o link show type veth) ]]
}

@test "rules for a container that is gone, in iptables' chains only" {
	host iptables-nft -P FORWARD DROP
	network n '.plugins += [{type: "firewall"}]'
	new_container red
	tool_ok add n "$netns"
	healthy
	forget red
	ip netns delete red
	wait_until 5 no_ports_left
	find "$data_dir" -type f -delete
	host nft 'delete table inet cni_masquerade; delete table inet cni_firewall'
	doctor_names rules-orphaned
	assert_json '.[0].what | startswith("table inet cni_firewall or chain CNI-FORWARD has something of n/")' true
	fixed
	healthy
	assert_eq "$(host iptables-nft -S | grep 10.9.0.)" "" "rules of its address"
}

@test "the reference's chains for isolation, when no bridge is left that they are about" {
	cni_path=$REFERENCE_BIN
	network n '.cniVersion = "1.0.0" | .plugins += [{type: "firewall", ingressPolicy: "same-bridge"}]'
	new_container red
	tool_ok add n "$netns"
	tool_ok del n "$netns"
	cni_path=$BIN
	network n
	assert_match "$(host iptables-nft -S CNI-ISOLATION-STAGE-1)" "br0" "the chain"
	healthy
	host ip link delete br0
	doctor_names reference-rules
	assert_json ".[0].what" '"chains CNI-ISOLATION-STAGE-… of table ip filter keep nobody from a bridge"'
	jq -r '.[].fix' "$stdout_file" >"$BATS_TEST_TMPDIR/advice"
	host bash -ex "$BATS_TEST_TMPDIR/advice"
	healthy
	refute grep ISOLATION <<<"$(host nft list ruleset)"
}

# The reference deletes by what it is told: a DEL without prevResult, or of a node that changed over, leaves its rules.
@test "the reference's accepting rules for addresses that nobody has" {
	host iptables-nft -P FORWARD DROP
	host iptables-nft -N CNI-ADMIN
	cni_path=$REFERENCE_BIN
	network n '.cniVersion = "1.0.0" | .plugins[1].ipMasq = false | .plugins += [{type: "firewall"}]'
	new_container red
	tool_ok add n "$netns"
	cni_path=$BIN
	new_container blue
	tool_ok add n "$netns"
	host iptables-nft -A CNI-FORWARD -s 10.9.0.200 -j ACCEPT
	host iptables-nft -A CNI-FORWARD -s 192.0.2.99 -j ACCEPT
	forget red
	ip netns delete red
	wait_until 5 no_veth_of_red
	doctor_names reference-rules
	assert_accepts 10.9.0.200
	follow_advice
	healthy # the lease is still there
	find "$data_dir" -name 10.9.0.2 -delete
	doctor_names reference-rules
	assert_accepts 10.9.0.2
	follow_advice
	healthy
	assert_match "$(host iptables-nft -S CNI-FORWARD)" '-A CNI-FORWARD -s 10.9.0.3/32 -j ACCEPT' "rules of who lives"
	assert_match "$(host iptables-nft -S CNI-FORWARD)" '-A CNI-FORWARD -s 192.0.2.99/32 -j ACCEPT' "rules of other networks"
	refute grep -E '10\.9\.0\.(2|200)/' <<<"$(host iptables-nft -S CNI-FORWARD)"
	assert_eq "$(host iptables-nft -S CNI-FORWARD | grep -c CNI-ADMIN)" 1 "jumps to the administrator's chain"
}

no_veth_of_red() {
	[[ $(host ip -o link show master br0 | wc -l) == 1 ]]
}

assert_accepts() {
	assert_json '.[0].what' "\"chain CNI-FORWARD of table ip filter accepts packets of $1, which nobody has\""
}
