#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ptp: routed point-to-point links.

load helpers

dual() {
	jq -n --arg dir "$data_dir" '{cniVersion: "1.1.0", name: "points", type: "ptp", ipMasq: true, mtu: 1450,
		ipam: {type: "host-local", dataDir: $dir, ranges: [[{subnet: "10.78.1.0/24"}], [{subnet: "fd00:78::/66"}]],
		routes: [{dst: "0.0.0.0/0"}, {dst: "::/0"}, {dst: "192.168.0.0/16"}]}} | '"${1:-.}"
}

host_veth() { host ip -j link show type veth | jq -r '[.[] | select(.ifname | startswith("veth"))][0].ifname'; }
ping_from() { in_container "$1" ping -c 1 -W 10 "$2" >/dev/null || fail_because "$1 does not reach $2"; }

@test "containers reach the host, each other and the outside through NAT, IPv4 and IPv6" {
	local peer name

	new_outside
	for name in a b; do
		new_container "$name"
		add ptp <<<"$(dual)"
	done
	for peer in 10.78.1.1 fd00:78::1 10.78.1.3 fd00:78::3 192.0.2.2 2001:db8::2; do
		ping_from a "$peer"
	done
}

@test "routes and addresses on both sides are those of the reference" {
	local veth

	new_container a
	add ptp <<<"$(dual)"
	veth=$(host_veth)
	assert_eq "$(in_container a ip -4 route | sed 's/ *$//' | sort)" "$(sort <<-'END'
		default via 10.78.1.1 dev eth0
		10.78.1.0/24 via 10.78.1.1 dev eth0 src 10.78.1.2
		10.78.1.1 dev eth0 scope link src 10.78.1.2
		192.168.0.0/16 via 10.78.1.1 dev eth0
	END
	)"
	assert_eq "$(in_container a ip -j -6 route | jq -c '[.[] | select(.dst | startswith("fe80") | not) | [.dst, .gateway, .prefsrc]] | sort')" \
		'[["default","fd00:78::1",null],["fd00:78::/66","fd00:78::1","fd00:78::2"],["fd00:78::1",null,"fd00:78::2"]]'
	assert_eq "$(in_container a ip -j -4 addr show dev eth0 | jq -c '.[0].addr_info[0] | [.local, .prefixlen, .broadcast]')" '["10.78.1.2",24,"10.78.1.255"]'
	assert_eq "$(host ip -j -4 addr show dev "$veth" | jq -c '.[0].addr_info | map([.local, .prefixlen, .scope])')" '[["10.78.1.1",32,"global"]]'
	assert_eq "$(host ip -j -6 addr show dev "$veth" | jq -c '.[0].addr_info | map(select(.scope == "global") | [.local, .prefixlen, .tentative])')" '[["fd00:78::1",128,null]]'
	assert_eq "$(host ip -4 route show dev "$veth" | sed 's/ *$//')" "10.78.1.2 scope host"
	assert_eq "$(host ip -j -6 route show dev "$veth" | jq -c '[.[] | .dst | select(startswith("fe80") | not)] | sort')" '["fd00:78::1","fd00:78::2"]'
	assert_eq "$(host ip -j link show dev "$veth" | jq '.[0].mtu')" 1450
}

@test "conformance 35: the result in the shape of every version" {
	local version file

	for version in 0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0; do
		new_container "v-$version"
		add ptp <<<"$(dual ".cniVersion = \"$version\"")"
		assert_json .cniVersion "\"$version\""
		case $version in
		0.[12].0) assert_json '[keys_unsorted, .ip4.ip[:6], (.ip6.ip | length > 0), .dns]' '[["cniVersion","ip4","ip6","dns"],"10.78.",true,{}]' ;;
		0.*) assert_json '[keys_unsorted, (.ips | map([.version, .interface]))]' '[["cniVersion","interfaces","ips","routes","dns"],[["4",1],["6",1]]]' ;;
		*) assert_json '[keys_unsorted, (.ips | map([.version, .interface]))]' '[["cniVersion","interfaces","ips","routes"],[[null,1],[null,1]]]' ;;
		esac
		[[ $(tail -c 1 "$stdout_file") == "}" ]] || fail_because "a newline at the end"
		assert_eq "${stdout:0:18}" $'{\n    "cniVersion"'
	done
}

@test "the result names the host's end and the container's, routes and gateways as the IPAM said" {
	new_container a
	add ptp <<<"$(dual)"
	assert_json '.interfaces | map([.name, .sandbox])' "[[\"$(host_veth)\",null],[\"eth0\",\"$netns\"]]"
	assert_json '.routes' '[{"dst":"0.0.0.0/0"},{"dst":"::/0"},{"dst":"192.168.0.0/16"}]'
	assert_match "$(host_veth)" '^veth[0-9a-f]{8}$'
}

@test "conformance 38: route attributes reach the kernel and the result, except in 0.1.0 and 0.2.0" {
	local routes='[{dst: "10.90.0.0/16", mtu: 1400, advmss: 1300, priority: 50, table: 100, scope: 0}]' version

	for version in 0.3.1 0.4.0 1.0.0 1.1.0 0.2.0; do
		new_container "v-$version"
		add ptp <<<"$(dual ".cniVersion = \"$version\" | .ipam.routes = $routes")"
		if [[ $version == 0.2.0 ]]; then
			assert_json .ip4.routes '[{"dst":"10.90.0.0/16"}]'
		else
			assert_json '.routes[0] | [.mtu, .advmss, .priority, .table, .scope]' '[1400,1300,50,100,0]'
			assert_eq "$(in_container "v-$version" ip -j route show table 100 | jq -c '.[0] | [.dst, .metric, .metrics[0].mtu, .metrics[0].advmss]')" \
				'["10.90.0.0/16",50,1400,1300]'
		fi
	done
}

@test "single addresses work: a /32 and a /128 behind an external gateway" {
	local c

	c=$(dual '.ipam = {type: "static", addresses: [{address: "10.78.9.9/32", gateway: "169.254.1.1"}, {address: "fd00:79::9/128", gateway: "fe80::1"}], routes: [{dst: "0.0.0.0/0"}]}')
	new_container a
	add ptp <<<"$c"
	ping_from a 169.254.1.1
	host ping -c 1 -W 10 10.78.9.9 >/dev/null
	host ping -c 1 -W 10 fd00:79::9 >/dev/null
	check ptp <<<"$(with_result "$c")"
}

@test "IPv6 does not wait for duplicate address detection" {
	new_container a
	add ptp <<<"$(dual)"
	# Neither side of the pair is asked for: nothing is tentative, and nothing was.
	{
		in_container a ip -j -6 addr show dev eth0 scope global
		host ip -j -6 addr show dev "$(jq -r '.interfaces[0].name' <<<"$stdout")" scope global
	} | jq -es 'map(.[].addr_info[] | select(.local)) | length == 2 and all(.nodad and (.tentative | not))' ||
		fail_because "an address is or was tentative"
}

@test "an IPAM result without a gateway, or without an address, is refused and nothing stays" {
	snapshot_host
	new_container a
	cni ADD ptp <<<"$(dual '.ipam = {type: "static", addresses: [{address: "10.1.1.1/24"}]}')"
	assert_error 7 'gave 10.1.1.1/24 without a gateway'
	fake_plugin empty-ipam <<-'END'
		[ "$CNI_COMMAND" = DEL ] || echo '{"cniVersion": "1.1.0", "ips": []}'
	END
	cni ADD ptp <<<"$(dual '.ipam.type = "empty-ipam"')"
	assert_error 999 'IPAM plugin returned missing IP config'
	assert_eq "$(xargs <"$fake_log")" "ADD DEL" "calls of the IPAM plugin"
	assert_unchanged
	refute in_container a ip link show eth0
}

@test "conformance 68: without an IPAM plugin ADD is refused" {
	new_container a
	cni ADD ptp <<<"$(dual 'del(.ipam)')"
	assert_error 999 'no plugin name provided'
	cni STATUS ptp <<<"$(dual 'del(.ipam)')"
	assert_error 999 'no plugin name provided'
}

@test "a read-only ip_forward that is on is fine; one that is off fails and leaves nothing" {
	local c

	c=$(dual)
	new_container a
	snapshot_host
	host unshare --mount sh -c 'mount --bind /proc/sys/net /proc/sys/net && mount -o remount,ro,bind /proc/sys/net &&
		CNI_COMMAND=ADD CNI_CONTAINERID=a CNI_NETNS=$0 CNI_IFNAME=eth0 CNI_PATH=$1 $1/ptp' "$netns" "$BIN" <<<"$c" >"$BATS_TEST_TMPDIR/out" && fail_because "forwarding could not be switched on"
	assert_eq "$(jq .code "$BATS_TEST_TMPDIR/out")" 102
	assert_unchanged
	host sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	add ptp <<<"$c"
}

@test "DEL leaves nothing, whatever is gone already" {
	local way c

	c=$(dual)
	new_container first
	add ptp <<<"$c"
	del ptp <<<"$c"
	snapshot_host
	for way in plain deleted empty gone flags; do
		new_container "$way"
		add ptp <<<"$c"
		case $way in
		plain) del ptp <<<"$(with_result "$c")" ;;
		deleted)
			ip netns delete "$way"
			del ptp <<<"$c"
			;;
		empty) del ptp CNI_NETNS= <<<"$c" ;;
		gone)
			in_container "$way" ip link delete eth0
			del ptp <<<"$c"
			;;
		flags) del ptp <<<"$(jq '.ipMasq = false' <<<"$c")" ;;
		esac
		assert_unchanged
		del ptp <<<"$c"
		assert_unchanged
	done
}

@test "CHECK passes on what ADD made and names what was changed" {
	local c result change wrong veth

	c=$(dual)
	new_container a
	while IFS='|' read -r change wrong; do
		rm -rf "$data_dir" # the same addresses every time
		add ptp <<<"$c"
		result=$stdout veth=$(host_veth)
		check ptp <<<"$(with_result "$c" "$result")"
		eval "$change"
		cni CHECK ptp <<<"$(with_result "$c" "$result")"
		assert_error 104 "$wrong"
		del ptp <<<"$c"
	done <<-'END'
		in_container a ip link set eth0 down|eth0 in the container is down
		in_container a ip link set lo down|loopback interface is down
		in_container a ip addr del 10.78.1.2/24 dev eth0|address 10.78.1.2/24 is missing
		in_container a ip route del default|route to 0.0.0.0/0 is missing
		host ip addr del 10.78.1.1/32 dev "$veth"|gateway address 10.78.1.1 is missing
		host ip route flush dev "$veth" scope host|the host's route to 10.78.1.2/32
		host sysctl -qw net.ipv4.ip_forward=0|IPv4 forwarding is off
		host nft delete table inet cni_masquerade|masquerade
	END
	cni CHECK ptp <<<"$c"
	assert_eq "$status" 1
}

@test "conformance 52: CHECK without a previous result" {
	new_container a
	add ptp <<<"$(dual)"
	cni CHECK ptp <<<"$(dual)"
	assert_error 999
	assert_json .msg '"ptp: Required prevResult missing"'
}

@test "conformance 77: ptp does not read CNI_ARGS" {
	new_container a
	fake_plugin fake <<-'END'
		[ "$CNI_COMMAND" = DEL ] || echo '{"cniVersion": "1.1.0", "ips": [{"address": "10.1.1.2/24", "gateway": "10.1.1.1"}]}'
	END
	args=garbage add ptp <<<"$(dual '.ipam = {type: "fake"}')"
	assert_json '.ips[0].address' '"10.1.1.2/24"'
}

@test "GC removes exactly what is not listed" {
	local c name

	c=$(dual)
	for name in g1 g2 g3; do
		new_container "$name"
		add ptp <<<"$c"
	done
	cni GC ptp <<<"$(jq '.["cni.dev/attachments"] = [{containerID: "g2", ifname: "eth0"}]' <<<"$c")"
	assert_success
	assert_eq "$(host ip -j -d link show type veth | jq -c '[.[].ifalias]')" '["points/g2/eth0"]'
	assert_eq "$(find "$data_dir/points" -name '10.*' | wc -l)" 1
	ping_from g2 10.78.1.1
}

@test "a container with interfaces on two networks keeps one when the other goes" {
	local one two

	one=$(dual)
	two=$(dual '.name = "second" | .ipam.ranges = [[{subnet: "10.79.1.0/24"}]] | .ipam.routes = []')
	new_container a
	add ptp <<<"$one"
	ifname=eth1 add ptp <<<"$two"
	ifname=eth1 del ptp <<<"$two"
	ping_from a 10.78.1.1
	refute in_container a ip link show eth1
}

@test "altName: the host's end has the pod's name besides" {
	new_container one
	args="IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0"
	add ptp <<<"$(conf 20-kindnet '.altName = true | .ipam.ranges = [[{subnet: "10.30.0.0/24"}]]')"
	assert_eq "$(host ip -j link show pod.shop.web-0 | jq -r '.[0].ifalias | endswith("/one/eth0")')" true "whose link it is"
	del ptp <<<"$(conf 20-kindnet '.ipam.ranges = [[{subnet: "10.30.0.0/24"}]]')"
	refute host ip link show pod.shop.web-0
}
