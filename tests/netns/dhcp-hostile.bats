#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Servers that send what they like, and containers that do what they like.

load helpers
load dhcp

setup() {
	setup_dhcp
	new_switch
}

teardown() {
	teardown_dhcp
}

@test "dhcp: from hostile servers comes an error or a lease that can be used, and the daemon goes on" {
	local mode expected

	start_daemon -timeout 200ms -resendmax 400ms
	plug c1
	answer_by silent
	liar_serves
	for mode in short-lease nobody loopback multicast no-type wrong-client cut-options overload-loop silent; do
		answer_by "$mode"
		cni ADD dhcp <<<"$(dhcp_conf '.ipam.timeout = 1')"
		assert_error 999 "no more tries"
		case $mode in
		short-lease | nobody | loopback | multicast) assert_json '.details | contains("answers of DHCP servers")' true ;;
		*) assert_json '.details | contains("heard no DHCP server")' true ;;
		esac
		answers
	done
	for mode in no-mask holed-mask; do
		answer_by "$mode"
		cni ADD dhcp <<<"$(dhcp_conf '.ipam.timeout = 3')"
		assert_error 999 "Subnet Mask not found"
		[[ ! -e $(lease_file c1) ]] || fail_because "$mode left a lease"
	done
	for mode in for-ever all-options injected-names big; do
		answer_by "$mode"
		add dhcp <<<"$(dhcp_conf '.ipam.timeout = 3')"
		assert_json '.ips[0].address' '"10.7.0.66/24"'
		assert_json '.routes | length < 300' true
		assert_json '[.dns | .. | strings | select(test("[\n ;#]"))]' '[]'
		del dhcp <<<"$(dhcp_conf)"
		answers
	done
}

@test "dhcp: conflictCheck where every address is in use: the error names the last, and who has it" {
	local c mac

	answer_by whole
	liar_serves
	start_daemon
	in_use 10.7.0.66
	mac=$(in_container squatter ip -j link show dev eth0 | jq -r ".[0].address")
	plug c1
	c=$(dhcp_conf '.ipam += {conflictCheck: true, timeout: 3}')
	cni ADD dhcp <<<"$c"
	assert_error 999 "no more tries"
	# The second time it pauses for 10 s.
	assert_json .details "\"2 addresses that servers gave were in use, the last, 10.7.0.66, by $mac (conflictCheck)\""
	[[ ! -e $(lease_file c1) ]]
	# Without the check the server is trusted.
	add dhcp <<<"$(jq '.ipam.conflictCheck = false' <<<"$c")"
	assert_json '.ips[0].address' '"10.7.0.66/24"'
}

@test "dhcp: who floods an exchange slows neither the daemon nor the leases of others" {
	start_daemon
	udhcpd_serves 60
	plug c1
	plug c2
	new_server flood 10.7.0.3
	SERVER=flood serve python3 "$BATS_TEST_DIRNAME/hostile-dhcp.py" flood
	add dhcp <<<"$(dhcp_conf)"
	use_container c1
	add dhcp <<<"$(dhcp_conf)"
	answers
	assert_eq "$(find "/proc/$daemon_pid/task" -mindepth 1 -maxdepth 1 | wc -l)" 1 threads
}

@test "dhcp: a container that renames its interface keeps its lease; one that replaces it touches only itself" {
	local before

	udhcpd_serves 4
	start_daemon -resendmax 1s
	plug c1
	add dhcp <<<"$(dhcp_conf)"
	in_container c1 ip link set eth0 down
	in_container c1 ip link set eth0 name other
	in_container c1 ip link set other up
	before=$(jq -r .since "$(lease_file c1)")
	wait_until 8 renewed_after c1 "$before"
	in_container c1 ip link add eth0 type veth peer name inner
	in_container c1 ip link delete other
	wait_until 10 grep -q 'lan/c1/eth0' "$BATS_TEST_TMPDIR/daemon.log"
	in_container c1 ip -j addr show dev eth0 | jq -e '.[0].addr_info == []' >/dev/null
	answers
	(($(grep -c 'nothing can be sent' "$BATS_TEST_TMPDIR/daemon.log") <= 2))
	del dhcp <<<"$(dhcp_conf)"
	[[ ! -e $(lease_file c1) ]]
}

@test "dhcp: an interface that another program sets down and up is renewed when it is up" {
	local before

	udhcpd_serves 6
	start_daemon -resendmax 1s
	plug c1
	add dhcp <<<"$(dhcp_conf)"
	in_container c1 ip link set eth0 down
	wait_until 8 grep -q 'nothing can be sent' "$BATS_TEST_TMPDIR/daemon.log"
	in_container c1 ip link set eth0 up
	before=$(jq -r .since "$(lease_file c1)")
	wait_until 10 renewed_after c1 "$before"
}

# bats test_tags=night
@test "dhcp: 200 leases at once, on one thread" {
	local i failed=0 pids=()

	serve dnsmasq --conf-file=/dev/null --keep-in-foreground --no-hosts --no-resolv --port=0 --no-ping --interface=eth0 --bind-interfaces \
		--dhcp-range=10.7.0.20,10.7.0.250,255.255.255.0,2m --dhcp-leasefile="$BATS_TEST_TMPDIR/leases" --dhcp-lease-max=500 \
		--pid-file="$BATS_TEST_TMPDIR/pid" --user=root --dhcp-authoritative
	wait_until 5 listens
	DAEMON=$PLAIN_BIN/dhcp start_daemon
	for ((i = 0; i < 200; i++)); do
		plug "c$i"
	done
	for ((i = 0; i < 200; i++)); do
		host env -i CNI_COMMAND=ADD CNI_CONTAINERID="c$i" CNI_NETNS="/run/netns/c$i" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
			"$PLAIN_BIN/dhcp" <<<"$(dhcp_conf)" >"$BATS_TEST_TMPDIR/result-$i" 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || failed=$((failed + 1))
	done
	assert_eq "$failed" 0 "ADDs that failed"
	assert_eq "$(cat "$BATS_TEST_TMPDIR"/result-* | jq -r '.ips[0].address' | sort -u | wc -l)" 200 "different addresses"
	assert_eq "$(find "$folder" -name '*.json' | wc -l)" 200 "files"
	assert_eq "$(find "/proc/$daemon_pid/task" -mindepth 1 -maxdepth 1 | wc -l)" 1 threads
	# Their renewals are spread, and none is held open.
	(($(find "/proc/$daemon_pid/fd" -lname 'socket:*' | wc -l) < 100))
}
