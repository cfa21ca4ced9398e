# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # helpers.bash has the variables
#
# One chain of plugins of both families: each understands what the other says.

# mixed VERSION MAIN-TYPE OUR-TYPE…: an attachment's life with only these plugins being ours.
mixed() {
	local version=$1 type=$2 dir list ignore_connections=

	shift 2
	# The reference leaves the connections of a port that is no longer published.
	[[ " $* " == *" portmap "* ]] || ignore_connections=yes
	dir=$(ours_and_reference "$version-$(IFS=- && echo "$*")" "$@")
	list=$(network "$version" "$type" "$list_filter")
	snapshot_dump
	publish 8080
	new_container one
	chain ADD "$dir" "$list"
	assert_eq "$(jq -r .cniVersion <<<"$stdout")" "$version" "version of the result"
	assert_eq "$(jq '.ips | length' <<<"$stdout")" 2 "addresses"
	serve one "this is one" 80
	assert_answers "this is one" 8080 192.0.2.1 outside
	assert_answers "this is one" 8080 2001:db8::1 outside
	[[ $version == 0.3.* ]] || chain CHECK "$dir" "$(checked_by "$list" "$@")"
	chain DEL "$dir" "$list"
	[[ $version == 0.3.* ]] || chain DEL "$dir" "$list"
	stop_servers
	ip netns delete one
	assert_nothing_added
}

# The list for CHECK. The distribution's portmap looks for IPv4 rules among those of IPv6 and complains in vain.
checked_by() {
	local list=$1

	shift
	if [[ " $* " != *" portmap "* && $REFERENCE == "$REFERENCE_BIN" ]]; then
		list=$(jq '.plugins |= map(select(.type != "portmap"))' <<<"$list")
	fi
	echo "$list"
}

# every_mix MAIN-TYPE VERSION: ours before the reference, behind it, above its IPAM and below its main plugin.
every_mix() {
	local type=$1 version=$2 theirs ours list

	theirs=$(ours_and_reference theirs)
	ours=$(ours_and_reference ours bridge ptp host-local portmap)
	list=$(network "$version" "$type" "$list_filter")
	warm_up "$theirs $ours" "$list"
	mixed "$version" "$type" "$type" host-local
	mixed "$version" "$type" portmap
	mixed "$version" "$type" "$type" portmap
	mixed "$version" "$type" host-local
}
