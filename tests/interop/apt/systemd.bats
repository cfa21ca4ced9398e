#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# dhcp's daemon under systemd: a systemd of the test's own, first process of its namespace, with the units as they are installed.
# It knows no other unit, and has a cgroup of its own.

load ../helpers
load ../../netns/dhcp

setup() {
	setup_dhcp
	new_switch
	socket=/run/cni/dhcp.sock folder=/run/cni/dhcp
	start_systemd
}

teardown() {
	kill -KILL "$systemd_pid" 2>/dev/null || true
	wait "$systemd_pid" 2>/dev/null || true
	wait_until 10 remove_cgroup
	teardown_dhcp
	rm -rf /run/units /run/cni /run/systemd/*
}

cgroups() {
	findmnt -nt cgroup2 -o TARGET | tail -1
}

start_systemd() {
	local units=/run/units target

	cgroup=$(cgroups)/cni-systemd-$$-$BATS_TEST_NUMBER
	mkdir -p "$units" "$cgroup"
	for target in sysinit basic sockets shutdown; do
		printf '[Unit]\nDefaultDependencies=no\n' >"$units/$target.target"
	done
	printf '[Unit]\nRequires=cni-dhcp.socket\n' >"$units/test.target"
	cp "$ROOT"/ipam/dhcp/systemd/* "$units/"
	nsenter --net="/run/netns/$HOST" -- unshare --pid --fork --kill-child --mount --propagation slave --uts --ipc -- \
		bash -c "$(declare -f become_systemd); become_systemd '$cgroup' '$PLAIN_BIN'" >"$BATS_TEST_TMPDIR/systemd.log" 2>&1 3>&- &
	systemd_pid=$!
	wait_until 30 is_active cni-dhcp.socket
}

# In namespaces of its own.
become_systemd() {
	echo 0 >"$1/cgroup.procs"
	# What is mounted now shows the cgroup as the root.
	exec unshare --cgroup -- bash -c '
		set -e
		mount -t proc proc /proc
		mount -o bind,ro /proc/sys /proc/sys
		mount -t tmpfs cgroups /sys/fs/cgroup 2>/dev/null || true
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		mount -t tmpfs opt /opt
		mkdir -p /opt/cni/bin
		cp "$1/dhcp" /opt/cni/bin/
		export container=other SYSTEMD_UNIT_PATH=/run/units
		exec /lib/systemd/systemd --unit=test.target --log-target=console' bash "$2"
}

remove_cgroup() {
	find "$cgroup" -depth -type d -exec rmdir {} +
	[[ ! -e $cgroup ]]
}

# A command in the namespaces of that systemd, which hears only who has a number there.
inside() {
	nsenter --target "$(head -1 "$cgroup/init.scope/cgroup.procs")" --pid --mount -- "$@"
}

control() {
	inside systemctl "$@"
}

main_pid() {
	# That of systemd's namespace is another number.
	cat "$cgroup/system.slice/cni-dhcp.service/cgroup.procs"
}

is_active() {
	[[ $(control is-active "$1") == "${2:-active}" ]]
}

is_another() {
	local now

	now=$(main_pid) && [[ -n $now && $now != "$1" ]] && is_active cni-dhcp.service
}

# The units have no mistake, and little to attack.
assert_units_are_sound() {
	local exposure

	run inside systemd-analyze verify --man=no /run/units/cni-dhcp.service /run/units/cni-dhcp.socket
	assert_eq "$(grep -c 'cni-dhcp' <<<"$output" || true)" 0 "complaints: $output"
	exposure=$(inside systemd-analyze security --offline=true --threshold=100 /run/units/cni-dhcp.service |
		awk '/Overall exposure/ { print $(NF - 2) }')
	awk -v e="$exposure" 'BEGIN { exit !(e > 0 && e < 5) }' || fail_because "exposure $exposure"
}

@test "dhcp under systemd: started by the first ADD, hardened, in namespaces that come later, and again when it is killed or stopped" {
	local c pid

	assert_units_are_sound
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
