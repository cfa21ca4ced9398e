#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/labs.md: every exercise, with the configurations of conf/labs.

load helpers
load cnitool
load dhcp
load ovs

setup() {
	setup_tool
	# As they are, but for the folder of the leases.
	for file in "$ROOT"/conf/labs/*.conflist; do
		jq --arg dir "$data_dir" '(.plugins[] | select(.ipam.type? == "host-local") | .ipam.dataDir) = $dir' "$file" \
			>"$conf_dir/${file##*/}"
	done
}

teardown() {
	[[ -z ${OVS_RUNDIR:-} ]] || stop_switch
	teardown_tool
}

# in_background NAME NETWORK COMMAND…: a container that stays.
in_background() {
	background run --name "$1" "${@:2}"
	wait_until 30 is_cached "$1"
}

# The ADD is done when its result is kept.
is_cached() {
	grep -rq "\"netns\":\"/run/netns/$1\"" "$CACHE"
}

address_of() {
	in_container "$1" ip -j addr show eth0 | jq -r '.[0].addr_info[0].local'
}

all_well() {
	tool doctor "$1"
	assert_eq "$status $stdout" "0 $1: nothing found" "what doctor says"
}

@test "lab 1: a single isolated namespace with only lo" {
	tool_ok run -i lo --name lonely lonely -- ping -qc 1 127.0.0.1
	tool_ok run -i lo --name lonely lonely -- ip -j link
	assert_json 'map(.ifname)' '["lo"]'
	tool run -i lo lonely -- ping -qc 1 -W 10 192.0.2.1
	[[ $status != 0 ]]
}

@test "lab 2: two namespaces joined, a producer and a consumer" {
	in_background producer joined -- sh -c 'while :; do echo bread | nc -l -N 9000; done'
	wait_until 10 in_container producer nc -z 127.0.0.1 9000
	all_well joined
	wait_until 10 consume
}

consume() {
	tool run --name consumer joined -- nc -d -w 2 "$(address_of producer)" 9000
	[[ $stdout == bread ]]
}

@test "lab 3: red and blue on v-net-0, and a second host through NAT" {
	host ip link add to-second type veth peer name eth0 netns "$(new_container second && echo second)"
	host ip addr add 198.51.100.2/24 dev to-second
	host ip link set to-second up
	in_container second ip addr add 198.51.100.3/24 dev eth0
	in_container second ip link set eth0 up
	in_background red red-blue -- sleep 60
	in_background blue red-blue -- sleep 60
	assert_eq "$(address_of red) $(address_of blue)" "192.168.15.1 192.168.15.2"
	in_container red ping -qc 1 192.168.15.2
	in_container blue ping -qc 1 192.168.15.5
	host ip addr show v-net-0 | grep -q 192.168.15.5/24
	# The second host has no route back to 192.168.15.0/24.
	in_container red ping -qc 1 198.51.100.3
	host conntrack -L --src-nat 2>/dev/null | grep -q 'src=192.168.15.1 dst=198.51.100.3 .*dst=198.51.100.2' ||
		in_container second ip -j route show | jq -e 'map(.dst) == ["198.51.100.0/24"]' >/dev/null
	all_well red-blue
}

@test "lab 4: a node's cni0, with forwarding and NAT for all that does not leave by it" {
	new_outside
	in_background pod-a node -- sleep 60
	in_background pod-b node -- sleep 60
	in_container pod-a ping -qc 1 "$(address_of pod-b)"
	in_container pod-a ping -qc 1 192.0.2.2
	assert_eq "$(host cat /proc/sys/net/ipv4/ip_forward)" 1
	all_well node
}

@test "lab 5: three namespaces on br0 with the gateway 10.0.0.254" {
	local i j

	for i in 1 2 3; do
		in_background "ns$i" three -- sleep 60
	done
	for i in 1 2 3; do
		for j in 1 2 3; do
			in_container "ns$i" ping -qc 1 "$(address_of "ns$j")"
		done
		in_container "ns$i" ping -qc 1 10.0.0.254
	done
	all_well three
}

@test "lab 6: fifty namespaces on one bridge" {
	local i

	for ((i = 1; i <= 50; i++)); do
		ip netns add "f$i"
		in_container "f$i" ip link set lo up
		in_tool_environment "$PLAIN_BIN/cnitool" add fifty "/run/netns/f$i" >/dev/null
	done
	assert_eq "$(host ip -o link show master br50 | wc -l)" 50
	in_container f1 ping -qc 1 "$(address_of f50)"
	in_container f50 ping -qc 1 10.50.0.1
	tool_ok ps fifty --json
	assert_json 'length, (map(.state) | unique)' '50 ["alive"]'
	cni_path=$PLAIN_BIN
	all_well fifty
	tool_ok show fifty
	assert_eq "$(grep -c 'network fifty' "$stdout_file")" 50
	tool_ok gc fifty /
	assert_eq "$(leased) $(cached_files)" "0 0" "leases and cached results"
}

# The server and the daemon end with the test.
@test "lab 8: addresses from the network, on a switch with dnsmasq behind one port" {
	local socket=/run/cni/dhcp.sock started=() daemon_pid=''
	local name

	host ip link add switch0 type bridge
	host ip link set switch0 up
	ip netns add server
	host ip link add to-server type veth peer name eth0 netns server
	host ip link set to-server master switch0 up
	in_container server ip addr add 10.8.0.1/24 dev eth0
	in_container server ip link set eth0 up
	serve dnsmasq --conf-file=/dev/null --keep-in-foreground --pid-file= --dhcp-leasefile="$BATS_TEST_TMPDIR/leases" --port=0 \
		--no-ping --interface=eth0 --dhcp-range=10.8.0.50,10.8.0.99,1h
	start_daemon
	for name in one two three; do
		in_background "$name" addressed -- sleep 60
		assert_match "$(address_of "$name")" '^10[.]8[.]0[.][5-9][0-9]$'
	done
	in_container one ping -qc 1 "$(address_of three)"
	in_container two ping -qc 1 10.8.0.1
	all_well addressed
	tool_ok show addressed
	assert_eq "$(grep -c 'network addressed' "$stdout_file")" 3
	# Without a name the server is drawn, too, on its port.
	tool_ok show
	grep -q '^   ├─ to-server ── eth0 in server  10[.]8[.]0[.]1/24$' "$stdout_file" || fail_because "no server: $(cat "$stdout_file")"
	assert_eq "$(grep -c '^   [├└]─ veth[0-9a-f]* ── eth0 in .*  10[.]8[.]0[.]' "$stdout_file")" 3 "containers on the switch"
	kill_daemon
	start_daemon
	all_well addressed
	stop_daemon
	kill "${started[@]}" 2>/dev/null || true
}

# This kernel may have no switch of its own, so its datapath is in user space.
@test "lab 9: three namespaces on a bridge of Open vSwitch" {
	local name

	start_switch
	jq ".plugins[0].datapathType = \"$DATAPATH\"" "$conf_dir/09-switched.conflist" >"$BATS_TEST_TMPDIR/switched"
	mv "$BATS_TEST_TMPDIR/switched" "$conf_dir/09-switched.conflist"
	for name in one two three; do
		in_background "$name" switched -- sleep 60
	done
	in_container one ping -qc 1 "$(address_of three)"
	in_container two ping -qc 1 10.9.0.1
	assert_eq "$(vsctl list-ports v-switch | grep -c veth)" 3
	tool_ok show switched
	assert_eq "$(grep -c 'network switched' "$stdout_file")" 3
	grep -q '^└─ v-switch  bridge of Open vSwitch$' "$stdout_file"
	grep -Eq '^   [├└]─ cni[0-9a-f]{8}  tap  10[.]9[.]0[.]1/24  VLAN 10$' "$stdout_file" || fail_because "no gateway: $stdout"
	all_well switched
}

@test "lab 9: addresses from a server behind a port of the switch" {
	local socket_of_switch socket started=() daemon_pid='' name

	start_switch
	socket_of_switch=$socket socket=/run/cni/dhcp.sock
	jq ".plugins[0].datapathType = \"$DATAPATH\"" "$conf_dir/10-asking.conflist" >"$BATS_TEST_TMPDIR/asking"
	mv "$BATS_TEST_TMPDIR/asking" "$conf_dir/10-asking.conflist"
	host ovs-vsctl add-br v-switch -- set bridge v-switch datapath_type="$DATAPATH"
	ip netns add server
	host ip link add to-server type veth peer name eth0 netns server
	host ip link set to-server up
	in_container server ip addr add 10.8.0.1/24 dev eth0
	in_container server ip link set eth0 up
	host ovs-vsctl add-port v-switch to-server tag=20
	finish_checksums server
	serve dnsmasq --conf-file=/dev/null --keep-in-foreground --pid-file= --dhcp-leasefile="$BATS_TEST_TMPDIR/leases" --port=0 \
		--no-ping --interface=eth0 --dhcp-range=10.8.0.50,10.8.0.99,1h
	start_daemon
	for name in four five six; do
		in_background "$name" asking -- sleep 60
		assert_match "$(address_of "$name")" '^10[.]8[.]0[.][5-9][0-9]$'
	done
	in_container four ping -qc 1 "$(address_of six)"
	all_well asking
	tool_ok show
	grep -q '^   [├└]─ to-server  VLAN 20 ── eth0 in server  10[.]8[.]0[.]1/24$' "$stdout_file" || fail_because "no server: $stdout"
	assert_eq "$(grep -c '^   [├└]─ veth[0-9a-f]*  VLAN 20 ── eth0 in .*  10[.]8[.]0[.]' "$stdout_file")" 3 "containers on the switch"
	stop_daemon
	kill "${started[@]}" 2>/dev/null || true
	socket=$socket_of_switch
}

# Each of the six mistakes on a live lab; tests/netns/doctor.bats follows the advice too.
@test "lab 7: the six mistakes, each named" {
	local mistakes=(
		"interface-down|ip -n red link set eth0 down"
		"address-missing|ip -n red addr flush dev eth0 scope global"
		"route-missing|ip -n red route del default"
		"bridge-down|ip link set v-net-0 down"
		"masquerade-missing|nft delete table inet cni_masquerade"
		"loopback-down|ip -n red link set lo down"
	)
	local mistake

	for mistake in "${mistakes[@]}"; do
		in_background red red-blue -- sleep 60
		all_well red-blue
		host sh -c "${mistake#*|}"
		tool doctor red-blue
		assert_eq "$status" 1 "exit status of doctor"
		assert_eq "$(grep -o '^[a-z-]*:' "$stdout_file")" "${mistake%%|*}:" "what doctor names"
		kill -TERM "$tool_pid"
		wait "$tool_pid" || true
		host ip link delete v-net-0
	done
}

@test "the demo, into a file: everything works, and no escape sequence is in it" {
	(unset CNI_PATH NETCONFPATH && TERM=xterm bash "$ROOT/tools/demo.sh") >"$BATS_TEST_TMPDIR/demo" 2>&1
	grep -q '^[0-9]* passed, 0 failed$' "$BATS_TEST_TMPDIR/demo"
	refute grep -q $'\e' "$BATS_TEST_TMPDIR/demo"
	grep -q '^== the network: ' "$BATS_TEST_TMPDIR/demo"
	script -qec "TERM=xterm bash $ROOT/tools/demo.sh" /dev/null </dev/null >"$BATS_TEST_TMPDIR/demo"
	grep -q $'\e\[1m== the network: ' "$BATS_TEST_TMPDIR/demo"
	script -qec "NO_COLOR=1 TERM=xterm bash $ROOT/tools/demo.sh" /dev/null </dev/null >"$BATS_TEST_TMPDIR/demo"
	refute grep -q $'\e\[1m' "$BATS_TEST_TMPDIR/demo"
}

@test "make try: a shell with a runtime's verbs and cnitool, which ends well whatever its last command did" {
	printf '%s\n' 'new web; add web && check web' 'cnitool run containers -- ping -c 1 10.22.0.2' 'cnitool list' 'cnitool doctor' false exit |
		(unset CNI_PATH NETCONFPATH && bash "$ROOT/tools/try.sh") >"$BATS_TEST_TMPDIR/try" 2>&1
	grep -q '^1 packets transmitted, 1 received' "$BATS_TEST_TMPDIR/try"
	grep -q 'and nftables: nothing found$' "$BATS_TEST_TMPDIR/try"
	grep -q "^containers .*/conf/10-bridge.conflist  *ready$" "$BATS_TEST_TMPDIR/try"
}
