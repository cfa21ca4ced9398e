#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# sbr: the rules, tables and routes of a container, and which way its packets go.

load helpers

setup() {
	setup_host
	new_outside
}

# A container with net1 in 192.168.1.0/24 and eth0 in 10.9.0.0/24, both with IPv6, made by hand.
routed() {
	new_container "$1"
	in_container "$1" sysctl -qw net.ipv6.conf.default.accept_dad=0
	in_container "$1" ip link set lo up
	dressed net1 192.168.1.209/24 fd00:1::209/64
	dressed eth0 10.9.0.5/24 fd00:9::5/64
	in_container "$1" ip route add default via 192.168.1.1
	in_container "$1" ip route add 203.0.113.0/24 via 192.168.1.2 metric 7
	in_container "$1" ip -6 route add default via fd00:1::1
	in_container "$1" ip route add 198.51.100.0/24 via 10.9.0.1
	ifname=net1
	before=$(everything)
}

# dressed LINK ADDRESS…
dressed() {
	in_container "$id" ip link add "$1" type veth peer name "$1-other"
	in_container "$id" ip link set "$1-other" up
	in_container "$id" ip link set "$1" up
	for address in "${@:2}"; do
		in_container "$id" ip addr add "$address" dev "$1"
	done
	wait_until 5 in_container "$id" sh -c "ip -6 route show dev $1 | grep -q fe80"
}

# conf_of KEYS
conf_of() {
	jq -n --arg netns "$netns" --argjson keys "$1" '{cniVersion: "1.0.0", name: "routed", type: "sbr",
		prevResult: {cniVersion: "1.0.0", interfaces: [{name: "net1", sandbox: $netns}, {name: "eth0", sandbox: $netns}],
			ips: [{address: "192.168.1.209/24", gateway: "192.168.1.1", interface: 0},
				{address: "fd00:1::209/64", gateway: "fd00:1::1", interface: 0},
				{address: "10.9.0.5/24", gateway: "10.9.0.1", interface: 1}]}} * $keys'
}

rules() {
	in_container "$id" ip "${1:--4}" -j rule | jq -c '[.[] | select(.priority > 0 and .priority < 32766) | [.src, .table]]'
}

# routes FAMILY TABLE: [[destination, gateway, device]…]
routes() {
	in_container "$id" ip "$1" -j route show table "$2" | jq -c '[.[] | [.dst, .gateway // "", .dev]] | sort'
}

everything() {
	in_container "$id" ip rule
	in_container "$id" ip -6 rule
	in_container "$id" ip route show table all | sort
	in_container "$id" ip -6 route show table all | sort
}

# way SOURCE DESTINATION: the device
way() {
	in_container "$id" ip -j route get "$2" from "$1" | jq -r '.[0].dev'
}

@test "sbr: the example: two networks, each answers where it was asked" {
	local c result

	new_container one
	add ptp <<<"$(conf 20-kindnet . ptp)"
	ifname=net1
	add macvlan <<<"$(conf 51-sbr)"
	result=$stdout
	c=$(with_result "$(conf 51-sbr . sbr)" "$result")
	add sbr <<<"$c"
	assert_eq "$(jq -S . <<<"$stdout")" "$(jq -S . <<<"$result")" "the result"
	check sbr <<<"$c"
	address=$(jq -r '.ips[0].address | split("/")[0]' <<<"$result")
	in_container one ping -c 1 -W 10 -I "$address" 192.0.2.2 >/dev/null
	assert_eq "$(in_container one ip -j route get 198.51.100.7 from "$address" | jq -r '.[0].dev')" net1 "the way"
	assert_eq "$(in_container one ip -j route get 198.51.100.7 | jq -r '.[0].dev')" eth0 "the way without a source"
	del sbr <<<"$c"
	assert_eq "$(rules)$(rules -6)" "[][]" "the rules"
	del macvlan <<<"$(conf 51-sbr)"
}

@test "sbr: the plugin before it finds its routes where sbr put them, and misses those that are gone" {
	local c result

	new_container one
	ifname=net1
	c=$(conf 51-sbr '.enabledad = false | .ipam.routes = [{dst: "0.0.0.0/0"}, {dst: "::/0"}]')
	add macvlan <<<"$c"
	result=$stdout
	check macvlan <<<"$(with_result "$c" "$result")"
	add sbr <<<"$(with_result "$(conf 51-sbr . sbr)" "$result")"
	check macvlan <<<"$(with_result "$c" "$result")"
	in_container one ip route delete default table 100
	in_container one ip route add default via 192.0.2.2 dev net1 onlink table 77
	cni CHECK macvlan <<<"$(with_result "$c" "$result")"
	assert_error 104 "route to 0.0.0.0/0 is missing"
}

@test "sbr: an address has a rule and a table, the main table loses the link; DEL" {
	local c

	routed one
	c=$(conf_of '{}')
	add sbr <<<"$c"
	assert_eq "$(rules)" '[["192.168.1.209","100"]]' "the rules"
	assert_eq "$(rules -6)" '[["fd00:1::209","101"]]' "the rules"
	assert_eq "$(routes -4 100)" '[["192.168.1.0/24","","net1"],["203.0.113.0/24","192.168.1.2","net1"],["default","192.168.1.1","net1"]]' "table 100"
	assert_match "$(routes -6 101)" '\["default","fd00:1::1","net1"\]' "table 101"
	assert_match "$(routes -6 101)" '\["fd00:1::/64","","net1"\]' "table 101"
	assert_eq "$(routes -4 main)" '[["10.9.0.0/24","","eth0"],["198.51.100.0/24","10.9.0.1","eth0"]]' "the main table"
	refute grep -q '"net1"' <<<"$(routes -6 main)"
	assert_eq "$(way 192.168.1.209 8.8.8.8)" net1 "the way"
	assert_eq "$(way 10.9.0.5 198.51.100.3)" eth0 "the way"
	check sbr <<<"$c"
	in_container one ip rule del from 192.168.1.209
	cni CHECK sbr <<<"$c"
	assert_error 104 "the rule from 192.168.1.209 is missing"
	in_container one ip rule add from 192.168.1.209 table 100 protocol 193
	in_container one ip route del default table 100
	cni CHECK sbr <<<"$c"
	assert_error 104 "no default route"
	del sbr <<<"$(jq 'del(.prevResult)' <<<"$c")"
	assert_eq "$(rules)$(rules -6)" "[][]" "the rules"
}

@test "sbr: several interfaces and addresses of one pod have tables of their own" {
	routed one
	in_container one ip addr add 192.168.2.9/24 dev net1
	add sbr <<<"$(conf_of '{}' | jq '.prevResult.ips += [{address: "192.168.2.9/24", gateway: "192.168.2.1"}, {address: "fd00:1::209/64", interface: 7}]
		| .prevResult.ips |= (.[:4])')"
	assert_eq "$(rules)" '[["192.168.2.9","102"],["192.168.1.209","100"]]' "the rules"
	add sbr CNI_IFNAME=eth0 <<<"$(conf_of '{}')"
	assert_eq "$(rules)" '[["10.9.0.5","103"],["192.168.2.9","102"],["192.168.1.209","100"]]' "the rules"
	del sbr CNI_IFNAME=eth0 <<<"$(conf_of '{}')"
	assert_eq "$(rules)" '[["192.168.2.9","102"],["192.168.1.209","100"]]' "the rules"
	in_container one ip link del net1
	del sbr <<<'{"cniVersion": "9.9", "name": "routed", "table": {}}'
	assert_eq "$(rules)$(rules -6)" "[][]" "the rules"
}

@test "sbr: a table that is given has rules only" {
	local c

	routed one
	c=$(conf_of '{"table": 5000}')
	add sbr <<<"$c"
	assert_eq "$(rules)" '[["192.168.1.209","5000"]]' "the rules"
	assert_eq "$(in_container one ip route)" "$(grep -v table <<<"$(in_container one ip route)")" "the main table"
	check sbr <<<"$c"
	cni CHECK sbr <<<"$(conf_of '{"table": 5001}')"
	assert_error 104 "the rule from"
	del sbr <<<"$(conf_of '{"table": 5001}')"
	assert_eq "$(rules)" '[["192.168.1.209","5000"]]' "the rules"
	del sbr <<<"$c"
	assert_eq "$(everything)" "$before" "all"
}

@test "sbr: gateways" {
	local case keys text

	routed one
	add sbr <<<"$(conf_of '{"gateways": ["192.168.1.77", "fd00:1::77"]}')"
	assert_match "$(routes -4 100)" '\["default","192.168.1.77","net1"\]' "table 100"
	assert_match "$(routes -6 101)" '\["default","fd00:1::77","net1"\]' "table 101"
	for case in '["1.2.3.4", "1.2.3.5"]|multiple IPv4 addresses' '["fd00::1", "fd00::2"]|multiple IPv6 addresses' \
		'["a"]|invalid static gateway IP address' '["1.2.3.4", "fd00::1", "1.2.3.5"]|cannot contain more than 2 entries'; do
		IFS='|' read -r keys text <<<"$case"
		cni ADD sbr <<<"$(conf_of "{\"gateways\": $keys}")"
		assert_error 7 "$text"
	done
}

@test "sbr: source hints" {
	routed one
	add sbr <<<"$(conf_of '{"addSourceHints": true}')"
	in_container one ip -j route | jq -e '.[] | select(.dst == "192.168.1.0/24" and .prefsrc == "192.168.1.209" and .scope == "link")' >/dev/null
	refute grep -q "via 192.168.1" <<<"$(in_container one ip route)"
	assert_match "$(routes -4 100)" '\["default","192.168.1.1","net1"\]' "table 100"
}

@test "sbr: what cannot be meant; a failed ADD leaves all as it was" {
	routed one
	cni ADD sbr <<<"$(conf_of '{}' | jq 'del(.prevResult)')"
	assert_error_is 7 "This plugin must be called as chained plugin"
	cni ADD sbr <<<"$(conf_of '{}' | jq '.cniVersion = "0.2.0" | del(.prevResult)')"
	assert_error_is 7 "This plugin must be called as chained plugin"
	cni ADD sbr <<<"$(conf_of '{}' | jq '.prevResult.ips = []')"
	assert_error 7 "No IP addresses supplied"
	cni ADD sbr CNI_IFNAME=nobody <<<"$(conf_of '{}' | jq '.prevResult.ips[0] |= del(.interface)')"
	assert_error 100 "failed to find nobody"
	# The IPv6 gateway cannot be reached, so the second address fails.
	cni ADD sbr <<<"$(conf_of '{"gateways": ["fd00:77::1"]}')"
	assert_error 100 "failed to add the route to ::/0 to table 101"
	assert_eq "$(everything)" "$before" "all"
}

# changed: all that matters of it, without who made a route that was moved
routing() {
	everything | sed 's/ proto [a-z0-9]*//'
}

@test "sbr: an ADD after one that was killed, or whose answer was lost, makes the same" {
	local after keys

	for keys in '{}' '{"addSourceHints": true}'; do
		routed one
		add sbr <<<"$(conf_of "$keys")"
		after=$(routing)
		add sbr <<<"$(conf_of "$keys")"
		assert_eq "$(routing)" "$after" "all"
		# Half of it done: the main table has lost the subnet, and one table was not begun.
		in_container one ip -6 route flush table 101
		in_container one ip -6 rule del from fd00:1::209
		in_container one ip -6 route add fd00:1::/64 dev net1 metric 256
		in_container one ip -6 route add default via fd00:1::1
		add sbr <<<"$(conf_of "$keys")"
		in_container one ip -6 route show table 101 | grep -q "^default via fd00:1::1 dev net1"
		in_container one ip -6 route show table 101 | grep -q "^fd00:1::/64 dev net1"
		assert_eq "$(rules)$(rules -6)" '[["192.168.1.209","100"]][["fd00:1::209","101"]]' "the rules"
		# What eth0 has is eth0's.
		in_container one ip -j route | jq -e 'map(select(.dev == "eth0")) | length == 2' >/dev/null
		ip netns delete one
	done
}

@test "sbr: two interfaces in one subnet: what eth0 has stays eth0's" {
	local of_eth0 keys

	routed one
	# Its route to the subnet is the first.
	in_container one ip addr del 192.168.1.209/24 dev net1
	in_container one ip addr add 192.168.1.5/24 dev eth0
	in_container one ip addr add 192.168.1.209/24 dev net1
	in_container one ip -6 addr add fd00:1::5/64 dev eth0
	of_eth0=$(in_container one ip route show dev eth0; in_container one ip -6 route show dev eth0)
	# The IPv6 gateway cannot be reached.
	before=$(everything)
	cni ADD sbr <<<"$(conf_of '{"gateways": ["fd00:77::1"]}')"
	assert_error 100 "failed to add the route"
	assert_eq "$(everything)" "$before" "all"
	for keys in '{"addSourceHints": true}' '{}'; do
		add sbr <<<"$(conf_of "$keys")"
		assert_eq "$(in_container one ip route show dev eth0; in_container one ip -6 route show dev eth0)" "$of_eth0" "what eth0 has"
	done
}

@test "sbr: a route to a gateway that is on the link by its own word" {
	routed one
	in_container one ip route add 198.18.0.0/15 via 203.0.113.77 dev net1 onlink
	add sbr <<<"$(conf_of '{}' | jq 'del(.prevResult.ips[1])')"
	assert_eq "$(in_container one ip route show table all | grep -c '^198.18.0.0/15')" 0 "it is of another subnet"
	ip netns delete one
	routed one
	in_container one ip route add 198.18.0.0/15 via 192.168.1.77 dev net1 onlink
	add sbr <<<"$(conf_of '{}' | jq 'del(.prevResult.ips[1])')"
	in_container one ip route show table 100 | grep "^198.18.0.0/15 via 192.168.1.77" | grep -q onlink
}

@test "sbr: who holds the lock of the namespace keeps no ADD and no DEL from its work" {
	local holder other

	routed one
	setpriv --reuid 65534 --clear-groups flock "$netns" sleep 60 3>&- &
	holder=$!
	wait_until 5 refute flock --nonblock "$netns" true
	# Two interfaces at once wait for each other all the same: each has tables of its own.
	(ifname=eth0 BIN=$PLAIN_BIN add sbr <<<"$(conf_of '{}')") 3>&- &
	other=$!
	BIN=$PLAIN_BIN add sbr <<<"$(conf_of '{}')"
	assert_match "$stderr" "cannot lock the namespace"
	wait "$other"
	assert_eq "$( (rules; rules -6) | jq -s 'add | map(.[1]) | unique | length')" 3 "the tables"
	BIN=$PLAIN_BIN del sbr <<<"$(conf_of '{}')"
	ifname=eth0
	BIN=$PLAIN_BIN del sbr <<<"$(conf_of '{}')"
	kill "$holder"
	assert_match "$stderr" "cannot lock the namespace"
	assert_eq "$(rules)$(rules -6)" "[][]" "the rules"
}

@test "sbr: DEL without a namespace; nothing is made where it was" {
	local gone=$BATS_TEST_TMPDIR/gone

	routed one
	del sbr CNI_NETNS="$gone" <<<"$(conf_of '{}')"
	[[ ! -e $gone ]]
	: >"$gone"
	del sbr CNI_NETNS="$gone" <<<"$(conf_of '{}')"
	del sbr CNI_NETNS= <<<"$(conf_of '{}')"
	# Rules of others stay.
	in_container one ip rule add from 192.168.1.209 table 900 protocol static
	in_container one ip rule add from 192.168.1.0/24 table 901 protocol 193
	del sbr <<<"$(conf_of '{}')"
	assert_eq "$(rules)" '[["192.168.1.0","901"],["192.168.1.209","900"]]' "the rules"
}

@test "sbr: SIGTERM ends an ADD with many addresses or routes, and all is as it was" {
	local i

	routed one
	terminated ADD sbr <<<"$(conf_of '{"table": 5000}' | jq '.prevResult.ips = [range(1500) | {address: "192.168.\(. / 256 | floor).\(. % 256)/32"}]')"
	assert_error 11 "cannot add the rules"
	assert_eq "$(everything)" "$before" "all"
	for ((i = 0; i < 1500; i++)); do
		echo "route add 198.18.$((i >> 8)).$((i & 255))/32 via 192.168.1.1"
	done >"$BATS_TEST_TMPDIR/routes"
	in_container one ip -batch "$BATS_TEST_TMPDIR/routes"
	before=$(everything)
	terminated ADD sbr <<<"$(conf_of '{}')"
	assert_error 11 "cannot fill table 100"
	assert_eq "$(everything)" "$before" "all"
}

reference() {
	BIN=$REFERENCE_BIN "$@"
}

@test "sbr: what the reference made is checked and deleted, and the other way round" {
	local c

	routed one
	c=$(conf_of '{}' | jq '.cniVersion = "0.4.0" | .prevResult.cniVersion = "0.4.0"
		| .prevResult.ips |= map(.version = (if .address | contains(":") then "6" else "4" end))')
	reference add sbr <<<"$c"
	check sbr <<<"$c"
	del sbr <<<"$c"
	assert_eq "$(rules)$(rules -6)" "[][]" "the rules"
	use_container one
	ip netns delete one
	routed one
	add sbr <<<"$c"
	reference del sbr <<<"$c"
	assert_eq "$(rules)$(rules -6)" "[][]" "the rules"
}
