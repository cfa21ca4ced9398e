#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# GC when the kernel refuses one of its messages: who keeps a link keeps address and rules, and the others go all the same.

load ../netns/helpers

INJECT=${INJECT:-$BUILD/tests/faults/inject}

setup() {
	setup_host
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN # the sanitizers make system calls of their own
}

attach_all() {
	local name

	for name in a b c; do
		use_container "$name"
		[[ -e $netns ]] || ip netns add "$name"
		add bridge <<<"$1"
	done
}

# gc_with FAULT: runs GC with no attachment valid.
gc_with() {
	status=0
	stdout=$(host env -i CNI_COMMAND=GC CNI_PATH="$cni_path" "$INJECT" "$1" "$BATS_TEST_TMPDIR/did" "$BIN/bridge" \
		<<<"$(jq '."cni.dev/valid-attachments" = []' <<<"$c")" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
	stderr=$(<"$BATS_TEST_TMPDIR/stderr")
}

owners() { host ip -j link show type veth | jq -r '.[].ifalias' | sort; }

@test "a link that GC cannot delete keeps its address and its rules, and stops nobody else's end" {
	local c point owner kept partly=0

	c=$(conf 10-bridge '.macspoofchk = true')
	attach_all "$c"
	gc_with points
	grep -E '^refuse 0\..* EBUSY' "$BATS_TEST_TMPDIR/did" >"$BATS_TEST_TMPDIR/refusals"
	while read -r _ point _; do
		attach_all "$c"
		gc_with "refuse $point 16"
		[[ $status == [01] ]] || fail_because "refused $point"
		kept=$(owners)
		for owner in $kept; do
			owner=${owner#*/} owner=${owner%/*}
			grep -rq "^$owner" "$data_dir/containers" || fail_because "$point: $owner lost its address"
			host nft list table bridge cni_macspoof | grep -q "containers/$owner/eth0" || fail_because "$point: $owner lost its rules"
		done
		for owner in a b c; do
			[[ $kept == *"/$owner/"* || ! $kept ]] || refute grep -rq "^$owner" "$data_dir/containers"
		done
		[[ $(wc -w <<<"$kept") != 1 ]] || ((++partly))
		for owner in a b c; do
			use_container "$owner"
			del bridge <<<"$c"
		done
		[[ -z $(owners) ]] || fail_because "$point: DEL left something"
	done <"$BATS_TEST_TMPDIR/refusals"
	assert_eq "$partly" 3 "how often a single link stayed"
}
