#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool add, check, del, gc, status: the whole chain of a network as a runtime runs it. Where the variable
# CNI_REFERENCE_CNITOOL names the reference's cnitool, the conformance tests run with it too.

load helpers
load cnitool

setup() {
	setup_tool
}

teardown() {
	teardown_tool
}

# with_each_tool FUNCTION: our cnitool, and the reference's where there is one.
with_each_tool() {
	for cnitool in "$BIN/cnitool" ${CNI_REFERENCE_CNITOOL:+"$CNI_REFERENCE_CNITOOL"}; do
		"$@"
	done
}

# recording NAME [JQ]: a plugin that keeps what it was given in $fakes/NAME.VERB.{in,env}, and answers ADD with JQ of it.
recording() {
	fakes=$BATS_TEST_TMPDIR/fakes
	mkdir -p "$fakes"
	cat >"$fakes/$1" <<EOS
#!/bin/sh
cat >"$fakes/$1.\$CNI_COMMAND.in"
env | grep ^CNI_ | sort >"$fakes/$1.\$CNI_COMMAND.env"
echo "$1 \$CNI_COMMAND" >>"$fakes/log"
[ ! -e "$fakes/$1.\$CNI_COMMAND.fails" ] || { echo '{"code": 11, "msg": "$1 says no", "details": "because"}'; exit 1; }
[ "\$CNI_COMMAND" != ADD ] || jq -c '${2:-.prevResult // {cniVersion\}}' "$fakes/$1.ADD.in"
EOS
	chmod 755 "$fakes/$1"
	: >"$fakes/log"
}

fake_network() {
	cni_path=$fakes
	jq -n "{cniVersion: \"1.1.0\", name: \"n\", plugins: [{type: \"one\"}, {type: \"two\"}, {type: \"three\"}]} | ${1:-.}" \
		>"$conf_dir/10-n.conflist"
}

three_fakes() {
	recording one '{cniVersion, ips: [{address: "10.1.0.2/24"}]}'
	recording two
	recording three
}

log_is() {
	assert_eq "$(tr '\n' ' ' <"$fakes/log")" "${*:+$* }" "calls"
	: >"$fakes/log"
}

# ---- conformance

kinds_list() {
	jq -n --arg dir "$data_dir" '{cniVersion: "0.3.1", name: "kindnet", plugins: [
		{type: "ptp", ipMasq: false, ipam: {type: "host-local", dataDir: $dir, routes: [{dst: "0.0.0.0/0"}],
		 ranges: [[{subnet: "10.244.0.0/24"}]]}, mtu: 1500},
		{type: "portmap", capabilities: {portMappings: true}}]}' >"$conf_dir/10-kindnet.conflist"
}

add_del_del() {
	new_container c1
	tool_ok add kindnet "$netns"
	assert_json .cniVersion '"0.3.1"'
	tool_ok del kindnet "$netns"
	tool_ok del kindnet "$netns"
	assert_eq "$(leased)" 0 leases
	ip netns delete c1
}

@test "conformance 83: kind's list: add, del, del" {
	kinds_list
	with_each_tool add_del_del
}

@test "conformance 83b: no prevResult reaches DEL below 0.4.0" {
	three_fakes
	fake_network '.cniVersion = "0.3.1"'
	with_each_tool no_previous_on_del
}

no_previous_on_del() {
	tool_ok add n /x
	tool_ok del n /x
	assert_eq "$(jq -c '.prevResult' "$fakes/one.DEL.in")" null "prevResult"
}

add_check_del() {
	network n ".cniVersion = \"$1\""
	new_container c1
	tool_ok add n "$netns"
	assert_json .cniVersion "\"$1\""
	tool_ok check n "$netns"
	assert_eq "$stdout$stderr" "" "what check prints"
	in_container c1 ping -qc 1 10.9.0.1
	tool_ok del n "$netns"
	assert_eq "$(leased) $(cached_files)" "0 0" "leases and cached results"
	ip netns delete c1
}

@test "conformance 84: add, check, del with 0.4.0, 1.0.0 and 1.1.0" {
	local version

	for version in 0.4.0 1.0.0 1.1.0; do
		with_each_tool add_check_del "$version"
	done
}

status_and_gc() {
	network n
	new_container c1
	tool_ok status n "$netns"
	tool_ok add n "$netns"
	new_container c2
	tool_ok add n "$netns"
	tool_ok gc n "$netns"
	assert_eq "$(leased) $(cached_files)" "0 0" "leases and cached results"
	refute in_container c1 ip link show eth0
	ip netns delete c1
	ip netns delete c2
}

@test "conformance 85: status; gc deletes every attachment of the network" {
	with_each_tool status_and_gc
}

@test "conformance 85b: gc runs DEL in reverse, then GC in order, without a list" {
	three_fakes
	fake_network
	with_each_tool gc_order
}

gc_order() {
	tool_ok add n /x
	: >"$fakes/log"
	tool_ok gc n /y
	log_is three DEL two DEL one DEL one GC two GC three GC
	assert_eq "$(jq -c . "$fakes/one.GC.in")" '{"cniVersion":"1.1.0","name":"n","type":"one"}' "GC's request"
}

# mixed VERSION FIRST SECOND: folders of loopback and bridge.
mixed() {
	local mix=$BATS_TEST_TMPDIR/mix

	rm -rf "$mix"
	mkdir -p "$mix"
	cp "$2"/bridge "$mix/bridge"
	cp "$3"/loopback "$mix/loopback"
	cp "$2"/host-local "$mix/host-local"
	cni_path=$mix
	network n ".cniVersion = \"$1\" | .plugins |= reverse"
	new_container c1
	tool_ok add n "$netns"
	assert_json '.interfaces | map(.name) | contains(["eth0"])' true
	[[ $1 == 0.3.1 ]] || tool_ok check n "$netns"
	tool_ok del n "$netns"
	assert_eq "$(leased)" 0 leases
	ip netns delete c1
	# A bridge that the other made before is none of ours, and its MAC may not suit.
	host ip link delete br0
}

@test "conformance 86: a chain of our plugins and the reference's, either way round" {
	local version

	for version in 0.3.1 0.4.0 1.0.0; do
		with_each_tool mixed "$version" "$BIN" "$REFERENCE_BIN"
		with_each_tool mixed "$version" "$REFERENCE_BIN" "$BIN"
	done
}

# bats test_tags=night
@test "conformance 87: loopback and ptp at the same time for one container, 100 times" {
	local i

	jq -n '{cniVersion: "0.3.1", name: "lo", plugins: [{type: "loopback"}]}' >"$conf_dir/lo.conflist"
	kinds_list
	jq 'del(.plugins[1])' "$conf_dir/10-kindnet.conflist" >"$conf_dir/x" && mv "$conf_dir/x" "$conf_dir/10-kindnet.conflist"
	cni_path=$PLAIN_BIN
	for ((i = 0; i < 100; i++)); do
		new_container c1
		in_tool_environment env CNI_IFNAME=lo "$PLAIN_BIN/cnitool" add lo "$netns" >"$BATS_TEST_TMPDIR/lo" 2>&1 &
		in_tool_environment "$PLAIN_BIN/cnitool" add kindnet "$netns" >"$BATS_TEST_TMPDIR/ptp" 2>&1
		wait $!
		in_container c1 ping -qc 1 127.0.0.1 >/dev/null
		in_container c1 ip addr show eth0 | grep -q 'inet 10.244.0'
		in_tool_environment "$PLAIN_BIN/cnitool" del kindnet "$netns"
		ip netns delete c1
	done
}

@test "conformance 88: the caller sees the end of the output at once" {
	local start

	network n
	new_container c1
	start=$(now_ms)
	in_tool_environment "$cnitool" add n "$netns" | cat >/dev/null
	in_tool_environment "$cnitool" del n "$netns" 2>&1 | cat >/dev/null
	(($(now_ms) - start < 30000)) || fail_because "something holds the output open"
}

netns_is_gone() {
	network n
	new_container c1
	tool_ok add n "$netns"
	ip netns delete c1
	tool_ok del n "$netns"
	assert_eq "$(leased) $(cached_files)" "0 0" "leases and cached results"
}

@test "conformance 89: DEL after the namespace has gone" {
	with_each_tool netns_is_gone
}

@test "conformance 90: VERSION as CRI-O asks for it" {
	local plugin

	for plugin in bridge ptp loopback host-local static; do
		run_plugin "$plugin" CNI_COMMAND=VERSION CNI_NETNS=dummy CNI_IFNAME=dummy CNI_PATH=dummy CNI_CONTAINERID= \
			<<<'{"cniVersion": "1.1.0"}'
		assert_success
		assert_json '.supportedVersions | contains(["1.1.0"])' true
	done
}

# ---- requests

@test "a plugin gets its entry sorted, its numbers as doubles, name and version of the list" {
	three_fakes
	fake_network '.cniVersions = ["0.4.0", "1.0.0", "9.0.0"] | .cniVersion = "0.4.0" |
		.plugins[0] += {name: "own", cniVersion: "0.1.0", z: 1, b: {y: 1.50, x: ["<&>", null]}}'
	sed -i 's/"z": 1\(,\?\)$/"z": 12345678901234567890\1/' "$conf_dir/10-n.conflist"
	tool_ok add n /x
	assert_eq "$(cat "$fakes/one.ADD.in")" \
		'{"b":{"x":["\u003c\u0026\u003e",null],"y":1.5},"cniVersion":"1.0.0","name":"n","type":"one","z":12345678901234567000}'
	assert_eq "$(jq -c .prevResult "$fakes/three.ADD.in")" '{"cniVersion":"1.0.0","ips":[{"address":"10.1.0.2/24"}]}'
}

@test "environment: arguments, interface, and a container id made of the namespace's path" {
	three_fakes
	fake_network
	tool_environment=(CNI_ARGS="A=1;B=2" CNI_IFNAME=net1)
	tool_ok add n /run/../run/netns//x
	assert_eq "$(cat "$fakes/one.ADD.env")" "CNI_ARGS=A=1;B=2
CNI_COMMAND=ADD
CNI_CONTAINERID=cnitool-$(printf /run/netns/x | sha512sum | cut -c 1-20)
CNI_IFNAME=net1
CNI_NETNS=/run/netns/x
CNI_PATH=$fakes"
	tool_ok -h
	tool_ok add -i net2 n /x
	grep -qx CNI_IFNAME=net2 "$fakes/one.ADD.env"
	tool_ok add n --ifname=net3 /x
	grep -qx CNI_IFNAME=net3 "$fakes/one.ADD.env"
}

@test "capabilities reach only the plugins that declare them" {
	three_fakes
	fake_network '.plugins[1].capabilities = {portMappings: true, mac: false}'
	tool_environment=(CAP_ARGS='{"portMappings": [{"hostPort": 80}], "mac": "x", "other": 1}')
	tool_ok add n /x
	assert_eq "$(jq -c .runtimeConfig "$fakes/one.ADD.in")" null
	assert_eq "$(jq -c .runtimeConfig "$fakes/two.ADD.in")" '{"portMappings":[{"hostPort":80}]}'
}

@test "what is wrong with the environment is said" {
	three_fakes
	fake_network
	tool_environment=(CNI_ARGS="A=1;")
	tool_fails 'invalid CNI_ARGS pair ""' add n /x
	tool_environment=(CNI_ARGS="A")
	tool_fails 'invalid CNI_ARGS pair "A"' add n /x
	tool_environment=(CAP_ARGS="[")
	tool_fails 'unexpected end of JSON input' add n /x
	# Unset or empty, they are the folders of everybody.
	tool_environment=(CNI_PATH=)
	tool_fails 'in path [/opt/cni/bin]; install one into one of the folders of CNI_PATH' add n /x
	tool_ok list
	[[ $stdout == *"not ready: failed to find plugin \"one\" in path [/opt/cni/bin]; "*CNI_PATH* ]]
	tool_environment=(NETCONFPATH=/nowhere)
	tool_fails 'no net configurations found in /nowhere: no such file or directory; NETCONFPATH' add n /x
	tool_fails 'NETCONFPATH names the folder' list
	tool_fails 'NETCONFPATH names the folder' doctor n
	tool_environment=(NETCONFPATH=)
	tool add n /x
	[[ $stderr == *"/etc/cni/net.d"* ]]
	tool_environment=(CNI_IFNAME=a/b)
	tool_fails 'interface name contains / or : or whitespace characters' add n /x
}

# ---- failures

@test "an ADD that fails is undone in reverse, and nothing is cached" {
	three_fakes
	fake_network
	: >"$fakes/two.ADD.fails"
	tool_fails 'plugin type="two" failed (add): two says no; because' add n /x
	log_is one ADD two ADD two DEL one DEL
	assert_eq "$(cached_files)" 0
}

@test "an ADD that is repeated does not undo the attachment that lives" {
	network n
	new_container c1
	tool_ok add n "$netns"
	tool_fails 'already exists' add n "$netns"
	in_container c1 ping -qc 1 10.9.0.1
	in_container c1 ping -qc 1 127.0.0.1
	tool_ok check n "$netns"
}

@test "a DEL reaches every plugin although one fails, and is remembered until it succeeds" {
	three_fakes
	fake_network
	tool_ok add n /x
	: >"$fakes/log"
	: >"$fakes/two.DEL.fails"
	tool_fails 'plugin type="two" failed (delete): two says no; because' del n /x
	log_is three DEL two DEL one DEL
	assert_eq "$(cached_files)" 1
	rm "$fakes/two.DEL.fails"
	tool_ok del n /x
	assert_eq "$(cached_files)" 0
}

@test "CHECK: disableCheck, versions, and a cache that makes no sense" {
	three_fakes
	fake_network '.disableCheck = "TRUE"'
	tool_ok check n /x
	log_is
	fake_network '.cniVersion = "0.3.1"'
	tool_fails 'configuration version "0.3.1" does not support the CHECK command' check n /x
	fake_network
	tool_ok add n /x
	: >"$fakes/log"
	echo '{' >"$(find "$CACHE" -type f)"
	tool_fails 'failed to get network "n" cached result' check n /x
	log_is
	tool_ok del n /x
	assert_eq "$(cached_files)" 0
}

@test "STATUS: only from 1.1.0 on, the first error as it is" {
	three_fakes
	fake_network
	: >"$fakes/two.STATUS.fails"
	tool_fails "two says no; because" status n /x
	log_is one STATUS two STATUS
	fake_network '.cniVersion = "1.0.0"'
	tool_ok status n /x
	log_is
}

# ---- loading

@test "files: lists before single configurations, the first name wins, a broken one before it is an error" {
	three_fakes
	fake_network
	echo '{"name": "s", "cniVersion": "1.0.0", "type": "one"}' >"$conf_dir/00-s.conf"
	tool_ok add s /x
	assert_eq "$(jq -c . "$fakes/one.ADD.in")" '{"cniVersion":"1.0.0","name":"s","type":"one"}'
	tool_ok del s /x
	tool_fails "no net configuration with name \"y\" in $conf_dir; \`cnitool list\`" add y /x
	echo '{' >"$conf_dir/05-broken.conflist"
	tool_fails 'error parsing configuration list: unexpected end of JSON input' add n /x
	mv "$conf_dir/05-broken.conflist" "$conf_dir/95-broken.conflist"
	tool_ok add n /x
	tool_ok del n /x
	rm "$conf_dir"/*
	tool_fails "no net configurations found in $conf_dir; put a .conflist there" add n /x
}

@test "drop-in plugins stand behind the inlined ones, unless they are switched off" {
	three_fakes
	fake_network 'del(.plugins[1:])'
	mkdir "$conf_dir/n"
	echo '{"type": "three"}' >"$conf_dir/n/20.conf"
	echo '{"type": "two"}' >"$conf_dir/n/10.conf"
	echo '{' >"$conf_dir/n/30.json"
	tool_ok add n /x
	log_is one ADD two ADD three ADD
	tool_ok del n /x
	: >"$fakes/log"
	fake_network 'del(.plugins[1:]) | .loadOnlyInlinedPlugins = true'
	tool_ok add n /x
	log_is one ADD
	tool_ok del n /x
	fake_network 'del(.plugins)'
	: >"$fakes/log"
	tool_ok status n /x
	log_is two STATUS three STATUS
}

# ---- the cache

@test "the cache is the reference's, byte for byte" {
	local file

	three_fakes
	fake_network
	tool_environment=(CNI_ARGS="A=1" CAP_ARGS='{"b": 1, "a": [2.0]}')
	tool_ok add n /x
	file=$(find "$CACHE" -type f)
	assert_eq "$(basename "$file")" "n-cnitool-$(printf /x | sha512sum | cut -c 1-20)-eth0"
	assert_eq "$(stat -c %a "$file" "$CACHE" | tr '\n' ' ')" "600 700 "
	assert_eq "$(cat "$file")" '{"kind":"cniCacheV1","containerId":"cnitool-'"$(printf /x | sha512sum | cut -c 1-20)"'","config":"'"$(
		base64 -w 0 "$conf_dir/10-n.conflist")"'","ifName":"eth0","networkName":"n","netns":"/x","cniArgs":[["A","1"]],"capabilityArgs":{"a":[2],"b":1},"result":{"cniVersion":"1.1.0","ips":[{"address":"10.1.0.2/24"}]}}'
}

@test "a cached result of the oldest form is read" {
	three_fakes
	fake_network '.cniVersion = "1.0.0"'
	mkdir -p "$CACHE"
	echo '{"cniVersion": "0.4.0", "ips": [{"version": "4", "address": "10.1.0.9/24"}]}' \
		>"$CACHE/n-cnitool-$(printf /x | sha512sum | cut -c 1-20)-eth0"
	tool_ok check n /x
	assert_eq "$(jq -c .prevResult "$fakes/one.CHECK.in")" '{"cniVersion":"1.0.0","ips":[{"address":"10.1.0.9/24"}]}'
}

# ---- command line

@test "closed stdin, stdout and stderr are nothing that plugins write to" {
	network n
	new_container c1
	status=0
	in_tool_environment sh -c '"$0" add n /run/netns/c1 <&- >&- 2>&-' "$cnitool" || status=$?
	assert_eq "$status" 1 "exit status of whoever cannot tell the result"
	tool_ok check n /run/netns/c1
	in_tool_environment sh -c '"$0" del n /run/netns/c1 <&- >&- 2>&-' "$cnitool"
	assert_eq "$(cached_files) $(leased)" "0 0" "cached results, leases"
}

@test "an ADD that cannot tell its result says so; the container is attached" {
	network n
	new_container c1
	in_tool_environment "$cnitool" add n "$netns" >/dev/full 2>"$BATS_TEST_TMPDIR/stderr" && fail_because "it succeeded"
	assert_eq "$(<"$BATS_TEST_TMPDIR/stderr")" \
		"failed to write to stdout: no space left on device; the command itself was carried out"
	tool_ok check n "$netns"
	tool_ok del n "$netns"
	assert_eq "$(cached_files)" 0
}

@test "doctor that cannot tell what it found says so" {
	network n
	new_container c1
	tool_ok add n "$netns"
	host nft flush ruleset
	in_tool_environment "$cnitool" doctor n >/dev/full 2>"$BATS_TEST_TMPDIR/stderr" && fail_because "it succeeded"
	assert_eq "$(<"$BATS_TEST_TMPDIR/stderr")" \
		"failed to write to stdout: no space left on device; the command itself was carried out"
}

@test "DEL removes what an ADD left half-written in the cache when it was killed" {
	network n
	new_container c1
	tool_ok add n "$netns"
	for file in "$CACHE"/*; do
		cp "$file" "$CACHE/.${file##*/}.new"
	done
	assert_eq "$(cached_files)" 2
	tool_ok del n "$netns"
	assert_eq "$(cached_files)" 0
}

@test "every verb explains itself" {
	local verb

	tool_ok
	[[ $stdout == *"cnitool VERB"* ]]
	for verb in add check del readd gc status run exec connect disconnect rm list ps show doctor top metrics install version help; do
		tool_ok "$verb" --help
		[[ $stdout == "cnitool $verb: "* ]] || fail_because "no help of $verb"
	done
	tool_fails "unknown command: foo" foo
	tool_fails "requires at least 2 arg(s), only received 1" add n
	tool_fails "unknown option: --nosuch" add --nosuch n /x
}

@test "an argument too many is told by verbs of our own, and ignored as ever by those of the reference" {
	local verb

	three_fakes
	fake_network
	for verb in "list x" "ps n x" "show n x" "doctor n x" "top n x" "metrics x" "version x" "help ps x"; do
		# shellcheck disable=SC2086 # words
		tool_fails "one argument too many: x" $verb
	done
	tool_ok add n /x y
	tool_ok del n /x y
}

# ---- strange files

@test "FIFOs and files without end among configurations and cached results are waited for by nobody" {
	network one
	mkfifo "$conf_dir/00-pipe.conflist"
	ln -s /proc/self/pagemap "$conf_dir/00-endless.conf"
	tool list
	assert_success
	assert_match "$stdout" 'broken: error reading .*/00-pipe.conflist'
	assert_match "$stdout" '00-endless.conf +broken: error reading .*file too large'
	rm "$conf_dir"/00-*
	mkdir -p "$CACHE"
	mkfifo "$CACHE/one-c1-eth0"
	tool_ok ps
}
