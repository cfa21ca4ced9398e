#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a container can do to its host and its siblings with packets, and what stops it. Each attack is shown to work
# where nothing stops it.

load helpers

mac_of() { in_container "$1" cat /proc/net/dev >/dev/null && in_container "$1" ip -j link show dev "${2:-eth0}" | jq -r '.[0].address'; }
gateway_mac() { host ip -j link show dev cni0 | jq -r '.[0].address'; }
ping_from() { in_container "$1" ping -c 1 -W 2 "${@:2}" >/dev/null || fail_because "$1 does not reach ${*:2}"; }
reaches() { in_container "$1" ping -c 1 -W 1 "${@:2}" >/dev/null 2>&1; }
believes() { in_container "$1" ip -j neigh show "$2" | jq -e --arg mac "$3" '.[0].lladdr == $mac' >/dev/null; }

attach() {
	new_container "$2"
	add bridge <<<"$1"
}

# frames CONTAINER EXPRESSION: sends thrice what a python expression makes, with eth(), arp(), icmp6() and mac().
frames() {
	in_container "$1" python3 - "$2" <<-'END'
		import fcntl, socket, struct, sys
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		own = s.getsockname()[4]
		def mac(text): return bytes.fromhex(text.replace(":", ""))
		def ip(text): return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
		def eth(to, kind, data, sender=own): return mac(to) + sender + struct.pack("!H", kind) + data
		def arp(sender, target, to): return eth(to, 0x806, struct.pack("!HHBBH", 1, 0x800, 6, 4, 2) + own + ip(sender) + mac(to) + ip(target))
		def icmp6(sender, target, to, data):
		    words = ip(sender) + ip(target) + struct.pack("!II", len(data), 58) + data
		    total = sum(struct.unpack("!%dH" % (len(words) // 2), words))
		    while total >> 16: total = (total & 0xffff) + (total >> 16)
		    data = data[:2] + struct.pack("!H", ~total & 0xffff) + data[4:]
		    return eth(to, 0x86dd, struct.pack("!IHBB", 6 << 28, len(data), 58, 255) + ip(sender) + ip(target) + data)
		def advert(target): return struct.pack("!BBHI", 136, 0, 0, 0x20000000) + ip(target) + b"\x02\x01" + own
		def router(): return struct.pack("!BBHBBHII", 134, 0, 0, 64, 0x08, 1800, 0, 0) + b"\x01\x01" + own + \
		    struct.pack("!BBBBIII", 3, 4, 64, 0xc0, 3600, 3600, 0) + ip("2001:db8:bad::")
		def redirect(target, destination): return struct.pack("!BBHI", 137, 0, 0, 0) + ip(target) + ip(destination) + b"\x02\x01" + own
		frame = eval(sys.argv[1])
		for _ in range(3):
		    s.send(frame)
	END
}

link_local() { in_container "$1" ip -j -6 addr show dev "${2:-eth0}" | jq -r '.[0].addr_info[] | select(.scope == "link") | .local'; }

# ---- router advertisements

advertise() {
	frames "$1" "icmp6('$(link_local "$1")', 'ff02::1', '33:33:00:00:00:01', router())"
}

has_bad_route() { in_container "$1" ip -6 route | grep -q '2001:db8:bad::'; }

@test "router advertisements from a container move a sibling that listens to them, unless ipspoofchk is set" {
	local c

	c=$(conf 10-bridge)
	attach "$c" attacker
	attach "$(jq '.acceptRA = true' <<<"$c")" listener
	attach "$(jq '.ipspoofchk = true' <<<"$c")" stopped
	advertise stopped
	ping_from stopped fd00:10:22::3
	refute has_bad_route listener
	advertise attacker
	wait_until 5 has_bad_route listener
}

@test "router advertisements from a container behind ptp leave the host as it is" {
	local before

	new_container attacker
	cni ADD ptp <<<"$(conf 10-bridge '{cniVersion, name, type: "ptp", ipam}')"
	assert_success
	before=$(host ip -6 route)
	advertise attacker
	ping_from attacker fd00:10:22::1
	assert_eq "$(host ip -6 route)" "$before" "routes of the host"
	refute eval "host ip -6 addr | grep -q 2001:db8:bad"
}

# ---- ipspoofchk

# An attacker and a victim on one bridge; FILTER changes the attacker's configuration.
new_pair() {
	local c

	c=$(conf 10-bridge)
	attach "$(jq "$1" <<<"$c")" attacker
	attach "$c" victim
	victim_mac=$(mac_of victim) attacker_mac=$(mac_of attacker)
	ping_from victim 10.22.0.1
	ping_from victim fd00:10:22::1
}

@test "with ipspoofchk a container reaches everybody it should, IPv4 and IPv6, and proves its addresses unique" {
	new_pair '.ipspoofchk = true | .macspoofchk = true | .enabledad = true'
	for peer in 10.22.0.1 10.22.0.3 fd00:10:22::1 fd00:10:22::3 "$(link_local victim)%eth0"; do
		ping_from attacker "$peer"
	done
	ping_from victim 10.22.0.2
	ping_from victim fd00:10:22::2
	in_container victim ip neigh flush dev eth0
	ping_from victim 10.22.0.2
	ping_from victim fd00:10:22::2
	in_container attacker ip addr add fd00:10:22::2/128 dev lo
	host ip neigh flush dev cni0
	host ping -c 1 -W 2 10.22.0.2
	host ping -c 1 -W 2 fd00:10:22::2
}

@test "IP packets with a stolen source address arrive only without ipspoofchk" {
	local source

	for filter in . '.ipspoofchk = true'; do
		new_pair "$filter"
		in_container attacker ip addr add 10.22.0.66/16 dev eth0
		in_container attacker ip addr add fd00:10:22::66/64 dev eth0 nodad
		for source in "10.22.0.66 10.22.0.3" "fd00:10:22::66 fd00:10:22::3"; do
			if [[ $filter == . ]]; then
				ping_from attacker -I "${source% *}" "${source#* }"
			else
				refute reaches attacker -I "${source% *}" "${source#* }"
			fi
		done
		# The victim may still be asking for the stolen addresses.
		wait_until 10 reaches attacker -I 10.22.0.2 10.22.0.3
		for id in attacker victim; do
			use_container "$id"
			del bridge <<<"$(conf 10-bridge)"
			ip netns delete "$id"
		done
		rm -rf "$data_dir"
	done
}

@test "ARP replies in the gateway's name are believed only without ipspoofchk" {
	new_pair .
	steal_by_arp() { frames attacker "arp('10.22.0.1', '10.22.0.3', '$victim_mac')" && believes victim 10.22.0.1 "$attacker_mac"; }
	wait_until 5 steal_by_arp
	use_container attacker
	del bridge <<<"$(conf 10-bridge)"
	in_container victim ip neigh flush dev eth0
	ping_from victim 10.22.0.1
	add bridge <<<"$(conf 10-bridge '.ipspoofchk = true')"
	for try in {1..20}; do
		refute steal_by_arp
		sleep 0.1
	done
	believes victim 10.22.0.1 "$(gateway_mac)"
}

@test "neighbour advertisements in the gateway's name are believed only without ipspoofchk, also from an own address" {
	local sender

	new_pair .
	steal_by_nd() { frames attacker "icmp6('$1', 'ff02::1', '33:33:00:00:00:01', advert('fd00:10:22::1'))" && believes victim fd00:10:22::1 "$attacker_mac"; }
	for sender in fd00:10:22::1 "$(link_local attacker)"; do
		wait_until 5 steal_by_nd "$sender"
		in_container victim ip neigh flush dev eth0
		ping_from victim fd00:10:22::1
	done
	use_container attacker
	del bridge <<<"$(conf 10-bridge)"
	add bridge <<<"$(conf 10-bridge '.ipspoofchk = true')"
	address=$(jq -r '.ips[1].address | split("/")[0]' <<<"$stdout")
	in_container victim ip neigh flush dev eth0
	ping_from victim fd00:10:22::1
	for sender in fd00:10:22::1 :: "$address" "$(link_local attacker)"; do
		refute steal_by_nd "$sender"
	done
	believes victim fd00:10:22::1 "$(gateway_mac)"
}

# How many frames of the attacker a tcpdump filter finds at the victim, before a ping that follows them: in $seen.
count_at_victim() {
	local filter=$1 expression=$2 pid

	nsenter --net=/run/netns/victim -- timeout 20 tcpdump -nn -i eth0 -l --immediate-mode "icmp[icmptype] == icmp-echoreply or ($filter)" \
		>"$BATS_TEST_TMPDIR/dump" 2>"$BATS_TEST_TMPDIR/tcpdump" 3>&- &
	pid=$!
	wait_until 5 grep -q listening "$BATS_TEST_TMPDIR/tcpdump"
	frames attacker "$expression"
	ping_from attacker 10.22.0.3
	wait_until 5 grep -q 'echo reply' "$BATS_TEST_TMPDIR/dump"
	kill "$pid"
	seen=$(grep '^[0-9]' "$BATS_TEST_TMPDIR/dump" | grep -vc 'echo reply') || true
}

@test "redirects, other protocols and tagged frames pass only without ipspoofchk" {
	local filter expected seen

	for filter in . '.ipspoofchk = true'; do
		new_pair "$filter"
		expected=$([[ $filter == . ]] && echo 3 || echo 0)
		count_at_victim 'ether proto 0x88b5' "eth('$victim_mac', 0x88b5, b'x' * 50)"
		assert_eq "$seen" "$expected" "frames of another protocol"
		count_at_victim 'icmp6 and ip6[40] == 137' \
			"icmp6('$(link_local attacker)', '$(link_local victim)', '$victim_mac', redirect('$(link_local attacker)', '2001:db8::1'))"
		assert_eq "$seen" "$expected" "redirects"
		count_at_victim vlan \
			"eth('$victim_mac', 0x8100, b'\\x00\\x05\\x08\\x00\\x45\\x00\\x00\\x14' + bytes(8) + ip('10.22.0.66') + ip('10.22.0.3') + bytes(30))"
		assert_eq "$seen" "$expected" "tagged frames with a stolen address"
		for id in attacker victim; do
			use_container "$id"
			del bridge <<<"$(conf 10-bridge)"
			ip netns delete "$id"
		done
		rm -rf "$data_dir"
	done
}

@test "ipspoofchk: the ruleset is one that nft prints and loads again, DEL and GC leave nothing of it" {
	local c

	c=$(conf 10-bridge '.ipspoofchk = true')
	attach "$c" first
	use_container first
	del bridge <<<"$c"
	snapshot_host
	add bridge <<<"$c"
	attach "$(conf 11-bridge-ipv4 '.ipspoofchk = true | .bridge = "cni0" | .isGateway = false')" second
	host nft list table bridge cni_ipspoof >"$BATS_TEST_TMPDIR/rules"
	assert_eq "$(grep -c 'comment "ipv4/second/eth0"' "$BATS_TEST_TMPDIR/rules")" 8
	{
		echo 'delete table bridge cni_ipspoof'
		# only newer versions of nft can read what they print for the target of an advertisement
		grep -v '@th,64,128' "$BATS_TEST_TMPDIR/rules"
	} | host nft -f -
	assert_eq "$(host nft list table bridge cni_ipspoof)" "$(grep -v '@th,64,128' "$BATS_TEST_TMPDIR/rules")" "the table after loading it again"
	cni GC bridge <<<"$(conf 11-bridge-ipv4 '.cniVersion = "1.1.0" | .["cni.dev/valid-attachments"] = []')"
	assert_success
	refute eval "host nft list ruleset | grep -q ipv4/second"
	use_container first
	del bridge <<<"$(jq '.ipspoofchk = false' <<<"$c")"
	assert_unchanged
}

@test "ipspoofchk: CHECK sees every part that is missing" {
	local c break result

	c=$(conf 10-bridge '.ipspoofchk = true')
	attach "$c" first
	result=$stdout
	check bridge <<<"$(with_result "$c" "$result")"
	port=$(jq -r '.interfaces[1].name' <<<"$result")
	for break in "delete element bridge cni_ipspoof allowed-ipv4 { \"$port\" . 10.22.0.2 }" \
		"delete element bridge cni_ipspoof checked { \"$port\" }" "flush chain bridge cni_ipspoof source" \
		"flush chain bridge cni_ipspoof prerouting" "delete table bridge cni_ipspoof"; do
		host nft "$break"
		cni CHECK bridge <<<"$(with_result "$c" "$result")"
		assert_error 104 "port $port has no address check"
		use_container first
		del bridge <<<"$c"
		host nft destroy table bridge cni_ipspoof 2>/dev/null || host nft delete table bridge cni_ipspoof 2>/dev/null || true
		add bridge <<<"$c"
		result=$stdout
	done
}

@test "ipspoofchk without an IPAM plugin is refused" {
	new_container first
	cni ADD bridge <<<"$(conf 13-bridge-l2 '.ipspoofchk = true')"
	assert_error_is 7 "ipspoofchk needs an IPAM plugin: no address is known without one"
}
