#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Names that containers, other programs and files choose: what cnitool prints of them moves no terminal, hides nothing,
# and is one word for the shell that a fix is pasted into.

load helpers
load cnitool

# What a terminal obeys (C0, C1 as bytes and as characters), what turns text round, what no decoder takes.
readonly NAMES=($'\e]0;x\a' $'\x9b2J' $'\u009b1m' $'a\u202eb' $'c\x7f\x08' $'\xff\xfe' $'"];<b>\\' $'\u2066\u200bz')

setup() {
	setup_tool
	network n
	new_container red
	in_container red ip link set lo up
	tool_ok add n "$netns"
}

teardown() {
	teardown_tool
}

# Both outputs are UTF-8, with nothing in it but what can be seen, and line ends.
assert_visible() {
	/usr/bin/python3 -IS - "$stdout_file" "$stderr_file" <<'EOS' || fail_because "a terminal would obey that: $*"
import sys, unicodedata
for path in sys.argv[1:]:
    for c in open(path, encoding="utf-8", errors="strict", newline="").read():
        if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp"):
            sys.exit(f"{path}: {c!r}")
EOS
}

visible_everywhere() {
	local verb

	for verb in "show" "show n" "show --json" "show n --dot" "show --dot" "ps" "ps --json" "list" "list --json" \
		"doctor n" "doctor n --json"; do
		# shellcheck disable=SC2086 # words
		tool $verb
		assert_visible "$verb"
	done
}

@test "interfaces in a container" {
	local name

	for name in "${NAMES[@]}"; do
		in_container red ip link add "$name" type bridge
	done
	visible_everywhere
	tool_ok show
	grep -qF '\x1b]0;x\x07' "$stdout_file"
	grep -qF 'a\u202eb' "$stdout_file"
	tool_ok show --json
	assert_json '[.namespaces[].links[].name] | any(contains("\u001b]0;x\u0007"))' true
}

@test "the container's own interface, renamed, and its pair" {
	in_container red ip link set eth0 down
	in_container red ip link set eth0 name $'\e]0;x\a'
	visible_everywhere
	tool doctor n
	[[ $stdout == *'is called \x1b]0;x\x07'* ]]
}

@test "namespaces, networks and processes" {
	local name pid

	mkfifo "$BATS_TEST_TMPDIR/wait"
	for name in "${NAMES[@]}"; do
		[[ $name == *"<"* ]] || { ip netns add "$name" && tool_ok add n "/run/netns/$name"; }
		jq -n --arg name "n$name" '{cniVersion: "1.0.0", name: $name, plugins: [{type: $name}]}' >"$conf_dir/$RANDOM.conflist"
	done
	# shellcheck disable=SC2016 # for the shell in the namespace
	unshare --net bash -c 'printf "\e[2J" >/proc/$$/comm; ip link add d0 type bridge; echo ready >"$1.ready"; read -r <"$1"' \
		bash "$BATS_TEST_TMPDIR/wait" 3>&- &
	pid=$!
	wait_until 5 test -s "$BATS_TEST_TMPDIR/wait.ready"
	visible_everywhere
	tool_ok show
	grep -qF "process $pid (\\x1b[2J)" "$stdout_file"
	echo >"$BATS_TEST_TMPDIR/wait"
	wait "$pid"
}

@test "marks, leases, rules and cached results of others" {
	local port

	port=$(host ip -j link show master br0 | jq -r '.[0].ifname')
	in_container red ip addr flush dev eth0
	in_container red ip link set eth0 down
	host ip link set "$port" alias $'n/x\n    fix: rm -r ~\e[2J/eth0'
	rm -r "$CACHE"
	mkdir -p "$CACHE"
	jq -n '{kind: "cniCacheV1", networkName: "n\u001b[2J", containerId: "\u009b", ifName: "\u202e", netns: "/\u001b[2J",
		capabilityArgs: {portMappings: [{hostPort: 1, protocol: "\u001b[2J\"", hostIP: "\u001b"}]},
		result: {cniVersion: "1.0.0", interfaces: [{name: "\u202e", sandbox: "/\u001b[2J"}]}}' >"$CACHE/n-x-eth0"
	printf 'i\e[2Jd\r\neth0\u009b' >"$data_dir/n/10.9.0.77"
	touch -d '-2 minutes' "$data_dir"/n/*
	host nft add table ip $'x; flush ruleset'  2>/dev/null || true
	visible_everywhere
	tool doctor n
	[[ $stdout == *link-orphaned:* ]]
	assert_eq "$(grep -c '^    fix: rm' "$stdout_file")" 0 "forged lines"
}

@test "errors of plugins, files and arguments" {
	fake_plugin odd <<'EOS'
printf '{"code": 100, "msg": "\\u001b]0;x\\u0007 \\u202e", "details": "\\u009b"}'
exit 1
EOS
	network odd '.plugins = [{type: "odd"}]'
	tool add odd "$netns"
	assert_eq "$status" 1
	assert_visible add
	printf '{"cniVersion": "\e[2J", "name": "n"' >"$conf_dir/00.conflist"
	tool list
	assert_visible list
	tool add n "$netns"
	assert_visible add
	tool $'\e[2J'
	assert_visible verb
	tool show $'\e[2J'
	assert_visible show
}

@test "a plugin's line on stderr" {
	fake_plugin none <<'EOS'
echo '{"cniVersion": "1.0.0"}'
EOS
	in_container red ip link set eth0 name eth1
	cni ADD bridge CNI_IFNAME=$'e\e[2J' <<<"$(conf 10-bridge '.bridge = "br\u001b[2J" | .mtu = 9999999')"
	[[ $status == 1 ]]
	refute grep -q $'\e' "$stdout_file" "$stderr_file"
	refute grep -q 'u001b' "$stdout_file"
}

@test "a fix is pasted, whatever the namespace is called" {
	local name fix

	cd "$BATS_TEST_TMPDIR"
	for name in 'two words' '$(touch ran)' ';touch ran;' "it's" $'\e[2J`touch ran`'; do
		ip netns add "$name"
		tool_ok add n "/run/netns/$name"
		in_container "$name" ip link set lo down
		tool doctor n --netns "/run/netns/$name" --json
		assert_json 'map(.name)' '["loopback-down"]'
		fix=$(jq -r '.[0].fix' "$stdout_file")
		refute grep -q $'\e' <<<"$fix"
		host bash -ec "$fix"
		tool_ok doctor n --netns "/run/netns/$name"
		[[ ! -e ran ]] || fail_because "$fix"
	done
}

@test "completion runs nothing that a network is called" {
	local name="x\$(touch\${IFS}$BATS_TEST_TMPDIR/ran)"

	network "$name" . y.conflist
	# shellcheck disable=SC2016 # for that shell
	in_tool_environment bash -c 'PATH=$1:$PATH; source "$2"; COMP_WORDS=(cnitool ps x) COMP_CWORD=2; _cnitool
		printf "%s\n" "${COMPREPLY[@]}"' bash "$PLAIN_BIN" "$ROOT/tools/cnitool/completion.bash" >"$BATS_TEST_TMPDIR/offers"
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
	assert_eq "$(wc -l <"$BATS_TEST_TMPDIR/offers")" 1 "offers"
}
