#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ovs on the kernel's datapath, for which this needs a kernel with that module. What does not depend on the datapath is in
# tests/netns/ovs.bats.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

DATAPATH=system
load ../netns/helpers
load ../netns/ovs

setup() {
	setup_host
	start_switch
}

teardown() {
	stop_switch
	teardown_host
}

reaches() {
	in_container "$1" ping -c 1 -W 3 "$2" >/dev/null
}

host_end() {
	jq -r '.interfaces[0].name' <<<"$stdout"
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
	add ovs <<<"$(jq '{cniVersion, type, socket_file, bridge, name: "trunk", trunk: [{id: 10}]}' <<<"$c")"
	in_container trunk ip link add link eth0 name eth0.10 type vlan id 10
	in_container trunk ip addr add 10.46.0.8/16 dev eth0.10
	in_container trunk ip link set eth0.10 up
	reaches trunk 10.46.0.2
	for name in one two; do
		use_container "$name"
		del ovs <<<"$c"
	done
	assert_eq "$(vsctl --bare --columns=name find port external_ids:cni-network=switch)" ""
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

	c=$(ovs_conf '{cniVersion, name, type, socket_file, bridge: "br0", ipam: {type: "static", addresses: [{address: "192.0.2.1/24"}]}}')
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
	assert_eq "$(host ip -j link | jq '[.[] | select(.ifname | startswith("veth"))] | length')" 0
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
