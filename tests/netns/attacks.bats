#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a container can do to its host and its siblings with packets, and what stops it. Each attack is shown to work
# where nothing stops it.

load helpers

mac_of() { in_container "$1" cat /proc/net/dev >/dev/null && in_container "$1" ip -j link show dev "${2:-eth0}" | jq -r '.[0].address'; }
gateway_mac() { host ip -j link show dev cni0 | jq -r '.[0].address'; }
ping_from() { in_container "$1" ping -c 1 -W 10 "${@:2}" >/dev/null || fail_because "$1 does not reach ${*:2}"; }
reaches() { in_container "$1" ping -c 1 -W "${PING_SECONDS:-10}" "${@:2}" >/dev/null 2>&1; }
believes() { in_container "$1" ip -j neigh show "$2" | jq -e --arg mac "$3" '.[0].lladdr == $mac' >/dev/null; }

attach() {
	new_container "$2"
	add bridge <<<"$1"
	cp "$stdout_file" "$BATS_TEST_TMPDIR/result-$2"
}

# frames CONTAINER EXPRESSION: sends thrice what a python expression makes, with eth(), arp(), icmp6() and mac().
frames() {
	in_container "$1" /usr/bin/python3 -IS - "$2" <<-'END'
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
		def ip6(sender, target, kind, data, to="33:33:00:00:00:01"):
		    return eth(to, 0x86dd, struct.pack("!IHBB", 6 << 28, len(data), kind, 255) + ip(sender) + ip(target) + data)
		def part(kind, offset, more, data): return struct.pack("!BBHI", kind, 0, offset | more, 7) + data
		def options(kind): return struct.pack("!BBBBI", kind, 0, 1, 4, 0)
		def router_alert(kind): return struct.pack("!BBBBHH", kind, 0, 5, 2, 0, 0x100)
		def solicit(target): return struct.pack("!BBHI", 135, 0, 0, 0) + ip(target)
		def udp(sender, target, to, source=5555, port=5555, sender_mac=own):
		    data = struct.pack("!HHHH", source, port, 12, 0) + b"test"
		    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 1, 0, 64, 17, 0) + ip(sender) + ip(target)
		    total = sum(struct.unpack("!10H", head))
		    total = (total & 0xffff) + (total >> 16)
		    return eth(to, 0x800, head[:10] + struct.pack("!H", ~total & 0xffff) + head[12:] + data, sender_mac)
		def redirect(target, destination): return struct.pack("!BBHI", 137, 0, 0, 0) + ip(target) + ip(destination) + b"\x02\x01" + own
		made = eval(sys.argv[1])
		for _ in range(3):
		    for frame in made if isinstance(made, list) else [made]:
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
	host ping -c 1 -W 10 10.22.0.2
	host ping -c 1 -W 10 fd00:10:22::2
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

has_seen() {
	seen=$(grep -a '^[0-9]' "$BATS_TEST_TMPDIR/dump" | grep -avc 'echo reply') || true
	((seen >= $1))
}

# count_at_victim FILTER EXPRESSION EXPECTED: how many frames of the attacker a tcpdump filter finds at the victim, in $seen. A
# ping follows them; what another processor carries may come behind it, so that frames which are to come are waited for.
count_at_victim() {
	local filter=$1 expression=$2 pid

	: >"$BATS_TEST_TMPDIR/dump"
	: >"$BATS_TEST_TMPDIR/tcpdump"
	nsenter --net=/run/netns/victim -- timeout 120 tcpdump -nn -i eth0 -l --immediate-mode "icmp[icmptype] == icmp-echoreply or ($filter)" \
		>"$BATS_TEST_TMPDIR/dump" 2>"$BATS_TEST_TMPDIR/tcpdump" 3>&- &
	pid=$!
	wait_until 10 grep -q listening "$BATS_TEST_TMPDIR/tcpdump"
	frames attacker "$expression"
	ping_from attacker 10.22.0.3
	wait_until 10 grep -aq 'echo reply' "$BATS_TEST_TMPDIR/dump"
	wait_until 5 has_seen "$3" || true
	kill "$pid"
	has_seen "$3" || true
}

@test "redirects, other protocols and tagged frames pass only without ipspoofchk" {
	local filter expected seen

	for filter in . '.ipspoofchk = true'; do
		new_pair "$filter"
		expected=$([[ $filter == . ]] && echo 3 || echo 0)
		count_at_victim 'ether proto 0x88b5' "eth('$victim_mac', 0x88b5, b'x' * 50)" "$expected"
		assert_eq "$seen" "$expected" "frames of another protocol"
		count_at_victim 'icmp6 and ip6[40] == 137' \
			"icmp6('$(link_local attacker)', '$(link_local victim)', '$victim_mac', redirect('$(link_local attacker)', '2001:db8::1'))" "$expected"
		assert_eq "$seen" "$expected" "redirects"
		count_at_victim vlan \
			"eth('$victim_mac', 0x8100, b'\\x00\\x05\\x08\\x00\\x45\\x00\\x00\\x14' + bytes(8) + ip('10.22.0.66') + ip('10.22.0.3') + bytes(30))" "$expected"
		assert_eq "$seen" "$expected" "tagged frames with a stolen address"
		for id in attacker victim; do
			use_container "$id"
			del bridge <<<"$(conf 10-bridge)"
			ip netns delete "$id"
		done
		rm -rf "$data_dir"
	done
}

# sees COUNT (FILTER EXPRESSION)…: how many of the attacker's frames the victim sees, for each pair.
sees() {
	local expected=$1 seen

	shift
	while (($#)); do
		count_at_victim "$1" "$2" "$expected"
		assert_eq "$seen" "$expected" "frames that match $1: $2"
		shift 2
	done
}

@test "ipspoofchk: who has no address may ask only whether its own are free" {
	local own

	new_pair '.ipspoofchk = true'
	host ip link set cni0 type bridge mcast_snooping 0 # it keeps reports from those who do not ask
	own=$(link_local attacker)
	sees 0 'icmp6 and ip6[40] == 135 and ip6[60:4] == 0x77' "icmp6('::', 'ff02::1:ff00:77', '33:33:ff:00:00:77', solicit('fd00:10:22::77'))" \
		'icmp6 and ip6[40] == 135 and ip6[60:4] == 3 and src host ::' "icmp6('::', 'ff02::1:ff00:3', '33:33:ff:00:00:03', solicit('fd00:10:22::3'))" \
		'icmp6 and ip6[40] == 128 and src host ::' "icmp6('::', 'ff02::1', '33:33:00:00:00:01', b'\\x80\\0\\0\\0abcd')" \
		'icmp6 and ip6[40] == 136 and src host ::' "icmp6('::', 'ff02::1', '33:33:00:00:00:01', advert('fd00:10:22::2'))" \
		'arp src host 0.0.0.0' "arp('0.0.0.0', '10.22.0.77', 'ff:ff:ff:ff:ff:ff')" \
		'arp src host 0.0.0.0' "arp('0.0.0.0', '10.22.0.3', 'ff:ff:ff:ff:ff:ff')" \
		'udp port 5555' "udp('0.0.0.0', '255.255.255.255', 'ff:ff:ff:ff:ff:ff')" \
		'udp port 67' "udp('0.0.0.0', '255.255.255.255', 'ff:ff:ff:ff:ff:ff', 5555, 67)"
	sees 3 'icmp6 and ip6[40] == 135 and ip6[60:4] == 2' "icmp6('::', 'ff02::1', '33:33:00:00:00:01', solicit('fd00:10:22::2'))" \
		'icmp6 and ip6[40] == 135 and src host ::' "icmp6('::', 'ff02::1', '33:33:00:00:00:01', solicit('$own'))" \
		'icmp6 and ip6[40] == 133 and src host ::' "icmp6('::', 'ff02::1', '33:33:00:00:00:01', bytes([133]) + bytes(7))" \
		'ip6[6] == 0 and ip6[48] == 143 and ip6[54:2] == 0' "ip6('::', 'ff02::16', 0, router_alert(58) + bytes([143]) + bytes(7))" \
		'arp src host 0.0.0.0' "arp('0.0.0.0', '10.22.0.2', 'ff:ff:ff:ff:ff:ff')" \
		'udp port 67' "udp('0.0.0.0', '255.255.255.255', 'ff:ff:ff:ff:ff:ff', 68, 67)"
}

@test "ipspoofchk: what cannot be judged does not pass: headers in a later fragment, other layouts of ARP" {
	local filter expected own

	for filter in . '.ipspoofchk = true'; do
		new_pair "$filter"
		# these two drop what is no whole ICMPv6, or keep it
		host ip link set cni0 type bridge mcast_snooping 0
		[[ ! -e /proc/sys/net/bridge ]] || host sysctl -qw net.bridge.bridge-nf-call-ip6tables=0
		own=$(link_local attacker)
		expected=$([[ $filter == . ]] && echo 3 || echo 0)
		sees "$expected" \
			'ip6 proto 44' "ip6('$own', 'ff02::1', 44, part(60, 0, 1, options(58)))" \
			'ip6 proto 44' "ip6('$own', 'ff02::1', 44, part(60, 0, 1, bytes([58, 9]) + bytes(6)))" \
			'ip6 proto 44' "ip6('$own', 'ff02::1', 44, part(58, 0, 1, b''))" \
			'ip6 proto 44' "ip6('$own', 'ff02::1', 44, part(58, 0, 1, advert('fd00:10:22::1')[:8]))" \
			'ip6[6] == 0 and ip6[40] == 44' "ip6('$own', 'ff02::1', 0, options(44) + part(60, 0, 1, options(58)))" \
			'ip6 proto 60' "ip6('$own', 'ff02::1', 60, options(58) + router())" \
			'ip6 proto 60' "ip6('$own', 'ff02::1', 60, options(58) + advert('fd00:10:22::1'))" \
			'ip6 proto 43' "ip6('$own', 'ff02::1', 43, bytes([58, 0, 253, 0]) + bytes(4) + router())"
		sees "$expected" 'arp[5] == 16' \
			"eth('ff:ff:ff:ff:ff:ff', 0x806, struct.pack('!HHBBH', 1, 0x800, 6, 16, 1) + own + ip('10.22.0.2') + ip('10.22.0.1') + bytes(40))"
		sees 3 'ip6 proto 44' "ip6('$own', 'ff02::1', 44, part(58, 0, 1, b'\\x80\\0\\0\\0' + bytes(20)))" \
			'ip6 proto 44' "ip6('$own', 'ff02::1', 44, part(58, 24, 0, bytes(20)))" \
			'ip6 proto 44' "ip6('$own', 'ff02::1', 44, part(17, 0, 1, struct.pack('!HHHH', 5555, 5555, 40, 0) + bytes(16)))"
		for id in attacker victim; do
			use_container "$id"
			del bridge <<<"$(conf 10-bridge)"
			ip netns delete "$id"
		done
		rm -rf "$data_dir"
	done
}

@test "ipspoofchk: large packets pass in fragments, both families" {
	local peer

	new_pair '.ipspoofchk = true | .macspoofchk = true'
	for peer in 10.22.0.1 10.22.0.3 fd00:10:22::1 fd00:10:22::3; do
		ping_from attacker -s 6000 "$peer"
	done
	ping_from victim -s 6000 fd00:10:22::2
}

@test "duplicate address detection of a later container is not disturbed by a sibling with ipspoofchk" {
	local c

	c=$(conf 10-bridge '.ipspoofchk = true | .enabledad = true')
	attach "$c" attacker
	flood() {
		for _ in {1..40}; do
			frames attacker "[icmp6('::', 'ff02::1:ff00:%x' % n, '33:33:ff:00:00:%02x' % n, solicit('fd00:10:22::%x' % n)) for n in range(3, 6)]" || return 0
		done
	}
	flood &
	attach "$c" later
	kill $! 2>/dev/null || true
	wait
	ping_from later fd00:10:22::1
}

# ---- addresses that bridges keep for themselves, IEEE 802.1D table 7-10

port_of() { host ip -j link show master cni0 | jq -r --arg owner "containers/$1/eth0" '.[] | select(.ifalias == $owner).ifname'; }
port_with() { host bridge -j fdb show br cni0 | jq -r --arg mac "$1" 'first(.[] | select(.mac == $mac and .state != "permanent")).ifname'; }

# Untagged, tagged once and twice, LLC: all with the victim's MAC, to each of the reserved addresses LAST.
frames_to() {
	cat <<-END
		[f for to in ['01:80:c2:00:00:%02x' % n for n in [$1]] for f in [
		eth(to, 0x88b5, bytes(50), mac('$victim_mac')),
		eth(to, 0x8100, b'\0\5\x88\xb5' + bytes(50), mac('$victim_mac')),
		eth(to, 0x88a8, b'\0\5\x81\0\0\6\x88\xb5' + bytes(50), mac('$victim_mac')),
		eth(to, 38, b'\x42\x42\x03' + bytes(35), mac('$victim_mac'))][$2]]
	END
}

# The bridge believes that the victim's MAC is behind the attacker's port.
steals_mac() {
	frames attacker "$1"
	ping_from attacker 10.22.0.1
	[[ $(port_with "$victim_mac") == "$attacker_port" ]]
}

# Lines with the sources of datagrams to the host.
listen() {
	: >"$BATS_TEST_TMPDIR/heard"
	nsenter --net="/run/netns/$HOST" -- timeout 120 /usr/bin/python3 -IS -u -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 5555))
print("ready")
while True: print(s.recvfrom(100)[1][0])' >"$BATS_TEST_TMPDIR/heard" 3>&- &
	listener=$!
	wait_until 5 grep -q ready "$BATS_TEST_TMPDIR/heard"
}

hears() { frames attacker "$1" && frames attacker "udp('10.22.0.2', '10.22.0.1', '$(gateway_mac)')" && wait_until 5 grep -qx 10.22.0.2 "$BATS_TEST_TMPDIR/heard" && grep -qx 10.22.0.66 "$BATS_TEST_TMPDIR/heard"; }

@test "frames to reserved addresses move a sibling's MAC and reach the host, unless a spoof check is set" {
	local key last kind stp listener

	for key in none macspoofchk ipspoofchk; do
		new_pair ".$key = true"
		attacker_port=$(port_of attacker)
		for stp in 0 1; do
			host ip link set cni0 type bridge stp_state "$stp"
			if [[ $key == none ]]; then
				for last in 0 2 14 15; do
					for kind in 0:1 1:2 2:3 3:4; do
						ping_from victim 10.22.0.1
						wait_until 5 steals_mac "$(frames_to "$last" "$kind")"
					done
				done
			fi
			for last in 1 $([[ $key == none ]] || echo 0 2,3,4,5,6,7 8,9,10,11,12,13,14,15); do
				ping_from victim 10.22.0.1
				refute steals_mac "$(frames_to "$last" :)"
			done
		done
		listen
		if [[ $key == none ]]; then
			hears "udp('10.22.0.66', '10.22.0.1', '01:80:c2:00:00:03')"
		elif [[ $key == macspoofchk ]]; then
			refute hears "udp('10.22.0.66', '10.22.0.1', '01:80:c2:00:00:03', sender_mac=mac('$victim_mac'))"
		else
			refute hears "[udp('10.22.0.66', '10.22.0.1', '01:80:c2:00:00:%02x' % n) for n in range(16)]"
		fi
		kill "$listener"
		for id in attacker victim; do
			use_container "$id"
			del bridge <<<"$(conf 10-bridge)"
			ip netns delete "$id"
		done
		rm -rf "$data_dir"
		host ip link delete cni0
	done
}

@test "a port with a spoof check that others take off its bridge and put back is still closed, and CHECK names what is missing" {
	local c key result

	for key in macspoofchk ipspoofchk; do
		c=$(conf 10-bridge ".$key = true | .hairpinMode = false")
		new_pair ".$key = true | .hairpinMode = false"
		use_container attacker
		result=$(jq -c . "$BATS_TEST_TMPDIR/result-attacker")
		check bridge <<<"$(with_result "$c" "$result")"
		attacker_port=$(port_of attacker)
		assert_eq "$(host ip -j -d link show dev "$attacker_port" | jq -r '.[0].linkinfo.info_slave_data.group_fwd_mask')" 0xfffd "group_fwd_mask"
		host ip link set "$attacker_port" nomaster
		host ip link set "$attacker_port" master cni0
		wait_until 5 reaches attacker 10.22.0.1
		ping_from victim 10.22.0.1
		refute steals_mac "eth('01:80:c2:00:00:03', 0x88b5, bytes(50), mac('$victim_mac'))"
		cni CHECK bridge <<<"$(with_result "$c" "$result")"
		assert_error 104 "group_fwd_mask of bridge port $attacker_port is 0x0000"
		host ip link set "$attacker_port" type bridge_slave group_fwd_mask 0xfffd
		check bridge <<<"$(with_result "$c" "$result")"
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
	assert_eq "$(grep -c 'comment "ipv4/second/eth0"' "$BATS_TEST_TMPDIR/rules")" 6
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
