#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bridge on a kernel that filters VLANs.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers

teardown() {
	umount /proc/sys 2>/dev/null || true
	teardown_host
}

# network [KEY:VALUE… [FILTER]]: a configuration on bridge br0 with the given keys, in jq's words.
network() {
	jq -n --arg dir "$data_dir" "{
		cniVersion: \"1.0.0\", name: \"lan\", type: \"bridge\", bridge: \"br0\",
		ipam: { type: \"host-local\", dataDir: \$dir, subnet: \"10.7.0.0/24\" }
	} * {${1:-}}${2:-}"
}

# A network without addresses.
layer2() {
	network "$1" '| del(.ipam)'
}

index_of() {
	host ip -o link show dev "$1" | cut -d: -f1
}

filters_vlans() {
	host ip -d link show dev br0 | grep -q 'vlan_filtering 1'
}

# attach NAME [KEY:VALUE…]: a new container on that network; sets $port.
attach() {
	new_container "$1"
	add bridge <<<"$(network "${2:-}")"
	note_result
}

note_result() {
	result=${stdout:-}
	read -r port address <<<"$(jq -r '"\(.interfaces[1].name) \(.ips[0].address // "none/" | split("/")[0])"' <<<"$stdout")"
}

# The VLANs of a link as "1 100p 200t": p is the untagged one that frames from the port belong to, u others that are
# untagged, t tagged ones; ranges as "200-210t".
vlans() {
	host bridge -j -compressvlans vlan show dev "$1" | jq -r '[.[0].vlans[]? |
		(.vlan | tostring) + (if .vlanEnd then "-\(.vlanEnd)" else "" end)
		+ (if (.flags // []) | index("PVID") then "p" elif (.flags // []) | index("Egress Untagged") then "u" else "t" end)] | join(" ")'
}

reaches() {
	in_container "$1" ping -c 1 -W "${PING_SECONDS:-10}" "$2" >/dev/null
}

# A sub-interface eth0.ID with an address in the container of the name.
tagged_interface() {
	in_container "$1" ip link add "eth0.$2" link eth0 type vlan id "$2"
	in_container "$1" ip addr add "$3" dev "eth0.$2"
	in_container "$1" ip link set "eth0.$2" up
}

# ---- membership

@test "vlan is the only VLAN of the port, untagged" {
	attach c1 'vlan: 100'
	assert_eq "$(vlans "$port")" 100p
	filters_vlans
}

@test "preserveDefaultVlan keeps what the bridge gave the port" {
	attach c1 'vlan: 100, preserveDefaultVlan: true'
	assert_eq "$(vlans "$port")" "1u 100p"
}

@test "vlanTrunk is tagged, and VLAN 1 untagged" {
	new_container c1
	add bridge <<<"$(layer2 'vlanTrunk: [{id: 101}, {minID: 200, maxID: 210}, {id: 205}, {id: 300, minID: 211, maxID: 211}]')"
	note_result
	assert_eq "$(vlans "$port")" "1p 101t 200-211t 300t"
}

@test "vlan and vlanTrunk together" {
	new_container c1
	add bridge <<<"$(layer2 'vlan: 100, vlanTrunk: [{minID: 99, maxID: 102}]')"
	note_result
	assert_eq "$(vlans "$port")" "99t 100p 101-102t"
	check bridge <<<"$(with_result "$(layer2 'vlan: 100, vlanTrunk: [{minID: 99, maxID: 102}]')")"
}

@test "every VLAN in one trunk" {
	new_container c1
	add bridge <<<"$(layer2 'vlanTrunk: [{minID: 2, maxID: 4094}]')"
	note_result
	assert_eq "$(vlans "$port")" "1p 2-4094t"
	check bridge <<<"$(with_result "$(layer2 'vlanTrunk: [{minID: 2, maxID: 4094}]')")"
}

@test "an empty vlanTrunk makes the bridge filter and leaves the port's VLANs alone" {
	new_container c1
	add bridge <<<"$(layer2 'vlanTrunk: []')"
	note_result
	assert_eq "$(vlans "$port")" 1p
	filters_vlans
}

@test "without VLAN keys the bridge does not filter" {
	attach c1
	refute filters_vlans
}

@test "VLANs need no setting that a read-only /proc/sys would refuse" {
	mount --bind /proc/sys /proc/sys
	mount -o remount,bind,ro /proc/sys
	new_container c1
	add bridge <<<"$(layer2 'vlan: 100')"
	note_result
	assert_eq "$(vlans "$port")" 100p
	check bridge <<<"$(with_result "$(layer2 'vlan: 100')")"
}

# ---- the bridge

@test "an existing bridge that does not filter is refused, and the remedy helps" {
	new_container c1
	host ip link add br0 type bridge
	host ip link set br0 up
	snapshot_host
	cni ADD bridge <<<"$(network 'vlan: 100')"
	assert_error 103 "does not filter VLANs"
	assert_json '.details | contains("ip link set br0 type bridge vlan_filtering 1")' true
	assert_unchanged
	host ip link set br0 type bridge vlan_filtering 1
	add bridge <<<"$(network 'vlan: 100')"
}

@test "an existing bridge that filters is used" {
	host ip link add br0 type bridge vlan_filtering 1 vlan_default_pvid 5
	attach c1 'vlan: 100'
	assert_eq "$(vlans "$port")" 100p
	attach c2 'vlan: 100, preserveDefaultVlan: true'
	assert_eq "$(vlans "$port")" "5u 100p"
}

# ---- the gateway of a VLAN

@test "the gateway is on BRIDGE.VLAN, one end of a pair whose other end is a port" {
	attach c1 'vlan: 100, isGateway: true, mtu: 1400'
	assert_json '[.interfaces[].name] | [.[0], .[2], .[3]]' '["br0", "eth0", "br0.100"]'
	assert_json '.interfaces[3] | has("sandbox")' false
	assert_json '.ips[0].interface' 2
	[[ -z $(host ip -4 -o addr show dev br0) ]]
	host ip -4 -o addr show dev br0.100 | grep -q ' 10.7.0.1/24 '

	gateway=$(host ip -j -d link show dev br0.100)
	assert_eq "$(jq -c '.[0] | [.linkinfo.info_kind, .mtu, .master, (.flags | index("UP") != null)]' <<<"$gateway")" \
		'["veth",1400,null,true]'
	assert_eq "$(jq -r '.[0].address' <<<"$gateway")" "$(jq -r '.interfaces[3].mac' <<<"$result")"
	peer=$(jq -r '.[0].link' <<<"$gateway")
	assert_eq "$(vlans "$peer")" 100p
	assert_eq "$(host ip -j link show dev "$peer" | jq -r '.[0].master')" br0
	# Others find the port by its index, as they do for the reference.
	assert_eq "$(index_of "$peer")" "$(($(index_of br0.100) - 1))"
	reaches c1 10.7.0.1
}

@test "a VLAN's gateway is made once and stays" {
	attach c1 'vlan: 100, isGateway: true'
	index=$(index_of br0.100)
	attach c2 'vlan: 100, isGateway: true'
	use_container c1
	del bridge <<<"$(network 'vlan: 100, isGateway: true')"
	use_container c2
	reaches c2 10.7.0.1
	del bridge <<<"$(network 'vlan: 100, isGateway: true')"
	assert_eq "$(index_of br0.100)" "$index"
	# The bridge, the gateway, its port and lo.
	assert_eq "$(host ip -o link | wc -l)" 4
}

# killed_add CALL: an ADD whose process ends just before its message to the kernel of that number.
killed_add() {
	network 'vlan: 100, isGateway: true' |
		host env -i CNI_COMMAND=ADD CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$BIN" \
			strace -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto -e inject=sendto:signal=SIGKILL:when="$1" \
			"$BIN/bridge" >/dev/null 2>&1 || true
}

@test "a gateway that an ADD left half-made when it was killed is completed by the next" {
	local make call

	new_container c1
	killed_add 1000
	# The one after the question whether there is a gateway makes it; then it is looked at, joined, and gets its VLAN.
	make=$(grep '^sendto' "$BATS_TEST_TMPDIR/calls" | grep -n '"br0.100"' | sed -n '2s/:.*//p')
	for call in $((make + 2)) $((make + 3)) $((make + 4)); do
		host ip link delete br0.100
		host ip link delete br0
		new_container "c$call"
		killed_add "$call"
		host ip link show dev br0.100
		add bridge <<<"$(network 'vlan: 100, isGateway: true')"
		reaches "c$call" 10.7.0.1
	done
}

@test "both families, several subnets" {
	attach c1 'vlan: 100, isDefaultGateway: true, ipam: { ranges: [[{subnet: "10.8.0.0/24"}], [{subnet: "fd00:7::/64"}]] }'
	# The old form of the range comes first.
	assert_json '[.ips[].gateway]' '["10.7.0.1", "10.8.0.1", "fd00:7::1"]'
	for gateway in 10.7.0.1 10.8.0.1 fd00:7::1; do
		reaches c1 "$gateway"
	done
	check bridge <<<"$(with_result "$(network 'vlan: 100, isDefaultGateway: true,
		ipam: { ranges: [[{subnet: "10.8.0.0/24"}], [{subnet: "fd00:7::/64"}]] }')")"
}

@test "names that have no room for the VLAN" {
	local first='bridge: "bridge-of-len15", vlan: 4094, isGateway: true'
	local second='bridge: "bridge-of-len16", name: "lan2", vlan: 4094, isGateway: true, ipam: { subnet: "10.8.0.0/24" }'

	attach c1 "$first"
	name=$(jq -r '.interfaces[3].name' <<<"$result")
	((${#name} <= 15))
	reaches c1 10.7.0.1
	check bridge <<<"$(with_result "$(network "$first")")"
	attach c2 "$first"
	assert_json '.interfaces[3].name' "\"$name\""
	attach c3 "$second"
	refute test "$(jq -r '.interfaces[3].name' <<<"$result")" == "$name"
	reaches c3 10.8.0.1
}

@test "an existing BRIDGE.VLAN is used as it is" {
	host ip link add br0 type bridge vlan_filtering 1
	host ip link set br0 up
	host ip link add br0.100 link br0 type vlan id 100
	host bridge vlan add dev br0 vid 100 self
	attach c1 'vlan: 100, isGateway: true'
	host ip -4 -o addr show dev br0.100 | grep -q ' 10.7.0.1/24 '
	reaches c1 10.7.0.1
	check bridge <<<"$(with_result "$(network 'vlan: 100, isGateway: true')")"
}

@test "two VLANs of one bridge have a gateway each" {
	attach c1 'vlan: 100, isGateway: true'
	attach c2 'vlan: 200, isGateway: true, name: "lan2", ipam: { subnet: "10.8.0.0/24" }'
	reaches c1 10.7.0.1
	reaches c2 10.8.0.1
}

# ---- traffic

@test "containers reach those of their own VLAN and no others" {
	attach c1 'vlan: 100'
	attach c2 'vlan: 100'
	reaches c1 "$address"
	attach c3 'vlan: 200'
	refute reaches c1 "$address"
	attach c4 'vlan: 200'
	reaches c3 "$address"
}

@test "a trunk carries tagged frames to the ports of the VLANs in it" {
	new_container trunk
	add bridge <<<"$(layer2 'vlanTrunk: [{id: 100}, {id: 200}]')"
	in_container trunk ip link set eth0 up
	tagged_interface trunk 100 10.7.0.100/24
	tagged_interface trunk 300 10.9.0.100/24
	attach c1 'vlan: 100'
	reaches c1 10.7.0.100
	reaches trunk "$address"

	new_container trunk2
	add bridge <<<"$(layer2 'vlanTrunk: [{minID: 200, maxID: 201}]')"
	tagged_interface trunk 200 10.8.0.100/24
	tagged_interface trunk2 200 10.8.0.101/24
	reaches trunk 10.8.0.101
	# Not in any trunk.
	tagged_interface trunk2 300 10.9.0.101/24
	refute reaches trunk 10.9.0.101
}

@test "untagged frames of a trunk are VLAN 1, of a trunk with vlan that one" {
	new_container trunk
	add bridge <<<"$(layer2 'vlanTrunk: [{id: 100}]')"
	in_container trunk ip addr add 10.7.0.100/24 dev eth0
	new_container trunk2
	add bridge <<<"$(layer2 'vlanTrunk: [{id: 200}]')"
	in_container trunk2 ip addr add 10.7.0.101/24 dev eth0
	reaches trunk 10.7.0.101
	attach c1 'vlan: 100'
	refute reaches trunk "$address"
	attach c2 'vlan: 100, vlanTrunk: [{id: 300}]'
	reaches c1 "$address"
}

@test "a container cannot tag itself into another VLAN" {
	attach c1 'vlan: 100'
	attach c2 'vlan: 200'
	tagged_interface c1 200 10.7.0.200/24
	in_container c1 ip route add "$address/32" dev eth0.200
	refute reaches c1 "$address"
}

@test "spoof protection does not stand in the way of tagged frames, only of other senders" {
	new_container trunk
	add bridge <<<"$(layer2 'vlanTrunk: [{id: 100}], macspoofchk: true')"
	tagged_interface trunk 100 10.7.0.100/24
	attach c1 'vlan: 100'
	reaches trunk "$address"
	in_container trunk ip link set eth0.100 address 02:00:00:00:00:01
	in_container trunk ip neigh flush all
	refute reaches trunk "$address"
}

@test "isolated ports reach the gateway and ports that are not isolated, not one another" {
	attach c1 'portIsolation: true, isGateway: true'
	host bridge -j -d link show dev "$port" | jq -e '.[0].isolated'
	reaches c1 10.7.0.1
	attach c2 'portIsolation: true, isGateway: true'
	refute reaches c1 "$address"
	attach c3 'isGateway: true'
	reaches c1 "$address"
}

@test "isolated ports of a VLAN reach its gateway" {
	attach c1 'vlan: 100, portIsolation: true, isGateway: true'
	reaches c1 10.7.0.1
	attach c2 'vlan: 100, portIsolation: true, isGateway: true'
	refute reaches c1 "$address"
}

@test "the plugin vlan on the bridge: IPv6 and IPv4 to a port of that VLAN, and to the outside by its gateway" {
	local keys='vlan: 100, isDefaultGateway: true, ipMasq: true, ipam: { ranges: [[{subnet: "fd00:7::/64"}]] }' c

	new_outside
	wait_until 5 host ping -c 1 -W 1 2001:db8::2
	attach c1 "$keys"
	host bridge vlan add dev br0 vid 100 self
	c=$(conf 43-vlan '.master = "br0" | .enabledad = false | .ipam = {type: "static", routes: [{dst: "::/0", gw: "fd00:7::1"}],
		addresses: [{address: "10.7.0.99/24"}, {address: "fd00:7::99/64"}]}')
	new_container c2
	add vlan <<<"$c"
	check vlan <<<"$(with_result "$c")"
	for name in 10.7.0.99 fd00:7::99 2001:db8::2; do
		reaches c1 "$name" || fail_because "c1 does not reach $name"
	done
	for name in "$address" "$(jq -r '.ips[1].address | split("/")[0]' <<<"$result")" 10.7.0.1 fd00:7::1; do
		reaches c2 "$name" || fail_because "c2 does not reach $name"
	done
	attach c3 'vlan: 200, name: "lan2", ipam: { ranges: [[{subnet: "fd00:7::/64", rangeStart: "fd00:7::200"}]] }'
	refute reaches c3 fd00:7::99
	use_container c2
	del vlan <<<"$c"
	refute in_container c2 ip link show dev eth0
	use_container c1
	del bridge <<<"$(network "$keys")"
}

# ---- CHECK and DEL

@test "CHECK notices VLANs that are missing, untagged no more, or too many" {
	local keys='vlan: 100, vlanTrunk: [{id: 200}], isGateway: true'

	attach c1 "$keys"
	c=$(with_result "$(network "$keys")")
	check bridge <<<"$c"

	host bridge vlan del dev "$port" vid 200
	cni CHECK bridge <<<"$c"
	assert_error 104 vlanTrunk
	host bridge vlan add dev "$port" vid 200
	check bridge <<<"$c"

	host bridge vlan add dev "$port" vid 100
	cni CHECK bridge <<<"$c"
	assert_error 104 100
	host bridge vlan add dev "$port" vid 100 pvid untagged

	host bridge vlan add dev "$port" vid 300
	cni CHECK bridge <<<"$c"
	assert_error 104 300
	host bridge vlan del dev "$port" vid 300
	check bridge <<<"$c"
}

@test "CHECK notices a bridge that filters no longer, and a gateway that is gone" {
	attach c1 'vlan: 100, isGateway: true'
	c=$(with_result "$(network 'vlan: 100, isGateway: true')")
	host ip link set br0 type bridge vlan_filtering 0
	cni CHECK bridge <<<"$c"
	assert_error 104 "does not filter VLANs"
	host ip link set br0 type bridge vlan_filtering 1
	check bridge <<<"$c"
	peer=$(host ip -j link show dev br0.100 | jq -r '.[0].link')
	host bridge vlan del dev "$peer" vid 100
	cni CHECK bridge <<<"$c"
	assert_error 104 "VLAN 100 is not the untagged VLAN of $peer"
	host ip link set "$peer" nomaster
	cni CHECK bridge <<<"$c"
	assert_error 104 "is no port of br0"
	host ip link delete br0.100
	cni CHECK bridge <<<"$c"
	assert_error 104 br0.100
}

@test "CHECK leaves VLANs alone that preserveDefaultVlan allows" {
	attach c1 'vlan: 100, preserveDefaultVlan: true'
	check bridge <<<"$(with_result "$(network 'vlan: 100, preserveDefaultVlan: true')")"
}

@test "a failed ADD leaves the bridge and nothing else" {
	attach c1 'vlan: 100, isGateway: true'
	# The second subnet's gateway is taken by something else.
	host ip addr add 10.8.0.9/24 dev br0.100
	snapshot_host
	new_container c2
	cni ADD bridge <<<"$(network 'vlan: 100, isGateway: true, name: "lan2", ipam: { subnet: "10.8.0.0/24" }')"
	assert_error 103 "already has an IP address different from"
	assert_unchanged
}

# ---- the reference

@test "what the reference attached to a VLAN is checked and removed" {
	new_container c1
	BIN=$REFERENCE_BIN cni_path=$REFERENCE_BIN
	c=$(network 'vlan: 100, isGateway: true, vlanTrunk: [{id: 200}]' | jq 'del(.vlanTrunk)')
	add bridge <<<"$c"
	BIN=$CNI_BIN cni_path=$CNI_BIN
	note_result
	check bridge <<<"$(with_result "$c" "$result" | jq 'del(.vlanTrunk)')"
	del bridge <<<"$(with_result "$c" "$result")"
	refute host ip link show dev "$port"
	attach c2 'vlan: 100, isGateway: true'
	reaches c2 10.7.0.1
}

@test "what we attached to a VLAN the reference checks and removes" {
	attach c1 'vlan: 100, isGateway: true'
	c=$(with_result "$(network 'vlan: 100, isGateway: true')" "$result")
	BIN=$REFERENCE_BIN cni_path=$REFERENCE_BIN
	check bridge <<<"$c"
	del bridge <<<"$c"
	refute host ip link show dev "$port"
}
