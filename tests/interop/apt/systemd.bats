#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# dhcp's daemon under systemd, with the units as they are installed.

load ../helpers
load ../systemd
load ../../netns/dhcp

setup() {
	setup_dhcp
	new_switch
	socket=/run/cni/dhcp.sock folder=/run/cni/dhcp
	mkdir -p "$UNITS"
	cp "$ROOT"/ipam/dhcp/systemd/* "$UNITS/"
	start_systemd cni-dhcp.socket dhcp
}

teardown() {
	stop_systemd
	teardown_dhcp
	rm -rf /run/cni
}

main_pid() {
	# That of systemd's namespace is another number.
	cat "$cgroup/system.slice/cni-dhcp.service/cgroup.procs"
}

is_another() {
	local now

	now=$(main_pid) && [[ -n $now && $now != "$1" ]] && is_active cni-dhcp.service
}

@test "dhcp under systemd: started by the first ADD, hardened, in namespaces that come later, and again when it is killed or stopped" {
	local c pid

	assert_units_are_sound cni-dhcp.service cni-dhcp.socket
	dnsmasq_serves
	c=$(dhcp_conf '.ipam.conflictCheck = true')
	plug c1
	is_active cni-dhcp.service inactive
	add dhcp <<<"$c"
	result=$stdout
	is_active cni-dhcp.service
	pid=$(main_pid)
	grep -q '^Seccomp:.2' "/proc/$pid/status"
	grep -q '^NoNewPrivs:.1' "/proc/$pid/status"
	# A namespace that was mounted after the daemon was started.
	plug c2
	add dhcp <<<"$(dhcp_conf)"
	del dhcp <<<"$c"
	use_container c1
	kill -KILL "$pid"
	wait_until 10 is_another "$pid"
	check dhcp <<<"$(with_result "$c" "$result")"
	# What is stopped starts with the next call; leases stay.
	control stop cni-dhcp.service
	is_active cni-dhcp.service inactive
	check dhcp <<<"$(with_result "$c" "$result")"
	is_active cni-dhcp.service
	# Without a socket STATUS tells what to start, and DEL does its work.
	control stop cni-dhcp.socket cni-dhcp.service
	cni STATUS dhcp <<<"$c"
	assert_error 50 "error dialing DHCP daemon"
	assert_json '.details | contains("cni-dhcp.socket")' true
	del dhcp <<<"$c"
	wait_until 5 test ! -s "$BATS_TEST_TMPDIR/leases"
	[[ -z $(find "$folder" -name '*.json') ]]
}
