#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Many at once on one lease directory: ours, the reference's host-local, and one who removes lease files. What
# they were answered is judged by storm.c. STORM_FULL=1: 200 processes for a minute.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a shell of its own; the helpers use and set variables

load helpers

setup() {
	setup_host
	rm -rf /run/cni/host-local
	if [[ -n ${STORM_FULL:-} ]]; then
		processes=200 seconds=60
	else
		processes=24 seconds=3
	fi
	addresses=$((processes / 3)) # so that the range is full again and again
}

# storm OURS REFERENCE [KEYS]: sets $counted to what storm.c says.
storm() {
	local config=$BATS_TEST_TMPDIR/config

	mkdir "$BATS_TEST_TMPDIR/graveyard"
	jq -n --arg dir "$data_dir" --argjson n "$addresses" '{cniVersion: "1.0.0", name: "pool",
		ipam: ({type: "host-local", dataDir: $dir,
			ranges: [[{subnet: "10.1.0.0/16", rangeStart: "10.1.0.10", rangeEnd: "10.1.0.\(9 + $n)"}]]} + '"${3:-{\}}"')}' \
		>"$config"
	host "$BUILD/tests/netns/storm" "$1" "$2" "$processes" "$seconds" "$config" "$data_dir/pool" \
		"$BATS_TEST_TMPDIR/graveyard" >"$BATS_TEST_TMPDIR/counted" || fail_because "it went wrong: $(cat "$BATS_TEST_TMPDIR/counted")"
	counted=$(cat "$BATS_TEST_TMPDIR/counted")
	echo "# $counted" >&3
	# Enough happened, of every kind.
	jq -e --argjson n "$addresses" --argjson seconds "$seconds" '.range == $n and .adds > 2 * $n and
		.removed > $seconds and .full > 0 and .by_reference > 0' <<<"$counted" >/dev/null ||
		fail_because "too little happened: $counted"
}

@test "no address is given twice and none is lost, beside the reference and one who removes leases" {
	storm "$PLAIN_BIN/host-local" "$REFERENCE_BIN/host-local"
}

@test "the same among ourselves, when addresses rest before they are used again" {
	storm "$PLAIN_BIN/host-local" "$PLAIN_BIN/host-local" '{cooldownSeconds: 1}'
}
