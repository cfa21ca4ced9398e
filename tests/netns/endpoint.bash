# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # helpers.bash sets the variables
#
# What all plugins with one interface have in common; each function is a test of a plugin, with the kind its links have.
# tests/netns/endpoint.bats has the kinds that every kernel knows, tests/vm/endpoint.bats the others.

setup() {
	setup_host
	new_outside
}

# of PLUGIN [FILTER]: its example, with one static IPv4 address
of() {
	local example

	example=$(basename "$ROOT"/conf/4[0-5]-"$1".conflist .conflist)
	conf "$example" '.ipam = {type: "static", addresses: [{address: "198.51.100.7/24", gateway: "198.51.100.1"}], routes: [{dst: "203.0.113.0/24"}]} | '"${2:-.}"
}

link_is_there() {
	in_container "$id" ip -j -d link show dev "$ifname" 2>/dev/null | jq -e --arg kind "$1" '.[0].linkinfo.info_kind == $kind' >/dev/null
}

# The versions whose results look different, or all of them at night.
VERSIONS=${VERSIONS:-0.2.0 0.3.1 0.4.0 1.1.0}

# PLUGIN KIND: each version has its result; CHECK and STATUS as soon as there were any
in_every_version() {
	local plugin=$1 version c result

	new_container c1
	# One of the host's is none of the container's.
	host ip link add eth0 type bridge
	snapshot_host
	for version in $VERSIONS; do
		c=$(of "$plugin" ".cniVersion = \"$version\"")
		del "$plugin" <<<"$c"
		add "$plugin" <<<"$c"
		result=$stdout
		assert_json .cniVersion "\"$version\""
		if [[ $version == 0.[12].0 ]]; then
			assert_json '[.ip4.ip, .ip4.gateway]' '["198.51.100.7/24", "198.51.100.1"]'
		else
			assert_json '.interfaces | map([.name, .sandbox])' '[["eth0", "/run/netns/c1"]]'
			assert_json '.ips | map([.address, .interface])' '[["198.51.100.7/24", 0]]'
			assert_json '.interfaces[0].mac' "$(in_container c1 ip -j link show dev eth0 | jq '.[0].address')"
		fi
		link_is_there "$2"
		in_container c1 ip -o addr show dev eth0 | grep -F ' 198.51.100.7/24 '
		in_container c1 ip -j route show 203.0.113.0/24 | jq -e '.[0].gateway == "198.51.100.1"' >/dev/null
		cni CHECK "$plugin" <<<"$(with_result "$c" "$result")"
		if [[ $version == 0.[123].* ]]; then
			assert_error 1 "config version does not allow CHECK"
		else
			assert_success
		fi
		del "$plugin" <<<"$c"
		refute in_container c1 ip link show dev eth0
	done
	cni STATUS "$plugin" <<<"$c"
	assert_success
	assert_unchanged
}

# PLUGIN: the configuration's dns, or the IPAM plugin's where it has none
has_dns() {
	local plugin=$1 c

	new_container c1
	c=$(of "$plugin" '.ipam.dns = {nameservers: ["198.51.100.53"]}')
	add "$plugin" <<<"$c"
	assert_json .dns '{"nameservers": ["198.51.100.53"]}'
	del "$plugin" <<<"$c"
	add "$plugin" <<<"$(jq '.dns = {search: ["example.org"]}' <<<"$c")"
	assert_json .dns '{"search": ["example.org"]}'
	del "$plugin" <<<"$c"
}

# PLUGIN: whatever goes wrong around the IPAM plugin, no link stays, and an address that was given goes back
survives_its_ipam() {
	local plugin=$1 c

	new_container c1
	snapshot_host
	c=$(of "$plugin" '.ipam = {type: "moody"}')
	fake_plugin moody <<-'EOS'
		[ "$CNI_COMMAND" != ADD ] || { echo '{"code": 77, "msg": "no mood"}'; exit 1; }
	EOS
	cni ADD "$plugin" <<<"$c"
	assert_error 77 "no mood"
	refute in_container c1 ip link show dev eth0
	assert_eq "$(<"$fake_log")" ADD "what the IPAM plugin was asked"
	fake_plugin moody <<-'EOS'
		[ "$CNI_COMMAND" != ADD ] || echo '{"cniVersion": "1.0.0", "ips": []}'
	EOS
	cni ADD "$plugin" <<<"$c"
	assert_error 999 "IPAM plugin returned missing IP config"
	refute in_container c1 ip link show dev eth0
	assert_eq "$(tr '\n' ' ' <"$fake_log")" "ADD DEL " "what the IPAM plugin was asked"
	fake_plugin moody <<-'EOS'
		[ "$CNI_COMMAND" != ADD ] ||
			echo '{"cniVersion": "1.0.0", "ips": [{"address": "198.51.100.7/24"}], "routes": [{"dst": "203.0.113.0/24", "gw": "192.0.2.77"}]}'
	EOS
	cni ADD "$plugin" <<<"$c"
	assert_error 100 "add route 203.0.113.0/24"
	refute in_container c1 ip link show dev eth0
	assert_eq "$(tr '\n' ' ' <"$fake_log")" "ADD DEL " "what the IPAM plugin was asked"
	cni ADD "$plugin" CNI_PATH="$BIN" <<<"$c"
	assert_error 999 "moody"
	refute in_container c1 ip link show dev eth0
	assert_unchanged
}

# PLUGIN KIND: an IPAM plugin that fails keeps no DEL from the link; STATUS and CHECK pass its errors on
tells_of_its_ipam() {
	local plugin=$1 c

	new_container c1
	fake_plugin moody <<-'EOS'
		[ "$CNI_COMMAND" != ADD ] || { echo '{"cniVersion": "1.0.0", "ips": [{"address": "198.51.100.7/24"}]}'; exit 0; }
		echo '{"code": 77, "msg": "no mood"}'
		exit 1
	EOS
	c=$(of "$plugin" '.cniVersion = "1.1.0" | .ipam = {type: "moody"}')
	add "$plugin" <<<"$c"
	cni CHECK "$plugin" <<<"$(with_result "$c")"
	assert_error 77 "no mood"
	cni STATUS "$plugin" <<<"$c"
	assert_error 77 "no mood"
	link_is_there "$2"
	cni DEL "$plugin" <<<"$c"
	assert_error 77 "no mood"
	refute in_container c1 ip link show dev eth0
}

# PLUGIN [WORDS]: what CHECK compares, whatever the kind; and what it says of a bridge
checks_what_was_made() {
	local plugin=$1 c mac result

	new_container c1
	c=$(of "$plugin")
	add "$plugin" <<<"$c"
	result=$stdout
	mac=$(jq -r .interfaces[0].mac <<<"$result")
	cni CHECK "$plugin" <<<"$c"
	assert_error 999 "equired prevResult missing"
	c=$(with_result "$c" "$result")
	check "$plugin" <<<"$c"
	in_container c1 ip route delete 203.0.113.0/24
	cni CHECK "$plugin" <<<"$c"
	assert_error 104 "route to 203.0.113.0/24 is missing"
	in_container c1 ip route add 203.0.113.0/24 via 198.51.100.1
	check "$plugin" <<<"$c"
	in_container c1 ip addr delete 198.51.100.7/24 dev eth0
	cni CHECK "$plugin" <<<"$c"
	assert_error 104 "address 198.51.100.7/24 is missing"
	in_container c1 ip addr add 198.51.100.7/24 dev eth0
	in_container c1 ip route add 203.0.113.0/24 via 198.51.100.1
	cni CHECK "$plugin" <<<"$(jq '.prevResult.interfaces[0].mac = "02:00:00:00:00:77"' <<<"$c")"
	assert_error 104 "has MAC $mac instead of 02:00:00:00:00:77"
	in_container c1 ip link set eth0 down
	cni CHECK "$plugin" <<<"$c"
	assert_error 104 "is down"
	in_container c1 ip link delete eth0
	cni CHECK "$plugin" <<<"$c"
	assert_error 104 "does not exist"
	in_container c1 ip link add eth0 type bridge
	cni CHECK "$plugin" <<<"$c"
	assert_error 104 "${2:-but bridge}"
	del "$plugin" <<<"$c"
	in_container c1 ip link show dev eth0
}

# PLUGIN KIND: a container that gave its interface another name, and that name to another, keeps no interface of ours
finds_what_was_renamed() {
	local plugin=$1 c

	new_container c1
	c=$(of "$plugin")
	add "$plugin" <<<"$c"
	in_container c1 ip link set eth0 down
	in_container c1 ip link set eth0 name mine
	in_container c1 ip link add eth0 type bridge
	# Others of the kind are the container's.
	[[ $2 != macvlan ]] || in_container c1 ip link add other link mine type "$2"
	del "$plugin" <<<"$c"
	refute in_container c1 ip link show dev mine
	in_container c1 ip link show dev eth0
	[[ $2 != macvlan ]] || in_container c1 ip link show dev other
}

# PLUGIN: GC gives back what nobody has any more, and touches no link
collects_leases() {
	local plugin=$1 c name

	c=$(of "$plugin" '.cniVersion = "1.1.0" | .ipam = {type: "host-local", dataDir: "'"$data_dir"'", subnet: "198.51.100.0/24"}')
	for name in c1 c2; do
		new_container "$name"
		add "$plugin" <<<"$c"
		# Two of a VLAN cannot be on one master.
		[[ $plugin != vlan ]] || c=$(jq '.vlanId += 1' <<<"$c")
	done
	ip netns delete c1
	cni GC "$plugin" <<<"$(jq '."cni.dev/valid-attachments" = [{containerID: "c2", ifname: "eth0"}]' <<<"$c")"
	assert_success
	assert_eq "$(cd "$data_dir" && grep -l . ./*/198.*)" "./$(jq -r .name <<<"$c")/198.51.100.3" "leases"
	in_container c2 ip link show dev eth0
	del "$plugin" <<<"$c"
}

# PLUGIN: a link with as many alternative names as the kernel allows, 64 KiB, is one like any other
has_many_names() {
	local plugin=$1 c result n

	new_container c1
	c=$(of "$plugin")
	add "$plugin" <<<"$c"
	result=$stdout
	for ((n = 1; n <= 600; n++)); do
		printf 'link property add dev eth0 altname a%0120d\n' "$n"
	done >"$BATS_TEST_TMPDIR/names"
	in_container c1 ip -batch "$BATS_TEST_TMPDIR/names" 2>&1 | grep -F "list too long"
	check "$plugin" <<<"$(with_result "$c" "$result")"
	cni ADD "$plugin" <<<"$c"
	assert_error 103
	del "$plugin" <<<"$c"
	assert_eq "$stderr" "" "stderr"
	refute in_container c1 ip link show dev eth0
	# Nor is one beside it.
	add "$plugin" <<<"$c"
	in_container c1 ip link add aside type bridge
	sed 's/eth0/aside/' -i "$BATS_TEST_TMPDIR/names"
	in_container c1 ip -batch "$BATS_TEST_TMPDIR/names" 2>&1 | grep -F "list too long"
	in_container c1 ip link set eth0 down
	in_container c1 ip link set eth0 name renamed
	del "$plugin" <<<"$c"
	assert_eq "$(in_container c1 ip -br link | wc -l)" 2 "links: lo and the container's own"
}
