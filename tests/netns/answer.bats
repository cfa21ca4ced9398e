#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# One JSON object on stdout, whatever happens.

load helpers

l2() {
	jq -n '{cniVersion: "1.1.0", name: "n", type: "bridge", bridge: "br0"} | '"${1:-.}"
}

l3() {
	conf 10-bridge "${1:-.}"
}

# A configuration with DEPTH nested lists in a key that nobody reads.
nested() {
	printf '{"cniVersion":"1.1.0","name":"n","type":"bridge","x":'
	head -c "$1" /dev/zero | tr '\0' '['
	head -c "$1" /dev/zero | tr '\0' ']'
	printf '}'
}

one_object() {
	[[ $status == 1 ]] || fail_because "expected exit status 1"
	jq -e -s 'length == 1 and (.[0] | (.code | type) == "number" and (.msg | length) > 0)' "$stdout_file" >/dev/null ||
		fail_because "expected one error object"
}

# ---- input

@test "10,000 levels of nesting are refused" {
	local plugin

	for plugin in bridge host-local; do
		nested 10001 >"$BATS_TEST_TMPDIR/conf"
		cni ADD "$plugin" CNI_NETNS=/x <"$BATS_TEST_TMPDIR/conf"
		assert_error 6 "error unmarshall network config: "
		nested 1000000 >"$BATS_TEST_TMPDIR/conf"
		cni DEL "$plugin" CNI_NETNS= <"$BATS_TEST_TMPDIR/conf"
		assert_error 6
	done
}

@test "some hundred levels of nesting are fine" {
	nested 900 >"$BATS_TEST_TMPDIR/conf"
	cni DEL bridge CNI_NETNS= <"$BATS_TEST_TMPDIR/conf"
	assert_success
}

@test "ten megabytes of configuration" {
	head -c 10000000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/pad"
	l2 | jq --rawfile pad "$BATS_TEST_TMPDIR/pad" '.pad = $pad' >"$BATS_TEST_TMPDIR/conf"
	cni DEL bridge CNI_NETNS= <"$BATS_TEST_TMPDIR/conf"
	assert_success
	cni DEL bridge CNI_NETNS= <"$BATS_TEST_TMPDIR/pad"
	assert_error 6 "invalid character 'x' looking for beginning of value"
	# Many small values cost more than one large one.
	{
		printf '{"name":"n","cniVersion":"1.1.0","x":['
		yes '{"a":[1,2,3]},' | head -c 10000000 | tr -d '\n'
		printf '0]}'
	} >"$BATS_TEST_TMPDIR/conf"
	cni DEL bridge CNI_NETNS= <"$BATS_TEST_TMPDIR/conf"
	[[ $status == 0 ]] || assert_error 6
}

@test "more than 32 MiB on stdin are refused, in bounded memory" {
	BIN=$PLAIN_BIN
	yes ' ' | head -c 70000000 >"$BATS_TEST_TMPDIR/conf"
	(
		ulimit -v 200000
		unset -f jq # gojq wants more
		cni ADD bridge CNI_NETNS=/x <"$BATS_TEST_TMPDIR/conf"
		assert_error_is 5 "error reading from stdin: read /dev/stdin: file too large"
	)
}

@test "a delegate that prints without end is ended, and nothing is left" {
	local stream

	for stream in '' '>&2'; do
		fake_plugin ipam <<END
[ "\$CNI_COMMAND" = ADD ] || exit 0
echo \$\$ >"\$in.pid"
exec yes $stream
END
		new_container "c${#stream}"
		PLUGIN_TIMEOUT=30 cni ADD bridge <<<"$(l2 '.ipam = {type: "ipam"}')"
		assert_error 0 "the plugin ipam printed more than 33554432 bytes and was ended"
		refute kill -0 "$(cat "$fake_in.pid")"
		assert_eq "$(cat "$fake_log")" ADD$'\n'DEL "what the IPAM plugin was asked"
		assert_eq "$(host ip -j link show type veth | jq length)" 0 "veths left"
	done
}

@test "invalid UTF-8" {
	printf '{"cniVersion":"1.1.0","name":"a\xff\xfeb","type":"bridge"}' >"$BATS_TEST_TMPDIR/conf"
	cni DEL bridge CNI_NETNS= <"$BATS_TEST_TMPDIR/conf"
	assert_error 7 "invalid characters found in network name"
	grep -q '\\ufffd' "$stdout_file" || grep -q $'\xef\xbf\xbd' "$stdout_file"
	printf '{"cniVersion":"1.1.0","name":"n","type":"bridge","x\xc3":"\xed\xa0\x80\xf8"}' >"$BATS_TEST_TMPDIR/conf"
	cni DEL bridge CNI_NETNS= <"$BATS_TEST_TMPDIR/conf"
	assert_success
	cni DEL bridge CNI_NETNS= CNI_CONTAINERID=$'a\xff' <<<"$(l2)"
	assert_error 4 "invalid characters in containerID"
}

@test "NUL bytes in the configuration" {
	printf '{"cniVersion":"1.1.0","name":"n\0m","type":"bridge"}' >"$BATS_TEST_TMPDIR/conf"
	cni DEL bridge CNI_NETNS= <"$BATS_TEST_TMPDIR/conf"
	one_object
	printf '{"cniVersion":"1.1.0","name":"n"}\0' >"$BATS_TEST_TMPDIR/conf"
	cni DEL bridge CNI_NETNS= <"$BATS_TEST_TMPDIR/conf"
	assert_error 6
	printf '{"cniVersion":"1.1.0","name":"n\\u0000m"}' >"$BATS_TEST_TMPDIR/conf"
	cni DEL bridge CNI_NETNS= <"$BATS_TEST_TMPDIR/conf"
	one_object
}

@test "values of every wrong type in every place" {
	local base key value

	base=$(l2 | jq -c .)
	new_container c1
	for key in bridge isGateway isDefaultGateway forceAddress ipMasq ipMasqBackend mtu hairpinMode promiscMode vlan vlanTrunk \
		preserveDefaultVlan macspoofchk enabledad disableContainerInterface portIsolation ipam dns args runtimeConfig \
		prevResult capabilities type; do
		for value in '"x"' 7 '[]' '[null]' 1e999 '{"type":7}' '{"cni":7}'; do
			# The last of equal keys wins.
			cni ADD bridge <<<"${base%\}},\"$key\":$value}"
			if [[ $status == 0 ]]; then
				cni DEL bridge <<<"$(l2)"
				assert_success
			else
				one_object
			fi
		done
	done
}

# ---- output

@test "closed stdout: ADD fails and takes its work back" {
	new_container c0
	add bridge <<<"$(l3)"
	snapshot_host
	new_container c1
	CLOSED='>&-' cni ADD bridge <<<"$(l3)"
	assert_eq "$status" 1 "exit status"
	assert_match "$stderr" "[Bb]ad file descriptor"
	assert_unchanged
}

@test "an error that cannot be written goes to stderr" {
	STDOUT=/dev/full cni ADD bridge CNI_NETNS=/nowhere <<<"$(l2)"
	assert_eq "$status" 1 "exit status"
	assert_match "$stderr" "Error writing error JSON to stdout: "
	CLOSED='>&-' cni ADD bridge CNI_NETNS=/nowhere <<<"$(l2)"
	assert_eq "$status" 1 "exit status"
	assert_match "$stderr" "Error writing error JSON to stdout: "
}

@test "closed stdin, stdout and stderr together" {
	CLOSED='<&- >&- 2>&-' cni ADD bridge CNI_NETNS=/x </dev/null
	[[ $status == 1 ]]
}

@test "a reader that goes away" {
	new_container c0
	add bridge <<<"$(l3)"
	snapshot_host
	new_container c1
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	exec 7<>"$BATS_TEST_TMPDIR/pipe"
	exec 8>"$BATS_TEST_TMPDIR/pipe"
	exec 7<&-
	CLOSED='>&8' cni ADD bridge <<<"$(l3)"
	exec 8>&-
	[[ $status != 0 ]]
	assert_unchanged
}

# ---- memory and signals

@test "out of memory is one constant error object" {
	local kilobytes seen=0

	head -c 3000000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/pad"
	l2 | jq --rawfile pad "$BATS_TEST_TMPDIR/pad" '.pad = $pad' >"$BATS_TEST_TMPDIR/conf"
	BIN=$PLAIN_BIN
	for ((kilobytes = 3000; kilobytes <= 24000; kilobytes += 500)); do
		status=0
		(
			ulimit -v "$kilobytes"
			cd /
			exec env -i CNI_COMMAND=DEL CNI_CONTAINERID=c1 CNI_IFNAME=eth0 CNI_PATH=/x "$BIN/bridge"
		) <"$BATS_TEST_TMPDIR/conf" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
		stdout_file=$BATS_TEST_TMPDIR/stdout
		stdout=$(cat "$stdout_file") stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
		case $status in
		0 | 126 | 127) ;; # enough; not even enough to be started
		139) [[ ! -s $stdout_file ]] ;; # the loader gave up
		*)
			assert_error_is 11 "out of memory"
			((++seen))
			;;
		esac
	done
	((seen > 0)) || fail_because "never out of memory"
}

# Many daemons ignore SIGCHLD, and who they start inherits that.
@test "a caller that ignores SIGCHLD: the end of a delegate is seen, and its status counts" {
	local c answer i

	new_container c1
	c=$(conf 10-bridge)
	ignoring() {
		host env -i --ignore-signal=CHLD CNI_COMMAND="$1" CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$cni_path" \
			"$PLAIN_BIN/bridge" <<<"$2"
	}
	for ((i = 0; i < 4; i++)); do
		answer=$(ignoring ADD "$c")
		ignoring CHECK "$(with_result "$c" "$answer")"
		ignoring DEL "$c"
	done
	fake_plugin ipam <<-'END'
		echo '{"code": 77, "msg": "no address"}'
		exit 1
	END
	for ((i = 0; i < 4; i++)); do
		answer=$(ignoring ADD "$(jq '.ipam = {type: "ipam"}' <<<"$c")" || true)
		assert_eq "$(jq -c .code <<<"$answer")" 77 "code"
	done
}

@test "where no file may grow, ADD fails and leaves nothing, and DEL does its work" {
	local c

	new_container c1
	c=$(conf 10-bridge)
	(
		ulimit -f 0
		exec env -i CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" nsenter --net="/run/netns/$HOST" \
			-- "$PLAIN_BIN/bridge" <<<"$c"
	) | cat >"$BATS_TEST_TMPDIR/answer"
	assert_match "$(jq -r .msg "$BATS_TEST_TMPDIR/answer")" "file too large$"
	assert_eq "$(find "$data_dir" -name '10.*')" "" "leases"
	assert_eq "$(host ip link show type veth)" "" "links"
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN
	add bridge <<<"$c"
	(
		ulimit -f 0
		exec env -i CNI_COMMAND=DEL CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" nsenter --net="/run/netns/$HOST" \
			-- "$PLAIN_BIN/bridge" <<<"$c"
	)
	assert_eq "$(find "$data_dir" -name '10.*')" "" "leases"
	assert_eq "$(host ip link show type veth)" "" "links"
}

@test "SIGTERM while the IPAM hangs: one error object, nothing left, the IPAM is gone" {
	local pid

	fake_plugin ipam <<'END'
[ "$CNI_COMMAND" = ADD ] || exit 0
echo $$ >"$in.pid"
exec sleep 60
END
	new_container c1
	snapshot_host
	stdout_file=$BATS_TEST_TMPDIR/out stderr_file=$BATS_TEST_TMPDIR/err
	l2 '.ipam = {type: "ipam"}' >"$BATS_TEST_TMPDIR/conf"
	# Not by host(): $! is to be the plugin.
	nsenter --net="/run/netns/$HOST" -- env -i ASAN_OPTIONS="$ASAN_OPTIONS" CNI_COMMAND=ADD CNI_CONTAINERID=c1 \
		CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$cni_path" "$BIN/bridge" <"$BATS_TEST_TMPDIR/conf" >"$stdout_file" 2>"$stderr_file" &
	pid=$!
	wait_until 10 test -s "$fake_in.pid"
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	stdout=$(cat "$stdout_file") stderr=$(cat "$stderr_file")
	one_object
	refute kill -0 "$(cat "$fake_in.pid")"
	assert_eq "$(host ip -j link show type veth | jq length)" 0 "veths left"
}

# ---- programs

@test "no child process but the IPAM plugin" {
	new_container c1
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN
	for verb in ADD DEL; do
		host env -i CNI_COMMAND=$verb CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$cni_path" \
			"$(command -v strace)" -f -e trace=execve,execveat -o "$BATS_TEST_TMPDIR/trace" "$BIN/bridge" \
			<<<"$(l3 '.macspoofchk = true')" >"$BATS_TEST_TMPDIR/stdout"
		assert_eq "$(grep -oE 'exec[a-z]*\("[^"]*"' "$BATS_TEST_TMPDIR/trace" | sort -u)" \
			"execve(\"$BIN/bridge\""$'\n'"execve(\"$BIN/host-local\"" "programs run by $verb"
	done
}

@test "nothing of the machine is needed but the kernel: no PATH, no nft, no iptables" {
	new_outside
	new_container c1
	mkdir -p "$BATS_TEST_TMPDIR/empty"
	add bridge PATH="$BATS_TEST_TMPDIR/empty" <<<"$(l3)"
	in_container c1 ping -q -c 1 -W 10 192.0.2.2
	in_container c1 ping -q -c 1 -W 10 2001:db8::2
	del bridge PATH="$BATS_TEST_TMPDIR/empty" <<<"$(l3)"
}
