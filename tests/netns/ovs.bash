# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A switch of its own for each test: ovsdb-server and ovs-vswitchd in the test's host. Without the kernel's module
# its datapath is in user space, which DATAPATH=netdev, the default, says. ovs-vsctl finds it by $OVS_RUNDIR.

DATAPATH=${DATAPATH:-netdev}
SWITCH_MS=${SWITCH_MS:-600} # five times so many milliseconds a switch may take, which is long but where it is emulated

setup_with_switch() {
	setup_host
	start_switch
}

teardown_with_switch() {
	stop_switch
	teardown_host
}

start_switch() {
	OVS_RUNDIR=/run/openvswitch # tools/private.sh has made it ours
	export OVS_RUNDIR OVS_LOGDIR=$OVS_RUNDIR OVS_DBDIR=$OVS_RUNDIR OVS_SYSCONFDIR=$OVS_RUNDIR
	socket=$OVS_RUNDIR/db.sock
	ovsdb-tool create "$OVS_RUNDIR/conf.db" /usr/share/openvswitch/vswitch.ovsschema
	start_database
	vsctl --no-wait init
	start_vswitchd
}

# bats waits for whoever has its descriptors.
start_database() {
	host ovsdb-server "$OVS_RUNDIR/conf.db" --remote="punix:$socket" --pidfile="$OVS_RUNDIR/ovsdb-server.pid" --detach --no-chdir \
		--log-file="$OVS_RUNDIR/ovsdb-server.log" --verbose=console:off 3>&- >/dev/null 2>&1
}

start_vswitchd() {
	host ovs-vswitchd "unix:$socket" --pidfile="$OVS_RUNDIR/ovs-vswitchd.pid" --detach --no-chdir \
		--log-file="$OVS_RUNDIR/ovs-vswitchd.log" --verbose=console:off 3>&- >/dev/null 2>&1
}

# end ovsdb-server|ovs-vswitchd [SIGNAL]: kills it and waits for its end.
end() {
	local pid

	pid=$(cat "$OVS_RUNDIR/$1.pid" 2>/dev/null) || return 0
	kill "-${2:-KILL}" "$pid" 2>/dev/null || return 0
	wait_until 5 is_over "$pid"
}

# Whoever got the process as a child may not have waited for it.
is_over() {
	[[ ! -e /proc/$1/stat || $(sed 's/.*) //' "/proc/$1/stat") == [ZX]* ]]
}

stop_switch() {
	[[ -n ${OVS_RUNDIR:-} ]] || return 0
	kill -CONT "$(cat "$OVS_RUNDIR/ovs-vswitchd.pid")" "$(cat "$OVS_RUNDIR/ovsdb-server.pid")" 2>/dev/null || true
	end ovs-vswitchd
	end ovsdb-server
	rm -rf "${OVS_RUNDIR:?}"/*
}

vsctl() {
	host ovs-vsctl --timeout=10 --db="unix:$socket" "$@"
}

new_bridge() {
	vsctl add-br "$1" -- set bridge "$1" datapath_type="$DATAPATH"
}

# ovs_conf [FILTER]: the example for this test's switch.
ovs_conf() {
	conf 46-ovs ".cniVersion = \"1.1.0\" | .socket_file = \"unix:$socket\" | .datapathType = \"$DATAPATH\" |
		.link_state_check_interval = $SWITCH_MS | ${1:-.}"
}

# A network without addresses on the bridge br0.
layer2_conf() {
	ovs_conf "{cniVersion, name, type, socket_file, bridge: \"br0\"} | ${1:-.}"
}

# column TABLE ROW COLUMN: its value as JSON, without the words of sets and maps.
column() {
	vsctl --format=json --columns="$3" list "$1" "$2" |
		jq -c '.data[0][0] | if type == "array" and .[0] == "map" then .[1] | map({(.[0]): .[1]}) | add // {}
			elif type == "array" and .[0] == "set" then .[1] else . end'
}

ports() {
	vsctl list-ports "$1"
}

# The numbers of rows are the database's own; ports of attachments are what counts.
attached() {
	vsctl --bare --columns=name find port "external_ids:cni-network=$1"
}

# host_end [RESULT]: the name of the port.
host_end() {
	jq -r '.interfaces[0].name' <<<"${1:-$stdout}"
}

# How many links with a container's end there are.
host_ends() {
	host ip -j link | jq '[.[] | select(.ifname | startswith("veth"))] | length'
}

reaches() {
	in_container "$1" ping -c 1 -W "${PING_SECONDS:-10}" "$2" >/dev/null
}

# OVS 3.1 in user space hands on checksums that nobody finished: the container's kernel finishes its own then (ETHTOOL_STXCSUM).
finish_checksums() {
	in_container "$1" python3 -c '
import array, fcntl, socket, struct
value = array.array("B", struct.pack("II", 0x17, 0))
fcntl.ioctl(socket.socket(), 0x8946, struct.pack("16sP16x", b"eth0", value.buffer_info()[0]))'
}
