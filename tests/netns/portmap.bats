#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# portmap: who reaches a published port and who does not, who may publish one, and what becomes of it.

load helpers

readonly WEB='[{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}, {"hostPort": 8080, "containerPort": 80, "protocol": "udp"}]'

setup() {
	setup_host
	new_outside
	host sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	servers=()
	snapshot_host
}

teardown() {
	local pid

	for pid in "${servers[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	teardown_host
}

teardown_file() {
	[[ ! -e $BATS_FILE_TMPDIR/loaded ]] || modprobe -r br_netfilter
}

# ---- containers with ports

# attach NAME FILE [FILTER]: the first plugin of conf/FILE.conflist makes a container; its result is $result.
attach() {
	new_container "$1"
	main=$(conf "$2" "${3:-.}")
	main_type=$(jq -r .type <<<"$main")
	add "$main_type" <<<"$main"
	result=$stdout
}

# ports FILE PORTS [FILTER]: what a runtime sends to portmap for $result.
ports() {
	conf "$1" ".prevResult = $result | .runtimeConfig.portMappings = $2 | ${3:-.}" portmap
}

# publish NAME FILE PORTS [FILTER [FILTER-OF-MAIN]]: both; the configuration stays in $c.
publish() {
	attach "$1" "$2" "${5:-.}"
	c=$(ports "$2" "$3" "${4:-.}")
	add portmap <<<"$c"
}

# check_ports CONFIGURATION [VAR=VALUE…]: CHECK, which came with 0.4.0.
check_ports() {
	check portmap "${@:2}" <<<"$(jq 'if .cniVersion == "0.3.1" then .cniVersion = "0.4.0" else . end' <<<"$1")"
}

# detach FILE: the DEL of what attach made, portmap first.
detach() {
	del portmap <<<"$(conf "$1" . portmap)"
	del "$main_type" <<<"$main"
}

address() {
	jq -r --arg f "$1" '.ips[].address | select(contains(":") == ($f == "6")) | split("/")[0]' <<<"$result"
}

# ---- traffic

# The namespace of a name.
place_of() {
	[[ $1 == host ]] && echo "/run/netns/$HOST" || echo "/run/netns/$1"
}

# In the background until the test ends; no function, so that $! is the program itself. socat gives its shell half a second for the answer once a
# datagram, or a client that has said all, was heard; under emulation a shell takes longer to start.
serve_with() {
	nsenter --net="$(place_of "$1")" -- socat -t "$((5 * PATIENCE))" "${@:2}" >/dev/null 2>&1 3>&- &
	servers+=($!)
}

in_place() {
	nsenter --net="$(place_of "$1")" -- "${@:2}"
}

is_served() {
	(($(in_place "$1" ss -Hlun "sport = :$2" | wc -l) >= 2 && $(in_place "$1" ss -Hltn "sport = :$2" | wc -l) >= 2))
}

# serve NAME [PORT]: answers "NAME client's-address" over TCP and UDP, IPv4 and IPv6.
serve() {
	local name=$1 port=${2:-80}

	serve_with "$name" "TCP4-LISTEN:$port,fork,reuseaddr" SYSTEM:"echo $name \$SOCAT_PEERADDR"
	serve_with "$name" "TCP6-LISTEN:$port,fork,reuseaddr,ipv6only=1" SYSTEM:"echo $name \$SOCAT_PEERADDR"
	serve_with "$name" "UDP4-RECVFROM:$port,fork" SYSTEM:"read -r x; echo $name \$SOCAT_PEERADDR"
	serve_with "$name" "UDP6-RECVFROM:$port,fork,ipv6only=1" SYSTEM:"read -r x; echo $name \$SOCAT_PEERADDR"
	wait_until 5 is_served "$name" "$port"
}

# ask FROM tcp|udp ADDRESS PORT [SECONDS]: the answer, or nothing. A slow machine may take its time for it.
ask() {
	# shellcheck disable=SC2016 # for the inner shell
	in_place "$1" timeout "${5:-$((5 * PATIENCE))}" bash -c '
		exec 3<>"/dev/$1/$2/$3"
		[[ $1 == tcp ]] || echo x >&3
		head -n 1 <&3' - "$2" "$3" "$4" 2>/dev/null || true
}

assert_answer() {
	local answer

	answer=$(ask "${@:2}")
	[[ $answer == "$1"* ]] || fail_because "$* was answered: $answer"
}

assert_silence() {
	local answer

	answer=$(ask "$@" 1)
	[[ -z $answer ]] || fail_because "$* was answered: $answer"
}

bridge_netfilter() {
	host test -e /proc/sys/net/bridge || {
		[[ $1 != 0 ]] || return 0
		modprobe br_netfilter || fail_because "this needs the kernel module br_netfilter"
		touch "$BATS_FILE_TMPDIR/loaded"
	}
	# shellcheck disable=SC2016 # for the inner shell
	host sh -c 'for f in /proc/sys/net/bridge/bridge-nf-call-ip*tables; do echo "$0" >"$f"; done' "$1"
}

route_localnet() {
	host sh -c 'cat /proc/sys/net/ipv4/conf/*/route_localnet' | sort -u
}

nft_of_portmap() {
	host nft -j list ruleset | jq -c '[.nftables[] | to_entries[] | select(.key != "metainfo").value
		| select(.table == "cni_portmap" or .name == "cni_portmap")]'
}

# elements SET: how many there are.
elements() {
	host nft -j list set inet cni_portmap "$1" 2>/dev/null | jq '[.nftables[].set? | select(.) | .elem[]?] | length'
}

map_elements() {
	host nft -j list map inet cni_portmap "$1" 2>/dev/null | jq '[.nftables[].map? | select(.) | .elem[]?] | length'
}

# What everybody sees of one container "web" with a sibling, by the addresses of a network.
assert_published() {
	local gateway4=$1 gateway6=$2 protocol a

	for protocol in tcp udp; do
		for a in 192.0.2.1 2001:db8::1; do
			assert_answer web outside "$protocol" "$a" 8080
		done
		for a in 192.0.2.1 2001:db8::1 127.0.0.1 127.1.2.3 ::1 "$gateway4" "$gateway6"; do
			assert_answer web host "$protocol" "$a" 8080
		done
		for a in 192.0.2.1 2001:db8::1 "$gateway4" "$gateway6"; do
			assert_answer web sibling "$protocol" "$a" 8080
			assert_answer web web "$protocol" "$a" 8080
		done
	done
}

# ---- who reaches it

readonly HAIRPIN='del(.promiscMode) | .hairpinMode = true'

# published_on_a_bridge STATE: with br_netfilter's part for addresses off (0) or on (1).
published_on_a_bridge() {
	attach sibling 30-containerd "$HAIRPIN"
	publish web 30-containerd "$WEB" . "$HAIRPIN"
	serve web
	bridge_netfilter "$1"
	assert_published 10.30.0.1 fd00:10:30::1
	check_ports "$c"
	assert_eq "$(route_localnet)" 0 "route_localnet"
	detach 30-containerd
	use_container sibling
	del bridge <<<"$main"
	assert_eq "$(nft_of_portmap)" '[]'
}

@test "a port on a bridge answers from outside, the host, a sibling and the pod itself" {
	published_on_a_bridge 0
}

@test "a port on a bridge answers from everywhere with br_netfilter, too" {
	published_on_a_bridge 1
}

@test "a port on a point-to-point link answers from everywhere, too" {
	attach sibling 20-kindnet
	publish web 20-kindnet "$WEB"
	serve web
	assert_published 10.244.0.1 fd00:10:244::1
	check_ports "$c"
	detach 20-kindnet
	use_container sibling
	del ptp <<<"$main"
	refute grep -q cni_portmap <<<"$(host nft list tables)"
}

@test "/32 and /128 addresses: the pod reaches itself, too" {
	publish web 20-kindnet "$WEB" . '.ipam = {type: "static", routes: [{dst: "0.0.0.0/0"}, {dst: "::/0"}], addresses: [
		{address: "10.50.0.7/32", gateway: "10.50.0.1"}, {address: "fd50::7/128", gateway: "fd50::1"}]}'
	serve web
	assert_answer "web 10.50.0.1" web tcp 192.0.2.1 8080
	assert_answer web web udp 2001:db8::1 8080
	assert_eq "$(elements from-hosts-ipv4-mark13)" 2
	assert_answer web outside tcp 192.0.2.1 8080
	detach 20-kindnet
	assert_unchanged
}

@test "the source is kept from outside and between subnets, and the host's only where answers would be lost" {
	attach sibling 30-containerd "$HAIRPIN"
	publish web 30-containerd "$WEB" . "$HAIRPIN"
	serve web
	assert_eq "$(ask outside tcp 192.0.2.1 8080)" "web 192.0.2.2"
	assert_eq "$(ask sibling tcp 192.0.2.1 8080)" "web 10.30.0.1"
	assert_eq "$(ask host tcp 192.0.2.1 8080)" "web 192.0.2.1"
	assert_eq "$(ask host tcp 127.0.0.1 8080)" "web 10.30.0.1"
	assert_eq "$(ask sibling tcp 10.30.0.3 80)" "web 10.30.0.2"
}

@test "masqAll hides every source; snat: false hides none" {
	publish web 30-containerd "$WEB" '.masqAll = true' "$HAIRPIN"
	serve web
	assert_eq "$(ask outside tcp 192.0.2.1 8080)" "web 10.30.0.1"
	assert_eq "$(ask host udp 192.0.2.1 8080)" "web 10.30.0.1"
	assert_answer web outside udp 2001:db8::1 8080
	check_ports "$c"
	c=$(ports 30-containerd "$WEB" '.snat = false | .masqAll = true')
	add portmap <<<"$c"
	check_ports "$c"
	assert_eq "$(ask outside tcp 192.0.2.1 8080)" "web 192.0.2.2"
	assert_silence web tcp 192.0.2.1 8080
	assert_eq "$(host nft -j list ruleset | jq '[.. | objects | select(has("masquerade"))] | length')" 4 \
		"masquerading: of the bridge, and of what lost its source"
	detach 30-containerd
	assert_eq "$(nft_of_portmap)" '[]'
}

@test "markMasqBit chooses the bit of the mark" {
	publish web 30-containerd "$WEB" '.markMasqBit = 31' "$HAIRPIN"
	serve web
	bridge_netfilter 0
	assert_answer "web 10.30.0.1" web tcp 192.0.2.1 8080
	refute grep -q 0x00002000 <<<"$(host nft list ruleset)"
	grep -q 0x80000000 <<<"$(host nft list ruleset)"
	check_ports "$c"
}

@test "large transfers through 127.0.0.1 and ::1 arrive whole" {
	publish web 20-kindnet "$WEB"
	serve_with web TCP4-LISTEN:80,fork,reuseaddr SYSTEM:'head -c 20000000 /dev/zero'
	serve_with web TCP6-LISTEN:80,fork,reuseaddr,ipv6only=1 SYSTEM:'md5sum'
	wait_until 5 sh -c "[ \$(nsenter --net=/run/netns/web ss -Hltn 'sport = :80' | wc -l) = 2 ]"
	assert_eq "$(host timeout "$((20 * PATIENCE))" socat -u TCP4:127.0.0.1:8080 - | wc -c)" 20000000
	assert_eq "$(head -c 20000000 /dev/zero | host timeout "$((20 * PATIENCE))" socat -t 10 - 'TCP6:[::1]:8080' | cut -d' ' -f1)" \
		"$(head -c 20000000 /dev/zero | md5sum | cut -d' ' -f1)"
}

@test "a closed port is refused at 127.0.0.1, and errors find the socket" {
	publish web 20-kindnet "$WEB"
	run host timeout 3 socat - TCP4:127.0.0.1:8080,connect-timeout=2 </dev/null
	[[ $output == *"Connection refused"* ]] || fail_because "TCP: $output"
	# shellcheck disable=SC2016 # for the inner shell
	run host sh -c '{ echo x; sleep 0.5; } | timeout 3 socat - UDP4:127.0.0.1:8080'
	[[ $output == *"Connection refused"* ]] || fail_because "UDP: $output"
}

# CVE-2025-67499: rules that look at the port alone catch what only passes through.
@test "what is not the host's passes: a router's published port 53 does not catch what goes to a server behind it" {
	local protocol
	local dns='[{"hostPort": 53, "containerPort": 80, "protocol": "tcp"}, {"hostPort": 53, "containerPort": 80, "protocol": "udp"},
		{"hostPort": 53, "containerPort": 80, "protocol": "sctp"}, {"hostPort": 53, "containerPort": 80, "protocol": "udp", "hostIP": "198.51.100.2"},
		{"hostPort": 53, "containerPort": 80, "protocol": "tcp", "hostIP": "2001:db8:51::2"}]'

	ip netns add server
	host ip link add lan type veth peer name eth0 netns server
	host ip addr add 198.51.100.1/24 dev lan
	host ip addr add 2001:db8:51::1/64 dev lan nodad
	host ip link set lan up
	in_container server ip link set lo up
	in_container server ip addr add 198.51.100.2/24 dev eth0
	in_container server ip addr add 2001:db8:51::2/64 dev eth0 nodad
	in_container server ip link set eth0 up
	in_container server ip route add default via 198.51.100.1
	in_container server ip route add default via 2001:db8:51::1
	in_container outside ip route add 198.51.100.0/24 via 192.0.2.1
	in_container outside ip route add 2001:db8:51::/64 via 2001:db8::1
	publish web 20-kindnet "$dns"
	serve web
	serve server 53
	wait_until 5 in_container outside ping -c 1 -W 1 2001:db8:51::2
	for protocol in tcp udp; do
		assert_answer server outside "$protocol" 198.51.100.2 53
		assert_answer server outside "$protocol" 2001:db8:51::2 53
		assert_answer server host "$protocol" 198.51.100.2 53
		assert_answer server host "$protocol" 2001:db8:51::2 53
		assert_answer web outside "$protocol" 192.0.2.1 53
		assert_answer web outside "$protocol" 2001:db8::1 53
	done
}

# ---- loopback

@test "hostIP 127.0.0.1 and ::1: the host reaches it, no other host does, whatever it sends" {
	publish web 20-kindnet '[{"hostPort": 9090, "containerPort": 80, "protocol": "tcp", "hostIP": "127.0.0.1"},
		{"hostPort": 9090, "containerPort": 80, "protocol": "udp", "hostIP": "127.0.0.1"},
		{"hostPort": 9090, "containerPort": 80, "protocol": "tcp", "hostIP": "::1"}]'
	serve web
	assert_answer web host tcp 127.0.0.1 9090
	assert_answer web host udp 127.0.0.1 9090
	assert_answer web host tcp ::1 9090
	assert_silence host tcp 127.0.0.2 9090
	assert_silence host tcp 192.0.2.1 9090
	assert_silence outside tcp 192.0.2.1 9090
	attack_loopback outside 192.0.2.1 9090
	in_container web ip addr del 127.0.0.1/8 dev lo
	assert_eq "$(route_localnet)" 0 "route_localnet"
	# Not even where somebody else has opened it.
	host sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet'
	attack_loopback outside 192.0.2.1 9090
	assert_answer web host tcp 127.0.0.1 9090
	check_ports "$c"
}

# attack_loopback FROM VIA PORT…: FROM sends to 127.0.0.1 over the wire, and gets no answer. All is asked at once, since a silence takes a second.
attack_loopback() {
	local protocol port pid pids=()

	in_container "$1" sysctl -qw net.ipv4.conf.all.route_localnet=1
	in_container "$1" ip rule del pref 0 2>/dev/null || true
	in_container "$1" ip rule add pref 10 to 127.0.0.0/8 lookup 100 2>/dev/null || true
	in_container "$1" ip rule add pref 20 lookup local 2>/dev/null || true
	in_container "$1" ip route replace default via "$2" table 100
	for port in "${@:3}"; do
		for protocol in tcp udp; do
			assert_silence "$1" "$protocol" 127.0.0.1 "$port" 3>&- &
			pids+=($!)
		done
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || fail_because "127.0.0.1 answers to $1"
	done
}

@test "publishing a port does not open the host's own loopback to pods and neighbours" {
	local name

	serve host 7000
	publish web 30-containerd "$WEB" . "$HAIRPIN"
	serve web
	assert_answer host host tcp 127.0.0.1 7000
	assert_answer web host tcp 127.0.0.1 8080
	for name in web outside; do
		attack_loopback "$name" "$([[ $name == web ]] && echo 10.30.0.1 || echo 192.0.2.1)" 7000 8080
	done
	assert_eq "$(route_localnet)" 0 "route_localnet"
	assert_answer host host tcp 127.0.0.1 7000
	del portmap <<<"$(jq 'del(.runtimeConfig, .prevResult)' <<<"$c")"
	attack_loopback web 10.30.0.1 7000
}

@test "programs of the host that talk over loopback are left alone, also from a port of that number" {
	local limit=$((5 * PATIENCE)) answer='host 127.0.0.1'

	publish web 20-kindnet "$WEB"
	serve web
	serve host 7000
	assert_eq "$(host timeout "$limit" socat -u TCP4:127.0.0.1:7000,bind=127.0.0.1:8080,reuseaddr -)" "$answer"
	# Datagrams have no end, so the client counts.
	assert_eq "$(host socat -t "$limit" - UDP4:127.0.0.1:7000,bind=127.0.0.1:8080,readbytes=$((${#answer} + 1)) <<<x)" "$answer"
}

# ---- who may have it

@test "a port of a living container is refused, naming it; after its DEL it is free" {
	local first

	publish one 20-kindnet "$WEB"
	first=$c
	serve one
	attach two 20-kindnet
	serve two
	cni ADD portmap <<<"$(ports 20-kindnet '[{"hostPort": 8080, "containerPort": 81, "protocol": "tcp"}]')"
	assert_error_is 103 "host port 8080/tcp is already in use by container one (network kindnet, interface eth0)"
	assert_answer one outside tcp 192.0.2.1 8080
	# Another protocol's port, and another address, are other ports.
	add portmap <<<"$(ports 20-kindnet '[{"hostPort": 8080, "containerPort": 80, "protocol": "sctp"},
		{"hostPort": 8080, "containerPort": 80, "protocol": "tcp", "hostIP": "192.0.2.1"}]')"
	assert_answer two outside tcp 192.0.2.1 8080
	assert_answer one outside tcp 2001:db8::1 8080
	assert_answer one host tcp 127.0.0.1 8080
	use_container one
	check_ports "$first"
	del portmap <<<"$first"
	use_container two
	add portmap <<<"$(ports 20-kindnet "$WEB")"
	assert_answer two outside tcp 2001:db8::1 8080
}

@test "a port of a container that died without DEL is taken over, and its late DEL takes nothing" {
	local one

	publish one 20-kindnet "$WEB"
	one=$main
	ip netns delete one
	wait_until 5 sh -c '! nsenter --net=/run/netns/'"$HOST"' ip -d link | grep -q "alias kindnet/one/eth0"'
	publish two 20-kindnet "$WEB"
	serve two
	assert_answer two outside tcp 192.0.2.1 8080
	check_ports "$c"
	two=$main
	use_container one
	del portmap <<<"$(conf 20-kindnet . portmap)"
	del ptp <<<"$one"
	assert_answer two outside tcp 192.0.2.1 8080
	use_container two
	check_ports "$c"
	detach 20-kindnet
	assert_unchanged
}

# gone PORTS-FILTER: a container's port is free once its namespace is gone, whatever prevResult names.
gone() {
	publish one 20-kindnet "$WEB" "$1"
	attach two 20-kindnet
	cni ADD portmap <<<"$(ports 20-kindnet "$WEB")"
	assert_error 103 "already in use by container one"
	ip netns delete one
	wait_until 5 sh -c '! nsenter --net=/run/netns/'"$HOST"' ip -d link | grep -q "alias kindnet/one/eth0"'
	add portmap <<<"$(ports 20-kindnet "$WEB")"
	serve two
	assert_answer two outside tcp 192.0.2.1 8080
}

@test "the port of a dead container is free, though prevResult named only the container's interface" {
	gone '.prevResult.interfaces |= map(select(.sandbox)) | .prevResult.ips[].interface = 0'
}

@test "the port of a dead container is free, though prevResult named a device of the host" {
	gone '.prevResult.interfaces[0].name = "lo"'
}

@test "a container without its interface lives, and one whose namespace only a process or a mount holds" {
	local holder

	publish one 20-kindnet "$WEB"
	attach two 20-kindnet
	in_container one ip link delete eth0
	refute grep -q kindnet/one <<<"$(host ip -d link)"
	cni ADD portmap <<<"$(ports 20-kindnet "$WEB")"
	assert_error 103 "already in use by container one"
	nsenter --net=/run/netns/one -- sleep 60 3>&- &
	holder=$!
	servers+=("$holder")
	wait_until 5 test /run/netns/one -ef "/proc/$holder/ns/net"
	touch "$BATS_TEST_TMPDIR/elsewhere"
	mount --bind /run/netns/one "$BATS_TEST_TMPDIR/elsewhere"
	ip netns delete one
	cni ADD portmap <<<"$(ports 20-kindnet "$WEB")"
	assert_error 103 "already in use by container one"
	kill "$holder"
	wait "$holder" || true
	cni ADD portmap <<<"$(ports 20-kindnet "$WEB")"
	umount "$BATS_TEST_TMPDIR/elsewhere"
	assert_error 103 "already in use by container one"
	add portmap <<<"$(ports 20-kindnet "$WEB")"
}

@test "a container whose namespace ADD could not see counts as living" {
	attach one 20-kindnet
	add portmap CNI_NETNS=/run/netns/hidden <<<"$(ports 20-kindnet "$WEB" '.prevResult.interfaces[0].name = "lo"')"
	ip netns delete one
	attach two 20-kindnet
	cni ADD portmap <<<"$(ports 20-kindnet "$WEB")"
	assert_error 103 "already in use by container one"
}

@test "a repeated ADD replaces the owner's own ports" {
	publish web 20-kindnet "$WEB"
	serve web 81
	c=$(ports 20-kindnet '[{"hostPort": 8080, "containerPort": 81, "protocol": "tcp"}, {"hostPort": 8082, "containerPort": 81, "protocol": "tcp"}]')
	add portmap <<<"$c"
	assert_answer web outside tcp 192.0.2.1 8080
	assert_answer web outside tcp 192.0.2.1 8082
	assert_eq "$(map_elements ports-ipv4)" 2
	check_ports "$c"
	detach 20-kindnet
	assert_unchanged
}

@test "of ten containers that want one port at once, one gets it" {
	local i won=0

	for i in {1..10}; do
		attach "c$i" 20-kindnet
		ports 20-kindnet "$WEB" >"$BATS_TEST_TMPDIR/conf$i"
	done
	for i in {1..10}; do
		host env CNI_COMMAND=ADD CNI_CONTAINERID="c$i" CNI_NETNS="/run/netns/c$i" CNI_IFNAME=eth0 CNI_PATH="$BIN" \
			"$BIN/portmap" <"$BATS_TEST_TMPDIR/conf$i" >"$BATS_TEST_TMPDIR/out$i" 3>&- &
	done
	wait
	for i in {1..10}; do
		jq -e .ips "$BATS_TEST_TMPDIR/out$i" >/dev/null && won=$((won + 1)) ||
			assert_match "$(jq -r .msg "$BATS_TEST_TMPDIR/out$i")" 'host port 8080/(tcp|udp) is already in use by container c'
	done
	assert_eq "$won" 1 "how many got it"
	assert_eq "$(map_elements ports-ipv4)" 2
}

# ---- networks and conditions

@test "two networks of one container: adding and deleting one never touches the other" {
	local first second first_result

	publish web 30-containerd "$WEB" . "$HAIRPIN"
	first=$c first_result=$result first_main=$main
	ifname=eth1
	main=$(conf 20-kindnet '.ipam.routes = []')
	add ptp CNI_IFNAME=eth1 <<<"$main"
	result=$stdout
	second=$(ports 20-kindnet '[{"hostPort": 8081, "containerPort": 80, "protocol": "tcp"}]' '.conditionsV4 = ["ip", "daddr", "!=", "192.0.2.1"]')
	add portmap <<<"$second"
	serve web
	assert_answer web outside tcp 192.0.2.1 8080
	assert_silence outside tcp 192.0.2.1 8081
	assert_answer web host tcp 10.30.0.1 8081
	# A third one without conditions changes nothing for the second.
	attach other 30-containerd "$HAIRPIN"
	add portmap <<<"$(ports 30-containerd '[{"hostPort": 8083, "containerPort": 80, "protocol": "tcp"}]')"
	assert_silence outside tcp 192.0.2.1 8081
	use_container web
	check_ports "$second" CNI_IFNAME=eth1
	check_ports "$first"
	del portmap <<<"$(jq 'del(.runtimeConfig)' <<<"$first")"
	assert_answer web host tcp 10.30.0.1 8081
	assert_silence host tcp 10.30.0.1 8080
	check_ports "$second" CNI_IFNAME=eth1
	add portmap <<<"$first"
	del portmap CNI_IFNAME=eth1 <<<"$second"
	assert_answer web outside tcp 192.0.2.1 8080
	assert_silence host tcp 10.30.0.1 8081
	check_ports "$first"
}

# Runtimes hand the same ports to every network of a container. attach_both publishes $WEB on two; the
# configurations of portmap are $first (eth0) and $second (eth1), of the plugins before it $main1 and $main2.
attach_both() {
	publish web 30-containerd "$WEB" . "$HAIRPIN"
	first=$c first_result=$result main1=$main
	main2=$(conf 20-kindnet '.ipam.routes = []')
	add ptp CNI_IFNAME=eth1 <<<"$main2"
	result=$stdout
	second=$(ports 20-kindnet "$WEB" "${1:-.}")
	add portmap CNI_IFNAME=eth1 <<<"$second"
	serve web
}

# leads_to FIRST|SECOND-SUBNET: where the port goes, in both families and protocols.
leads_to() {
	assert_eq "$(host nft -j list map inet cni_portmap ports-ipv4 | jq -c '[.nftables[].map? | select(.) | .elem[][1].concat[0]] | unique')" "[\"$1\"]"
	assert_eq "$(host nft -j list map inet cni_portmap ports-ipv6 | jq -c '[.nftables[].map? | select(.) | .elem[][1].concat[0]] | unique')" "[\"$2\"]"
	# Over TCP, because the pod answers datagrams with the address of its default route.
	for a in 192.0.2.1 2001:db8::1; do
		assert_answer web outside tcp "$a" 8080
		assert_answer web host tcp "$a" 8080
	done
}

@test "two networks of one container with the same ports: both are noted, and what stays leads there" {
	attach_both
	leads_to 10.30.0.2 fd00:10:30::2
	check_ports "$first"
	check_ports "$second" CNI_IFNAME=eth1
	del portmap <<<"$first"
	leads_to 10.244.0.2 fd00:10:244::2
	check_ports "$second" CNI_IFNAME=eth1
	add portmap <<<"$first" # as after a reconnection
	leads_to 10.244.0.2 fd00:10:244::2
	check_ports "$first"
	del portmap CNI_IFNAME=eth1 <<<"$second"
	leads_to 10.30.0.2 fd00:10:30::2
	del portmap <<<"$first"
	assert_eq "$(nft_of_portmap)" '[]'
	add portmap CNI_IFNAME=eth1 <<<"$second"
	add portmap <<<"$first"
	add portmap <<<"$first"
	del portmap <<<"$first" # it only waited
	leads_to 10.244.0.2 fd00:10:244::2
	del portmap CNI_IFNAME=eth1 <<<"$second"
	assert_eq "$(nft_of_portmap)" '[]'
	del ptp CNI_IFNAME=eth1 <<<"$main2"
	del bridge <<<"$main1"
	assert_eq "$(host conntrack -L 2>/dev/null | grep -c 'dport=8080.*src=10\.')" 0 "flows to the container"
}

@test "two networks of one container with the same ports: each CHECK sees what is missing" {
	attach_both
	host nft delete element inet cni_portmap ports-ipv6 '{ tcp . 8080 }'
	for ifname in eth0 eth1; do
		[[ $ifname == eth0 ]] && c=$first || c=$second
		cni CHECK portmap CNI_IFNAME="$ifname" <<<"$(jq 'if .cniVersion == "0.3.1" then .cniVersion = "0.4.0" else . end' <<<"$c")"
		assert_error 104 "host port 8080/tcp is not mapped to"
	done
}

@test "two networks of one container with the same ports: GC of one network leaves the other's" {
	attach_both
	cni GC portmap <<<"$(jq '.cniVersion = "1.1.0" | .["cni.dev/valid-attachments"] = []' <<<"$first")"
	assert_success
	leads_to 10.244.0.2 fd00:10:244::2
	add portmap <<<"$first"
	cni GC portmap <<<"$(jq '.cniVersion = "1.1.0" | .["cni.dev/valid-attachments"] = []' <<<"$first")"
	leads_to 10.244.0.2 fd00:10:244::2
	cni GC portmap <<<"$(jq '.cniVersion = "1.1.0" | .["cni.dev/valid-attachments"] = []' <<<"$second")"
	assert_eq "$(nft_of_portmap)" '[]'
}

@test "two living containers under one id do not share a port" {
	local first

	publish web 20-kindnet "$WEB"
	first=$c
	new_container other
	id=web
	cni ADD portmap <<<"$(jq '.name = "other" | .prevResult.interfaces |= map(if .sandbox then .sandbox = "/run/netns/other" else . end)
		| .prevResult.ips[].address |= sub("[.]2/"; ".3/")' <<<"$first")"
	assert_error_is 103 "host port 8080/tcp is already in use by container web (network kindnet, interface eth0)"
	netns=/run/netns/web check_ports "$first"
	ip netns delete web
	wait_until 5 sh -c '! nsenter --net=/run/netns/'"$HOST"' ip -d link | grep -q "alias kindnet/web/eth0"'
	add portmap <<<"$(jq '.name = "other"' <<<"$first")"
	check_ports "$(jq '.name = "other"' <<<"$first")"
}

@test "the conditions of a network that waits come into effect with its port" {
	attach_both '.conditionsV4 = ["ip", "daddr", "!=", "192.0.2.1"]'
	assert_answer web outside tcp 192.0.2.1 8080
	check_ports "$second" CNI_IFNAME=eth1
	# Another container with the same conditions comes and goes meanwhile.
	attach other 20-kindnet
	add portmap <<<"$(ports 20-kindnet '[{"hostPort": 9000, "containerPort": 80, "protocol": "tcp"}]' '.conditionsV4 = ["ip", "daddr", "!=", "192.0.2.1"]')"
	del portmap <<<"$(conf 20-kindnet . portmap)"
	use_container web
	del portmap <<<"$first"
	check_ports "$second" CNI_IFNAME=eth1
	assert_silence outside tcp 192.0.2.1 8080
	assert_answer web host tcp 10.30.0.1 8080
	assert_answer web outside tcp 2001:db8::1 8080
	del portmap CNI_IFNAME=eth1 <<<"$second"
	assert_eq "$(nft_of_portmap)" '[]'
}

@test "three networks of one container, and ports that only some of them have" {
	local both='[{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}, {"hostPort": 8081, "containerPort": 80, "protocol": "tcp"}]' i

	attach web 20-kindnet
	for i in 0 1 2; do
		third[i]=$(ports 20-kindnet "$both" ".name = \"net$i\" | .prevResult.ips[].address |= sub(\"2/\"; \"2$((i + 1))/\")")
		# 10.244.0.21, 22, 23 as if each network had given another address
	done
	third[1]=$(jq 'del(.runtimeConfig.portMappings[0])' <<<"${third[1]}")
	for i in 0 1 2; do
		add portmap <<<"${third[i]}"
	done
	target() {
		host nft -j list map inet cni_portmap ports-ipv4 | jq -r '[.nftables[].map? | select(.) | .elem[] | (.[0].elem.comment | split("/")[0])] | join(" ")'
	}
	assert_eq "$(target)" "net0 net0"
	del portmap <<<"${third[0]}"
	assert_eq "$(target | tr ' ' '\n' | sort | xargs)" "net1 net2"
	check_ports "${third[1]}"
	check_ports "${third[2]}"
	del portmap <<<"${third[1]}"
	assert_eq "$(target)" "net2 net2"
	check_ports "${third[2]}"
	# A repeated ADD without one of the ports gives that one up.
	add portmap <<<"${third[1]}"
	add portmap <<<"$(jq 'del(.runtimeConfig.portMappings[1])' <<<"${third[2]}")"
	assert_eq "$(target | tr ' ' '\n' | sort | xargs)" "net1 net2"
	del portmap <<<"${third[2]}"
	del portmap <<<"${third[1]}"
	assert_eq "$(nft_of_portmap)" '[]'
}

@test "conditions in the words of nft and of iptables: lists, negation, interfaces, both families" {
	host ip addr add 192.0.2.9/24 dev uplink
	host ip addr add 192.0.2.10/24 dev uplink
	publish web 20-kindnet "$WEB" '.conditionsV4 = ["!", "-d", "192.0.2.9,192.0.2.10"] | .conditionsV6 = ["!", "-i", "upl+"]'
	serve web
	assert_answer web outside tcp 192.0.2.1 8080
	assert_silence outside tcp 192.0.2.9 8080
	assert_silence outside udp 192.0.2.10 8080
	assert_silence outside tcp 2001:db8::1 8080
	assert_answer web host tcp 2001:db8::1 8080
	check_ports "$c"
	c=$(ports 20-kindnet "$WEB" '.conditionsV4 = ["ip daddr { 192.0.2.9, 198.51.100.0/24 } iifname \"uplink\""] | .conditionsV6 = ["ip6", "saddr", "!=", "2001:db8::2/128"]')
	add portmap <<<"$c"
	assert_answer web outside tcp 192.0.2.9 8080
	assert_silence outside tcp 192.0.2.1 8080
	assert_silence host tcp 192.0.2.9 8080
	assert_silence outside tcp 2001:db8::1 8080
	assert_answer web web tcp 2001:db8::1 8080
	check_ports "$c"
	detach 20-kindnet
	assert_eq "$(nft_of_portmap)" '[]'
}

@test "where conditions keep loopback out, a program of the host has the port there" {
	publish web 20-kindnet "$WEB" '.conditionsV4 = ["!", "-d", "127.0.0.0/8"]'
	serve web
	serve host 8080
	assert_answer "host 127.0.0.1" host tcp 127.0.0.1 8080
	assert_answer "host 127.0.0.1" host udp 127.0.0.1 8080
	assert_answer web outside tcp 192.0.2.1 8080
	# The source, too, counts as it was.
	c=$(ports 20-kindnet "$WEB" '.conditionsV4 = ["-s", "127.0.0.0/8"]')
	add portmap <<<"$c"
	assert_answer web host tcp 127.0.0.1 8080
	assert_answer host outside tcp 192.0.2.1 8080
}

@test "a service of kube-proxy with the same port wins" {
	publish web 20-kindnet "$WEB"
	serve web
	attach service 20-kindnet
	serve service
	host nft -f - <<-END
		table ip kube-proxy {
			chain nat-prerouting {
				type nat hook prerouting priority dstnat;
				ip daddr 192.0.2.1 tcp dport 8080 dnat to $(address 4):80
			}
		}
	END
	assert_answer service outside tcp 192.0.2.1 8080
	assert_answer web outside udp 192.0.2.1 8080
}

# ---- DEL, GC and CHECK

@test "DEL finds everything by owner: without runtimeConfig, prevResult, namespace and main plugin" {
	local ports i

	ports=$(jq -nc '[range(40) | {hostPort: (20000 + .), containerPort: (. + 1), protocol: (["tcp", "udp", "sctp"][. % 3]),
		hostIP: (["", "127.0.0.1", "0.0.0.0", "::", "192.0.2.1"][. % 5])}]')
	publish web 20-kindnet "$ports" '.conditionsV4 = ["-i", "uplink"]'
	check_ports "$c"
	del ptp <<<"$main"
	ip netns delete web
	del portmap CNI_NETNS= <<<"$(conf 20-kindnet . portmap)"
	del portmap CNI_NETNS= <<<"$(conf 20-kindnet . portmap)"
	assert_unchanged
}

@test "a container without ports leaves nothing and asks for nothing" {
	attach web 20-kindnet
	add portmap <<<"$(conf 20-kindnet ".prevResult = $result" portmap)"
	assert_json .ips[0].address '"10.244.0.2/24"'
	add portmap <<<"$(ports 20-kindnet '[]')"
	check_ports "$(ports 20-kindnet null)"
	detach 20-kindnet
	assert_unchanged
}

@test "CHECK and DEL know what the reference's plugin published, in both of its back ends" {
	local backend

	attach web 20-kindnet
	serve web
	for backend in iptables nftables; do
		c=$(ports 20-kindnet "$WEB" ".backend = \"$backend\"")
		host env CNI_COMMAND=ADD CNI_CONTAINERID=web CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH=/ PATH="$PATH" \
			"$REFERENCE_BIN/portmap" <<<"$c" >/dev/null
		assert_answer web outside tcp 192.0.2.1 8080
		check_ports "$(jq -c '.cniVersion = "0.4.0" | .prevResult.cniVersion = "0.4.0"' <<<"$c")"
		del portmap <<<"$(conf 20-kindnet . portmap)"
		cni CHECK portmap <<<"$(jq -c '.cniVersion = "0.4.0" | .prevResult.cniVersion = "0.4.0"' <<<"$c")"
		assert_error_is 104 "host port 8080/tcp is not mapped to 10.244.0.2:80"
		assert_silence outside tcp 192.0.2.1 8080
		refute grep -q -e CNI-DN- -e 10.244.0.2 <<<"$(host nft list ruleset)"
	done
}

@test "GC removes the ports of what is not listed, and nothing of other networks" {
	publish one 20-kindnet "$WEB"
	publish two 20-kindnet '[{"hostPort": 8082, "containerPort": 80, "protocol": "tcp"}]'
	publish three 30-containerd '[{"hostPort": 8083, "containerPort": 80, "protocol": "tcp"}]'
	gc='.cniVersion = "1.1.0" | .["cni.dev/valid-attachments"] = [{containerID: "two", ifname: "eth0"}]'
	cni GC portmap CNI_CONTAINERID= CNI_NETNS= CNI_IFNAME= <<<"$(conf 20-kindnet '.cniVersion = "1.1.0"' portmap)"
	assert_success
	assert_eq "$(map_elements ports-ipv4)" 4 "without a list"
	cni GC portmap CNI_CONTAINERID= CNI_NETNS= CNI_IFNAME= <<<"$(conf 20-kindnet "$gc" portmap)"
	assert_success
	assert_eq "$(host nft -j list map inet cni_portmap ports-ipv4 | jq -c '[.nftables[].map? | select(.) | .elem[][0].elem.comment] | sort')" \
		'["containerd-net/three/eth0","kindnet/two/eth0"]'
}

# Each line: what is done to the table, what CHECK says then.
@test "CHECK sees what is missing or leads elsewhere" {
	local damage message handle

	publish web 20-kindnet "$WEB" '.cniVersion = "0.4.0" | .prevResult.cniVersion = "0.4.0" | .conditionsV4 = ["-i", "uplink"]'
	check_ports "$c"
	cni CHECK portmap <<<"$(jq 'del(.prevResult)' <<<"$c")"
	assert_error 999 "Required prevResult missing"
	while IFS='|' read -r damage message; do
		add portmap <<<"$c"
		check_ports "$c"
		# shellcheck disable=SC2086 # words of nft
		host nft $damage
		cni CHECK portmap <<<"$c"
		assert_error 104 "$message"
		host nft delete table inet cni_portmap
	done <<-'END'
		delete table inet cni_portmap ; add table inet cni_portmap|host port 8080/tcp is not mapped to 10.244.0.2:80
		delete element inet cni_portmap ports-ipv6 { udp . 8080 }|host port 8080/udp is not mapped to [fd00:10:244::2]:80
		delete element inet cni_portmap ports-ipv4 { tcp . 8080 } ; add element inet cni_portmap ports-ipv4 { tcp . 8080 : 10.244.0.9 . 80 }|host port 8080/tcp is mapped to 10.244.0.9:80 instead of 10.244.0.2:80
		delete element inet cni_portmap ports-ipv4 { tcp . 8080 } ; add element inet cni_portmap ports-ipv4 { tcp . 8080 : 10.244.0.2 . 80 }|for another owner
		flush set inet cni_portmap to-ipv4-mark13|an element for masquerading or conditions is missing
		flush set inet cni_portmap local-ports-ipv6|host port 8080/tcp is not mapped completely
		flush map inet cni_portmap owners|the note who has it is missing
		flush chain inet cni_portmap ports|the rule for it is missing
		flush chain inet cni_portmap port-limits|the rule for it is missing
		flush chain inet cni_portmap postrouting|the rule for it is missing
		flush chain inet cni_portmap prerouting|a rule is missing
		flush chain inet cni_portmap replies|a rule is missing
	END
	add portmap <<<"$c"
	handle=$(host nft -a list chain inet cni_portmap prerouting | sed -n 's/.*jump ports # handle //p')
	host nft delete rule inet cni_portmap prerouting handle "$handle"
	cni CHECK portmap <<<"$c"
	assert_error 104 "a rule is missing"
	assert_silence outside tcp 192.0.2.1 8080
}

@test "STATUS" {
	cni STATUS portmap CNI_CONTAINERID= CNI_NETNS= CNI_IFNAME= <<<"$(conf 20-kindnet '.cniVersion = "1.1.0"' portmap)"
	assert_success
	assert_unchanged
}

@test "the ruleset can be saved and loaded with nft" {
	publish web 30-containerd "$WEB" '.conditionsV4 = ["ip", "daddr", "!=", "{", "198.51.100.1", ",", "198.51.100.2", "}", "mark", "and", "0xff", "!=", "0x7"]' "$HAIRPIN"
	serve web
	host nft list ruleset >"$BATS_TEST_TMPDIR/ruleset"
	host nft flush ruleset
	assert_silence outside tcp 192.0.2.1 8080
	host nft -f "$BATS_TEST_TMPDIR/ruleset"
	assert_answer web outside tcp 192.0.2.1 8080
	assert_answer web host tcp 127.0.0.1 8080
	assert_answer web host udp ::1 8080
	check_ports "$c"
	detach 30-containerd
	assert_eq "$(nft_of_portmap)" '[]'
}

# ---- connections

# flows PROTOCOL PORT: how many there are to it, of both families.
flows() {
	host conntrack -L -p "$1" --dport "$2" 2>/dev/null | wc -l
}

# A client that sends ten datagrams a second from one port until the test ends.
ticker() {
	serve_with outside -u SYSTEM:'while sleep 0.1; do echo x; done' "UDP4:192.0.2.1:$1,bind=192.0.2.2:5555"
}

# listener NAME PORT: what arrives there, into the file NAME.
listener() {
	serve_with "$1" -u "UDP4-RECV:$2" "CREATE:$BATS_TEST_TMPDIR/$1"
}

@test "a datagram client follows the port: host, container, next container, and the host again" {
	listener host 8080
	ticker 8080
	wait_until 5 test -s "$BATS_TEST_TMPDIR/host"
	attach one 20-kindnet
	listener one 80
	one=$main
	c=$(ports 20-kindnet "$WEB")
	add portmap <<<"$c"
	wait_until 1 test -s "$BATS_TEST_TMPDIR/one"
	del portmap <<<"$c"
	del ptp <<<"$one"
	attach two 20-kindnet
	listener two 80
	add portmap <<<"$(ports 20-kindnet "$WEB")"
	wait_until 1 test -s "$BATS_TEST_TMPDIR/two"
	: >"$BATS_TEST_TMPDIR/host"
	size=$(stat -c %s "$BATS_TEST_TMPDIR/host")
	detach 20-kindnet
	wait_until 1 sh -c "[ \$(stat -c %s '$BATS_TEST_TMPDIR/host') != $size ]"
}

@test "unrelated flows survive ADD and DEL: other ports, other addresses of that port, forwarded ones" {
	local before

	in_container outside ip route add 198.51.100.0/24 via 192.0.2.1
	host ip route add 198.51.100.0/24 via 192.0.2.2 2>/dev/null || true
	host sysctl -qw net.ipv4.ip_forward=1
	publish first 20-kindnet '[{"hostPort": 1, "containerPort": 1, "protocol": "udp"}]'
	host conntrack -I -p udp -s 192.0.2.2 -d 192.0.2.1 --sport 1000 --dport 9999 -t 300 -u SEEN_REPLY
	host conntrack -I -p udp -s 192.0.2.2 -d 198.51.100.7 --sport 1000 --dport 8080 -t 300 -u SEEN_REPLY
	host conntrack -I -p udp -s 192.0.2.2 -d 10.244.0.1 --sport 1000 --dport 8080 -t 300 -u SEEN_REPLY
	host conntrack -I -p tcp -s 192.0.2.2 -d 192.0.2.1 --sport 1000 --dport 8080 -t 300 --state ESTABLISHED -u SEEN_REPLY,ASSURED
	host conntrack -I -p udp -s 192.0.2.2 -d 192.0.2.1 --sport 1000 --dport 8080 -t 300 -u SEEN_REPLY
	publish web 20-kindnet '[{"hostPort": 8080, "containerPort": 80, "protocol": "udp", "hostIP": "192.0.2.1"},
		{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]'
	assert_eq "$(host conntrack -L -p udp -d 192.0.2.1 --dport 8080 2>/dev/null | wc -l)" 0 "stale flows"
	assert_eq "$(flows udp 9999)" 1 "of another port"
	assert_eq "$(flows udp 8080)" 2 "of other addresses"
	assert_eq "$(flows tcp 8080)" 1 "to a program of the host"
	serve web
	assert_answer web outside udp 192.0.2.1 8080
	assert_answer web outside tcp 192.0.2.1 8080
	host conntrack -L -p tcp 2>/dev/null | grep -q 'src=10.244.0.3.*sport=80'
	detach 20-kindnet
	refute grep -q 'src=10.244.0.3' <<<"$(host conntrack -L 2>/dev/null)"
	assert_eq "$(flows udp 9999)" 1 "of another port"
	assert_eq "$(flows udp 8080)" 2 "of other addresses"
	assert_eq "$(flows tcp 8080)" 1 "to a program of the host"
}

# connection_dumps CONTAINER PORTS: sets $dumps to how often ADD has the kernel walk its table of connections.
connection_dumps() {
	attach "$1" 20-kindnet
	host env -i CNI_COMMAND=ADD CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME="$ifname" CNI_PATH="$PLAIN_BIN" \
		strace -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto "$PLAIN_BIN/portmap" <<<"$(ports 20-kindnet "$2")" >/dev/null
	dumps=$(grep -c NFNL_SUBSYS_CTNETLINK "$BATS_TEST_TMPDIR/calls" || true)
}

# The walk takes longer than all the rest.
@test "ADD looks at the tracked connections for datagram ports, and for ports of a container that is gone" {
	local tcp='[{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]'

	publish first 20-kindnet '[{"hostPort": 1, "containerPort": 1, "protocol": "udp"}]'
	host conntrack -I -p udp -s 192.0.2.2 -d 192.0.2.1 --sport 1000 --dport 9999 -t 300 -u SEEN_REPLY
	connection_dumps one "$tcp"
	assert_eq "$dumps" 0 "TCP"
	ip netns delete one
	wait_until 5 sh -c '! nsenter --net=/run/netns/'"$HOST"' ip -d link | grep -q "alias kindnet/one/eth0"'
	connection_dumps two "$tcp"
	assert_eq "$dumps" 1 "a port that changes hands"
	connection_dumps three '[{"hostPort": 8081, "containerPort": 80, "protocol": "udp"}]'
	assert_eq "$dumps" 1 "UDP"
}

# As many as make the kernel select among them.
many_flows() {
	# Again, because a machine under load may forget the first before the last is there.
	for _ in 1 2 3; do
		in_container outside bash -c 'for ((i = 20000; i < 21400; i++)); do echo x >"/dev/udp/192.0.2.1/$i"; done' 2>/dev/null || true
		(($(host cat /proc/sys/net/netfilter/nf_conntrack_count) <= 1000)) || return 0
	done
	fail_because "too few flows"
}

@test "with many ports or many flows, only their flows go" {
	local many='[range(10) | {hostPort: (3001 + .), containerPort: 80, protocol: "udp"}]' port

	publish first 20-kindnet '[{"hostPort": 1, "containerPort": 1, "protocol": "udp"}]'
	while read -r wanted left; do
		for port in 3000 3001 3002 3012; do
			host conntrack -I -p udp -s 192.0.2.2 -d 192.0.2.1 --sport 1000 --dport "$port" -t 300 -u SEEN_REPLY 2>/dev/null || true
			host conntrack -I -p udp -s 2001:db8::2 -d 2001:db8::1 --sport 1000 --dport "$port" -t 300 -u SEEN_REPLY 2>/dev/null || true
		done
		publish web 20-kindnet "$wanted"
		assert_eq "$(for port in 3000 3001 3002 3012; do flows udp "$port"; done | xargs)" "$left"
		detach 20-kindnet
		ip netns delete web
		(($(host cat /proc/sys/net/netfilter/nf_conntrack_count) > 1000)) || many_flows
	done <<-END
		$(jq -nc "[$many | .[0,1]]") 2 0 0 2
		$(jq -nc "$many") 2 0 0 2
		$(jq -nc "[$many | .[1]]") 2 2 0 2
		$(jq -nc "$many") 2 0 0 2
	END
}

# ---- configuration

@test "keys in capital letters and an empty hostIP, as containerd sends them" {
	publish web 30-containerd '[{"HostPort": 8080, "ContainerPort": 80, "Protocol": "TCP", "HostIP": ""}]' . "$HAIRPIN"
	serve web
	assert_answer web outside tcp 192.0.2.1 8080
	assert_answer web outside tcp 2001:db8::1 8080
	check_ports "$c"
}

@test "hostIP limits to its family and address; unspecified ones to the family" {
	publish web 20-kindnet '[{"hostPort": 1001, "containerPort": 80, "protocol": "tcp", "hostIP": "0.0.0.0"},
		{"hostPort": 1002, "containerPort": 80, "protocol": "tcp", "hostIP": "::"},
		{"hostPort": 1003, "containerPort": 80, "protocol": "tcp", "hostIP": "10.244.0.1"},
		{"hostPort": 1004, "containerPort": 80, "protocol": "tcp", "hostIP": "2001:db8::1"}]'
	serve web
	assert_answer web outside tcp 192.0.2.1 1001
	assert_silence outside tcp 2001:db8::1 1001
	assert_answer web outside tcp 2001:db8::1 1002
	assert_silence outside tcp 192.0.2.1 1002
	assert_silence outside tcp 192.0.2.1 1003
	assert_answer web host tcp 10.244.0.1 1003
	assert_answer web web tcp 10.244.0.1 1003
	assert_answer web outside tcp 2001:db8::1 1004
	assert_silence host tcp fd00:10:244::1 1004
}

@test "sctp: its own ports" {
	publish web 20-kindnet '[{"hostPort": 8080, "containerPort": 80, "protocol": "SCTP"}]'
	host nft list map inet cni_portmap ports-ipv4 | grep -q 'sctp . 8080 comment "kindnet/web/eth0" : 10.244.0.2 . 80'
	check_ports "$c"
	# Not every kernel has SCTP's sockets.
	in_container web /usr/bin/python3 -IS -c 'import socket; socket.socket(type=socket.SOCK_STREAM, proto=socket.IPPROTO_SCTP)' 2>/dev/null || return 0
	serve_with web SCTP4-LISTEN:80,fork SYSTEM:'echo web'
	# SCTP has no half that could be closed: who wants to hear must not say that he is done.
	wait_until 5 sh -c "[ \"\$(nsenter --net=/run/netns/outside timeout 2 socat -u SCTP4:192.0.2.1:8080 -)\" = web ]"
}

@test "what cannot be right is refused before anything is done" {
	local filter message

	attach web 20-kindnet
	while IFS='|' read -r filter message; do
		cni ADD portmap <<<"$(ports 20-kindnet "$WEB" "$filter")"
		assert_error_is 7 "failed to parse config: $message"
	done <<-'END'
		.runtimeConfig.portMappings[0].hostPort = 0|Invalid host port number: 0
		.runtimeConfig.portMappings[0].hostPort = 65536|Invalid host port number: 65536
		.runtimeConfig.portMappings[1].containerPort = -1|Invalid container port number: -1
		.runtimeConfig.portMappings[0].protocol = "icmp"|Invalid protocol: icmp is none of tcp, udp, sctp
		.runtimeConfig.portMappings[0].hostIP = "localhost"|Invalid host IP address: localhost
		.markMasqBit = 32|MasqMarkBit must be between 0 and 31
		.backend = "ipvs"|unrecognized backend "ipvs"
	END
	cni ADD portmap <<<"$(ports 20-kindnet "$WEB" '.runtimeConfig.portMappings[1] = (.runtimeConfig.portMappings[0] | .containerPort = 81)')"
	assert_error_is 7 "host port 8080/tcp is mapped to container port 80 and to 81"
	cni ADD portmap <<<"$(ports 20-kindnet "$WEB" 'del(.prevResult)')"
	assert_error_is 7 "must be called as chained plugin"
	refute grep -q cni_portmap <<<"$(host nft list tables)"
	add portmap <<<"$(ports 20-kindnet "$WEB" '.backend = "iptables" | .externalSetMarkChain = "KUBE-MARK-MASQ"')"
	assert_eq "$stderr" 'portmap: backend "iptables": nftables is used, it works beside iptables rules'
}

# Each of these is refused by ADD, or was accepted from the reference's plugin that made the ports.
@test "DEL refuses nothing: what it cannot read it tells and ignores" {
	local filter

	attach web 20-kindnet
	while read -r filter; do
		add portmap <<<"$(ports 20-kindnet "$WEB")"
		cni DEL portmap <<<"$(ports 20-kindnet "$WEB" "$filter")"
		assert_success
		assert_match "$stderr" '^portmap: .*ignored' "what DEL of $filter tells"
		assert_eq "$(nft_of_portmap)" '[]' "what DEL of $filter left"
	done <<-'END'
		.runtimeConfig.portMappings[0].hostIP = "localhost"
		.runtimeConfig.portMappings[0].hostIP = 127
		.runtimeConfig.portMappings[0].protocol = "icmp"
		.runtimeConfig.portMappings[0].protocol = ["tcp"]
		.runtimeConfig.portMappings[0].hostPort = 0
		.runtimeConfig.portMappings[0].hostPort = "8080"
		.runtimeConfig.portMappings[0].hostPort = 1e100
		.runtimeConfig.portMappings[0].containerPort = 80.5
		.runtimeConfig.portMappings[0] = {}
		.runtimeConfig.portMappings[0] = "8080:80"
		.runtimeConfig.portMappings = "8080:80"
		.runtimeConfig.portMappings = {}
		.externalSetMarkChain = "MY-MARK"
		.externalSetMarkChain = {}
		.externalSetMarkChain = "KUBE-MARK-MASQ" | .markMasqBit = 13
		.conditionsV4 = ["-m", "addrtype", "!", "--src-type", "LOCAL"]
		.conditionsV6 = ["meta", "cgroup", "1"]
		.conditionsV4 = "-d 192.0.2.1"
		.conditionsV4 = [{}]
		.markMasqBit = 40
		.markMasqBit = "13"
		.backend = "ipvs"
		.backend = "nftables" | .externalSetMarkChain = "KUBE-MARK-MASQ"
		.backend = 1
		.snat = "yes"
		.masqAll = []
	END
}

@test "the previous result is passed on in the version of the configuration" {
	attach web 20-kindnet
	for version in 0.3.1 0.4.0; do
		add portmap <<<"$(ports 20-kindnet "$WEB" ".cniVersion = \"$version\" | .prevResult.cniVersion = \"0.3.1\"")"
		assert_json .cniVersion "\"$version\""
		assert_json '[.ips[].version]' '["4", "6"]'
	done
}
