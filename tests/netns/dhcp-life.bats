#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The life of leases: renewal, expiry, daemons and servers that end, namespaces that go. udhcpd has leases of seconds.

load helpers
load dhcp

setup() {
	setup_dhcp
	new_switch
}

teardown() {
	teardown_dhcp
}

# The sockets of the daemon in containers, and namespaces it holds.
holds_nothing() {
	! find "/proc/$daemon_pid/fd" -lname 'net:*' | grep -q . &&
		! in_container "$id" ss -H -0 -l | grep -q .
}

@test "dhcp: a lease of seconds is renewed, and between renewals the daemon holds nothing of the container" {
	local c before

	udhcpd_serves 4
	start_daemon
	c=$(dhcp_conf)
	plug c1
	add dhcp <<<"$c"
	result=$stdout
	settle
	before=$(since c1)
	wait_until 2 holds_nothing
	wait_until 8 renewed_after c1 "$before"
	before=$(since c1)
	wait_until 8 renewed_after c1 "$before"
	has_address c1 "$address"
	check dhcp <<<"$(with_result "$c" "$result")"
	wait_until 2 holds_nothing
	assert_eq "$(find "/proc/$daemon_pid/task" -mindepth 1 -maxdepth 1 | wc -l)" 1 threads
	del dhcp <<<"$c"
}

log_says() {
	grep -q -- "$1" "$BATS_TEST_TMPDIR/daemon.log"
}

# The node lacks descriptors just then.
@test "dhcp: a server that falls silent: the address goes behind the end of the lease, and comes back with the server" {
	local limit

	udhcpd_serves 4
	start_daemon -resendmax 1s
	plug c1
	add dhcp <<<"$(dhcp_conf)"
	settle
	end_server
	limit=$(prlimit --pid "$daemon_pid" --nofile --noheadings --output SOFT)
	prlimit --pid "$daemon_pid" --nofile=3:
	wait_until 10 log_says 'the interface cannot be changed: too many open files'
	has_address c1 "$address"
	prlimit --pid "$daemon_pid" --nofile="$limit:"
	wait_until 10 has_no_address c1
	assert_eq "$(in_container c1 ip route show default)" "" "the default route"
	cni CHECK dhcp <<<"$(with_result "$(dhcp_conf)")"
	assert_error 104 "has no lease at present"
	udhcpd_serves 4
	wait_until 10 has_address c1 "$address"
	in_container c1 ip -j route show default | jq -e '.[0].gateway == "10.7.0.1"'
	in_container c1 ip link show dev eth0 | grep -q ',UP'
}

@test "dhcp: a server with other addresses: NAK, the old address off, the new one on" {
	udhcpd_serves 4
	start_daemon -resendmax 1s
	plug c1
	add dhcp <<<"$(dhcp_conf)"
	settle
	end_server
	FIRST=10.7.0.90 LAST=10.7.0.90 udhcpd_serves 4
	wait_until 12 has_address c1 10.7.0.90/24
	in_container c1 ip -j route show default | jq -e 'map(.gateway) == ["10.7.0.1"]'
	cni CHECK dhcp <<<"$(with_result "$(dhcp_conf)")"
	assert_error 104 "is now 10.7.0.90/24"
}

@test "dhcp: a daemon that is killed takes its leases up again, bound or over" {
	local c before

	udhcpd_serves 4
	start_daemon -resendmax 1s
	c=$(dhcp_conf)
	plug c1
	add dhcp <<<"$c"
	result=$stdout
	settle
	kill_daemon
	[[ -S $socket ]] || fail_because "the socket should be there still"
	start_daemon -resendmax 1s
	check dhcp <<<"$(with_result "$c" "$result")"
	before=$(since c1)
	wait_until 8 renewed_after c1 "$before"
	kill_daemon
	wait_until 10 is_over c1
	start_daemon -resendmax 1s
	wait_until 10 has_lease c1
	has_address c1 "$address"
	check dhcp <<<"$(with_result "$c" "$result")"
	del dhcp <<<"$c"
}

has_lease() {
	cni CHECK dhcp <<<"$(with_result "$(dhcp_conf)" "$result")"
	[[ $status == 0 ]]
}

@test "dhcp: a daemon killed while ADD waits: the ADD ends, the next one gets a lease" {
	local c ended

	start_daemon
	c=$(dhcp_conf)
	plug c1
	cni ADD dhcp <<<"$c" &
	ended=$!
	wait_until 10 asks c1
	kill_daemon
	wait "$ended"
	start_daemon
	udhcpd_serves 4
	add dhcp <<<"$c"
	settle
	check dhcp <<<"$(with_result "$c")"
}

@test "dhcp: an ADD while another of the same name is at work fails, and leaves that alone" {
	answer_by silent
	liar_serves
	start_daemon
	plug c1
	run_in_background ADD
	wait_until 10 asks c1
	cni ADD dhcp <<<"$(dhcp_conf)"
	assert_error 11 "another ADD of lan/c1/eth0 is at work"
	answer_by whole
	wait "$background_pid"
	has_lease_file
}

has_lease_file() {
	jq -e .ack "$(lease_file c1)" >/dev/null
}

@test "dhcp: whatever lies where a lease is written is no way to stop the daemon, or to lose the lease" {
	local what other=$BATS_TEST_TMPDIR/other

	answer_by whole
	liar_serves
	start_daemon
	plug c1
	echo mine >"$other"
	for what in mkfifo "ln -s $other"; do
		$what "$folder/half-written"
		add dhcp <<<"$(dhcp_conf)"
		has_lease_file
		[[ ! -e $folder/half-written ]]
		del dhcp <<<"$(dhcp_conf)"
	done
	assert_eq "$(cat "$other")" mine
}

@test "dhcp: leases that somebody removes with their folder are on file again, for the next daemon" {
	udhcpd_serves 60
	start_daemon
	plug c1
	add dhcp <<<"$(dhcp_conf)"
	result=$stdout
	rm -r "$folder"
	wait_until 5 has_lease_file
	rm -r "${folder%/*}"
	wait_until 5 has_lease_file
	wait_until 5 answers
	kill_daemon
	start_daemon
	check dhcp <<<"$(with_result "$(dhcp_conf)" "$result")"
	del dhcp <<<"$(dhcp_conf)"
	[[ ! -e $(lease_file c1) ]]
}

@test "dhcp: a namespace that is named by a process leaves no watch behind" {
	local before pid

	answer_by whole
	liar_serves
	start_daemon
	plug c1
	before=$(grep -hc ^inotify /proc/"$daemon_pid"/fdinfo/* | sort -n | tail -n 1)
	nsenter --net=/run/netns/c1 -- sleep 60 3>&- &
	pid=$!
	started+=("$pid")
	wait_until 5 is_in c1 "$pid"
	add dhcp CNI_NETNS="/proc/$pid/ns/net" <<<"$(dhcp_conf)"
	assert_eq "$(grep -hc ^inotify /proc/"$daemon_pid"/fdinfo/* | sort -n | tail -n 1)" "$before"
	kill -KILL "$pid"
	wait "$pid" || true
	del dhcp CNI_NETNS="/proc/$pid/ns/net" <<<"$(dhcp_conf)"
	[[ ! -e $(lease_file c1) ]]
}

is_in() {
	[[ /proc/$2/ns/net -ef /run/netns/$1 ]]
}

@test "dhcp: an ADD that is ended leaves nothing, not even a socket in the container" {
	local pid

	start_daemon
	plug c1
	run_in_background ADD
	wait_until 10 asks c1
	kill -TERM "$background_pid"
	wait "$background_pid" || true
	wait_until 5 holds_nothing
	[[ ! -e $(lease_file c1) ]]
	assert_eq "$(echo '{"verb": "list", "network": "lan"}' | socat -t 20 - "UNIX-CONNECT:$socket")" '{"owners":[]}'
}

run_in_background() {
	nsenter --net="/run/netns/$HOST" -- env -i CNI_COMMAND="$1" CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$BIN" \
		ASAN_OPTIONS="$ASAN_OPTIONS" "$BIN/dhcp" <<<"$(dhcp_conf)" >/dev/null 2>&1 3>&- &
	background_pid=$!
	started+=("$background_pid")
}

@test "dhcp: a namespace that is deleted without DEL ends with its interface, and so does its lease" {
	udhcpd_serves 60
	start_daemon
	plug c1
	add dhcp <<<"$(dhcp_conf)"
	ip netns delete c1
	wait_until 5 gone "$(lease_file c1)"
	wait_until 5 no_port p-c1
	del dhcp <<<"$(dhcp_conf)"
}

gone() {
	[[ ! -e $1 ]]
}

no_port() {
	! host ip link show dev "$1"
}

@test "dhcp: a namespace that went while no daemon ran takes its lease along at the next start" {
	udhcpd_serves 60
	start_daemon
	plug c1
	add dhcp <<<"$(dhcp_conf)"
	kill_daemon
	ip netns delete c1
	[[ -e $(lease_file c1) ]]
	start_daemon
	wait_until 5 gone "$(lease_file c1)"
}

@test "dhcp: a namespace whose path is gone but in which a process lives keeps its lease" {
	local before

	udhcpd_serves 4
	start_daemon
	plug c1
	add dhcp <<<"$(dhcp_conf)"
	settle
	nsenter --net=/run/netns/c1 -- sleep 60 3>&- &
	started+=($!)
	wait_until 5 lives_in_container "$!"
	ip netns delete c1
	before=$(since c1)
	wait_until 10 renewed_after c1 "$before"
}

lives_in_container() {
	[[ $(stat -Lc %i "/proc/$1/ns/net") == "$(stat -Lc %i /run/netns/c1)" ]]
}

@test "dhcp: lease files that are cut, of another boot, or no leases are told and left; the daemon starts" {
	local file

	udhcpd_serves 60
	start_daemon
	plug c1
	add dhcp <<<"$(dhcp_conf)"
	kill_daemon
	file=$(lease_file c1)
	cp "$file" "$BATS_TEST_TMPDIR/whole"
	head -c 100 "$BATS_TEST_TMPDIR/whole" >"$file"
	jq '.boot = "another"' "$BATS_TEST_TMPDIR/whole" >"$folder/$(printf %032d 1).json"
	jq '.ack = "00"' "$BATS_TEST_TMPDIR/whole" >"$folder/$(printf %032d 2).json"
	: >"$folder/$(printf %032d 3).json"
	ln -s /dev/zero "$folder/$(printf %032d 4).json"
	mkdir "$folder/$(printf %032d 5).json"
	jq '.options = "0102"' "$BATS_TEST_TMPDIR/whole" >"$folder/$(printf %032d 6).json"
	start_daemon
	assert_eq "$(echo '{"verb": "list", "network": "lan"}' | socat -t 20 - "UNIX-CONNECT:$socket")" '{"owners":[]}'
	[[ -e $file ]]
	del dhcp <<<"$(dhcp_conf)"
	[[ ! -e $file ]]
	add dhcp <<<"$(dhcp_conf)"
	jq -e .ack "$file" >/dev/null
}

@test "dhcp: one daemon per socket, a stale socket is replaced, the reference's is left alone" {
	udhcpd_serves 60
	start_daemon
	run host timeout 5 "$BIN/dhcp" daemon -socketpath "$socket"
	[[ $status == 1 && $output == *"another daemon looks after"* ]]
	stop_daemon
	[[ ! -e $socket ]]
	host "$REFERENCE_BIN/dhcp" daemon -socketpath "$socket" >/dev/null 2>&1 3>&- &
	started+=($!)
	wait_until 5 test -S "$socket"
	run host timeout 5 "$BIN/dhcp" daemon -socketpath "$socket"
	[[ $status == 1 && $output == *"address already in use"* ]]
}

# Its runtime was killed; the answer waits in a pipe that is full.
@test "dhcp: an ADD that cannot be delivered gives back its own lease, not what a later ADD was given" {
	local c way orphan

	dnsmasq_serves
	start_daemon
	c=$(dhcp_conf)
	plug c1
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	for way in alone beside 'without a daemon'; do
		exec 9<>"$BATS_TEST_TMPDIR/pipe"
		dd if=/dev/zero of="$BATS_TEST_TMPDIR/pipe" bs=65536 count=1 status=none 9>&-
		orphan_adds 9>&- &
		orphan=$!
		wait_until 10 is_answered
		[[ $way == alone ]] || {
			add dhcp <<<"$c"
			result=$stdout
		}
		[[ $way != 'without a daemon' ]] || kill_daemon
		exec 9>&-
		wait "$orphan" && fail_because "the ADD succeeded"
		[[ $way != 'without a daemon' ]] || start_daemon
		if [[ $way == alone ]]; then
			[[ ! -e $(lease_file c1) ]] || fail_because "the lease is kept"
			continue
		fi
		check dhcp <<<"$(with_result "$c" "$result")"
		del dhcp <<<"$c"
	done
}

orphan_adds() {
	nsenter --net="/run/netns/$HOST" -- env CNI_COMMAND=ADD CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$BIN" \
		"$BIN/dhcp" <<<"$c" >"$BATS_TEST_TMPDIR/pipe" 2>>"$BATS_TEST_TMPDIR/orphan.log" 3>&-
}

is_answered() {
	jq -e 'has("ack")' "$(lease_file c1)"
}
