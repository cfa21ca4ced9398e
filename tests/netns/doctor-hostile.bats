#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool looks at containers that do not want it to end.

load helpers
load cnitool
load doctor

setup() {
	setup_tool
	inside=''
	network n
	new_container red
	in_container red ip link set lo up
	tool_ok add n "$netns"
	mkdir -p "$BATS_TEST_TMPDIR/root/etc"
}

teardown() {
	local pid

	for pid in $inside; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	teardown_tool
}

# inhabit CODE: a process of the container, with a root of its own; "ready" is what the code prints.
inhabit() {
	: >"$BATS_TEST_TMPDIR/inside"
	in_container red unshare --mount --propagation private /usr/bin/python3 -IS - "$BATS_TEST_TMPDIR/root" <<<"$1" \
		>"$BATS_TEST_TMPDIR/inside" 3>&- &
	inside="$inside $!"
	wait_until 30 grep -q ready "$BATS_TEST_TMPDIR/inside"
}

# in_time COMMAND…: of cnitool, which ends although the container does not answer.
in_time() {
	local before

	before=$(now_ms)
	"$@"
	(($(now_ms) - before < 20000)) || fail_because "it took $(($(now_ms) - before)) ms"
}

@test "a file system that never answers" {
	inhabit '
import ctypes, os, signal, sys
fuse = os.open("/dev/fuse", os.O_RDWR)
libc = ctypes.CDLL(None)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % fuse
assert libc.mount(b"x", sys.argv[1].encode() + b"/etc", b"fuse", 0, options) == 0
os.chroot(sys.argv[1])
print("ready", flush=True)
signal.pause()
'
	in_time healthy
}

@test "more names of a link than the kernel can tell" {
	local i

	in_container red ip link add a0 type veth peer name b0
	for i in {0..299}; do
		printf 'link property add dev a0 altname x%d_%0100d\n' "$i" "$i"
	done >"$BATS_TEST_TMPDIR/names"
	ip -n red -batch "$BATS_TEST_TMPDIR/names"
	healthy
	tool_ok top --once
	grep -q '^red ' "$stdout_file"
	# And of one of the host, whose counters are asked for as well.
	host ip link add a0 type veth peer name b0
	host ip -batch "$BATS_TEST_TMPDIR/names"
	tool_ok top --once
	grep -q '^red ' "$stdout_file"
}
