#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The real cnitool, and with it the real libcni, runs our plugins. CNITOOL= names another one, such as ours.

load helpers

setup() {
	setup_chains
	plugins=$(our_plugins bridge ptp loopback host-local static portmap)
	ignore_connections=yes
}

teardown() {
	teardown_chains
	rm -rf /var/lib/cni/*
}

cache() {
	(cd /var/lib/cni/results 2>/dev/null && ls)
}

@test "conformance 83: kind's conflist: add, del, del" {
	list 20-kindnet | conflist kindnet
	snapshot_dump
	ip netns add one
	publish 8080
	cnitool_ok add kindnet one
	assert_json .cniVersion '"0.3.1"'
	assert_json '.ips | map(.address)' '["10.244.0.2/24", "fd00:10:244::2/64"]'
	serve one "this is one" 80
	assert_answers "this is one" 8080 192.0.2.1 outside "$HOST" one
	assert_answers "this is one" 8080 2001:db8::1 outside "$HOST" one
	cnitool_ok del kindnet one
	assert_dump_unchanged
	cnitool_ok del kindnet one
	assert_dump_unchanged
	ip netns delete one
}

@test "conformance 84: lists of 0.4.0, 1.0.0 and 1.1.0: add, check, del" {
	local version type

	publish 8080
	for version in 0.4.0 1.0.0 1.1.0; do
		for type in bridge ptp; do
			network "$version" "$type" | conflist net
			ip netns add one
			cnitool_ok add net one
			assert_json .cniVersion "\"$version\""
			cnitool_ok check net one
			serve one "this is one" 80
			assert_answers "this is one" 8080 192.0.2.1 outside
			assert_answers "this is one" 8080 2001:db8::1 outside
			stop_servers
			cnitool_ok check net one
			cnitool_ok del net one
			cnitool_ok del net one
			assert_eq "$(cache)" "" "cached results"
			assert_eq "$(find "$data_dir/net" -name '10.*' -o -name 'fd*')" "" "leases"
			ip netns delete one
		done
	done
}

@test "conformance 84: check fails when something is gone" {
	network 1.1.0 bridge | conflist net
	publish 8080
	ip netns add one
	cnitool_ok add net one
	in_container one ip addr flush dev eth0
	cnitool check net one
	assert_eq "$status" 1 "exit status of cnitool"
	assert_match "$stderr" 10\.77\.0\.
	cnitool_ok del net one
	ip netns delete one
}

@test "conformance 85: status" {
	network 1.1.0 bridge '.plugins[0].ipam.ranges = [[{subnet: "10.77.0.0/30"}]]' | conflist net
	ip netns add one
	cnitool_ok status net one
	cnitool_ok add net one
	cnitool status net one
	assert_eq "$status" 1 "exit status of cnitool with no address left"
	cnitool_ok del net one
	cnitool_ok status net one
	ip netns delete one
}

# cnitool names no valid attachments, so the plugins have nothing to compare with and must not touch anything.
@test "conformance 85: gc deletes what is in the cache, and nothing else" {
	local type

	for type in bridge ptp; do
		network 1.1.0 "$type" | conflist net
		publish 7000
		ip netns add cached
		cnitool_ok add net cached
		cnitool_ok del net cached
		publish 8081
		ip netns add other
		cnitool_ok add net other
		mv /var/lib/cni/results/* "$BATS_TEST_TMPDIR/result"
		serve other "this is the other" 80
		snapshot_dump
		publish 8080
		cnitool_ok add net cached
		assert_match "$(cache)" ^net-cnitool-
		cnitool_ok gc net cached
		assert_eq "$(cache)" "" "cached results"
		assert_dump_unchanged
		assert_answers "this is the other" 8081 192.0.2.1 outside
		stop_servers
		cnitool_ok del net other
		ip netns delete cached
		ip netns delete other
	done
}

@test "conformance 86: mixed chains of cnitool, every version" {
	local version dir mixes=("bridge host-local" "portmap" "host-local") mix

	for version in 0.3.1 0.4.0 1.0.0 1.1.0; do
		network "$version" bridge "$list_filter" | conflist net
		for mix in "${mixes[@]}"; do
			# shellcheck disable=SC2086 # a list of types
			plugins=$(ours_and_reference "$version-${mix// /-}" $mix)
			publish 8080
			ip netns add one
			cnitool_ok add net one
			assert_json .cniVersion "\"$version\""
			[[ $version == 0.3.1 ]] || cnitool_ok check net one
			serve one "this is one" 80
			assert_answers "this is one" 8080 192.0.2.1 outside
			stop_servers
			cnitool_ok del net one
			cnitool_ok del net one
			ip netns delete one
			assert_eq "$(cache)" "" "cached results"
		done
	done
}

# The interface is lo for the first, as containerd's built-in list has it.
@test "conformance 87: loopback and ptp at the same time for one container, 100 times" {
	local i

	jq -n '{cniVersion: "0.3.1", name: "lo", plugins: [{type: "loopback"}]}' | conflist lo
	network 0.3.1 ptp 'del(.plugins[1])' | conflist net
	for ((i = 0; i < 100; i++)); do
		ip netns add one
		CNI_IFNAME=lo cnitool_ok add lo one &
		cnitool_ok add net one
		wait $!
		in_container one ping -qc 1 -W 10 127.0.0.1 >/dev/null
		in_container one ip addr show eth0 | grep -q 'inet 10\.77\.0\.'
		CNI_IFNAME=lo cnitool_ok del lo one
		cnitool_ok del net one
		ip netns delete one
	done
}

# call VERB PLUGIN CONFIGURATION: as a runtime does that reads stdout and stderr to their ends; prints how many ms after the
# plugin's exit these came.
call() {
	local exited=$BATS_TEST_TMPDIR/exited

	{
		host env CNI_COMMAND="$1" CNI_CONTAINERID=one CNI_NETNS=/run/netns/one CNI_IFNAME=eth0 CNI_PATH="$plugins" \
			CNI_ARGS= "$plugins/$2" <<<"$3"
		now_ms >"$exited"
	} 2>&1 | cat >"$BATS_TEST_TMPDIR/answer"
	echo $(($(now_ms) - $(<"$exited")))
}

@test "conformance 88: no plugin holds stdout or stderr" {
	local verb late type c started result=null

	ip netns add one
	for type in bridge ptp; do
		c=$(network 1.1.0 "$type" '.plugins[0] + {cniVersion, name}')
		for verb in ADD CHECK DEL STATUS GC; do
			late=$(call "$verb" "$type" "$(jq --argjson result "$result" '.prevResult = $result' <<<"$c")")
			((late < 1000)) || fail_because "$type $verb held its output for $late ms"
			[[ $verb != ADD ]] || result=$(<"$BATS_TEST_TMPDIR/answer")
			assert_eq "$(jq -s 'map(select(.code?)) | length' "$BATS_TEST_TMPDIR/answer")" 0 "errors of $type $verb"
		done
		result=null
	done
	# cnitool waits for the ends of both, and we for its own.
	network 1.1.0 bridge | conflist net
	for verb in add check del; do
		started=$(now_ms)
		cnitool "$verb" net one | cat >/dev/null
		(($(now_ms) - started < 5000)) || fail_because "cnitool $verb took $(($(now_ms) - started)) ms"
	done
	ip netns delete one
}

@test "conformance 89: del with the namespace gone" {
	local type

	for type in bridge ptp; do
		network 1.1.0 "$type" '.plugins[0].ipam.ranges = [[{subnet: "10.77.0.0/30"}]]' | conflist net
		publish 8080
		ip netns add one
		cnitool_ok add net one
		ip netns delete one
		cnitool_ok del net one
		# The one address there is.
		ip netns add one
		cnitool_ok add net one
		cnitool_ok del net one
		ip netns delete one
	done
}

# No cnitool asks for VERSION, so this case is the same for all of them: it is CRI-O that does.
@test "conformance 90: VERSION as CRI-O asks for it, and never asked for by cnitool" {
	local type verb spies=$BATS_TEST_TMPDIR/spies

	mkdir "$spies"
	for type in bridge ptp loopback host-local static portmap; do
		stdout=$(host env CNI_COMMAND=VERSION CNI_CONTAINERID= CNI_NETNS=dummy CNI_IFNAME=dummy CNI_PATH=dummy \
			"$plugins/$type" <<<'{"cniVersion": "1.1.0"}')
		assert_eq "$(jq '.supportedVersions | contains(["0.3.1", "0.4.0", "1.0.0", "1.1.0"])' <<<"$stdout")" true "$type"
		printf '#!/bin/sh\necho "$CNI_COMMAND" >>%q\nexec %q\n' "$spies/log" "$plugins/$type" >"$spies/$type"
		chmod 755 "$spies/$type"
	done
	plugins=$spies
	network 1.1.0 bridge | conflist net
	publish 8080
	ip netns add one
	for verb in status add check del gc; do
		cnitool_ok "$verb" net one
	done
	assert_eq "$(sort -u "$spies/log" | tr '\n' ' ')" "ADD CHECK DEL GC STATUS " "what plugins were asked for"
	ip netns delete one
}
