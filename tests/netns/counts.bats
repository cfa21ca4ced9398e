#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a command costs in numbers that do not depend on the machine's load: processes, netlink messages, system
# calls, instructions. Times are never compared here; `make bench` measures them.
#
# What the C library spends until main() differs from version to version, so system calls and instructions are
# counted beyond those of VERSION. The limits are what was measured, with a little room: who waits for an interface asks
# once more when it is slow to come up. Whoever needs more raises one in the commit that says what for; whoever needs
# less lowers it.

load helpers

setup() {
	setup_host
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN
}

# count VERB PLUGIN [VARIABLE=VALUE] <CONFIGURATION: sets $counted to what `bench count` prints.
count() {
	counted=$(host env -i "${@:3}" CNI_COMMAND="$1" CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME="$ifname" \
		CNI_PATH="$cni_path" "$BUILD/bin/bench" count "$BIN/$2")
	[[ $(jq .status <<<"$counted") == 0 ]] || fail_because "$1 $2 failed: $counted"
}

# at_most WHAT LIMIT [ALLOWANCE]
at_most() {
	local value

	value=$(jq ".$1" <<<"$counted")
	echo "# $1: $((value - ${3:-0})) of $2"
	((value - ${3:-0} <= $2)) || fail_because "$1: $((value - ${3:-0})), at most $2 were expected"
}

# costs VERB PLUGIN EXECS MESSAGES CALLS INSTRUCTIONS <CONFIGURATION: the last two beyond the starts of the processes.
# Who waits for the other process or for the kernel wakes up more or less often and asks again, by what else the machine does: 5 to 14
# calls more were seen. The limits are those of a run without that.
costs() {
	local config calls=20 instructions=0 plugin

	config=$(cat)
	for plugin in "$2" $([[ $3 == 1 ]] || echo host-local); do
		count VERSION "$plugin" <<<'{}'
		calls=$((calls + $(jq .system_calls <<<"$counted")))
		instructions=$((instructions + $(jq .instructions <<<"$counted")))
	done
	count "$1" "$2" <<<"$config"
	echo "# $1 $2: $counted"
	at_most execs "$3"
	at_most netlink_messages "$4" 2
	at_most system_calls "$5" "$calls"
	# -1: this machine does not count them
	[[ $(jq .instructions <<<"$counted") == -1 ]] || at_most instructions "$6" "$instructions"
}

# The steady state: something of the kind is there already.
new_neighbour() {
	new_container neighbour
	add "$1" <<<"$2"
	new_container pod
}

@test "VERSION starts one process that asks the kernel for nothing" {
	local plugin

	for plugin in bridge ptp loopback host-local; do
		count VERSION "$plugin" <<<'{}'
		at_most execs 1
		at_most netlink_messages 0
		at_most system_calls 60
		at_most peak_rss_kb 3000
	done
}

@test "a log costs a few system calls, and none when nobody wants one" {
	local c off log=$BATS_TEST_TMPDIR/log

	c=$(conf 99-loopback)
	new_container pod
	count ADD loopback <<<"$c"
	off=$(jq .system_calls <<<"$counted")
	count ADD loopback CNI_LOG= <<<"$c"
	assert_eq "$(jq .system_calls <<<"$counted")" "$off" "system calls with a log that is off"
	# openat2, fstat, geteuid, signal, write, close, and memory
	count ADD loopback CNI_LOG="$log" <<<"$c"
	[[ -s $log ]]
	at_most system_calls 18 "$off"
	count ADD loopback CNI_LOG=journal <<<"$c"
	# socket, sendto, close, and what is said on stderr, as there is no journal
	at_most system_calls 14 "$off"
}

@test "bridge with both families and masquerade" {
	local c result

	c=$(conf 10-bridge)
	new_neighbour bridge "$c"
	costs ADD bridge 2 36 253 517000 <<<"$c"
	del bridge <<<"$c"
	add bridge <<<"$c"
	result=$stdout
	costs CHECK bridge 2 17 134 571000 <<<"$(with_result "$c" "$result")"
	costs DEL bridge 2 21 146 594000 <<<"$(with_result "$c" "$result")"
	costs STATUS bridge 2 10 97 154000 <<<"$c"
}

@test "ADD and DEL change nftables in one transaction, whatever tables are concerned" {
	local c

	c=$(conf 10-bridge '.macspoofchk = true | .ipspoofchk = true')
	new_neighbour bridge "$c"
	count ADD bridge <<<"$c"
	echo "# ADD: $counted"
	assert_eq "$(jq .transactions <<<"$counted")" 1 "transactions of ADD"
	count DEL bridge <<<"$c"
	echo "# DEL: $counted"
	assert_eq "$(jq .transactions <<<"$counted")" 1 "transactions of DEL"
}

# Closing a socket of nftables waits for what was deleted, so nobody deletes without need.
@test "DEL of podman's chain deletes once, and nothing when its rules are gone" {
	local c name plugin transactions=

	host iptables-nft -P FORWARD DROP
	c=$(conf 10-bridge '.cniVersion = "1.0.0" | .runtimeConfig.portMappings = [{hostPort: 8080, containerPort: 80, protocol: "tcp"}]')
	for name in neighbour pod; do
		new_container "$name"
		add bridge <<<"$(jq 'del(.runtimeConfig)' <<<"$c")"
		c=$(jq --argjson result "$stdout" '.prevResult = $result | .ingressPolicy = "same-bridge" | .runtimeConfig.portMappings[0].hostPort += 1' <<<"$c")
		for plugin in portmap firewall; do
			add "$plugin" <<<"$(jq --arg type "$plugin" '.type = $type' <<<"$c")"
		done
	done
	for plugin in firewall portmap firewall portmap; do
		count DEL "$plugin" <<<"$(jq --arg type "$plugin" '.type = $type' <<<"$c")"
		echo "# DEL $plugin: $counted"
		transactions+=" $(jq .transactions <<<"$counted")"
	done
	# firewall has a table of its own, and rules in iptables' one.
	assert_eq "$transactions" " 2 1 0 0" "transactions"
}

@test "DEL of a container without rules asks nftables once" {
	local c

	c=$(conf 10-bridge 'del(.ipMasq)')
	new_container pod
	add bridge <<<"$c"
	costs DEL bridge 2 8 118 400000 <<<"$c"
	assert_eq "$(jq .transactions <<<"$counted")" 0 "transactions"
}

@test "ptp with both families and masquerade" {
	local c result

	c=$(conf 20-kindnet '.cniVersion = "1.1.0" | .ipMasq = true | .ipam.ranges = [[{subnet: "10.30.0.0/24"}], [{subnet: "fd00:30::/64"}]]
		| .ipam.routes = [{dst: "0.0.0.0/0"}, {dst: "::/0"}]')
	new_neighbour ptp "$c"
	costs ADD ptp 2 38 253 568000 <<<"$c"
	del ptp <<<"$c"
	add ptp <<<"$c"
	result=$stdout
	costs CHECK ptp 2 18 138 541000 <<<"$(with_result "$c" "$result")"
	costs DEL ptp 2 21 146 572000 <<<"$(with_result "$c" "$result")"
}

@test "loopback" {
	local c='{"cniVersion":"1.1.0","name":"lo","type":"loopback"}'

	new_container pod
	costs ADD loopback 1 3 35 41500 <<<"$c"
	add loopback <<<"$c"
	costs CHECK loopback 1 1 27 35500 <<<"$(with_result "$c")"
	costs DEL loopback 1 2 31 14500 <<<"$c"
}

@test "host-local" {
	local c

	c=$(conf 10-bridge)
	new_neighbour host-local "$c"
	costs ADD host-local 1 0 79 109000 <<<"$c"
	costs CHECK host-local 1 0 37 77000 <<<"$c"
	costs STATUS host-local 1 0 22 67000 <<<"$c"
	costs DEL host-local 1 0 44 72000 <<<"$c"
}

@test "GC costs by the number of containers, not by what each of them has" {
	local c i valid

	c=$(jq -n '{cniVersion: "1.1.0", name: "many", type: "portmap"}')
	for i in {1..60}; do
		id=c$i
		add portmap CNI_NETNS=/run/netns/none <<<"$(jq --argjson i "$i" '
			.runtimeConfig.portMappings = [range(16) | {hostPort: ($i * 16 + .), containerPort: 80, protocol: "tcp"}]
			| .prevResult = {cniVersion, interfaces: [{name: "eth0", sandbox: "/run/netns/none"}], ips: [
				{address: "10.1.2.\($i)/24", interface: 0}, {address: "2001:db8::\($i)/64", interface: 0}]}' <<<"$c")"
	done
	valid=$(jq -n '[range(1; 61) | {containerID: "c\(.)", ifname: "eth0"}]')
	costs GC portmap 1 1 30 4200000 <<<"$(jq --argjson valid "$valid" '."cni.dev/valid-attachments" = $valid' <<<"$c")"
	assert_eq "$(host nft -j list map inet cni_portmap ports-ipv4 | jq '.nftables[1].map.elem | length')" 960 "ports"
	costs GC portmap 1 20000 33000 300000000 <<<"$(jq '."cni.dev/valid-attachments" = []' <<<"$c")"
	assert_eq "$(host nft list ruleset)" "" "ruleset"
}

@test "a command costs the same beside 500 other leases, links and masqueraded addresses" {
	local c few

	c=$(conf 10-bridge)
	new_neighbour bridge "$c"
	count ADD bridge <<<"$c"
	few=$counted
	del bridge <<<"$c"
	for n in $(seq 0 249); do echo "link add fill$n type veth peer name peer$n"; done | host ip -batch -
	printf 'fill /run/netns/%s 500\n' "$HOST" | tr ' ' '\t' | "$BUILD/bin/bench" serve >/dev/null
	mkdir -p "$data_dir/containers"
	for n in $(seq 500); do printf 'other%d\r\neth0' "$n" >"$data_dir/containers/10.22.$((n / 200 + 1)).$((n % 200 + 1))"; done
	add bridge <<<"$c" # the index of leases is made anew, because others changed the directory
	del bridge <<<"$c"
	count ADD bridge <<<"$c"
	at_most netlink_messages "$(jq '.netlink_messages + 2' <<<"$few")"
	at_most system_calls "$(jq '.system_calls + 25' <<<"$few")"
}
