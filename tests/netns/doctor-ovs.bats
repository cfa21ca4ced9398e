#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool doctor on a network of ovs: the switch's faults are made on purpose, named, repaired by the fix as it stands, and found
# no more. One host for all of them.

load helpers
load ovs
load cnitool
load doctor

setup() {
	setup_tool
	cnitool=$PLAIN_BIN/cnitool cni_path=$PLAIN_BIN
	start_switch
	write_network .
	write_systemctl
	new_container red
	in_container red ip link set lo up
	tool_ok add n "$netns"
}

teardown() {
	stop_switch
	teardown_tool
}

# write_network FILTER: n, on a bridge that ADD makes.
write_network() {
	jq -n --arg dir "$data_dir" --arg datapath "$DATAPATH" "{cniVersion: \"1.1.0\", name: \"n\", plugins: [{type: \"loopback\"}, ({type: \"ovs\", bridge: \"br0\",
		createBridge: true, datapathType: \$datapath, vlan: 7, isDefaultGateway: true, ipMasq: true,
		ipam: {type: \"host-local\", dataDir: \$dir, ranges: [[{subnet: \"10.9.0.0/24\"}]]}} | $1)]}" >"$conf_dir/n.conflist"
}

# Here no systemd runs, so the units that Debian has are started by hand: `systemctl restart UNIT`, as doctor says it.
write_systemctl() {
	stubs=$BATS_TEST_TMPDIR/stubs
	mkdir "$stubs"
	[[ -e /lib/systemd/system/ovs-vswitchd.service && -e /lib/systemd/system/ovsdb-server.service ]]
	declare -p OVS_RUNDIR OVS_LOGDIR OVS_DBDIR OVS_SYSCONFDIR socket HOST >"$BATS_TEST_TMPDIR/switch"
	cat >"$stubs/systemctl" <<-EOS
		#!/bin/bash
		. "$BATS_TEST_TMPDIR/switch"
		export OVS_RUNDIR OVS_LOGDIR OVS_DBDIR OVS_SYSCONFDIR
		$(declare -f start_database start_vswitchd)
		host() { "\$@"; }
		[[ \$1 == restart ]] || exit 1
		pid=\$(cat "\$OVS_RUNDIR/\$2.pid" 2>/dev/null) && kill -KILL "\$pid" 2>/dev/null
		case \$2 in
		ovsdb-server) start_database ;;
		ovs-vswitchd) start_vswitchd ;;
		*) exit 1 ;;
		esac
	EOS
	chmod +x "$stubs/systemctl"
	PATH=$stubs:$PATH
}

# repaired NAME…: these are found one after another, each when the one before is repaired.
repaired() {
	local name

	for name in "$@"; do
		wait_until 10 is_named "$name"
		[[ -z ${line:-} ]] || noted "$line"
		assert_json 'map(select(has("fix") | not))' '[]'
		paste
	done
	wait_until 10 is_healthy
	wait_until 10 in_container red ping -qc 1 -W 1 10.9.0.1
}

is_named() {
	tool doctor n --json
	[[ $(jq -r '.[].name' "$stdout_file") == "$1" ]]
}

is_healthy() {
	tool doctor n
	[[ "$status $stdout" == "0 n: nothing found" ]]
}

@test "each fault of a switch is made, named, repaired by its fix, and found no more" {
	local line names port pid

	tool doctor n
	assert_eq "$status $stdout" "0 n: nothing found" "what doctor says"
	# shellcheck disable=SC2016 # the lines are for the inner shell
	while IFS='|' read -r names line; do
		[[ -n $names ]] || continue
		port=$(ports br0 | grep ^veth)
		gateway=$(ports br0 | grep ^cni)
		host env port="$port" gateway="$gateway" bash -ec "$line" || fail_because "cannot be broken: $line"
		# shellcheck disable=SC2086 # names are words
		repaired $names
	done <<'END'
switch-port-missing|ovs-vsctl del-port $port
switch-port-missing|ovs-vsctl del-br br0
switch-down|kill -STOP $(cat /run/openvswitch/ovs-vswitchd.pid)
switch-down|kill -KILL $(cat /run/openvswitch/ovs-vswitchd.pid)
switch-database-down|kill $(cat /run/openvswitch/ovsdb-server.pid)
switch-port-orphaned|ovs-vsctl --no-wait add-port br0 gone0 -- set port gone0 external_ids:cni-owner=n/gone/eth0
switch-port-orphaned|ovs-vsctl --no-wait add-port br0 gone1 -- set port gone1 external_ids:owner=ovs-cni.network.kubevirt.io
gateway-missing|ip addr flush dev $gateway
gateway-missing|ip link set $gateway down; ip addr flush dev $gateway
gateway-missing|ovs-vsctl del-port $gateway
interface-missing|ip link delete $port
END
}

@test "a switch whose database is elsewhere, and what is left of the dead on it" {
	local table

	mv "$socket" "$OVS_RUNDIR/else where.sock"
	socket="$OVS_RUNDIR/else where.sock"
	tool doctor n --json
	assert_json 'map([.name, .fix])' '[["switch-database-down", "systemctl restart ovsdb-server"]]'
	write_network ".socket_file = \"unix:$socket\""
	tool doctor n
	assert_eq "$status $stdout" "0 n: nothing found" "what doctor says"
	vsctl --no-wait add-port br0 'a$(b)c' -- set port 'a$(b)c' external_ids:cni-owner=n/gone/eth0
	vsctl --no-wait add-port br0 other -- set port other external_ids:cni-owner=m/gone/eth0
	repaired switch-port-orphaned
	assert_eq "$(ports br0 | grep -v '^veth\|^cni')" other
	# An ADD that was killed: the link and its port.
	host ip link add lost type veth peer name eth9 netns red
	host ip link set lost alias n/gone/eth0
	vsctl add-port br0 lost -- set port lost external_ids:cni-owner=n/gone/eth0
	repaired link-orphaned
	assert_eq "$(ports br0 | grep -v '^veth\|^cni')" other
	refute host ip link show lost
}

@test "checks of a port: those that are missing, and those of the dead" {
	local name

	write_network '.macspoofchk = true | .ipspoofchk = true'
	tool doctor n --json
	# On a datapath in user space they could do nothing, which STATUS says.
	assert_json 'map(.name)' '["ipspoof-missing", "not-ready"]'
	tool doctor n --fix
	assert_match "$stdout" "fixed"
	tool doctor n --json
	assert_json 'map(.name)' '["not-ready"]'
	name=cni_port_$(printf n/gone/eth0 | sha512sum | head -c 16)
	host nft "add table netdev $name; add set netdev $name owner { type ifname; }; add element netdev $name owner { \"veth1\" comment \"n/gone/eth0\" }"
	write_network .
	repaired rules-orphaned
	assert_eq "$(host nft list tables netdev | grep -c "$name")" 0
	host nft list tables netdev | grep -q cni_port_
}
