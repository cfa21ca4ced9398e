#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Two commands for one attachment at once, which runtimes are not to start, and old ones do when they gave up on the first. No
# address may go to two containers by that.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a shell of its own; the helpers use and set variables

load helpers

setup() {
	setup_host
	new_outside
	patient_ipam
}

# host-local does its work, and tells of its first ADD when $go is there, or after a minute.
patient_ipam() {
	held=$BATS_TEST_TMPDIR/held go=$BATS_TEST_TMPDIR/go
	mkdir "$BATS_TEST_TMPDIR/patient"
	cat >"$BATS_TEST_TMPDIR/patient/host-local" <<EOS
#!/bin/sh
answer=\$("$BIN/host-local")
status=\$?
turns=0
if [ "\$CNI_COMMAND" = ADD ] && mkdir "$held" 2>/dev/null; then
	until [ -e "$go" ] || [ \$turns = 3000 ]; do
		sleep 0.02
		turns=\$((turns + 1))
	done
fi
printf %s "\$answer"
exit \$status
EOS
	chmod 755 "$BATS_TEST_TMPDIR/patient/host-local"
	cni_path=$BATS_TEST_TMPDIR/patient:$BIN
}

again() {
	rm -rf "$held" "$go" "$BATS_TEST_TMPDIR"/{first,second}
}

# leased FILE [TYPE]: its example, with IPv4 addresses of host-local alone
leased() {
	conf "$1" ".ipam = {type: \"host-local\", dataDir: \"$data_dir\", subnet: \"10.77.0.0/24\"}" "${2:-}"
}

# at_once NAME VERB PLUGIN <CONFIGURATION: runs it in the background; its output is in a folder of this name
at_once() {
	local dir=$BATS_TEST_TMPDIR/$1

	mkdir "$dir"
	cat >"$dir/in"
	(
		BATS_TEST_TMPDIR=$dir
		cni "$2" "$3" <"$dir/in" || true
		echo "$status" >"$dir/status.new"
		mv "$dir/status.new" "$dir/status"
	) 3>&- &
}

ended() {
	[[ -e $BATS_TEST_TMPDIR/$1/status ]]
}

# Or it waits: each that works, and each that waits for its turn, has the file open.
ended_or_waits() {
	ended "$1" || (($(find /proc/[0-9]*/fd -lname '*/cni/turns' 2>/dev/null | wc -l) > 1))
}

status_of() {
	cat "$BATS_TEST_TMPDIR/$1/status"
}

# PLUGIN CONFIGURATION
add_twice_at_once() {
	local plugin=$1 c=$2 won address

	new_container two
	touch "$go"
	add "$plugin" <<<"$c"
	del "$plugin" <<<"$c"
	snapshot_host # with what stays, as a bridge does
	again

	new_container one
	at_once first ADD "$plugin" <<<"$c"
	wait_until 30 test -d "$held"
	at_once second ADD "$plugin" <<<"$c"
	wait_until 30 ended_or_waits second
	: >"$go"
	wait_until 60 ended first
	wait_until 60 ended second

	assert_eq "$(sort <(status_of first) <(status_of second) | xargs)" "0 1" "how both ended"
	won=first
	[[ $(status_of first) == 0 ]] || won=second
	address=$(jq -r '.ips[0].address' "$BATS_TEST_TMPDIR/$won/stdout")
	in_container one ip -o addr show dev eth0 | grep -F " $address "
	[[ -s $data_dir/$(jq -r .name <<<"$c")/${address%/*} ]] || fail_because "$address of a living container has no lease"
	use_container two
	add "$plugin" <<<"$c"
	[[ $(jq -r '.ips[0].address' "$stdout_file") != "$address" ]] || fail_because "$address went to two containers"
	del "$plugin" <<<"$c"
	use_container one
	del "$plugin" <<<"$c"
	ip netns delete one
	ip netns delete two
	assert_unchanged
	again
}

@test "at once: of two ADDs one succeeds, and its address is nobody else's" {
	add_twice_at_once bridge "$(leased 11-bridge-ipv4)"
	add_twice_at_once macvlan "$(leased 41-macvlan)"
}

@test "at once: a DEL waits for the ADD before it, and leaves nothing" {
	c=$(leased 41-macvlan)
	snapshot_host
	new_container one
	at_once first ADD macvlan <<<"$c"
	wait_until 30 test -d "$held"
	at_once second DEL macvlan <<<"$c"
	wait_until 30 ended_or_waits second
	: >"$go"
	wait_until 60 ended first
	wait_until 60 ended second
	assert_eq "$(status_of first) $(status_of second)" "0 0"
	refute in_container one ip link show dev eth0
	ip netns delete one
	assert_unchanged
}

@test "at once: SIGTERM ends an ADD that waits for another, which it leaves alone" {
	c=$(leased 41-macvlan)
	new_container one
	at_once first ADD macvlan <<<"$c"
	wait_until 30 test -d "$held"
	terminated ADD macvlan <<<"$c"
	assert_error 11 "gave up waiting for another ADD or DEL of eth0 in container one"
	: >"$go"
	wait_until 60 ended first
	assert_eq "$(status_of first)" 0
	use_container one
	del macvlan <<<"$c"
}

# An ADD that hangs for ever, as in a driver.
# bats test_tags=night
@test "at once: no DEL waits longer than five seconds, and no ADD longer than thirty" {
	c=$(leased 41-macvlan)
	new_container one
	at_once first ADD macvlan <<<"$c"
	wait_until 30 test -d "$held"
	cni ADD macvlan <<<"$c"
	assert_error 11 "another ADD or DEL of eth0 in container one has been at work for more than 30 seconds"
	del macvlan <<<"$c"
	assert_match "$stderr" "DEL of eth0 in container one goes on beside another ADD or DEL of it"
	: >"$go"
	wait_until 60 ended first
	del macvlan <<<"$c"
	refute in_container one ip link show dev eth0
}

# One that works goes its way, also where /run cannot be written to.
@test "at once: an ADD needs no file for its turn" {
	c=$(leased 41-macvlan)
	touch "$go"
	new_container one
	rm -f /run/cni/turns
	mkdir -p /run/cni/turns
	add macvlan <<<"$c"
	del macvlan <<<"$c"
	rmdir /run/cni/turns
	ln -s /etc/passwd /run/cni/turns
	add macvlan <<<"$c"
	del macvlan <<<"$c"
	rm /run/cni/turns
}

# A runtime that gave up kills the plugin, not what that has started: this goes on, and tells nobody.
@test "at once: an ADD of host-local that nobody hears takes back its own lease only" {
	local c pid

	c=$(jq -n --arg dir "$data_dir" '{cniVersion: "1.1.0", name: "pool",
		ipam: {type: "host-local", dataDir: $dir, subnet: "10.77.0.0/24"}}')
	netns='' id=one
	mkfifo "$BATS_TEST_TMPDIR/out"
	exec 7<>"$BATS_TEST_TMPDIR/out"
	dd if=/dev/zero of="$BATS_TEST_TMPDIR/out" oflag=nonblock bs=4096 2>/dev/null || true # so that the answer has to wait
	nsenter --net="/run/netns/$HOST" -- env -i CNI_COMMAND=ADD CNI_CONTAINERID=one CNI_IFNAME=eth0 CNI_NETNS=/run/netns/none \
		CNI_PATH="$BIN" "$PLAIN_BIN/host-local" <<<"$c" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- 7>&- &
	pid=$!
	wait_until 30 test -s "$data_dir/pool/10.77.0.2"
	cni_path=$BIN netns=/run/netns/none
	del host-local <<<"$c"
	add host-local <<<"$c"
	address=$(jq -r '.ips[0].address' "$stdout_file")
	exec 7>&-
	wait "$pid" && fail_because "the first one's answer was heard"
	[[ -s $data_dir/pool/${address%/*} ]] || fail_because "the lease of the second is gone"
	id=two
	add host-local <<<"$c"
	[[ $(jq -r '.ips[0].address' "$stdout_file") != "$address" ]] || fail_because "$address went to two"

	# And its own goes.
	id=three
	exec 7<>"$BATS_TEST_TMPDIR/out"
	nsenter --net="/run/netns/$HOST" -- env -i CNI_COMMAND=ADD CNI_CONTAINERID=three CNI_IFNAME=eth0 CNI_NETNS=/run/netns/none \
		CNI_PATH="$BIN" "$PLAIN_BIN/host-local" <<<"$c" >/dev/full 2>"$BATS_TEST_TMPDIR/err" || true
	[[ $(grep -l three "$data_dir"/pool/10.* | wc -l) == 0 ]] || fail_because "a lease that nobody was told of stays"
	exec 7>&-
}
