#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What `cnitool top` says of traffic, beside the kernel's own counters, and how it treats a terminal.

load helpers
load cnitool

setup() {
	setup_tool
	cni_path=$PLAIN_BIN # it is cnitool that is looked at
	network n
	for name in red blue idle; do
		new_container "$name"
		tool_ok add n "$netns"
	done
}

teardown() {
	teardown_tool
}

row() {
	jq --arg name "$1" '.[] | select(.name == $name) | '"$2" "$stdout_file"
}

@test "top and doctor --netns name what is not there" {
	tool_fails 'no network has the name "nowhere"' top --once nowhere
	tool_fails 'neither a namespace nor an attachment has the path /run/netns/nobody' doctor --netns /run/netns/nobody
	ip netns delete red
	tool doctor n --netns /run/netns/red # known to the cache
	assert_eq "$status" 1
	network unused
	tool_ok top --once unused
}

@test "top counts what containers receive and send, the busiest first" {
	host ip link add parent type veth peer name other
	host ip link set parent up
	jq -n --arg dir "$data_dir" '{cniVersion: "1.0.0", name: "m", plugins: [{type: "macvlan", master: "parent",
		ipam: {type: "host-local", dataDir: $dir, ranges: [[{subnet: "10.8.0.0/24"}]]}}]}' >"$conf_dir/m.conflist"
	new_container apart
	tool_ok add m "$netns"
	in_container red ping -qnc 2000 -i 0.01 -s 1000 10.9.0.3 >/dev/null 3>&- &
	pinging=$!
	wait_until 10 eval '(($(in_container blue ip -j -s link show eth0 | jq ".[0].stats64.rx.packets") > 20))'
	tool_ok top --json
	(($(row blue .rxRate) > 2000 && $(row red .txRate) > 2000)) || fail_because "rates"
	kill "$pinging"
	assert_eq "$(jq -r '.[0:2] | map(.name) | sort | join(" ")' "$stdout_file")" "blue red" "the busiest"
	assert_json 'map(.name) | sort' '["apart","blue","idle","red"]'
	# Nothing moves any more: the numbers are the kernel's, seen from the container.
	wait "$pinging" || true
	tool_ok top n --json
	assert_json 'map(.network) | unique' '["n"]'
	(($(row blue .rxBytes) <= $(in_container blue ip -j -s link show eth0 | jq '.[0].stats64.rx.bytes')))
	(($(row blue .rxBytes) > 20 * 1000))
	tool_ok top m --json
	(($(row apart .txPackets) <= $(in_container apart ip -j -s link show eth0 | jq '.[0].stats64.tx.packets')))
	tool_ok top --once
	assert_match "$stdout" '^NAME +NETWORK +IFNAME +RX/s +TX/s +RX +TX +DROPPED +ADDRESSES'
	[[ $stdout != *$'\x1b'* ]]
}

# on_terminal KEYS: types them when the table is there; what was on the screen is in $seen.
on_terminal() {
	local command keys=$BATS_TEST_TMPDIR/keys

	seen=$BATS_TEST_TMPDIR/seen
	: >"$seen"
	mkfifo "$keys"
	make_command "$cnitool" top
	timeout 60 script -qfec "$(printf '%q ' "${command[@]}")" /dev/null >"$seen" <"$keys" 3>&- &
	terminal=$!
	exec {typing}>"$keys"
	wait_until 30 grep -q 'q quits' "$seen"
	printf '%s' "$1" >&"$typing"
	wait "$terminal"
	exec {typing}>&-
}

@test "top on a terminal ends with q, and gives the screen back" {
	on_terminal xq
	grep -qF $'\x1b[?1049h' "$seen"
	grep -q '^red ' "$seen"
	assert_match "$(tail -c 40 "$seen")" $'\x1b\\[\\?1049l' "the end"
}

# questions: to the kernel, of two looks.
questions() {
	in_tool_environment strace -f -qq -e trace=sendto -o "$BATS_TEST_TMPDIR/trace" "$PLAIN_BIN/cnitool" top --once >/dev/null
	grep -c 'sendto(' "$BATS_TEST_TMPDIR/trace"
}

@test "a look of top costs three questions for a container, however many addresses it has" {
	local i three four

	three=$(questions)
	new_container more
	tool_ok add n "$netns"
	four=$(questions)
	((four - three <= 2 * 3)) || fail_because "$three questions for three containers, $four for four"
	for i in {1..1000}; do
		echo "address add 10.77.$((i / 250)).$((i % 250 + 1))/32 dev eth0"
	done | ip -n more -batch -
	assert_eq "$(questions)" "$four" "questions beside 1,000 addresses"
}
