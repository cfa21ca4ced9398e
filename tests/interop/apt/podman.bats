#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's podman with CNI: every example that has a bridge is one of its networks as it stands. Its cached results name no
# namespace, and cnitool takes none of its containers for dead.

load ../helpers
load ../podman

setup() {
	setup_podman "$(our_plugins bridge host-local portmap loopback)"
}

teardown() {
	teardown_podman
}

cnitool() {
	host env CNI_PATH="$OURS" NETCONFPATH="$work/net.d" "$OURS/cnitool" "$@"
}

@test "a container of podman on every example, online, and gone without a trace" {
	local file name output

	for file in 10-bridge 11-bridge-ipv4 30-containerd; do
		list "$file" >"$work/net.d/$file.conflist"
		name=$(jq -r .name "$work/net.d/$file.conflist")
		output=$(run_podman "$name" --rm -- /bin/sh -c 'ip -4 addr show eth0; ping -c 1 -W 10 192.0.2.2')
		[[ $output == *"1 packets received"* ]] || fail_because "$name: $output"
		rm "$work/net.d/$file.conflist"
		[[ -z $(find "$data_dir" -name '10.*') ]]
		host ip link show type bridge | sed -n 's/^[0-9]*: \([^:]*\):.*/\1/p' | xargs -n 1 nsenter --net="/run/netns/$HOST" ip link delete
	done
}

@test "what podman keeps of a container names no namespace, and the container lives" {
	list 10-bridge >"$work/net.d/10-bridge.conflist"
	# The machine's name servers are not reached from here, which doctor would say.
	run_podman containers -d --name web --dns none -- /bin/sleep 1000
	assert_eq "$(jq -c 'has("netns")' /var/lib/cni/results/*)" false "cached netns"
	cnitool ps --json >"$BATS_TEST_TMPDIR/ps"
	assert_eq "$(jq -c 'map(.state)' "$BATS_TEST_TMPDIR/ps")" '["alive"]' "what ps says"
	assert_eq "$(cnitool doctor containers --fix)" "containers: nothing found" "what doctor says"
	podman exec web ping -c 1 -W 10 10.22.0.1
	podman rm --force --time 0 web
	assert_eq "$(find /var/lib/cni/results -type f | wc -l) $(find "$data_dir" -name '10.*' | wc -l)" "0 0" "what is left"
}

# network NAME SUBNET: as podman itself writes one.
network() {
	jq -n --arg name "$1" --arg subnet "$2" --arg dir "$data_dir" '{cniVersion: "0.4.0", name: $name, plugins: [
		{type: "bridge", bridge: ("cni-" + $name), isGateway: true, ipMasq: true, hairpinMode: true,
			ipam: {type: "host-local", dataDir: $dir, routes: [{dst: "0.0.0.0/0"}], ranges: [[{subnet: $subnet}]]}},
		{type: "portmap", capabilities: {portMappings: true}},
		{type: "firewall", backend: ""},
		{type: "tuning"}]}' >"$work/net.d/$1.conflist"
}

# Where the port leads.
target() {
	host nft -j list map inet cni_portmap ports-ipv4 | jq -r '.nftables[].map? | select(.) | .elem[] | .[1].concat[0]'
}

# address_on SUBNET-BEGINNING
address_on() {
	podman exec web ip -4 addr | grep -o "$1[0-9.]*" | head -n 1
}

# A server in the namespace of the container, as long as the test.
answer_in_web() {
	local pid

	pid=$(podman inspect --format '{{.State.Pid}}' web)
	nsenter --target "$pid" --net -- socat TCP4-LISTEN:80,fork,reuseaddr SYSTEM:'echo web' 3>&- &
	servers+=($!)
	wait_until 5 sh -c "nsenter --target $pid --net -- ss -Hltn 'sport = :80' | grep -q ."
}

ask_outside() {
	in_container outside timeout 10 bash -c 'exec 9<>/dev/tcp/192.0.2.1/8080; head -n 1 <&9'
}

# The port leads to the container's address that begins so.
assert_leads_to() {
	assert_eq "$(target)" "$(address_on "$1")" "where the port leads"
	assert_eq "$(ask_outside)" web "the answer from outside"
}

@test "podman run --network a,b -p: connect, disconnect and restart keep the port" {
	our_plugins firewall tuning >/dev/null
	network a 10.41.0.0/24
	network b 10.42.0.0/24
	network c 10.43.0.0/24
	run_podman a,b -d --name web -p 8080:80 -- /bin/sleep 1000
	answer_in_web
	assert_match "$(address_on 10.41.0.)$(address_on 10.42.0.)" '10\.41\..*10\.42\.'
	assert_match "$(target)" '^10\.4[12]\.0\.[0-9]+$' "one of both has it"
	podman network connect c web
	podman network disconnect a web
	assert_leads_to 10.42.0.
	podman network disconnect b web
	assert_leads_to 10.43.0.
	podman network connect a web
	podman restart --time 0 web
	answer_in_web
	assert_match "$(target)" '^10\.4[13]\.0\.[0-9]+$' "one of both has it after a restart"
	assert_eq "$(ask_outside)" web "the answer after a restart"
	podman rm --force --time 0 web
	refute grep -q cni_portmap <<<"$(host nft list tables)"
	assert_eq "$(find "$data_dir" -name '10.*')" "" "leases"
}
