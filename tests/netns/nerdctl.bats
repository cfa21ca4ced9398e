#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The lists that nerdctl writes, run by cnitool: bridge, portmap, firewall with ingressPolicy same-bridge, tuning. Judged by packets, on
# hosts that forward and beside Docker's ruleset.

load helpers
load cnitool

setup() {
	setup_tool
	new_outside
	data_dir=/var/lib/cni/networks
	tool_environment=(CAP_ARGS='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}')
}

teardown() {
	teardown_tool
}

# as_nerdctl NAME BRIDGE SUBNET: the network of that name.
as_nerdctl() {
	jq -n --arg name "$1" --arg bridge "$2" --arg subnet "$3" '{cniVersion: "1.0.0", name: $name, nerdctlID: "17f29b073143d8cd",
		nerdctlLabels: {}, plugins: [
		{type: "bridge", bridge: $bridge, isGateway: true, ipMasq: true, hairpinMode: true,
			ipam: {ranges: [[{gateway: ($subnet | sub("0/24"; "1")), subnet: $subnet}]], routes: [{dst: "0.0.0.0/0"}], type: "host-local"}},
		{type: "portmap", capabilities: {portMappings: true}},
		{type: "firewall", ingressPolicy: "same-bridge"},
		{type: "tuning"}]}' >"$conf_dir/nerdctl-$1.conflist"
}

# put NAME NETWORK [VAR=VALUE]: a container; its address is $address_NAME.
put() {
	local tool_environment=("${tool_environment[@]}" "${@:3}")

	ip netns add "$1"
	tool_ok add "$2" "/run/netns/$1"
	assert_eq "$stderr" "" "what is told"
	declare -g "address_$1=$(jq -r '.ips[0].address | split("/")[0]' <<<"$stdout")"
}

reaches() {
	in_container "$1" ping -c 1 -W "${PING_SECONDS:-10}" "$2" >/dev/null 2>&1
}

load_docker() {
	host iptables-nft-restore <<-'END'
		*filter
		:FORWARD DROP [0:0]
		:DOCKER-USER - [0:0]
		-A FORWARD -j DOCKER-USER
		-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
		-A DOCKER-USER -j RETURN
		COMMIT
	END
}

answer() {
	in_container web socat TCP4-LISTEN:80,reuseaddr SYSTEM:'echo web' 3>&- &
	wait_until 5 sh -c "nsenter --net=/run/netns/web -- ss -Hltn 'sport = :80' | grep -q ."
	assert_eq "$(in_container outside timeout 10 bash -c 'exec 9<>/dev/tcp/192.0.2.1/8080; head -n 1 <&9')" web "the answer"
	wait
}

live_on_two_networks() {
	as_nerdctl bridge nerdctl0 10.4.0.0/24
	as_nerdctl other br-other 10.4.1.0/24
	put first bridge CAP_ARGS={}
	tool_ok del bridge /run/netns/first
	ip netns delete first
	tool_ok list
	assert_eq "$stderr" "" "what is told of the list"
	snapshot_host
	put web bridge
	put sibling bridge CAP_ARGS={}
	put stranger other CAP_ARGS={}
	answer
	reaches sibling "$address_web" || fail_because "a sibling does not reach the container"
	reaches web 192.0.2.2 || fail_because "the container does not reach the outside"
	reaches stranger 192.0.2.2 || fail_because "the stranger does not reach the outside"
	refute reaches stranger "$address_web"
	refute reaches web "$address_stranger"
	tool_ok check bridge /run/netns/web
	for name in web sibling; do
		tool_ok del bridge "/run/netns/$name"
		ip netns delete "$name"
	done
	tool_ok del other /run/netns/stranger
	ip netns delete stranger
	host ip link delete br-other
	assert_unchanged
	assert_eq "$(cached_files) $(leased)" "0 0" "what is left in files"
}

@test "nerdctl's networks: who reaches whom" {
	live_on_two_networks
}

@test "nerdctl's networks beside Docker's ruleset" {
	host sysctl -qw net.ipv4.ip_forward=1
	load_docker
	live_on_two_networks
}
