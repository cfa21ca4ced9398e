#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The virtual machine's kernel has what the other files here test.

setup() {
	ip netns add k
}

teardown() {
	ip netns delete k
}

k() {
	ip netns exec k "$@"
}

@test "a bridge filters VLANs" {
	k ip link add br0 type bridge vlan_filtering 1
	k ip link add v0 type veth peer name v1
	k ip link set v0 master br0
	k bridge vlan add dev v0 vid 100 pvid untagged
	k bridge -j vlan show dev v0 | jq -e '.[0].vlans | map(select(.vlan == 100)) | .[0].flags | index("PVID")'
}

@test "kinds of links" {
	k ip link add d0 type dummy
	k ip link add d0.7 link d0 type vlan id 7
	k ip link add i0 link d0 type ipvlan mode l2
	k ip link add d1 type dummy
	k ip link add m0 link d1 type macvlan mode bridge
	k ip link add vrf0 type vrf table 10
	k ip link set d0.7 master vrf0
}

@test "nf_tables loads its modules when asked" {
	k nft add table inet t
	k nft add chain inet t c '{ type nat hook postrouting priority 100; }'
	k nft add set inet t s '{ type ipv4_addr; }'
	k nft add rule inet t c ip saddr @s meta nfproto ipv4 masquerade
	k nft add table bridge b
}

@test "modules that have to be asked for" {
	modprobe -a br_netfilter overlay openvswitch sch_ingress
	[[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]]
}
