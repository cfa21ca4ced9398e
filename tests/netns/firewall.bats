#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# firewall: containers get through what else filters on the host, and policies keep others away. Judged by packets.

load helpers

# What Docker's daemon loads, as iptables-save prints it.
readonly DOCKER='*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT'

setup() {
	setup_host
	new_outside
	host sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	snapshot_host
}

load_docker() {
	host iptables-nft-restore <<<"$DOCKER"
	host ip6tables-nft-restore <<<"$DOCKER"
	snapshot_host
}

# guard POLICY [FILTER]: the configuration of firewall for the container whose ADD came last.
guard() {
	conf 31-firewall ".prevResult = $result | .ingressPolicy = \"$1\" | ${2:-.}" firewall
}

# attach NAME [FILTER]: the bridge alone; its result is $result, the addresses are $ipv4 and $ipv6.
attach() {
	new_container "$1"
	add bridge <<<"$(conf 31-firewall "${2:-.}")"
	result=$stdout
	ipv4=$(jq -r '[.ips[].address | select(contains(".")) | sub("/.*"; "")][0]' <<<"$result")
	ipv6=$(jq -r '[.ips[].address | select(contains(":")) | sub("/.*"; "")][0]' <<<"$result")
}

# put NAME POLICY [FILTER-OF-BRIDGE]: both. The addresses are kept in $ipv4_NAME and $ipv6_NAME.
put() {
	attach "$1" "${3:-.}"
	add firewall <<<"$(guard "$2")"
	declare -g "ipv4_$1=$ipv4" "ipv6_$1=$ipv6"
}

# take NAME [FILTER-OF-BRIDGE]: DEL of both, without the result.
take() {
	use_container "$1"
	del firewall <<<"$(conf 31-firewall "${2:-.}" firewall)"
	del bridge <<<"$(conf 31-firewall "${2:-.}")"
}

# Nothing is left but bridges, which stay by design.
assert_clean() {
	local bridge

	for bridge in cni31 cni32 cni33; do
		host ip link delete "$bridge" 2>/dev/null || true
	done
	assert_unchanged
}

# Another network on a bridge of its own.
readonly OTHER='.bridge = "cni32" | .ipam.ranges = [[{subnet: "10.32.0.0/16"}], [{subnet: "fd00:10:32::/64"}]]'

pings() {
	in_container "$1" ping -c 1 -W 10 "$2"
}

is_cut_off() {
	refute in_container "$1" ping -c 1 -W 0.3 "$2"
}

# ---- a host that drops

@test "without other filters there is nothing of iptables" {
	put one open
	pings one 192.0.2.2
	pings one 2001:db8::2
	assert_eq "$(host nft list tables | grep -c 'table ip6\? filter')" 0 "tables of iptables"
	assert_eq "$stderr" "" "stderr of ADD"
	take one
	assert_clean
}

@test "Docker's ruleset: containers reach outside and are reached, and it is as before afterwards" {
	load_docker
	attach one
	is_cut_off one 192.0.2.2
	is_cut_off one 2001:db8::2
	add firewall <<<"$(guard open)"
	assert_eq "$stderr" "" "stderr of ADD"
	pings one 192.0.2.2
	pings one 2001:db8::2
	assert_eq "$(host iptables-nft -S | grep CNI)" "-N CNI-ADMIN
-N CNI-FORWARD
-A FORWARD -m comment --comment \"CNI firewall plugin rules\" -j CNI-FORWARD
-A CNI-FORWARD -m comment --comment \"CNI firewall plugin admin overrides\" -j CNI-ADMIN
-A CNI-FORWARD -d $ipv4/32 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A CNI-FORWARD -s $ipv4/32 -j ACCEPT
-A CNI-FORWARD -d $ipv4/32 -m conntrack --ctstate DNAT -j ACCEPT"
	host ip6tables-nft -C CNI-FORWARD -s "$ipv6" -j ACCEPT
	host ip6tables-nft -C CNI-FORWARD -d "$ipv6" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	assert_eq "$(host iptables-nft -S FORWARD 1 | cut -d' ' -f1-2)" "-A FORWARD" "the first rule"
	assert_match "$(host iptables-nft -S FORWARD 1)" "CNI-FORWARD"
	# A connection from outside that nobody translates stays outside.
	in_container outside ip route add 10.31.0.0/16 via 192.0.2.1
	is_cut_off outside "$ipv4"
	take one
	assert_clean
}

@test "Docker's ruleset: a published port is reached from outside" {
	load_docker
	attach one
	c=$(conf 31-firewall ".prevResult = $result | .runtimeConfig.portMappings = [{hostPort: 8080, containerPort: 80, protocol: \"tcp\"}]" portmap)
	add portmap <<<"$c"
	in_container one timeout 20 socat TCP-LISTEN:80,fork,reuseaddr SYSTEM:'echo hello' 3>&- &
	server=$!
	wait_until 5 host socat -u TCP:"$ipv4":80,connect-timeout=1 -
	refute in_container outside timeout 1 socat -u TCP:192.0.2.1:8080,connect-timeout=0.4 -
	add firewall <<<"$(guard open)"
	assert_eq "$(in_container outside socat -u TCP:192.0.2.1:8080,connect-timeout=2 -)" hello
	kill "$server"
	del portmap <<<"$c"
	take one
	assert_clean
}

@test "a rule of FORWARD that rejects is enough for ours to be needed" {
	host iptables-nft -A FORWARD -j REJECT
	snapshot_host
	put one open '.ipam.ranges |= .[:1] | .ipam.routes |= .[:1]'
	pings one 192.0.2.2
	take one
	assert_clean
}

@test "an IPv4-only container needs nothing of IPv6" {
	load_docker
	put one open '.ipam.ranges |= .[:1] | .ipam.routes |= .[:1]'
	assert_eq "$(host ip6tables-nft -S | grep -c CNI)" 0 "rules of IPv6"
	take one
	assert_clean
}

@test "the administrator's chain decides first, and is never touched" {
	load_docker
	put one open
	host iptables-nft -A CNI-ADMIN -s "$ipv4" -d 192.0.2.2 -j DROP
	is_cut_off one 192.0.2.2
	put two open
	pings two 192.0.2.2
	take two
	take one
	assert_match "$(host iptables-nft -S CNI-ADMIN)" "-A CNI-ADMIN -s $ipv4_one/32 -d 192.0.2.2/32 -j DROP"
	host iptables-nft -C FORWARD -m comment --comment "CNI firewall plugin rules" -j CNI-FORWARD
}

@test "another administrator's chain, in both families" {
	load_docker
	attach one
	c=$(guard open '.iptablesAdminChainName = "MY-RULES"')
	add firewall <<<"$c"
	host iptables-nft -C CNI-FORWARD -m comment --comment "CNI firewall plugin admin overrides" -j MY-RULES
	host ip6tables-nft -C CNI-FORWARD -m comment --comment "CNI firewall plugin admin overrides" -j MY-RULES
	check firewall <<<"$c"
	take one
	assert_clean
}

@test "ADD twice is ADD once; the result is passed on" {
	load_docker
	put one open
	assert_eq "$(jq -S . <<<"$stdout")" "$(jq -S . <<<"$result")" "the result"
	before=$(host iptables-nft -S)
	add firewall <<<"$(guard open)"
	assert_eq "$(host iptables-nft -S)" "$before"
}

@test "chains of others that drop are told, with what helps" {
	host nft 'add table inet mine; add chain inet mine pass { type filter hook forward priority 0; policy drop; }'
	snapshot_host
	put one open
	assert_match "$stderr" 'chain pass of table inet mine drops by default'
	is_cut_off one 192.0.2.2
	eval "host $(sed -n 's/.*yet: \(.*\); \(nft.*\)/\1; host \2/p' <<<"$stderr")"
	pings one 192.0.2.2
	add firewall <<<"$(guard open)"
	assert_eq "$stderr" "" "stderr, when the chain knows the bridge"
	cni STATUS firewall <<<"$(conf 31-firewall . firewall | jq '.cniVersion = "1.1.0"')"
	assert_success
	assert_match "$stderr" 'chain pass of table inet mine drops by default'
}

# The kernel runs both, so what one accepts the other still drops. Its tables stay once they were asked for.
@test "iptables-legacy that drops is told, with what helps" {
	host iptables-legacy -P FORWARD DROP
	put one open
	assert_match "$stderr" 'iptables-legacy has a table filter here; if its chain FORWARD drops: iptables-legacy -I FORWARD'
	refute grep ip6tables-legacy <<<"$stderr"
	is_cut_off one 192.0.2.2
	pings one 2001:db8::2
	eval "host $(sed -n 's/.*drops: \(.*\); \(iptables.*\)/\1; host \2/p' <<<"$stderr")"
	pings one 192.0.2.2
	cni STATUS firewall <<<"$(conf 31-firewall . firewall | jq '.cniVersion = "1.1.0"')"
	assert_success
	assert_match "$stderr" 'iptables-legacy has a table filter here'
	take one
}

# ---- policies

@test "same-bridge: containers of one bridge reach each other, those of another bridge do not" {
	put one same-bridge
	put two same-bridge
	put three same-bridge "$OTHER"
	put four open '.bridge = "cni33" | .ipam.ranges = [[{subnet: "10.33.0.0/16"}], [{subnet: "fd00:10:33::/64"}]]'
	pings one "$ipv4_two"
	pings two "$ipv6_one"
	is_cut_off one "$ipv4_three"
	is_cut_off three "$ipv4_one"
	is_cut_off one "$ipv6_three"
	is_cut_off three "$ipv6_two"
	pings one "$ipv4_four"
	pings one 192.0.2.2
	pings three 2001:db8::2
	pings three "$(host ip -j -4 addr show cni32 | jq -r '.[].addr_info[0].local')"
	take three "$OTHER"
	take four
	take one
	take two
	assert_clean
}

@test "isolated: not even containers of one bridge reach each other" {
	put one isolated
	put two isolated
	put three isolated "$OTHER"
	is_cut_off one "$ipv4_two"
	is_cut_off two "$ipv6_one"
	is_cut_off one "$ipv4_three"
	is_cut_off three "$ipv6_one"
	pings one 192.0.2.2
	pings two 2001:db8::2
	# Nor by way of the gateway.
	in_container one ip route add "$ipv4_two/32" via "$(host ip -j -4 addr show cni31 | jq -r '.[].addr_info[0].local')"
	is_cut_off one "$ipv4_two"
	assert_eq "$stderr" "" "stderr of ADD"
}

@test "a container's policy follows the configuration, and goes with the last one" {
	put one isolated
	put two isolated
	is_cut_off one "$ipv4_two"
	add firewall <<<"$(guard same-bridge)"
	is_cut_off one "$ipv4_two"
	use_container one
	result=$(jq --arg ip "$ipv4_one" '.ips[0].address = $ip + "/16"' <<<"$result")
	result=$(jq --arg ip "$ipv6_one" '.ips[1].address = $ip + "/64"' <<<"$result")
	add firewall <<<"$(guard same-bridge)"
	pings one "$ipv4_two"
	pings two "$ipv6_one"
	for name in one two; do
		use_container "$name"
		del firewall <<<"$(conf 31-firewall . firewall)"
	done
	assert_eq "$(host nft list tables | grep -c cni_firewall)" 0 "tables of ours"
}

@test "a policy, backend or chain that cannot be had is refused before anything is done" {
	load_docker
	attach one
	snapshot_host
	cni ADD firewall <<<"$(guard nonsense)"
	assert_error 7 'unknown ingress policy: "nonsense"'
	cni ADD firewall <<<"$(guard open '.backend = "firewalld"')"
	assert_error 11 'backend "firewalld": the system'"'"'s message bus cannot be asked: no such file or directory'
	cni ADD firewall <<<"$(guard open '.iptablesAdminChainName = "CNI-FORWARD"')"
	assert_error 7 'iptablesAdminChainName: "CNI-FORWARD"'
	cni ADD firewall <<<"$(guard same-bridge '.prevResult.interfaces = []')"
	assert_error 7 'the first interface of prevResult must be the bridge'
	cni ADD firewall <<<"$(conf 31-firewall . firewall)"
	assert_error_is 999 "missing prevResult from earlier plugin"
	assert_unchanged
}

@test "an unknown backend is told, iptables means the native form" {
	attach one
	add firewall <<<"$(guard open '.backend = "ebtables"')"
	assert_match "$stderr" 'backend "ebtables" is unknown and means none'
	add firewall <<<"$(guard open '.backend = "iptables" | .firewalldZone = "home"')"
	assert_eq "$stderr" ""
}

# As the reference's tests have it: an interface that is no bridge, two addresses, keys that nobody reads.
@test "any interface, in each version: the result comes back, and the rules are the reference's" {
	local version c

	load_docker
	new_container one
	for version in 0.4.0 1.0.0 1.1.0; do
		c=$(jq -n --arg v "$version" '{cniVersion: $v, name: "test", type: "firewall", backend: "iptables", ifName: "dummy0", prevResult: {
			cniVersion: $v, interfaces: [{name: "dummy0"}], ips: [{address: "10.0.0.2/24", interface: 0}, {address: "2001:db8:1:2::1/64", interface: 0}]}
			} | if $v == "0.4.0" then .prevResult.ips[0].version = "4" | .prevResult.ips[1].version = "6" else . end')
		add firewall <<<"$c"
		assert_eq "$(jq -S 'del(.dns)' <<<"$stdout")" "$(jq -S .prevResult <<<"$c")" "the result"
		add firewall <<<"$c"
		check firewall <<<"$c"
		[[ $version == 1.1.0 ]] || reference CHECK "$c"
		assert_eq "$(host iptables-nft -S CNI-FORWARD | grep -c -- "10.0.0.2/32")" 3 "rules of IPv4"
		assert_eq "$(host ip6tables-nft -S CNI-FORWARD | grep -c -- "2001:db8:1:2::1/128")" 3 "rules of IPv6"
		del firewall <<<"$c"
		assert_unchanged
	done
}

@test "versions are those of the reference" {
	assert_eq "$(host env CNI_COMMAND=VERSION "$BIN/firewall" <<<'{"cniVersion": "1.0.0"}' | jq -c .supportedVersions)" \
		'["0.4.0","1.0.0","1.1.0"]'
	new_container one
	cni ADD firewall <<<"$(conf 31-firewall '.cniVersion = "0.3.1"' firewall)"
	assert_error 1 "incompatible CNI versions"
}

# ---- the other verbs

@test "CHECK finds what is missing and changes nothing" {
	load_docker
	put one isolated
	c=$(guard isolated)
	host nft list ruleset >"$BATS_TEST_TMPDIR/rules"
	check firewall <<<"$c"
	assert_eq "$(host nft list ruleset)" "$(cat "$BATS_TEST_TMPDIR/rules")" "the ruleset"
	for break in \
		"iptables-nft -D CNI-FORWARD -s $ipv4 -j ACCEPT" \
		"iptables-nft -D CNI-FORWARD 2" \
		"ip6tables-nft -D CNI-FORWARD 4" \
		"iptables-nft -D FORWARD 1" \
		"ip6tables-nft -D CNI-FORWARD 1" \
		"nft delete element inet cni_firewall isolated-cni31-ipv4 { $ipv4 }" \
		"nft flush chain inet cni_firewall others" \
		"nft flush chain inet cni_firewall forward" \
		"nft flush chain bridge cni_firewall forward" \
		"nft delete table bridge cni_firewall" \
		"nft delete table inet cni_firewall"; do
		# shellcheck disable=SC2086 # words
		host $break
		host nft list ruleset >"$BATS_TEST_TMPDIR/rules"
		cni CHECK firewall <<<"$c"
		assert_error 104
		assert_eq "$(host nft list ruleset)" "$(cat "$BATS_TEST_TMPDIR/rules")" "the ruleset after: $break"
		add firewall <<<"$c"
		check firewall <<<"$c"
	done
	cni CHECK firewall <<<"$(guard same-bridge)"
	assert_error 104
}

@test "a dropping FORWARD that comes later is what CHECK finds and ADD heals" {
	put one open
	check firewall <<<"$(guard open)"
	load_docker
	cni CHECK firewall <<<"$(guard open)"
	assert_error 104 "nothing in chain FORWARD of table ip filter leads to chain CNI-FORWARD"
	add firewall <<<"$(guard open)"
	pings one 192.0.2.2
}

@test "DEL goes by owner: the address may be another's by now" {
	load_docker
	attach one
	add firewall <<<"$(guard open)"
	old=$(guard open)
	new_container two
	add firewall <<<"$old"
	use_container one
	del firewall <<<"$old"
	host iptables-nft -C CNI-FORWARD -s "$ipv4" -j ACCEPT
	use_container two
	check firewall <<<"$old"
	netns='' del firewall <<<"$(conf 31-firewall '.ingressPolicy = 7 | .backend = []' firewall)"
	refute host iptables-nft -C CNI-FORWARD -s "$ipv4" -j ACCEPT
}

@test "GC removes what the runtime does not know" {
	load_docker
	put one isolated
	put two isolated
	c=$(conf 31-firewall '.cniVersion = "1.1.0" | .["cni.dev/valid-attachments"] = [{containerID: "two", ifname: "eth0"}]' firewall)
	cni GC firewall <<<"$c"
	assert_success
	refute host iptables-nft -C CNI-FORWARD -s "$ipv4_one" -j ACCEPT
	check firewall <<<"$(guard isolated)"
	refute host nft get element inet cni_firewall isolated-cni31-ipv4 "{ $ipv4_one }"
	cni GC firewall <<<"$(jq '.["cni.dev/valid-attachments"] = []' <<<"$c")"
	assert_success
	assert_eq "$(host nft list ruleset | grep -c 'CNI-\|cni_firewall')" 0 "what is left"
}

@test "our ruleset can be saved and loaded again, with nft and with iptables" {
	load_docker
	put one isolated
	c=$(guard isolated)
	for family in inet bridge; do
		host nft list table $family cni_firewall >"$BATS_TEST_TMPDIR/$family"
		host nft delete table $family cni_firewall
		host nft -f "$BATS_TEST_TMPDIR/$family"
	done
	host iptables-nft-save >"$BATS_TEST_TMPDIR/iptables"
	host iptables-nft-restore <"$BATS_TEST_TMPDIR/iptables"
	check firewall <<<"$c"
	del firewall <<<"$c" # what iptables loads tells no owner: the result does
	refute host iptables-nft -C CNI-FORWARD -s "$ipv4" -j ACCEPT
	assert_eq "$(host nft list tables | grep -c cni_firewall)" 0 "tables of ours"
}

@test "STATUS is fine here, and says when nftables are not" {
	cni STATUS firewall <<<"$(conf 31-firewall '.cniVersion = "1.1.0"' firewall)"
	assert_success
	assert_eq "$stderr" ""
	host nft 'add table inet cni_firewall; add chain inet cni_firewall forward { type filter hook input priority 0; }'
	cni STATUS firewall <<<"$(conf 31-firewall '.cniVersion = "1.1.0"' firewall)"
	assert_error 50 "cni_firewall"
}

# ---- beside the reference

# reference VERB CONFIGURATION
reference() {
	host env CNI_COMMAND="$1" CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$REFERENCE_BIN" \
		"$REFERENCE_BIN/firewall" <<<"$2" >/dev/null
}

@test "what the reference made is checked and removed" {
	load_docker
	attach one
	c=$(guard open)
	reference ADD "$c"
	check firewall <<<"$c"
	del firewall <<<"$c"
	assert_eq "$(host iptables-nft -S | grep -c -- "$ipv4")" 0 "rules of IPv4"
	assert_eq "$(host ip6tables-nft -S | grep -c -- "$ipv6")" 0 "rules of IPv6"
}

@test "what we made the reference checks and removes, but for what only we have" {
	load_docker
	put one open
	c=$(guard open)
	reference CHECK "$c"
	reference DEL "$c"
	refute host iptables-nft -C CNI-FORWARD -s "$ipv4" -j ACCEPT
	refute host iptables-nft -C CNI-FORWARD -d "$ipv4" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	del firewall <<<"$c"
	del bridge <<<"$(conf 31-firewall)"
	assert_clean
}

@test "what the reference made for an address is taken over" {
	load_docker
	attach one
	c=$(guard open)
	reference ADD "$c"
	add firewall <<<"$c"
	assert_eq "$(host iptables-nft -S | grep -c -- "-s $ipv4/32 -j ACCEPT")" 1 "rules"
	assert_eq "$(host iptables-nft -S | grep -c -- "-j CNI-FORWARD")" 1 "jumps"
	reference CHECK "$c"
	del firewall <<<"$(conf 31-firewall . firewall)"
	assert_eq "$(host iptables-nft -S | grep -c -- "$ipv4")" 0 "rules"
}
