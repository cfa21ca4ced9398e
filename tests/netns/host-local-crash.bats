#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# host-local is killed at, or fails in, each of its system calls that change something. CRASH_FULL=1 takes all calls, and more
# situations.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a shell of its own; the helpers use and set variables

load helpers

setup() {
	setup_host
	BIN=$PLAIN_BIN # a sanitizer would be killed as well, hundreds of times
	leases=$data_dir/pool
	log=$BATS_TEST_TMPDIR/calls
	rm -rf /run/cni/host-local
	new_container c1
	c=$(jq -n --arg dir "$data_dir" '{cniVersion: "1.0.0", name: "pool", ipam: {type: "host-local", dataDir: $dir,
		ranges: [[{subnet: "10.1.2.0/28"}], [{subnet: "2001:db8:1::/64"}]]}}')
}

lease_names() {
	[[ ! -d $leases ]] || (cd "$leases" && find . -mindepth 1 ! -name lock ! -name 'last_reserved_ip.*' -printf '%f ')
}

# traced VERB STRACE-OPTION…: the command under strace, for c1.
traced() {
	local verb=$1

	shift
	status=0
	host env -i CNI_COMMAND="$verb" CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH=/none \
		strace -qq -o "$log" "$@" "$BIN/host-local" <<<"$c" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" ||
		status=$?
	stdout_file=$BATS_TEST_TMPDIR/stdout
	stdout=$(cat "$stdout_file")
}

# calls_of VERB [errors]: the calls of a command as "name nth", in order: those that change something and the ones behind them, because being
# killed at any other is the same. With CRASH_FULL all, but an error in what starts the process is no business of ours, and of the looks
# at other processes, of which there may be hundreds, a few will do.
calls_of() {
	traced "$1" -e trace=all
	awk -v full="${CRASH_FULL:-}" -v errors="${2:-}" '
		{ name = $0; sub(/\(.*/, "", name) }
		name !~ /^[a-z_0-9]+$/ { next }
		{ n[name]++ }
		/"\/proc\/[0-9]+\/ns\/net"/ && ++looks > 5 { next }
		/SIG_BLOCK/ { started = 1 }
		{ changes = /^(p?write|linkat|unlinkat|rename|utimensat|ftruncate|mkdir|flock|fcntl)|O_CREAT|O_TMPFILE|MAP_SHARED/ }
		(full && !errors) || (started && (full || changes || changed)) { if (name !~ /^(execve|exit_group)$/) print name, n[name] }
		{ changed = changes }' "$log"
}

# A situation in which the next ADD or DEL has something to do. New ones end up here by name.
arrange() {
	local i

	case $1 in
	used) # others have been there
		id=c0
		add host-local <<<"$c"
		;;
	new) rm -rf "$data_dir" /run/cni/host-local ;;
	dead) # an attachment of the same container that is gone
		id=c1
		add host-local <<<"$c"
		ip netns delete c1
		ip netns add c1
		;;
	full) # of dead ones
		for i in {2..14}; do
			ip netns list | grep -q '^gone' || ip netns add gone
			id=d$i netns=/run/netns/gone
			add host-local <<<"$c"
		done
		ip netns delete gone
		netns=/run/netns/c1
		;;
	stale) # somebody was there without our index
		id=c0
		add host-local <<<"$c"
		printf 'c9\r\neth0' >"$leases/10.1.2.9"
		;;
	esac
	id=c1
}

# Nobody but c1 may have lost or got anything that is not excused by the situation; c1 has WANTED leases.
expect_own() {
	local count

	count=$(grep -lx $'c1\r' "$leases"/* 2>/dev/null | wc -l)
	assert_eq "$count" "$1" "leases of c1 after $where: $(lease_names)"
}

clean() {
	rm -rf "$data_dir" /run/cni/host-local
}

sweep_kill_add() {
	local situation=$1 name nth first

	arrange "$situation"
	calls=$(calls_of ADD)
	while read -r name nth; do
		clean
		arrange "$situation"
		where="killing ADD ($situation) at $name $nth"
		traced ADD -e "inject=$name:signal=KILL:when=$nth"
		# How many processes there are to look at is not always the same: it may have come to its end.
		[[ $status == 137 ]] || del host-local <<<"$c"
		add host-local <<<"$c" || fail_because "the same again, after $where"
		expect_own 2
		first=$(jq -r '.ips[].address' "$stdout_file")
		id=c2
		add host-local <<<"$c" || fail_because "another, after $where"
		[[ -z $(comm -12 <(sort <<<"$first") <(jq -r '.ips[].address' "$stdout_file" | sort)) ]] ||
			fail_because "given twice after $where"
		id=c1
		del host-local <<<"$c" || fail_because "DEL after $where"
		expect_own 0
	done <<<"$calls"
	[[ -n $calls ]]
}

sweep_kill_del() {
	local name nth

	arrange "$1"
	add host-local <<<"$c"
	calls=$(calls_of DEL)
	while read -r name nth; do
		clean
		arrange "$1"
		add host-local <<<"$c"
		where="killing DEL ($1) at $name $nth"
		traced DEL -e "inject=$name:signal=KILL:when=$nth"
		del host-local <<<"$c" || fail_because "the same again, after $where"
		expect_own 0
		add host-local <<<"$c" || fail_because "ADD after $where"
		expect_own 2
	done <<<"$calls"
	[[ -n $calls ]]
}

# One JSON object and no lease, or success.
sweep_errors() {
	local verb=$1 situation=$2 errors=$3 name nth error

	arrange "$situation"
	[[ $verb == ADD ]] || add host-local <<<"$c"
	calls=$(calls_of "$verb" errors | grep -E '^(openat|read|write|pread64|pwrite64|linkat|unlinkat|renameat|utimensat|ftruncate|flock|fcntl|newfstatat|mmap|mkdir|getdents64|close) ')
	while read -r name nth; do
		for error in $errors; do
			clean
			arrange "$situation"
			[[ $verb == ADD ]] || add host-local <<<"$c"
			where="$error for $verb ($situation) in $name $nth"
			traced "$verb" -e "inject=$name:error=$error:when=$nth"
			((status <= 1)) || fail_because "$where: status $status"
			if [[ $status == 1 && $name == write && -z $stdout ]]; then
				: # the answer itself could not be written
			elif ((status == 1)); then
				jq -e '.code and .msg' "$stdout_file" >/dev/null || fail_because "no error object after $where"
			fi
			if [[ $verb == ADD ]]; then
				expect_own $((status == 0 ? 2 : 0))
			elif ((status == 0)); then
				expect_own 0
			fi
			del host-local <<<"$c" || fail_because "DEL after $where"
			expect_own 0
		done
	done <<<"$calls"
	[[ -n $calls ]]
}

@test "an ADD killed at any system call can be repeated, and leaves nothing behind a DEL" {
	sweep_kill_add used
}

@test "a DEL killed at any system call can be repeated" {
	sweep_kill_del used
}

# bats test_tags=night
@test "an ADD that takes over from a dead attachment can be killed, too" {
	sweep_kill_add dead
}

@test "no error of a system call leaves the lease of a failed ADD" {
	sweep_errors ADD used "${CRASH_FULL:+ENOSPC EROFS EDQUOT }EIO"
}

@test "no error of a system call makes a DEL forget a lease silently" {
	sweep_errors DEL used "${CRASH_FULL:+EROFS }EIO"
}

@test "the same in other situations" {
	if [[ -n ${CRASH_FULL:-} ]]; then
		for situation in new full stale; do
			clean
			sweep_kill_add "$situation"
			clean
			sweep_kill_del "$situation"
			clean
			sweep_errors ADD "$situation" "ENOSPC EIO"
		done
	else
		sweep_errors ADD new ENOSPC
	fi
}
