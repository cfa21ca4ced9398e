#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# firewall's firewalld back end, beside a firewalld of Python (firewalld.py) that can be as bad as a test wants it. The real
# one is in interop/apt/firewalld.bats.

load helpers
load firewalld

setup() {
	setup_host
	new_container one
	start_firewalld
	snapshot_host
}

teardown() {
	stop_firewalld
	teardown_host
}

readonly V4=10.31.0.5/32 V6=fd00:10:31::5/128

# firewall_conf [FILTER]: behind a bridge that gave one address of each family.
firewall_conf() {
	conf 31-firewall '.prevResult = {cniVersion: "1.0.0", interfaces: [{name: "cni31"}, {name: "veth1"}, {name: "eth0", sandbox: "/run/netns/one"}],
		ips: [{address: "10.31.0.5/16", gateway: "10.31.0.1", interface: 2}, {address: "fd00:10:31::5/64", interface: 2}]}
		| del(.ingressPolicy) | '"${1:-.}" firewall
}

# call VERB [FILTER] [TEXT]: a verb in version 1.1.0 without a previous result.
call() {
	cni "$1" firewall <<<"$(firewall_conf 'del(.prevResult) | .cniVersion = "1.1.0" | '"${2:-.}")"
}

# ---- what it does

@test "ADD makes each address a source of zone trusted, CHECK asks, DEL takes them out" {
	c=$(firewall_conf '.backend = "firewalld"')
	add firewall <<<"$c"
	assert_json . "$(jq -c .prevResult <<<"$c")"
	assert_eq "$stderr" ""
	assert_eq "$(sources)" "trusted $V4
trusted $V6"
	assert_eq "$(calls)" "addSource trusted $V4
addSource trusted $V6"
	check firewall <<<"$c"
	assert_eq "$(calls)" "querySource trusted $V4
querySource trusted $V6"
	add firewall <<<"$c"
	assert_eq "$(sources | wc -l)" 2 "sources after a second ADD"
	check firewall <<<"$c"
	del firewall <<<"$c"
	assert_eq "$stderr" ""
	assert_eq "$(sources)" ""
	assert_unchanged
	del firewall <<<"$c"
	assert_eq "$stderr" ""
}

@test "firewalldZone names another zone; an empty one means trusted" {
	c=$(firewall_conf '.backend = "firewalld" | .firewalldZone = "public"')
	add firewall <<<"$c"
	assert_eq "$(sources)" "public $V4
public $V6"
	check firewall <<<"$c"
	cni CHECK firewall <<<"$(firewall_conf '.firewalldZone = ""')"
	assert_error 104 "$V4 is no source of firewalld's zone trusted"
	del firewall <<<"$c"
	assert_eq "$(sources)" ""
}

@test "without a backend firewalld is used where it runs, and decides alone; iptables means nftables, and asks nobody" {
	host iptables-nft -P FORWARD DROP
	host ip6tables-nft -P FORWARD DROP
	snapshot_host
	add firewall <<<"$(firewall_conf '.backend = "iptables"')"
	assert_match "$(host iptables-nft -S CNI-FORWARD)" "-s $V4 -j ACCEPT"
	check firewall <<<"$(firewall_conf '.backend = "iptables"')"
	assert_eq "$(calls)" ""
	add firewall <<<"$(firewall_conf)"
	assert_eq "$(sources | wc -l)" 2 "sources"
	assert_match "$stderr" "chain FORWARD of table ip filter drops by default"
	refute grep CNI <<<"$(host iptables-nft -S)"
	check firewall <<<"$(firewall_conf)"
	add firewall <<<"$(firewall_conf '.backend = "ebtables"')"
	assert_match "$stderr" 'backend "ebtables" is unknown and means none'
	del firewall <<<"$(firewall_conf 'del(.prevResult)')"
	assert_eq "$(sources)" "" "sources after DEL without a result"
	assert_unchanged
}

@test "policies are ours beside a zone, too" {
	c=$(firewall_conf '.ingressPolicy = "isolated"')
	add firewall <<<"$c"
	assert_eq "$(sources | wc -l)" 2 "sources"
	host nft get element inet cni_firewall isolated-cni31-ipv4 "{ ${V4%/32} }"
	check firewall <<<"$c"
	host nft flush chain inet cni_firewall forward
	cni CHECK firewall <<<"$c"
	assert_error 104
	del firewall <<<"$c"
	assert_unchanged
}

# ---- where it is not

@test "without a backend nobody needs firewalld: no bus, one that refuses us, one without it" {
	for trouble in refuses absent "no bus"; do
		mood "$trouble"
		[[ $trouble != "no bus" ]] || stop_firewalld
		add firewall <<<"$(firewall_conf)"
		assert_eq "$stderr" "" "stderr: $trouble"
		check firewall <<<"$(firewall_conf)"
		call STATUS
		assert_success
		call GC '.["cni.dev/valid-attachments"] = []'
		assert_success
		del firewall <<<"$(firewall_conf)"
		assert_eq "$stderr" "" "stderr: $trouble"
		assert_unchanged
	done
}

@test "a backend firewalld that does not run: STATUS has code 50, ADD tells what helps and does nothing, DEL and GC are well" {
	for trouble in absent refuses "no bus"; do
		mood "$trouble"
		[[ $trouble != "no bus" ]] || stop_firewalld
		c=$(firewall_conf '.backend = "firewalld"')
		cni ADD firewall <<<"$c"
		assert_error 11 'backend "firewalld": '
		assert_json '.details | contains("systemctl enable --now firewalld")' true
		assert_unchanged
		cni CHECK firewall <<<"$c"
		assert_error 11 'backend "firewalld": '
		call STATUS '.backend = "firewalld"'
		assert_error 50 'backend "firewalld": '
		assert_json '.details | contains("systemctl enable --now firewalld")' true
		del firewall <<<"$c"
		assert_eq "$stderr" "" "stderr of DEL: $trouble"
		call GC '.backend = "firewalld" | .["cni.dev/valid-attachments"] = []'
		assert_success
	done
}

@test "only unix sockets are asked: no program, no host is" {
	for address in "unixexec:path=/bin/touch,argv1=$BATS_TEST_TMPDIR/mark" "autolaunch:" "tcp:host=localhost,port=1" "unix:path=/x;tcp:host=h,port=1" "nonsense"; do
		cni ADD firewall DBUS_SYSTEM_BUS_ADDRESS="$address" <<<"$(firewall_conf '.backend = "firewalld"')"
		assert_error 11 "cannot be asked: invalid argument"
		refute test -e "$BATS_TEST_TMPDIR/mark"
	done
	add firewall DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere;unix:path=/run/dbus/system_bus_socket" <<<"$(firewall_conf)"
	assert_eq "$(sources | wc -l)" 2 "sources"
}

# ---- what it refuses

@test "a zone that firewalld does not know is the configuration's fault; ADD leaves nothing" {
	cni ADD firewall <<<"$(firewall_conf '.backend = "firewalld" | .firewalldZone = "nope"')"
	assert_error 7 "firewalld does not take $V4 as a source of zone nope"
	assert_json '.details | contains("INVALID_ZONE: nope") and contains("firewall-cmd --get-zones")' true
	assert_unchanged
	call STATUS '.firewalldZone = "nope"'
	assert_error 50 "firewalld does not tell the sources of zone nope"
	cni ADD firewall <<<"$(firewall_conf ".firewalldZone = \"$(printf 'x%.0s' {1..300})\"")"
	assert_error 7 "cannot be the name of a zone"
	assert_unchanged
}

@test "a source that another zone has is a conflict; what ADD did before is undone" {
	echo "home $V6" >"$folder/sources"
	cni ADD firewall <<<"$(firewall_conf)"
	assert_error 103 "firewalld does not take $V6 as a source of zone trusted"
	assert_json '.details | contains("firewall-cmd --get-zone-of-source=fd00:10:31::5/128")' true
	assert_eq "$(sources)" "home $V6"
	assert_unchanged
	del firewall <<<"$(firewall_conf)"
	assert_eq "$(sources)" "home $V6"
}

@test "answers that are none: each is an error, DEL is well with all" {
	for trouble in denied odd garbage hangs-up gone; do
		mood well
		add firewall <<<"$(firewall_conf)"
		mood "$trouble"
		cni CHECK firewall <<<"$(firewall_conf)"
		assert_eq "$status" 1 "CHECK: $trouble"
		cni ADD firewall <<<"$(firewall_conf)"
		assert_eq "$status" 1 "ADD: $trouble"
		[[ $trouble != denied ]] || assert_json '.code == 101 and (.details | contains("NOT_AUTHORIZED: \\x1b[31mno\\x0ano"))' true
		call STATUS
		assert_error 50 "firewalld does not tell the sources of zone trusted"
		mood well
		add firewall <<<"$(firewall_conf)"
		mood "$trouble"
		del firewall <<<"$(firewall_conf)"
		[[ $trouble != denied ]] || assert_match "$stderr" "firewalld keeps the source $V4: .*NOT_AUTHORIZED"
		assert_unchanged
	done
}

# ---- reload

@test "a reload of firewalld forgets sources: CHECK says so and what helps, ADD and GC bring them back" {
	c=$(firewall_conf)
	add firewall <<<"$c"
	: >"$folder/sources"
	cni CHECK firewall <<<"$c"
	assert_error 104 "$V4 is no source of firewalld's zone trusted"
	assert_json '.details | contains("firewall-cmd --zone=trusted --add-source=10.31.0.5/32")' true
	assert_eq "$(sources)" "" "sources after CHECK"
	add firewall <<<"$c"
	check firewall <<<"$c"
	echo "trusted $V6" >"$folder/sources"
	calls >/dev/null
	call GC '.["cni.dev/valid-attachments"] = [{containerID: "one", ifname: "eth0"}]'
	assert_success
	assert_eq "$(calls)" "getSources trusted
addSource trusted $V4"
	check firewall <<<"$c"
}

# ---- whose a source is

@test "GC takes out the sources of those that are not listed, and no others" {
	echo "trusted 192.0.2.0/24" >"$folder/sources"
	add firewall <<<"$(firewall_conf)"
	use_container two
	add firewall <<<"$(firewall_conf '.prevResult.ips = [{address: "10.31.0.6/16"}]')"
	add firewall <<<"$(firewall_conf '.name = "elsewhere" | .prevResult.ips = [{address: "10.31.0.7/16"}]')"
	call GC '.["cni.dev/valid-attachments"] = [{containerID: "two", ifname: "eth0"}]'
	assert_success
	assert_eq "$(sources)" "trusted 192.0.2.0/24
trusted 10.31.0.6/32
trusted 10.31.0.7/32"
	call GC '.["cni.dev/valid-attachments"] = [] | .backend = "iptables"'
	assert_success
	assert_eq "$(sources | wc -l)" 3 "sources after GC with another backend"
}

@test "DEL does not take the address of a newer container" {
	old=$(firewall_conf)
	add firewall <<<"$old"
	use_container two
	add firewall <<<"$old"
	use_container one
	del firewall <<<"$old"
	assert_eq "$(sources | wc -l)" 2 "sources"
	use_container two
	check firewall <<<"$old"
}

@test "what the reference made: CHECK is content with the sources, DEL takes them out by the result" {
	printf 'trusted %s\n' "$V4" "$V6" >"$folder/sources"
	check firewall <<<"$(firewall_conf)"
	del firewall <<<"$(firewall_conf)"
	assert_eq "$(sources)" ""
	assert_unchanged
}

@test "the reference's plugin and ours take out what the other made" {
	c=$(firewall_conf '.backend = "firewalld"')
	cni_of_reference ADD <<<"$c"
	assert_eq "$(sources | wc -l)" 2 "sources of the reference"
	check firewall <<<"$c"
	del firewall <<<"$c"
	assert_eq "$(sources)" ""
	add firewall <<<"$c"
	cni_of_reference CHECK <<<"$c"
	cni_of_reference DEL <<<"$c"
	assert_eq "$(sources)" ""
}

cni_of_reference() {
	host env CNI_COMMAND="$1" CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$REFERENCE_BIN" \
		DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket "$REFERENCE_BIN/firewall"
}

# ---- who does not answer

# start NAME VERB [FILTER]: in the background. Its process is $started, its end and what it says are in files.
start() {
	local name=$1 verb=$2

	shift 2
	firewall_conf "$@" >"$BATS_TEST_TMPDIR/$name.in"
	rm -f "$BATS_TEST_TMPDIR/$name.status"
	CNI_COMMAND=$verb CNI_CONTAINERID=$id CNI_NETNS=$netns CNI_IFNAME=eth0 CNI_PATH=$BIN nsenter --net="/run/netns/$HOST" -- "$BIN/firewall" \
		<"$BATS_TEST_TMPDIR/$name.in" >"$BATS_TEST_TMPDIR/$name.out" 2>"$BATS_TEST_TMPDIR/$name.err" 3>&- &
	started=$!
}

# Of the one started last: sets $status, $stdout, $stderr.
finish() {
	status=0
	wait "$2" || status=$?
	stdout_file=$BATS_TEST_TMPDIR/$1.out stderr_file=$BATS_TEST_TMPDIR/$1.err
	read_output
}

has_called() {
	grep -q "$1" "$folder/calls"
}

@test "SIGTERM ends an ADD that waits for firewalld, with what it did undone; DEL goes on without it, GC is repeated" {
	for trouble in mute floods; do
		mood "$trouble"
		start add ADD
		wait_until 20 has_called addSource
		kill "$started"
		wait_until 20 has_called removeSource # the undoing waits, too, for three seconds
		kill "$started"
		finish add "$started"
		assert_error 11 "firewalld does not take $V4 as a source of zone trusted: interrupted system call"
		assert_unchanged
		mood well
		calls >/dev/null
		add firewall <<<"$(firewall_conf)"
		mood "$trouble"
		start del DEL
		wait_until 20 has_called removeSource
		kill "$started"
		finish del "$started"
		assert_success
		assert_match "$stderr" "firewalld does not answer, the source $V4 may stay: firewall-cmd --get-zone-of-source=$V4"
		assert_unchanged
		mood well
		del firewall <<<"$(firewall_conf)"
		calls >/dev/null
	done
	# GC is repeated, so it keeps what it needs to know.
	add firewall <<<"$(firewall_conf)"
	snapshot_host
	mood mute
	start gc GC 'del(.prevResult) | .cniVersion = "1.1.0" | .["cni.dev/valid-attachments"] = []'
	wait_until 20 has_called removeSource
	kill "$started"
	finish gc "$started"
	assert_error 11 "firewalld does not answer, the source "
	assert_unchanged
	mood well
	call GC '.["cni.dev/valid-attachments"] = []'
	assert_success
	assert_eq "$(sources)" ""
}

# All at once: each waits for five seconds.
@test "a bus that says nothing, or takes no connections, holds nobody up: ADD fails when it is to be firewalld, or goes on as without it; DEL is well" {
	local full=$BATS_TEST_TMPDIR/full

	mood deaf
	/usr/bin/python3 -IS -c '
import socket, sys, threading
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(0)
waiting = socket.socket(socket.AF_UNIX)
waiting.connect(sys.argv[1])
open(sys.argv[1] + ".ready", "w")
threading.Event().wait()' "$full" 3>&- &
	full_pid=$!
	wait_until 10 test -e "$full.ready"
	start auto ADD
	pids=("$started")
	start explicit ADD '.backend = "firewalld"'
	pids+=("$started")
	start del DEL
	pids+=("$started")
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$full
	start crowd ADD '.backend = "firewalld"'
	pids+=("$started")
	start ended ADD '.backend = "firewalld"'
	unset DBUS_SYSTEM_BUS_ADDRESS
	wait_until 10 waits_for_bus "$started"
	kill "$started"
	finish ended "$started"
	assert_error 11 "cannot ask the system's message bus for firewalld: interrupted system call"
	finish auto "${pids[0]}"
	assert_success
	assert_match "$stderr" "the system's message bus does not tell whether firewalld runs: nftables is used as if it did not"
	finish explicit "${pids[1]}"
	assert_error 11 "the system's message bus cannot be asked: connection timed out"
	finish del "${pids[2]}"
	assert_success
	assert_match "$stderr" "sources of its zones may stay"
	finish crowd "${pids[3]}"
	assert_error 11 "the system's message bus cannot be asked: connection timed out"
	kill "$full_pid"
}

# It has a handler for the signal that ends its turns.
waits_for_bus() {
	[[ $(awk '/^SigCgt/ { print substr($2, length($2) - 3, 1) }' "/proc/$1/status") == [2367abef] ]]
}
