#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# dhcp's daemon is killed: in every state of its client, and at each system call of a life that changes something. Nothing may be
# lost or given twice, and the server's pool is as full as before. CRASH_FULL=1 takes all states, more calls, and more situations.
# SELECTING and BOUND are in dhcp-life.bats.

load helpers
load dhcp

setup() {
	setup_dhcp
	new_switch
	log=$BATS_TEST_TMPDIR/calls
}

teardown() {
	teardown_dhcp
}

# ---- killed in a state

# The daemon is killed, and the next one starts.
replace_daemon() {
	kill_daemon
	start_daemon -resendmax 1s
}

# The server is silent until the daemon was killed.
killed_in() {
	local before

	plug c1
	add dhcp <<<"$c"
	result=$stdout
	settle
	kill -STOP "$server_pid"
	before=$(since c1)
	case $1 in
	RENEWING) wait_until 12 is_over c1 2100 ;; # of a lease of 4 s
	REBINDING) wait_until 12 is_over c1 3550 ;;
	INIT-REBOOT)
		kill_daemon
		wait_until 12 is_over c1 4000
		start_daemon -resendmax 1s
		wait_until 5 has_no_address c1
		;;
	esac
	wait_until 5 asks c1
	replace_daemon
	kill -CONT "$server_pid"
	wait_until 12 renewed_after c1 "$before"
	wait_until 5 has_address c1 "$address"
	check dhcp <<<"$(with_result "$c" "$result")"
	del dhcp <<<"$c"
	[[ ! -e $(lease_file c1) ]]
	ip netns delete c1
}

@test "dhcp: a daemon killed in REQUESTING gives back what the server may have given; in the states of a lease, it goes on" {
	local ended who

	for who in DEL ${CRASH_FULL:+daemon}; do
		answer_by offers-only
		liar_serves
		start_daemon
		plug c1
		cni ADD dhcp <<<"$(dhcp_conf)" &
		ended=$!
		wait_until 10 test -e "$(lease_file c1)"
		jq -e 'has("asked") and (has("ack") | not)' "$(lease_file c1)" >/dev/null
		# The plugin of the ADD would do it itself, so both are killed.
		kill -STOP "$daemon_pid"
		plugins_of ADD | xargs kill -KILL "$ended"
		wait "$ended" || true
		kill_daemon
		: >"$BATS_TEST_TMPDIR/server.log"
		if [[ $who == DEL ]]; then
			del dhcp <<<"$(dhcp_conf)"
		else
			start_daemon
		fi
		wait_until 5 server_said 1 'RELEASE 10.7.0.66'
		[[ ! -e $(lease_file c1) ]]
		[[ $who == DEL ]] || stop_daemon
		daemon_pid=''
		end_server
		ip netns delete c1
	done
	[[ -z ${CRASH_FULL:-} ]] || {
		udhcpd_serves 4
		c=$(dhcp_conf)
		start_daemon -resendmax 1s
		for who in RENEWING REBINDING INIT-REBOOT; do
			killed_in "$who"
		done
	}
}

# The processes of the plugin that this test started, by their environment.
plugins_of() {
	grep -lz "^CNI_COMMAND=$1\$" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
}

# ---- killed at a system call

# start_traced STRACE-OPTION…: the daemon, without sanitizers; returns also when it is killed.
start_traced() {
	nsenter --net="/run/netns/$HOST" -- strace -qq -o "$log" "$@" "$PLAIN_BIN/dhcp" daemon -socketpath "$socket" \
		>>"$BATS_TEST_TMPDIR/daemon.log" 2>&1 3>&- &
	tracer=$!
	started+=("$tracer")
	wait_until 20 answers_or_is_dead
}

answers_or_is_dead() {
	is_dead || answers
}

is_dead() {
	[[ $(cut -d' ' -f3 "/proc/$tracer/stat" 2>/dev/null || echo Z) == Z ]]
}

# Not the tracer, without which the daemon would go on.
end_traced() {
	xargs -r kill -KILL <"/proc/$tracer/task/$tracer/children" 2>/dev/null || true
	wait "$tracer" 2>/dev/null || true
}

# One attachment, for as long as the daemon lives.
live() {
	deleted=''
	cni ADD dhcp <<<"$c"
	added=$status result=$stdout
	is_dead && return
	cni DEL dhcp <<<"$c"
	deleted=$status
}

# The calls of a life as "name nth".
calls_of_life() {
	start_traced -e trace=all
	live
	end_traced
	awk -v full="${CRASH_FULL:-}" '
		{ name = $0; sub(/\(.*/, "", name) }
		name !~ /^[a-z_0-9]+$/ { next }
		{ n[name]++ }
		/^(renameat|unlinkat|sendto)/ || (full && /^(write|bind|listen|flock|mkdir|accept4|recv|setns)|O_CREAT/) { print name, n[name] }' "$log"
}

# Nobody has anything, the server included.
expect_as_before() {
	[[ $(say_list) == '{"owners":[]}' ]] || fail_because "a lease is held after $where: $(say_list)"
	[[ -z $(find "$folder" -name '*.json') ]] || fail_because "a file is left after $where"
	wait_until 5 test ! -s "$BATS_TEST_TMPDIR/leases" || fail_because "the server has a lease after $where"
}

say_list() {
	echo '{"verb": "list", "network": "lan"}' | socat -t 20 - "UNIX-CONNECT:$socket"
}

# The calls of a life that can go wrong, as "name nth", behind those that load the program. Not brk: the kernel has no error for it, so the C
# library takes an injected one for an address, and ends by SIGSEGV.
calls_that_fail() {
	start_traced -e trace=all
	live
	end_traced
	awk -v calls="$([[ -n ${CRASH_FULL:-} ]] && echo . || echo '^setns$')" '
		{ name = $0; sub(/\(.*/, "", name) }
		name !~ /^[a-z_0-9]+$/ { next }
		{ n[name]++ }
		/flock/ { started = 1 }
		started && name ~ calls && name ~ /^(openat|read|write|renameat|unlinkat|mkdir|close|socket|bind|listen|connect|setsockopt|getsockopt|sendto|sendmsg|recvfrom|recvmsg|accept4|epoll_ctl|epoll_wait|timerfd_settime|inotify_add_watch|setns|newfstatat|fstat|fcntl|getdents64|getrandom|mmap)$/ { print name, n[name] }' "$log"
}

# One of these fails: the daemon goes on, or ends; what it does not know any more a DEL gives back.
sweep_errors() {
	local name nth calls count=0

	calls=$(calls_that_fail)
	while read -r name nth; do
		((++count))
		where="$1 in $name $nth"
		start_traced -e "inject=$name:error=$1:when=$nth"
		live
		wait_until 5 answers_or_is_dead || fail_because "no answer after $where" # it may be ending
		end_traced
		! grep -E '^(---|\+\+\+).* SIG(SEGV|BUS|ABRT|ILL|FPE)' "$log" || fail_because "the daemon crashed after $where"
		DAEMON=$PLAIN_BIN/dhcp start_daemon
		del dhcp <<<"$c" || fail_because "DEL after $where"
		expect_as_before
		add dhcp <<<"$c" || fail_because "ADD after $where"
		del dhcp <<<"$c"
		expect_as_before
		stop_daemon
	done <<<"$calls"
	echo "# $count calls that failed with $1" >&3
	((count > 2))
}

# What was answered is kept by the next daemon, and a DEL does its work with or without one.
repeat() {
	if [[ $1 == with ]]; then
		DAEMON=$PLAIN_BIN/dhcp start_daemon
		[[ $added != 0 || -n $deleted ]] || check dhcp <<<"$(with_result "$c" "$result")" || fail_because "CHECK after $where"
	fi
	del dhcp <<<"$c" || fail_because "DEL after $where"
	[[ $1 == with ]] || DAEMON=$PLAIN_BIN/dhcp start_daemon
}

# Kills a life at each of its calls; the runtime goes on with the next daemon, or before there is one.
sweep() {
	local name nth way calls both count=0 killed=0 alive=()

	calls=$(calls_of_life)
	[[ -n ${CRASH_FULL:-} ]] || calls=$(grep -v '^sendto [1-3]$' <<<"$calls") # the first answers, and a lost DISCOVER
	while read -r name nth; do
		both=(with without)
		[[ -n ${CRASH_FULL:-} ]] || both=("${both[count % 2]}")
		for way in "${both[@]}"; do
			((++count))
			where="killing at $name $nth, DEL $way a daemon"
			start_traced -e "inject=$name:signal=KILL:when=$nth"
			live
			if PATIENCE=1 wait_until 1 is_dead >/dev/null 2>&1; then
				((++killed))
			else
				alive+=("$name $nth")
			fi
			end_traced
			repeat "$way"
			expect_as_before
			add dhcp <<<"$c" || fail_because "ADD after $where"
			del dhcp <<<"$c"
			expect_as_before
			stop_daemon
		done
	done <<<"$calls"
	echo "# $count lives, $killed of them ended early, not at ${alive[*]:-any}" >&3
	# Who is faster decides about a few.
	((count > 5 && killed * 10 > count * 8)) || fail_because "$killed of $count, not at ${alive[*]}"
}

@test "dhcp: a daemon killed at any step of a life that changes something leaves no lease, no file, no address in use" {
	dnsmasq_serves
	plug c1
	# So that all lives are alike.
	in_container c1 ip link set eth0 up
	wait_until 5 forwards p-c1
	c=$(dhcp_conf '.ipam.timeout = 5')
	sweep
	[[ -z ${CRASH_FULL:-} ]] || {
		c=$(jq '.ipam.conflictCheck = true' <<<"$c")
		sweep
	}
}

@test "dhcp: no error of a system call makes the daemon fall silent, or a DEL forget a lease that the server has" {
	dnsmasq_serves
	plug c1
	in_container c1 ip link set eth0 up
	wait_until 5 forwards p-c1
	c=$(dhcp_conf '.ipam.timeout = 5')
	sweep_errors EIO
}

# One attachment whose lease is renewed, ends while the server is silent, and comes back.
live_long() {
	cni ADD dhcp <<<"$c"
	[[ $status == 0 ]] || return 0
	settle
	before=$(since c1)
	wait_until 12 ends_or renewed_after c1 "$before"
	kill -STOP "$server_pid"
	wait_until 20 ends_or has_no_address c1 || fail_because "the address stays behind its lease after $where"
	kill -CONT "$server_pid"
	wait_until 20 ends_or has_address c1 "$address" || fail_because "the lease is back, its address is not, after $where"
}

# The next daemon gives it back.
end_long() {
	DAEMON=$PLAIN_BIN/dhcp start_daemon
	del dhcp <<<"$c" || fail_because "DEL after $where"
	stop_daemon
	in_container c1 ip addr flush dev eth0
}

ends_or() {
	is_dead || "$@"
}

# bats test_tags=night
@test "dhcp: no error of a system call leaves an address behind the end of its lease, or a lease without its address" {
	local where='' name nth count=0

	udhcpd_serves 4
	plug c1
	c=$(dhcp_conf '.ipam.timeout = 5')
	start_traced -e trace=all
	live_long
	end_traced
	end_long
	cp "$log" "$log.life"
	while read -r name nth; do
		((++count))
		where="ENOMEM in $name $nth"
		start_traced -e "inject=$name:error=ENOMEM:when=$nth"
		live_long
		end_traced
		! grep -E '^(---|\+\+\+).* SIG(SEGV|BUS|ABRT|ILL|FPE)' "$log" || fail_because "the daemon crashed after $where"
		end_long
	done < <(awk -v step="${FAULT_STEP:-8}" '
		{ name = $0; sub(/\(.*/, "", name); n[name]++ }
		name ~ /^(setns|socket|openat|sendto|newfstatat|statfs|fstatfs|bind|close)$/ && n[name] > 5 && ++k % step == 0 { print name, n[name] }' "$log.life")
	echo "# $count calls that failed" >&3
	((count > 2))
}
