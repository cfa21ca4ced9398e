# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # the tests and helpers.bash set the variables
#
# A systemd of the test's own: first process of its namespaces, in the network namespace of the test's host, with a cgroup of its own. It
# knows no units but those that the test puts into $UNITS.
#
#   start_systemd UNIT PROGRAM…   starts it with the unit; the programs are in its /opt/cni/bin
#   stop_systemd                  also removes the units
#   control COMMAND…              systemctl
#   inside COMMAND…               in its namespaces
#   is_active UNIT [STATE]
#   assert_units_are_sound SERVICE UNIT…

readonly UNITS=/run/units

cgroups() {
	findmnt -nt cgroup2 -o TARGET | tail -1
}

start_systemd() {
	local unit=$1 programs=("${@:2}") target

	if ! grep -q '^private /run ' /proc/mounts || mountpoint -q /run/systemd; then
		fail_because "tests/run hides /run/systemd; this is the machine's"
	fi
	cgroup=$(cgroups)/cni-systemd-$$-$BATS_TEST_NUMBER
	mkdir -p "$UNITS" "$cgroup"
	for target in sysinit basic sockets timers shutdown; do
		printf '[Unit]\nDefaultDependencies=no\n' >"$UNITS/$target.target"
	done
	printf '[Unit]\nRequires=%s\n' "$unit" >"$UNITS/test.target"
	nsenter --net="/run/netns/$HOST" -- unshare --pid --fork --kill-child --mount --propagation slave --uts --ipc -- \
		bash -c "$(declare -f become_systemd); become_systemd \"\$@\"" systemd "$cgroup" "${programs[@]/#/$PLAIN_BIN/}" >"$BATS_TEST_TMPDIR/systemd.log" 2>&1 3>&- &
	systemd_pid=$!
	wait_until 30 is_active "$unit"
}

# In namespaces of its own.
become_systemd() {
	echo 0 >"$1/cgroup.procs"
	shift
	# What is mounted now shows the cgroup as the root.
	exec unshare --cgroup -- bash -c '
		set -e
		mount -t proc proc /proc
		mount -o bind,ro /proc/sys /proc/sys
		mount -t tmpfs cgroups /sys/fs/cgroup 2>/dev/null || true
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		mount -t tmpfs opt /opt
		mkdir -p /opt/cni/bin
		cp "$@" /opt/cni/bin/
		export container=other SYSTEMD_UNIT_PATH=/run/units
		exec /lib/systemd/systemd --unit=test.target --log-target=console' systemd "$@"
}

stop_systemd() {
	[[ -n ${systemd_pid:-} ]] || return 0
	kill -KILL "$systemd_pid" 2>/dev/null || true
	wait "$systemd_pid" 2>/dev/null || true
	wait_until 10 remove_cgroup
	rm -rf "$UNITS" /run/systemd/*
}

remove_cgroup() {
	find "$cgroup" -depth -type d -exec rmdir {} +
	[[ ! -e $cgroup ]]
}

# That systemd hears only who has a number there.
inside() {
	nsenter --target "$(head -1 "$cgroup/init.scope/cgroup.procs")" --pid --mount -- "$@"
}

control() {
	inside systemctl "$@"
}

is_active() {
	[[ $(control is-active "$1") == "${2:-active}" ]]
}

# The units have no mistake, and little to attack.
assert_units_are_sound() {
	local exposure

	run inside systemd-analyze verify --man=no "${@/#/$UNITS/}"
	assert_eq "$(grep -c "${1%.service}" <<<"$output" || true)" 0 "complaints: $output"
	exposure=$(inside systemd-analyze security --offline=true --threshold=100 "$UNITS/$1" |
		awk '/Overall exposure/ { print $(NF - 2) }')
	# Below 5 with version 252; others weigh a little differently.
	awk -v e="$exposure" 'BEGIN { exit !(e > 0 && e < 5.5) }' || fail_because "exposure $exposure"
}
