#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ovs on the kernel's datapath, for which this needs a kernel with that module. What does not depend on the datapath is in
# tests/netns/ovs.bats.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

DATAPATH=system
SWITCH_MS=6000
load ../netns/helpers
load ../netns/ovs

setup() {
	setup_with_switch
}

teardown() {
	teardown_with_switch
}

# sends NAME ADDRESS: 3 MB arrive there by TCP.
sends() {
	nsenter --net="/run/netns/$1" timeout 20 socat -u TCP-LISTEN:5000 "OPEN:$BATS_TEST_TMPDIR/got,creat,trunc" 3>&- &
	wait_until 5 in_container "$1" sh -c 'grep -q ":1388 .* 0A " /proc/net/tcp'
	head -c 3000000 /dev/zero | in_container "$2" timeout 20 socat -u - "TCP:$3:5000"
	wait $!
	[[ $(stat -c %s "$BATS_TEST_TMPDIR/got") == 3000000 ]]
}

@test "ovs, kernel datapath: addresses, gateway, VLANs, trunk, TCP" {
	local c

	c=$(ovs_conf)
	new_container one
	add ovs <<<"$c"
	check ovs <<<"$(with_result "$c")"
	new_container two
	add ovs <<<"$c"
	reaches two 10.46.0.2
	reaches two fd00:10:46::2
	reaches two 10.46.0.1
	reaches two fd00:10:46::1
	sends one two 10.46.0.2
	new_container apart
	add ovs <<<"$(jq 'del(.ipMasq, .isDefaultGateway) | .name = "apart" | .vlan = 11 | .ipam = {type: "static", addresses: [{address: "10.46.0.9/16"}]}' <<<"$c")"
	refute in_container apart ping -c 1 -W 1 10.46.0.2
	new_container trunk
	add ovs <<<"$(jq '{cniVersion, type, socket_file, link_state_check_interval, bridge, name: "trunk", trunk: [{id: 10}]}' <<<"$c")"
	in_container trunk ip link add link eth0 name eth0.10 type vlan id 10
	in_container trunk ip addr add 10.46.0.8/16 dev eth0.10
	in_container trunk ip link set eth0.10 up
	reaches trunk 10.46.0.2
	for name in one two; do
		use_container "$name"
		del ovs <<<"$c"
	done
	assert_eq "$(attached switch)" ""
}

@test "ovs, kernel datapath: the switch starts again under its ports and keeps the gateway" {
	local c

	c=$(ovs_conf)
	new_container one
	add ovs <<<"$c"
	one=$stdout
	end ovs-vswitchd
	start_vswitchd
	wait_until 10 reaches one 10.46.0.1
	check ovs <<<"$(with_result "$c" "$one")"
}

@test "ovs, kernel datapath: rows of dead links are replaced, CHECK sees another device" {
	local c r port

	c=$(ovs_conf '{cniVersion, name, type, socket_file, link_state_check_interval, bridge: "br0", ipam: {type: "static", addresses: [{address: "192.0.2.1/24"}]}}')
	new_bridge br0
	new_container other
	add ovs <<<"$(jq '.ipam.addresses[0].address = "192.0.2.2/24"' <<<"$c")"
	new_container one
	add ovs <<<"$c"
	ip netns delete one
	wait_until 5 refute host ip link show "$(host_end)"
	new_container one
	add ovs <<<"$c"
	r=$stdout port=$(host_end)
	reaches one 192.0.2.2
	check ovs <<<"$(with_result "$c")"
	vsctl del-port "$port"
	cni CHECK ovs <<<"$(with_result "$c" "$r")"
	assert_error 104 "the switch has no port $port"
	del ovs <<<"$c"
	use_container other
	vsctl del-br br0
	del ovs <<<"$c"
	assert_eq "$(host_ends)" 0
}

@test "ovs, kernel datapath: isolated ports reach the gateway only" {
	local c

	c=$(ovs_conf '.portIsolation = true')
	for name in one two; do
		new_container $name
		add ovs <<<"$c"
	done
	reaches two 10.46.0.1
	refute in_container two ping -c 1 -W 1 10.46.0.2
}

# frames NAME HEX…: sends these frames from a container's eth0, each three times.
frames() {
	in_container "$1" python3 -c '
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0))
for frame in sys.argv[1:] * 3:
    s.send(bytes.fromhex(frame).ljust(60, b"\0"))' "${@:2}"
}

# sees FILTER HEX: how many of the attacker's frames the victim sees before a ping that follows them.
sees() {
	local dump=$BATS_TEST_TMPDIR/dump pid

	: >"$dump"
	: >"$dump.2"
	nsenter --net=/run/netns/victim timeout 60 tcpdump -nn -i eth0 -l --immediate-mode "icmp[icmptype] == icmp-echo or ($1)" \
		>"$dump" 2>"$dump.2" 3>&- &
	pid=$!
	wait_until 20 grep -q listening "$dump.2"
	frames attacker "$2"
	reaches attacker 10.46.0.3
	wait_until 10 grep -aq 'echo request' "$dump"
	kill "$pid"
	grep -a '^[0-9]' "$dump" | grep -avc 'echo request' || true
}

attack() {
	local mac to=ffffffffffff own

	mac=$(in_container attacker ip -j link show eth0 | jq -r '.[0].address' | tr -d :)
	own=0a2e0002 # 10.46.0.2
	assert_eq "$(sees 'ether src 02:00:00:00:00:66' "${to}02000000006688b5")" "$1" "frames with another MAC"
	assert_eq "$(sees 'ether proto 0x88b5' "$to${mac}88b5")" "$2" "frames of another protocol"
	assert_eq "$(sees 'src host 10.46.0.66' "$to${mac}0800450000140000000040110000${own::6}420a2e0003")" "$2" "a stolen address"
	assert_eq "$(sees 'arp and src host 10.46.0.1' "$to${mac}0806000108000604000${3:-2}${mac}0a2e0001${mac}0a2e0003")" "$2" "ARP in the gateway's name"
	assert_eq "$(sees 'ether proto 0x86dd and ip6[40] == 134' "3333000000""01${mac}86dd6000000000103afffe80000000000000${mac::6}fffe${mac:6}ff02000000000000000000000000000186000000$(printf '0%.0s' {1..24})")" "$2" "router advertisements"
}

# A victim 10.46.0.3 beside the attacker 10.46.0.2, whose configuration FILTER changes.
new_pair() {
	new_container attacker
	add ovs <<<"$(ovs_conf "$1")"
	result=$stdout
	new_container victim
	add ovs <<<"$(ovs_conf)"
	use_container attacker
}

@test "ovs, kernel datapath: what macspoofchk and ipspoofchk stop arrives without them" {
	new_pair .
	attack 3 3
	add_checked() {
		ovs_conf '.macspoofchk = true | .ipspoofchk = true'
	}
	del ovs <<<"$(ovs_conf)"
	use_container victim
	del ovs <<<"$(ovs_conf)"
	rm -rf "$data_dir"
	ip netns delete attacker
	ip netns delete victim
	new_pair '.macspoofchk = true | .ipspoofchk = true'
	attack 0 0
	reaches attacker 10.46.0.3
	reaches attacker fd00:10:46::3
	reaches victim fd00:10:46::2
	reaches attacker 10.46.0.1
	reaches attacker fd00:10:46::1
	check ovs <<<"$(with_result "$(add_checked)" "$result")"
	# The checks need no switch that runs.
	end ovs-vswitchd
	start_vswitchd
	wait_until 10 reaches attacker 10.46.0.3
	attack 0 0
	table=$(host nft -j list tables | jq -r '.nftables[].table? | select(.family == "netdev").name')
	host nft delete chain netdev "$table" ingress
	cni CHECK ovs <<<"$(with_result "$(add_checked)" "$result")"
	assert_error 104 "has no spoof check"
	del ovs <<<"$(ovs_conf)"
	assert_eq "$(host nft -j list tables | jq '[.nftables[].table? | select(.family == "netdev")] | length')" 0
}

@test "ovs, kernel datapath: GC removes the checks of who is forgotten" {
	local c

	c=$(ovs_conf '.macspoofchk = true')
	for name in keep go; do
		new_container $name
		add ovs <<<"$c"
	done
	assert_eq "$(host nft list ruleset | grep -c 'table netdev cni_port_')" 2
	cni GC ovs <<<"$(jq '."cni.dev/valid-attachments" = [{containerID: "keep", ifname: "eth0"}]' <<<"$c")"
	assert_success
	assert_eq "$(host nft list ruleset | grep -c 'table netdev cni_port_')" 1
	host nft list ruleset | grep -q 'comment "switch/keep/eth0"'
}
