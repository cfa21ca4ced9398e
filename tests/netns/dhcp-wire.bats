#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon's socket and command line, and who else speaks there.

load helpers
load dhcp

setup() {
	setup_dhcp
}

teardown() {
	teardown_dhcp
}

# say TEXT: what the daemon answers
say() {
	printf '%s' "$1" | host socat -t 5 - "UNIX-CONNECT:$socket"
}

code_of() {
	say "$1"$'\n' | jq .error.code
}

@test "dhcp: the reference's plugin and this daemon, this plugin and the reference's daemon: words, no hang" {
	start_daemon
	plug_alone c1
	BIN=$REFERENCE_BIN cni ADD dhcp <<<"$(dhcp_conf '.cniVersion = "1.0.0"')"
	assert_error 999 "this daemon and the plugin dhcp must be of one kind"
	stop_daemon
	nsenter --net="/run/netns/$HOST" -- "$REFERENCE_BIN/dhcp" daemon -socketpath "$socket" >/dev/null 2>&1 3>&- &
	started+=($!)
	wait_until 5 test -S "$socket"
	cni ADD dhcp <<<"$(dhcp_conf)"
	assert_error 999 "the DHCP daemon speaks another language"
	cni STATUS dhcp <<<"$(dhcp_conf)"
	assert_error 50 "the DHCP daemon speaks another language"
}

plug_alone() {
	new_container "$1"
	in_container "$1" ip link add eth0 type veth peer name other
}

@test "dhcp: what is no question gets an answer, or is hung up on, and the daemon goes on" {
	local too_much

	start_daemon
	assert_eq "$(code_of 'nonsense')" 6
	assert_eq "$(code_of '{}')" 6
	assert_eq "$(code_of '{"verb": "add"}')" 6
	assert_eq "$(code_of '{"verb": "add", "owner": "a/b/c", "netns": "relative", "ifname": "eth0", "clientId": "00", "options": "",
		"broadcast": false, "priority": 0, "timeout": 0}' | tr -d '\n')" 6
	assert_eq "$(code_of '{"verb": "add", "owner": "a/b/c", "netns": "/run/netns/none", "ifname": "eth0", "clientId": "00", "options": "37ff", "broadcast": false, "priority": 0, "timeout": 0}')" 6
	assert_eq "$(code_of '{"verb": "add", "owner": "a/b/c", "netns": "/run/netns/none", "ifname": "eth0", "clientId": "00", "options": "", "broadcast": false, "priority": 0, "timeout": 0}')" 999
	assert_eq "$(code_of '{"verb": "check", "owner": "a/b/c"}')" 104
	assert_eq "$(say $'{"verb": "del", "owner": "a/b/c"}\n')" '{}'
	too_much=$(head -c 70000 /dev/zero | tr '\0' x)
	say "$too_much" >/dev/null || true
	answers
}

@test "dhcp: the daemon's own namespace and interfaces without Ethernet address are refused" {
	start_daemon
	new_container c1
	cni ADD dhcp CNI_IFNAME=lo <<<"$(dhcp_conf)"
	[[ $status == 1 ]]
	assert_json '.msg | contains("no Ethernet address") or contains("interface name")' true
	cni ADD dhcp <<<"$(dhcp_conf)"
	assert_error 100 'error looking up "eth0" in the container'
	assert_eq "$(say '{"verb": "add", "owner": "a/b/c", "netns": "/proc/self/ns/net", "ifname": "lo", "clientId": "00", "options": "",
"broadcast": false, "priority": 0, "timeout": 0}' >/dev/null; say $'{"verb": "add", "owner": "a/b/c", "netns": "/proc/self/ns/net", "ifname": "lo", "clientId": "00", "options": "", "broadcast": false, "priority": 0, "timeout": 0}\n' | jq .error.code)" 8
}

# Callers that have gone again stay in the queue of a daemon that does not take them.
fill_queue() {
	python3 -IS - "$socket" <<'PY'
import socket, sys
for _ in range(2000):
    caller = socket.socket(socket.AF_UNIX)
    caller.setblocking(False)
    try:
        caller.connect(sys.argv[1])
    except BlockingIOError:
        sys.exit()
sys.exit("the queue has no end")
PY
}

@test "dhcp: a daemon that hangs, with more callers than wait in its queue: STATUS says so in a second, DEL hears SIGTERM" {
	local pid

	start_daemon
	kill -STOP "$daemon_pid"
	fill_queue
	new_container c1
	PLUGIN_SECONDS=8 cni STATUS dhcp <<<"$(dhcp_conf)"
	assert_error 50 "the DHCP daemon does not answer"
	assert_match "$(jq -r .details "$stdout_file")" "who listens at $socket is stopped"
	nsenter --net="/run/netns/$HOST" -- env -i CNI_COMMAND=DEL CNI_CONTAINERID=c1 CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
		"$PLAIN_BIN/dhcp" <<<"$(dhcp_conf)" >"$BATS_TEST_TMPDIR/answer" 3>&- &
	pid=$!
	started+=("$pid")
	wait_until 5 holds_signals "$pid"
	kill -TERM "$pid"
	wait_until 5 grep -q 'waiting for the DHCP daemon ended' "$BATS_TEST_TMPDIR/answer"
	kill -CONT "$daemon_pid"
	answers
	del dhcp <<<"$(dhcp_conf)"
}

@test "dhcp: a daemon without descriptors for its callers does not spin, and serves those who come later" {
	local crowd

	start_daemon
	prlimit --pid "$daemon_pid" --nofile=16:16
	python3 -IS -c 'import socket, sys, time
callers = [socket.socket(socket.AF_UNIX) for _ in range(40)]
for caller in callers: caller.connect(sys.argv[1])
print("in", flush=True)
time.sleep(60)' "$socket" >"$BATS_TEST_TMPDIR/crowd" 3>&- &
	crowd=$!
	started+=("$crowd")
	wait_until 10 grep -q in "$BATS_TEST_TMPDIR/crowd"
	timeout 1 strace -qq -e trace=accept4 -o "$BATS_TEST_TMPDIR/calls" -p "$daemon_pid" || true
	(($(wc -l <"$BATS_TEST_TMPDIR/calls") < 100)) || fail_because "$(wc -l <"$BATS_TEST_TMPDIR/calls") calls in a second"
	wait_until 10 answers
}

@test "dhcp: only root may call" {
	start_daemon
	chmod 777 "$BATS_TEST_TMPDIR" "${socket%/*}" "$socket"
	run host setpriv --reuid 65534 --clear-groups socat -t 2 - "UNIX-CONNECT:$socket" <<<'{"verb": "status"}'
	[[ $output != *'{}'* ]]
	answers
}

@test "dhcp: the daemon's flags: forms, pid file, prefix, usage and exit status" {
	local pid_file=$BATS_TEST_TMPDIR/pid

	run "$BIN/dhcp" daemon -no-such
	[[ $status == 2 && $output == *"flag provided but not defined: -no-such"*Usage:* ]]
	run "$BIN/dhcp" daemon -timeout 5
	[[ $status == 2 && $output == *'invalid value "5" for flag -timeout'* ]]
	run "$BIN/dhcp" daemon -pidfile relative
	[[ $status == 2 && $output == *"not an absolute path"* ]]
	mkdir -p "$BATS_TEST_TMPDIR/prefix"
	flags=(--hostprefix="$BATS_TEST_TMPDIR/prefix" -socketpath /run/cni/dhcp.sock --pidfile "$pid_file" -broadcast=true --timeout=1m30s)
	socket=$BATS_TEST_TMPDIR/prefix/run/cni/dhcp.sock
	nsenter --net="/run/netns/$HOST" -- "$BIN/dhcp" daemon "${flags[@]}" >>"$BATS_TEST_TMPDIR/daemon.log" 2>&1 3>&- &
	daemon_pid=$!
	wait_until 10 answers
	assert_eq "$(cat "$pid_file")" "$daemon_pid"
	assert_eq "$(stat -c %a "$socket")" 660
	stop_daemon
	[[ ! -e $pid_file && ! -e $socket ]]
}

@test "dhcp: a socket that somebody removes is there again" {
	start_daemon
	rm "$socket"
	wait_until 5 answers
	rm "$socket"
	wait_until 5 answers
	rm "$socket"
	new_container c1
	del dhcp <<<"$(dhcp_conf)"
}

@test "dhcp: a socket that was handed over is used, and is not removed" {
	mkdir -p "${socket%/*}"
	nsenter --net="/run/netns/$HOST" -- python3 - "$BIN/dhcp" "$socket" >>"$BATS_TEST_TMPDIR/daemon.log" 2>&1 3>&- <<'PY' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[2])
s.listen(8)
if s.fileno() != 3:
    os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], ["dhcp", "daemon", "-socketpath", sys.argv[2]])
PY
	daemon_pid=$!
	wait_until 10 answers
	stop_daemon
	[[ -S $socket ]]
}
