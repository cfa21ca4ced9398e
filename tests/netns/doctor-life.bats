#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool doctor and ps: what is not known to be dead lives. Whatever cache, namespace or the container itself has lost,
# --fix deletes nothing of a container that is there.

load helpers
load cnitool
load doctor

setup() {
	setup_tool
	network n
}

teardown() {
	teardown_tool
}

# with_reference: later containers are those of the Go plugins.
with_reference() {
	cni_path=$REFERENCE_BIN
	network n '.cniVersion = "1.0.0"'
}

# A container with a lease that is no longer young.
attach() {
	new_container "$1"
	tool_ok add n "$netns"
	find "$data_dir" -type f -exec touch -d '-2 minutes' {} +
}

# change_cache FILTER: every cached result, by jq.
change_cache() {
	local file

	for file in "$CACHE"/*; do
		jq -c "$1" "$file" >"$BATS_TEST_TMPDIR/changed"
		cp "$BATS_TEST_TMPDIR/changed" "$file"
	done
}

# unharmed NAME: --fix finds nothing to delete, and what the container has is as it was.
unharmed() {
	snapshot_host
	in_container "$1" ip -j addr | jq -c 'map(del(.addr_info[].valid_life_time?))' >"$BATS_TEST_TMPDIR/inside"
	tool doctor n --fix --json
	assert_json 'map(.name) | map(select(test("dead|orphaned|reference")))' '[]'
	assert_unchanged
	assert_eq "$(in_container "$1" ip -j addr | jq -c 'map(del(.addr_info[].valid_life_time?))')" \
		"$(<"$BATS_TEST_TMPDIR/inside")" "what is in the container"
}

states() {
	tool_ok ps n --json
	assert_json 'map(.state) | unique' "[\"$1\"]"
}

old_cache() {
	attach red
	change_cache 'del(.netns)'
	states alive
	unharmed red
	healthy
	in_container red ping -qc 1 10.9.0.1
}

@test "cached results of libcni before 1.0 name no namespace" {
	old_cache
}

@test "… nor those of the Go plugins' containers" {
	with_reference
	old_cache
}

@test "without a namespace's path and without interfaces in the result nothing is known" {
	with_reference
	attach red
	change_cache 'del(.netns) | del(.result.interfaces) | del(.result.ips[].interface)'
	states unknown
	unharmed red
	ip netns delete red
	states unknown
	tool doctor n
	refute grep -q dead "$stdout_file"
}

@test "where the result tells the namespace, its death is seen" {
	attach red
	change_cache 'del(.netns)'
	ip netns delete red
	wait_until 5 no_ports
	states dead
	doctor_names attachment-dead
	fixed
	healthy
	assert_eq "$(leased) $(cached_files)" "0 0" "leases and cached results"
}

# by_hand: what README does, with no runtime and no cache.
by_hand() {
	new_container web
	jq '.plugins[1] + {name, cniVersion: "1.0.0"}' "$conf_dir/n.conflist" >"$BATS_TEST_TMPDIR/web.json"
	nsenter --net="/run/netns/$HOST" env CNI_COMMAND=ADD CNI_CONTAINERID=web CNI_NETNS="$netns" CNI_IFNAME=eth0 \
		CNI_PATH="$cni_path" "$cni_path/bridge" <"$BATS_TEST_TMPDIR/web.json" >/dev/null
	in_container web ip link set lo up
	find "$data_dir" -type f -exec touch -d '-2 minutes' {} +
}

@test "a container that was attached by hand is nobody's orphan" {
	by_hand
	healthy
	unharmed web
	in_container web ip addr flush dev eth0
	unharmed web
	in_container web ip link set eth0 down
	in_container web ip addr add 10.9.0.2/24 dev eth0
	unharmed web
}

@test "… nor one of the Go plugins, whatever it does to its address" {
	with_reference
	by_hand
	unharmed web
	in_container web ip addr flush dev eth0
	unharmed web
	in_container web ip link set eth0 name other
	unharmed web
}

# keep_hidden NAME: the namespace has no path and no process any more; a descriptor holds it.
keep_hidden() {
	sleep 600 9<"/run/netns/$1" 3>&- &
	holder=$!
	nsenter --net="/run/netns/$1" true
	ip netns delete "$1"
}

hidden() {
	attach red
	keep_hidden red
	states alive
	snapshot_host
	tool doctor n --fix --json
	assert_json 'map(.name)' '[]'
	assert_unchanged
	rm -r "$CACHE"
	tool doctor n --fix --json
	assert_json 'map(.name)' '[]'
	assert_unchanged
	kill "$holder"
}

@test "a namespace that only a descriptor holds lives" {
	hidden
}

@test "… also with the Go plugins" {
	with_reference
	hidden
}

# A container of macvlan has nothing on the host that would show it.
attach_to_lan() {
	host ip link add up0 type veth peer name up1
	host ip link set up0 up
	host ip link set up1 up
	jq --arg dir "$data_dir" '.name = "n" | .plugins[0] |= (.master = "up0" | .ipam.dataDir = $dir)' \
		"$ROOT/conf/41-macvlan.conflist" >"$conf_dir/n.conflist"
	attach red
	states alive
}

@test "a namespace whose path leads to it only elsewhere is not gone" {
	attach_to_lan
	sleep 600 9</run/netns/red 3>&- &
	umount --lazy /run/netns/red # the file stays, as where the mount is not shared
	states unknown
	tool doctor n --fix --json
	assert_json 'map(.name) | map(select(test("dead|orphaned")))' '[]'
	[[ -n $(ls "$CACHE") ]] || fail_because "the cache entry is gone"
}

@test "a namespace that cannot be opened just now is not gone" {
	attach_to_lan
	cnitool=$BATS_TEST_TMPDIR/out-of-descriptors
	printf '#!/bin/sh\nexec strace -qq -o /dev/null -P /run/netns/red -e trace=openat -e inject=openat:error=EMFILE %q "$@"\n' \
		"$PLAIN_BIN/cnitool" >"$cnitool"
	chmod 755 "$cnitool"
	tool doctor n --fix --json
	assert_json 'map(.name) | map(select(test("dead|orphaned")))' '[]'
	in_container red ip link show eth0
}

@test "a container that renames its interface, and puts another in its place" {
	attach red
	in_container red ip link set eth0 down
	in_container red ip link set eth0 name mine
	states alive
	unharmed red
	doctor_names interface-missing
	assert_json '.[0].what | endswith("is called mine")' true
	assert_json '.[0].fix' '"cnitool readd -i eth0 n /run/netns/red"'
	in_container red ip link add eth0 type veth peer name far
	unharmed red
}

# From inside, a pair of its own looks like one end of the sibling's: the indexes are a container's choice.
@test "a container that imitates the pair of its sibling" {
	local port index

	with_reference
	attach attacker
	attach blue
	port=$(jq -r '.interfaces[] | select(.name | startswith("veth")).name' "$stdout_file")
	index=$(host ip -j link show "$port" | jq '.[0].ifindex')
	in_container attacker ip link delete eth0
	in_container attacker ip link add eth0 index "$(in_container blue ip -j link show eth0 | jq '.[0].ifindex')" \
		type veth peer name far index "$index"
	tool_ok show n --json
	assert_json '.namespaces[0].links | map(select(.name == $port))[0].peer.namespace' '"blue"' --arg port "$port"
	tool doctor n --fix --json
	assert_json 'map(.what) | map(select(contains("blue")))' '[]'
	in_container blue ping -qc 1 10.9.0.1
}

@test "a check of MACs is put back for the MAC that ADD gave, not for the one that the container took" {
	local mac

	network n '.plugins[1].macspoofchk = true'
	attach red
	mac=$(in_container red ip -j link show eth0 | jq -r '.[0].address')
	host nft delete table bridge cni_macspoof
	in_container red ip link set eth0 address 02:00:00:00:00:99
	tool doctor n --fix
	host nft list ruleset | grep -q "$mac"
	refute grep -q 02:00:00:00:00:99 <<<"$(host nft list ruleset)"
}

@test "a repair counts when nothing is found any more, and not before" {
	fake_plugin portmap <<'EOS'
case $CNI_COMMAND in
ADD) jq .prevResult "$in" ;;
CHECK) echo '{"code": 104, "msg": "no port leads anywhere"}'; exit 1 ;;
VERSION) echo '{"cniVersion": "1.1.0", "supportedVersions": ["1.0.0", "1.1.0"]}' ;;
esac
EOS
	network n '.plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	tool_environment=(CAP_ARGS='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}')
	attach red
	tool_environment=()
	tool doctor n --fix
	assert_eq "$status" 1 "exit status"
	assert_eq "$(grep -c '^    fixed' "$stdout_file") $(grep -c '^    not fixed' "$stdout_file")" "0 1" "what is said"
	refute grep -q -e ' --fix' "$stdout_file"
	grep -q '^    advice: ' "$stdout_file"
}

@test "--fix says first what it repaired, then what remains, each once" {
	attach red
	in_container red ip link set lo down
	host nft delete table inet cni_masquerade
	tool doctor n --fix
	assert_eq "$status $(grep -oE '^([a-z-]+:|what remains:|    fixed|    fix: .*)' "$stdout_file" | tr '\n' ' ')" \
		"1 masquerade-missing:     fixed what remains: loopback-down:     fix: ip -n red link set lo up " "what is said"
	tool doctor n --fix
	assert_eq "$status $(head -n 1 "$stdout_file") $(grep -c loopback-down "$stdout_file")" "1 nothing was repaired; what remains: 1" "what is said"
}

reaches_outside() {
	in_container red ping -qc 1 -W "${PING_SECONDS:-10}" 192.0.2.2
}

@test "rules that were flushed while sets and tables stay: fixed means that packets pass" {
	new_outside
	attach red
	in_container red ip link set lo up
	wait_until 5 reaches_outside
	host nft flush table inet cni_masquerade
	refute reaches_outside
	tool doctor n --fix
	if [[ $status == 0 ]]; then
		assert_eq "$(grep -c '^    fixed' "$stdout_file")" 1 "what is said"
		wait_until 5 reaches_outside
	else
		refute grep -q '^    fixed' "$stdout_file"
		refute reaches_outside
	fi
}
