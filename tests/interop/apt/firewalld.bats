#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# firewall's firewalld back end with Debian's firewalld, which filters the test's host with nftables, on a message bus of its own.
# The package is not installed, or it would begin to filter the machine: `make deps` unpacks it.

load ../helpers
load ../podman

FIREWALLD=$BUILD/unpacked/firewalld

setup() {
	setup_podman "$(our_plugins bridge host-local portmap loopback firewall tuning)"
	BIN=$OURS
	host sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	start_bus
	start_firewalld
	# What comes from containers would else go where it came from: to the zone that has both links.
	cmd --zone=work --add-interface=uplink
}

teardown() {
	stop_firewalld
	kill "$bus"
	rm -f /run/dbus/system_bus_socket
	teardown_podman
}

start_bus() {
	cat >"$BATS_TEST_TMPDIR/bus.conf" <<-'END'
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
			"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
			<type>system</type>
			<listen>unix:path=/run/dbus/system_bus_socket</listen>
			<auth>EXTERNAL</auth>
			<policy context="default">
				<allow user="root"/>
				<allow own="*"/>
				<allow send_type="method_call"/>
				<allow send_type="signal"/>
				<allow send_requested_reply="true" send_type="method_return"/>
				<allow send_requested_reply="true" send_type="error"/>
				<allow receive_sender="*"/>
			</policy>
		</busconfig>
	END
	dbus-daemon --config-file="$BATS_TEST_TMPDIR/bus.conf" --nofork --nopidfile 3>&- &
	bus=$!
	wait_until 20 test -S /run/dbus/system_bus_socket
}

start_firewalld() {
	mkdir -p "$BATS_TEST_TMPDIR/firewalld"
	cp "$FIREWALLD/etc/firewalld/firewalld.conf" "$BATS_TEST_TMPDIR/firewalld/"
	nsenter --net="/run/netns/$HOST" -- /usr/bin/python3 "$FIREWALLD/usr/sbin/firewalld" --nofork --nopid --log-target console \
		--system-config "$BATS_TEST_TMPDIR/firewalld" --default-config "$FIREWALLD/usr/lib/firewalld" 3>&- &
	firewalld=$!
	wait_until 60 is_running
}

is_running() {
	[[ $(dbus-send --system --print-reply=literal --dest=org.fedoraproject.FirewallD1 /org/fedoraproject/FirewallD1 \
		org.freedesktop.DBus.Properties.Get string:org.fedoraproject.FirewallD1 string:state) == *RUNNING* ]]
}

stop_firewalld() {
	[[ -n ${firewalld:-} ]] || return 0
	kill "$firewalld"
	wait "$firewalld" || true
	firewalld=
}

# It takes half a second to start.
cmd() {
	host /usr/bin/python3 "$FIREWALLD/usr/bin/firewall-cmd" "$@"
}

sources() {
	dbus-send --system --print-reply=literal --dest=org.fedoraproject.FirewallD1 /org/fedoraproject/FirewallD1 \
		org.fedoraproject.FirewallD1.zone.getSources "string:${1:-trusted}" | grep -o '[0-9a-f.:]*/[0-9]*' | sort | xargs
}

# attach NAME: the bridge alone, its addresses are $ipv4 and $ipv6.
attach() {
	new_container "$1"
	add bridge <<<"$(conf 31-firewall)"
	result=$stdout
	ipv4=$(jq -r '[.ips[].address | select(contains(".")) | sub("/.*"; "")][0]' <<<"$result")
	ipv6=$(jq -r '[.ips[].address | select(contains(":")) | sub("/.*"; "")][0]' <<<"$result")
}

guard() {
	conf 31-firewall "del(.ingressPolicy) | .prevResult = $result | ${1:-.}" firewall
}

pings() {
	in_container one ping -c 1 -W 10 "$1"
}

is_cut_off() {
	refute in_container one ping -c 1 -W 0.3 "$1"
}

@test "containers reach outside as sources of a zone, and what DEL leaves is as before" {
	attach one
	is_cut_off 192.0.2.2
	is_cut_off 2001:db8::2
	# The first source of a zone makes its chains, which stay.
	cmd --zone=trusted --add-source=198.51.100.1
	cmd --zone=trusted --remove-source=198.51.100.1
	host nft list ruleset | sed 's/ # handle.*//' >"$BATS_TEST_TMPDIR/rules"
	c=$(guard '.backend = "firewalld"')
	add firewall <<<"$c"
	assert_eq "$stderr" ""
	assert_match "$(cmd --zone=trusted --list-sources)" "^($ipv4/32 $ipv6/128|$ipv6/128 $ipv4/32)$"
	pings 192.0.2.2
	pings 2001:db8::2
	check firewall <<<"$c"
	BIN=$REFERENCE check firewall <<<"$c"
	add firewall <<<"$c"
	del firewall <<<"$(guard 'del(.prevResult)')"
	assert_eq "$(sources)" ""
	is_cut_off 192.0.2.2
	is_cut_off 2001:db8::2
	assert_eq "$(host nft list ruleset | sed 's/ # handle.*//')" "$(<"$BATS_TEST_TMPDIR/rules")" "the ruleset"
}

@test "a reload forgets sources: CHECK says so, and its advice, another ADD and GC each help" {
	attach one
	c=$(guard)
	BIN=$REFERENCE add firewall <<<"$c"
	check firewall <<<"$c"
	pings 192.0.2.2
	cmd --reload
	cmd --zone=work --change-interface=uplink
	is_cut_off 192.0.2.2
	cni CHECK firewall <<<"$c"
	assert_error 104 "$ipv4/32 is no source of firewalld's zone trusted"
	read -r -a words < <(jq -r '.details' "$stdout_file" | sed 's/.* or firewall-cmd //')
	cmd "${words[@]}"
	pings 192.0.2.2
	add firewall <<<"$c"
	check firewall <<<"$c"
	pings 2001:db8::2
	cmd --zone=trusted --remove-source="$ipv6/128"
	is_cut_off 2001:db8::2
	cni GC firewall <<<"$(guard 'del(.prevResult) | .cniVersion = "1.1.0" | .["cni.dev/valid-attachments"] = [{containerID: "one", ifname: "eth0"}]')"
	assert_success
	pings 2001:db8::2
	cni GC firewall <<<"$(guard 'del(.prevResult) | .cniVersion = "1.1.0" | .["cni.dev/valid-attachments"] = []')"
	assert_success
	assert_eq "$(sources)" ""
}

@test "what firewalld refuses is told in its words, and leaves nothing" {
	attach one
	cni ADD firewall <<<"$(guard '.firewalldZone = "nope"')"
	assert_error 7 "firewalld does not take $ipv4/32 as a source of zone nope"
	cni STATUS firewall <<<"$(guard 'del(.prevResult) | .cniVersion = "1.1.0" | .firewalldZone = "nope"')"
	assert_error 50 "zone nope"
	cmd --zone=home --add-source="$ipv6/128"
	cni ADD firewall <<<"$(guard)"
	assert_error 103 "firewalld does not take $ipv6/128 as a source of zone trusted"
	assert_eq "$(sources)" ""
	assert_eq "$(sources home)" "$ipv6/128"
	cmd --zone=home --remove-source="$ipv6/128"
	add firewall <<<"$(guard '.firewalldZone = "internal"')"
	assert_eq "$(sources internal)" "$ipv4/32 $ipv6/128"
}

@test "firewalld that ended: DEL is well, and a container without a backend needs it no more" {
	attach one
	add firewall <<<"$(guard)"
	stop_firewalld
	cni CHECK firewall <<<"$(guard '.backend = "firewalld"')"
	assert_error 11 'backend "firewalld": firewalld does not run'
	cni STATUS firewall <<<"$(guard 'del(.prevResult) | .cniVersion = "1.1.0" | .backend = "firewalld"')"
	assert_error 50 'backend "firewalld": firewalld does not run'
	add firewall <<<"$(guard)"
	pings 192.0.2.2
	del firewall <<<"$(guard '.backend = "firewalld"')"
	assert_eq "$stderr" ""
}

@test "podman's default network reaches outside through firewalld, and a published port is reached" {
	run_podman podman --detach --name web -p 8080:80 -- /bin/sh -c 'while :; do echo hello | nc -l -p 80; done'
	address=$(podman inspect --format '{{.NetworkSettings.IPAddress}}' web)
	assert_eq "$(sources)" "$address/32"
	podman exec web ping -c 1 -W 10 192.0.2.2
	answers() { [[ $(in_container outside socat -u TCP:192.0.2.1:8080,connect-timeout=2 -) == hello ]]; }
	wait_until 10 answers
	podman rm --force --time 0 web
	assert_eq "$(sources)" ""
}
