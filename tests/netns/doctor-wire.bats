#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What cnitool doctor learns by asking: name servers from inside the containers, and on the bridges who has an address.

load helpers
load cnitool
load doctor

setup() {
	setup_tool
	server=
	network n '.plugins[1].ipam.ranges += [[{subnet: "fd00:9::/64"}]]'
	new_container red
	in_container red ip link set lo up
}

teardown() {
	local pid

	for pid in $server ${inhabitant:-}; do
		kill "$pid" 2>/dev/null || true
	done
	teardown_tool
}

# name_server ADDRESS [CODE]: answers in the host, or not at all with the CODE pass.
name_server() {
	: >"$BATS_TEST_TMPDIR/server"
	host /usr/bin/python3 -IS - "$1" "${2:-s.sendto(q[:2] + bytes([0x80]) + q[3:], who)}" >"$BATS_TEST_TMPDIR/server" 3>&- <<-'END' &
		import socket, sys
		s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		s.bind((sys.argv[1], 53))
		print("ready", flush=True)
		while True:
		    q, who = s.recvfrom(512)
		    exec(sys.argv[2])
	END
	server="$server $!"
	wait_until 30 grep -q ready "$BATS_TEST_TMPDIR/server"
}

@test "a name server that the container was told" {
	local before

	network n '.plugins[1] += {dns: {nameservers: ["10.9.0.1", "fd00:9::1"]}} | .plugins[1].ipam.ranges += [[{subnet: "fd00:9::/64"}]]'
	tool_ok add n "$netns"
	name_server fd00:9::1
	advised dns-unreachable "the name server 10.9.0.1 does not answer red"
	assert_json '.[0].advice | contains($text)' true --arg text "it stands in what its ADD was told"
	# One that hears and says nothing is waited for, but not for long.
	name_server 10.9.0.1 pass
	before=$(now_ms)
	advised dns-unreachable "the name server 10.9.0.1 does not answer red"
	assert_json '.[0].advice | contains($text)' true --arg text "it stands in what its ADD was told"
	(($(now_ms) - before < 30000)) || fail_because "it took $(($(now_ms) - before)) ms"
	# metrics asks nobody.
	tool_ok metrics
	refute grep -q dns-unreachable "$stdout_file"
	kill "${server##* }"
	wait "${server##* }" || true
	name_server 10.9.0.1
	healthy
}

@test "a name server that is another one now" {
	local names line hand

	make_row_tools
	tool_ok add n "$netns"
	name_server fd00:9::1
	while IFS='|' read -r names line hand <&4; do
		row "$names" "$line" "$hand"
	done 4<<'END'
dns-unreachable|configure '.plugins[1].dns.nameservers = ["10.9.0.1"]'; cnitool del n /run/netns/red; cnitool add n /run/netns/red|configure '.plugins[1].dns.nameservers = ["fd00:9::1"]'; cnitool del n /run/netns/red; cnitool add n /run/netns/red
END
}

# The container's own root is a folder of this test.
inhabit() {
	root=$BATS_TEST_TMPDIR/root
	mkdir -p "$root/etc" "$root/run"
	: >"$BATS_TEST_TMPDIR/inhabitant"
	in_container red /usr/bin/python3 -IS -c 'import os, signal, sys; os.chroot(sys.argv[1]); os.chdir("/"); print("in", flush=True); signal.pause()' \
		"$root" >"$BATS_TEST_TMPDIR/inhabitant" 3>&- &
	inhabitant=$!
	wait_until 30 grep -q in "$BATS_TEST_TMPDIR/inhabitant"
}

@test "the name servers of the container's own resolv.conf, and nothing that it makes of that file" {
	tool_ok add n "$netns"
	inhabit
	healthy
	# The link ends in the container, not on the host, where there is another file.
	mkdir -p /run/resolver
	echo 'nameserver 10.9.0.1' >/run/resolver/conf
	ln -s /run/resolver/conf "$root/etc/resolv.conf"
	healthy
	mkdir "$root/run/resolver"
	printf 'search a.b\nnameserver\nnameserver x\nnameserver\t10.9.0.1 \r\n' >"$root/run/resolver/conf"
	advised dns-unreachable "the name server 10.9.0.1 does not answer red"
	assert_json '.[0].advice | contains($text)' true --arg text "it stands in the container's /etc/resolv.conf"
	name_server 10.9.0.1
	healthy
	rm "$root/etc/resolv.conf"
	mkfifo "$root/etc/resolv.conf"
	healthy
	rm "$root/etc/resolv.conf"
	ln -s ../../../../../../run/resolver/conf "$root/etc/resolv.conf"
	rm "$root/run/resolver/conf"
	healthy
	rm -r /run/resolver
}

# far ADDRESS…: behind a switch of somebody else on a port of the bridge. Gives far's MAC in $mac.
far() {
	local address

	ip netns add lan
	ip netns add far
	host ip link add cable type veth peer name eth0 netns lan
	host ip link set cable up master br0
	ip -n lan link add br9 type bridge
	ip -n lan link set br9 up
	ip -n lan link set eth0 up master br9
	ip -n lan link add p9 type veth peer name eth0 netns far
	ip -n lan link set p9 up master br9
	in_container far sysctl -qw net.ipv6.conf.eth0.accept_dad=0
	for address in "$@"; do
		ip -n far addr add "$address" dev eth0
	done
	ip -n far link set eth0 up
	mac=$(ip -n far -j link show eth0 | jq -r '.[0].address')
}

found_deep() {
	tool doctor n --deep --json
	assert_eq "$(jq -c '[.[] | select(.name == "address-double").what] | sort' "$stdout_file")" "$1" "what answers"
}

@test "--deep asks the bridge who has the addresses, of both families" {
	tool_ok add n "$netns"
	tool_ok doctor n --deep
	assert_eq "$stdout" "n: nothing found" "what doctor says"
	far 10.9.0.2/24 fd00:9::2/64
	healthy
	wait_until 10 in_container far ping -qc 1 -W 1 10.9.0.1
	found_deep "[\"$mac answers on br0 for 10.9.0.2, which is that of eth0 in red\",\"$mac answers on br0 for fd00:9::2, which is that of eth0 in red\"]"
	ip -n far addr flush dev eth0
	ip -n far addr add 10.9.0.1/24 dev eth0
	ip -n far addr add fd00:9::1/64 dev eth0 nodad
	found_deep "[\"$mac answers on br0 for 10.9.0.1, which is that of br0 in host\",\"$mac answers on br0 for fd00:9::1, which is that of br0 in host\"]"
	ip -n far addr flush dev eth0
	tool_ok doctor n --deep
}

@test "an interface that can be seen is told once" {
	tool_ok add n "$netns"
	new_container blue
	host ip link add p0 type veth peer name eth0 netns blue
	host ip link set p0 up master br0
	ip -n blue addr add 10.9.0.2/24 dev eth0
	ip -n blue link set eth0 up
	found_deep '["eth0 in blue has the address 10.9.0.2/24, which is that of eth0 in red"]'
}
