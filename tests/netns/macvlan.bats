#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# macvlan, on an uplink behind which is an outside host.

load helpers
load interface

setup() {
	setup_host
	# Duplicates are looked for where the test is about them, and in the first.
	QUICK_DAD=1
	new_outside
	wait_until 5 host ping -c 1 -W 1 2001:db8::2
}

@test "macvlan: two containers reach each other and the outside, both families; CHECK, DEL" {
	local c one two

	c=$(conf 41-macvlan)
	QUICK_DAD='' new_container one
	snapshot_host
	add macvlan <<<"$c"
	one=$stdout
	assert_json '.interfaces | map([.name, .sandbox])' '[["eth0", "/run/netns/one"]]'
	assert_json '.ips | map(.interface)' '[0, 0]'
	has '.linkinfo.info_kind == "macvlan" and .linkinfo.info_data.mode == "bridge"'
	has '.ifalias == "lan/one/eth0" and (.flags | index("UP"))'
	has ".address == $(jq .interfaces[0].mac <<<"$one")"
	refute grep -q tentative <(in_container one ip addr show dev eth0)
	new_container two
	add macvlan <<<"$c"
	two=$stdout
	reaches one "$(address_of "$two")"
	reaches one "$(address_of "$two" 1)"
	reaches two 192.0.2.2
	reaches two 2001:db8::2
	check macvlan <<<"$(with_result "$c" "$two")"
	del macvlan <<<"$c"
	use_container one
	check macvlan <<<"$(with_result "$c" "$one")"
	del macvlan <<<"$c"
	refute in_container one ip link show dev eth0
	assert_unchanged
}

@test "macvlan: every key shows in the kernel, and CHECK compares it" {
	local c mode

	for mode in private vepa passthru bridge; do
		new_container "$mode"
		c=$(conf 41-macvlan ".mode = \"$mode\" | .mtu = 1400")
		add macvlan <<<"$c"
		result=$stdout
		has ".mtu == 1400 and .linkinfo.info_data.mode == \"$mode\""
		check macvlan <<<"$(with_result "$c" "$result")"
		cni CHECK macvlan <<<"$(with_result "$c" "$result" | jq '.mode = (if .mode == "vepa" then "private" else "vepa" end)')"
		assert_error 104 "has mode $mode instead of"
		del macvlan <<<"$c"
	done
	new_container queue
	c=$(conf 41-macvlan '.bcqueuelen = 77')
	add macvlan <<<"$c"
	has '.linkinfo.info_data.bcqueuelen == 77'
	del macvlan <<<"$c"
}

@test "macvlan: the MAC comes from mac, CNI_ARGS, runtimeConfig, the last wins" {
	local c

	new_container c1
	c=$(conf 41-macvlan '.mac = "02:00:00:00:00:01"')
	add macvlan <<<"$c"
	has '.address == "02:00:00:00:00:01"'
	del macvlan <<<"$c"
	args='IgnoreUnknown=1;MAC=02:00:00:00:00:02'
	add macvlan <<<"$c"
	has '.address == "02:00:00:00:00:02"'
	del macvlan <<<"$c"
	c=$(jq '.runtimeConfig.mac = "02:00:00:00:00:03"' <<<"$c")
	add macvlan <<<"$c"
	has '.address == "02:00:00:00:00:03"'
	del macvlan <<<"$c"
}

@test "macvlan: without master it stands on the interface of the default route" {
	local c

	c=$(conf 41-macvlan 'del(.master)')
	new_container c1
	add macvlan <<<"$c"
	reaches c1 192.0.2.2
	check macvlan <<<"$(with_result "$c")"
	del macvlan <<<"$c"
	host ip route delete default
	host ip -6 route delete default
	cni ADD macvlan <<<"$c"
	assert_error 999 "no default route interface found"
	del macvlan <<<"$c"
}

@test "macvlan: which route's interface it is: IPv4 before IPv6, the lowest metric, no choice among several" {
	local c

	c=$(conf 41-macvlan 'del(.master, .ipam)')
	new_container c1
	host ip link add second type veth peer name second-end
	host ip link set second-end up
	host ip link set second up
	host ip addr add 192.0.3.1/24 dev second
	host ip addr add 2001:db8:3::1/64 dev second nodad
	stands_on() {
		add macvlan <<<"$c"
		has ".link_index == $(host ip -j link show dev "$1" | jq '.[0].ifindex')"
		check macvlan <<<"$(with_result "$c")"
		del macvlan <<<"$c"
	}
	host ip -6 route replace default via 2001:db8:3::2
	stands_on uplink
	host ip route add default via 192.0.3.2 metric 9
	stands_on uplink
	host ip route delete default metric 9
	host ip route replace default nexthop via 192.0.2.2 nexthop via 192.0.2.3
	stands_on uplink
	host ip route replace default nexthop via 192.0.2.2 nexthop via 192.0.3.2
	cni ADD macvlan <<<"$c"
	assert_error 999 "the default route leads over several interfaces"
	refute in_container c1 ip link show dev eth0
	cni STATUS macvlan <<<"$(jq '.cniVersion = "1.1.0"' <<<"$c")"
	assert_error 50 "the default route leads over several interfaces"
	del macvlan <<<"$c"
	host ip route delete default
	stands_on second
	host ip -6 route replace default nexthop via 2001:db8:3::2 nexthop via 2001:db8::2
	cni ADD macvlan <<<"$c"
	assert_error 999 "the default route leads over several interfaces"
	host ip -6 route delete default
	host ip route add default via 192.0.2.2 table 77
	cni ADD macvlan <<<"$c"
	assert_error 999 "no default route interface found"
}

@test "macvlan: CHECK needs the master, and its MTU; a long name of it works, too" {
	local c

	c=$(conf 41-macvlan '.mtu = 1400 | .master = "uplink-by-its-long-name" | .enabledad = false')
	new_container c1
	host ip link property add dev uplink altname uplink-by-its-long-name
	add macvlan <<<"$c"
	has '.mtu == 1400'
	assert_eq "$(in_container c1 sysctl -n net.ipv4.conf.eth0.arp_notify net.ipv6.conf.eth0.ndisc_notify | xargs)" "1 1" "sysctls"
	c=$(with_result "$c")
	check macvlan <<<"$c"
	host ip link set uplink mtu 1300
	cni CHECK macvlan <<<"$c"
	assert_error_is 999 "invalid MTU 1400, must be [0, master MTU(1300)]"
	host ip link set uplink mtu 1500
	in_container c1 ip link set eth0 mtu 1400
	host ip link property del dev uplink altname uplink-by-its-long-name
	cni CHECK macvlan <<<"$c"
	assert_error 999 "Link not found"
	del macvlan <<<"$c"
}

@test "macvlan: CNI_ARGS are strict but on DEL, and args.cni.mac is none" {
	local c

	c=$(conf 41-macvlan 'del(.ipam) | .args.cni.mac = "02:00:00:00:00:09"')
	new_container c1
	args='NOBODY=1'
	cni ADD macvlan <<<"$c"
	assert_error 999 "NOBODY"
	args='MAC=x'
	cni ADD macvlan <<<"$c"
	assert_error 7 "is no unicast Ethernet address"
	del macvlan <<<"$c"
	args=''
	add macvlan <<<"$c"
	has '.address != "02:00:00:00:00:09"'
	del macvlan <<<"$c"
}

@test "macvlan: linkInContainer looks for the master there" {
	local c

	new_container c1
	in_container c1 ip link add inner type veth peer name other
	in_container c1 ip link set inner up
	c=$(conf 41-macvlan '.linkInContainer = true | .master = "inner"')
	snapshot_host
	add macvlan <<<"$c"
	has '.linkinfo.info_kind == "macvlan" and .link == "inner"'
	check macvlan <<<"$(with_result "$c")"
	del macvlan <<<"$c"
	assert_unchanged
	# Without a name by the default route there, not by the host's.
	c=$(jq 'del(.master, .ipam)' <<<"$c")
	cni ADD macvlan <<<"$c"
	assert_error 999 "no default route interface found"
	in_container c1 ip addr add 10.7.0.2/24 dev inner
	in_container c1 ip route add default via 10.7.0.1
	add macvlan <<<"$c"
	has '.link == "inner"'
	del macvlan <<<"$c"
}

@test "macvlan: layer 2 has no addresses, and 0.2.0 cannot say that" {
	local c

	new_container c1
	c=$(conf 41-macvlan 'del(.ipam)')
	add macvlan <<<"$c"
	assert_json '.ips // []' '[]'
	has '.flags | index("UP")'
	check macvlan <<<"$(with_result "$c")"
	del macvlan <<<"$c"
	cni ADD macvlan <<<"$(jq '.cniVersion = "0.2.0"' <<<"$c")"
	assert_error 999 "cannot convert: no valid IP addresses"
	refute in_container c1 ip link show dev eth0
}

@test "macvlan: what cannot be meant is refused before anything is done, and DEL takes it all the same" {
	local filter words

	new_container c1
	snapshot_host
	while IFS='|' read -r filter words; do
		cni ADD macvlan <<<"$(conf 41-macvlan "$filter")"
		assert_error 999 "$words"
		refute in_container c1 ip link show dev eth0
		del macvlan <<<"$(conf 41-macvlan "$filter")"
	done <<-'END'
		.mode = "bogus"|unknown macvlan mode: "bogus"
		.mtu = 1600|invalid MTU 1600, must be [0, master MTU(1500)]
		.mtu = -100|invalid MTU -100, must be [0, master MTU(1500)]
		.master = "nosuch"|Link not found
	END
	cni ADD macvlan <<<"$(conf 41-macvlan '.mac = "01:00:00:00:00:01"')"
	assert_error 7 "is no unicast Ethernet address"
	assert_unchanged
}

@test "macvlan: an address that another has is noticed, and nothing stays; enabledad false opts out" {
	local c

	c=$(conf 41-macvlan '.ipam.ranges = [[{ subnet: "2001:db8::/64", rangeStart: "2001:db8::2", rangeEnd: "2001:db8::2" }]] | del(.ipam.routes)')
	QUICK_DAD='' new_container c1
	snapshot_host
	cni ADD macvlan <<<"$c"
	assert_error 103 "duplicate address detection found another owner"
	refute in_container c1 ip link show dev eth0
	assert_unchanged
	add macvlan <<<"$(jq '.enabledad = false' <<<"$c")"
	del macvlan <<<"$c"
}

@test "macvlan: CHECK sees another link in its place, and takes the namespace by any path" {
	local c result

	c=$(conf 41-macvlan 'del(.ipam)')
	new_container c1
	in_container c1 ip link add below index "$(host ip -j link show dev uplink | jq '.[0].ifindex')" type bridge
	add macvlan <<<"$c"
	result=$(with_result "$c")
	ln -s "$netns" "$BATS_TEST_TMPDIR/again"
	check macvlan CNI_NETNS="$BATS_TEST_TMPDIR/again" <<<"$result"
	ip netns add c2
	cni CHECK macvlan CNI_NETNS=/run/netns/c2 <<<"$result"
	assert_error 999 "doesn't match configured netns"
	# One on a link of the container, which has the number and the MAC.
	in_container c1 ip link set eth0 down
	in_container c1 ip link set eth0 name gone
	in_container c1 ip link add eth0 link below address "$(jq -r .prevResult.interfaces[0].mac <<<"$result")" type macvlan mode bridge
	in_container c1 ip link set below up
	in_container c1 ip link set gone address 02:00:00:00:00:07
	in_container c1 ip link set eth0 up
	cni CHECK macvlan <<<"$result"
	assert_error 104 "does not stand on uplink"
}

@test "macvlan: several interfaces of one pod, static addresses of both families" {
	local c n results=()

	c=$(conf 41-macvlan)
	new_container c1
	snapshot_host
	for n in 0 1 2; do
		ifname=net$n add macvlan <<<"$(jq --arg n "$n" '.ipam = {type: "static", addresses: [{address: "192.0.2.5\($n)/24"}, {address: "2001:db8::5\($n)/64"}]}' <<<"$c")"
		results[n]=$stdout
	done
	for n in 0 1 2; do
		in_container outside ping -c 1 -W 10 "192.0.2.5$n" >/dev/null
		in_container outside ping -c 1 -W 10 "2001:db8::5$n" >/dev/null
	done
	ifname=net1 del macvlan <<<"$c"
	ifname=net2 check macvlan <<<"$(with_result "$(jq '.ipam = {}' <<<"$c")" "${results[2]}")"
	assert_eq "$(in_container c1 ip -j link | jq -c 'map(.ifname) | sort')" '["lo","net0","net2"]' "links"
	ifname=net0 del macvlan <<<"$c"
	ifname=net2 del macvlan <<<"$c"
	assert_unchanged
}

@test "macvlan: a master that is deleted or renamed while the ADD works" {
	local c address

	new_container c1
	for address in 2001:db8::7/64 198.51.100.7/24; do
		fake_plugin moody <<-EOS
			[ "\$CNI_COMMAND" = ADD ] || exit 0
			until nsenter --net=$netns ip link show dev eth0; do sleep 0.01; done >/dev/null 2>&1
			ip link set uplink down
			ip link set uplink name other
			echo '{"cniVersion": "1.0.0", "ips": [{"address": "$address"}]}'
		EOS
		c=$(conf 41-macvlan '.ipam = {type: "moody"} | .enabledad = false')
		add macvlan <<<"$c"
		has ".link_index == $(host ip -j link show dev other | jq '.[0].ifindex')"
		host ip link set other name uplink up
		del macvlan <<<"$c"
		sed -i 's/^ip link set uplink down/ip link delete uplink/' "$BATS_TEST_TMPDIR/fake/moody"
		cni ADD macvlan <<<"$c"
		assert_error 100 "eth0"
		assert_match "$(jq -r '.msg + .details' "$stdout_file")" "has gone|no such device" "the error"
		refute in_container c1 ip link show dev eth0
		assert_eq "$(tr '\n' ' ' <"$fake_log")" "ADD DEL ADD DEL " "what the IPAM plugin was asked"
		host ip link add uplink type veth peer name end
		host ip link set uplink up
	done
}

@test "macvlan: STATUS says when the master is missing or down" {
	local c

	c=$(conf 41-macvlan '.cniVersion = "1.1.0"')
	cni STATUS macvlan <<<"$c"
	assert_success
	host ip link set uplink down
	cni STATUS macvlan <<<"$c"
	assert_error 50 "master uplink is down"
	host ip link delete uplink
	cni STATUS macvlan <<<"$c"
	assert_error 50 "master uplink is missing"
}

@test "macvlan: the reference checks and deletes what is ours, and the other way round" {
	local c ours=$BIN reference=$REFERENCE_BIN

	c=$(conf 41-macvlan)
	new_container c1
	snapshot_host
	add macvlan <<<"$c"
	BIN=$reference cni_path=$reference
	check macvlan <<<"$(with_result "$c")"
	del macvlan <<<"$c"
	refute in_container c1 ip link show dev eth0
	add macvlan <<<"$c"
	BIN=$ours cni_path=$ours
	check macvlan <<<"$(with_result "$c")"
	del macvlan <<<"$c"
	refute in_container c1 ip link show dev eth0
	assert_unchanged
}

@test "macvlan: a second ADD of a living attachment is refused, what a killed one left is replaced" {
	local c

	c=$(conf 41-macvlan)
	new_container c1
	add macvlan <<<"$c"
	result=$stdout
	cni ADD macvlan <<<"$c"
	assert_error 103 "failed to create macvlan eth0"
	check macvlan <<<"$(with_result "$c" "$result")"
	in_container c1 ip link set eth0 down
	add macvlan <<<"$c"
	check macvlan <<<"$(with_result "$c")"
	ip netns delete c1
	del macvlan <<<"$c"
	assert_eq "$(leases 192)" 0 "leases"
}
