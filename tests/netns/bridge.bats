#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bridge: what ADD makes in the kernel, what DEL leaves there, what CHECK, STATUS and GC see.

load helpers

# The host address that the outside sees; none of its routes lead to a container.
readonly OUTSIDE4=192.0.2.2 OUTSIDE6=2001:db8::2

link() { host ip -j -d link show "$1"; }
link_of() { in_container "$1" ip -j -d link show "${2:-eth0}"; }
address_of() { in_container "$1" ip -j addr show dev eth0 | jq -r ".[0].addr_info[] | select(.family == \"$2\" and .scope == \"global\") | .local"; }
ping_from() { in_container "$1" ping -c 1 -W 10 "$2" >/dev/null || fail_because "$1 does not reach $2"; }
host_veth() { host ip -j link show type veth master "${1:-cni0}" | jq -r '.[0].ifname'; }
ports() { host ip -j link show master cni0 | jq 'map(select(.ifname)) | length'; }
has_ports() { [[ $(ports) == "$1" ]]; }
elements() { host nft -j list ruleset | jq '[.nftables[] | .map?, .set? | select(.elem?) | .elem[]] | length'; }

is_complete() { in_container "$1" ip -j addr show dev eth0 up | jq -e '.[0].addr_info | map(select(.scope == "global")) | length == 2' >/dev/null; }

# Two or more containers on the network of the given configuration.
attach() {
	local name

	for name in "${@:2}"; do
		new_container "$name"
		add bridge <<<"$1"
	done
}

# ---- ADD

@test "a container reaches its sibling, its gateway and the outside through NAT, IPv4 and IPv6" {
	local c peer

	c=$(conf 10-bridge)
	new_outside
	attach "$c" a b
	for peer in 10.22.0.1 10.22.0.3 fd00:10:22::1 fd00:10:22::3 "$OUTSIDE4" "$OUTSIDE6"; do
		ping_from a "$peer"
	done
}

@test "the outside sees the host's address, the sibling the container's own" {
	local c

	c=$(conf 10-bridge)
	new_outside
	attach "$c" a b
	in_container outside nft -f - <<-'END'
		table inet seen {
			chain input {
				type filter hook input priority 0;
				ip saddr 192.0.2.1 icmp type echo-request counter
				ip6 saddr 2001:db8::1 icmpv6 type echo-request counter
				ip saddr 10.22.0.0/16 counter
				ip6 saddr fd00:10:22::/64 counter
			}
		}
	END
	ping_from a "$OUTSIDE4"
	ping_from a "$OUTSIDE6"
	assert_eq "$(in_container outside nft -j list chain inet seen input | jq -c '[.nftables[].rule? | select(.) | .expr[].counter? | select(.) | .packets]')" \
		'[1,1,0,0]' "packets by source"
	in_container b nft -f - <<<$'table inet seen { chain input { type filter hook input priority 0\nip saddr 10.22.0.2 icmp type echo-request counter\n}\n}'
	ping_from a 10.22.0.3
	assert_eq "$(in_container b nft -j list chain inet seen input | jq -c '[.nftables[].rule? | select(.) | .expr[].counter? | select(.) | .packets]')" '[1]'
}

@test "the result names bridge, host end and container end, with the addresses on the third" {
	local c

	c=$(conf 10-bridge)
	attach "$c" a
	assert_json '.interfaces | map([.name, .sandbox])' "[[\"cni0\",null],[\"$(host_veth)\",null],[\"eth0\",\"$netns\"]]"
	assert_json '.ips' '[{"address":"10.22.0.2/16","gateway":"10.22.0.1","interface":2},{"address":"fd00:10:22::2/64","gateway":"fd00:10:22::1","interface":2}]'
	assert_json '.routes' '[{"dst":"0.0.0.0/0","gw":"10.22.0.1"},{"dst":"::/0","gw":"fd00:10:22::1"}]'
	assert_json '.interfaces | map(.mac)' "[$(link cni0 | jq '.[0].address'),$(link "$(host_veth)" | jq '.[0].address'),$(link_of a | jq '.[0].address')]"
}

@test "names and MACs of a container's pair are the same every time, and carry their owner" {
	local c name mac

	c=$(conf 10-bridge)
	attach "$c" a
	name=$(host_veth) mac=$(link_of a | jq -r '.[0].address')
	assert_match "$name" '^veth[0-9a-f]{8}$'
	assert_eq "$(link "$name" | jq -r '.[0].ifalias')" containers/a/eth0
	del bridge <<<"$c"
	add bridge <<<"$c"
	assert_eq "$(host_veth)" "$name"
	assert_eq "$(link_of a | jq -r '.[0].address')" "$mac"
	assert_match "$mac" '^.[26ae]:'
}

@test "addresses are usable when ADD returns: no address is tentative, exactly one is link-local" {
	local c

	c=$(conf 12-bridge-ipv6)
	attach "$c" a
	assert_eq "$(in_container a ip -j -6 addr show dev eth0 | jq -c '[.[0].addr_info[] | [.scope, (.tentative // false)]] | sort')" \
		'[["global",false],["link",false]]'
	assert_eq "$(host ip -j -6 addr show dev "$(jq -r '.interfaces[0].name' "$stdout_file")" | jq '[.[0].addr_info[] | select(.scope == "global" and .tentative)] | length')" 0
}

@test "the container ignores router advertisements and autoconfiguration; acceptRA keeps them" {
	local c

	c=$(conf 10-bridge)
	attach "$c" a
	assert_eq "$(in_container a sysctl -n net.ipv6.conf.eth0.accept_ra net.ipv6.conf.eth0.autoconf | xargs)" "0 0"
	new_container b
	add bridge <<<"$(jq '.acceptRA = true' <<<"$c")"
	assert_eq "$(in_container b sysctl -n net.ipv6.conf.eth0.accept_ra net.ipv6.conf.eth0.autoconf | xargs)" "1 1"
}

@test "the host ignores router advertisements on a bridge, whoever switched them on" {
	local c bridge value

	c=$(conf 10-bridge)
	bridge=$(jq -r .bridge <<<"$c")
	attach "$c" a
	assert_eq "$(host sysctl -n "net.ipv6.conf.$bridge.accept_ra")" 0
	assert_eq "$(host sysctl -n "net.ipv6.conf.$(jq -r '.interfaces[1].name' "$stdout_file").accept_ra")" 0
	for value in 2 1 -1; do
		host sysctl -qw "net.ipv6.conf.$bridge.accept_ra=$value"
		new_container "b$value"
		add bridge <<<"$c"
		assert_eq "$(host sysctl -n "net.ipv6.conf.$bridge.accept_ra")" 0
	done
}

@test "a router advertisement from a container gives neither its sibling nor the host a route" {
	local c mac

	c=$(conf 10-bridge)
	attach "$c" a b
	mac=$(link_of a | jq -r '.[0].address')
	host ip -6 route >"$BATS_TEST_TMPDIR/host-routes"
	in_container b ip -6 route >"$BATS_TEST_TMPDIR/routes"
	in_container a /usr/bin/python3 -IS - "$mac" <<-'END'
		import socket, struct, sys
		mac = bytes.fromhex(sys.argv[1].replace(":", ""))
		s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
		s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
		s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("eth0"))
		prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xc0, 3600, 3600, 0) + socket.inet_pton(socket.AF_INET6, "2001:db8:bad::")
		ra = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0x08, 1800, 0, 0) + prefix + b"\x01\x01" + mac
		for _ in range(3):
		    s.sendto(ra, ("ff02::1", 0))
	END
	ping_from a fd00:10:22::3
	assert_eq "$(in_container b ip -6 route)" "$(cat "$BATS_TEST_TMPDIR/routes")"
	assert_eq "$(host ip -6 route)" "$(cat "$BATS_TEST_TMPDIR/host-routes")"
	assert_eq "$(address_of b inet6)" fd00:10:22::3
}

@test "switching IPv6 forwarding on keeps the host's own routes from router advertisements" {
	local c

	c=$(conf 12-bridge-ipv6)
	new_outside
	assert_eq "$(host sysctl -n net.ipv6.conf.uplink.accept_ra)" 1
	attach "$c" a
	assert_eq "$(host sysctl -n net.ipv6.conf.all.forwarding net.ipv6.conf.uplink.accept_ra | xargs)" "1 2"
}

@test "lo is up in the container" {
	local c

	c=$(conf 13-bridge-l2)
	attach "$c" a
	assert_eq "$(link_of a lo | jq '.[0].flags | index("UP") != null')" true
}

@test "every key shows in the kernel: mtu, hairpin, isolation, promiscuous bridge" {
	local c

	c=$(conf 10-bridge '.mtu = 1400 | .portIsolation = true')
	attach "$c" a
	assert_eq "$(link "$(host_veth)" | jq -c '.[0] | [.mtu, .linkinfo.info_slave_data.hairpin, .linkinfo.info_slave_data.isolated]')" '[1400,true,true]'
	assert_eq "$(link_of a | jq '.[0].mtu')" 1400
	assert_eq "$(link cni0 | jq '.[0].mtu')" 1400
	new_container b
	add bridge <<<"$(conf 10-bridge '.hairpinMode = false | .promiscMode = true | .bridge = "p0" | .ipam.ranges = [[{subnet: "10.23.0.0/24"}]]')"
	assert_eq "$(link p0 | jq -c '.[0].flags | index("PROMISC") != null')" true
	assert_eq "$(link "$(host_veth p0)" | jq -c '.[0].linkinfo.info_slave_data | [.hairpin, .isolated]')" '[false,false]'
}

@test "isolated ports do not reach each other but their gateway" {
	local c

	c=$(conf 10-bridge '.portIsolation = true')
	attach "$c" a b
	ping_from a 10.22.0.1
	refute in_container a ping -c 1 -W 1 10.22.0.3
}

@test "conformance 81: the MAC comes from CNI_ARGS, args.cni, runtimeConfig, in this order" {
	local c

	c=$(conf 10-bridge)
	new_container a
	args='IgnoreUnknown=1;MAC=02:00:00:00:00:01' add bridge <<<"$c"
	assert_eq "$(link_of a | jq -r '.[0].address')" 02:00:00:00:00:01
	new_container b
	args='IgnoreUnknown=1;MAC=02:00:00:00:00:01' add bridge <<<"$(jq '.args.cni.mac = "02:00:00:00:00:02"' <<<"$c")"
	assert_eq "$(link_of b | jq -r '.[0].address')" 02:00:00:00:00:02
	new_container d
	args='IgnoreUnknown=1;MAC=02:00:00:00:00:01' add bridge <<<"$(jq '.args.cni.mac = "02:00:00:00:00:02" | .RuntimeConfig.mac = "02:00:00:00:00:03"' <<<"$c")"
	assert_eq "$(link_of d | jq -r '.[0].address')" 02:00:00:00:00:03
}

@test "the dns of the configuration replaces that of the IPAM plugin as a whole" {
	local c

	echo 'nameserver 192.0.2.53' >"$BATS_TEST_TMPDIR/resolv.conf"
	c=$(conf 11-bridge-ipv4 | jq --arg f "$BATS_TEST_TMPDIR/resolv.conf" '.ipam.resolvConf = $f')
	attach "$c" a
	assert_json .dns '{"nameservers":["192.0.2.53"]}'
	new_container b
	add bridge <<<"$(jq '.dns.search = ["example.org"]' <<<"$c")"
	assert_json .dns '{"search":["example.org"]}'
}

@test "a default route that the IPAM plugin gives without a gateway gets it filled in" {
	local c

	c=$(conf 10-bridge '.ipam.routes = [{dst: "0.0.0.0/0"}]')
	attach "$c" a
	assert_eq "$(in_container a ip -j route show default | jq -c 'map(.gateway)')" '["10.22.0.1"]'
}

@test "a default route of another table or with another metric does not replace that of the main table" {
	local c result metric

	c=$(conf 10-bridge '.isDefaultGateway = true | .ipam.routes = [{dst: "0.0.0.0/0", table: 286}, {dst: "0.0.0.0/0", priority: 77}]')
	new_container a
	add bridge <<<"$c"
	assert_json '[.routes[] | [.dst, .table, .priority, .gw]] | sort' \
		'[["0.0.0.0/0",null,null,"10.22.0.1"],["0.0.0.0/0",null,77,null],["0.0.0.0/0",286,null,null],["::/0",null,null,"fd00:10:22::1"]]'
	assert_eq "$(in_container a ip -j route show default | jq -c '[.[] | [.gateway, .metric]] | sort')" '[["10.22.0.1",null],["10.22.0.1",77]]'
	assert_eq "$(in_container a ip -j route show table 286 | jq -c '[.[].gateway]')" '["10.22.0.1"]'
	result=$stdout
	check bridge <<<"$(with_result "$c" "$result")"
	for metric in 0 77; do
		in_container a ip route del default metric "$metric"
		cni CHECK bridge <<<"$(with_result "$c" "$result")"
		assert_error 104
		in_container a ip route add default via 10.22.0.1 metric "$metric"
	done
}

@test "CHECK notices a changed metric or MTU of a route" {
	local c result change

	c=$(conf 10-bridge '.ipam.routes = [{dst: "10.90.0.0/16", mtu: 1400, priority: 50}, {dst: "fd00:90::/64", priority: 60, advmss: 1300}, {dst: "fd00:91::/64"}]')
	new_container a
	add bridge <<<"$c"
	result=$stdout
	check bridge <<<"$(with_result "$c" "$result")"
	while IFS='|' read -r change; do
		rm -rf "$data_dir"
		del bridge <<<"$c"
		add bridge <<<"$c"
		eval "in_container a ip $change"
		cni CHECK bridge <<<"$(with_result "$c" "$result")"
		assert_error 104 'in the container has another metric or MTU'
	done <<-'END'
		route change 10.90.0.0/16 via 10.22.0.1 metric 50 mtu 1300
		-6 route change fd00:90::/64 via fd00:10:22::1 dev eth0 metric 60 advmss 1200
		route add 10.90.0.0/16 via 10.22.0.1 metric 51 mtu 1400 && in_container a ip route del 10.90.0.0/16 metric 50
		-6 route add fd00:91::/64 via fd00:10:22::1 metric 70 && in_container a ip -6 route del fd00:91::/64 metric 1024
	END
}

@test "the MAC of a bridge that nobody pinned is told as it is with the port, and may change" {
	local c result

	c=$(conf 10-bridge '.isGateway = false | .isDefaultGateway = false | .ipMasq = false | .ipam.routes = []')
	host ip link add cni0 type bridge
	attach "$c" a
	result=$stdout
	assert_json '.interfaces[0].mac' "\"$(link cni0 | jq -r '.[0].address')\""
	check bridge <<<"$(with_result "$c" "$result")"
	host ip link add low address 02:00:00:00:00:01 type veth peer name low-peer
	host ip link set low master cni0
	assert_eq "$(link cni0 | jq -r '.[0].address')" 02:00:00:00:00:01 "the MAC of the bridge"
	check bridge <<<"$(with_result "$c" "$result")"
	attach "$(conf 10-bridge)" b # adopts it
	use_container a
	check bridge <<<"$(with_result "$c" "$result")"
}

@test "an MTU below 1280 and IPv6 addresses: refused with that word before anything is done" {
	local c plugin

	new_container a
	fake_plugin late-ipam <<-'END'
		[ "$CNI_COMMAND" = DEL ] || echo '{"cniVersion": "1.1.0", "ips": [{"address": "fd00:9::2/64", "gateway": "fd00:9::1"}]}'
	END
	snapshot_host
	for plugin in bridge ptp; do
		c=$(conf 10-bridge ".type = \"$plugin\" | .mtu = 1279")
		for c in "$c" "$(jq '.ipam = {type: "static", addresses: [{address: "fd00:9::2/64", gateway: "fd00:9::1"}]}' <<<"$c")" \
			"$(jq '.ipam = {type: "late-ipam"}' <<<"$c")"; do
			cni ADD "$plugin" <<<"$c"
			assert_error 7 'mtu: 1279 is below 1280, the least that IPv6 addresses need'
			host_state | grep -v '"cni0"' >"$BATS_TEST_TMPDIR/state" # made before the IPAM plugin is asked
			refute grep -q -e veth -e fd00 "$BATS_TEST_TMPDIR/state"
		done
		cni STATUS "$plugin" <<<"$(conf 10-bridge ".type = \"$plugin\" | .mtu = 1279 | .cniVersion = \"1.1.0\"")"
		assert_error 7 'mtu: 1279 is below 1280'
	done
	host ip link del cni0
	add bridge <<<"$(conf 10-bridge '.mtu = 1279 | .ipam.ranges = [[{subnet: "10.22.0.0/16"}]] | .ipam.routes = []')"
	new_container b
	cni ADD bridge <<<"$(conf 10-bridge '.name = "other" | .ipam.ranges = [[{subnet: "fd00:9::/64"}]] | .ipam.routes = []')"
	assert_error 103 'cni0 has MTU 1279, below 1280, the least that IPv6 addresses need'
}

@test "an ADD killed between address and pair does not block the next one" {
	local c plugin

	for plugin in bridge ptp; do
		c=$(conf 10-bridge ".type = \"$plugin\"")
		new_container "$plugin"
		add host-local <<<"$c"
		add "$plugin" <<<"$c"
		assert_eq "$(grep -rl "^$plugin" "$data_dir/containers" | wc -l)" 2 "addresses"
		ping_from "$plugin" 10.22.0.1
		cni ADD "$plugin" <<<"$c"
		assert_error 103 'already exists'
		assert_eq "$(grep -rl "^$plugin" "$data_dir/containers" | wc -l)" 2 "addresses"
	done
	# Somebody else's attachment of the same name: its address stays.
	new_container foreign
	ip -n foreign link add eth0 type bridge
	add host-local <<<"$(conf 10-bridge)"
	cni ADD bridge <<<"$(conf 10-bridge)"
	assert_error 103
	assert_eq "$(grep -rl "^foreign" "$data_dir/containers" | wc -l)" 2 "addresses"
}

@test "two machines with one name give their bridges and containers different MACs, and one machine always the same" {
	local c n macs=()

	c=$(conf 10-bridge)
	for n in 1 2 1; do
		printf '%032d\n' "$n" >"$BATS_TEST_TMPDIR/machine-id"
		mount --bind "$BATS_TEST_TMPDIR/machine-id" /etc/machine-id
		new_container a
		add bridge <<<"$c"
		macs+=("$(jq -c '[.interfaces[].mac]' <<<"$stdout")")
		del bridge <<<"$c"
		host ip link del cni0
		ip netns delete a
		umount /etc/machine-id
	done
	assert_eq "${macs[2]}" "${macs[0]}" "the MACs of one machine"
	assert_eq "$(jq -nc --argjson a "${macs[0]}" --argjson b "${macs[1]}" '[range(3) | $a[.] == $b[.]]')" '[false,false,false]' "equal MACs of two machines"
}

@test "two IPv4 subnets both get their gateway on the bridge" {
	local c

	c=$(conf 10-bridge '.ipam.ranges = [[{subnet: "10.22.0.0/24"}], [{subnet: "10.23.0.0/24"}]]')
	attach "$c" a
	assert_eq "$(host ip -j -4 addr show dev cni0 | jq -c '[.[0].addr_info[].local]')" '["10.22.0.1","10.23.0.1"]'
	ping_from a 10.22.0.1
	ping_from a 10.23.0.1
}

@test "the bridge keeps one MAC through a failed first ADD and many containers" {
	local c mac i

	c=$(conf 10-bridge)
	new_container a
	cni ADD bridge <<<"$(jq '.ipam.type = "no-such-plugin"' <<<"$c")"
	assert_error 999 'failed to find plugin "no-such-plugin"'
	mac=$(link cni0 | jq -r '.[0].address')
	for i in 1 2 3; do
		add bridge <<<"$c"
		assert_json '.interfaces[0].mac' "\"$mac\""
		del bridge <<<"$c"
		assert_eq "$(link cni0 | jq -r '.[0].address')" "$mac"
	done
}

# The kernel leaves its state UNKNOWN, and ADD waited five seconds for another one.
@test "a bridge that somebody made and set up is waited for in vain by no ADD" {
	local c

	c=$(conf 10-bridge)
	host ip link add cni0 type bridge
	host ip link set cni0 up
	new_container a
	host env -i CNI_COMMAND=ADD CNI_CONTAINERID=a CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
		strace -o "$BATS_TEST_TMPDIR/trace" -e trace=poll "$PLAIN_BIN/bridge" <<<"$c"
	refute grep -F "(Timeout)" "$BATS_TEST_TMPDIR/trace"
	in_container a ping -c 1 -W 10 10.22.0.1
}

@test "a bridge whose MAC is all zero gets one, as does an unpinned bridge of the reference" {
	local c mac

	c=$(conf 10-bridge)
	host ip link add cni0 type bridge
	attach "$c" a
	mac=$(link cni0 | jq -r '.[0].address')
	assert_eq "$(jq -r '.interfaces[0].mac' "$stdout_file")" "$mac"
	del bridge <<<"$c"
	assert_eq "$(link cni0 | jq -r '.[0].address')" "$mac"
	refute test "$mac" = 00:00:00:00:00:00
}

@test "an existing bridge is accepted as it is, a device that is no bridge is refused" {
	local c

	c=$(conf 13-bridge-l2)
	host ip link add l2br0 address 02:00:00:00:00:99 type bridge
	attach "$c" a
	assert_json '.interfaces[0].mac' '"02:00:00:00:00:99"'
	host ip link add l2br1 type veth peer name other
	new_container b
	cni ADD bridge <<<"$(jq '.bridge = "l2br1"' <<<"$c")"
	assert_error 103 l2br1
}

@test "a container on a hairpin port does not hear its own announcement, nor its own proof that an address is unique" {
	attach "$(conf 10-bridge '.hairpinMode = true | .enabledad = true')" first
	host bridge -j -d link show master cni0 | jq -e '.[0].hairpin'
	assert_eq "$(in_container first awk '/Icmp6InNeighbor/ { print $1, $2 }' /proc/net/dev_snmp6/eth0)" \
		$'Icmp6InNeighborSolicits 0\nIcmp6InNeighborAdvertisements 0'
}

# answers_at_once COMMAND…: a ping sees its answer at once: a neighbour entry that is out of date costs a second. How long ping itself takes to start is another matter.
answers_at_once() {
	local output

	output=$("$@") || fail_because "no answer: $*"
	[[ $output =~ time=([0-9]+) ]] || fail_because "no time: $output"
	((BASH_REMATCH[1] < 700)) || fail_because "$*: $output"
}

@test "a reused address answers its sibling and the host at once" {
	local c address

	c=$(conf 10-bridge '.ipam.ranges = [[{subnet: "10.22.0.0/24", rangeStart: "10.22.0.2", rangeEnd: "10.22.0.3"}], [{subnet: "fd00:10:22::/64", rangeStart: "fd00:10:22::2", rangeEnd: "fd00:10:22::3"}]]')
	attach "$c" sibling old
	for address in 10.22.0.3 fd00:10:22::3; do
		ping_from sibling "$address"
		host ping -c 1 -W 10 "$address" >/dev/null
	done
	use_container old
	del bridge <<<"$c"
	new_container new
	add bridge <<<"$c"
	for address in 10.22.0.3 fd00:10:22::3; do
		answers_at_once in_container sibling ping -c 1 -W 10 "$address"
		answers_at_once host ping -c 1 -W 10 "$address"
	done
	assert_eq "$(address_of new inet)" 10.22.0.3
}

# ---- refusals, and that nothing is left behind

@test "what cannot be meant is refused before anything is changed" {
	local c filter

	c=$(conf 10-bridge)
	new_container a
	snapshot_host
	while read -r filter; do
		cni ADD bridge <<<"$(jq "$filter" <<<"$c")"
		assert_eq "$status" 1 "exit status for $filter"
		assert_unchanged
	done <<-'END'
		.hairpinMode = true | .promiscMode = true
		.disableContainerInterface = true
		.vlan = -100
		.vlan = 4095
		.vlanTrunk = [{minID: 5}]
		.vlanTrunk = [{maxID: 5}]
		.vlanTrunk = [{minID: 0, maxID: 5}]
		.vlanTrunk = [{minID: 5, maxID: 4095}]
		.vlanTrunk = [{minID: 6, maxID: 5}]
		.vlanTrunk = [{id: 0}]
		.vlanTrunk = [{id: 4095}]
		.vlanTrunk = [null]
		.vlanTrunk = "5"
		.mtu = 65536
		.mtu = "1500"
		.bridge = ""
		.bridge = "a-name-that-is-too-long"
		.ipMasqBackend = "ipchains"
		.ipMasqBackend = ""
		.isGateway = "true"
		.args.cni.mac = "zz"
		.runtimeConfig.mac = "01:00:00:00:00:00"
	END
}

@test "a negative MTU is the kernel's, as in the reference" {
	attach "$(conf 10-bridge '.mtu = -5')" a
	assert_eq "$(in_container a ip -j link show eth0 | jq '.[0].mtu')" 1500
}

@test "enabledad waits for every IPv6 address, also where there is no gateway" {
	attach "$(conf 12-bridge-ipv6 '.enabledad = true | .isGateway = false | .isDefaultGateway = false | .ipMasq = false
		| .ipam = {type: "static", addresses: [{address: "fd00:7::2/64"}]}')" a
	assert_eq "$(in_container a ip -j -6 addr show dev eth0 tentative | jq '[.[].addr_info[]?] | length')" 0 "tentative addresses"
}

@test "a bridge has no link-local address before its first port, as its MAC would be another one's" {
	new_container a
	cni ADD bridge <<<"$(conf 10-bridge '.ipam.type = "nosuch"')"
	assert_error 999 'failed to find plugin "nosuch"'
	assert_eq "$(host ip -j -6 addr show dev cni0 | jq '[.[].addr_info[]?] | length')" 0 "addresses"
}

@test "STATUS and GC do not look at CNI_ARGS" {
	local plugin

	for plugin in bridge ptp; do
		cni STATUS "$plugin" CNI_ARGS='FOO;BAR=' <<<"$(conf 10-bridge ".type = \"$plugin\"")"
		assert_success
		cni GC "$plugin" CNI_ARGS='FOO;BAR=' <<<"$(conf 10-bridge ".type = \"$plugin\"")"
		assert_success
	done
}

@test "errors about a configuration have code 7 and the reference's words, those about types its code and words" {
	local c filter code text

	c=$(conf 10-bridge)
	new_container a
	while IFS='|' read -r filter code text; do
		cni ADD bridge <<<"$(jq "$filter" <<<"$c")"
		assert_error "$code" "$text"
	done <<-'END'
		.vlan = -100|7|invalid VLAN ID -100 (must be between 0 and 4094)
		.promiscMode = true|7|cannot set hairpin mode and promiscuous mode at the same time
		.disableContainerInterface = true|7|cannot use IPAM when DisableContainerInterface flag is set
		.ipMasqBackend = "zzz"|7|unknown ipmasq backend "zzz"
		.args.cni.ips = ["10.9.9.9"]|7|failed to allocate all requested IPs: 10.9.9.9
		.ipam.ranges = []|7|no IP ranges specified
		.ipam.ranges[0][0].subnet = "x"|7|invalid CIDR address: x
		.mtu = true|999|failed to load netconf: json: cannot unmarshal bool into
		.dns = []|999|failed to load netconf: json: cannot unmarshal array into
	END
	cni ADD loopback <<<'{"name": "n", "cniVersion": "1.0.0", "dns": 7}'
	assert_error 999 'failed to parse network config: json: cannot unmarshal number'
	cni ADD ptp <<<"$(jq '.ipMasq = 7' <<<"$c")"
	assert_error 999 'failed to load netconf: json: cannot unmarshal number 7 into'
	cni ADD host-local <<<"$(jq '.dns = 7' <<<"$c")"
	assert_json '.msg | startswith("json: cannot unmarshal number 7 into")' true
	cni ADD portmap <<<"$(conf 30-containerd '.snat = 7' portmap)"
	assert_error 999 'failed to parse config: failed to parse network configuration: json: cannot unmarshal number 7 into'
}

@test "the texts that people search for stay" {
	local c

	c=$(conf 10-bridge)
	new_container a
	cni ADD bridge <<<"$(jq '.vlan = 5000' <<<"$c")"
	assert_error 7 'invalid VLAN ID 5000 (must be between 0 and 4094)'
	cni ADD bridge <<<"$(jq 'del(.ipam) | .cniVersion = "0.2.0"' <<<"$c")"
	assert_error 999
	assert_json .msg '"cannot convert: no valid IP addresses"'
	host ip link add cni0 type bridge
	host ip addr add 10.99.0.1/24 dev cni0
	cni ADD bridge <<<"$c"
	assert_error 103 '"cni0" already has an IP address different from 10.22.0.1/16'
	assert_json '.details | contains("10.99.0.1/24")' true
}

@test "an ADD that fails at any step leaves nothing: IPAM, routes, conflict, result" {
	local c filter

	c=$(conf 10-bridge)
	attach "$c" first
	del bridge <<<"$c"
	new_container a
	snapshot_host
	while read -r filter; do
		cni ADD bridge <<<"$(jq "$filter" <<<"$c")"
		assert_eq "$status" 1 "exit status for $filter"
		assert_unchanged
		refute in_container a ip link show eth0
	done <<-'END'
		.ipam.type = "no-such-plugin"
		.ipam.ranges = [[{subnet: "10.22.0.0/16", rangeStart: "10.23.0.1"}]]
		.ipam.routes = [{dst: "10.50.0.0/16", gw: "172.16.0.1"}]
		.ipam.ranges = [[{subnet: "10.77.0.0/24"}]] | .ipam.routes = [] | .bridge = "cni0" | .isDefaultGateway = false | .cniVersion = "0.2.0" | .ipam.ranges += [[{subnet: "10.78.0.0/24"}]]
	END
	add bridge <<<"$c"
}

@test "the address of a bridge with other ports is not replaced without forceAddress" {
	local c other

	c=$(conf 11-bridge-ipv4)
	other=$(jq '.name = "other" | .ipam.ranges = [[{subnet: "10.99.0.0/24"}]] | del(.ipam.subnet)' <<<"$c")
	attach "$c" a
	new_container b
	cni ADD bridge <<<"$other"
	assert_error 103 'already has an IP address different from 10.99.0.1/24'
	refute in_container b ip link show eth0
	add bridge <<<"$(jq '.forceAddress = true' <<<"$other")"
	assert_eq "$(host ip -j -4 addr show dev "$(jq -r .bridge <<<"$c")" | jq -c '[.[0].addr_info[].local]')" '["10.99.0.1"]'
}

@test "the address of our own bridge is replaced when no other port uses it" {
	local c

	c=$(conf 11-bridge-ipv4)
	attach "$c" a
	del bridge <<<"$c"
	add bridge <<<"$(jq '.ipam.ranges = [[{subnet: "10.99.0.0/24"}]] | del(.ipam.subnet)' <<<"$c")"
	assert_eq "$(host ip -j -4 addr show dev "$(jq -r .bridge <<<"$c")" | jq -c '[.[0].addr_info[].local]')" '["10.99.0.1"]'
	assert_match "$stderr" 'replacing the address'
}

@test "a network that changes both of its subnets: IPv4 has one gateway, the former IPv6 one stays" {
	local c bridge

	c=$(conf 10-bridge '.ipam.ranges = [[{subnet: "10.98.0.0/24"}], [{subnet: "2001:db8:8::/64"}]] | del(.ipam.subnet)')
	bridge=$(jq -r .bridge <<<"$c")
	attach "$c" a
	del bridge <<<"$c"
	c=$(jq '.ipam.ranges = [[{subnet: "10.99.0.0/24"}], [{subnet: "2001:db8:9::/64"}]] | .forceAddress = true' <<<"$c")
	add bridge <<<"$c"
	assert_eq "$(host ip -j addr show dev "$bridge" | jq -c '[.[0].addr_info[] | select(.scope == "global").local] | sort')" \
		'["10.99.0.1","2001:db8:8::1","2001:db8:9::1"]'
	in_container a ping -qc 1 2001:db8:9::1
}

@test "an IPv6 address of another network stays on the bridge, an overlapping one is a conflict" {
	local c

	c=$(conf 12-bridge-ipv6)
	host ip link add "$(jq -r .bridge <<<"$c")" type bridge
	host ip addr add 2001:db8:9::1/64 dev "$(jq -r .bridge <<<"$c")" nodad
	attach "$c" a
	assert_eq "$(host ip -j -6 addr show dev "$(jq -r .bridge <<<"$c")" | jq '[.[0].addr_info[] | select(.scope == "global")] | length')" 2
	new_container b
	cni ADD bridge <<<"$(jq '.ipam.ranges = [[{subnet: "2001:db8:9::/48"}]]' <<<"$c")"
	assert_eq "$status" 1
	cni ADD bridge <<<"$(jq '.ipam.ranges = [[{subnet: "2001:db8::/32"}]]' <<<"$c")"
	assert_error 103 'already has an IP address different from 2001:db8::1/32'
}

@test "an interface that the container has already is refused and stays" {
	local c

	c=$(conf 10-bridge)
	new_container a
	in_container a ip link add eth0 type veth peer name eth9
	snapshot_host
	cni ADD bridge <<<"$c"
	assert_error 103 'container veth name provided (eth0) already exists'
	in_container a ip link show eth0 >/dev/null
	assert_eq "$(host ip -j link show type veth | jq length)" 0
}

@test "conformance 71: a second ADD of a live attachment is refused and changes nothing" {
	local c

	c=$(conf 10-bridge)
	attach "$c" a
	snapshot_host
	cni ADD bridge <<<"$c"
	assert_error 103 'already exists'
	assert_unchanged
	ping_from a 10.22.0.1
}

@test "an ADD after one that was killed half-way succeeds; one killed when all was made asks for a DEL" {
	local c call

	c=$(conf 10-bridge)
	attach "$c" first
	del bridge <<<"$c"
	snapshot_host
	for call in 2 6 10 14 18 22; do
		new_container "k$call"
		BIN=$PLAIN_BIN
		cni_path=$PLAIN_BIN
		host env -i CNI_COMMAND=ADD CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
			strace -o /dev/null -e trace=sendmsg,sendto -e inject=sendmsg,sendto:signal=SIGKILL:when="$call" \
			"$PLAIN_BIN/bridge" <<<"$c" >/dev/null 2>&1 || true
		cni ADD bridge <<<"$c"
		if [[ $status != 0 ]]; then
			assert_error 103 'already exists'
			is_complete "k$call" || fail_because "killed at message $call: half-made and refused"
			del bridge <<<"$c"
			add bridge <<<"$c"
		fi
		ping_from "k$call" 10.22.0.1
		del bridge <<<"$c"
		assert_unchanged
	done
}

# ---- DEL

@test "DEL, and DEL again, leave the host as it was before ADD" {
	local c

	c=$(conf 10-bridge '.macspoofchk = true')
	attach "$c" first
	del bridge <<<"$c"
	snapshot_host
	new_container a
	add bridge <<<"$c"
	check bridge <<<"$(with_result "$c")"
	del bridge <<<"$c"
	assert_unchanged
	del bridge <<<"$c"
	assert_unchanged
}

@test "DEL is complete with the namespace deleted, CNI_NETNS empty, the interface gone, or the flags changed" {
	local c way

	c=$(conf 10-bridge '.macspoofchk = true')
	attach "$c" first
	del bridge <<<"$c"
	snapshot_host
	for way in deleted empty gone flags; do
		new_container "$way"
		add bridge <<<"$c"
		case $way in
		deleted)
			ip netns delete "$way"
			del bridge <<<"$c"
			;;
		empty) del bridge CNI_NETNS= <<<"$c" ;;
		gone)
			in_container "$way" ip link delete eth0
			del bridge <<<"$c"
			;;
		flags) del bridge <<<"$(jq '.ipMasq = false | .macspoofchk = false | .vlan = 5000 | del(.ipam.ranges)' <<<"$c")" ;;
		esac
		assert_unchanged
	done
}

@test "DEL with a namespace path that is a file removes all and reports it" {
	local c

	c=$(conf 10-bridge)
	attach "$c" first
	del bridge <<<"$c"
	snapshot_host
	new_container a
	add bridge <<<"$c"
	: >"$BATS_TEST_TMPDIR/file"
	cni DEL bridge CNI_NETNS="$BATS_TEST_TMPDIR/file" <<<"$c"
	assert_error 999 'unknown FS magic on'
	assert_unchanged
}

@test "DEL with the IPAM plugin missing removes link and rules and reports it" {
	local c

	c=$(conf 10-bridge)
	attach "$c" a
	cni DEL bridge CNI_PATH=/nowhere <<<"$c"
	assert_error 999 'failed to find plugin "host-local"'
	assert_eq "$(host ip -j link show type veth | jq length)" 0
	assert_eq "$(elements)" 0
	del bridge <<<"$c"
}

@test "DEL of one of two containers leaves the other" {
	local c

	c=$(conf 10-bridge)
	new_outside
	attach "$c" a b
	use_container a
	del bridge <<<"$c"
	ping_from b 10.22.0.1
	ping_from b "$OUTSIDE4"
	use_container b
	del bridge <<<"$c"
	assert_eq "$(host nft -j list ruleset | jq '[.nftables[] | select(.table)] | length')" 0
}

# ---- CHECK

@test "CHECK passes on what ADD made, names what was changed, and changes nothing" {
	local c result change veth

	c=$(conf 10-bridge '.macspoofchk = true')
	new_container a
	while IFS='|' read -r change wrong; do
		rm -rf "$data_dir" # the same addresses every time
		add bridge <<<"$c"
		result=$stdout veth=$(host_veth)
		check bridge <<<"$(with_result "$c" "$result")"
		eval "$change"
		cni CHECK bridge <<<"$(with_result "$c" "$result")"
		assert_error 104 "$wrong"
		assert_json '.details | length > 0' true
		del bridge <<<"$c"
		host ip link delete cni0
	done <<-'END'
		in_container a ip link set eth0 down|eth0 in the container is down
		in_container a ip link set lo down|loopback interface is down
		in_container a ip link set eth0 address 02:00:00:00:00:77|has MAC 02:00:00:00:00:77
		in_container a ip addr del 10.22.0.2/16 dev eth0|address 10.22.0.2/16 is missing
		in_container a ip addr del fd00:10:22::2/64 dev eth0|address fd00:10:22::2/64 is missing
		in_container a ip route del default|route to 0.0.0.0/0 is missing
		in_container a ip -6 route del default|route to ::/0 is missing
		in_container a ip link delete eth0|interface eth0 does not exist
		host ip link set "$veth" nomaster|is not a port of bridge cni0
		host ip link set "$veth" down|is down
		host ip link set "$veth" type bridge_slave hairpin off|hairpin mode
		host ip link set "$veth" type bridge_slave isolated on|isolation
		host ip link set cni0 down|bridge cni0 is down
		host ip link set cni0 address 02:00:00:00:00:78|cni0 has MAC 02:00:00:00:00:78
		host ip addr del 10.22.0.1/16 dev cni0|gateway address 10.22.0.1/16 is missing on cni0
		host sysctl -qw net.ipv4.ip_forward=0|IPv4 forwarding is off
		host sysctl -qw net.ipv6.conf.all.forwarding=0|IPv6 forwarding is off
		host nft delete table inet cni_masquerade|masquerade
		host nft delete table bridge cni_macspoof|
	END
}

@test "CHECK names what the configuration or the result have that the kernel has not" {
	local c result line filter wrong

	c=$(conf 10-bridge '.mtu = 1400')
	new_container a
	add bridge <<<"$c"
	result=$stdout
	host ip link add other type veth peer name other-peer
	while read -r line; do
		filter=${line%% => *} wrong=${line##* => }
		cni CHECK bridge <<<"$(with_result "$c" "$result" | jq "$filter")"
		assert_error 104 "$wrong"
	done <<-'END'
		.bridge = "cni9" => bridge cni9 is not among the interfaces of prevResult
		.prevResult.interfaces[0].sandbox = "/x" => bridge cni0 must not be in a sandbox
		.bridge = "cni9" | .prevResult.interfaces[0].name = "cni9" => bridge cni9 does not exist
		.bridge = "other" | .prevResult.interfaces[0].name = "other" => other is no bridge
		.promiscMode = true => bridge cni0 is not promiscuous
		.hairpinMode = false => hairpin mode of bridge port
		.portIsolation = true => isolation of bridge port
		.mtu = 1300 => instead of 1300
		.prevResult.interfaces[1].name = "veth0" => no interface of prevResult on the host is the host end of eth0
	END
	check bridge <<<"$(with_result "$c" "$result")"
}

@test "conformance 73: CHECK passes on an untouched layer-2 bridge" {
	local c

	c=$(conf 13-bridge-l2)
	attach "$c" a
	check bridge <<<"$(with_result "$c")"
}

# ---- macspoofchk

@test "macspoofchk drops frames with another source MAC and nothing else" {
	local c

	c=$(conf 10-bridge '.macspoofchk = true')
	attach "$c" a b
	ping_from a 10.22.0.3
	in_container a ip link set eth0 address 02:00:00:00:00:66
	refute in_container a ping -c 1 -W 1 10.22.0.3
	ping_from b 10.22.0.1
}

# ---- STATUS and GC

@test "STATUS is ready on a fresh host and says what would stop an ADD" {
	local c

	c=$(conf 10-bridge)
	cni STATUS bridge <<<"$c"
	assert_success
	host ip link add cni0 type veth peer name other
	cni STATUS bridge <<<"$c"
	assert_error 50 'cni0 exists and is no bridge'
	host ip link delete cni0
	host ip link add cni0 type bridge
	host ip addr add 10.99.0.1/24 dev cni0
	cni STATUS bridge <<<"$c"
	assert_error 50 '"cni0" already has an IP address different from 10.22.0.1/16'
	host ip addr del 10.99.0.1/24 dev cni0
	cni STATUS bridge <<<"$c"
	assert_success
	cni STATUS bridge <<<"$(jq '.ipam.type = "no-such-plugin"' <<<"$c")"
	assert_error 999
}

@test "GC removes exactly the attachments that are not listed" {
	local c i valid

	c=$(conf 10-bridge '.macspoofchk = true')
	attach "$c" g1 g2 g3 g4 g5
	ip netns delete g5
	wait_until 5 has_ports 4
	cni GC bridge <<<"$c"
	assert_success
	assert_eq "$(ports)" 4 "ports after GC without a list"
	cni GC bridge <<<"$(jq '.["cni.dev/valid-attachments"] = [{containerID: "g1", ifname: "eth0"}, {containerID: "g3", ifname: "eth0"}]' <<<"$c")"
	assert_success
	assert_eq "$(host ip -j -d link show master cni0 | jq -c '[.[].ifalias] | sort')" '["containers/g1/eth0","containers/g3/eth0"]'
	assert_eq "$(find "$data_dir/containers" -name '10.*' | wc -l)" 2
	ping_from g1 10.22.0.4
	for i in g1 g3; do
		use_container "$i"
		check bridge <<<"$(with_result "$c" "$(jq -n --arg n "$netns" --arg b "$(link cni0 | jq -r '.[0].address')" \
			--argjson h "$(host ip -j -d link show master cni0 | jq "map(select(.ifalias == \"containers/$i/eth0\"))[0] | {name: .ifname, mac: .address}")" \
			--arg m "$(link_of "$i" | jq -r '.[0].address')" --arg a "$(address_of "$i" inet)/16" '{cniVersion: "1.1.0",
				interfaces: [{name: "cni0", mac: $b}, $h, {name: "eth0", mac: $m, sandbox: $n}],
				ips: [{address: $a, interface: 2, gateway: "10.22.0.1"}]}')" | jq 'del(.ipam)')"
	done
	cni GC bridge <<<"$(jq '.["cni.dev/valid-attachments"] = null' <<<"$c")"
	assert_success
	assert_eq "$(ports)" 0
	assert_eq "$(elements)" 0
}

@test "GC deletes only links that we made, whatever alias others have" {
	local c

	c=$(conf 10-bridge)
	attach "$c" g1 g2
	host ip link set lo alias containers/gone/eth0
	host ip link add other type veth peer name other-peer
	host ip link set other alias containers/gone/eth0
	host ip link add dummy type bridge
	host ip link set dummy alias containers/gone/eth0
	cni GC bridge <<<"$(jq '.["cni.dev/valid-attachments"] = [{containerID: "g1", ifname: "eth0"}]' <<<"$c")"
	assert_success
	assert_eq "$(host ip -j -d link show master cni0 | jq -c '[.[].ifalias]')" '["containers/g1/eth0"]'
	assert_eq "$(host ip -j link | jq -c '[.[] | select(.ifalias == "containers/gone/eth0").ifname] | sort')" '["dummy","lo","other"]'
	assert_eq "$(find "$data_dir/containers" -name '10.*' | wc -l)" 1
}

@test "GC leaves other networks alone" {
	local c

	c=$(conf 10-bridge)
	attach "$c" a
	cni GC bridge <<<"$(jq '.name = "other" | .["cni.dev/valid-attachments"] = []' <<<"$c")"
	assert_success
	ping_from a 10.22.0.1
	assert_eq "$(elements | awk '{print ($1 > 0)}')" 1
}

# ---- concurrency

@test "64 concurrent ADDs on a bridge that does not exist yet all succeed; 64 concurrent DELs leave nothing" {
	local c i pids=()

	c=$(conf 10-bridge '.macspoofchk = true')
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN
	for i in {1..64}; do
		ip netns add "p$i"
	done
	for i in {1..64}; do
		host env -i CNI_COMMAND=ADD CNI_CONTAINERID="p$i" CNI_NETNS="/run/netns/p$i" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
			"$PLAIN_BIN/bridge" <<<"$c" >"$BATS_TEST_TMPDIR/p$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || fail_because "an ADD failed: $(cat "$BATS_TEST_TMPDIR"/p*)"
	done
	assert_eq "$(ports)" 64
	assert_eq "$(jq -rs '[.[].ips[].address] | unique | length' "$BATS_TEST_TMPDIR"/p*)" 128 "distinct addresses"
	assert_eq "$(jq -rs '[.[].interfaces[0].mac] | unique | length' "$BATS_TEST_TMPDIR"/p*)" 1 "MACs of the bridge"
	ping_from p1 "$(address_of p64 inet)"
	pids=()
	for i in {1..64}; do
		host env -i CNI_COMMAND=DEL CNI_CONTAINERID="p$i" CNI_NETNS="/run/netns/p$i" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
			"$PLAIN_BIN/bridge" <<<"$c" >"$BATS_TEST_TMPDIR/d$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || fail_because "a DEL failed: $(cat "$BATS_TEST_TMPDIR"/d*)"
	done
	assert_eq "$(ports)" 0
	assert_eq "$(host nft list ruleset)" ""
	assert_eq "$(find "$data_dir" -name '10.*' -o -name 'fd00*' | wc -l)" 0
}

# ---- processes

@test "no child process but the IPAM plugin, with PATH empty" {
	local c verb

	c=$(conf 10-bridge '.macspoofchk = true')
	new_container a
	for verb in ADD CHECK STATUS DEL; do
		[[ $verb != CHECK ]] || c=$(with_result "$c" "$(cat "$BATS_TEST_TMPDIR/out")")
		host strace -f -qq -e trace=execve,clone,clone3,fork,vfork -o "$BATS_TEST_TMPDIR/trace" \
			env -i CNI_COMMAND="$verb" CNI_CONTAINERID=a CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
			"$PLAIN_BIN/bridge" <<<"$c" >"$BATS_TEST_TMPDIR/out" || fail_because "$verb: $(cat "$BATS_TEST_TMPDIR/out")"
		assert_eq "$(grep -o 'execve("[^"]*"' "$BATS_TEST_TMPDIR/trace" | sed 's/.*\///; s/"//' | tail -n +2 | xargs)" "bridge host-local" "programs of $verb"
	done
}

# ---- unusual hosts

# /sys of the test's host.
sysfs() {
	host unshare --mount sh -c "mount -t sysfs sysfs /sys && cat /sys/class/net/$1"
}

@test "MACs are set by user space, so that udev leaves them alone" {
	local c

	c=$(conf 10-bridge)
	attach "$c" a
	assert_eq "$(sysfs "$(host_veth)/addr_assign_type") $(sysfs cni0/addr_assign_type)" "3 3"
}

@test "IPv4 works on a host with IPv6 disabled; an IPv6 address says what is in its way" {
	local c

	host sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	c=$(conf 11-bridge-ipv4)
	attach "$c" a
	ping_from a 10.23.0.1
	new_container b
	in_container b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	snapshot_host
	cni ADD bridge <<<"$(conf 12-bridge-ipv6)"
	assert_eq "$status" 1
	assert_json '.details | contains("disable_ipv6")' true
	host ip link delete cni6
	assert_unchanged
}

@test "IPv6 is switched on in a container where it is off" {
	local c

	c=$(conf 12-bridge-ipv6)
	new_container a
	in_container a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	add bridge <<<"$c"
	ping_from a fd00:10:24::1
}

@test "a full bridge: STATUS says so, ADD asks to try later" {
	local c i

	c=$(conf 13-bridge-l2)
	attach "$c" a
	for i in {2..1023}; do
		echo "link add f$i type veth peer name g$i"
		echo "link set f$i master l2br0"
	done | host ip -batch -
	cni STATUS bridge <<<"$c"
	assert_error 50 'has 1023 ports'
	new_container b
	cni ADD bridge <<<"$c"
	assert_error 11 '1023'
	host ip link set f7 nomaster
	cni STATUS bridge <<<"$c"
	assert_success
	add bridge <<<"$c"
}

@test "ADDs beside a storm of other links all succeed" {
	local c i churn

	c=$(conf 10-bridge)
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN
	(
		while :; do
			for i in {1..50}; do
				echo "link add storm$i type veth peer name rain$i"
				echo "link delete storm$i"
			done | host ip -batch -
		done
	) &
	churn=$!
	for i in {1..20}; do
		new_container "s$i"
		cni ADD bridge <<<"$c"
		[[ $status == 0 ]] || break
		cni CHECK bridge <<<"$(with_result "$c")"
		[[ $status == 0 ]] || break
		cni DEL bridge <<<"$c"
	done
	kill "$churn"
	assert_success
}

@test "a subnet that another link of the host has is named by STATUS and ADD" {
	c=$(conf 11-bridge-ipv4 '.cniVersion = "1.1.0"')
	subnet=$(jq -r '.ipam | .subnet // .ranges[0][0].subnet' <<<"$c")
	cni STATUS bridge <<<"$c"
	assert_success
	new_container first
	add bridge <<<"$c"
	refute grep -q "has that subnet" "$stderr_file"
	cni STATUS bridge <<<"$c" # the bridge's own gateway is no rival
	assert_success
	# Wider routes are none either: a default route, a network around it.
	host ip link add lan type bridge
	host ip link set lan up
	host ip route add default dev lan
	host ip addr add "${subnet%.*.*}.255.254/8" dev lan
	cni STATUS bridge <<<"$c"
	assert_success
	for other in $(jq -r .bridge <<<"$c") lan; do # another bridge's, the LAN's
		d=$(jq '.bridge = "second" | .name = "second"' <<<"$c")
		if [[ $other == lan ]]; then
			del bridge <<<"$c"
			host ip link delete "$(jq -r .bridge <<<"$c")"
			host ip addr add "${subnet%.*}.250/${subnet#*/}" dev lan
		fi
		host ip link delete second 2>/dev/null || true
		cni STATUS bridge <<<"$d"
		assert_error_is 50 "$other has the subnet $subnet, too, and the host sends packets there" \
			"choose another subnet for one of them"
		new_container "c-$other"
		add bridge <<<"$d"
		assert_match "$stderr" "the host sends packets for containers in $subnet to $other instead of second"
		assert_eq "$(host ip -j route get "$(jq -r '.ips[0].address | split("/")[0]' "$stdout_file")" | jq -r '.[0].dev')" "$other"
		cni STATUS bridge <<<"$d"
		assert_error 50 "$other has the subnet $subnet, too"
		del bridge <<<"$d"
		use_container first
	done
}

@test "altName: the host's end has the pod's name besides, for as long as it is there" {
	local c long args

	c=$(conf 10-bridge '.altName = true')
	new_container one
	args="IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0"
	add bridge <<<"$c"
	assert_eq "$(host ip -j link show pod.shop.web-0 | jq -r '.[0].ifalias')" containers/one/eth0 "whose link it is"
	check bridge <<<"$(with_result "$c")"
	# Another interface of the pod, and another pod that says it is this one.
	ifname=net1
	add bridge <<<"$c"
	assert_eq "$(host ip -j link show pod.shop.web-0+net1 | jq -r '.[0].ifalias')" containers/one/net1 "whose link it is"
	new_container two
	add bridge <<<"$c"
	assert_match "$stderr" 'does not get the alternative name pod.shop.web-0: file exists'
	assert_eq "$(host ip -j link show pod.shop.web-0 | jq -r '.[0].ifalias')" containers/one/eth0 "whose link it is"
	use_container one
	del bridge <<<"$c"
	refute host ip link show pod.shop.web-0
	# What would be a path or an option, and what is too long.
	long=$(printf 'x%.0s' {1..200})
	use_container two
	del bridge <<<"$c"
	args="IgnoreUnknown=1;K8S_POD_NAMESPACE=a/../b c;K8S_POD_NAME=$long"
	add bridge <<<"$c"
	assert_match "$(host ip -j link | jq -r '.[].altnames[0]? // empty | select(startswith("pod.a"))' | tr -d x)" '^pod[.]a-[.][.]-b-c[.]-[0-9a-f]{8}$' "the name"
	assert_eq "$(host ip -j link | jq '[.[].altnames[0]? // empty | select(startswith("pod.a")) | length]' | jq -c .)" "[127]" "its length"
	del bridge <<<"$c"
	# Nobody says, or nobody wants it.
	args=
	add bridge <<<"$c"
	del bridge <<<"$c"
	args="IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0"
	add bridge <<<"$(conf 10-bridge)"
	refute host ip link show pod.shop.web-0
}
