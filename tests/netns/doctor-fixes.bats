#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool doctor: every finding that has a fix is made on purpose, the fix is pasted as it stands, and nothing is found
# any more. One host for all of them: what a fix leaves behind is found by the next.

load helpers
load cnitool
load doctor

# The many looks are quick ones by day; by night what looks has sanitizers.
setup() {
	setup_tool
	[[ -n ${NIGHT:-} ]] || cnitool=$PLAIN_BIN/cnitool cni_path=$PLAIN_BIN
	network n '.plugins[1] += {hairpinMode: true} | .plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	new_container red
	in_container red ip link set lo up
	add_with_port
	make_row_tools
}

teardown() {
	umount /proc/sys/net/ipv6 "$data_dir" 2>/dev/null || true
	teardown_tool
}

port_of() {
	host ip -j link show master br0 | jq -r '.[0].ifname'
}

# A folder of plugins that can be spoilt.
copy_plugins() {
	cni_path=$BATS_TEST_TMPDIR/bin
	mkdir "$cni_path"
	cp "$PLAIN_BIN"/{loopback,bridge,host-local,portmap,tuning} "$cni_path"
}

# repaired EXPECTED…: that is what doctor names; every one of them has a fix, and after the fixes all is well.
repaired() {
	doctor_names "$@"
	noted "$line"
	assert_json 'map(select(has("fix") | not))' '[]'
	paste
	healthy
	in_container red ping -qc 1 -W 10 10.9.0.1 || fail_because "the gateway does not answer"
	assert_eq "$(in_container red ip -j addr show eth0 | jq -r '.[0].addr_info[] | select(.family == "inet").local')" \
		10.9.0.2 "the address"
	host nft list table inet cni_portmap | grep -q 8080 || fail_because "the port is not published any more"
}

@test "each is broken, named, repaired by its fix, and found no more" {
	local line names port

	copy_plugins
	healthy
	# shellcheck disable=SC2016 # the lines are for the inner shell
	while IFS='|' read -r names line; do
		[[ -n $names ]] || continue
		port=$(port_of)
		in_row "$line"
		# shellcheck disable=SC2086 # names are words
		repaired $names
	done <<'END'
loopback-down|ip -n red link set lo down
interface-down|ip -n red link set eth0 down
interface-missing|ip -n red link delete eth0
interface-missing|ip -n red link set eth0 down; ip -n red link set eth0 name mine
host-interface-down|ip link set $port down
host-interface-renamed|ip link set $port down; ip link set $port name lost; ip link set lost up
port-detached|ip link set $port nomaster
bridge-missing|ip link delete br0
bridge-down|ip link set br0 down
port-mode|ip link set $port type bridge_slave hairpin off
gateway-missing|ip addr flush dev br0 scope global
address-missing|ip -n red addr flush dev eth0 scope global
route-missing|ip -n red route del default
gateway-wrong|ip -n red route replace default via 10.9.0.77
gateway-wrong|ip -n red route replace default dev eth0
gateway-wrong|ip -n red route del default; ip -n red route add default via 10.9.0.1 metric 9; ip -n red route add default via 10.9.0.7 metric 3
mtu-mismatch|ip -n red link set eth0 mtu 1400
mtu-mismatch|ip link set $port mtu 1400
mtu-mismatch|ip link set br0 mtu 1400
masquerade-missing|nft delete table inet cni_masquerade
masquerade-missing|nft flush chain inet cni_masquerade postrouting
owners-missing|nft flush map inet cni_masquerade owners
ports-missing|nft delete table inet cni_portmap
forwarding-off|sysctl -qw net.ipv4.ip_forward=0
host-route-wrong|ip route add 10.9.0.2 dev lo
host-route-wrong|sysctl -qw net.ipv4.conf.br0.rp_filter=1; ip link add lan type bridge; ip link set lan up; ip route add 10.9.0.0/28 dev lan
host-route-wrong|ip route add blackhole 10.9.0.2
host-route-wrong|ip route add prohibit 10.9.0.0/25 metric 7
uplink-down|ip route add blackhole default
address-double|ip netns add blue; ip link add p0 type veth peer name eth0 netns blue; ip link set p0 up master br0; ip -n blue link set eth0 up; ip -n blue addr add 10.9.0.2/24 dev eth0
address-double|ip -n blue addr add 10.9.0.1/24 dev eth0
neighbour-wrong|ip netns delete blue; ip -n red neigh replace 10.9.0.1 lladdr 02:00:00:00:00:77 nud permanent dev eth0
neighbour-wrong|ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:77 nud permanent dev br0
lease-missing|rm "$leases"/n/10.9.0.2
plugin-unusable|chmod 644 "$plugins"/host-local
END
}

@test "checks of spoofing that are gone, and what is left of containers that are gone" {
	local line name

	ip netns add green
	tool_ok del n "$netns"
	network n '.plugins[1] += {hairpinMode: true, macspoofchk: true, ipspoofchk: true} | .plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	add_with_port
	while IFS='|' read -r name line; do
		row "$name" "$line" ''
	done <<'END'
macspoof-missing|nft delete table bridge cni_macspoof
ipspoof-missing|nft delete table bridge cni_ipspoof
lease-orphaned|printf 'gone\r\neth0' >"$leases"/n/10.9.0.99; touch -d '1 hour ago' "$leases"/n/10.9.0.99
link-orphaned|ip link add lost type veth peer name eth9 netns red; ip link set lost alias n/gone/eth0
attachment-dead|ip netns add blue; cnitool add n /run/netns/blue; ip -n blue link delete eth0; ip netns delete blue
rules-orphaned rules-orphaned rules-orphaned|ip netns add blue; cnitool add n /run/netns/blue; rm $(grep -l netns/blue "$cache"/*) "$leases"/n/$(cat "$leases"/n/last_reserved_ip.0); ip -n blue link delete eth0; ip netns delete blue
reference-rules|nft 'add table ip cni_hostport; add chain ip cni_hostport hostports; add rule ip cni_hostport hostports tcp dport 8080 counter comment "gone"'
reference-rules|iptables-nft -t nat -N CNI-0123456789abcdef01234567; iptables-nft -t nat -A POSTROUTING -s 10.9.0.77 -m comment --comment 'name: "n" id: "gone"' -j CNI-0123456789abcdef01234567
END
}

# What red has: a gateway that answers, and its published port.
intact() {
	local gateway

	gateway=$(ip -n red -j route show default | jq -r '.[0].gateway')
	in_container red ping -qc 1 -W 2 "$gateway" >/dev/null || fail_because "the gateway $gateway does not answer"
	host nft list table inet cni_portmap | grep -q 8080 || fail_because "the port is not published any more"
}

# rows: each line of the standard input.
rows() {
	local names line hand

	while IFS='|' read -r names line hand <&4; do
		row "$names" "$line" "$hand"
		intact
	done 4<&0
}

@test "files, configurations and programs: where there is advice, following it helps" {
	copy_plugins
	new_container blue
	tool_ok add n "$netns"
	healthy
	rows <<'END'
plugin-missing|rm "$plugins"/portmap|cp "$ours"/portmap "$plugins"
plugin-missing plugin-missing|rm "$plugins"/host-local "$plugins"/loopback|cp "$ours"/host-local "$ours"/loopback "$plugins"
plugin-missing interface-missing|rm "$plugins"/portmap; ip -n red link delete eth0|cp "$ours"/portmap "$plugins"; cnitool readd -i eth0 n /run/netns/red
plugin-unusable|echo "not yet" >"$plugins"/portmap|cp "$ours"/portmap "$plugins"
plugin-mistaken|cp "$(type -P true)" "$plugins"/portmap|cp "$ours"/portmap "$plugins"
plugin-mistaken|cp "$plugins"/loopback "$plugins"/portmap|cp "$ours"/portmap "$plugins"
key-unknown|configure '.plugins[1].brige = "br0"'|configure 'del(.plugins[1].brige)'
range-exhausted|configure '.plugins[1].ipam.ranges[0][0] += {rangeStart: "10.9.0.2", rangeEnd: "10.9.0.3"}'|configure '.plugins[1].ipam.ranges[0] += [{subnet: "10.9.0.0/24", rangeStart: "10.9.0.4", rangeEnd: "10.9.0.99"}]'
ipv6-off|configure '.plugins[1].ipam.ranges[1] = [{subnet: "fd00:9::/64"}]'; sysctl -qw net.ipv6.conf.all.disable_ipv6=1|sysctl -w net/ipv6/conf/br0/disable_ipv6=0
ipv6-missing|configure '.plugins[1].ipam.ranges[1] = [{subnet: "fd00:9::/64"}]'; mount -t tmpfs none /proc/sys/net/ipv6|configure 'del(.plugins[1].ipam.ranges[1])'; umount /proc/sys/net/ipv6
not-ready|mount --bind "$leases" "$leases"; mount -o remount,ro,bind "$leases"|umount "$leases"
check-failed check-failed|configure '.plugins += [{type: "tuning", sysctl: {"net.ipv4.conf.eth0.arp_filter": "1"}}]'|cnitool readd -i eth0 n /run/netns/red; cnitool readd -i eth0 n /run/netns/blue
port-taken|nc -l 0.0.0.0 8080 &|kill $(sed -n 's/.*pid=\([0-9]*\).*/\1/p' <<<"$(ss -tlnp sport = :8080)")
lease-foreign|cp "$leases"/n/10.9.0.3 "$leases"/n/10.9.0.2|cnitool del n /run/netns/red; CAP_ARGS=$port_80 cnitool add n /run/netns/red
subnet-shared|ip link add lan type bridge; ip link set lan up; ip addr add 10.9.0.77/24 dev lan|configure '.plugins[1].ipam.ranges = [[{subnet: "10.19.0.0/24"}]]'; cnitool del n /run/netns/blue; cnitool del n /run/netns/red; ip link delete br0; CAP_ARGS=$port_80 cnitool add n /run/netns/red
END
}

# To list sockets the kernel walks through a table of the machine.
@test "who listens on the host is asked once for all containers" {
	local calls=$BATS_TEST_TMPDIR/calls port

	for port in 8081 8082 8083; do
		new_container "c$port"
		tool_environment=(CAP_ARGS="{\"portMappings\": [{\"hostPort\": $port, \"containerPort\": 80, \"protocol\": \"tcp\"}]}")
		tool_ok add n "$netns"
	done
	tool_environment=()
	in_tool_environment strace -o "$calls" -e trace=openat "$PLAIN_BIN/cnitool" doctor n || true
	# Once for each look.
	assert_match "$(grep -c '"/proc/self/net/tcp"' "$calls")" '^[12]$' "tables of sockets that were read"
}

# Leftovers of the Go plugins may be thousands, and each is found by the rules that lead to it.
@test "the chains that all share are read once for all chains that are nobody's" {
	local calls=$BATS_TEST_TMPDIR/calls name asked=()

	for name in CNI-{0,1,2}00000000000000000000000; do
		host iptables-nft -t nat -N "$name"
		host iptables-nft -t nat -A POSTROUTING -s 10.9.0.77 -j "$name"
		in_tool_environment strace -o "$calls" -e trace=sendto,sendmsg "$PLAIN_BIN/cnitool" metrics >/dev/null
		asked+=("$(grep -c '^send' "$calls")")
	done
	# Seven for each chain and look it would be; a list that was disturbed is asked for again.
	((asked[2] - asked[0] < 14)) || fail_because "questions to the kernel: ${asked[*]}"
	doctor_names reference-rules reference-rules reference-rules
	paste
	healthy
	assert_eq "$(host nft list chain ip nat POSTROUTING | grep -c jump)" 0 "jumps that are left"
}

# Where the kernel's bridges filter VLANs, the plugin misses those of red.
@test "VLANs on a kernel whose bridges do not filter" {
	local line names hand

	IFS='|' read -r names line hand <<'END'
vlan-filtering-missing|configure '.plugins[1].vlan = 100'|configure 'del(.plugins[1].vlan)'
END
	if host ip -d link show br0 | grep -q vlan_default_pvid; then
		in_row "$line"
		doctor_names check-failed
	else
		row "$names" "$line" "$hand"
	fi
}

@test "a file that is no network" {
	about=()
	rows <<'END'
configuration-broken|printf '{"name": "x",\n "plugins" []}' >"$conf"/z.conflist|rm "$conf"/z.conflist
END
}

# IPv6 still leaves by uplink in the first row; without, a host whose neighbours are all it knows is well, as in the labs.
@test "the way out of the host" {
	new_outside
	healthy
	rows <<'END'
uplink-down|ip route delete default|ip route add default via 192.0.2.2
uplink-down|ip link set uplink down|ip link set uplink up; ip route add default via 192.0.2.2
uplink-down|ip -n outside link set eth0 down|ip -n outside link set eth0 up
mtu-mismatch|ip link set uplink mtu 1400|
END
}

# On uplink, which leads to outside.
@test "macvlan: the link of the host that it stands on" {
	tool_ok del n "$netns"
	host ip link delete br0
	new_outside
	jq --arg dir "$data_dir" '.name = "n" | .plugins[0].ipam.dataDir = $dir | .plugins[0].enabledad = false' \
		"$ROOT/conf/41-macvlan.conflist" >"$conf_dir/n.conflist"
	tool_ok add n "$netns"
	healthy
	while IFS='|' read -r names line hand <&4; do
		row "$names" "$line" "$hand"
		wait_until 5 in_container red ping -qc 1 -W 1 "$(ip -n red -j route show default | jq -r '.[0].gateway')"
	done 4<<'END'
master-down|ip link set uplink down|
host-unreachable|configure '.plugins[0].ipam.ranges[0][0].gateway = "192.0.2.1"'; cnitool del n /run/netns/red; cnitool add n /run/netns/red|configure '.plugins[0].ipam.ranges[0][0].gateway = "192.0.2.2"'; cnitool del n /run/netns/red; cnitool add n /run/netns/red
master-missing interface-missing|ip link delete uplink|ip link add uplink type veth peer name eth0 netns outside; ip addr add 192.0.2.1/24 dev uplink; ip link set uplink up; ip -n outside addr add 192.0.2.2/24 dev eth0; ip -n outside link set eth0 up; cnitool readd -i eth0 n /run/netns/red
host-unreachable|configure '.plugins[0].ipam.ranges[0][0].gateway = "192.0.2.1"'; cnitool del n /run/netns/red; cnitool add n /run/netns/red; ip -n red link set lo up|ip addr delete 192.0.2.1/24 dev uplink; ip link add link uplink name macvlan-host type macvlan mode bridge; ip link set macvlan-host up; ip addr add 192.0.2.1/24 dev macvlan-host
END
}

@test "readd keeps id, address and ports of a runtime's container, and says what it does not know" {
	local before

	before=$(jq -c '{containerId, capabilityArgs, config, ips: .result.ips}' "$CACHE"/*)
	host ip link delete br0
	tool_ok readd n /run/netns/red
	assert_json '.ips[0].address' '"10.9.0.2/24"'
	assert_eq "$(jq -c '{containerId, capabilityArgs, config, ips: .result.ips}' "$CACHE"/*)" "$before" "the cache"
	host nft list table inet cni_portmap | grep -q 8080
	healthy
	tool_fails 'no attachment of /run/netns/blue to network "n" is cached' readd n /run/netns/blue
	tool_fails 'no attachment of /run/netns/red to network "n" is cached' readd -i eth7 n /run/netns/red
}

@test "a readd that fails can be tried again" {
	local before file

	before=$(jq -c '.result.ips' "$CACHE"/*)
	file=$(ls "$CACHE")
	cp "$conf_dir/n.conflist" "$BATS_TEST_TMPDIR/kept"
	fake_plugin odd <<'EOS'
case $CNI_COMMAND in
ADD) echo '{"code": 104, "msg": "the moon is full"}'; exit 1 ;;
esac
EOS
	network n '.plugins[1] += {hairpinMode: true} | .plugins += [{type: "portmap", capabilities: {portMappings: true}}, {type: "odd"}]'
	tool_fails "the moon is full" readd n /run/netns/red
	assert_eq "$(ls "$CACHE")" "$file" "the cached result"
	assert_eq "$(jq -c '.result.ips' "$CACHE"/*)" "$before" "the addresses"
	cp "$BATS_TEST_TMPDIR/kept" "$conf_dir/n.conflist"
	tool_ok readd n /run/netns/red
	healthy
}

@test "readd keeps the addresses of the Go plugins' containers, too" {
	cni_path=$REFERENCE_BIN
	network m '.cniVersion = "1.0.0" | .plugins[1] += {bridge: "br1"} | .plugins[1].ipam.ranges = [[{subnet: "10.10.0.0/24"}], [{subnet: "fd00:10::/64"}]]'
	new_container blue
	tool_ok add m "$netns"
	new_container green
	tool_ok add m "$netns"
	assert_json '[.ips[].address]' '["10.10.0.3/24", "fd00:10::3/64"]'
	in_container green ip link delete eth0
	tool_ok readd m "$netns"
	assert_json '[.ips[].address]' '["10.10.0.3/24", "fd00:10::3/64"]'
}

@test "without a network all are looked at, and it says at what; a broken file is named" {
	network m '.plugins[1].bridge = "br1" | .plugins[1].ipam.ranges = [[{subnet: "10.10.0.0/24"}]]'
	tool_ok doctor
	assert_eq "$stdout" "looked at 2 networks of $conf_dir: m n, their containers, the host and nftables: nothing found"
	in_container red ip link set eth0 down
	host sysctl -qw net.ipv4.ip_forward=0
	printf '{"name": "x",\n "plugins" []}' >"$conf_dir/z.conflist"
	tool doctor --json
	assert_eq "$status" 1 "exit status"
	assert_json 'map([.name, .network]) | sort' \
		'[["configuration-broken", null], ["forwarding-off", "n"], ["interface-down", "n"]]'
	assert_json 'map(select(.name == "configuration-broken"))[0].what | test("z.conflist: .*line 2, column 12")' true
	rm "$conf_dir/z.conflist"
	tool doctor --fix
	[[ $stdout == *"forwarding-off: n: the host forwards no IPv4 packets"*"    fixed"* ]] || fail_because "not fixed"
	tool doctor --json
	paste
	tool_ok doctor
}

@test "colours are for a terminal, and NO_COLOR turns them off" {
	in_container red ip link set eth0 down
	tool doctor n
	refute grep -q $'\x1b' "$stdout_file"
	make_command "$cnitool" doctor n
	script -qec "$(printf '%q ' "${command[@]}")" /dev/null >"$BATS_TEST_TMPDIR/coloured" </dev/null || true
	grep -q $'\x1b\\[1;31minterface-down\x1b\\[0m: eth0 in red is down' "$BATS_TEST_TMPDIR/coloured"
	tool_environment=(NO_COLOR=1)
	make_command "$cnitool" doctor n
	script -qec "$(printf '%q ' "${command[@]}")" /dev/null >"$BATS_TEST_TMPDIR/plain" </dev/null || true
	grep -q 'interface-down: eth0 in red is down' "$BATS_TEST_TMPDIR/plain"
	refute grep -q $'\x1b' "$BATS_TEST_TMPDIR/plain"
}
