#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Firewall scripts flush, delete and reload what is not theirs: what the next ADD finds of our tables, and what it makes
# of it.

load helpers

readonly TABLES='inet cni_masquerade
bridge cni_macspoof
bridge cni_ipspoof
inet cni_portmap'

setup() {
	setup_host
	new_outside
	host sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN # they are many
	c=$(conf 10-bridge '.macspoofchk = true | .ipspoofchk = true')
	port=8080
}

portmap_conf() { # RESULT
	jq -n --argjson result "$1" --argjson port "$port" '{cniVersion: "1.1.0", name: "containers", type: "portmap",
		prevResult: $result, runtimeConfig: {portMappings: [{hostPort: $port, containerPort: 80, protocol: "tcp"}]}}'
}

# A container with entries in all of the tables; $result is what its ADD said.
attach() {
	new_container "$1"
	add bridge <<<"$c"
	result=$stdout
	port=$((port + 1))
	p=$(portmap_conf "$result")
	add portmap <<<"$p"
}

detach() {
	use_container "$1"
	del portmap <<<"$(portmap_conf null)"
	del bridge <<<"$c"
	ip netns delete "$1"
}

# What is constant in a table: flags, chains, maps without elements, and rules. Rules of a chain in their order, or ANYHOW.
frame_of() { # FAMILY NAME [ANYHOW]
	host nft -j list table "$1" "$2" | jq -c --arg anyhow "${3:-}" '[.nftables[] | del(.. | .handle?) | del(.. | .elem?)]
		| (map(select(.table or .chain or .set or .map)) | sort[]),
			(map(.rule // empty) | if $anyhow == "" then group_by(.chain) else sort end | flatten[])'
}

save_frames() {
	local family name

	while read -r family name; do
		frame_of "$family" "$name" >"$BATS_TEST_TMPDIR/frame-$name"
		frame_of "$family" "$name" anyhow >"$BATS_TEST_TMPDIR/frame-anyhow-$name"
	done <<<"$TABLES"
}

assert_frames() { # WHEN [ANYHOW]
	local family name

	while read -r family name; do
		frame_of "$family" "$name" "${2:-}" >"$BATS_TEST_TMPDIR/now"
		diff -u "$BATS_TEST_TMPDIR/frame-${2:+$2-}$name" "$BATS_TEST_TMPDIR/now" >&2 || fail_because "after $1: table $family $name is not as ADD makes it"
	done <<<"$TABLES"
}

# The n-th chain, base chain, set or map, rule of each table, as far as there is one: lines "FAMILY TABLE NAME".
nth() { # WHAT N
	local family name found

	while read -r family name; do
		found=$(host nft -j list table "$family" "$name" | jq -r --arg what "$1" --argjson n "$2" '
			[.nftables[] | if $what == "chain" then .chain.name // empty
				elif $what == "base" then .chain // empty | select(.hook).name
				elif $what == "set" then (.set // .map).name // empty
				else .rule // empty | "\(.chain) handle \(.handle)" end][$n] // empty')
		[[ -z $found ]] || echo "$family $name $found"
	done <<<"$TABLES"
}

# A change to each of the tables at once.
of_each() {
	local family name

	while read -r family name; do
		echo "${1//TABLE/table $family $name}"
	done <<<"$TABLES"
}

# What a script does, then a new container.
restores() { # WHEN [ANYHOW] <CHANGES
	local changes

	changes=$(cat)
	[[ -n $changes ]] || return 1
	host nft "$changes" || fail_because "nft refuses: $changes"
	attach two
	assert_frames "$1" "${2:-}"
	check bridge <<<"$(with_result "$c" "$result")"
	check portmap <<<"$p"
	detach two
	# what a deletion took from the old one comes back with its own ADD
	[[ $changes == *delete* ]] || return 0
	detach one
	attach one
	assert_frames "DEL and ADD after $1"
}

@test "whatever tables and chains are flushed, deleted or put to sleep, the next ADD restores what it relies on" {
	local i

	attach one
	save_frames
	of_each 'flush TABLE' | restores "flush table"
	of_each 'add TABLE { flags dormant; }' | restores dormant
	of_each 'delete TABLE' | restores "delete table"
	{ of_each 'delete TABLE'; of_each 'add TABLE'; } | restores "an empty table"
	for i in {0..5}; do
		nth base "$i" | sed 's/.*/add chain & { policy drop; }/' | restores "policy of chain $i"
		{ of_each 'flush TABLE'; nth base "$i" | sed 's/^/delete chain /'; } | restores "delete chain $i"
	done
	for i in {0..12}; do
		nth chain "$i" | sed 's/^/flush chain /' | restores "flush chain $i"
	done
}

@test "whatever set or map is deleted, the next ADD restores what it relies on" {
	local i=0 sets

	attach one
	save_frames
	while sets=$(nth set "$i") && [[ -n $sets ]]; do
		{ of_each 'flush TABLE'; printf 'delete set %s\n' "${sets//$'\n'/$'\ndelete set '}"; } | restores "delete set $i"
		i=$((i + 1))
	done
	((i > 5))
}

# bats test_tags=night
@test "whatever rule is deleted, CHECK names it and the next ADD restores it" {
	local i=0 rules

	attach one
	save_frames
	while rules=$(nth rule "$i") && [[ -n $rules ]]; do
		host nft "delete rule ${rules//$'\n'/$'\ndelete rule '}"
		use_container one
		cni CHECK portmap <<<"$p"
		assert_error 104
		if [[ $rules == *cni_macspoof* ]]; then
			cni CHECK bridge <<<"$(with_result "$c" "$result")"
			assert_error 104
		fi
		attach two
		assert_frames "deletion of rules: $rules" anyhow
		check portmap <<<"$p"
		detach two
		detach one
		attach one
		i=$((i + 1))
	done
	((i > 20))
}

# ---- what cannot be restored, because others made it

# cannot_be_used WORDS HELP <<<CHANGES: ADD and STATUS tell why; DEL succeeds, also of a container that was there.
cannot_be_used() {
	local words=$1 help=$2 changes

	changes=$(cat)
	attach one
	host nft "$changes" || fail_because "nft refuses: $changes"
	told_by_all "$words" "$help"
	host nft delete table "$(cut -d' ' -f3,4 <<<"$changes" | head -n 1)" 2>/dev/null || host nft flush ruleset
}

told_by_all() {
	use_container one
	cni STATUS bridge <<<"$c"
	assert_error 50 "$1"
	assert_json '.details | contains($text)' true --arg text "$2"
	cni CHECK bridge <<<"$(with_result "$c" "$result")"
	assert_error 104 "$1"
	new_container two
	cni ADD bridge <<<"$c"
	assert_error 103 "$1"
	assert_json '.details | contains($text)' true --arg text "$2"
	del bridge <<<"$c"
	ip netns delete two
	detach one
}

readonly MASQUERADE='table inet cni_masquerade'

@test "what others made in the place of ours is named, with what helps, and DEL succeeds" {
	cannot_be_used "chain postrouting of $MASQUERADE has another type, hook or priority" "nft delete $MASQUERADE" \
		<<<"delete $MASQUERADE; $MASQUERADE { chain postrouting { type nat hook postrouting priority 77; }; }"
	cannot_be_used "chain postrouting of $MASQUERADE has another type, hook or priority" "nft delete $MASQUERADE" \
		<<<"delete $MASQUERADE; $MASQUERADE { chain postrouting { }; }"
	cannot_be_used "map owners of $MASQUERADE has another type or other flags" "nft delete $MASQUERADE" \
		<<<"delete $MASQUERADE; $MASQUERADE { set owners { type ipv4_addr; }; }"
	cannot_be_used "map owners of $MASQUERADE has another type or other flags" "nft delete $MASQUERADE" \
		<<<"delete $MASQUERADE; $MASQUERADE { map owners { type ipv6_addr : ipv6_addr; }; }"
	cannot_be_used "map owners of table bridge cni_macspoof has another type or other flags" "nft delete table bridge cni_macspoof" \
		<<<"delete table bridge cni_macspoof; table bridge cni_macspoof { map owners { type inet_service : ipv4_addr; }; }"
}

@test "a set of another type or with intervals in the place of ours: ADD and CHECK name it, DEL succeeds" {
	local set

	for set in "type inet_service" "type ipv4_addr; flags interval" "type ipv4_addr; timeout 1h"; do
		attach one
		host nft "flush $MASQUERADE; delete set inet cni_masquerade net-10.22.0.0/16; add set inet cni_masquerade net-10.22.0.0/16 { $set; }"
		cni CHECK bridge <<<"$(with_result "$c" "$result")"
		assert_error 104
		new_container two
		cni ADD bridge <<<"$c"
		assert_error 103 "set net-10.22.0.0/16 of $MASQUERADE has another type or other flags"
		assert_json '.details | contains("nft delete table inet cni_masquerade")' true
		del bridge <<<"$c"
		ip netns delete two
		detach one
		host nft delete "$MASQUERADE" 2>/dev/null || true
	done
}

@test "a table that another process owns is named, and DEL succeeds" {
	local owner

	attach one
	host nft delete "$MASQUERADE"
	mkfifo "$BATS_TEST_TMPDIR/to-nft"
	nsenter --net="/run/netns/$HOST" -- nft -i <"$BATS_TEST_TMPDIR/to-nft" >/dev/null 2>&1 3>&- &
	owner=$!
	exec 7>"$BATS_TEST_TMPDIR/to-nft"
	echo "add $MASQUERADE { flags owner; }" >&7
	wait_until 5 host nft list "$MASQUERADE"
	told_by_all "$MASQUERADE belongs to another process" "nft list tables"
	kill "$owner"
	exec 7>&-
	wait_until 5 eval "! host nft list $MASQUERADE"
	attach one
	check bridge <<<"$(with_result "$c" "$result")"
}

@test "after a flush containers have NAT, published ports and spoof checks again with the next ADD" {
	local answer

	attach one
	host nft -f - <<<"$(while read -r family name; do echo "flush table $family $name"; done <<<"$TABLES")"
	refute in_container one ping -c 1 -W 1 192.0.2.2
	attach two
	nsenter --net=/run/netns/two -- timeout "$((20 * PATIENCE))" socat TCP4-LISTEN:80,fork,reuseaddr SYSTEM:'echo two' 3>&- &
	wait_until 5 eval "in_container two ss -Hltn 'sport = :80' | grep -q ."
	answer=$(in_container outside timeout "$((5 * PATIENCE))" socat -u TCP4:192.0.2.1:"$port" -)
	assert_eq "$answer" two "what answers at the published port"
	kill $!
	in_container one ping -c 1 -W 10 192.0.2.2
	in_container two ping -c 1 -W 10 192.0.2.2
	in_container one ip addr add 10.22.0.66/16 dev eth0
	refute in_container one ping -c 1 -W 1 -I 10.22.0.66 10.22.0.1
}
