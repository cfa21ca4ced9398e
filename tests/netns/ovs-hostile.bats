#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ovs and a database that lies, stammers, floods or says nothing, and others who work on the switch meanwhile.

load helpers
load ovs

setup() {
	setup_host
}

teardown() {
	[[ -z ${server:-} ]] || kill "$server" 2>/dev/null || true
	[[ -z ${OVS_RUNDIR:-} ]] || stop_switch
	teardown_host
}

# serve WAY: somebody at $socket who answers so. "late" answers the first request as a switch with br0 would, then says
# nothing more; "drip" sends a byte every 10 ms; "flood" never ends; "many" sends one of 15 million values; "chat" sends other messages only.
serve() {
	socket=$BATS_TEST_TMPDIR/$1.sock
	# The descriptor is of bats, which waits for its end.
	python3 - "$1" "$socket" 3>&- <<-'EOS' &
		import os, socket, sys, time
		way, path = sys.argv[1:]
		server = socket.socket(socket.AF_UNIX)
		server.bind(path)
		server.listen(8)
		look = b'{"id":1,"result":[{"rows":[{"name":"br0","datapath_type":""}]},{"rows":[]},{"rows":[]}],"error":null}'
		while True:
		    connection, _ = server.accept()
		    if os.fork():
		        continue
		    try:
		        if way == "late":
		            connection.recv(65536)
		            connection.sendall(look)
		        elif way == "garbage":
		            connection.sendall(b"\x00\xffGET / HTTP/1.1\r\n\r\n")
		        elif way == "half":
		            connection.sendall(look[:40])
		            connection.shutdown(socket.SHUT_RDWR)
		        elif way == "nested":
		            connection.sendall(b'{"id":1,"result":' + b"[" * 1000000)
		        elif way == "refuse":
		            connection.sendall(b'{"id":1,"result":null,"error":"not today\\u001b[2J"}')
		        elif way == "shapes":
		            connection.sendall(b'{"id":1,"result":[{"rows":{}},7,{"rows":[null,[],{"tag":["set"]}]}],"error":null}')
		        elif way == "many":
		            connection.sendall(b'{"id":1,"result":[' + b"0," * 15000000 + b'0],"error":null}')
		        while way == "flood":
		            connection.sendall(b'{"id":1,"result":["' + b"x" * 1000000)
		        while way == "chat":
		            connection.sendall(b'{"id":null,"method":"update","params":[]}' * 100)
		        while way == "drip":
		            connection.sendall(b" ")
		            time.sleep(0.01)
		        time.sleep(60)
		    except OSError:
		        pass
		    os._exit(0)
	EOS
	server=$!
	wait_until 15 test -S "$socket"
}

# Everything a verb can do ends in an error, soon, and nothing is left.
judge() {
	local before

	snapshot_host
	before=$(now_ms)
	cni ADD ovs <<<"$(layer2_conf)"
	assert_error "$1" "$2"
	assert_unchanged
	cni STATUS ovs <<<"$(layer2_conf)"
	assert_error 50
	cni DEL ovs <<<"$(layer2_conf)"
	assert_error 11
	cni GC ovs <<<"$(layer2_conf '."cni.dev/valid-attachments" = []')"
	assert_error 11
	(($(now_ms) - before < 30000)) || fail_because "it took $(($(now_ms) - before)) ms"
	kill "$server"
}

@test "ovs: no answer of a database does harm" {
	new_container one
	serve garbage
	judge 11 "does not answer: bad message"
	serve half
	judge 11 "does not answer: connection reset by peer"
	serve nested
	judge 11 "does not answer: bad message"
	serve flood
	judge 11 "does not answer: file too large"
	serve many
	judge 11 "does not answer: file too large"
	serve chat
	judge 11 "does not answer: protocol error"
	serve refuse
	judge 11 "the database of Open vSwitch at $socket refuses"
	refute grep -q $'\x1b' "$stdout_file"
}

@test "ovs: an answer of the wrong shape is no answer" {
	serve shapes
	new_container one
	cni ADD ovs <<<"$(layer2_conf)"
	assert_error 7 "failed to find bridge br0"
	del ovs <<<"$(layer2_conf)"
}

# A socket that was accepted is listed where the other end is.
is_connected() {
	host grep -q "$socket" /proc/net/unix
}

@test "ovs: who waits for an answer that does not come hears SIGTERM, and cleans up" {
	local way pid c

	new_container one
	for way in late drip; do
		serve $way
		snapshot_host
		c=$(layer2_conf)
		# A plain command: the signal is for the plugin, not for a shell around it.
		nsenter --net="/run/netns/$HOST" env -i CNI_COMMAND=ADD CNI_CONTAINERID=one CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$cni_path" \
			"$BIN/ovs" <<<"$c" >"$BATS_TEST_TMPDIR/$way" 3>&- &
		pid=$!
		[[ $way == drip ]] || wait_until 5 in_container one ip link show eth0
		wait_until 5 is_connected
		kill -TERM "$pid"
		wait "$pid" || true
		jq -e '.code == 11' "$BATS_TEST_TMPDIR/$way" || fail_because "$way: $(cat "$BATS_TEST_TMPDIR/$way")"
		assert_unchanged
		kill "$server"
	done
}

@test "ovs: a database that takes no connections is left at the deadline" {
	socket=$BATS_TEST_TMPDIR/full.sock
	python3 - "$socket" 3>&- <<-'EOS' &
		import socket, sys, time
		server = socket.socket(socket.AF_UNIX)
		server.bind(sys.argv[1])
		server.listen(0)
		first = socket.socket(socket.AF_UNIX)
		first.connect(sys.argv[1])
		time.sleep(60)
	EOS
	server=$!
	wait_until 15 test -S "$socket"
	new_container one
	cni STATUS ovs <<<"$(layer2_conf)"
	assert_error 50 "cannot connect to the database of Open vSwitch at $socket: connection timed out"
}

# Frames to the MAC of the host's end come to the host's own stack where the datapath is in user space, and everywhere once
# somebody takes the port off the switch.
@test "ovs: the host neither takes nor forwards what a container sends to its end" {
	local mac

	start_switch
	new_bridge br0
	new_outside
	host sysctl -qw net.ipv4.ip_forward=1
	host ip addr add 10.99.0.1/32 dev lo
	host ip route add 10.50.0.0/24 via 192.0.2.2 # the host can answer, or would
	new_container one
	add ovs <<<"$(layer2_conf '.vlan = 20')"
	mac=$(host ip -j link show "$(host_end)" | jq -r '.[0].address')
	in_container one ip addr add 10.50.0.1/24 dev eth0
	for address in 10.99.0.1 192.0.2.2; do
		in_container one ip route add $address dev eth0
		in_container one ip neigh replace $address lladdr "$mac" dev eth0
	done
	counted() {
		host nft -j list ruleset | jq '[.nftables[].rule.expr? // [] | .[].counter.packets // empty] | add'
	}
	host nft -f - <<-'EOS'
		table ip seen {
			chain in { type filter hook input priority 0; ip saddr 10.50.0.1 counter; }
			chain forward { type filter hook forward priority 0; ip saddr 10.50.0.1 counter; }
			chain early { type filter hook prerouting priority 0; ip saddr 10.50.0.1 notrack; }
		}
	EOS
	for address in 10.99.0.1 192.0.2.2; do
		in_container one ping -c 2 -i 0.2 -W 0.2 "$address" >/dev/null || true
	done
	assert_eq "$(counted)" 0
	vsctl del-port "$(host_end)"
	in_container one ping -c 2 -i 0.2 -W 0.2 10.99.0.1 >/dev/null || true
	assert_eq "$(counted)" 0
}

@test "ovs: DEL takes the port whose external_ids somebody cleared or replaced, but no other" {
	local c ids port

	start_switch
	new_bridge br0
	c=$(layer2_conf)
	new_container one
	for ids in '' 'foo=bar' 'owner=another' "contNetns=$netns,contIface=eth0"; do
		add ovs <<<"$c"
		vsctl clear port "$(host_end)" external_ids
		[[ -z $ids ]] || vsctl set port "$(host_end)" "external_ids={$ids}"
		del ovs <<<"$c"
		assert_eq "$(ports br0)" ""
	done
	add ovs <<<"$c"
	port=$(host_end)
	vsctl set port "$port" external_ids:cni-owner=switch/other/eth0
	del ovs <<<"$c"
	assert_eq "$(ports br0)" "$port"
}

@test "ovs: a gateway that somebody moved to another VLAN is none" {
	local c gateway

	start_switch
	c=$(ovs_conf)
	new_container one
	add ovs <<<"$c"
	gateway=$(jq -r '.interfaces[2].name' <<<"$stdout")
	vsctl set port "$gateway" tag=99
	new_container two
	snapshot_host
	cni ADD ovs <<<"$c"
	assert_error 103 "the gateway's port $gateway has tag 99 instead of 10"
	assert_unchanged
	vsctl del-port "$gateway"
	add ovs <<<"$c"
	reaches two 10.46.0.1
}

@test "ovs: ports and bridges that others delete meanwhile harm nobody else" {
	local c i meddler port

	start_switch
	new_bridge br0
	c=$(layer2_conf '.vlan = 2')
	new_container stays
	add ovs <<<"$c"
	port=$(jq -r '.interfaces[0].name' <<<"$stdout")
	while sleep 0.02; do
		for i in $(vsctl list-ports br0); do
			[[ $i == "$port" ]] || vsctl --if-exists del-port "$i"
		done
	done >/dev/null 2>&1 3>&- &
	meddler=$!
	for ((i = 0; i < 8; i++)); do
		new_container "c$i"
		cni ADD ovs <<<"$c"
		[[ $status == 0 ]] || assert_error 11 "took the port"
		del ovs <<<"$c"
	done
	kill $meddler
	assert_eq "$(vsctl list-ports br0)" "$port"
	assert_eq "$(host ip -j link | jq '[.[] | select(.ifname | startswith("veth"))] | length')" 1
}

@test "ovs: after a power cut an old database costs nobody a port" {
	local c result

	start_switch
	new_bridge br0
	c=$(layer2_conf '.vlan = 2 | .ipam = {type: "static", addresses: [{address: "192.0.2.1/24"}]}')
	for name in one two; do
		new_container $name
		add ovs <<<"$c"
	done
	# The machine starts with what was in the file: all links are gone, all rows are there.
	end ovs-vswitchd
	end ovsdb-server
	for name in one two; do
		ip netns delete $name
	done
	start_database
	start_vswitchd
	new_container one
	add ovs <<<"$c"
	result=$stdout
	cni GC ovs <<<"$(jq '."cni.dev/valid-attachments" = [{containerID: "one", ifname: "eth0"}]' <<<"$c")"
	assert_success
	assert_eq "$(vsctl --bare --columns=external_ids find port external_ids:cni-network=switch | grep -o 'switch/[^ ]*')" "switch/one/eth0"
	check ovs <<<"$(with_result "$c" "$result")"
}
