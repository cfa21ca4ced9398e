#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many at once on several processors of another kernel.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers

readonly CONTAINERS=6

setup() {
	local i

	setup_host
	for ((i = 1; i <= CONTAINERS; i++)); do
		ip netns add "p$i"
	done
}

# all VERB KEYS: on every container at once.
all() {
	local c i

	c=$(jq -n --arg dir "$data_dir" "{ cniVersion: \"1.0.0\", name: \"lan\", type: \"bridge\", bridge: \"br0\",
		isGateway: true, ipMasq: true, macspoofchk: true,
		ipam: { type: \"host-local\", dataDir: \$dir, subnet: \"10.7.0.0/24\" } } * {${2:-}}")
	for ((i = 1; i <= CONTAINERS; i++)); do
		host env -i CNI_COMMAND="$1" CNI_CONTAINERID="p$i" CNI_NETNS="/run/netns/p$i" CNI_IFNAME=eth0 \
			CNI_PATH="$BIN" "$BIN/bridge" <<<"$c" >"$BATS_TEST_TMPDIR/p$i.$1" &
	done
	wait
}

assert_all_attached() {
	local i

	jq -s -e 'map(.ips[0].address) | unique | length == '"$CONTAINERS" "$BATS_TEST_TMPDIR"/p*.ADD >/dev/null ||
		fail_because "$(cat "$BATS_TEST_TMPDIR"/p*.ADD)"
	for ((i = 1; i <= CONTAINERS; i++)); do
		in_container "p$i" ping -c 1 -W 10 10.7.0.1 >/dev/null
	done
}

assert_all_gone() {
	assert_eq "$(cat "$BATS_TEST_TMPDIR"/p*.DEL)" ""
	assert_eq "$(find "$data_dir" -name '10.*')" ""
	refute grep -q p1 <(host nft list ruleset)
}

@test "one bridge" {
	all ADD
	assert_all_attached
	# The ports, the bridge and lo.
	assert_eq "$(host ip -o link | wc -l)" "$((CONTAINERS + 2))"
	all DEL
	assert_all_gone
	assert_eq "$(host ip -o link | wc -l)" 2
}

@test "one VLAN: its gateway is made once" {
	all ADD 'vlan: 100'
	assert_all_attached
	assert_eq "$(host ip -o link | wc -l)" "$((CONTAINERS + 4))"
	all DEL 'vlan: 100'
	assert_all_gone
	assert_eq "$(host ip -o link | wc -l)" 4
}
