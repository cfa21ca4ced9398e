#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool doctor: a live network is broken on purpose; exactly that is named, its remedy works, and of a healthy network
# nothing is said.

load helpers
load cnitool

setup() {
	setup_tool
	network n
	new_container red
	tool_ok add n "$netns"
}

teardown() {
	teardown_tool
}

# doctor_names NAME…: exactly these findings, in any order.
doctor_names() {
	tool doctor n --json
	assert_eq "$(jq -r '.[].name' "$stdout_file" | sort | tr '\n' ' ')" "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" "findings"
	assert_eq "$status" "$(($# > 0))" "exit status"
}

healthy() {
	tool doctor n
	assert_eq "$status $stdout" "0 n: nothing found" "what doctor says"
}

# The command that doctor names for its finding, done as it stands there.
follow_advice() {
	local advice

	advice=$(jq -r '.[0].fix' "$stdout_file")
	host bash -ec "$advice"
}

fixed() {
	tool_ok doctor n --fix
	[[ $stdout == *"    fixed"* ]] || fail_because "nothing was fixed"
}

# An outside host, and whether the container reaches it.
reaches_outside() {
	in_container red ping -qc 1 -W 1 192.0.2.2
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

no_ports() {
	[[ -z $(host ip -o link show master br0) ]]
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

@test "an orphaned link" {
	rm -r "$CACHE"
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
	tool_ok del n "$netns"
	cni_path=$REFERENCE_BIN
	network n '.cniVersion = "1.0.0"'
	tool_ok add n "$netns"
	healthy
	rm -r "$CACHE"
	cni_path=$BIN
	tool doctor n --json
	assert_eq "$(jq -r 'map(select(.name == "reference-rules")) | length' "$stdout_file")" 1
}

@test "published ports are missing" {
	network n '.plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	new_container web
	in_container web ip link set lo up
	tool_environment=(CAP_ARGS='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}')
	tool_ok add n "$netns"
	tool_environment=()
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
esac
EOS
	network n '.plugins += [{type: "odd"}]'
	doctor_names check-failed
	assert_json '.[0].what' '"eth0 in red: the moon is full"'
}
