#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A firewall is loaded anew while containers run: CHECK notices what went with the old rules, `cnitool doctor --fix` puts it back.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers
load ../netns/cnitool

setup() {
	setup_tool
	network n '.plugins[1] += {macspoofchk: true, ipspoofchk: true}
		| .plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	new_outside
	host ip addr add 192.0.2.3/24 dev uplink
	new_container web
	tool_environment=(CAP_ARGS='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}')
	tool_ok add n "$netns"
	in_container web socat TCP4-LISTEN:80,fork,reuseaddr SYSTEM:'echo web' 3>&- &
	tool_environment=()
	new_container red
	tool_ok add n "$netns"
	works
}

teardown() {
	teardown_tool
}

# Out with the host's address, and in through the published port.
works() {
	wait_until 5 in_container red ping -qc 1 -W 1 192.0.2.2
	wait_until 5 is_published
}

is_published() {
	[[ $(in_container outside timeout 10 socat -u TCP4:192.0.2.1:8080,connect-timeout=1 -) == web ]]
}

check_fails() {
	use_container "$1"
	tool check n "$netns"
	assert_eq "$status" 1 "exit status of CHECK for $1"
	[[ $stderr == *"$2"* ]] || fail_because "expected: $2"
}

assert_noticed_and_repaired() {
	local name

	refute in_container red ping -qc 1 -W 1 192.0.2.2
	refute is_published
	check_fails red 10.9.0
	check_fails web 10.9.0
	tool doctor n --json
	assert_eq "$(jq -r '[.[].name] | unique | join(" ")' "$stdout_file")" "$1" "findings"
	tool_ok doctor n --fix
	for name in red web; do
		use_container "$name"
		tool_ok check n "$netns"
	done
	tool_ok doctor n
	assert_eq "$stdout" "n: nothing found"
	works
}

@test "nft flush ruleset" {
	host nft flush ruleset
	assert_noticed_and_repaired "ipspoof-missing macspoof-missing masquerade-missing ports-missing"
}

@test "a firewall's file that begins with flush ruleset" {
	cat >"$BATS_TEST_TMPDIR/nftables.conf" <<-'END'
		flush ruleset
		table inet filter {
			chain input {
				type filter hook input priority 0; policy drop;
				ct state established,related accept
				iif lo accept
				meta l4proto { icmp, ipv6-icmp } accept
			}
			chain forward {
				type filter hook forward priority 0; policy accept;
				ct state invalid drop
			}
		}
	END
	host nft -f "$BATS_TEST_TMPDIR/nftables.conf"
	assert_noticed_and_repaired "ipspoof-missing macspoof-missing masquerade-missing ports-missing"
	# The firewall is as it was loaded.
	host nft -j list chain inet filter input | jq -e '.nftables[1].chain.policy == "drop"'
}

@test "one table of ours is lost, the others stay" {
	host nft delete table inet cni_masquerade
	refute in_container red ping -qc 1 -W 1 192.0.2.2
	is_published
	check_fails red 10.9.0
	tool_ok doctor n --fix
	tool_ok check n "$netns"
	works
}
