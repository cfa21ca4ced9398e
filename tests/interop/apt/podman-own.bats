#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Networks as podman makes them itself: bridge, portmap, firewall and tuning, with our files alone, on hosts that forward and on
# those whose filter drops what is forwarded.

load ../helpers
load ../podman

PODMAN_RUNS=${PODMAN_RUNS:-2} # starts and stops of one container; 100 with make nightly

setup() {
	setup_podman "$(our_plugins bridge host-local portmap loopback firewall tuning macvlan)"
	data_dir=/var/lib/cni/networks
}

teardown() {
	teardown_podman
}

# The name below /run/netns of a container's namespace.
netns_of() {
	basename "$(podman inspect --format '{{.NetworkSettings.SandboxKey}}' "$1")"
}

# What podman and plugins keep in files.
files() {
	find /var/lib/cni /run/cni -type f ! -name 'last_reserved_ip.*' ! -name lock ! -name turns ! -name '*.index' ! -name '*.records' | sort
}

# What is there after a first container came and went; bridge and folders stay.
remember() {
	run_podman podman --rm -p 8079:79 -- /bin/sh -c :
	snapshot_host
	files >"$BATS_TEST_TMPDIR/files"
}

assert_nothing_left() {
	assert_unchanged
	assert_eq "$(files)" "$(<"$BATS_TEST_TMPDIR/files")" "files"
	assert_eq "$(find "$data_dir" -name '10.*')" "" "leases"
}

# What Docker's daemon loads.
load_docker() {
	local command

	for command in iptables-nft-restore ip6tables-nft-restore; do
		host "$command" <<-'END'
			*filter
			:FORWARD DROP [0:0]
			:DOCKER-USER - [0:0]
			-A FORWARD -j DOCKER-USER
			-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
			-A DOCKER-USER -j RETURN
			COMMIT
		END
	done
}

readonly PORTS=(-p 8080:80/tcp -p 5300:53/udp -p 9000-9003:9000-9003)

# The default network, ports of both protocols and a range, from outside and to it.
talk_both_ways() {
	local output namespace

	remember
	output=$(run_podman podman --rm -- /bin/sh -c 'ping -c 1 -W 10 192.0.2.2')
	[[ $output == *"1 packets received"* ]] || fail_because "to the outside: $output"
	assert_nothing_left
	run_podman podman -d --name web "${PORTS[@]}" -- /bin/sleep 1000
	namespace=$(netns_of web)
	serve "$namespace" web 80
	serve "$namespace" name 53
	serve "$namespace" range 9002
	assert_eq "$(ask outside tcp 192.0.2.1 8080)" web "the answer from outside"
	assert_eq "$(ask outside udp 192.0.2.1 5300)" name "the answer from outside"
	assert_eq "$(ask outside tcp 192.0.2.1 9002)" range "the answer from outside"
	assert_eq "$(ask "$HOST" tcp 192.0.2.1 8080)" web "the answer to the host"
	stop_servers
	podman rm --force --time 0 web
	assert_nothing_left
}

@test "podman run -d -p 8080:80: the default network" {
	talk_both_ways
}

@test "podman run -d -p 8080:80 beside Docker's ruleset" {
	load_docker
	talk_both_ways
}

# inside NETWORK OPTION… -- COMMAND: what a container of the network prints
inside() {
	run_podman "${@:1:$#-2}" --rm -- /bin/sh -c "${*: -1}"
}

@test "podman network create: every option that it has" {
	local address='ip addr show eth0'

	podman network create --subnet 10.66.0.0/24 --gateway 10.66.0.9 --ip-range 10.66.0.64/26 ranged
	assert_match "$(inside ranged -- "$address; ip route")" 'inet 10.66.0.(6[5-9]|[7-9][0-9])/24.*default via 10.66.0.9' "ranged"
	assert_match "$(inside ranged --ip 10.66.0.99 --mac-address 02:00:00:00:00:77 -- "$address")" '02:00:00:00:00:77.*inet 10.66.0.99/24' "--ip, --mac-address"
	podman network create --ipv6 --subnet 10.69.0.0/24 --subnet fd00:66::/64 -o mtu=1400 dual
	assert_match "$(inside dual --ip6 fd00:66::77 -- "$address; ip -6 route")" 'mtu 1400.*inet 10.69.0.*inet6 fd00:66::77/64.*default via fd00:66::1' "dual"
	podman network create --internal --subnet 10.70.0.0/24 inner
	refute grep default <<<"$(inside inner -- 'ip route')"
	podman network create -d macvlan -o parent=uplink --subnet 192.0.2.0/24 --ip-range 192.0.2.128/25 --gateway 192.0.2.2 flat
	assert_match "$(inside flat -- "$address; ip route")" 'inet 192.0.2.1[2-9][0-9]/24.*default via 192.0.2.2' "macvlan"
	podman network rm ranged dual inner flat
	assert_eq "$(find "$data_dir" -name '1*.*' -o -name 'fd*')" "" "leases"
}

pod_netns() {
	netns_of "$(podman pod inspect --format '{{.InfraContainerID}}' pod)"
}

@test "podman pods: what is published is the pod's, and its containers share it" {
	remember
	tar -C "$work/rootfs" -c . | podman import - localhost/busybox:1 >/dev/null
	podman pod create --cgroup-parent "/$parent" --infra-image localhost/busybox:1 --infra-command "/bin/sleep 1000" --name pod --network podman -p 8080:80
	podman run -d --cgroup-parent "/$parent" --pod pod --name one --rootfs "$work/rootfs" /bin/sleep 1000
	serve "$(pod_netns)" pod 80
	assert_eq "$(ask outside tcp 192.0.2.1 8080)" pod "the answer from outside"
	assert_match "$(podman exec one ip addr)" "inet 10.88.0." "the container of the pod"
	podman pod stop --time 0 pod
	stop_servers
	podman pod start pod
	serve "$(pod_netns)" again 80
	assert_eq "$(ask outside tcp 192.0.2.1 8080)" again "the answer after a restart"
	stop_servers
	podman pod rm --force --time 0 pod
	assert_nothing_left
}

@test "podman network reload: what a firewall script flushed is there again" {
	load_docker
	remember
	run_podman podman -d --name web -p 8080:80 -- /bin/sleep 1000
	serve "$(netns_of web)" web 80
	host nft flush ruleset
	load_docker
	podman network reload web
	assert_eq "$(ask outside tcp 192.0.2.1 8080)" web "the answer from outside"
	podman exec web ping -c 1 -W 10 192.0.2.2
	podman rm --force --time 0 web
	assert_nothing_left
}

# use_plugins FOLDER: what podman calls from now on
use_plugins() {
	sed -i "s,^cni_plugin_dirs = .*,cni_plugin_dirs = [\"$1\"]," "$work/containers.conf"
}

@test "podman: a container of the reference is stopped by ours, and back" {
	local folder=$BATS_TEST_TMPDIR/ours

	use_plugins "$REFERENCE"
	remember
	run_podman podman -d --name web -p 8080:80 -- /bin/sleep 1000
	use_plugins "$folder"
	podman rm --force --time 0 web
	assert_nothing_left
}

doctor_has_removed_it() {
	host env CNI_PATH="$OURS" NETCONFPATH="$work/net.d" "$OURS/cnitool" doctor own --fix
	[[ -z $(files) ]]
}

# The reference's DEL complains of rules that it did not make, so podman forgets the container and its cached result stays.
@test "podman: what the reference's DEL leaves of ours, doctor finds and removes" {
	remember
	podman network create --subnet 10.71.0.0/24 own
	run_podman own -d --name web -p 8080:80 -- /bin/sleep 1000
	use_plugins "$REFERENCE"
	podman rm --force --time 0 web
	assert_eq "$(host ip -j link show type veth | jq -r '.[].ifname | select(startswith("veth"))')" "" "links"
	assert_eq "$(find "$data_dir" -name '10.*')" "" "leases"
	assert_match "$(files)" "^/var/lib/cni/results/own-[0-9a-f]*-eth0$" "files"
	# It says nothing of a namespace that is just being taken down.
	wait_until 10 doctor_has_removed_it
	assert_eq "$(host nft list ruleset | grep own/)" "" "rules of ours"
}

# start_and_stop NETWORK
start_and_stop() {
	run_podman "$1" -d --name web "${PORTS[@]}" -- /bin/sleep 1000
	for ((i = 0; i < PODMAN_RUNS; i++)); do
		podman stop --time 0 web >/dev/null
		podman start web >/dev/null
	done
	podman stop --time 0 web
	assert_nothing_left
	podman rm web
}

@test "podman: starts and stops leave links, rules, leases and files as they were" {
	remember
	start_and_stop podman
}

# With the limits of bandwidth, which are links of the host, behind podman's four plugins.
@test "podman: starts and stops leave nothing beside Docker's ruleset either" {
	our_plugins bandwidth >/dev/null
	load_docker
	podman network create --subnet 10.72.0.0/24 limited
	jq '.plugins += [{type: "bandwidth", ingressRate: 8000000, egressRate: 8000000}]' "$work/net.d/limited.conflist" >"$work/limited"
	mv "$work/limited" "$work/net.d/limited.conflist"
	run_podman limited --rm -- /bin/sh -c 'ping -c 1 -W 10 192.0.2.2'
	remember
	start_and_stop limited
}
