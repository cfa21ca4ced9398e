#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool doctor and the filters of the host, in nftables, iptables-nft and iptables-legacy: what drops the packets of
# containers is named, and its fix lets them pass; what lets them pass, in whatever words, is not blamed.

load helpers
load cnitool
load doctor

setup() {
	setup_tool
	network n '.plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	new_outside
	new_container red
	in_container red ip link set lo up
	add_with_port
	new_container blue
	in_container blue ip link set lo up
	tool_ok add n "$netns"
	host sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0
	wait_until 5 reaches outside
}

teardown() {
	teardown_tool
}

# Others stand for what the finding is about.
reaches() {
	case $1 in
	outside) in_container red ping -qc 1 -W 0.3 192.0.2.2 ;;
	gateway) in_container red ping -qc 1 -W 0.3 10.9.0.1 ;;
	sibling) in_container red ping -qc 1 -W 0.3 10.9.0.3 ;;
	esac >/dev/null
}

forget_rules() {
	local tool

	for tool in iptables-legacy ip6tables-legacy; do
		host "$tool" -P FORWARD ACCEPT
		host "$tool" -P INPUT ACCEPT
		host "$tool" -F
		host "$tool" -X
	done
	host nft list tables | grep -v ' cni_' | while read -r _ family name; do
		host nft delete table "$family" "$name"
	done
}

readonly FORWARD='add chain ip filter FORWARD { type filter hook forward priority 0; policy'
readonly INPUT='add chain inet filter input { type filter hook input priority 0; policy'

# bats test_tags=night
@test "what the host's filters drop is named, and the fix lets it pass" {
	local names whom line

	while IFS='|' read -r names whom line; do
		host bash -ec "$line" || fail_because "cannot be broken: $line"
		[[ $whom == - ]] || ! reaches "$whom" || fail_because "it passes: $line"
		# shellcheck disable=SC2086 # names are words
		doctor_names $names
		noted "$line"
		paste
		healthy
		[[ $whom == - ]] || wait_until 5 reaches "$whom" || fail_because "it does not pass: $line"
		forget_rules
		host sysctl -qw net.bridge.bridge-nf-call-iptables=0
	done <<END
forward-drop port-drop|outside|nft 'add table ip filter; $FORWARD drop; }'
forward-drop|outside|nft 'add table ip filter; $FORWARD accept; }; add rule ip filter FORWARD iifname "br0" drop'
forward-drop|outside|nft 'add table ip filter; $FORWARD accept; }; add rule ip filter FORWARD ip saddr 10.9.0.0/24 reject'
forward-drop port-drop|outside|nft 'add table ip filter; $FORWARD drop; }; add rule ip filter FORWARD iifname "br0" accept'
forward-drop port-drop|outside|nft 'add table ip filter; $FORWARD drop; }; add rule ip filter FORWARD ct state established,related accept'
forward-drop|outside|nft 'add table inet f; add set inet f s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; }; add chain inet f c { type filter hook forward priority 5; }; add rule inet f c ip saddr @s counter drop'
forward-drop|outside|nft 'add table inet f; add chain inet f other; add chain inet f c { type filter hook forward priority 5; }; add rule inet f c ct state vmap { established : accept, related : accept, new : jump other }; add rule inet f other oifname "uplink" log drop'
forward-drop port-drop|outside|iptables-nft -P FORWARD DROP; iptables-nft -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
forward-drop|outside|iptables-nft -A FORWARD -o uplink -m comment --comment hello -j REJECT
forward-drop port-drop|outside|iptables-legacy -P FORWARD DROP
forward-drop|outside|iptables-legacy -N inner; iptables-legacy -A inner -j DROP; iptables-legacy -A FORWARD -i br0 ! -o br0 -j inner
forward-drop port-drop|outside|iptables-legacy -P FORWARD DROP; iptables-legacy -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
port-drop|-|nft 'add table ip filter; $FORWARD accept; }; add rule ip filter FORWARD tcp dport 80 drop'
port-drop|-|iptables-legacy -P FORWARD DROP; iptables-legacy -A FORWARD -i br0 -j ACCEPT; iptables-legacy -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
input-drop|gateway|nft 'add table inet filter; $INPUT drop; }'
input-drop|gateway|iptables-legacy -A INPUT -i br0 -j DROP
bridge-netfilter|sibling|sysctl -qw net.bridge.bridge-nf-call-iptables=1; nft 'add table ip filter; $FORWARD accept; }; add rule ip filter FORWARD iifname "br0" oifname "br0" drop'
bridge-netfilter|sibling|sysctl -qw net.bridge.bridge-nf-call-iptables=1; iptables-legacy -P FORWARD DROP; iptables-legacy -A FORWARD -i uplink -j ACCEPT; iptables-legacy -A FORWARD -o uplink -j ACCEPT
END
}

@test "filters that let containers pass are not blamed, whatever words they use" {
	local line

	while IFS= read -r line; do
		host bash -ec "$line" || fail_because "cannot be set up: $line"
		wait_until 5 reaches outside || fail_because "it does not pass: $line"
		tool doctor n
		assert_eq "$status $stdout" "0 n: nothing found" "what doctor says of $line"
		forget_rules
	done <<END
nft 'add table ip filter; $FORWARD drop; }; add rule ip filter FORWARD ip saddr 10.9.0.0/24 accept; add rule ip filter FORWARD ip daddr 10.9.0.0/24 accept'
nft 'add table ip filter; $FORWARD drop; }; add rule ip filter FORWARD ct state vmap { established : accept, related : accept }; add rule ip filter FORWARD oifname "uplink" accept; add rule ip filter FORWARD iifname "uplink" accept'
nft 'add table inet filter; $INPUT drop; }; add rule inet filter input meta l4proto { icmp, icmpv6 } accept'
nft 'add table ip filter; $FORWARD accept; }; add rule ip filter FORWARD iifname "br0" ip daddr 198.51.100.0/24 drop; add rule ip filter FORWARD tcp dport 25 reject'
nft 'add table ip filter; $FORWARD drop; }; add rule ip filter FORWARD meta mark != 7 accept'
iptables-nft -P FORWARD DROP; iptables-nft -A FORWARD -s 10.9.0.0/24 -j ACCEPT; iptables-nft -A FORWARD -d 10.9.0.0/24 -j ACCEPT
iptables-legacy -P FORWARD DROP; iptables-legacy -A FORWARD -s 10.9.0.0/24 -j ACCEPT; iptables-legacy -A FORWARD -d 10.9.0.0/24 -j ACCEPT
iptables-legacy -N inner; iptables-legacy -A inner -s 198.51.100.0/24 -j DROP; iptables-legacy -A FORWARD -j inner
END
}

@test "a filter of IPv6, and one that drops what comes by a ptp link" {
	tool_ok del n /run/netns/red
	tool_ok del n /run/netns/blue
	host ip link delete br0
	jq -n --arg dir "$data_dir" '{cniVersion: "1.1.0", name: "n", plugins: [{type: "loopback"},
		{type: "ptp", ipMasq: true, ipam: {type: "host-local", dataDir: $dir, routes: [{dst: "0.0.0.0/0"}, {dst: "::/0"}],
		 ranges: [[{subnet: "10.9.0.0/24"}], [{subnet: "fd00:9::/64"}]]}}]}' >"$conf_dir/n.conflist"
	tool_ok add n /run/netns/red
	host ip6tables-legacy -P FORWARD DROP
	doctor_names forward-drop
	assert_json '.[0].what' '"chain FORWARD of table ip6 filter (iptables-legacy) drops what containers behind veth* send to others, and the answers"'
	paste
	healthy
	host nft 'add table inet f; add chain inet f c { type filter hook forward priority 5; policy drop; }'
	doctor_names forward-drop
	paste
	healthy
}

@test "no table is made by looking" {
	healthy
	assert_eq "$(host cat /proc/net/ip_tables_names)" "" "tables of iptables-legacy"
}
