#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a log says of a call, where it goes, and that nothing about it reaches a container or a verb's outcome.

load helpers

readonly TRACE=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01

setup() {
	setup_host
	log=$BATS_TEST_TMPDIR/log/cni
	mkdir -m 755 "${log%/*}"
	new_container web
}

# receiver PATH: prints what comes to a socket of datagrams, each with its size in front, until it has been killed.
receiver() {
	mkdir -p "${1%/*}"
	rm -f "$1"
	/usr/bin/python3 -IS - "$1" >"$BATS_TEST_TMPDIR/received" 3>&- <<-'END' &
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		while True:
		    print(s.recv(1 << 20).decode(), flush=True)
	END
	receiver=$!
	wait_until 30 test -S "$1"
}

teardown() {
	[[ -z ${receiver:-} ]] || kill "$receiver"
	rm -rf /run/systemd/journal
	[[ -z ${small:-} ]] || umount "$small"
	[[ -z ${reading:-} ]] || exec {reading}>&-
	[[ -z ${dev_log:-} ]] || umount /dev
	teardown_host
}

received() {
	grep -qE "$1" "$BATS_TEST_TMPDIR/received"
}

# field FILTER: of the last line.
field() {
	tail -n 1 "$log" | jq -r "$1"
}

# lost_at PLACE [REASON]: the verbs succeed, and say that the log has not got their line.
lost_at() {
	local c verb

	c=$(conf 99-loopback)
	for verb in ADD DEL; do
		PLUGIN_TIMEOUT=30 cni $verb loopback CNI_LOG="$1" <<<"$c"
		assert_success
		[[ $stderr == *"log $1: ${2:-}"* ]] || fail_because "$verb does not say \"${2:-}\" of $1"
	done
}

@test "a file gets one line of each call, the delegate's before its caller's" {
	local c

	c=$(conf 10-bridge)
	add bridge CNI_LOG="$log" CNI_ARGS="K8S_POD_NAMESPACE=shop;IgnoreUnknown=1;K8S_POD_NAME=web-0" TRACEPARENT=$TRACE <<<"$c"
	assert_eq "$(jq -r '[.plugin, .verb, .network, .container, .ifname, .pod_namespace, .pod_name, .trace_id, .code] | join(" ")' "$log")" \
		"host-local ADD containers web eth0 shop web-0 4bf92f3577b34da6a3ce929d0e0e4736 
bridge ADD containers web eth0 shop web-0 4bf92f3577b34da6a3ce929d0e0e4736 " "lines"
	assert_match "$(field .time)" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z$'
	(($(field .duration_us) > 100 && $(field .duration_us) < 60000000)) || fail_because "duration: $(field .duration_us)"
	assert_eq "$(stat -c '%a %u' "$log")" "600 0" "mode and owner"
	del bridge CNI_LOG="$log" <<<"$c"
	assert_eq "$(wc -l <"$log") $(field .verb)" "4 DEL" "lines after DEL"
}

@test "the configuration can ask for it, and an error stands in it" {
	cni ADD bridge <<<"$(conf 10-bridge ".mtu = 99 | .vlan = 5000 | .log = \"$log\"")"
	assert_error 7
	assert_eq "$(field '"\(.plugin) \(.code)"')" "bridge 7" "line"
	assert_eq "$(field .msg)" "$(jq -r .msg "$stdout_file")" "msg"
	refute grep -q 'no such key' "$stderr_file"
	# A variable that is missing: nothing of the configuration is known yet.
	cni ADD bridge CNI_LOG="$log" CNI_CONTAINERID= <<<"$(conf 10-bridge)"
	assert_error 4
	assert_eq "$(field '"\(.verb) \(.code) \(.network)"')" "ADD 4 null" "line"
}

@test "the journal gets fields in its own protocol" {
	receiver /run/systemd/journal/socket
	add bridge CNI_LOG=journal CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAME=web-0" <<<"$(conf 10-bridge)"
	wait_until 30 received '^CNI_PLUGIN=bridge$'
	for line in MESSAGE='bridge ADD web/eth0 on containers: done' SYSLOG_IDENTIFIER=bridge PRIORITY=6 CNI_NETWORK=containers CNI_POD_NAME=web-0; do
		grep -qxF "$line" "$BATS_TEST_TMPDIR/received" || fail_because "no $line: $(<"$BATS_TEST_TMPDIR/received")"
	done
	# A line end in what others say begins no field.
	cni ADD bridge CNI_LOG=journal CNI_ARGS=$'a=b;IgnoreUnknown=1;K8S_POD_NAME=x\nBOGUS' <<<"$(conf 10-bridge '.vlan = 5000')"
	wait_until 30 received '^PRIORITY=3$'
	received '^CNI_POD_NAME=x[^ ]+BOGUS$'
	refute received '^BOGUS'
}

@test "syslog gets the line as JSON" {
	local dev=$BATS_TEST_TMPDIR/dev

	# /dev/log is the machine's: here the folder is another one.
	mkdir "$dev"
	mount -t tmpfs none "$dev"
	mknod "$dev/null" c 1 3
	mknod "$dev/urandom" c 1 9
	ln -s /proc/self/fd "$dev/fd"
	mount --move "$dev" /dev
	dev_log=1
	lost_at syslog "a line was lost: no such file or directory"
	receiver /dev/log
	add bridge CNI_LOG=syslog <<<"$(conf 10-bridge)"
	wait_until 30 received '^<30>[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} bridge\[[0-9]+\]: \{"time":.*"plugin":"bridge","verb":"ADD"'
}

@test "nobody listens, the place is no place: the verb succeeds and stderr says it" {
	local c place

	c=$(conf 10-bridge)
	mkfifo "${log%/*}/fifo"
	ln -s "$BATS_TEST_TMPDIR/target" "${log%/*}/link"
	ln -s "${log%/*}" "$BATS_TEST_TMPDIR/way"
	: >"${log%/*}/one"
	ln "${log%/*}/one" "${log%/*}/two"
	install -m 666 /dev/null "${log%/*}/open"
	install -m 600 -o 1 /dev/null "${log%/*}/foreign"
	for place in journal relative "${log%/*}" /nowhere/at/all "${log%/*}"/{fifo,link,two,open,foreign} "$BATS_TEST_TMPDIR/way/log"; do
		add bridge CNI_LOG="$place" <<<"$c"
		[[ $stderr == *"log $place: "* ]] || fail_because "nothing is said of $place"
		del bridge CNI_LOG="$place" <<<"$c"
	done
	[[ ! -e $BATS_TEST_TMPDIR/target && ! -e ${log%/*}/log && ! -s ${log%/*}/one ]]
}

@test "a FIFO with a reader, a folder that cannot be written, a full disk, a file that may not grow: nothing waits or fails" {
	local before

	# Opened for reading by somebody who never reads.
	mkfifo "${log%/*}/fifo"
	exec {reading}<>"${log%/*}/fifo"
	lost_at "${log%/*}/fifo" "not used, "
	refute read -r -t 0 -u "$reading"
	small=$BATS_TEST_TMPDIR/small
	mkdir "$small"
	mount -t tmpfs -o ro,mode=755 none "$small"
	lost_at "$small/cni" "a line was lost: read-only file system"
	mount -o remount,rw,size=8k "$small"
	# Room for half a line, which would spoil the next one.
	printf '{"line": "%08100d"}\n' 1 >"$small/cni"
	chmod 600 "$small/cni"
	before=$(md5sum <"$small/cni")
	lost_at "$small/cni" "a line was lost: no space left on device"
	assert_eq "$(md5sum <"$small/cni")" "$before" "what stood in the file"
	lost_at "$small/new" "a line was lost: no space left on device"
	mount -o remount,size=16k "$small"
	del loopback CNI_LOG="$small/cni" <<<"$(conf 99-loopback)"
	assert_eq "$(tail -n 1 "$small/cni" | jq -r .verb) $(jq -c . "$small/cni" | wc -l)" "DEL 2" "the first line that fits"
	# A limit of the process.
	printf '{"line": "%0970d"}\n' 1 >"$log"
	chmod 600 "$log"
	head -c 1024 /dev/zero >"$log.full"
	chmod 600 "$log.full"
	(
		ulimit -f 1
		lost_at "$log" "a line was lost: "
		lost_at "$log.full" "a line was lost: file too large"
	)
	assert_eq "$(stat -c %s "$log" "$log.full" | xargs)" "983 1024" "sizes of the files at their limit"
}

@test "a huge file gets its line at the end, and what is in it is not read" {
	truncate -s 5G "$log"
	chmod 600 "$log"
	add loopback CNI_LOG="$log" <<<"$(conf 99-loopback)"
	assert_eq "$stderr" "" "stderr"
	(($(stat -c %s "$log") > 5 << 30 && $(stat -c %b "$log") < 100)) || fail_because "$(stat "$log")"
	assert_eq "$(tail -c +$(((5 << 30) + 1)) "$log" | jq -r .verb)" ADD "the line"
}

@test "a journal that reads nothing holds nobody up" {
	mkdir -p /run/systemd/journal
	# Its queue is full before the plugin comes.
	/usr/bin/python3 -IS - /run/systemd/journal/socket >"$BATS_TEST_TMPDIR/received" 3>&- <<-'END' &
		import signal, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		c.setblocking(False)
		try:
		    for i in range(100000):
		        c.sendto(b"x", sys.argv[1])
		except BlockingIOError:
		    print("full", flush=True)
		signal.pause()
	END
	receiver=$!
	wait_until 30 received full
	PLUGIN_TIMEOUT=30 add bridge CNI_LOG=journal <<<"$(conf 10-bridge)"
	[[ $stderr == *"log journal: a line was lost: "* ]] || fail_because "nothing is said"
}

@test "delegates get the trace's variables" {
	local variable

	fake_plugin fake <<-'END'
		echo '{"cniVersion": "1.0.0", "ips": [{"address": "10.8.0.2/24"}]}'
	END
	add bridge TRACEPARENT=$TRACE TRACESTATE=a=1,b=2 BAGGAGE=user=x <<<"$(conf 10-bridge '.cniVersion = "1.0.0" | .ipam = {type: "fake"}')"
	for variable in "TRACEPARENT=$TRACE" TRACESTATE=a=1,b=2 BAGGAGE=user=x; do
		grep -qxF "$variable" "$fake_in.env" || fail_because "no $variable"
	done
}
