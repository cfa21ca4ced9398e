# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables of the tests and of helpers.bash
#
# A switch with a DHCP server behind one port, and the daemon.
#
#   new_switch                a bridge "switch" in the host, a namespace "server" with 10.7.0.1 behind it
#   dnsmasq_serves [OPTION…]  10.7.0.50 to 60 with everything a result can tell
#   udhcpd_serves SECONDS     10.7.0.70 to 80, for leases that short
#   plug NAME                 a container NAME with an eth0 in the switch
#   start_daemon [FLAG…], stop_daemon, kill_daemon

new_switch() {
	host ip link add switch type bridge
	host ip link set switch up
	server=${1:-server}
	new_server "$server" 10.7.0.1
}

# new_server NAME ADDRESS
new_server() {
	ip netns add "$1"
	host ip link add "to-$1" type veth peer name eth0 netns "$1"
	host ip link set "to-$1" master switch up
	in_container "$1" ip addr add "$2/24" dev eth0
	in_container "$1" ip link set lo up
	in_container "$1" ip link set eth0 up
	wait_until 5 forwards "to-$1"
}

forwards() {
	host bridge -j link show dev "$1" | jq -e '.[0].state == "forwarding"'
}

# A program in the background in the server's namespace; ends with the test.
serve() {
	# Not through a function, so that the process has the number that is kept.
	nsenter --net="/run/netns/${SERVER:-server}" -- "$@" >>"$BATS_TEST_TMPDIR/server.log" 2>&1 3>&- &
	server_pid=$!
	started+=("$server_pid")
}

dnsmasq_serves() {
	serve dnsmasq --conf-file=/dev/null --keep-in-foreground --no-hosts --no-resolv --port=0 --no-ping --interface=eth0 \
		--bind-interfaces --dhcp-authoritative --dhcp-range=10.7.0.50,10.7.0.60,255.255.255.0,2m \
		--dhcp-leasefile="$BATS_TEST_TMPDIR/leases" --pid-file="$BATS_TEST_TMPDIR/dnsmasq.pid" --log-dhcp --log-facility=- \
		--user=root "$@"
	wait_until 5 listens
}

# udhcpd_serves SECONDS [LINE…]
udhcpd_serves() {
	local seconds=$1 file=$BATS_TEST_TMPDIR/udhcpd-${SERVER:-server}

	shift
	printf '%s\n' "start ${FIRST:-10.7.0.70}" "end ${LAST:-10.7.0.80}" 'interface eth0' "min_lease 2" "option lease $seconds" \
		'option subnet 255.255.255.0' 'option router 10.7.0.1' "lease_file $file.leases" "pidfile $file.pid" "$@" >"$file"
	touch "$file.leases"
	serve udhcpd -f "$file"
	wait_until 5 listens
}

# The server answers every DISCOVER and REQUEST in this way from now on.
answer_by() {
	echo "$1" >"$BATS_TEST_TMPDIR/mode.new"
	mv "$BATS_TEST_TMPDIR/mode.new" "$BATS_TEST_TMPDIR/mode"
}

# A server that answers by the mode, and tells of every message it hears; with `any` by any interface of its namespace.
liar_serves() {
	serve python3 -u "${BASH_SOURCE[0]%/*}/hostile-dhcp.py" "$BATS_TEST_TMPDIR/mode" "$@"
	wait_until 20 listens
}

listens() {
	in_container "${SERVER:-server}" ss -Huln 'sport = :67' | grep -q .
}

end_server() {
	kill -KILL "${1:-$server_pid}"
	wait "${1:-$server_pid}" 2>/dev/null || true
}

# A container with eth0, of a veth pair, in the switch; down, as an interface plugin leaves it.
plug() {
	new_container "$1"
	host ip link add "p-$1" type veth peer name eth0 netns "$1"
	host ip link set "p-$1" master switch up
}

# in_use ADDRESS: somebody on the switch has it
in_use() {
	[[ -e /run/netns/squatter ]] || {
		ip netns add squatter
		host ip link add to-squatter type veth peer name eth0 netns squatter
		host ip link set to-squatter master switch up
		in_container squatter ip link set eth0 up
		wait_until 5 forwards to-squatter
	}
	in_container squatter ip addr add "$1/24" dev eth0
}

# No packet socket is open in the container.
has_no_socket() {
	[[ -z $(in_container "$1" ss -H -0) ]]
}

# The daemon in the host of the test, with a socket of its own.
start_daemon() {
	nsenter --net="/run/netns/$HOST" -- env -i ASAN_OPTIONS="$ASAN_OPTIONS" UBSAN_OPTIONS="$UBSAN_OPTIONS" LSAN_OPTIONS="$LSAN_OPTIONS" \
		"${DAEMON:-$BIN/dhcp}" daemon -socketpath "$socket" "$@" >>"$BATS_TEST_TMPDIR/daemon.log" 2>&1 3>&- &
	daemon_pid=$!
	started+=("$daemon_pid")
	wait_until 10 answers
}

answers() {
	[[ $(echo '{"verb": "status"}' | socat -t 2 - "UNIX-CONNECT:$socket") == '{}' ]]
}

kill_daemon() {
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null || true
}

# With its exit status, which a sanitizer sets.
stop_daemon() {
	local code=0

	kill -TERM "$daemon_pid"
	wait "$daemon_pid" || code=$?
	((code == 0)) || fail_because "the daemon ended with $code: $(cat "$BATS_TEST_TMPDIR/daemon.log")"
	daemon_pid=
}

setup_dhcp() {
	setup_host
	started=() daemon_pid='' socket=$BATS_TEST_TMPDIR/run/dhcp.sock
	folder=${socket%.sock}
}

teardown_dhcp() {
	[[ -z $daemon_pid ]] || stop_daemon
	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	teardown_host
}

# ---- configurations and what is seen

# dhcp_conf [FILTER]: for calling the IPAM plugin alone
dhcp_conf() {
	jq -n --arg socket "$socket" '{cniVersion: "1.1.0", name: "lan", type: "macvlan",
		ipam: {type: "dhcp", daemonSocketPath: $socket}} | '"${1:-.}"
}

lease_file() {
	echo "$folder/$(printf 'lan/%s/eth0' "$1" | sha512sum | cut -c1-32).json"
}

server_log() {
	cat "$BATS_TEST_TMPDIR/server.log"
}

# server_said COUNT PATTERN: at least so often
server_said() {
	(($(grep -c -- "$2" "$BATS_TEST_TMPDIR/server.log") >= $1))
}

# has_address NAME ADDRESS
has_address() {
	in_container "$1" ip -j -4 addr show dev eth0 | jq -e --arg a "$2" '[.[0].addr_info[]? | "\(.local)/\(.prefixlen)"] == [$a]'
}

has_no_address() {
	in_container "$1" ip -j -4 addr show dev eth0 | jq -e '[.[0].addr_info[]?] == []'
}

# ---- the life of a lease

# attach PLUGIN NAME CONFIGURATION: ADD, the address in the kernel, CHECK; $address is the address.
attach() {
	new_container "$2"
	add "$1" <<<"$3"
	result=$stdout
	address=$(jq -r '.ips[0].address' <<<"$result")
	has_address "$2" "$address"
	in_container "$2" ip -j route show default | jq -e '.[0].gateway == "10.7.0.1"' >/dev/null
	in_container "$2" ping -qc 1 -W 10 10.7.0.1 >/dev/null
	check "$1" <<<"$(with_result "$3" "$result")"
}

# The container as an interface plugin leaves it: the address of the result on eth0.
settle() {
	address=$(jq -r '.ips[0].address' <<<"$stdout")
	in_container "$id" ip addr add "$address" dev eth0
	in_container "$id" ip route add default via 10.7.0.1
}

# since NAME: when the lease began, as the daemon has it on file
since() {
	jq -r .since "$(lease_file "$1")"
}

renewed_after() {
	(($(since "$1") > $2))
}

# is_over NAME [MS]: so long after it began, by the clock that the daemon has
is_over() {
	local now

	now=$(awk '{ printf "%d", $1 * 1000 }' /proc/uptime)
	((now > $(since "$1") + ${2:-4000}))
}

# A socket of the daemon is open in the container.
asks() {
	in_container "$1" ss -H -0 | grep -q .
}
