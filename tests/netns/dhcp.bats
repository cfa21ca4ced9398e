#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# dhcp with a server on a switch: dnsmasq.

load helpers
load dhcp

setup() {
	setup_dhcp
	new_switch
}

teardown() {
	teardown_dhcp
}

@test "dhcp: a lease as a result: address, routes, DNS; CHECK, and DEL gives it back" {
	local c

	dnsmasq_serves --dhcp-option=121,10.99.0.0/16,10.7.0.254,0.0.0.0/0,10.7.0.1 --dhcp-option=option:domain-name,lab.test \
		--dhcp-option=option:domain-search,lab.test,two.lab.test --dhcp-option=option:dns-server,10.7.0.53
	start_daemon
	plug c1
	c=$(dhcp_conf)
	add dhcp <<<"$c"
	assert_json '.ips | length' 1
	assert_json '.ips[0].address | test("^10[.]7[.]0[.](5[0-9]|60)/24$")' true
	assert_json '.ips[0].gateway' '"10.7.0.1"'
	assert_json '.routes' '[{"dst": "10.99.0.0/16", "gw": "10.7.0.254"}, {"dst": "0.0.0.0/0", "gw": "10.7.0.1"}]'
	assert_json '.dns' '{"nameservers": ["10.7.0.53"], "domain": "lab.test", "search": ["lab.test", "two.lab.test"]}'
	check dhcp <<<"$(with_result "$c")"
	[[ -f $(lease_file c1) ]] || fail_because "no file of the lease"
	del dhcp <<<"$c"
	wait_until 5 server_said 1 'DHCPRELEASE.* 10.7.0'
	[[ ! -e $(lease_file c1) ]]
	[[ ! -s $BATS_TEST_TMPDIR/leases ]] || fail_because "the server still has: $(cat "$BATS_TEST_TMPDIR/leases")"
	del dhcp <<<"$c"
}

@test "dhcp behind macvlan: the address in the kernel, partial checksums, RELEASE before the link goes" {
	local c

	dnsmasq_serves
	start_daemon
	host ip link add uplink type veth peer name up-switch
	host ip link set up-switch master switch up
	host ip link set uplink up
	c=$(conf 46-dhcp ".ipam.daemonSocketPath = \"$socket\"")
	attach macvlan c1 "$c"
	del macvlan <<<"$c"
	wait_until 5 server_said 1 "DHCPRELEASE.* ${address%/*}"
	[[ ! -s $BATS_TEST_TMPDIR/leases ]]
	# A namespace that ADD finds no server for keeps neither link nor lease.
	end_server
	new_container c2
	cni ADD macvlan <<<"$(jq '.ipam.timeout = 1' <<<"$c")"
	assert_error 999 "error calling DHCP.Allocate: no more tries"
	assert_json '.details | contains("heard no DHCP server")' true
	refute in_container c2 ip link show dev eth0
	[[ ! -e $(lease_file c2) ]]
}

@test "dhcp behind bridge: the switch is its bridge, the MAC check is there before the first packet, undo gives back" {
	local c

	dnsmasq_serves
	start_daemon
	c=$(conf 10-bridge ".bridge = \"switch\" | .isGateway = false | .isDefaultGateway = false | .ipMasq = false | .macspoofchk = true
		| .hairpinMode = false | .ipam = {type: \"dhcp\", daemonSocketPath: \"$socket\"}")
	snapshot_host
	attach bridge c1 "$c"
	host nft list table bridge cni_macspoof | grep -q c1
	del bridge <<<"$c"
	wait_until 5 server_said 1 "DHCPRELEASE.* ${address%/*}"
	assert_unchanged
	# A result that cannot be told is taken back, with the lease.
	use_container c1
	CLOSED='>&-' cni ADD bridge <<<"$c"
	[[ $status != 0 ]]
	wait_until 5 server_said 2 "DHCPRELEASE.* 10.7.0"
	[[ ! -s $BATS_TEST_TMPDIR/leases ]]
	assert_unchanged
	cni ADD bridge <<<"$(jq '.ipspoofchk = true' <<<"$c")"
	assert_error 7 "ipspoofchk cannot work with dhcp"
}

@test "dhcp behind ptp: the host is the server, by the other end of the pair" {
	local c

	answer_by routed
	SERVER=$HOST liar_serves any
	start_daemon
	c=$(conf 20-kindnet ".cniVersion = \"1.0.0\" | .ipMasq = false | .ipam = {type: \"dhcp\", daemonSocketPath: \"$socket\"}" ptp)
	attach ptp c1 "$c"
	assert_eq "$address" 10.7.0.66/24
	del ptp <<<"$c"
	wait_until 5 server_said 1 'RELEASE 10.7.0.66'
	[[ ! -e $(lease_file c1) ]]
}

@test "dhcp: versions of CNI, oldest and newest, by night all: ADD, CHECK where there is one, DEL twice; a pool of one has nothing for a second" {
	local version c

	serve dnsmasq --conf-file=/dev/null --keep-in-foreground --no-hosts --no-resolv --port=0 --no-ping --interface=eth0 --bind-interfaces \
		--dhcp-range=10.7.0.5,10.7.0.5,255.255.255.0,2m --dhcp-leasefile="$BATS_TEST_TMPDIR/leases" --log-dhcp --log-facility=- --user=root
	wait_until 5 listens
	start_daemon
	plug c2
	plug c1
	for version in 0.1.0 ${DHCP_ROUNDS:+0.2.0 0.3.0 0.3.1 0.4.0 1.0.0} 1.1.0; do
		c=$(dhcp_conf ".cniVersion = \"$version\" | .ipam.timeout = 1")
		add dhcp <<<"$c"
		assert_eq "$(jq -r '.ip4.ip // .ips[0].address' <<<"$stdout")" 10.7.0.5/24
		[[ $version < 0.4.0 ]] || check dhcp <<<"$(with_result "$c" "$stdout")"
		if [[ $version == @(0.1.0|1.1.0) ]]; then
			use_container c2
			cni ADD dhcp <<<"$c"
			assert_error 999 "error calling DHCP.Allocate: no more tries"
			use_container c1
		fi
		del dhcp <<<"$c"
		del dhcp <<<"$c"
		wait_until 5 test ! -s "$BATS_TEST_TMPDIR/leases"
	done
}

@test "dhcp behind host-device asks through the interface it lends" {
	local c

	dnsmasq_serves
	start_daemon
	host ip link add spare type veth peer name up-switch
	host ip link set up-switch master switch up
	c=$(conf 45-host-device ".device = \"spare\" | del(.hwaddr, .kernelpath, .pciBusID)
		| .ipam = {type: \"dhcp\", daemonSocketPath: \"$socket\"}")
	attach host-device c1 "$c"
	del host-device <<<"$c"
	wait_until 5 server_said 1 "DHCPRELEASE.* ${address%/*}"
	host ip link show dev spare >/dev/null
}

@test "dhcp: after many ADD and DEL the server's pool of 11 is as full as before" {
	local c i

	dnsmasq_serves
	start_daemon
	c=$(dhcp_conf)
	plug c1
	for ((i = 0; i < ${DHCP_ROUNDS:-12}; i++)); do
		add dhcp <<<"$(jq ".ipam.clientId = \"ff$(printf %04x "$i")\"" <<<"$c")"
		del dhcp <<<"$c"
	done
	wait_until 5 server_said "$i" DHCPRELEASE
	[[ ! -s $BATS_TEST_TMPDIR/leases ]]
}

@test "dhcp: what is asked and sent: client id, host name, provided and requested options" {
	local c

	dnsmasq_serves
	start_daemon
	plug c1
	args='IgnoreUnknown=1;K8S_POD_NAME=web-0'
	c=$(dhcp_conf '.ipam += {hostname: "web", request: [{option: "ntp-servers"}, {skipDefault: true}, {option: "3"}, {option: "1"}],
		provide: [{option: "vendor-class-identifier", value: "lab"}, {option: "77", value: "x", fromArg: "K8S_POD_NAME"}]}')
	add dhcp <<<"$c"
	wait_until 5 server_said 1 'vendor class: lab'
	server_said 1 'client provides name: web'
	server_said 1 'user class: web-0\|sent size.*77'
	server_said 1 'requested options: 42:ntp-server, 3:router, 1:netmask'
	grep -q ' 00:63:31:2f:6c:61:6e:2f:65:74:68:30$' "$BATS_TEST_TMPDIR/leases" || fail_because "$(cat "$BATS_TEST_TMPDIR/leases")"
	del dhcp <<<"$c"
	args=''
	for id_and_wanted in 'mac 01:' 'container 00:63:31$' 'ff00010203 ff:00:01:02:03$'; do
		add dhcp <<<"$(dhcp_conf ".ipam.clientId = \"${id_and_wanted% *}\"")"
		grep -q " ${id_and_wanted#* }" "$BATS_TEST_TMPDIR/leases" || fail_because "$(cat "$BATS_TEST_TMPDIR/leases")"
		del dhcp <<<"$c"
		wait_until 5 test ! -s "$BATS_TEST_TMPDIR/leases"
	done
	cni ADD dhcp <<<"$(dhcp_conf '.ipam.clientId = "nobody"')"
	assert_error 7 "clientId: nobody is no client identifier"
	cni ADD dhcp <<<"$(dhcp_conf '.ipam.provide = [{option: "no-such", value: "x"}]')"
	assert_error 999 "Can not parse option: no-such"
}

@test "dhcp: without a daemon: ADD and STATUS say what to start, DEL gives the lease back itself" {
	local c

	dnsmasq_serves
	c=$(dhcp_conf)
	plug c1
	cni ADD dhcp <<<"$c"
	assert_error 999 "error dialing DHCP daemon"
	assert_json '.details | contains("cni-dhcp.socket")' true
	cni STATUS dhcp <<<"$c"
	assert_error 50 "error dialing DHCP daemon"
	del dhcp <<<"$c"
	start_daemon
	cni STATUS dhcp <<<"$c"
	assert_success
	add dhcp <<<"$c"
	kill_daemon
	del dhcp <<<"$c"
	wait_until 5 server_said 1 DHCPRELEASE
	[[ ! -e $(lease_file c1) ]]
	start_daemon
	cni CHECK dhcp <<<"$(with_result "$c" '{"cniVersion": "1.1.0", "ips": []}')"
	assert_error 104 "knows no lease"
}

@test "dhcp: GC gives back what the runtime does not know" {
	local c one

	dnsmasq_serves
	start_daemon
	c=$(dhcp_conf)
	plug c1
	add dhcp <<<"$c"
	one=$stdout
	plug c2
	add dhcp <<<"$c"
	cni GC dhcp CNI_CONTAINERID= CNI_NETNS= CNI_IFNAME= <<<"$c"
	assert_success
	[[ -e $(lease_file c2) ]]
	cni GC dhcp CNI_CONTAINERID= CNI_NETNS= CNI_IFNAME= \
		<<<"$(jq '."cni.dev/valid-attachments" = [{containerID: "c1", ifname: "eth0"}]' <<<"$c")"
	assert_success
	[[ ! -e $(lease_file c2) && -e $(lease_file c1) ]]
	use_container c1
	check dhcp <<<"$(with_result "$c" "$one")"
}

@test "dhcp: of two servers one gives a lease, and the other keeps its address" {
	local c

	dnsmasq_serves
	new_server second 10.7.0.2
	SERVER=second udhcpd_serves 60
	start_daemon
	c=$(dhcp_conf)
	plug c1
	add dhcp <<<"$c"
	assert_json '.ips | length' 1
	# The one that was not taken has given nothing.
	if [[ $(jq -r '.ips[0].address' <<<"$stdout") == 10.7.0.[78]* ]]; then
		[[ ! -s $BATS_TEST_TMPDIR/leases ]]
	else
		[[ -s $BATS_TEST_TMPDIR/leases ]]
	fi
	check dhcp <<<"$(with_result "$c")"
	del dhcp <<<"$c"
	wait_until 5 test ! -s "$BATS_TEST_TMPDIR/leases"
}

@test "dhcp: ipv6 slaac: the address of an advertisement is in the result, and on the interface once" {
	local c

	in_container server ip addr add fd00:7::1/64 dev eth0 nodad
	dnsmasq_serves --enable-ra --dhcp-range=fd00:7::,ra-only --ra-param=eth0,4
	start_daemon
	c=$(conf 10-bridge ".bridge = \"switch\" | .isGateway = false | .isDefaultGateway = false | .ipMasq = false | .hairpinMode = false
		| .acceptRA = true | .ipam = {type: \"dhcp\", daemonSocketPath: \"$socket\", ipv6: \"slaac\"}")
	attach bridge c1 "$c"
	assert_eq "$(jq -r '.ips[1].address | split(":")[0:2] | join(":")' <<<"$result")" fd00:7
	assert_match "$(jq -r '.ips[1].gateway' <<<"$result")" '^fe80:'
	in_container c1 ip -j -6 addr show dev eth0 scope global | jq -e --arg a "$(jq -r '.ips[1].address' <<<"$result")" \
		'[.[].addr_info[] | select(.local) | "\(.local)/\(.prefixlen)"] == [$a]'
	in_container c1 ping -qc 1 -W 10 fd00:7::1
	del bridge <<<"$c"
	# Without advertisements ADD says so, and leaves nothing.
	end_server
	dnsmasq_serves
	new_container c2
	cni ADD bridge <<<"$c"
	assert_error 11 "ipv6: eth0 got no address of an advertisement"
	wait_until 5 server_said 2 DHCPRELEASE
	refute in_container c2 ip link show dev eth0
}

@test "dhcp: an ADD of the same container in a new namespace gives the old lease back and gets one there" {
	local c

	dnsmasq_serves
	start_daemon
	c=$(dhcp_conf)
	plug c1
	add dhcp <<<"$c"
	plug c2
	id=c1
	add dhcp <<<"$c"
	wait_until 5 server_said 1 DHCPRELEASE
	answers
	check dhcp <<<"$(with_result "$c")"
	assert_eq "$(jq -r .netns "$(lease_file c1)")" /run/netns/c2
	# Once more in the same place: the same lease, without a packet.
	add dhcp <<<"$c"
	assert_eq "$(grep -c DHCPACK "$BATS_TEST_TMPDIR/server.log")" 2 ACKs
}

@test "dhcp: conflictCheck: an address that another has is declined, the next is taken" {
	local c taken

	dnsmasq_serves
	start_daemon
	plug c1
	c=$(dhcp_conf '.ipam += {clientId: "duid", timeout: 8}')
	# What the server has for this client, which another has without asking.
	add dhcp <<<"$c"
	taken=$(jq -r '.ips[0].address | split("/")[0]' <<<"$stdout")
	del dhcp <<<"$c"
	in_use "$taken"
	c=$(jq '.ipam.conflictCheck = true' <<<"$c")
	add dhcp <<<"$c"
	[[ $(jq -r '.ips[0].address' <<<"$stdout") != "$taken/24" ]]
	server_said 1 "DHCPDECLINE.* $taken"
	check dhcp <<<"$(with_result "$c")"
	# No socket for ARP stays.
	wait_until 3 has_no_socket c1
	del dhcp <<<"$c"
	wait_until 5 test ! -s "$BATS_TEST_TMPDIR/leases"
}

@test "dhcp: clientId duid: the same client whatever the MAC and the network's server, another for another interface" {
	local c first

	dnsmasq_serves
	start_daemon
	plug c1
	c=$(dhcp_conf '.ipam.clientId = "duid"')
	add dhcp <<<"$c"
	# RFC 4361: 255, four bytes, then a DUID: of kind 4 here.
	first=$(awk '{ print $5 }' "$BATS_TEST_TMPDIR/leases")
	assert_match "$first" '^ff(:[0-9a-f]{2}){4}:00:04(:[0-9a-f]{2}){16}$'
	in_container c1 ip link set eth0 down
	in_container c1 ip link set eth0 address 02:00:00:00:00:99 up
	add dhcp <<<"$c"
	wait_until 5 server_said 2 DHCPACK
	assert_eq "$(awk '{ print $2, $5 }' "$BATS_TEST_TMPDIR/leases")" "02:00:00:00:00:99 $first"
	host ip link add p2 type veth peer name net1 netns c1
	host ip link set p2 master switch up
	cni ADD dhcp CNI_IFNAME=net1 <<<"$c"
	assert_success
	assert_eq "$(awk '{ print substr($5, 16) }' "$BATS_TEST_TMPDIR/leases" | sort -u | wc -l)" 1 DUIDs
	assert_eq "$(wc -l <"$BATS_TEST_TMPDIR/leases")" 2 leases
}

@test "dhcp: the MTU of option 26 is that of the routes, in the result, in the kernel and after a new lease" {
	local c

	dnsmasq_serves --dhcp-option=26,1400
	start_daemon
	c=$(conf 10-bridge ".bridge = \"switch\" | .isGateway = false | .isDefaultGateway = false | .ipMasq = false | .hairpinMode = false
		| .ipam = {type: \"dhcp\", daemonSocketPath: \"$socket\"}")
	attach bridge c1 "$c"
	assert_eq "$(jq -c .routes <<<"$result")" '[{"dst":"0.0.0.0/0","gw":"10.7.0.1","mtu":1400}]'
	in_container c1 ip -j route show default | jq -e '.[0].metrics[0].mtu == 1400' >/dev/null
	in_container c1 ip -j link show dev eth0 | jq -e '.[0].mtu == 1500' >/dev/null
	del bridge <<<"$c"
	end_server
	dnsmasq_serves --dhcp-option=26,9000
	new_container c2
	add bridge <<<"$c"
	assert_json .routes '[{"dst": "0.0.0.0/0", "gw": "10.7.0.1"}]'
	del bridge <<<"$c"
}
