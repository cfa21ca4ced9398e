#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool as a room to learn in: containers by their names, wishes, a prompt, and the way back to an empty host.

load helpers
load cnitool

setup() {
	setup_tool
	network n
	network m '.plugins[1] += {bridge: "br1", isDefaultGateway: false, isGateway: true} |
		.plugins[1].ipam.ranges = [[{subnet: "10.10.0.0/24"}]]'
}

teardown() {
	teardown_tool
}

@test "exec: by name, path and id; its status is the command's" {
	local id

	new_container red
	tool_ok add n "$netns"
	tool_ok exec red -- ip -j addr show eth0
	assert_json '.[0].addr_info[0].local' '"10.9.0.2"'
	tool_ok exec /run/netns/red ip -j addr show eth0
	id=$(jq -r .containerId "$CACHE"/*)
	tool_ok exec "$id" ip -j addr show eth0
	assert_json '.[0].addr_info[0].local' '"10.9.0.2"'
	tool exec red -- sh -c 'exit 7'
	assert_eq "$status" 7 "exit status"
	tool exec red nosuch
	assert_eq "$status $stderr" "127 cannot run nosuch: no such file or directory" "status and stderr"
	tool_fails 'no container has the name or the id "blue"' exec blue true
}

@test "exec and run: the prompt, the variables and show say where one is" {
	ip netns add red
	tool_environment=(SHELL=/usr/bin/env)
	tool_ok exec red
	grep -qF 'PS1=(red) # ' "$stdout_file"
	grep -qxF "NETCONFPATH=$conf_dir" "$stdout_file"
	grep -qxF "CNI_PATH=$cni_path" "$stdout_file"
	tool_ok run -n box n -- "$cnitool" show
	[[ $stdout == "(seen from inside of box, which is called host here; what is outside cannot be seen)"* ]]
	tool_ok show
	[[ $stdout == host* ]]
}

@test "run: an address and a MAC that are wished for" {
	tool_ok run --ip 10.9.0.50 --mac 02:00:00:00:00:50 n -- ip -j addr show eth0
	assert_json '.[0] | [.address, .addr_info[0].local]' '["02:00:00:00:00:50", "10.9.0.50"]'
	tool run --ip 10.9.9.50 n true
	assert_eq "$status" 1 "exit status"
}

@test "connect and disconnect: one more network, the next free interface" {
	ip netns add red
	tool_ok connect n red
	tool_ok connect m red
	tool_ok exec red ip -j addr
	assert_json 'map(select(.ifname | test("eth"))) | map([.ifname, .addr_info[0].local])' \
		'[["eth0", "10.9.0.2"], ["eth1", "10.10.0.2"]]'
	tool_ok disconnect m red
	tool_ok exec red ip -j addr
	assert_json 'map(.ifname)' '["lo", "eth0"]'
	tool_fails 'red is not attached to network "m"' disconnect m red
}

@test "exec, disconnect, doctor: other paths of the same namespace are it, too" {
	network n '.plugins[1].dns = {nameservers: ["10.9.0.53"]}'
	new_container red
	ln -s /run/netns "$BATS_TEST_TMPDIR/netns"
	tool_ok add n "$BATS_TEST_TMPDIR/netns/red"
	tool_ok exec red -- cat /etc/resolv.conf
	assert_eq "$stdout" "nameserver 10.9.0.53" "names"
	host ip link set br0 down
	tool doctor n --netns /run/netns/red
	grep -q 'br0' "$stdout_file"
	host ip link set br0 up
	tool_ok disconnect n red
	refute in_container red ip link show eth0
}

@test "disconnect, readd: the path of a process that has ended is no other container's" {
	local pid

	network n
	new_container red
	new_container blue
	tool_ok add n /run/netns/red
	in_container blue sleep 100 3>&- &
	wait_until 10 pgrep -x sleep
	pid=$(pgrep -x sleep)
	sed -i "s|/run/netns/red|/proc/$pid/ns/net|g" "$CACHE"/*
	tool_fails 'no attachment of /run/netns/blue to network "n" is cached' readd n /run/netns/blue
	tool_ok connect n blue
	tool_ok disconnect n blue
	assert_eq "$(leased) $(cached_files)" "1 1" "leases and cached results"
	tool_fails 'blue is not attached to network "n"' disconnect n blue
}

@test "rm: nothing of the network is left, and what others use stays" {
	ip netns add red
	tool_ok connect n red
	tool_ok connect m red
	host ip link add foreign type veth peer name far
	host ip link set foreign master br1
	tool_ok rm n
	refute host ip link show br0
	assert_eq "$(leased) $(cached_files)" "1 1" "leases and cached results"
	tool_ok rm m
	host ip link show br1 >/dev/null
	host ip link delete foreign
	tool_ok rm m
	refute host ip link show br1
	assert_eq "$(leased) $(cached_files) $(host nft list ruleset)" "0 0 " "leases, cached results and rules"
	host ip link add br0 type bridge
	tool_ok rm n
	host ip link show br0 >/dev/null
	tool_fails 'no net configuration with name "x"' rm x
}

@test "ps: by network, then by container" {
	for name in red blue green; do
		ip netns add "$name"
		tool_ok connect n "$name"
		tool_ok connect m "$name"
	done
	tool_ok ps --json
	assert_json 'map([.network, .netns]) == (map([.network, .netns]) | sort)' true
}

@test "run and exec: names are looked up as the result of the ADD says, and on the host as before" {
	local before

	before=$(</etc/resolv.conf)
	network n '.plugins[1].dns = {nameservers: ["10.9.0.53", "bad\nserver"], domain: "example.net", search: ["a.example", "b.example"],
		options: ["ndots:2"]}'
	network plain '.plugins[1].bridge = "br1" | .plugins[1].ipam.ranges = [[{subnet: "10.10.0.0/24"}]]'
	tool_ok run n -- cat /etc/resolv.conf
	assert_eq "$stdout" "nameserver 10.9.0.53"$'\n'"domain example.net"$'\n'"search a.example b.example"$'\n'"options ndots:2"
	tool_ok run plain,n -- cat /etc/resolv.conf
	[[ $stdout == "nameserver 10.9.0.53"* ]]
	tool_ok run plain -- cat /etc/resolv.conf
	assert_eq "$stdout" "$before"
	new_container red
	tool_ok add n /run/netns/red
	tool_ok exec red -- sh -c 'cat /etc/resolv.conf; mount -t tmpfs none /mnt'
	[[ $stdout == "nameserver 10.9.0.53"* ]]
	refute mountpoint -q /mnt
	assert_eq "$(</etc/resolv.conf)" "$before"
	tool exec red -- /nosuch
	[[ $status == 127 && $stderr == *"cannot run /nosuch"* ]]
	tool exec red -- sh -c 'exit 7'
	[[ $status == 7 ]]
	tool exec red -- sh -c 'kill -TERM $$'
	[[ $status == 143 ]]
	assert_eq "$(find /run -maxdepth 1 -name 'cnitool-resolv*')" "" "files"
}
