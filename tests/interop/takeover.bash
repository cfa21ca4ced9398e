# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # helpers.bash has the variables
#
# Nodes change plugins while pods run: what one family made, the other deletes.

main_plugin_only() {
	jq '.plugins |= .[:1]' <<<"$1"
}

setup_takeover() {
	setup_chains
	# Connections are portmap's, and the reference leaves them.
	ignore_connections=yes
	theirs=$(ours_and_reference theirs)
	ours=$(ours_and_reference ours bridge ptp loopback host-local static portmap)
}

# made_by_reference MAIN-TYPE VERSION: checked and deleted by ours.
made_by_reference() {
	local list rules

	list=$(network "$2" "$1" "$list_filter")
	warm_up "$theirs $ours" "$list"
	snapshot_dump
	publish 8080
	new_container one
	chain ADD "$theirs" "$list"
	serve one "this is one" 80
	assert_answers "this is one" 8080 192.0.2.1 outside
	[[ $2 == 0.3.* ]] || chain CHECK "$ours" "$(main_plugin_only "$list")"
	chain DEL "$ours" "$list"
	refute ask outside tcp 192.0.2.1 8080
	stop_servers
	assert_nothing_added
	rules=$(host nft list ruleset 2>/dev/null | grep -E 'CNI-[0-9a-f]|CNI-(DN|SN)-|dport 8080' || true)
	assert_eq "$rules" "" "rules for the container"
	chain DEL "$ours" "$list"
	ip netns delete one
}

# The same when the namespace went first and nobody remembers the result.
made_by_reference_and_lost() {
	local list

	list=$(network "$2" "$1" "$list_filter")
	warm_up "$theirs $ours" "$list"
	snapshot_dump
	publish 8080
	new_container one
	chain ADD "$theirs" "$list"
	ip netns delete one
	rm "$BATS_TEST_TMPDIR/result-one"
	capabilities='{}'
	netns=
	chain DEL "$ours" "$list"
	assert_nothing_added
}

# A runtime repeats a DEL that fails. The reference takes links and leases away before it complains about rules
# that it did not make.
deleted_by_reference() {
	chain DEL "$theirs" "$1" 2>/dev/null || chain DEL "$theirs" "$1"
}

# made_by_ours MAIN-TYPE VERSION: links and leases are deleted by the reference, the rest by our next DEL.
made_by_ours() {
	local list

	list=$(network "$2" "$1" "$list_filter")
	warm_up "$theirs $ours" "$list"
	snapshot_dump
	publish 8080
	new_container one
	chain ADD "$ours" "$list"
	deleted_by_reference "$list"
	assert_eq "$(in_container one ip -o link show | grep -vc ': lo:')" 0 "links in the container"
	assert_eq "$(leases)" "" "leases"
	chain DEL "$ours" "$list"
	assert_nothing_added
	ip netns delete one
}

leases() {
	(cd "$data_dir/net" && find . -name '*[.:]*' ! -name 'last_reserved_ip.*' ! -name '.*' | sort)
}

# Both take addresses from one folder, in turns.
share_leases() {
	local list i addresses

	list=$(network "$2" "$1" "$list_filter | .plugins |= .[:1]")
	for ((i = 1; i <= 10; i += 2)); do
		new_container "c$i"
		chain ADD "$theirs" "$list"
		new_container "c$((i + 1))"
		chain ADD "$ours" "$list"
	done
	addresses=$(jq -r '.ips[].address' "$BATS_TEST_TMPDIR"/result-c* | sort | uniq)
	assert_eq "$(wc -l <<<"$addresses")" 20 "different addresses"
	for ((i = 1; i <= 10; i += 2)); do
		use_container "c$i"
		chain DEL "$ours" "$list"
		use_container "c$((i + 1))"
		deleted_by_reference "$list"
	done
	assert_eq "$(leases)" "" "leases"
}
