# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # helpers.bash has the variables
#
# A runtime's part in shell, and the tests that are the same for every release of the reference: chains of both
# families, and attachments that one family made and the other takes over.
#
#   chain VERB DIR LIST           calls every plugin of the conflist, out of the folder; $id, $netns, $ifname,
#                                 $capabilities say for what
#   ours_and_reference DIR TYPE…  a folder with these of ours and the rest of the reference

capabilities='{}'

# Requests as libcni makes them: the last result goes to the next ADD, to every CHECK, and to every DEL of 0.4.0
# and later; runtimeConfig has what the plugin says it is capable of.
chain_request() {
	jq --argjson i "$2" --argjson result "$3" --argjson capabilities "$capabilities" '
		. as $list | .plugins[$i]
		| .name = $list.name | .cniVersion = $list.cniVersion
		| .capabilities as $wanted
		| ($capabilities | with_entries(select($wanted[.key]))) as $config
		| del(.capabilities)
		| if $config != {} then .runtimeConfig = $config else . end
		| if $result != null then .prevResult = $result else . end' <<<"$1"
}

chain() {
	local verb=$1 list=$3 i order result=null count

	BIN=$2
	cni_path=$2
	count=$(jq '.plugins | length' <<<"$list")
	mapfile -t order < <(seq 0 $((count - 1)))
	[[ $verb != DEL ]] || mapfile -t order < <(seq $((count - 1)) -1 0)
	if [[ $verb == CHECK || $verb == DEL && $(jq -r .cniVersion <<<"$list") != 0.3.* ]]; then
		result=$(cat "$BATS_TEST_TMPDIR/result-$id" 2>/dev/null || echo null)
	fi
	for i in "${order[@]}"; do
		# The reference looks for iptables and nft.
		cni "$verb" "$(jq -r ".plugins[$i].type" <<<"$list")" PATH="$PATH" <<<"$(chain_request "$list" "$i" "$result")"
		assert_success || return
		[[ $verb != ADD ]] || result=$stdout
	done
	[[ $verb != ADD ]] || echo "$result" >"$BATS_TEST_TMPDIR/result-$id"
}

# ours_and_reference NAME TYPE…: only these are ours.
ours_and_reference() {
	local name=$1 type programs=()

	shift
	for type in bridge ptp loopback host-local static portmap firewall tuning; do
		if [[ " $* " == *" $type "* ]]; then
			programs+=("$OURS/$type")
		elif [[ -x $REFERENCE/$type ]]; then
			programs+=("$REFERENCE/$type")
		fi
	done
	plugin_dir "$name" "${programs[@]}"
}

# network VERSION MAIN-TYPE [FILTER]: bridge or ptp with host-local, masquerade and published ports.
network() {
	jq -n --arg version "$1" --arg type "$2" --arg dir "$data_dir" '
		{cniVersion: $version, name: "net", plugins: [
			{type: $type, ipMasq: true, ipam: {type: "host-local", dataDir: $dir,
				ranges: [[{subnet: "10.77.0.0/24"}], [{subnet: "fd00:77::/64"}]],
				routes: [{dst: "0.0.0.0/0"}, {dst: "::/0"}]}}
			| if $type == "bridge" then . + {bridge: "br77", isGateway: true, hairpinMode: true} else . end,
			{type: "portmap", capabilities: {portMappings: true}}]} | '"${3:-.}"
}

# publish PORT: what new attachments publish; their port is 80.
publish() {
	capabilities=$(jq -nc --argjson port "$1" '{portMappings: [("tcp", "udp")
		| {hostPort: $port, containerPort: 80, protocol: .}]}')
}

setup_chains() {
	setup_host
	# Both families wait for IPv6 addresses, the distribution's not for the bridge's.
	QUICK_DAD=1
	quick_dad "$HOST"
	new_outside
	host sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

teardown_chains() {
	stop_servers
	teardown_host
}

# The reference returns before duplicate address detection has ended on the bridge, whose route appears only then.
nothing_is_tentative() {
	[[ -z $(host ip -6 addr show tentative) ]]
}

# A pod that stays, made by the folder's plugins: what a first attachment leaves for good is there before the
# test compares.
warm_up() {
	local dir list=$2

	for dir in $1; do
		publish 7000
		new_container warm
		chain ADD "$dir" "$list"
		wait_until 10 nothing_is_tentative
		chain DEL "$dir" "$list"
		ip netns delete warm
	done
}

# Nothing is there now that was not there at snapshot_dump; the one who deletes may be the more thorough of the two.
assert_nothing_added() {
	local deadline=$(($(now_ms) + 3000))

	until dump_is_as_before || ! diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after" | grep -q '^>'; do
		if (($(now_ms) > deadline)); then
			diff -u "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after" >&2 || fail_because "the host has more than before"
			return
		fi
		sleep 0.1
	done
}
