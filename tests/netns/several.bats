#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Containers with interfaces of several plugins, as meta-plugins attach them, and the lists that runtimes write.

load helpers
load cnitool
load doctor

setup() {
	setup_tool
	new_outside
}

teardown() {
	teardown_tool
}

bridge_conf() {
	conf 10-bridge '.macspoofchk = true'
}

# attach VERB: eth0 by bridge, net1 and net2 by macvlan; undone in the opposite order
attach() {
	case $1 in
	ADD)
		ifname=eth0 add bridge <<<"$c0"
		ifname=net1 add macvlan <<<"$c1"
		ifname=net2 add macvlan <<<"$c2"
		;;
	DEL)
		ifname=net2 del macvlan <<<"$c2"
		ifname=net1 del macvlan <<<"$c1"
		ifname=eth0 del bridge <<<"$c0"
		;;
	esac
}

leases() {
	find "$data_dir" -type f ! -name lock ! -name 'last_reserved_ip.*' | wc -l
}

# 100 at night.
CONTAINERS=${CONTAINERS:-30}

@test "containers with eth0 by bridge, net1 and net2 by macvlan come and go, and leave nothing" {
	local n c0 c1 c2

	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN
	c0=$(bridge_conf)
	c1=$(conf 41-macvlan '.enabledad = false')
	c2=$(conf 51-sbr '.enabledad = false | .ipam.ranges = [[{subnet: "198.18.0.0/16"}]]')
	# The bridge and forwarding stay after the first.
	new_container first
	attach ADD
	attach DEL
	snapshot_host
	for ((n = 1; n <= CONTAINERS; n++)); do
		new_container "c$n"
		attach ADD
		((n % 10)) || in_container "c$n" ping -c 1 -W 10 192.0.2.2 >/dev/null
		# Some end before their DEL, and some DELs come when ten containers are there.
		((n % 7)) || ip netns delete "c$n"
		((n % 3 == 0)) || continue
		attach DEL
		[[ ! -e /run/netns/c$n ]] || ip netns delete "c$n"
	done
	for ((n = 1; n <= CONTAINERS; n++)); do
		((n % 3)) || continue
		use_container "c$n"
		attach DEL
	done
	assert_eq "$(leases)" 0 "leases"
	wait_until 10 assert_unchanged
}

# list NAME <PLUGINS
list() {
	jq --arg name "$1" --arg dir "$data_dir" '{cniVersion: "0.4.0", name: $name, plugins: .}
		| .plugins |= map(if .ipam.type? == "host-local" then .ipam.dataDir = $dir else . end)' >"$conf_dir/$1.conflist"
}

@test "the lists that podman and nerdctl write for macvlan, with our files only" {
	local name

	tool_environment=(CNI_PATH="$BIN")
	# podman network create -d macvlan -o parent=uplink --subnet 192.0.2.0/24
	list podman <<<'[{"type": "macvlan", "master": "uplink", "ipam": {"type": "host-local", "routes": [{"dst": "0.0.0.0/0"}],
		"ranges": [[{"subnet": "192.0.2.0/24", "rangeStart": "192.0.2.100", "rangeEnd": "192.0.2.110", "gateway": "192.0.2.2"}]]}}]'
	# nerdctl network create -d macvlan -o parent=uplink --subnet …
	list nerdctl <<<'[{"type": "macvlan", "master": "uplink", "mode": "bridge", "ipam": {"type": "host-local", "routes": [{"dst": "0.0.0.0/0"}],
		"ranges": [[{"subnet": "192.0.2.0/24", "rangeStart": "192.0.2.120", "rangeEnd": "192.0.2.130", "gateway": "192.0.2.2"}]]},
		"capabilities": {"ips": true, "mac": true}}, {"type": "tuning", "capabilities": {"mac": true}}]'
	snapshot_host
	for name in podman nerdctl; do
		new_container "of-$name"
		tool_ok add "$name" "$netns"
		in_container "of-$name" ping -c 1 -W 10 192.0.2.2 >/dev/null
		tool_ok check "$name" "$netns"
	done
	in_container of-podman ping -c 1 -W 10 192.0.2.120 >/dev/null
	for name in podman nerdctl; do
		tool_ok del "$name" "/run/netns/of-$name"
		ip netns delete "of-$name"
	done
	assert_eq "$(leases)" 0 "leases"
	wait_until 5 assert_unchanged
}

@test "doctor: a master that is down or missing, and a gateway that is the host itself" {
	jq --arg dir "$data_dir" '.name = "n" | .plugins[0].ipam.dataDir = $dir | .plugins[0].enabledad = false' \
		"$ROOT/conf/41-macvlan.conflist" >"$conf_dir/n.conflist"
	new_container red
	tool_ok add n "$netns"
	healthy
	host ip link set uplink down
	doctor_names master-down
	follow_advice
	healthy
	in_container red ip route replace default via 192.0.2.1
	doctor_names host-unreachable gateway-wrong
	grep -q "192.0.2.1, the host's own address on uplink" "$stdout_file"
	in_container red ip route replace default via 192.0.2.2
	host ip link delete uplink
	doctor_names master-missing interface-missing
}
