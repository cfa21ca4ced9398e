#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Many processes attach, check, detach and collect at once, over bridge and ptp with masquerade, ports, firewall and tuning, while others
# change links, addresses and rulesets of the same host as fast as they can. Nothing fails, nothing is left, nothing is wrong.
#
# STORM=full: 200 processes for a minute.

load ../netns/helpers
load ../netns/cnitool

BIN=$PLAIN_BIN # 200 of the others need more memory than small machines have
if [[ ${STORM:-} == full ]]; then
	readonly WORKERS=192 COLLECTORS=8 SECONDS_LONG=60
else
	readonly WORKERS=20 COLLECTORS=4 SECONDS_LONG=8
fi
readonly NETWORKS=(storm-bridge storm-ptp)

setup() {
	setup_tool
	work=$BATS_TEST_TMPDIR/work
	mkdir "$work"
	: >"$work/again"
	# Each network has its list, and the configuration of each of its plugins.
	write_network storm-bridge '{type: "bridge", bridge: "storm0", isDefaultGateway: true, ipMasq: true}' 10.40
	write_network storm-ptp '{type: "ptp", ipMasq: true}' 10.41
}

teardown() {
	touch "$work/stop" "$work/calm"
	wait
	teardown_tool
}

write_network() {
	jq -n --arg name "$1" --arg dir "$data_dir" --arg net "$3" "{cniVersion: \"1.1.0\", name: \$name, plugins: [$2 * {ipam: {
		type: \"host-local\", dataDir: \$dir, routes: [{dst: \"0.0.0.0/0\"}, {dst: \"::/0\"}],
		ranges: [[{subnet: \"\\(\$net).0.0/16\"}], [{subnet: \"fd00:\\(\$net | gsub(\"\\\\.\"; \":\"))::/64\"}]]}},
		{type: \"portmap\", capabilities: {portMappings: true}}, {type: \"firewall\"}, {type: \"tuning\", mtu: 1400}]}" >"$conf_dir/$1.conflist"
}

# ---- calls

# The container of a namespace, as cnitool names it.
id_of() {
	printf 'cnitool-%s' "$(printf '/run/netns/%s' "$1" | sha512sum | cut -c 1-20)"
}

# Each container has two ports of its own.
ports_of() {
	echo '{"portMappings": [{"hostPort": '"$1"', "containerPort": 80, "protocol": "tcp"},
		{"hostPort": '"$1"', "containerPort": 53, "protocol": "udp"}]}'
}

complain() {
	echo "$*" | tee -a "$work/trouble" >&2
	touch "$work/stop"
	return 1
}

# must VERB NETWORK CONTAINER PORT: what fails is written down and ends the storm.
must() {
	local output

	output=$(host timeout 60 env -i NETCONFPATH="$conf_dir" CNI_PATH="$BIN" CAP_ARGS="$(ports_of "$4")" \
		"$BIN/cnitool" "$1" "$2" "/run/netns/$3" 2>&1 </dev/null) || complain "$1 of $3 in $2: $output"
}

# collect NETWORK VALID: GC of all plugins. It may ask to be called again (code 11).
collect() {
	local plugin answer code

	for plugin in tuning firewall portmap "$(jq -r '.plugins[0].type' "$conf_dir/$1.conflist")"; do
		answer=$(jq --arg type "$plugin" --slurpfile valid "$2" '. as $list | .plugins[] | select(.type == $type)
			| . * {name: $list.name, cniVersion: $list.cniVersion, "cni.dev/valid-attachments": $valid[0]}' \
			"$conf_dir/$1.conflist" |
			host timeout 60 env -i CNI_COMMAND=GC CNI_PATH="$BIN" "$BIN/$plugin" 2>&1) || {
			code=$(jq -r .code <<<"$answer")
			[[ $code == 11 ]] || complain "GC of $plugin in $1: $answer"
			echo again >>"$work/again"
		}
	done
}

valid_attachments() {
	local name

	for name in "$@"; do
		id_of "$name"
		echo
	done | jq -R '{containerID: ., ifname: "eth0"}' | jq -s .
}

# ---- who takes part

# Attaches, checks and detaches until the end; every other one stays attached then.
worker() {
	local number=$1 name=w$1 network=${NETWORKS[$1 % 2]} port=$((10000 + $1)) count=0

	until [[ -e $work/stop ]]; do
		must add "$network" "$name" "$port" || return
		must check "$network" "$name" "$port" || return
		((number % 3)) || must check "$network" "$name" "$port" || return
		must del "$network" "$name" "$port" || return
		((++count))
	done
	echo "$count" >"$work/count.$name"
	((number / 2 % 2)) || must add "$network" "$name" "$port" || return
}

# GC whose list has everybody.
collector() {
	local count=0

	until [[ -e $work/stop ]]; do
		collect "${NETWORKS[$1 % 2]}" "$work/all" || return
		((++count))
	done
	echo "$count" >"$work/collected.$1"
}

leaves_nothing() {
	refute grep -rq "$1" "$data_dir" && host nft list ruleset >"$work/ruleset.$1" && refute grep -q "$1" "$work/ruleset.$1"
}

# GC beside living containers takes away what a dead one left, and nothing else.
reaper() {
	local network=${NETWORKS[$1]} name=v$1 port=$((20000 + $1)) id count=0

	id=$(id_of "$name")
	until [[ -e $work/stop ]]; do
		ip netns add "$name"
		must add "$network" "$name" "$port" || return
		ip netns delete "$name"
		collect "$network" "$work/living.$1" || return
		leaves_nothing "$id" 2>/dev/null || complain "GC of $network left something of a dead container" || return
		must del "$network" "$name" "$port" || return
		((++count))
	done
	echo "$count" >"$work/reaped.$1"
}

# The words of one round for `ip -batch`, `nft -f`. Foreigners may fail: they are in each other's way.
foreign_links() {
	printf '%s\n' "link add f$1 type veth peer name g$1" "link set f$1 up" "link add h$1 type bridge" "link set h$1 up" \
		"link set f$1 master h$1" "addr add 198.51.100.$1/24 dev h$1" "addr add 2001:db8:f::$1/64 dev h$1 nodad" \
		"link set g$1 mtu 1400" "link delete h$1" "link delete f$1"
}

foreign_addresses() {
	printf '%s\n' "addr add 203.0.113.$1/32 dev keep0" "route add 198.18.$1.0/24 dev keep0" \
		"route delete 198.18.$1.0/24 dev keep0" "addr delete 203.0.113.$1/32 dev keep0"
}

foreign_rules() {
	cat <<-EOS
		table inet f$1 {
			set s { type ipv4_addr; elements = { 198.51.100.1, 198.51.100.2 } }
			chain c { type nat hook postrouting priority 90; ip daddr @s counter return; }
			chain d { type filter hook forward priority 5; meta mark 0x7 counter accept; }
		}
		add rule ip keep churn tcp dport $((1000 + $1)) counter
		flush chain ip keep churn
		add element ip keep busy { 192.0.2.$1 }
		delete element ip keep busy { 192.0.2.$1 }
		delete table inet f$1
	EOS
}

# disturb NAME COMMAND… : what it writes on stdin to a program, until the end of the storm.
disturb() {
	local name=$1 words=$2 count=0

	words=$("$words" "${name##*-}")
	until [[ -e $work/calm ]]; do
		host "${@:3}" <<<"$words" >/dev/null 2>&1 && ((++count))
	done
	echo "$count" >"$work/disturbed.$name"
}

# ---- what must be so

# One line for each element of a living attachment: set, key, data, owner.
expected_elements() {
	local file

	for file in "$CACHE"/*; do
		jq -r '"\(.networkName)/\(.containerId)/\(.ifName)" as $owner
			| .capabilityArgs.portMappings as $ports
			| .result.ips[].address | split("/")[0]
			| (if contains(":") then "ipv6" else "ipv4" end) as $family
			| . as $address
			| "masquerade \($address) \($owner)", "open-\($family) \($address) \($owner)",
			  ($ports[] | "ports-\($family) \(.protocol) \(.hostPort) \($address) \(.containerPort) \($owner)",
				"local-ports-\($family) \(.protocol) \(.hostPort) \($owner)",
				"from \($family) \(.protocol) \(.hostPort) \($owner)"),
			  "to-\($family) \($address) \($owner)"' "$file"
	done | sort
}

actual_elements() {
	host nft -j list ruleset | jq -r '.nftables[] | (.set, .map) | select(. != null and (.name | startswith("owners") | not) and (.table | startswith("cni_")))
		| . as $set | ($set.elem // [])[]
		| (if type == "array" then {e: .[0].elem, data: .[1]} else {e: .elem} end) as $x
		| ($x.e.val | if type == "object" then .concat | map(tostring) | join(" ") else . end) as $key
		| ($x.data | if . then .concat | map(tostring) | join(" ") + " " else "" end) as $data
		| (if $set.table == "cni_masquerade" then "masquerade"
		   elif $set.name | startswith("from-") then "from " + (if $set.name | test("ipv6|fd00") then "ipv6" else "ipv4" end)
		   elif $set.name | startswith("to-") then "to-" + ($set.name | split("-")[1])
		   else $set.name end) as $name
		| "\($name) \($key) \($data)\($x.e.comment)"' | sort
}

owners_in() {
	host nft -j list map inet "$1" "$2" | jq -r '.nftables[] | .map // empty | .elem[][0].elem.comment' | sort | uniq -c | sed 's/^ *//'
}

# Of the rules that iptables would print, by address.
rules_in_chains() {
	{
		host iptables-nft -S CNI-FORWARD
		host ip6tables-nft -S CNI-FORWARD
	} | grep -oE '[0-9a-f:.]+/(32|128)' | sed 's,/.*,,' | sort | uniq -c | sed 's/^ *//'
}

# Three for each address of a living attachment.
expected_rules() {
	jq -r '.result.ips[].address | split("/")[0]' "$CACHE"/* | sort | sed 's/^/3 /'
}

# The owners of living attachments, each so many times.
owners() {
	jq -r '"\(.networkName)/\(.containerId)/\(.ifName)"' "$CACHE"/* | sort | sed "s/^/$1 /"
}

# assert_same EXPECTED ACTUAL…: two commands print the same.
assert_same() {
	# shellcheck disable=SC2086 # words of a command
	diff -u <($1) <("${@:2}") >&2 || fail_because "expected (-): $1, actual (+): ${*:2}"
}

total() {
	cat "$@" 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'
}

prepare_foreigners() {
	host ip link add keep0 type veth peer name keep1
	host ip link set keep0 up
	host ip addr add 203.0.113.1/24 dev keep0
	host ip addr add 2001:db8:e::1/64 dev keep0 nodad
	host nft -f - <<-EOS
		table ip keep {
			set busy { type ipv4_addr; elements = { 192.0.2.255 } }
			chain churn { }
			chain kept { type filter hook forward priority 0; ip saddr 192.0.2.255 counter drop; }
		}
	EOS
}

prepare() {
	local i name names=()

	prepare_foreigners
	host iptables-nft -P FORWARD DROP
	host ip6tables-nft -P FORWARD DROP
	for ((i = 0; i < WORKERS; i++)); do
		ip netns add "w$i"
		names+=("w$i")
	done
	valid_attachments "${names[@]}" v0 v1 >"$work/all"
	# A reaper's list is the truth about its own network alone.
	valid_attachments "${names[@]}" v1 >"$work/living.0"
	valid_attachments "${names[@]}" v0 >"$work/living.1"
	# What stays after the first attachment: the bridge, forwarding, folders.
	must add storm-bridge w0 10000
	must del storm-bridge w0 10000
	must add storm-ptp w1 10001
	must del storm-ptp w1 10001
	snapshot_host
}

storm() {
	local i workers=() others=()

	for i in 11 12; do
		disturb "links-$i" foreign_links ip -batch - 3>&- &
		others+=($!)
		disturb "addresses-$i" foreign_addresses ip -batch - 3>&- &
		others+=($!)
		disturb "rules-$i" foreign_rules nft -f - 3>&- &
		others+=($!)
	done
	for ((i = 0; i < WORKERS; i++)); do
		worker "$i" 3>&- &
		workers+=($!)
	done
	for ((i = 0; i < COLLECTORS; i++)); do
		collector "$i" 3>&- &
		workers+=($!)
	done
	for i in 0 1; do
		reaper "$i" 3>&- &
		workers+=($!)
	done
	for ((i = 0; i < SECONDS_LONG * 10; i++)); do
		[[ ! -e $work/stop ]] || break
		sleep 0.1
	done
	touch "$work/stop"
	wait "${workers[@]}" || true # what failed is written down
	touch "$work/calm"
	wait "${others[@]}"
	[[ ! -s $work/trouble ]] || fail_because "$(cat "$work/trouble")"
}

@test "a storm: nothing fails, nothing is left, nothing is wrong" {
	local i

	prepare
	storm
	echo "# $(total "$work"/count.*) attachments by $WORKERS processes, $(total "$work"/collected.*) and $(total "$work"/reaped.*) GCs" \
		"($(wc -l <"$work/again") to be tried again)," \
		"$(total "$work"/disturbed.links* "$work"/disturbed.addresses*) foreign changes of links and addresses," \
		"$(total "$work"/disturbed.rules*) of rules" >&3
	for i in count collected reaped disturbed.links disturbed.addresses disturbed.rules; do
		(($(total "$work/$i"*) > 2)) || fail_because "too little happened: $i"
	done

	# Half of them live, and whatever is in the ruleset is theirs.
	assert_eq "$(cached_files)" $((WORKERS / 2)) "living attachments"
	assert_same expected_elements actual_elements
	assert_same "owners 2" owners_in cni_masquerade owners
	assert_same "owners 4" owners_in cni_portmap owners
	assert_same expected_rules rules_in_chains
	# Ten more, and what the namespace was.
	assert_same "owners 11" owners_in cni_portmap owners-more
	for ((i = 0; i < WORKERS; i++)); do
		if ((i / 2 % 2)); then
			assert_eq "$(in_container "w$i" ip -o link | grep -vc LOOPBACK)" 0 "links of w$i"
		else
			must check "${NETWORKS[i % 2]}" "w$i" $((10000 + i))
		fi
	done

	for ((i = 0; i < WORKERS; i++)); do
		must del "${NETWORKS[i % 2]}" "w$i" $((10000 + i))
	done
	assert_unchanged
}
