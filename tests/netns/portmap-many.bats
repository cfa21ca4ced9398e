#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# portmap with many ports and beside many connections: what that costs, and that a signal ends it.
#
# The limits of time are many times what a slow machine needs, and a fraction of what a loop within a loop takes.

load helpers

setup() {
	setup_host
	BIN=$PLAIN_BIN # a sanitizer's memory checks are no part of the cost
	PLUGIN_TIMEOUT=20
	id=web netns=/run/netns/none
	snapshot_host
}

# many COUNT PROTOCOL: that many ports, of both families.
many() {
	conf 20-kindnet '.cniVersion = "1.0.0" | .prevResult = {cniVersion, interfaces: [{name: "eth0", sandbox: "/run/netns/none"}],
			ips: [{interface: 0, address: "10.244.0.2/32"}, {interface: 0, address: "fd00:10:244::2/128"}]}
		| .runtimeConfig.portMappings = [range('"$1"') | {hostPort: (1001 + .), containerPort: 80, protocol: "'"$2"'"}]' portmap
}

map_elements() {
	host nft -j list map inet cni_portmap "$1" 2>/dev/null | jq '[.nftables[].map? | select(.) | .elem[]?] | length'
}

@test "thousands of ports, two families: ADD, again, CHECK and DEL" {
	c=$(many 3000 udp)
	add portmap <<<"$c"
	assert_eq "$(map_elements ports-ipv4) $(map_elements ports-ipv6)" "3000 3000"
	add portmap <<<"$c"
	check portmap <<<"$c"
	host nft delete element inet cni_portmap ports-ipv6 '{ udp . 2003 }'
	cni CHECK portmap <<<"$c"
	assert_error_is 104 "host port 2003/udp is not mapped to [fd00:10:244::2]:80"
	add portmap <<<"$c"
	check portmap <<<"$c"
	del portmap <<<"$c"
	assert_unchanged
}

@test "one port asked for twice among thousands is one, or an error when it leads to two" {
	c=$(many 3000 tcp | jq '.runtimeConfig.portMappings += .runtimeConfig.portMappings')
	add portmap <<<"$c"
	assert_eq "$(map_elements ports-ipv4) $(map_elements ports-ipv6)" "3000 3000"
	c=$(jq '.runtimeConfig.portMappings[5999].containerPort = 81' <<<"$c")
	cni ADD portmap <<<"$c"
	assert_error_is 7 "host port 4000/tcp is mapped to container port 80 and to 81"
}

@test "SIGTERM ends an ADD of thousands of ports with code 11, and nothing is left" {
	terminated ADD portmap <<<"$(many 10000 tcp)"
	assert_error 11 "cannot map ports: interrupted system call"
	assert_unchanged
}

@test "SIGTERM ends CHECK and DEL of thousands of ports, and the next DEL does all" {
	c=$(many 10000 tcp)
	add portmap <<<"$c"
	terminated CHECK portmap <<<"$c"
	assert_error 11
	terminated DEL portmap <<<"$c"
	assert_error 11
	assert_eq "$(map_elements ports-ipv4) $(map_elements ports-ipv6)" "10000 10000"
	del portmap <<<"$c"
	assert_unchanged
}

# ---- many connections

# flows COUNT FIRST-TWO-BYTES: tracked datagram flows from a pod to port 1001 of as many addresses.
flows() {
	local i

	for ((i = 0; i < $1; i++)); do
		echo "-I -p udp -s 10.244.0.9 -d $2.$((i >> 8)).$((i & 255)) --sport $((1024 + i % 60000)) --dport 1001 -t 600 -u SEEN_REPLY"
	done >"$BATS_TEST_TMPDIR/flows"
	host conntrack -R "$BATS_TEST_TMPDIR/flows" >/dev/null 2>&1
}

tracked() {
	host cat /proc/sys/net/netfilter/nf_conntrack_count
}

# traced VERB: sets $sent to how many messages the plugin sends.
traced() {
	host env -i CNI_COMMAND="$1" CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME="$ifname" CNI_PATH="$BIN" \
		strace -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto,sendmsg "$BIN/portmap" >/dev/null
	sent=$(wc -l <"$BATS_TEST_TMPDIR/calls")
}

# bats test_tags=night
@test "a pod's flows to a published port of other addresses cost ADD and DEL no questions" {
	many 1 udp | cni ADD portmap # tracking begins with the first rule
	host conntrack -I -p udp -s 10.244.0.9 -d 198.51.100.1 --sport 1000 --dport 1001 -t 600 -u SEEN_REPLY
	flows 20000 198.18
	assert_eq "$(tracked)" 20001 "how many flows there are"
	traced ADD <<<"$(many 1 udp)"
	((sent <= 50)) || fail_because "ADD: $sent messages beside 20,000 flows"
	traced DEL <<<"$(many 1 udp)"
	((sent <= 50)) || fail_because "DEL: $sent messages beside 20,000 flows"
	assert_eq "$(tracked)" 20001 "what is left of other addresses' flows"
}

# bats test_tags=night
@test "thousands of stale flows to the host's own addresses are forgotten, and none besides" {
	local size

	host ip route add local 127.1.0.0/16 dev lo
	host ip route add local 198.18.0.0/16 dev lo
	many 1 udp | cni ADD portmap
	many 1 udp | cni DEL portmap
	host nft -f - <<<'table inet tracking { chain c { type filter hook output priority 0; ct state new counter; }; }'
	host conntrack -I -p udp -s 10.244.0.9 -d 198.19.0.1 --sport 1000 --dport 1001 -t 600 -u SEEN_REPLY
	host conntrack -I -p udp -s 10.244.0.9 -d 198.18.0.1 --sport 1000 --dport 1002 -t 600 -u SEEN_REPLY
	flows 10000 198.18
	assert_eq "$(tracked)" 10002 "how many flows there are"
	add portmap <<<"$(many 1 udp)"
	assert_eq "$(tracked)" 2 "what is left"
	size=$(stat -c %s "$BIN/portmap")
	flows 10000 198.18
	# Requests for all of them at once would not fit.
	c=$(many 1 udp)
	(ulimit -v $((size / 1024 + 16000)) && add portmap <<<"$c")
	assert_eq "$(tracked)" 2 "what is left with little memory"
	host nft delete table inet tracking
}
