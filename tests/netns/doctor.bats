#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool doctor: a live network is broken on purpose; exactly that is named, its remedy works, and of a healthy network
# nothing is said.

load helpers
load cnitool
load doctor

setup() {
	setup_tool
	network n
	new_container red
	tool_ok add n "$netns"
}

teardown() {
	teardown_tool
}

# An outside host, and whether the container reaches it.
reaches_outside() {
	in_container red ping -qc 1 -W "${PING_SECONDS:-10}" 192.0.2.2
}

@test "a healthy network" {
	healthy
	new_container blue
	tool_ok add n "$netns"
	healthy
	tool_ok doctor n --netns "$netns"
	tool_ok del n "$netns"
	healthy
}

@test "a healthy dual-stack network, and ptp, and layer 2 with the check of MACs" {
	jq -n --arg dir "$data_dir" '{cniVersion: "1.1.0", name: "ds", plugins: [
		{type: "bridge", bridge: "br1", isDefaultGateway: true, ipMasq: true, ipam: {type: "host-local", dataDir: $dir,
		 ranges: [[{subnet: "10.8.0.0/24"}], [{subnet: "fd00:8::/64"}]]}}]}' >"$conf_dir/ds.conflist"
	jq -n --arg dir "$data_dir" '{cniVersion: "1.0.0", name: "p", plugins: [
		{type: "ptp", ipMasq: true, ipam: {type: "host-local", dataDir: $dir,
		 ranges: [[{subnet: "10.7.0.0/24"}]], routes: [{dst: "0.0.0.0/0"}]}}]}' >"$conf_dir/p.conflist"
	jq -n '{cniVersion: "1.0.0", name: "l2", plugins: [{type: "bridge", bridge: "br2", macspoofchk: true}]}' \
		>"$conf_dir/l2.conflist"
	for network in ds p l2; do
		new_container "on-$network"
		in_container "on-$network" ip link set lo up
		tool_ok add "$network" "$netns"
		tool_ok doctor "$network"
	done
}

@test "a network of which no interface comes is healthy too" {
	network lo 'del(.plugins[1])'
	new_container lonely
	tool_ok add lo "$netns"
	tool_ok doctor lo
	tool_ok ps lo --json
	assert_json 'map(.state)' '["alive"]'
}

@test "mistake 1: the interface is not up" {
	in_container red ip link set eth0 down
	doctor_names interface-down
	assert_json '.[0].what' '"eth0 in red is down"'
	follow_advice
	healthy
}

@test "mistake 2: the address is missing" {
	in_container red ip addr flush dev eth0 scope global
	doctor_names address-missing
	follow_advice
	healthy
}

@test "mistake 3: there is no route to the gateway" {
	in_container red ip route del default
	doctor_names route-missing
	assert_json '.[0].what' '"red has no route to its gateway: no default route"'
	follow_advice
	healthy
}

@test "mistake 4: the bridge is not up" {
	host ip link set br0 down
	doctor_names bridge-down
	assert_json '.[0].what' '"bridge br0 is down"'
	follow_advice
	healthy
}

@test "mistake 5: NAT is missing" {
	new_outside
	wait_until 5 reaches_outside
	host nft delete table inet cni_masquerade
	refute reaches_outside
	doctor_names masquerade-missing
	fixed
	healthy
	wait_until 5 reaches_outside
}

@test "mistake 6: loopback is down" {
	in_container red ip link set lo down
	doctor_names loopback-down
	follow_advice
	healthy
}

@test "the host's end is down, or on no bridge" {
	local port

	port=$(host ip -j link show master br0 | jq -r '.[0].ifname')
	host ip link set "$port" down
	doctor_names host-interface-down
	follow_advice
	host ip link set "$port" nomaster
	doctor_names port-detached
	follow_advice
	healthy
}

@test "the gateway's address is missing" {
	host ip addr flush dev br0 scope global
	doctor_names gateway-missing
	follow_advice
	healthy
}

@test "forwarding is off" {
	host sysctl -qw net.ipv4.ip_forward=0
	doctor_names forwarding-off
	fixed
	healthy
}

@test "FORWARD drops" {
	host nft add table ip filter
	host nft 'add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'
	host sysctl -qw net.bridge.bridge-nf-call-iptables=0
	doctor_names forward-drop
	follow_advice
	healthy
}

@test "FORWARD drops, and bridges call it" {
	host nft add table ip filter
	host nft 'add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'
	host sysctl -qw net.bridge.bridge-nf-call-iptables=1
	doctor_names bridge-netfilter forward-drop
}

@test "sizes do not fit" {
	in_container red ip link set eth0 mtu 1400
	doctor_names mtu-mismatch
	in_container red ip link set eth0 mtu 1500
	new_outside
	host ip link set uplink mtu 1400
	doctor_names mtu-mismatch
}

@test "the range is exhausted" {
	network n '.plugins[1].ipam.ranges = [[{subnet: "10.9.0.0/24", rangeStart: "10.9.0.2", rangeEnd: "10.9.0.2"}]]'
	doctor_names range-exhausted
}

@test "a dead attachment" {
	ip netns delete red
	wait_until 5 no_ports
	doctor_names attachment-dead
	fixed
	healthy
	assert_eq "$(leased) $(cached_files)" "0 0" "leases and cached results"
}

@test "an orphaned lease and orphaned rules" {
	rm -r "$CACHE"
	ip netns delete red
	wait_until 5 no_ports
	# A young lease may belong to an ADD that is under way.
	doctor_names rules-orphaned
	find "$data_dir" -type f -exec touch -d '-2 minutes' {} +
	doctor_names lease-orphaned rules-orphaned
	fixed
	healthy
	assert_eq "$(leased)" 0 leases
}

@test "what is no lease of a plugin is not blamed" {
	printf 'kept by hand' >"$data_dir/n/10.9.0.70"
	ln -s 10.9.0.70 "$data_dir/n/10.9.0.71"
	printf 'gone\neth0' >"$data_dir/n/10.9.0.72"
	find "$data_dir" -type f -exec touch -d '-2 minutes' {} +
	healthy
}

@test "orphaned ports, with a network that publishes none any more" {
	network n '.plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	new_container web
	tool_environment=(CAP_ARGS='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"},
		{"hostPort": 5353, "containerPort": 53, "protocol": "udp"}]}')
	tool_ok add n "$netns"
	tool_environment=()
	forget web
	ip netns delete web
	wait_until 5 is_only_port
	network n
	doctor_names rules-orphaned rules-orphaned
	assert_json 'map(.what) | map(select(startswith("table inet cni_portmap has elements of n/"))) | length' 1
	fixed
	healthy
	refute host nft list table inet cni_portmap
}

@test "orphaned checks of MACs and addresses" {
	network n '.plugins[1] += {macspoofchk: true, ipspoofchk: true, ipMasq: false}'
	new_container blue
	tool_ok add n "$netns"
	forget blue
	ip netns delete blue
	wait_until 5 is_only_port
	network n
	doctor_names rules-orphaned rules-orphaned
	assert_json '[.[].what] | map(select(test("table bridge cni_(mac|ip)spoof has elements of n/"))) | length' 2
	fixed
	healthy
	refute host nft list table bridge cni_ipspoof
	refute host nft list table bridge cni_macspoof
}

is_only_port() {
	[[ $(host ip -o link show master br0 | wc -l) == 1 ]]
}

@test "what could be somebody's is not called orphaned, and left alone" {
	local port

	port=$(host ip -j link show master br0 | jq -r '.[0].ifname')
	host ip link set "$port" alias other
	rm -r "$CACHE"
	healthy
	tool_ok doctor n --fix
	host nft list table inet cni_masquerade
	host ip link delete "$port"
	doctor_names rules-orphaned
	fixed
	healthy
}

@test "an orphaned link: nobody knows of it, and it was never used" {
	rm -r "$CACHE"
	healthy
	in_container red ip addr flush dev eth0
	healthy
	in_container red ip link set eth0 down
	doctor_names link-orphaned
	follow_advice
	refute in_container red ip link show eth0
}

@test "the interface is missing" {
	in_container red ip link delete eth0
	doctor_names interface-missing
}

@test "programs are missing" {
	cni_path=/nowhere
	doctor_names plugin-missing plugin-missing plugin-missing
	tool doctor n
	[[ $stdout == *'failed to find plugin "host-local" in path [/nowhere]'* ]]
}

@test "what the reference's plugins left" {
	local what

	tool_ok del n "$netns"
	cni_path=$REFERENCE_BIN
	network n '.cniVersion = "1.0.0"'
	tool_ok add n "$netns"
	healthy
	tool_ok del n "$netns"
	network n '.cniVersion = "1.0.0" | .plugins[1].macspoofchk = true |
		.plugins[1].ipam.ranges += [[{subnet: "fd00:9::/64"}]] |
		.plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	add_with_port
	rm -r "$CACHE"
	ip netns delete red
	find "$data_dir" -type f -delete
	network n
	cni_path=$BIN
	wait_until 10 no_ports
	# Masquerade and port of either family, the chains that all ports share, and the check of the MAC.
	# shellcheck disable=SC2046 # seven words
	doctor_names $(printf 'reference-rules %.0s' {1..7})
	for what in 'chain CNI-[0-9a-f]{24} of table ip6? nat' 'chain CNI-DN-[0-9a-f]{21} of table ip6? nat' \
		'chains CNI-HOSTPORT-. of table ip6? nat' 'chain cni-br-iface-.* of table bridge nat'; do
		assert_json "map(select(.what | test(\"^$what\"))) | length > 0" true
	done
	follow_all_advice
	healthy
	assert_eq "$(host nft list ruleset | grep -iE 'cni-|cni_')" "" "what is left"
}

follow_all_advice() {
	jq -r '.[].fix' "$stdout_file" >"$BATS_TEST_TMPDIR/advice"
	host bash -ex "$BATS_TEST_TMPDIR/advice"
}

hash_of() {
	printf %s "$2" | sha512sum | cut -c "1-$1"
}

# reference_tables ID…: as the reference's nftables back ends leave them.
reference_tables() {
	local id chain comment

	{
		echo 'table inet cni_plugins_masquerade {
			chain postrouting { type nat hook postrouting priority srcnat; goto masq_checks; }
			chain masq_checks {'
		for id; do
			comment="$(hash_of 16 n)-$(hash_of 16 "eth0:$id"), net: n, if: eth0, id: $id"
			echo "ip saddr 10.9.0.77 ip daddr != 10.9.0.0/24 masquerade comment \"$comment\""
		done
		echo '}'
		echo '}'
		echo 'table ip cni_hostport {'
		for chain in hostports hostip_hostports masquerading; do
			echo "chain $chain {"
			for id; do
				echo "tcp dport 8080 counter comment \"$id\""
			done
			echo '}'
		done
		echo '}'
	} | host nft -f -
}

@test "what the reference's nftables rules left, beside those of attachments that live" {
	local known

	known=$(jq -r .containerId "$CACHE"/*)
	reference_tables "$known" gone
	doctor_names reference-rules reference-rules
	assert_json 'map(.what | contains("gone")) | unique' '[true]'
	follow_all_advice
	healthy
	assert_eq "$(host nft list ruleset | grep -c "comment \".*$known\"")" 4 "rules of who lives"
	host nft 'delete table inet cni_plugins_masquerade; delete table ip cni_hostport'
	reference_tables gone
	doctor_names reference-rules reference-rules
	assert_json 'map(.what)' '["table inet cni_plugins_masquerade serves no attachment that is known",
		"table ip cni_hostport serves no attachment that is known"]'
	follow_all_advice
	healthy
	refute host nft list table ip cni_hostport
}

@test "published ports are missing" {
	network n '.plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	new_container web
	in_container web ip link set lo up
	add_with_port
	healthy
	host nft delete table inet cni_portmap
	doctor_names ports-missing
	fixed
	healthy
}

@test "what nothing else explains is what a plugin says" {
	fake_plugin odd <<'EOS'
case $CNI_COMMAND in
ADD) jq .prevResult "$in" ;;
CHECK) echo '{"code": 104, "msg": "the moon is full"}'; exit 1 ;;
VERSION) echo '{"cniVersion": "1.1.0", "supportedVersions": ["1.0.0", "1.1.0"]}' ;;
esac
EOS
	network n '.plugins += [{type: "odd"}]'
	doctor_names check-failed
	assert_json '.[0].what' '"eth0 in red: the moon is full"'
}

@test "the checks of MACs and addresses are missing" {
	network n '.plugins[1] += {macspoofchk: true, ipspoofchk: true}'
	tool_ok del n "$netns"
	tool_ok add n "$netns"
	healthy
	host nft delete table bridge cni_macspoof
	doctor_names macspoof-missing
	fixed
	healthy
	host nft delete table bridge cni_ipspoof
	doctor_names ipspoof-missing
	fixed
	healthy
	in_container red ping -qc 1 10.9.0.1
}

@test "a subnet that the host has elsewhere, too" {
	host ip link add lan type bridge
	host ip link set lan up
	# a wider subnet and single addresses take nothing from the network
	host ip addr add 10.9.0.77/16 dev lan
	host ip addr add 10.99.0.1/24 dev lan
	host ip addr add 10.9.0.200/32 dev lan
	healthy
	host ip addr add 10.9.0.77/25 dev lan
	doctor_names subnet-shared
	assert_json '.[0].what' '"lan has the subnet 10.9.0.0/24 of this network, too"'
	host ip addr del 10.9.0.77/25 dev lan
	healthy
}

@test "another's interface has the name of the bridge" {
	network n '.plugins[1].bridge = "br7"'
	host ip link add br7 type veth peer name br7peer
	tool_ok del n "$netns"
	# the bridge of before has the network's subnet
	doctor_names subnet-shared
	host ip link delete br0
	doctor_names not-ready
	host ip link delete br7
	healthy
}

# The errors of a kernel without netfilter's sockets, without nf_tables, and of one that does not let us.
@test "nftables cannot be used" {
	local number

	for number in 93 97 1; do
		printf '#!/bin/sh\nexec %q %d %q "$@"\n' "$BUILD/tests/netns/without-nftables" "$number" "$BIN/cnitool" \
			>"$BATS_TEST_TMPDIR/cnitool"
		chmod 755 "$BATS_TEST_TMPDIR/cnitool"
		cnitool=$BATS_TEST_TMPDIR/cnitool
		doctor_names nftables-missing
		tool_ok ps n --json
		assert_json 'map(.state)' '["alive"]'
	done
	tool_fails "cannot read the tables of nftables: operation not permitted" show n
	# Who needs none misses none.
	network n '.plugins[1].ipMasq = false'
	cnitool=$BIN/cnitool
	tool_ok del n "$netns"
	tool_ok add n "$netns"
	cnitool=$BATS_TEST_TMPDIR/cnitool
	healthy
}

# On kernels whose bridges filter VLANs it is the plugin that misses them.
@test "the kernel cannot filter VLANs" {
	local expected=vlan-filtering-missing

	network n '.plugins[1].vlan = 100'
	! host ip -d link show br0 | grep -q vlan_default_pvid || expected=check-failed
	doctor_names "$expected"
}

# Attachments that come and go are neither dead nor orphaned, and nothing of them is repaired.
@test "while containers come and go nothing is found" {
	local looks others cycles=$BATS_TEST_TMPDIR/cycles

	network n '.plugins[1] += {macspoofchk: true, ipspoofchk: true} |
		.plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	tool_ok del n "$netns"
	tool_ok add n "$netns"
	: >"$cycles"
	cni_path=$PLAIN_BIN
	come_and_go "$cycles" &
	others=$!
	wait_until 30 test -s "$cycles"
	for ((looks = 0; looks < 12 || $(wc -l <"$cycles") < 20; looks++)); do
		kill -0 "$others"
		healthy
		tool_ok doctor n --fix
		assert_eq "$stdout" "n: nothing found" "what doctor says"
	done
	touch "$BATS_TEST_TMPDIR/enough"
	wait "$others"
	healthy
}

come_and_go() {
	local tool_environment=(CAP_ARGS='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}')

	ip netns add blue
	until [[ -e $BATS_TEST_TMPDIR/enough ]]; do
		in_tool_environment "$PLAIN_BIN/cnitool" add n /run/netns/blue >/dev/null
		in_tool_environment "$PLAIN_BIN/cnitool" del n /run/netns/blue
		echo cycle >>"$1"
	done
	ip netns delete blue
}
