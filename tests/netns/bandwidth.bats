#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bandwidth: the kernel's queues, filters and links on the host, and how fast it is.

load helpers

# A container on the bridge of conf/32-bandwidth.conflist; $attached is the result.
attached() {
	new_container "$1"
	ifname=${2:-eth0}
	add bridge <<<"$(conf 32-bandwidth)"
	attached=$stdout
	host_end=$(jq -r '.interfaces[1].name' <<<"$attached")
}

# conf_of KEYS: with these keys instead of the example's, and the previous result
conf_of() {
	jq -n --argjson keys "$1" --argjson prev "$attached" '{cniVersion: "1.0.0", name: "limited", type: "bandwidth", prevResult: $prev} * $keys'
}

# limit_of LINK: [rate, burst, limit, latency] of its token bucket; nothing without
limit_of() {
	host tc -j qdisc show dev "$1" | jq -c '.[] | select(.kind == "tbf") | .options | [.rate, .burst, .lat]'
}

# filters_of LINK: [priority, protocol, the link it leads to or null] of each, for what the link receives
filters_of() {
	host tc -j filter show dev "$1" "${2:-ingress}" |
		jq -c '[.[] | select(.options.bkt or .kind != "u32") | [.pref, .protocol, (.options.actions[0].to_dev? // null)]]'
}

ifbs() {
	host ip -j link show type ifb | jq -c '[.[].ifname]'
}

both() {
	conf 32-bandwidth . bandwidth
}

readonly BOTH='{"ingressRate": 8000000, "ingressBurst": 800000, "egressRate": 16000000, "egressBurst": 800000}'

@test "bandwidth: the example: both ways, the result, CHECK, DEL" {
	local c ifb

	attached one
	c=$(with_result "$(both)" "$attached")
	add bandwidth <<<"$c"
	ifb=$(jq -r '.interfaces[-1].name' <<<"$stdout")
	assert_eq "$(jq -c '[(.interfaces | length), .interfaces[:3], .ips, .routes]' <<<"$stdout")" \
		"$(jq -c '[(.interfaces | length) + 1, .interfaces, .ips, .routes]' <<<"$attached")" "the result"
	assert_eq "$(jq -c '.interfaces[-1]' <<<"$stdout")" \
		"$(host ip -j link show "$ifb" | jq -c '.[0] | {mac: .address, name: .ifname}')" "the link in the result"
	assert_eq "$ifb" "bwp$(printf limitedone | sha512sum | cut -c 1-12)" "the name"
	assert_eq "$(host ip -j link show "$ifb" | jq -c '.[0] | [.mtu, .txqlen // 0, .ifalias, (.flags | index("UP") != null)]')" \
		'[1500,0,"limited/one/eth0",true]' "the link"
	assert_eq "$(limit_of "$host_end")" "$(host tc -j qdisc show dev "$host_end" | jq -c '.[0].options | [1000000, .burst, .lat]')" "to the container"
	assert_match "$(host tc qdisc show dev "$host_end")" "tbf 1: root .* rate 8Mbit burst 100000b lat 25ms" "to the container"
	assert_match "$(host tc qdisc show dev "$ifb")" "tbf 1: root .* rate 16Mbit burst 100000b lat 25ms" "from the container"
	assert_eq "$(host tc -j qdisc show dev "$host_end" | jq -c 'map(.kind)')" '["tbf","ingress"]' "the queues"
	assert_eq "$(filters_of "$host_end")" "[[48502,\"all\",\"$ifb\"]]" "the filters"
	check bandwidth <<<"$(jq --argjson prev "$stdout" '.prevResult = $prev' <<<"$c")"
	in_container one ping -c 1 -W 10 10.32.0.1 >/dev/null
	del bandwidth <<<"$c"
	assert_eq "$(ifbs)" "[]" "links"
	assert_eq "$(host tc -j qdisc show dev "$host_end" | jq -c 'map(.kind)')" '["noqueue"]' "the queues"
	in_container one ping -c 1 -W 10 10.32.0.1 >/dev/null
	del bandwidth <<<"$c"
	del bridge <<<"$(conf 32-bandwidth)"
}

@test "bandwidth: one way only" {
	attached one
	add bandwidth <<<"$(conf_of '{"ingressRate": 8000000, "ingressBurst": 800000}')"
	assert_json .interfaces "$(jq .interfaces <<<"$attached")"
	assert_eq "$(ifbs)" "[]" "links"
	assert_eq "$(host tc -j qdisc show dev "$host_end" | jq -c 'map(.kind)')" '["tbf"]' "the queues"
	attached two
	add bandwidth <<<"$(conf_of '{"egressRate": 8000000, "egressBurst": 800000}')"
	assert_eq "$(host tc -j qdisc show dev "$host_end" | jq -c 'map(.kind)')" '["noqueue","ingress"]' "the queues"
	attached three
	add bandwidth <<<"$(conf_of '{}')"
	assert_json . "$attached"
	add bandwidth <<<"$(conf_of '{"ingressRate": 0, "egressBurst": 0}')"
	assert_json . "$attached"
	assert_eq "$(host tc -j qdisc show dev "$host_end" | jq -c 'map(.kind)')" '["noqueue"]' "the queues"
	check bandwidth <<<"$(conf_of '{}')"
}

CASE_STEP=${CASE_STEP:-4} # one of the versions; each with make nightly

# As the reference's tests have it: 16 bit/s, and an MTU that the link of the limit takes over.
@test "bandwidth: the least there is, in each version" {
	local version c ifb

	attached one
	host ip link set "$host_end" mtu 1024
	for version in $(printf '%s\n' 1.0.0 0.3.0 0.3.1 0.4.0 | awk -v step="$CASE_STEP" 'NR % step == 1 % step'); do
		c=$(conf_of '{"ingressRate": 8, "ingressBurst": 8, "egressRate": 16, "egressBurst": 8}' | jq --arg v "$version" '.cniVersion = $v
			| .prevResult.cniVersion = $v | if $v != "1.0.0" then .prevResult.ips |= map(.version = if .address | contains(":") then "6" else "4" end) else . end')
		add bandwidth <<<"$c"
		assert_json .cniVersion "\"$version\""
		ifb=$(jq -r '.interfaces[-1].name' <<<"$stdout")
		assert_eq "$(host ip -j link show "$ifb" | jq '.[0].mtu')" 1024 "the MTU"
		assert_eq "$(host tc -j qdisc show dev "$ifb" | jq -c 'map([.kind, .options.rate])')" '[["tbf",2]]' "from the container"
		assert_eq "$(host tc -j qdisc show dev "$host_end" | jq -c 'map([.kind, .options.rate])')" '[["tbf",1],["ingress",null]]' "to the container"
		[[ $version == 0.3.* ]] || check bandwidth <<<"$(jq --argjson prev "$stdout" '.prevResult = $prev' <<<"$c")"
		del bandwidth <<<"$c"
		assert_eq "$(ifbs)" "[]" "links"
	done
}

@test "bandwidth: the runtime's limits, in any letter case; the configuration wins as a whole" {
	attached one
	add bandwidth <<<"$(conf_of '{"RuntimeConfig": {"bandWidth": {"IngressRate": 16, "IngressBurst": 8, "EgressRate": 16000000, "EgressBurst": 800000}}}')"
	assert_match "$stderr" "ingressBurst: a burst of 1 bytes lets no packet of 1514 bytes pass" "what is told"
	assert_match "$(host tc qdisc show dev "$host_end")" "rate 16bit burst 1b" "to the container"
	assert_eq "$(jq '.interfaces | length' <<<"$stdout")" 4 "interfaces"
	cni ADD bandwidth <<<"$(conf_of '{"ingressBurst": 123, "runtimeConfig": {"bandwidth": {"ingressRate": 16, "ingressBurst": 8}}}')"
	assert_error_is 999 "if burst is set, rate must also be set"
	attached two
	add bandwidth <<<"$(conf_of '{"ingressRate": 0, "runtimeConfig": {"bandwidth": {"ingressRate": 16, "ingressBurst": 8}}}')"
	assert_eq "$(limit_of "$host_end")" "" "to the container"
}

@test "bandwidth: numbers of 64 bits, a burst of its own accord, and what cannot be meant" {
	local case keys code text

	attached one
	add bandwidth <<<"$(conf_of '{"ingressRate": 80000000000, "ingressBurst": 34359738359, "egressRate": 1000000000}')"
	assert_match "$(host tc qdisc show dev "$host_end")" "rate 80Gbit burst 42949[0-9]*b" "to the container"
	assert_match "$(host tc qdisc show dev "$(ifbs | jq -r '.[0]')")" "rate 1Gbit burst 1250000b lat 25ms" "from the container"
	check bandwidth <<<"$(conf_of '{"ingressRate": 80000000000, "ingressBurst": 34359738359, "egressRate": 1000000000}')"
	add bandwidth <<<"$(conf_of '{"ingressRate": 1000000, "ingressBurst": 34359738359}')"
	check bandwidth <<<"$(conf_of '{"ingressRate": 1000000, "ingressBurst": 34359738359}')"
	attached two
	while IFS='|' read -r keys code text; do
		cni ADD bandwidth <<<"$(conf_of "$keys")"
		assert_error "$code" "$text"
		assert_eq "$(host tc -j qdisc show dev "$host_end" | jq -c 'map(.kind)')" '["noqueue"]' "the queues"
	done <<'END'
{"ingressBurst": 8}|999|if burst is set, rate must also be set
{"egressBurst": 8}|999|if burst is set, rate must also be set
{"ingressRate": 8, "ingressBurst": 34359738360}|7|burst cannot be more than 4GB
{"ingressRate": -1}|7|ingressRate: -1 is below 0
{"ingressRate": 7}|7|ingressRate: 7 is below 8 bits in a second
{"ingressRate": 8000, "ingressBurst": 7}|7|a burst of 7 bits is below a byte
{"ingressRate": 1.5}|999|cannot unmarshal number 1.5 into field ingressRate
{"ingressRate": "8M"}|999|cannot unmarshal string into field ingressRate
{"egressRate": 8000, "unshapedSubnets": ["x"]}|7|bad subnet "x" provided
{"egressRate": 8000, "unshapedSubnets": ["10.0.0.0/8"], "shapedSubnets": ["10.0.0.0/8"]}|7|cannot be both specified
END
	cni ADD bandwidth <<<"$(jq 'del(.prevResult)' <<<"$(conf_of "$BOTH")")"
	assert_error_is 999 "must be called as chained plugin"
	cni ADD bandwidth <<<'{"cniVersion": "1.0.0", "name": "limited", "type": "bandwidth"}'
	assert_error_is 999 "must be called as chained plugin"
	cni CHECK bandwidth <<<"$(jq 'del(.prevResult)' <<<"$(conf_of "$BOTH")")"
	assert_error 999 prevResult
}

@test "bandwidth: the host's end is found on the host" {
	attached two
	attached one
	host ip link add decoy type veth peer name decoy2
	host ip link set decoy2 netns /run/netns/one
	cni ADD bandwidth <<<"$(conf_of "$BOTH" | jq '.prevResult.interfaces = []')"
	assert_error_is 999 "no interfaces provided"
	cni ADD bandwidth <<<"$(conf_of "$BOTH" | jq '.prevResult.interfaces[1].name = "decoy"')"
	assert_error_is 999 "no veth peer of container interface found in host ns"
	cni ADD bandwidth <<<"$(conf_of "$BOTH" | jq --arg name "$(host ip -j link show type veth master cni32 | jq -r '.[0].ifname')" '.prevResult.interfaces[1].name = $name')"
	assert_error_is 999 "no veth peer of container interface found in host ns"
	assert_eq "$(ifbs)" "[]" "links"
	add bandwidth <<<"$(conf_of "$BOTH" | jq '.prevResult.interfaces |= [{name: "decoy"}, {name: "nobody"}] + .')"
	refute grep tbf <<<"$(host tc qdisc show dev decoy)"
	assert_eq "$(host tc -j qdisc show dev "$host_end" | jq -c 'map(.kind)')" '["tbf","ingress"]' "the queues"
	new_container three
	host ip link add lower type veth peer name lower2
	host ip link add link lower name inner type macvlan
	host ip link set inner netns /run/netns/three name eth0
	cni ADD bandwidth <<<"$(conf_of "$BOTH")"
	assert_error 999 "container interface eth0 has no veth peer"
}

@test "bandwidth: an ADD that is refused touches no limit of the links that its result names" {
	local c other

	attached one
	other=$(conf_of "$BOTH")
	add bandwidth <<<"$other"
	attached two
	c=$(jq --argjson prev "$(jq .prevResult <<<"$other")" '.prevResult = $prev' <<<"$(conf_of "$BOTH")")
	snapshot_host
	cni ADD bandwidth <<<"$c"
	assert_error 999 "no veth peer"
	del bandwidth <<<"$c"
	assert_unchanged
	host tc qdisc show >"$BATS_TEST_TMPDIR/limits"
	cni ADD bandwidth <<<"$c"
	assert_error 999 "no veth peer"
	assert_eq "$(host tc qdisc show)" "$(<"$BATS_TEST_TMPDIR/limits")" "the limits of another container"
	assert_eq "$(limit_of "$(jq -r '.prevResult.interfaces[1].name' <<<"$other")")" '[1000000,100000,25000]'
}

@test "bandwidth: a repeated ADD leaves none of the limits before it" {
	local c

	attached one
	snapshot_host
	for c in '{"egressRate": 8000000}' '{"ingressRate": 8000000}' '{"ingressRate": 8000000, "shapedSubnets": ["10.9.0.0/16"]}' '{}'; do
		add bandwidth <<<"$(conf_of "$BOTH")"
		add bandwidth <<<"$(conf_of "$c")"
		host tc qdisc show | sed 's/[0-9a-f]*: dev/dev/' >"$BATS_TEST_TMPDIR/repeated"
		ifbs >>"$BATS_TEST_TMPDIR/repeated"
		check bandwidth <<<"$(conf_of "$c")"
		del bandwidth <<<"$(conf_of "$c")"
		assert_unchanged
		add bandwidth <<<"$(conf_of "$c")"
		{
			host tc qdisc show | sed 's/[0-9a-f]*: dev/dev/'
			ifbs
		} >"$BATS_TEST_TMPDIR/once"
		assert_eq "$(<"$BATS_TEST_TMPDIR/repeated")" "$(<"$BATS_TEST_TMPDIR/once")" "limits of $c after others"
		del bandwidth <<<"$(conf_of "$c")"
	done
}

@test "bandwidth: CHECK finds what is missing or changed" {
	local c ifb change

	attached one
	c=$(conf_of "$BOTH")
	ifb="bwp$(printf limitedone | sha512sum | cut -c 1-12)"
	add bandwidth <<<"$c"
	check bandwidth <<<"$c"
	while read -r change; do
		change=${change//HOST/$host_end}
		# shellcheck disable=SC2086 # several words
		host ${change//IFB/$ifb}
		cni CHECK bandwidth <<<"$c"
		assert_error 104
		add bandwidth <<<"$c"
		check bandwidth <<<"$c"
	done <<'END'
tc qdisc del dev HOST root
tc qdisc replace dev HOST root pfifo
tc qdisc change dev HOST root handle 1: tbf rate 9Mbit burst 100000 latency 25ms
tc qdisc change dev HOST root handle 1: tbf rate 8Mbit burst 90000 latency 25ms
tc qdisc del dev IFB root
tc qdisc change dev IFB root handle 1: tbf rate 8Mbit burst 100000 latency 25ms
tc filter del dev HOST ingress
tc qdisc del dev HOST ingress
ip link set IFB down
ip link del IFB
END
	assert_eq "$(filters_of "$host_end")" "[[48502,\"all\",\"$ifb\"]]" "the filters"
	assert_eq "$(ifbs)" "[\"$ifb\"]" "links"
	cni CHECK bandwidth <<<"$(jq '.shapedSubnets = ["10.0.0.0/8"]' <<<"$c")"
	assert_error 104
}

@test "bandwidth: hooks that another has are shared, at its back" {
	local c

	attached one
	host tc qdisc add dev "$host_end" clsact
	host tc filter add dev "$host_end" ingress pref 1 protocol ip u32 match ip dst 192.0.2.77/32 action mirred egress redirect dev lo
	c=$(conf_of "$BOTH")
	add bandwidth <<<"$c"
	assert_match "$(filters_of "$host_end")" '^\[\[1,"ip","lo"\],\[48502,"all","bwp[0-9a-f]*"\]\]$' "the filters"
	check bandwidth <<<"$c"
	add bandwidth <<<"$c"
	assert_eq "$(filters_of "$host_end" | jq length)" 2 "the filters"
	in_container one ping -c 1 -W 10 10.32.0.1 >/dev/null
	del bandwidth <<<"$c"
	assert_eq "$(filters_of "$host_end")" '[[1,"ip","lo"]]' "the filters"
}

@test "bandwidth: an ingress qdisc of another has no hook for what the container receives: ADD says so, unless nobody uses it" {
	local c

	attached one
	c=$(conf_of '{"ingressRate": 8000000, "shapedSubnets": ["10.9.0.0/16"]}')
	host tc qdisc add dev "$host_end" ingress
	add bandwidth <<<"$c"
	check bandwidth <<<"$(with_result "$c")"
	assert_eq "$(filters_of "$host_end")" "[]"
	refute test "$(filters_of "$host_end" egress)" = "[]"
	del bandwidth <<<"$c"
	host tc qdisc add dev "$host_end" ingress
	host tc filter add dev "$host_end" ingress prio 1 protocol ip u32 match u32 0 0 flowid :1
	snapshot_host
	cni ADD bandwidth <<<"$c"
	assert_error 103 "cannot add filters"
	assert_unchanged
	assert_eq "$(filters_of "$host_end" | jq -c '[.[][0]] | unique')" "[1]"
}

@test "bandwidth: two interfaces of one container on one network" {
	local first second

	attached one
	add bandwidth <<<"$(conf_of "$BOTH")"
	first=$(jq -r '.interfaces[-1].name' <<<"$stdout")
	ifname=eth1 add bridge <<<"$(conf 32-bandwidth)"
	attached=$stdout ifname=eth1
	add bandwidth <<<"$(conf_of "$BOTH")"
	second=$(jq -r '.interfaces[-1].name' <<<"$stdout")
	[[ $first != "$second" ]]
	check bandwidth <<<"$(conf_of "$BOTH")"
	del bandwidth <<<"$(conf_of "$BOTH")"
	assert_eq "$(ifbs)" "[\"$first\"]" "links"
	ifname=eth0
	del bandwidth CNI_NETNS= <<<'{"cniVersion": "9", "name": "limited", "type": "bandwidth", "ingressRate": []}'
	assert_eq "$(ifbs)" "[]" "links"
}

@test "bandwidth: only some networks, and all but some" {
	local c

	attached one
	c=$(conf_of "$BOTH" | jq '.shapedSubnets = ["10.32.0.0/24", "fd00:10:32::/64", "192.0.2.0/24"]')
	add bandwidth <<<"$c"
	assert_eq "$(ifbs | jq length)" 2 "links"
	check bandwidth <<<"$c"
	assert_eq "$(filters_of "$host_end" | jq -c 'map(.[:2])')" '[[48500,"ip"],[48500,"ip"],[48501,"ipv6"]]' "the filters"
	in_container one ping -c 1 -W 10 10.32.0.1 >/dev/null
	in_container one ping -c 1 -W 10 fd00:10:32::1 >/dev/null
	assert_match "$(sent)" '^[1-9][0-9]* [1-9][0-9]*$' "packets that took the way"
	cni CHECK bandwidth <<<"$(jq '.shapedSubnets[2] = "192.0.3.0/24"' <<<"$c")"
	assert_error 104 filters
	c=$(jq '.unshapedSubnets = .shapedSubnets | del(.shapedSubnets)' <<<"$c")
	cni CHECK bandwidth <<<"$c"
	assert_error 104 filters
	host ip addr add 198.51.100.1/32 dev lo
	in_container one ping -c 1 -W 10 198.51.100.1 >/dev/null
	add bandwidth <<<"$c"
	check bandwidth <<<"$c"
	in_container one sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	sent >"$BATS_TEST_TMPDIR/sent"
	in_container one ping -c 10 -i 0.05 -W 10 10.32.0.1 >/dev/null
	in_container one ping -c 10 -i 0.05 -W 10 198.51.100.1 >/dev/null
	# Ten each way, and what the two kernels say besides.
	assert_match "$(paste <(sent) "$BATS_TEST_TMPDIR/sent" | awk '{ print $1 - $3, $2 - $4 }')" '^1[0-9] 1[0-9]$' "packets that took the way"
	del bandwidth <<<"$c"
	assert_eq "$(ifbs)" "[]" "links"
}

# How many packets each link with a limit has let pass.
sent() {
	host tc -s -j qdisc show | jq -r '[.[] | select((.dev | startswith("bwp")) and .kind == "tbf") | .packets] | join(" ")'
}

@test "bandwidth: GC deletes links of containers that are gone, of this network only" {
	for name in one two three; do
		attached "$name"
		add bandwidth <<<"$(conf_of "$BOTH" | jq --arg name "$name" 'if $name == "three" then .name = "other" else . end')"
	done
	host ip link add bwpofanother type ifb
	host ip link add mine type ifb
	host ip link set mine alias limited/two/eth0
	cni GC bandwidth <<<"$(conf_of '{"cni.dev/valid-attachments": [{"containerID": "one", "ifname": "eth0"}]}' | jq 'del(.prevResult) | .cniVersion = "1.1.0"')"
	assert_success
	assert_eq "$(host ip -j link show type ifb | jq -c '[.[] | .ifalias // .ifname] | sort')" \
		'["bwpofanother","limited/one/eth0","limited/two/eth0","other/three/eth0"]' "links"
	assert_eq "$(host ip -j link show mine | jq length)" 1 "a link of another name"
}

reference() {
	BIN=$REFERENCE_BIN "$@"
}

# What the kernel has of the container's limits, without names and numbers of its own.
limits() {
	local ifb

	ifb="bwp$(printf 'limited%s' "$id" | sha512sum | cut -c 1-12)"
	for link in "$host_end" "$ifb"; do
		host tc qdisc show dev "$link" | sed 's/ refcnt [0-9]*//'
		host ip -j link show dev "$link" | jq -c '.[0] | [.mtu, .txqlen // 0]'
	done
	filters_of "$host_end" | jq -c --arg ifb "$ifb" 'map(.[2] == $ifb)'
}

@test "bandwidth: what the reference made is checked and deleted, and the other way round" {
	local c ours keys

	for keys in "$BOTH" '{"ingressRate": 1000003, "ingressBurst": 100001, "egressRate": 12345678901, "egressBurst": 4294967295}'; do
		attached one
		c=$(conf_of "$keys")
		add bandwidth <<<"$c"
		ours=$(limits)
		reference check bandwidth <<<"$c"
		reference del bandwidth <<<"$c"
		assert_eq "$(ifbs)" "[]" "links"
		del bridge <<<"$(conf 32-bandwidth)"
		ip netns delete one
		attached one
		reference add bandwidth <<<"$(conf_of "$keys")"
		assert_eq "$(limits)" "$ours" "what the kernel has"
		check bandwidth <<<"$(conf_of "$keys")"
		del bandwidth <<<"$(conf_of "$keys")"
		assert_eq "$(ifbs)" "[]" "links"
		del bridge <<<"$(conf 32-bandwidth)"
		ip netns delete one
	done
}

# flow FROM TO ADDRESS BYTES: milliseconds that so many bytes take between two namespaces
flow() {
	local port_file=$BATS_TEST_TMPDIR/port

	rm -f "$port_file"
	nsenter --net="/run/netns/$2" python3 -c '
import socket, sys, os, time
s = socket.create_server((sys.argv[1], 0))
open(sys.argv[2] + ".new", "w").write(str(s.getsockname()[1]))
os.rename(sys.argv[2] + ".new", sys.argv[2])
s.settimeout(20)
c, left, start = s.accept()[0], int(sys.argv[3]), time.monotonic()
while left > 0:
    left -= len(c.recv(65536)) or sys.exit("cut short")
print(round((time.monotonic() - start) * 1000))' "$3" "$port_file" "$4" >"$BATS_TEST_TMPDIR/took" &
	wait_until 10 test -s "$port_file"
	nsenter --net="/run/netns/$1" python3 -c '
import socket, sys
c = socket.create_connection((sys.argv[1], int(open(sys.argv[2]).read())))
c.sendall(bytes(int(sys.argv[3])))
c.recv(1)' "$3" "$port_file" "$4"
	wait
	cat "$BATS_TEST_TMPDIR/took"
}

# Without a limit; a busy machine may have to be asked again.
is_quick() {
	(($(flow "$HOST" one "$1" 2000000) < 700))
}

# 2 MB at 16 Mbit/s, of which 100 kB pass at once, take a second. A busy machine only makes it longer.
@test "bandwidth: the limits hold both ways, and go no further" {
	local address took

	attached one
	address=$(jq -r '.ips[0].address | split("/")[0]' <<<"$attached")
	wait_until 10 is_quick "$address"
	add bandwidth <<<"$(conf_of '{"ingressRate": 16000000, "ingressBurst": 800000, "egressRate": 16000000, "egressBurst": 800000}')"
	took=$(flow "$HOST" one "$address" 2000000)
	((took > 850 && took < 10000)) || fail_because "to the container: $took ms"
	took=$(flow one "$HOST" 10.32.0.1 2000000)
	((took > 850 && took < 10000)) || fail_because "from the container: $took ms"
}

# rate_of FROM TO ADDRESS: kbit/s that arrive in a second and a half, once what may pass at once has passed
rate_of() {
	local pid

	nsenter --net="/run/netns/$2" python3 -c '
import socket, sys, time
s = socket.create_server((sys.argv[1], 5001))
s.settimeout(20)
c = s.accept()[0]
begin = time.monotonic() + 1
while time.monotonic() < begin:
    c.recv(65536)
begin, arrived = time.monotonic(), 0
while time.monotonic() < begin + 1.5:
    arrived += len(c.recv(65536))
print(round(arrived * 8 / (time.monotonic() - begin) / 1000))' "$3" >"$BATS_TEST_TMPDIR/rate" &
	pid=$!
	wait_until 10 sh -c "nsenter --net=/run/netns/$2 ss -Hltn 'sport = :5001' | grep -q ."
	nsenter --net="/run/netns/$1" python3 -c '
import socket, sys
c, some = socket.create_connection((sys.argv[1], 5001)), bytes(65536)
try:
    while True:
        c.sendall(some)
except OSError:
    pass' "$3"
	wait "$pid"
	cat "$BATS_TEST_TMPDIR/rate"
}

# measured KEY RATE: of a new container with that limit, made by the plugins in $BIN
measured() {
	local address

	attached one
	address=$(jq -r '.ips[0].address | split("/")[0]' <<<"$attached")
	limiter add bandwidth <<<"$(conf_of "{\"${1}Rate\": $2, \"${1}Burst\": $(($2 / 10))}")"
	if [[ $1 == ingress ]]; then
		rate_of "$HOST" one "$address"
	else
		rate_of one "$HOST" 10.32.0.1
	fi
	limiter del bandwidth <<<"$(conf_of "{\"${1}Rate\": $2}" | jq --arg key "$1" '.[$key + "Burst"] = 8000')"
	del bridge <<<"$(conf 32-bandwidth)"
	ip netns delete one
}

# BANDWIDTH_RATES="1000000 100000000 1000000000" on a machine that has nothing else to do.
# bats test_tags=night
@test "bandwidth: as fast as the reference, both ways" {
	local rate way ours theirs

	for rate in ${BANDWIDTH_RATES:-1000000}; do
		for way in ingress egress; do
			limiter() { "$@"; }
			ours=$(measured "$way" "$rate")
			limiter() { reference "$@"; }
			theirs=$(measured "$way" "$rate")
			echo "# $way $rate bit/s: ours $ours kbit/s, the reference's $theirs kbit/s" >&3
			((ours * 10 > theirs * 9 && ours * 9 < theirs * 10)) || fail_because "$way at $rate: ours $ours, theirs $theirs kbit/s"
			((ours * 10000 > rate * 8 && ours * 10000 < rate * 11)) || fail_because "$way at $rate: $ours kbit/s"
		done
	done
}
