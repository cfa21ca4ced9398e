#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ovs on a switch whose datapath is in user space. What the kernel's datapath does otherwise is in tests/vm/ovs.bats, what
# servers that lie do in ovs-hostile.bats.

load helpers
load ovs

setup() {
	setup_with_switch
}

teardown() {
	teardown_with_switch
}

@test "ovs: the example gives addresses, a gateway in the VLAN and NAT" {
	local c port

	c=$(ovs_conf)
	new_outside
	new_container one
	add ovs <<<"$c"
	assert_json '.interfaces | map(has("sandbox"))' '[false, true, false]'
	assert_json '.ips | map(.interface)' '[1, 1]'
	assert_json '.interfaces[1].mac' '"0a:58:0a:2e:00:02"'
	port=$(host_end)
	assert_eq "$(column port "$port" tag)" 10
	assert_eq "$(column port "$port" vlan_mode)" '"access"'
	assert_eq "$(column port "$port" external_ids | jq -c .)" "$(jq -c . <<-EOS
		{"cni-owner": "switch/one/eth0", "cni-network": "switch", "owner": "ovs-cni.network.kubevirt.io",
		 "contNetns": "$netns", "contIface": "eth0"}
	EOS
	)"
	check ovs <<<"$(with_result "$c")"
	new_container two
	add ovs <<<"$c"
	reaches two 10.46.0.2
	reaches two fd00:10:46::2
	reaches two 10.46.0.1
	reaches two fd00:10:46::1
	wait_until 5 reaches two 192.0.2.2
	wait_until 5 reaches two 2001:db8::2
	del ovs <<<"$c"
	use_container one
	del ovs <<<"$c"
	assert_eq "$(attached switch)" ""
	refute host ip link show "$port"
	cni STATUS ovs <<<"$c"
	assert_success
}

@test "ovs: VLANs are apart, 0 is one, and a trunk has tags" {
	local c

	new_bridge br0
	for name in a b; do
		new_container $name
		add ovs <<<"$(layer2_conf '.vlan = 20')"
	done
	new_container c
	add ovs <<<"$(layer2_conf '.vlan = 0')"
	assert_eq "$(column port "$(host_end)" tag)" 0
	new_container d
	c=$(layer2_conf '.trunk = [{id: 30}, {minID: 19, maxID: 20}]')
	add ovs <<<"$c"
	assert_json '.interfaces | length' 2
	assert_eq "$(column port "$(host_end)" trunks)" '[19,20,30]'
	assert_eq "$(column port "$(host_end)" vlan_mode)" '"trunk"'
	check ovs <<<"$(with_result "$c")"
	for name in a b c d; do
		in_container $name ip addr add "192.0.2.$((${#name} + $(printf %d "'$name")))/24" dev eth0
	done
	reaches a 192.0.2.99  # b
	refute reaches a 192.0.2.100
	timeout 60 nsenter --net=/run/netns/d tcpdump -i eth0 -nn -e -l -c 1 vlan 20 >"$BATS_TEST_TMPDIR/seen" 2>"$BATS_TEST_TMPDIR/ready" 3>&- &
	wait_until 5 grep -q 'listening on' "$BATS_TEST_TMPDIR/ready"
	in_container a ping -c 2 -i 0.2 -W 1 192.0.2.77 >/dev/null || true
	wait_until 5 grep -q 'vlan 20' "$BATS_TEST_TMPDIR/seen"
}

@test "ovs: mtu, ofport_request, interface_type, isolation and MACs arrive" {
	local c

	new_bridge br0
	new_container one
	c=$(layer2_conf '.mtu = 1400 | .ofport_request = 77 | .portIsolation = true | .interface_type = "system" | .args.cni.mac = "02:00:00:00:00:01"')
	args='IgnoreUnknown=1;K8S_POD_UID=u-1;MAC=02:00:00:00:00:02' add ovs <<<"$c"
	assert_json '.interfaces[1].mac' '"02:00:00:00:00:02"'
	assert_eq "$(in_container one ip -j link show eth0 | jq '.[0].mtu')" 1400
	assert_eq "$(column interface "$(host_end)" ofport)" 77
	assert_eq "$(column interface "$(host_end)" type)" '"system"'
	assert_eq "$(column port "$(host_end)" protected)" true
	assert_eq "$(column port "$(host_end)" external_ids | jq -r .contPodUid)" u-1
	check ovs <<<"$(with_result "$c")"
	new_container two
	add ovs <<<"$(layer2_conf '.portIsolation = true | .args.cni = {MAC: "02:00:00:00:00:03", ovnPort: "lsp1"}')"
	assert_json '.interfaces[1].mac' '"02:00:00:00:00:03"'
	assert_eq "$(column interface "$(host_end)" external_ids | jq -c .)" '{"attached-mac":"02:00:00:00:00:03","iface-id":"lsp1"}'
	in_container one ip addr add 192.0.2.1/24 dev eth0
	in_container two ip addr add 192.0.2.2/24 dev eth0
	refute reaches one 192.0.2.2
}

@test "ovs: ovs-cni's file fills what the network leaves out" {
	local file=$BATS_TEST_TMPDIR/ovs.conf c

	new_bridge br0
	jq -n --arg socket "$socket" '{socket_file: $socket, bridge: "br0", mtu: 1300, vlan: 5}' >"$file"
	c=$(ovs_conf "{cniVersion, name, type, configuration_path: \"$file\", mtu: 1350, vlan: 0}")
	new_container one
	add ovs <<<"$c"
	assert_eq "$(in_container one ip -j link show eth0 | jq '.[0].mtu')" 1350
	assert_eq "$(column port "$(host_end)" tag)" 0
	del ovs <<<"$c"
	assert_eq "$(ports br0)" ""
	echo '{"bridge": ' >"$file"
	cni ADD ovs <<<"$c"
	assert_error 7 "configuration file $file"
	# Nothing tells where the database is, so DEL asks where it is everywhere.
	cni DEL ovs <<<"$c"
	assert_success
	assert_match "$stderr" "configuration file"
}

@test "ovs: what cannot be meant is refused before anything is done" {
	new_bridge br0
	new_container one
	snapshot_host
	while IFS='|' read -r code filter msg; do
		cni ADD ovs <<<"$(layer2_conf "$filter")"
		assert_error "$code" "$msg"
	done <<-'EOS'
		7|del(.bridge)|failed to get bridge name
		7|.bridge = "none"|failed to find bridge none
		7|.vlan = 4096|vlan: 4096 is above 4095
		7|.trunk = [{minID: 5, maxID: 4}]|minID 5 is greater than maxID 4 in trunk parameter
		7|.trunk = [{minID: 5}]|minID and maxID should be configured simultaneously, maxID is missing
		7|.trunk = [{id: 4096}]|incorrect trunk id parameter 4096
		7|.trunk = [{}]|trunk parameter is misconfigured
		7|.ofport_request = 65280|ofport_request: 65280 is above 65279
		7|.deviceID = "0000:03:02.3"|deviceID: "0000:03:02.3"
		7|.socket_file = "tcp:127.0.0.1:6640"|is no unix socket
		7|.isGateway = true|isGateway needs an IPAM plugin
		7|.datapathType = "dpdk"|datapathType
		7|.mac = "01:00:00:00:00:01"|is no unicast Ethernet address
		999|.trunk = 5|of type array
	EOS
	assert_unchanged
	cni ADD ovs <<<"$(layer2_conf '.bridge = "none"')"
	assert_json '.details | contains("has these: br0")' true
	assert_eq "$(ports br0)" ""
}

@test "ovs: one look, then one write with two answers; no child, no pause" {
	local trace=$BATS_TEST_TMPDIR/trace

	new_bridge br0
	new_container one
	layer2_conf '.vlan = 1' | host env -i CNI_COMMAND=ADD CNI_CONTAINERID=one CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
		strace -f -o "$trace" -s 100000 -e trace=sendto,clone,clone3,fork,vfork,execve,nanosleep,clock_nanosleep,connect "$PLAIN_BIN/ovs"
	assert_eq "$(grep -c 'connect(.*db.sock' "$trace")" 1
	assert_eq "$(grep -c 'sendto.*transact' "$trace")" 2
	assert_eq "$(grep 'sendto.*transact' "$trace" | tail -1 | grep -o 'method' | wc -l)" 2
	assert_eq "$(grep -cE '^[^(]*(clone3?|fork|nanosleep)[(]' "$trace")" 0
	assert_eq "$(grep -c execve "$trace")" 1
}

@test "ovs: without the database ADD leaves nothing, and DEL is to be repeated" {
	local c port

	c=$(ovs_conf)
	new_container one
	add ovs <<<"$c"
	port=$(host_end)
	end ovsdb-server TERM
	new_container two
	snapshot_host
	cni ADD ovs <<<"$c"
	assert_error 11 "cannot connect to the database of Open vSwitch at $socket"
	assert_json '.details | contains("start ovsdb-server")' true
	assert_unchanged
	use_container one
	cni DEL ovs <<<"$c"
	assert_error 11 "cannot connect to the database"
	refute host ip link show "$port"
	assert_eq "$(find "$data_dir" -name '10.*' -o -name 'fd00*')" ""
	start_database
	assert_eq "$(attached switch)" "$port"
	del ovs <<<"$c"
	assert_eq "$(attached switch)" ""
	del ovs <<<"$c"
}

# is_missed CONFIGURATION: STATUS knows, as soon as the database does, that nobody carries out changes.
is_missed() {
	cni STATUS ovs <<<"$1"
	assert_error 50 "ovs-vswitchd is not running"
}

@test "ovs: a switch that sleeps or is gone is told, and nothing stays" {
	local c

	c=$(ovs_conf '.link_state_check_retries = 2 | .link_state_check_interval = 150')
	new_container one
	add ovs <<<"$c"
	new_container two
	kill -STOP "$(cat "$OVS_RUNDIR/ovs-vswitchd.pid")"
	# Nothing is asked of it yet, so it is behind with nothing.
	cni STATUS ovs <<<"$c"
	assert_error 50 "ovs-vswitchd does not carry out changes within 1000 ms"
	snapshot_host
	cni ADD ovs <<<"$c"
	assert_error 11 "ovs-vswitchd does not carry out changes within 300 ms"
	assert_unchanged
	assert_eq "$(attached switch | wc -w)" 1
	cni STATUS ovs <<<"$c"
	assert_error 50 "ovs-vswitchd does not carry out changes within 1000 ms"
	kill -CONT "$(cat "$OVS_RUNDIR/ovs-vswitchd.pid")"
	add ovs <<<"$c"
	end ovs-vswitchd
	wait_until 5 is_missed "$c"
	end ovsdb-server
	cni STATUS ovs <<<"$c"
	assert_error 50 "cannot connect to the database"
	start_database
	cni STATUS ovs <<<"$(jq '.bridge = "none" | .createBridge = false' <<<"$c")"
	assert_error 50 "failed to find bridge none"
}

@test "ovs: a switch that starts again has its ports and VLANs" {
	local c

	c=$(layer2_conf '.vlan = 7 | .ipam = {type: "static", addresses: [{address: "192.0.2.1/24"}]}')
	new_bridge br0
	new_container one
	add ovs <<<"$c"
	one=$stdout
	new_container two
	add ovs <<<"$(jq '.ipam.addresses[0].address = "192.0.2.2/24"' <<<"$c")"
	end ovs-vswitchd
	start_vswitchd
	wait_until 5 reaches two 192.0.2.1
	use_container one
	check ovs <<<"$(with_result "$c" "$one")"
}

@test "ovs: the gateway comes back with the next ADD after the switch's end" {
	local c

	c=$(ovs_conf)
	new_container one
	add ovs <<<"$c"
	end ovs-vswitchd
	start_vswitchd
	new_container two
	add ovs <<<"$c"
	reaches two 10.46.0.1
	reaches one 10.46.0.1
}

@test "ovs: a row whose link died goes before the new link comes" {
	local c

	c=$(layer2_conf '.ipam = {type: "static", addresses: [{address: "192.0.2.1/24"}]}')
	new_bridge br0
	new_container other
	add ovs <<<"$(jq '.ipam.addresses[0].address = "192.0.2.2/24"' <<<"$c")"
	new_container one
	add ovs <<<"$c"
	ip netns delete one
	wait_until 5 refute host ip link show "$(host_end)"
	assert_eq "$(attached switch | wc -w)" 2
	new_container one
	add ovs <<<"$c"
	reaches one 192.0.2.2
	check ovs <<<"$(with_result "$c")"
	cni ADD ovs <<<"$c"
	assert_error 103 "container veth name provided (eth0) already exists"
	reaches one 192.0.2.2
}

@test "ovs: an ADD behind a DEL that the switch has not carried out yet" {
	local c

	c=$(layer2_conf '.ipam = {type: "static", addresses: [{address: "192.0.2.1/24"}]}')
	new_bridge br0
	new_container other
	add ovs <<<"$(jq '.ipam.addresses[0].address = "192.0.2.2/24"' <<<"$c")"
	new_container one
	add ovs <<<"$c"
	for _ in 1 2; do
		kill -STOP "$(cat "$OVS_RUNDIR/ovs-vswitchd.pid")"
		del ovs <<<"$c"
		background_add "$c"
		before=''
		wait_until 5 is_waiting
		kill -CONT "$(cat "$OVS_RUNDIR/ovs-vswitchd.pid")"
		wait "$adding"
		reaches one 192.0.2.2
	done
}

background_add() {
	host env -i CNI_COMMAND=ADD CNI_CONTAINERID=one CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$BIN" \
		"$BIN/ovs" <<<"$1" >"$BATS_TEST_TMPDIR/added" 3>&- &
	adding=$!
}

# It sleeps, and has not run since the last look.
is_waiting() {
	local now

	now=$(grep -E '^State|ctxt' "/proc/$adding/status")
	[[ $now == *'S (sleeping)'* && $now == "$before" ]] && return
	before=$now
	return 1
}

@test "ovs: CHECK sees what is not as ADD made it" {
	local c r port

	c=$(ovs_conf)
	new_container one
	add ovs <<<"$c"
	r=$stdout port=$(host_end)
	broken() { # COMMANDS-BREAKING COMMANDS-HEALING MESSAGE
		eval "$1"
		cni CHECK ovs <<<"$(with_result "$c" "$r")"
		assert_error 104 "$3"
		eval "$2"
		wait_until 5 is_well
	}
	is_well() {
		cni CHECK ovs <<<"$(with_result "$c" "$r")"
		[[ $status == 0 ]]
	}
	broken 'vsctl set port $port tag=11' 'vsctl set port $port tag=10' "has tag 11 instead of 10"
	broken 'vsctl set port $port vlan_mode=trunk' 'vsctl set port $port vlan_mode=access' "vlan_mode"
	broken 'vsctl set port $port trunks=4' 'vsctl clear port $port trunks' "trunk"
	broken 'vsctl set port $port protected=true' 'vsctl set port $port protected=false' "isolation"
	broken 'vsctl set port $port external_ids:cni-owner=a/b/c' 'vsctl set port $port external_ids:cni-owner=switch/one/eth0' 'has the owner "a/b/c"'
	broken 'host ip link set $port down' 'host ip link set $port up' "is down"
	gateway=$(jq -r '.interfaces[2].name' <<<"$r")
	broken 'host ip addr del 10.46.0.1/16 dev $gateway' 'host ip addr add 10.46.0.1/16 dev $gateway' "gateway address 10.46.0.1/16 is missing"
	broken 'vsctl set port $gateway tag=9' 'vsctl set port $gateway tag=10' "has tag 9 instead of 10"
	broken 'vsctl del-port $gateway' 'add_again' "has no port $gateway for the gateway"
	vsctl del-port "$port"
	cni CHECK ovs <<<"$(with_result "$c" "$r")"
	assert_error 104 "the switch has no port $port"
}

add_again() {
	new_container two
	add ovs <<<"$c"
	use_container one
}

@test "ovs: CHECK is not taken in by a row that holds on to another device" {
	local c r port

	c=$(layer2_conf)
	new_bridge br0
	new_container one
	add ovs <<<"$c"
	r=$stdout port=$(host_end)
	host ip link delete "$port"
	host ip link add "$port" address "$(jq -r '.interfaces[0].mac' <<<"$r")" type veth peer name eth0 netns one
	in_container one ip link set eth0 address "$(jq -r '.interfaces[1].mac' <<<"$r")" up
	host ip link set "$port" up
	cni CHECK ovs <<<"$(with_result "$c" "$r")"
	assert_error 104 "the switch holds on to another device"
}

@test "ovs: a bridge that is deleted under its ports stops no DEL" {
	local c r

	c=$(layer2_conf)
	new_bridge br0
	new_container one
	add ovs <<<"$c"
	r=$stdout
	vsctl del-br br0
	cni CHECK ovs <<<"$(with_result "$c" "$r")"
	assert_error 104 "the switch has no port"
	cni STATUS ovs <<<"$c"
	assert_error 50 "failed to find bridge br0"
	del ovs <<<"$c"
	refute host ip link show "$(host_end "$r")"
}

# What ovs-cni leaves: a veth of a random name, and a row with its four words.
ovs_cni_attaches() {
	host ip link add "$1" type veth peer name eth0 netns "$2"
	vsctl add-port br0 "$1" -- set port "$1" external_ids:owner=ovs-cni.network.kubevirt.io \
		external_ids:contNetns="/run/netns/$2" external_ids:contIface=eth0 external_ids:contPodUid=u
}

@test "ovs: ports of ovs-cni go by DEL and by GC, ports of others never" {
	local c cache=/var/lib/cni/ovs-cni/cache

	c=$(layer2_conf)
	new_bridge br0
	vsctl add-port br0 uplink -- set interface uplink type=internal
	new_container live
	ovs_cni_attaches veth1 live
	new_container dead
	ovs_cni_attaches veth2 dead
	new_container one
	mkdir -p $cache
	touch $cache/one-eth0 $cache/live-eth0
	ovs_cni_attaches veth3 one
	del ovs <<<"$c"
	assert_eq "$(ports br0 | xargs)" "uplink veth1 veth2"
	refute host ip link show veth3
	assert_eq "$(ls $cache)" live-eth0
	ip netns delete dead
	wait_until 5 refute host ip link show veth2
	cni GC ovs <<<"$(jq '."cni.dev/valid-attachments" = []' <<<"$c")"
	assert_success
	assert_eq "$(ports br0 | xargs)" "uplink veth1"
	host ip link show veth1
}

@test "ovs: DEL needs neither namespace nor bridge name, and finds a renamed interface" {
	local c

	c=$(ovs_conf)
	new_container one
	add ovs <<<"$c"
	in_container one ip link set eth0 down
	in_container one ip link set eth0 name sneaky
	netns='' del ovs <<<"$(jq 'del(.bridge)' <<<"$c")"
	assert_eq "$(attached switch)" ""
	refute host ip link show "$(host_end)"
	refute in_container one ip link show sneaky
}

@test "ovs: GC removes exactly what is not listed" {
	local c

	c=$(ovs_conf)
	for name in keep go; do
		new_container $name
		add ovs <<<"$c"
	done
	add ovs CNI_IFNAME=net1 <<<"$(jq '.name = "other"' <<<"$c")"
	vsctl set port "$(host_end)" external_ids:cni-network=switch # forged: its owner is of another network
	cni GC ovs <<<"$(jq '."cni.dev/valid-attachments" = [{containerID: "keep", ifname: "eth0"}]' <<<"$c")"
	assert_success
	assert_eq "$(attached switch | wc -w)" 2
	assert_eq "$(vsctl --bare --columns=name find port external_ids:cni-owner=switch/go/eth0)" ""
	assert_eq "$(host_ends)" 2
	wait_until 5 reaches keep 10.46.0.1
	cni GC ovs <<<"$c"
	assert_success
	assert_eq "$(attached switch | wc -w)" 2
}

@test "ovs: a port of that name with another owner is left alone" {
	local c port

	c=$(layer2_conf)
	new_bridge br0
	new_container one
	add ovs <<<"$c"
	port=$(host_end)
	del ovs <<<"$c"
	vsctl --no-wait add-port br0 "$port" -- set port "$port" external_ids:cni-owner=switch/forged/eth0
	snapshot_host
	cni ADD ovs <<<"$c"
	assert_error 103 "the switch has a port $port of another"
	assert_unchanged
	assert_eq "$(ports br0)" "$port"
}

@test "ovs: 64 at once" {
	local c i BIN=$PLAIN_BIN

	c=$(layer2_conf '.vlan = 3')
	cni_path=$BIN
	new_bridge br0
	all() {
		local pids=() i

		for ((i = 0; i < 64; i++)); do
			host env -i CNI_COMMAND="$1" CNI_CONTAINERID="c$i" CNI_NETNS="/run/netns/c$i" CNI_IFNAME=eth0 CNI_PATH="$BIN" \
				"$BIN/ovs" <<<"$c" >"$BATS_TEST_TMPDIR/$1.$i" 3>&- &
			pids+=($!)
		done
		for i in "${!pids[@]}"; do
			wait "${pids[i]}" || fail_because "$1 $i: $(cat "$BATS_TEST_TMPDIR/$1.$i")"
		done
	}
	for ((i = 0; i < 64; i++)); do
		ip netns add "c$i"
	done
	all ADD
	assert_eq "$(attached switch | wc -w)" 64
	assert_eq "$(vsctl --bare --columns=name find interface 'error!=[]' | wc -w)" 0
	all DEL
	assert_eq "$(ports br0)" ""
	assert_eq "$(host_ends)" 0
}

@test "ovs: spoof checks are refused where they can do nothing" {
	local c

	c=$(ovs_conf '.macspoofchk = true')
	new_container one
	snapshot_host
	cni ADD ovs <<<"$c"
	assert_error 101 "macspoofchk and ipspoofchk can do nothing on bridge ovs0"
	assert_unchanged
	new_bridge ovs0
	cni ADD ovs <<<"$c"
	assert_error 101 "can do nothing"
	cni STATUS ovs <<<"$c"
	assert_error 50 "can do nothing"
	cni ADD ovs <<<"$(layer2_conf '.ipspoofchk = true')"
	assert_error 7 "ipspoofchk needs an IPAM plugin"
}

@test "ovs: addresses from the network: dhcp speaks through the switch" {
	local started=() socket_of_switch=$socket c name

	load dhcp
	c=$(layer2_conf '.vlan = 12')
	new_bridge br0
	new_container server
	add ovs <<<"$c"
	in_container server ip addr add 10.7.0.1/24 dev eth0
	finish_checksums server
	dnsmasq_serves
	socket=/run/cni/dhcp.sock
	start_daemon
	c=$(jq '.ipam.type = "dhcp"' <<<"$c")
	for name in one two; do
		new_container $name
		add ovs <<<"$c"
		assert_match "$(jq -r '.ips[0].address' <<<"$stdout")" '^10[.]7[.]0[.][56]'
	done
	check ovs <<<"$(with_result "$c")"
	reaches two 10.7.0.1
	del ovs <<<"$c"
	wait_until 5 grep -q DHCPRELEASE "$BATS_TEST_TMPDIR/server.log"
	socket=$socket_of_switch
	assert_eq "$(attached switch | wc -w)" 2
	stop_daemon
	kill "${started[@]}" 2>/dev/null || true
}

@test "ovs: ADDs and DELs that are killed leave no port, link or lease" {
	local c i pid BIN=$PLAIN_BIN cni_path=$PLAIN_BIN

	c=$(ovs_conf)
	new_container one
	add ovs <<<"$c"
	del ovs <<<"$c"
	snapshot_host
	ports ovs0 >"$BATS_TEST_TMPDIR/ports"
	for ((i = 0; i < 100; i++)); do
		for verb in ADD DEL; do
			nsenter --net="/run/netns/$HOST" env -i CNI_COMMAND=$verb CNI_CONTAINERID=one CNI_NETNS="$netns" CNI_IFNAME=eth0 \
				CNI_PATH="$BIN" "$BIN/ovs" <<<"$c" >/dev/null 2>&1 3>&- &
			pid=$!
			# Somewhere in the first 60 ms, which is about what a verb takes on a machine with other work.
			sleep "0.0$(printf %02d $((RANDOM % 60)))"
			((i % 3 == 0)) || kill -KILL $pid 2>/dev/null || true
			wait $pid || true
		done
	done
	del ovs <<<"$c"
	assert_unchanged
	assert_eq "$(ports ovs0)" "$(cat "$BATS_TEST_TMPDIR/ports")"
}

@test "cnitool show: containers hang on the switch, each with its VLANs" {
	local access trunk

	new_bridge br0
	new_container one
	add ovs <<<"$(layer2_conf '.vlan = 20')"
	access=$(host_end)
	new_container two
	add ovs <<<"$(layer2_conf '.trunk = [{id: 30}, {minID: 40, maxID: 41}]')"
	trunk=$(host_end)
	host "$BIN/cnitool" show >"$BATS_TEST_TMPDIR/tree"
	grep -Eq '^[├└]─ br0  bridge of Open vSwitch' "$BATS_TEST_TMPDIR/tree"
	grep -Eq "^[│ ]  [├└]─ $access  VLAN 20 ── eth0 in one" "$BATS_TEST_TMPDIR/tree"
	grep -Eq "^[│ ]  [├└]─ $trunk  trunk 30 40 41 ── eth0 in two" "$BATS_TEST_TMPDIR/tree"
	stdout=$(host "$BIN/cnitool" show --json)
	stdout_file=$BATS_TEST_TMPDIR/json
	echo "$stdout" >"$stdout_file"
	assert_json '.namespaces[0].links | map(select(.vlans) | [.name, .master, .vlans]) | sort_by(.[2])' \
		"[[\"$access\", \"br0\", \"VLAN 20\"], [\"$trunk\", \"br0\", \"trunk 30 40 41\"]]"
	host "$BIN/cnitool" show --svg >"$BATS_TEST_TMPDIR/svg"
	grep -q '>VLAN 20<' "$BATS_TEST_TMPDIR/svg"
	# Without an answer there is a picture all the same.
	end ovs-vswitchd
	end ovsdb-server
	host "$BIN/cnitool" show >"$BATS_TEST_TMPDIR/tree"
	grep -q "$access ── eth0 in one" "$BATS_TEST_TMPDIR/tree"
}
