#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# host-device, with the host's uplink, behind which is an outside host.

load helpers

setup() {
	setup_host
	# The first test waits as one does without it.
	QUICK_DAD=1
	new_outside
	host ip link set uplink mtu 1400 address 02:00:00:00:00:01
	host ip link property add dev uplink altname uplink-by-its-long-name
	host ip addr add 203.0.113.7/32 dev uplink scope link label uplink:x
	host ip route add 198.51.100.0/24 via 192.0.2.2 metric 7 mtu 1300
	host ip route add 198.51.100.0/24 via 192.0.2.2 table 100 proto static
	host ip -6 route add 2001:db8:5::/64 via 2001:db8::2 dev uplink metric 9
	# Routes with several links: of them the kernel drops one, or of IPv6 one hop.
	host ip link add second type veth peer name second-end
	host ip link set second-end up
	host ip link set second up
	host ip addr add 192.0.3.1/24 dev second
	host ip addr add 2001:db8:3::1/64 dev second nodad
	host ip route add 198.51.101.0/24 nexthop via 192.0.3.2 weight 3 nexthop via 192.0.2.2 weight 2
	host ip -6 route add 2001:db8:6::/64 nexthop via 2001:db8:3::2 weight 2 nexthop via 2001:db8::2 weight 2
	wait_until 5 refute grep -q linkdown <(host ip route)
	# Both default routes, which assert_unchanged compares too, are from new_outside.
	wait_until 5 host ping -c 1 -W 1 2001:db8::2
}

# has NAME FILTER: about a link of the selected container
has() {
	in_container "$id" ip -j -d link show dev "$1" | jq -e ".[0] | $2" >/dev/null ||
		fail_because "$2: $(in_container "$id" ip -j -d link show dev "$1")"
}

remembered() {
	find /run/cni/host-device -type f 2>/dev/null | wc -l
}

leases() {
	find "$data_dir" -name '192.*' 2>/dev/null | wc -l
}

@test "host-device: the device goes, works, and comes back with all it had" {
	local c result

	c=$(conf 45-host-device)
	QUICK_DAD='' new_container c1
	snapshot_host
	add host-device <<<"$c"
	assert_eq "$stderr" "" "stderr"
	result=$stdout
	assert_json '.interfaces | map([.name, .mac, .sandbox])' '[["eth0", "02:00:00:00:00:01", "/run/netns/c1"]]'
	assert_json '.ips | map(.interface)' '[0, 0]'
	refute host ip link show dev uplink
	has eth0 '.ifalias == "uplink" and (.flags | index("UP")) and .mtu == 1400'
	in_container c1 ping -c 1 -W 10 192.0.2.2
	in_container c1 ping -c 1 -W 10 2001:db8::2
	check host-device <<<"$(with_result "$c" "$result")"
	cni ADD host-device <<<"$c"
	assert_error 103 "failed to move the device to eth0"
	check host-device <<<"$(with_result "$c" "$result")"
	del host-device <<<"$c"
	assert_eq "$stderr" "" "stderr"
	refute in_container c1 ip link show dev eth0
	assert_unchanged
	assert_eq "$(remembered)" 0 "files"
	del host-device <<<"$c"
	assert_unchanged
	host ping -c 1 -W 10 192.0.2.2
	host ping -c 1 -W 10 2001:db8::2
}

@test "host-device: what a container did to the device does not reach the host" {
	local c name

	c=$(conf 45-host-device 'del(.ipam)')
	new_container c1
	snapshot_host
	add host-device <<<"$c"
	assert_json '.ips // []' '[]'
	in_container c1 ip link set eth0 down
	in_container c1 ip link set eth0 name docker0 address 02:00:00:00:00:66 mtu 9000
	in_container c1 ip link set docker0 alias lo promisc on allmulticast on up
	in_container c1 ip link set docker0 broadcast 02:00:00:00:00:99 mode dormant multicast off arp off txqueuelen 1
	in_container c1 ip link set docker0 group 77 gso_max_size 3000 gso_max_segs 2 gro_max_size 4000
	in_container c1 ip link property add dev docker0 altname cni0
	in_container c1 ip link property add dev docker0 altname sit0
	in_container c1 ip link property del dev docker0 altname uplink-by-its-long-name
	in_container c1 ip addr add 10.66.0.1/8 dev docker0
	in_container c1 ip link add br0 type bridge
	in_container c1 ip link set docker0 master br0
	del host-device <<<"$c"
	assert_eq "$stderr" "" "stderr"
	for name in docker0 cni0 sit0 eth0; do
		refute host ip link show dev "$name"
	done
	assert_unchanged
}

@test "host-device: a link that a container puts in the device's place stays there" {
	local c index

	c=$(conf 45-host-device)
	new_container c1
	add host-device <<<"$c"
	index=$(in_container c1 ip -j link show dev eth0 | jq '.[0].ifindex')
	# Its other end is the container's.
	in_container c1 ip link delete eth0
	in_container c1 ip link add eth0 index "$index" address 02:00:00:00:00:01 type veth peer name cable index 99
	in_container c1 ip link set eth0 alias uplink up
	snapshot_host
	del host-device <<<"$c"
	assert_eq "$(leases)" 0 "leases"
	assert_eq "$(remembered)" 0 "files"
	has eth0 '.linkinfo.info_kind == "veth"'
	refute host ip link show dev uplink
	del host-device <<<"$c"
	has eth0 '.linkinfo.info_kind == "veth"'
	# Nor one whose other end is in a namespace below.
	ip netns add below
	in_container c1 ip link set cable netns below
	del host-device <<<"$c"
	refute host ip link show dev uplink
	assert_eq "$(host ip -j link show type veth | jq length)" 2 "links of the host"
}

@test "host-device: a virtual device that its container moved further comes home" {
	local c

	c=$(conf 45-host-device '.cniVersion = "1.1.0"')
	# Its other end is on the host, whose kernel tells where it leads to.
	host ip link add ours type veth peer name end
	c=$(jq '.device = "ours"' <<<"$c")
	new_container c1
	add host-device <<<"$c"
	ip netns add below
	# There it gets another number, too.
	in_container below ip link add taken index "$(in_container c1 ip -j link show dev eth0 | jq '.[0].ifindex')" type bridge
	in_container c1 ip link set eth0 netns below name elsewhere
	del host-device <<<"$c"
	assert_eq "$stderr" "" "stderr"
	host ip link show dev ours
	assert_eq "$(leases) $(remembered)" "0 0" "leases and files"
	# Also when nobody says where it was, and that ends first.
	add host-device <<<"$c"
	in_container c1 ip link set eth0 netns below
	ip netns delete c1
	cni GC host-device <<<"$(jq '."cni.dev/valid-attachments" = []' <<<"$c")"
	assert_success
	host ip link show dev ours
	refute in_container below ip link show dev eth0
	assert_eq "$(leases) $(remembered)" "0 0" "leases and files"
}

@test "host-device: DEL tells of a virtual device that is not to be had" {
	local c pid

	c=$(conf 45-host-device)
	new_container c1
	add host-device <<<"$c"
	in_container c1 ip link delete eth0
	del host-device <<<"$c"
	assert_match "$stderr" "uplink is not home: something in /run/netns/c1 deleted it, or moved it to another namespace"
	assert_eq "$(leases) $(remembered)" "0 0" "leases and files"
	# In a namespace that is not to be seen; once it is, or ends, it is the next verb's.
	host ip link add uplink type veth peer name end
	add host-device <<<"$c"
	ip netns add below
	in_container c1 ip link set eth0 netns below
	exec 7</run/netns/below
	ip netns delete below
	del host-device <<<"$c"
	assert_match "$stderr" "uplink is in a namespace that cannot be opened"
	assert_eq "$(leases) $(remembered)" "0 1" "leases and files"
	nsenter --net=/proc/self/fd/7 sleep 60 &
	pid=$!
	exec 7<&-
	wait_until 10 eval '[[ $(readlink /proc/$pid/ns/net) != "$(readlink /proc/self/ns/net)" ]]'
	del host-device <<<"$c"
	kill "$pid"
	assert_eq "$stderr" "" "stderr"
	host ip link show dev uplink
	assert_eq "$(leases) $(remembered)" "0 0" "leases and files"
}

@test "host-device: a name that the host uses by now is an error, and the device waits" {
	local c

	c=$(conf 45-host-device)
	new_container c1
	snapshot_host
	add host-device <<<"$c"
	host ip link add uplink type bridge
	cni DEL host-device <<<"$c"
	assert_error 103 "failed to bring uplink back to the host"
	has eth0 '.mtu == 1400'
	assert_eq "$(host ip -j -d link show dev uplink | jq -r '.[0].linkinfo.info_kind')" bridge "the host's link"
	host ip link delete uplink
	del host-device <<<"$c"
	assert_unchanged
}

@test "host-device: DEL and GC need no namespace, no result and no configuration of the device" {
	local c

	c=$(conf 45-host-device '.cniVersion = "1.1.0"')
	new_container c1
	snapshot_host
	add host-device <<<"$c"
	netns='' del host-device <<<"$(jq 'del(.device)' <<<"$c")"
	assert_unchanged
	add host-device <<<"$c"
	cni GC host-device <<<"$(jq '."cni.dev/valid-attachments" = [{containerID: "c1", ifname: "eth0"}]' <<<"$c")"
	assert_success
	refute host ip link show dev uplink
	cni GC host-device <<<"$(jq '."cni.dev/valid-attachments" = [] | .name = "another"' <<<"$c")"
	assert_success
	refute host ip link show dev uplink
	cni GC host-device <<<"$(jq '."cni.dev/valid-attachments" = []' <<<"$c")"
	assert_success
	assert_unchanged
	# A virtual device ends with its namespace.
	add host-device <<<"$c"
	ip netns delete c1
	wait_until 5 refute in_container outside ip link show dev eth0
	del host-device <<<"$c"
	assert_eq "$(leases) $(remembered)" "0 0" "leases and files"
}

@test "host-device: what a killed ADD left is brought home by the next one, and by DEL" {
	local c call

	c=$(conf 45-host-device)
	new_container c1
	snapshot_host
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN
	for call in 1 2; do
		# The write of what the container's side shows comes after the move.
		host env -i CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$cni_path" \
			strace -o /dev/null -e trace=rename -e inject=rename:signal=KILL:when=2 "$BIN/host-device" <<<"$c" || true
		refute host ip link show dev uplink
		[[ $call == 2 ]] || add host-device <<<"$c"
		del host-device <<<"$c"
		assert_unchanged
	done
	assert_eq "$(remembered)" 0 "files"
}

# killed_del CONFIGURATION CALL WHEN: a DEL that ends before its WHENth CALL
killed_del() {
	host env -i CNI_COMMAND=DEL CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
		strace -o /dev/null -e trace="$2" -e inject="$2:signal=KILL:when=$3" "$PLAIN_BIN/host-device" <<<"$1" || true
}

# bats test_tags=night
@test "host-device: wherever a DEL is killed, the next one brings a virtual device home" {
	local c n

	c=$(conf 45-host-device)
	new_container c1
	snapshot_host
	for ((n = 3; n <= 40; n += 4)); do
		add host-device <<<"$c"
		killed_del "$c" sendto "$n"
		[[ $n != 11 ]] || netns='' del host-device <<<"$c"
		del host-device <<<"$c"
		assert_unchanged
		assert_eq "$(remembered)" 0 "files"
		refute grep -q host-device /proc/self/mounts
		refute in_container c1 ip link show dev eth0
	done
	# GC does the same.
	c=$(jq '.cniVersion = "1.1.0"' <<<"$c")
	add host-device <<<"$c"
	killed_del "$c" umount2 1
	cni GC host-device <<<"$(jq '."cni.dev/valid-attachments" = []' <<<"$c")"
	assert_success
	assert_unchanged
	refute grep -q host-device /proc/self/mounts
}

@test "host-device: alternative names that a container gives while DEL works are not in its way" {
	local c pid

	c=$(conf 45-host-device)
	new_container c1
	snapshot_host
	in_container c1 ip link set lo name hidden
	add host-device <<<"$c"
	# The namespace between is made when the names that were there are gone.
	host env -i CNI_COMMAND=DEL CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
		strace -o "$BATS_TEST_TMPDIR/trace" -e trace=unshare -e inject=unshare:delay_enter=2000000 "$PLAIN_BIN/host-device" \
		<<<"$c" >"$BATS_TEST_TMPDIR/answer" 3>&- &
	pid=$!
	wait_until 10 grep -q unshare "$BATS_TEST_TMPDIR/trace"
	in_container c1 ip link property add dev eth0 altname lo
	in_container c1 ip link property add dev eth0 altname uplink
	wait "$pid"
	assert_eq "$(<"$BATS_TEST_TMPDIR/answer")" "" "what DEL prints"
	assert_unchanged
	assert_eq "$(remembered)" 0 "files"
}

# killed_add CONFIGURATION: an ADD that ends when it has moved the device and noted nothing of it
killed_add() {
	host env -i CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
		strace -o /dev/null -e trace=rename -e inject=rename:signal=KILL:when=2 "$PLAIN_BIN/host-device" <<<"$1" || true
	refute host ip link show dev uplink
}

@test "host-device: wherever a DEL is killed after an ADD that was, the next one brings all back" {
	local c n

	c=$(conf 45-host-device)
	new_container c1
	snapshot_host
	for ((n = 12; n <= 44; n += 4)); do
		killed_add "$c"
		killed_del "$c" sendto "$n"
		del host-device <<<"$c"
		assert_unchanged
		assert_eq "$(remembered)" 0 "files"
		refute grep -q host-device /proc/self/mounts
		refute in_container c1 ip link show dev eth0
	done
}

@test "host-device: a link of the container with the alias and the number of the other end is none of the host's" {
	local c peer

	c=$(conf 45-host-device)
	new_container c1
	killed_add "$c"
	peer=$(in_container c1 ip -j link show dev eth0 | jq '.[0].link_index')
	in_container c1 ip link delete eth0
	ip netns add below
	in_container below ip link add cable index "$peer" type veth peer name eth0 netns c1
	in_container c1 ip link set eth0 alias uplink
	del host-device <<<"$c"
	assert_match "$stderr" "is none of the host's"
	has eth0 '.linkinfo.info_kind == "veth"'
	refute host ip link show dev uplink
	refute grep -q host-device /proc/self/mounts
	assert_eq "$(remembered)" 0 "files"
	# One that led to the host itself.
	in_container c1 ip link delete eth0
	host ip link add uplink index 700 type veth peer name end index 701
	host ip link set uplink address 02:00:00:00:00:01
	killed_add "$c"
	in_container c1 ip link delete eth0
	in_container below ip link add cable index 701 type veth peer name eth0 netns c1
	in_container c1 ip link set eth0 alias uplink
	del host-device <<<"$c"
	assert_match "$stderr" "is none of the host's"
	refute host ip link show dev uplink
}

@test "host-device: CHECK knows the device, STATUS looks for it" {
	local c result

	c=$(conf 45-host-device '.cniVersion = "1.1.0"')
	cni STATUS host-device <<<"$c"
	assert_success
	cni STATUS host-device <<<"$(jq 'del(.device)' <<<"$c")"
	assert_success
	cni STATUS host-device <<<"$(jq '.device = "nosuch"' <<<"$c")"
	assert_error 50 "failed to find physical interface"
	new_container c1
	add host-device <<<"$c"
	result=$(with_result "$c")
	cni STATUS host-device <<<"$c"
	assert_success
	in_container c1 ip link set eth0 down
	in_container c1 ip link set eth0 name other
	in_container c1 ip link add eth0 type veth peer name cable
	in_container c1 ip link set eth0 address 02:00:00:00:00:01 up
	in_container c1 ip addr add 10.45.0.10/16 dev eth0
	jq -r '.prevResult.ips[].address' <<<"$result" | while read -r address; do in_container c1 ip addr replace "$address" dev eth0 nodad; done
	cni CHECK host-device <<<"$(jq 'del(.prevResult.routes)' <<<"$result")"
	assert_error 104 "is another device than uplink"
}

@test "host-device: what an ADD left that was killed after the move comes home by its alias" {
	local c

	c=$(conf 45-host-device)
	new_container c1
	# The device gets another number there.
	in_container c1 ip link add taken index "$(host ip -j link show dev uplink | jq '.[0].ifindex')" type bridge
	killed_add "$c"
	del host-device <<<"$c"
	host ping -c 1 -W 10 192.0.2.2
	host ip route | grep -q 198.51.101.0/24
	host ip -6 route show 2001:db8:6::/64 | grep -q uplink
}

@test "host-device: an ADD that fails leaves the device at home" {
	local words filter code

	new_container c1
	snapshot_host
	while IFS='|' read -r code filter words; do
		cni ADD host-device <<<"$(conf 45-host-device "$filter")"
		assert_error "$code" "$words"
		assert_unchanged
		assert_eq "$(remembered)" 0 "files"
		del host-device <<<"$(conf 45-host-device "$filter")"
	done <<-'END'
		999|del(.device)|specify either "device", "hwaddr", "kernelpath" or "pciBusID"
		999|.device = "nosuch"|failed to find physical interface
		999|.device = "lo"|lo is the host's loopback interface
		7|.kernelpath = "/sys/devices/../class"|is no folder below /sys/devices/
		7|.kernelpath = "/etc"|is no folder below /sys/devices/
		7|.pciBusID = "../x"|is no device id
		7|.hwaddr = "x"|is no unicast Ethernet address
		100|.ipam.routes = [{ dst: "10.41.0.0/24", gw: "10.99.0.1" }]|add route 10.41.0.0/24
	END
	in_container c1 ip link add eth0 type bridge
	in_container c1 ip link set eth0 up
	cni ADD host-device <<<"$(conf 45-host-device)"
	assert_error 103 "failed to move the device to eth0"
	del host-device <<<"$(conf 45-host-device)"
	has eth0 '.linkinfo.info_kind == "bridge"'
	assert_unchanged
}

@test "host-device: hwaddr, kernelpath, pciBusID, deviceID and auxiliary devices" {
	local filter c place

	new_container c1
	mount -t tmpfs none /sys/bus
	mkdir -p /sys/bus/pci/devices/0000:00:1f.6/net/uplink /sys/bus/pci/devices/0000:00:03.0/virtio7/net/uplink \
		/sys/bus/auxiliary/devices/mlx5_core.sf.4/net/uplink
	place=$(find /sys/devices -mindepth 1 -maxdepth 1 -type d | head -n 1)
	mount -t tmpfs none "$place"
	mkdir -p "$place/card/net/uplink"
	snapshot_host
	while read -r filter; do
		c=$(conf 45-host-device "del(.ipam, .device) | $filter")
		add host-device <<<"$c"
		has eth0 '.address == "02:00:00:00:00:01"'
		check host-device <<<"$(with_result "$c")"
		del host-device <<<"$c"
		assert_unchanged
	done <<-END
		.hwaddr = "02:00:00:00:00:01"
		.kernelpath = "$place/card"
		.pciBusID = "0000:00:1f.6"
		.pciBusID = "0000:00:03.0"
		.runtimeConfig.deviceID = "0000:00:1f.6"
		.pciBusID = "0000:00:99.9" | .runtimeConfig.deviceID = "mlx5_core.sf.4"
	END
	cni ADD host-device <<<"$(conf 45-host-device 'del(.device) | .runtimeConfig.deviceID = "nosuch"')"
	assert_error 999 "runtime config deviceID nosuch not found or unsupported"
	umount /sys/bus "$place"
}

@test "host-device: of several selectors the first counts, in the order of the reference" {
	local place c filter

	new_container c1
	host ip link set second address 02:00:00:00:00:02
	mount -t tmpfs none /sys/bus
	mkdir -p /sys/bus/pci/devices/0000:00:1f.6/net/second
	place=$(find /sys/devices -mindepth 1 -maxdepth 1 -type d | head -n 1)
	mount -t tmpfs none "$place"
	mkdir -p "$place/card/net/uplink" "$place/other/net/second"
	while read -r filter; do
		c=$(conf 45-host-device "del(.ipam, .device) | $filter")
		add host-device <<<"$c"
		has eth0 '.ifalias == "uplink"'
		del host-device <<<"$c"
	done <<-END
		.device = "uplink" | .hwaddr = "02:00:00:00:00:02"
		.hwaddr = "02:00:00:00:00:01" | .kernelpath = "$place/other"
		.kernelpath = "$place/card" | .pciBusID = "0000:00:1f.6"
	END
	umount /sys/bus "$place"
	cni CHECK host-device <<<"$(with_result "$(conf 45-host-device 'del(.device)')" '{"cniVersion": "1.0.0", "interfaces": []}')"
	assert_error_is 999 'specify either "device", "hwaddr", "kernelpath" or "pciBusID"'
}

@test "host-device: a link of the host with the container's name is another's; address beside Address" {
	local c result

	new_container c1
	host ip link add eth0 type bridge
	c=$(conf 45-host-device '.ipam = {type: "static", addresses: [{Address: "192.0.2.9/24", address: "192.0.2.50/24"}]}')
	snapshot_host
	add host-device <<<"$c"
	result=$stdout
	assert_json '.ips | map(.address)' '["192.0.2.50/24"]'
	has eth0 '.ifalias == "uplink"'
	assert_eq "$(host ip -j -d link show dev eth0 | jq -r '.[0].linkinfo.info_kind')" bridge "the host's eth0"
	check host-device <<<"$(with_result "$c" "$result")"
	del host-device <<<"$c"
	assert_unchanged
	# Its own name is that of the container.
	c=$(jq 'del(.ipam)' <<<"$c")
	ifname=uplink add host-device <<<"$c"
	has uplink '.ifalias == "uplink"'
	ifname=uplink del host-device <<<"$c"
	assert_unchanged
}

@test "host-device: a device of a user space driver only gets addresses in the result" {
	local c driver

	new_container c1
	c=$(conf 45-host-device 'del(.device) | .pciBusID = "0000:00:1f.6"')
	snapshot_host
	for driver in vfio-pci uio_pci_generic igb_uio; do
		mount -t tmpfs none /sys/bus
		mkdir -p /sys/bus/pci/devices/0000:00:1f.6
		ln -s "../../drivers/$driver" /sys/bus/pci/devices/0000:00:1f.6/driver
		add host-device <<<"$c"
		assert_json '.interfaces | map([.name, .mac, .sandbox])' '[["eth0", null, "/run/netns/c1"]]'
		assert_json '.ips | length' 2
		assert_eq "$(in_container c1 ip -o link | wc -l)" 1 "links of the container"
		check host-device <<<"$(with_result "$c")"
		umount /sys/bus
		del host-device <<<"$c"
		assert_unchanged
	done
}

@test "host-device: the reference checks and returns what is ours, and the other way round" {
	local c ours=$BIN reference=$REFERENCE_BIN

	c=$(conf 45-host-device)
	new_container c1
	add host-device <<<"$c"
	BIN=$reference cni_path=$reference
	check host-device <<<"$(with_result "$c")"
	del host-device <<<"$c"
	assert_eq "$(host ip -j link show dev uplink | jq -r '.[0].address')" 02:00:00:00:00:01 "the device at home"
	add host-device <<<"$c"
	# The file that our ADD wrote is stale by now, for nobody told us of the reference's DEL.
	BIN=$ours cni_path=$ours
	check host-device <<<"$(with_result "$c")"
	del host-device <<<"$c"
	host ip link show dev uplink
	rm -rf /run/cni/host-device
	# One whose other end is on the host, as no container can make it.
	host ip link add ours up type veth peer name end
	host ip link set end up
	c=$(jq '.device = "ours"' <<<"$c")
	BIN=$reference cni_path=$reference
	add host-device <<<"$c"
	BIN=$ours cni_path=$ours
	in_container c1 ip link set eth0 alias docker0
	del host-device <<<"$c"
	host ip link show dev ours
	refute host ip link show dev docker0
	assert_eq "$(leases) $(remembered)" "0 0" "leases and files"
}
