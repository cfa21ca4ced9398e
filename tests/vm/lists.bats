#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Lists of runtimes with ipvlan, and containers with interfaces of several plugins, one of them vlan.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers
load ../netns/cnitool

# 100 times at night.
ROUNDS=${ALL:+100}
ROUNDS=${ROUNDS:-3}

setup() {
	setup_tool
	new_outside
	wait_until 10 host ping -c 1 -W 1 2001:db8::2
}

teardown() {
	teardown_tool
}

# list NAME <PLUGINS: with leases in the test's folder
list() {
	jq --arg name "$1" --arg dir "$data_dir" '{cniVersion: "1.0.0", name: $name, plugins: .} | .plugins[].ipam.dataDir = $dir' \
		>"$conf_dir/$1.conflist"
}

reaches() {
	in_container "$1" ping -c 1 -W "${PING_SECONDS:-10}" "$2" >/dev/null || fail_because "$1 does not reach $2"
}

leases() {
	find "$data_dir" -type f ! -name lock ! -name 'last_reserved_ip.*' 2>/dev/null | wc -l
}

@test "the lists that podman and nerdctl write for ipvlan, with our files only" {
	local name

	# podman network create -d ipvlan -o parent=uplink --subnet 192.0.2.0/24 --gateway 192.0.2.2
	list podman <<<'[{"type": "ipvlan", "master": "uplink", "capabilities": {"ips": true}, "ipam": {"type": "host-local", "routes": [{"dst": "0.0.0.0/0"}],
		"ranges": [[{"subnet": "192.0.2.0/24", "gateway": "192.0.2.2"}]]}}]'
	jq '.cniVersion = "0.4.0" | .args.podman_labels = {}' "$conf_dir/podman.conflist" >"$conf_dir/podman.new"
	mv "$conf_dir/podman.new" "$conf_dir/podman.conflist"
	# nerdctl network create -d ipvlan -o parent=uplink --ipv6 --subnet 192.0.2.0/24 --subnet 2001:db8::/64
	list nerdctl <<<'[{"type": "ipvlan", "master": "uplink", "mode": "l2", "mtu": 1400, "capabilities": {"ips": true}, "ipam": {"type": "host-local",
		"routes": [{"dst": "0.0.0.0/0"}],
		"ranges": [[{"subnet": "192.0.2.0/24", "rangeStart": "192.0.2.120", "rangeEnd": "192.0.2.130", "gateway": "192.0.2.2"}],
			[{"subnet": "2001:db8::/64", "rangeStart": "2001:db8::120", "gateway": "2001:db8::2"}]]}}]'
	snapshot_host
	# As podman calls it for `--ip 192.0.2.77`.
	new_container of-podman
	tool_environment=(CNI_PATH="$BIN" CNI_ARGS='IgnoreUnknown=true;K8S_POD_NAME=of-podman' CAP_ARGS='{"ips": ["192.0.2.77"]}')
	tool_ok add podman "$netns"
	assert_json '.ips | map(.address)' '["192.0.2.77/24"]'
	new_container of-nerdctl
	tool_environment=(CNI_PATH="$BIN" CNI_ARGS='IgnoreUnknown=1;NERDCTL_CNI_DHCP_HOSTNAME=x' CAP_ARGS='{}')
	tool_ok add nerdctl "$netns"
	assert_eq "$(cached_files)" 2 "results in the cache"
	for name in podman nerdctl; do
		in_container "of-$name" ip -j -d link show dev eth0 | jq -e '.[0].linkinfo.info_kind == "ipvlan"' >/dev/null
		reaches "of-$name" 192.0.2.2
		tool_ok check "$name" "/run/netns/of-$name"
	done
	reaches of-nerdctl 2001:db8::2
	reaches of-nerdctl 192.0.2.77
	reaches of-podman 192.0.2.120
	for name in podman nerdctl; do
		tool_ok del "$name" "/run/netns/of-$name"
		ip netns delete "of-$name"
	done
	assert_eq "$(leases) $(cached_files)" "0 0" "leases and results"
	assert_unchanged
}

# attach VERB: eth0 by bridge, net1 by macvlan, net2 by vlan; undone in the opposite order
attach() {
	case $1 in
	ADD)
		ifname=eth0 add bridge <<<"$c0"
		ifname=net1 add macvlan <<<"$c1"
		ifname=net2 add vlan <<<"$c2"
		;;
	DEL)
		ifname=net2 del vlan <<<"$c2"
		ifname=net1 del macvlan <<<"$c1"
		ifname=eth0 del bridge <<<"$c0"
		;;
	esac
}

# bats test_tags=night
@test "containers with eth0 by bridge, net1 by macvlan and net2 by vlan come and go, and leave nothing" {
	local n c0 c1 c2

	in_container outside ip link add link eth0 name eth0.100 type vlan id 100
	in_container outside ip addr add 198.51.100.2/24 dev eth0.100
	in_container outside ip link set eth0.100 up
	c0=$(conf 10-bridge)
	c1=$(conf 41-macvlan '.enabledad = false')
	c2=$(conf 43-vlan '.enabledad = false')
	# The bridge and forwarding stay after the first.
	new_container first
	attach ADD
	attach DEL
	snapshot_host
	for ((n = 1; n <= ROUNDS; n++)); do
		new_container "c$n"
		attach ADD
		if ((n % 5 == 1)); then
			in_container "c$n" ping -c 1 -W 10 -I net1 192.0.2.2 >/dev/null
			in_container "c$n" ping -c 1 -W 10 -I net2 198.51.100.2 >/dev/null
		fi
		# Some end before their DEL.
		((n % 3)) || ip netns delete "c$n"
		attach DEL
		((n % 3 == 0)) || assert_eq "$(in_container "c$n" ip -o link | wc -l)" 1 "links of c$n"
	done
	assert_eq "$(leases)" 0 "leases"
	assert_unchanged
}
