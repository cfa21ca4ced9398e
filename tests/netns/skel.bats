#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The protocol as runtimes see it: variables, stdin, versions, namespaces, previous results, delegation, CNI_ARGS.
# The numbers are those of the conformance list that SPEC-NOTES.md refers to.

load helpers

readonly VERSIONS=(0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0)
readonly SUPPORTED='["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0" "1.1.0"]'

# A configuration that both plugins take: bridge reads it as a layer-2 network when there is no ipam.
l2() {
	jq -n '{cniVersion: "1.1.0", name: "n", type: "bridge", bridge: "br0"} | '"${1:-.}"
}

l3() {
	jq -n --arg dir "$data_dir" '{cniVersion: "1.1.0", name: "n", type: "bridge", bridge: "br0", isGateway: true,
		ipam: {type: "host-local", ranges: [[{subnet: "10.7.0.0/24"}]], routes: [{dst: "0.0.0.0/0"}],
		dataDir: $dir}} | '"${1:-.}"
}

# l3 with an IPAM plugin called NAME.
l3_with() {
	l3 ".ipam = {type: \"$1\"}"
}

# A call that needs no container and does nothing: what is wrong with it is wrong with the request.
idle_del() {
	cni DEL bridge CNI_NETNS= "$@"
}

about_is_printed() {
	assert_success
	assert_eq "$stdout" ""
	assert_eq "$(wc -l <"$stderr_file")" 2 "lines on stderr"
	assert_match "${stderr%%$'\n'*}" "^CNI $1 plugin .+"
	assert_eq "${stderr#*$'\n'}" "CNI protocol versions supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0"
}

links_of_kind() {
	host ip -j link show type "$1" | jq length
}

# ---- environment and dispatch

@test "conformance 1: without CNI_COMMAND the plugin says what it is and does not wait for stdin" {
	local plugin fd

	for plugin in bridge host-local; do
		run_plugin "$plugin" <<<'not JSON'
		about_is_printed "$plugin"
		mkfifo "$BATS_TEST_TMPDIR/$plugin"
		exec {fd}<>"$BATS_TEST_TMPDIR/$plugin"
		PLUGIN_TIMEOUT=5 run_plugin "$plugin" <&"$fd"
		exec {fd}>&-
		about_is_printed "$plugin"
	done
}

@test "conformance 2: an empty CNI_COMMAND counts as none" {
	run_plugin bridge CNI_COMMAND= CNI_CONTAINERID='!!' </dev/null
	about_is_printed bridge
}

@test "conformance 3: an unknown verb" {
	cni FOO bridge <<<"$(l2)"
	assert_error_is 4 "unknown CNI_COMMAND: FOO"
}

@test "conformance 4: verbs are upper case" {
	cni add bridge <<<"$(l2)"
	assert_error_is 4 "unknown CNI_COMMAND: add"
}

@test "conformance 5: stdin is read before an unknown verb is refused" {
	cni FOO bridge </dev/null
	assert_error_is 6 "error unmarshall network config: unexpected end of JSON input"
}

@test "conformance 6: the name is checked before an unknown verb is refused" {
	cni FOO bridge <<<"$(l2 '.name = "/"')"
	assert_error_is 7 "invalid characters found in network name" "/"
}

@test "conformance 7: ADD names all missing variables at once" {
	run_plugin bridge CNI_COMMAND=ADD <<<"$(l2)"
	assert_error_is 4 "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH] missing"
}

@test "conformance 8: DEL, GC and STATUS need less" {
	local verb

	run_plugin bridge CNI_COMMAND=DEL <<<"$(l2)"
	assert_error_is 4 "required env variables [CNI_CONTAINERID,CNI_IFNAME,CNI_PATH] missing"
	for verb in GC STATUS; do
		run_plugin bridge CNI_COMMAND=$verb <<<"$(l2)"
		assert_error_is 4 "required env variables [CNI_PATH] missing"
	done
}

@test "conformance 9: CHECK needs CNI_NETNS, DEL does not" {
	cni CHECK bridge CNI_NETNS= <<<"$(l2)"
	assert_error_is 4 "required env variables [CNI_NETNS] missing"
	cni DEL bridge CNI_NETNS= <<<"$(l2)"
	assert_success
}

@test "conformance 10: a variable that is set but empty is missing" {
	cni ADD bridge CNI_NETNS= <<<"$(l2)"
	assert_error_is 4 "required env variables [CNI_NETNS] missing"
}

@test "conformance 11: container ids" {
	local name

	for name in _a -a .a a/b 'a b' $'a\n' é; do
		idle_del CNI_CONTAINERID="$name" <<<"$(l2)"
		assert_error_is 4 "invalid characters in containerID" "$name"
	done
	for name in a 9 a_.-Z9 "$(printf 'x%.0s' {1..300})"; do
		idle_del CNI_CONTAINERID="$name" <<<"$(l2)"
		assert_success
	done
}

@test "conformance 12: interface names have up to 15 bytes" {
	local name

	for name in abcdefghijklmno ééééééé; do
		idle_del CNI_IFNAME="$name" <<<"$(l2)"
		assert_success
	done
	for name in abcdefghijklmnop éééééééé; do
		idle_del CNI_IFNAME="$name" <<<"$(l2)"
		assert_error_is 4 "interface name is too long" "interface name should be less than 16 characters"
	done
}

@test "conformance 13: dots as interface names" {
	local name

	for name in . ..; do
		idle_del CNI_IFNAME="$name" <<<"$(l2)"
		assert_error_is 4 "interface name is . or .."
	done
	idle_del CNI_IFNAME=... <<<"$(l2)"
	assert_success
}

@test "conformance 14: characters that no interface name has" {
	local name

	for name in a/b a:b 'a b' $'a\tb' $'a\u00a0b' $'a\u3000b' $'a\u2028'; do
		idle_del CNI_IFNAME="$name" <<<"$(l2)"
		assert_error_is 4 "interface name contains / or : or whitespace characters"
	done
}

@test "conformance 15: a malformed variable is reported before a missing one" {
	cni ADD bridge CNI_CONTAINERID= CNI_IFNAME=a/b <<<"$(l2)"
	assert_error_is 4 "interface name contains / or : or whitespace characters"
}

@test "conformance 16: STATUS and GC look at no container" {
	cni STATUS bridge CNI_CONTAINERID=/ CNI_IFNAME=a/b <<<"$(l2)"
	assert_success
	cni GC bridge CNI_CONTAINERID=/ CNI_IFNAME=a/b <<<"$(l2)"
	assert_success
}

@test "conformance 17: VERSION needs nothing" {
	run_plugin bridge CNI_COMMAND=VERSION CNI_CONTAINERID='!!' </dev/null
	assert_success
}

# ---- stdin

@test "conformance 18: empty stdin" {
	local verb plugin

	for verb in ADD DEL CHECK GC STATUS; do
		for plugin in bridge host-local; do
			cni $verb $plugin CNI_NETNS=/x </dev/null
			assert_error_is 6 "error unmarshall network config: unexpected end of JSON input"
		done
	done
	cni ADD bridge CNI_NETNS=/x <<<$' \n\t'
	assert_error_is 6 "error unmarshall network config: unexpected end of JSON input (line 3, column 1)"
}

@test "conformance 19: closed stdin" {
	CLOSED='<&-' cni ADD bridge CNI_NETNS=/x </dev/null
	assert_error 5 "error reading from stdin: "
	cni ADD bridge CNI_NETNS=/x <"$BATS_TEST_TMPDIR"
	assert_error 5 "error reading from stdin: "
}

@test "conformance 20: what is not JSON" {
	local text

	for text in '{{{' "$(l2 | jq -c .) x" "$(l2 | jq -c .){}" $'\xef\xbb\xbf{"name":"n"}' '{"name":"n" /* c */}' \
		'{"name":"n",}' "{'name':'n'}" '{"name":"n"' '{"name":"a'$'\t''b"}' '{"name":"n","x":01}' nul; do
		cni ADD bridge CNI_NETNS=/x <<<"$text"
		assert_error 6 "error unmarshall network config: "
	done
}

@test "conformance 21: blank lines after the object" {
	idle_del <<<"$(l2)"$'\n\n \r\n'
	assert_success
}

@test "conformance 22: null and lists as configuration" {
	cni ADD bridge CNI_NETNS=/x <<<null
	assert_error_is 7 "missing network name"
	cni ADD bridge CNI_NETNS=/x <<<'[]'
	assert_error 6
}

@test "conformance 23: network names" {
	local filter

	for filter in 'del(.name)' '.name = null' '.name = ""'; do
		idle_del <<<"$(l2 "$filter")"
		assert_error_is 7 "missing network name"
	done
	idle_del <<<"$(l2 '.name = 7')"
	assert_error 6 "error unmarshall network config: "
	for filter in '"a b"' '"-n"' '"n\n"'; do
		idle_del <<<"$(l2 ".name = $filter")"
		assert_error 7 "invalid characters found in network name"
		assert_json .details "$filter"
	done
}

@test "conformance 24: angle brackets and ampersands are escaped" {
	idle_del <<<"$(l2 '.name = "a<b>&"')"
	assert_error 7
	grep -qF '"details": "a\u003cb\u003e\u0026"' "$stdout_file"
}

@test "conformance 25: keys match in any letter case" {
	new_container c1
	add bridge <<<"$(l2)"
	cni CHECK bridge <<<"$(with_result "$(l2)" | jq 'with_entries(.key |= ascii_upcase)')"
	assert_success
	cni ADD bridge <<<'{"CNIVERSION": "9.9.9", "Name": "n"}'
	assert_error_is 1 "incompatible CNI versions" "config is \"9.9.9\", plugin supports $SUPPORTED"
}

@test "a misspelt key is told on stderr, by ADD alone" {
	new_container c1
	add bridge <<<"$(l3 '.isGatway = true | .ipam.subnett = "10.1.0.0/16" | .["\u001b[2Jx"] = 1 | ._comment = "mine"')"
	assert_eq "$(sort <<<"$stderr")" 'bridge: \x1b[2Jx: no such key, so it changes nothing
bridge: isGatway: no such key, did you mean isGateway?
host-local: ipam.subnett: no such key, did you mean subnet?'
	del bridge <<<"$(l3 '.isGatway = true')"
	assert_eq "$stderr" ""
}

@test "a list of plugins is not taken for the configuration of one, but by DEL" {
	new_container c1
	snapshot_host
	for plugin in bridge portmap host-local loopback; do
		for verb in ADD CHECK STATUS; do
			cni "$verb" "$plugin" <<<"$(jq '.cniVersion = "1.1.0"' "$ROOT/conf/10-bridge.conflist")"
			assert_error 7 "this is a list of plugins, where the configuration of one was expected"
		done
		del "$plugin" <"$ROOT/conf/10-bridge.conflist"
	done
	assert_unchanged
	add bridge <<<"$(l2 '.plugins = []')" # a key that means nothing here
}

@test "no example and no template of a runtime has a key that is warned of" {
	local file plugin

	for file in 10-bridge 11-bridge-ipv4 12-bridge-ipv6 13-bridge-l2 30-containerd; do
		new_container "c$file"
		add bridge <<<"$(conf "$file" '.addIf = "eth0" | .capabilities.ips = true | .runtimeConfig.x = 1 | .["cni.dev/attachments"] = []')"
		refute grep "no such key" "$stderr_file"
		del bridge <<<"$(conf "$file")"
	done
	new_container c2
	add ptp <<<"$(conf 20-kindnet '.hairpinMode = true' ptp)"
	refute grep "no such key" "$stderr_file"
}

@test "conformance 26: the last of equal keys wins, whatever their case" {
	cni STATUS bridge <<<'{"name":"n","cniVersion":"1.1.0","CNIVERSION":"0.4.0"}'
	assert_error_is 1 "config version does not allow STATUS"
	cni STATUS bridge <<<'{"name":"n","CNIVERSION":"0.4.0","cniVersion":"1.1.0"}'
	assert_success
}

@test "conformance 27: a configuration of a megabyte" {
	head -c 1000000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/pad"
	l2 | jq --rawfile pad "$BATS_TEST_TMPDIR/pad" '.pad = $pad' >"$BATS_TEST_TMPDIR/conf"
	idle_del <"$BATS_TEST_TMPDIR/conf"
	assert_success
}

# ---- versions

@test "conformance 28: VERSION" {
	local plugin input

	for plugin in bridge host-local; do
		for input in '' '{"cniVersion":"0.1.0"}' garbage; do
			run_plugin "$plugin" CNI_COMMAND=VERSION <<<"$input"
			assert_success
			cmp "$stdout_file" - <<'END'
{"cniVersion":"1.1.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}
END
		done
	done
}

@test "conformance 29: versions that nobody speaks" {
	local version

	new_container c1
	for version in 9.9.9 abc 1.1; do
		cni ADD bridge <<<"$(l2 ".cniVersion = \"$version\"")"
		assert_error_is 1 "incompatible CNI versions" "config is \"$version\", plugin supports $SUPPORTED"
		del bridge <<<"$(l2 ".cniVersion = \"$version\"")"
		assert_match "$stderr" "bridge: ignored: incompatible CNI versions"
	done
}

@test "conformance 30: without a version it is 0.1.0" {
	local filter

	new_container c1
	for filter in 'del(.cniVersion)' '.cniVersion = null' '.cniVersion = ""'; do
		add bridge <<<"$(l3 "$filter")"
		assert_json .cniVersion '"0.1.0"'
		assert_json '.ip4.ip | endswith("/24")' true
		del bridge <<<"$(l3 "$filter")"
	done
}

@test "conformance 31: a version that is a number" {
	new_container c1
	cni ADD bridge <<<"$(l2 '.cniVersion = 1')"
	assert_error 6 "decoding version from network config: "
}

@test "conformance 32: CHECK came with 0.4.0" {
	local filter

	new_container c1
	for filter in 'del(.cniVersion)' '.cniVersion = "0.3.1"'; do
		cni CHECK bridge <<<"$(l2 "$filter")"
		assert_error_is 1 "config version does not allow CHECK"
	done
	cni CHECK bridge <<<"$(l2 '.cniVersion = "9.9.9"')"
	assert_error_is 1 "plugin version does not allow CHECK"
	cni CHECK bridge <<<"$(l2 '.cniVersion = "1.1"')"
	assert_error_is 1 "incompatible CNI versions"
	cni CHECK bridge <<<"$(l2 '.cniVersion = "abc"')"
	assert_error 6 'failed to convert major version part "abc"'
}

@test "conformance 33: GC and STATUS came with 1.1.0" {
	local verb plugin

	for plugin in bridge host-local; do
		for verb in GC STATUS; do
			cni $verb $plugin <<<"$(l3 '.cniVersion = "1.0.0"')"
			assert_error_is 1 "config version does not allow $verb"
			cni $verb $plugin <<<"$(l3)"
			assert_success
			assert_eq "$stdout" ""
		done
	done
}

# ---- results

@test "conformance 35: results have the shape, order and layout of their version" {
	local version

	for version in "${VERSIONS[@]}"; do
		new_container "c${version//./-}"
		add bridge <<<"$(l3 ".cniVersion = \"$version\"")"
		assert_eq "$(tail -c 1 "$stdout_file")" "}" "the last byte"
		case $version in
		0.1.0 | 0.2.0)
			assert_json 'keys_unsorted' '["cniVersion","ip4","dns"]'
			assert_json '.ip4 | keys_unsorted' '["ip","gateway","routes"]'
			;;
		0.*)
			assert_json 'keys_unsorted' '["cniVersion","interfaces","ips","routes","dns"]'
			assert_json '.interfaces[2] | keys_unsorted' '["name","mac","sandbox"]'
			assert_json '.ips[0] | keys_unsorted' '["version","interface","address","gateway"]'
			;;
		*)
			assert_json 'keys_unsorted' '["cniVersion","interfaces","ips","routes"]'
			assert_json '.interfaces[2] | keys_unsorted' '["mac","name","sandbox"]'
			assert_json '.ips[0] | keys_unsorted' '["address","gateway","interface"]'
			;;
		esac
		assert_json .cniVersion "\"$version\""
		jq --indent 4 . "$stdout_file" | head -c -1 | cmp - "$stdout_file"
		del bridge <<<"$(l3 ".cniVersion = \"$version\"")"
	done
}

@test "conformance 36: dns is always printed for 0.x, and for 1.x only with content" {
	local version

	for version in "${VERSIONS[@]}"; do
		cni ADD host-local CNI_NETNS=/x CNI_CONTAINERID="c${version//./-}" <<<"$(l3 ".cniVersion = \"$version\"")"
		assert_success
		case $version in
		0.*) assert_json .dns '{}' ;;
		*) assert_json 'has("dns")' false ;;
		esac
	done
}

@test "conformance 37: an IPAM result has neither interface nor interfaces" {
	cni ADD host-local CNI_NETNS=/x <<<"$(l3)"
	assert_success
	assert_json '[has("interfaces"), (.ips[0] | has("interface"))]' '[false, false]'
}

@test "conformance 38: attributes of routes survive in all versions but 0.1 and 0.2" {
	local version all='{"dst":"10.8.0.0/16","gw":"10.7.0.9","mtu":1400,"advmss":1300,"priority":7,"table":5,"scope":0}'

	for version in "${VERSIONS[@]}"; do
		cni ADD host-local CNI_NETNS=/x CNI_CONTAINERID="c${version//./-}" \
			<<<"$(l3 ".cniVersion = \"$version\" | .ipam.routes = [$all]")"
		assert_success
		case $version in
		0.1.0 | 0.2.0) assert_json '.ip4.routes' '[{"dst":"10.8.0.0/16","gw":"10.7.0.9"}]' ;;
		*) assert_json ".routes == [$all]" true ;;
		esac
	done
}

@test "conformance 39: table and scope 0 are printed, mtu 0 is not" {
	cni ADD host-local CNI_NETNS=/x <<<"$(l3 '.ipam.routes = [{dst: "10.8.0.0/16", table: 0, scope: 0, mtu: 0},
		{dst: "10.9.0.0/16"}]')"
	assert_success
	assert_json '.routes | map(keys)' '[["dst","scope","table"],["dst"]]'
}

@test "conformance 40: two addresses of a family do not fit 0.2.0" {
	local c

	c=$(l3 '.cniVersion = "0.2.0" | .ipam.ranges += [[{subnet: "10.9.0.0/24"}]]')
	new_container c1
	cni ADD bridge <<<"$c"
	assert_error_is 999 "CNI version 0.2.0 does not support more than 1 address per family"
	assert_eq "$(links_of_kind veth)" 0 "veths left"
}

@test "conformance 41: a layer-2 network does not fit 0.2.0, and nothing is left of it" {
	new_container c1
	snapshot_host
	cni ADD bridge <<<"$(l2 '.cniVersion = "0.2.0"')"
	assert_error_is 999 "cannot convert: no valid IP addresses"
	assert_unchanged
}

@test "conformance 43: DEL, CHECK, GC and STATUS print nothing" {
	local c verb

	new_container c1
	c=$(l3)
	add bridge <<<"$c"
	c=$(with_result "$c")
	for verb in CHECK GC STATUS DEL; do
		cni $verb bridge <<<"$c"
		assert_success
		assert_eq "$(stat -c %s "$stdout_file")" 0 "bytes on stdout after $verb"
	done
}

@test "conformance 44: an ADD whose result cannot be written fails and leaves nothing" {
	new_container c0
	add bridge <<<"$(l3)"
	snapshot_host
	new_container c1
	STDOUT=/dev/full cni ADD bridge <<<"$(l3)"
	assert_eq "$status" 1 "exit status"
	assert_match "$stderr" "No space left on device|no space left on device"
	assert_unchanged
	assert_eq "$(in_container c1 ip -j link | jq length)" 1 "links in the container"
}

# ---- the network namespace

@test "conformance 45: ADD into the plugin's own namespace is refused before anything happens" {
	snapshot_host
	cni ADD bridge CNI_NETNS="/run/netns/$HOST" <<<"$(l3)"
	assert_error_is 8 "plugin's netns and netns from CNI_NETNS should not be the same"
	assert_unchanged
}

@test "conformance 46: CNI_NETNS_OVERRIDE allows the own namespace" {
	local value

	for value in 1 TRUE tRuE; do
		cni ADD bridge CNI_NETNS="/run/netns/$HOST" CNI_NETNS_OVERRIDE="$value" <<<"$(l2)"
		assert_success
		cni DEL bridge CNI_NETNS="/run/netns/$HOST" CNI_NETNS_OVERRIDE="$value" <<<"$(l2)"
		assert_success
	done
	for value in yes on 0 ''; do
		cni ADD bridge CNI_NETNS="/run/netns/$HOST" CNI_NETNS_OVERRIDE="$value" <<<"$(l2)"
		assert_error 8
	done
}

@test "conformance 47: DEL in the own namespace gives the lease back and complains, CHECK does not mind" {
	new_container c1
	add bridge <<<"$(l3)"
	cni CHECK bridge CNI_NETNS="/run/netns/$HOST" <<<"$(with_result "$(l3)")"
	assert_json '.code != 8' true
	cni DEL bridge CNI_NETNS="/run/netns/$HOST" <<<"$(l3)"
	assert_error_is 8 "plugin's netns and netns from CNI_NETNS should not be the same"
	[[ ! -e $data_dir/n/10.7.0.2 ]]
}

@test "conformance 48: DEL without a namespace, or with one that is gone, releases everything" {
	local path

	for path in '' /run/netns/gone /nowhere/at/all; do
		new_container c1
		snapshot_host
		add bridge <<<"$(l3)"
		[[ -n $(ls "$data_dir/n/10.7.0."*) ]]
		cni DEL bridge CNI_NETNS="$path" <<<"$(l3)"
		assert_success
		assert_eq "$(links_of_kind veth)" 0 "veths left"
		refute compgen -G "$data_dir/n/10.7.0.*"
		ip netns delete c1
		host ip link delete br0
	done
}

@test "conformance 49: paths that are no network namespace" {
	snapshot_host
	cni ADD bridge CNI_NETNS=/run/netns/gone <<<"$(l3)"
	assert_error 999 'failed to Statfs "/run/netns/gone": no such file or directory'
	assert_json '.details | contains("`ip netns add NAME` makes /run/netns/NAME")' true
	cni ADD bridge CNI_NETNS="$BATS_TEST_TMPDIR" <<<"$(l3)"
	assert_error 999 "unknown FS magic on \"$BATS_TEST_TMPDIR\": "
	cni ADD bridge CNI_NETNS=/proc/self/ns/uts <<<"$(l3)"
	assert_error 999
	cni ADD bridge CNI_NETNS=/dev/null/x <<<"$(l3)"
	assert_error 999 'failed to Statfs "/dev/null/x": not a directory'
	assert_unchanged
}

# ---- prevResult

@test "conformance 52: CHECK needs prevResult" {
	new_container c1
	add bridge <<<"$(l3)"
	cni CHECK bridge <<<"$(l3)"
	assert_error_is 999 "Required prevResult missing"
	cni CHECK bridge <<<"$(l3 '.prevResult = null')"
	assert_error_is 999 "Required prevResult missing"
}

@test "conformance 53: prevResult without a version has the configuration's" {
	new_container c1
	add bridge <<<"$(l3 '.cniVersion = "0.4.0"')"
	check bridge <<<"$(with_result "$(l3 '.cniVersion = "0.4.0"')" | jq 'del(.prevResult.cniVersion)')"
}

@test "conformance 54: prevResult of another group of versions" {
	local c

	new_container c1
	c=$(l3 '.cniVersion = "1.0.0"')
	add bridge <<<"$c"
	c=$(with_result "$c")
	check bridge <<<"$(jq '.prevResult.cniVersion = "1.1.0"' <<<"$c")"
	cni CHECK bridge <<<"$(jq '.prevResult.cniVersion = "0.4.0"' <<<"$c")"
	assert_error 999 'result type supports [1.0.0 1.1.0] but unmarshalled CNIVersion is "0.4.0"'
}

@test "conformance 55: an empty version in prevResult" {
	new_container c1
	add bridge <<<"$(l3 '.cniVersion = "1.0.0"')"
	cni CHECK bridge <<<"$(with_result "$(l3 '.cniVersion = "1.0.0"')" | jq '.prevResult.cniVersion = ""')"
	assert_error 999
}

@test "conformance 57: prevResult that is no object" {
	new_container c1
	cni ADD bridge <<<"$(l2 '.prevResult = []')"
	assert_error 999
	cni CHECK bridge <<<"$(l2 '.prevResult = "x"')"
	assert_error 999
}

@test "conformance 58: CHECK compares the sandbox with CNI_NETNS, by any path of the namespace" {
	local c

	new_container other
	new_container c1
	add bridge CNI_NETNS=/var/run/netns/c1 <<<"$(l3)"
	c=$(with_result "$(l3)")
	check bridge CNI_NETNS=/var/run/netns/c1 <<<"$c"
	check bridge CNI_NETNS=/run/netns/c1 <<<"$c"
	cni CHECK bridge CNI_NETNS=/run/netns/other <<<"$c"
	assert_error 999 "Sandbox in prevResult"
}

# ---- delegation

@test "conformance 59: a delegate's error object is passed on unchanged" {
	fake_plugin ipam <<'END'
printf '{"code":11,"msg":"later","details":"dd"}'
exit 3
END
	new_container c1
	cni ADD bridge <<<"$(l3_with ipam)"
	assert_error_is 11 later dd
}

@test "conformance 60: a delegate that dies without a word" {
	new_container c1
	fake_plugin ipam <<<'exit 7'
	cni ADD bridge <<<"$(l3_with ipam)"
	assert_error_is 0 "netplugin failed with no error message: exit status 7"
	fake_plugin ipam <<<'kill -KILL $$'
	cni ADD bridge <<<"$(l3_with ipam)"
	assert_error_is 0 "netplugin failed with no error message: signal: killed"
}

@test "conformance 61: a delegate that only writes to stderr" {
	new_container c1
	fake_plugin ipam <<<'echo "boom \"x\"" >&2; exit 1'
	cni ADD bridge <<<"$(l3_with ipam)"
	assert_error 0 'netplugin failed: "boom \"x\"\n"'
}

@test "conformance 62: a delegate whose error is no JSON" {
	new_container c1
	fake_plugin ipam <<<'echo hello; exit 1'
	cni ADD bridge <<<"$(l3_with ipam)"
	assert_error 0 'netplugin failed but error parsing its diagnostic message "hello\n": '
}

@test "conformance 63: a delegate that succeeds without an address" {
	local answer

	new_container c1
	fake_plugin ipam <<<'exit 0'
	cni ADD bridge <<<"$(l3_with ipam)"
	assert_error 999 "failed to unmarshal raw result: unexpected end of JSON input"
	for answer in null '{}' '{"cniVersion":"1.0.0"}'; do
		fake_plugin ipam <<<"echo '$answer'"
		cni ADD bridge <<<"$(l3_with ipam)"
		assert_error_is 999 "IPAM plugin returned missing IP config"
	done
}

@test "conformance 64: a delegate may answer in another version" {
	new_container c1
	fake_plugin ipam <<<'echo "{\"ips\":[{\"address\":\"10.7.0.5/24\"}]}"'
	add bridge <<<"$(l3_with ipam)"
	assert_json '.ips[0].address' '"10.7.0.5/24"'
	del bridge <<<"$(l3_with ipam)"

	fake_plugin ipam <<<'echo "{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.7.0.6/24\",\"routes\":[{\"dst\":\"0.0.0.0/0\"}]}}"'
	add bridge <<<"$(l3_with ipam)"
	assert_json '[.cniVersion, .ips[0].address, .routes]' '["1.1.0", "10.7.0.6/24", [{"dst": "0.0.0.0/0"}]]'
	del bridge <<<"$(l3_with ipam)"

	fake_plugin ipam <<<'echo "{\"cniVersion\":\"9.0.0\",\"ips\":[]}"'
	cni ADD bridge <<<"$(l3_with ipam)"
	assert_error 999 'unsupported CNI result version "9.0.0"'
}

@test "conformance 65: a delegate gets the same bytes and the same environment" {
	local c wanted

	c=$'{ "name" :"n","cniVersion":"1.1.0",  "x": 1.0, "Y":"\\u00e9\\/<", "ipam":{"type":"ipam"},"type":"bridge"}\n\n'
	printf '%s' "$c" >"$BATS_TEST_TMPDIR/conf"
	fake_plugin ipam <<<'echo "{\"ips\":[{\"address\":\"10.7.0.5/24\"}]}"'
	new_container c1
	args="IgnoreUnknown=1;K8S_POD_NAME=x"
	cni ADD bridge TRACEPARENT=00-11 CNI_NETNS_OVERRIDE=0 <"$BATS_TEST_TMPDIR/conf"
	assert_success
	cmp "$BATS_TEST_TMPDIR/conf" "$fake_in"
	wanted="CNI_ARGS=$args
CNI_COMMAND=ADD
CNI_CONTAINERID=c1
CNI_IFNAME=eth0
CNI_NETNS=/run/netns/c1
CNI_NETNS_OVERRIDE=0
CNI_PATH=$cni_path
TRACEPARENT=00-11"
	assert_eq "$(grep -E '^(CNI_|TRACE)' "$fake_in.env" | sort)" "$wanted" "the delegate's environment"
}

@test "conformance 65b: a configuration of any length reaches a delegate whole" {
	local length

	fake_plugin ipam <<<'echo "{\"ips\":[{\"address\":\"10.7.0.5/24\"}]}"'
	new_container c1
	# Around the lengths of a page and of a pipe.
	for length in 3900 4096 4097 65537 300000; do
		l3_with ipam | jq -c . | tr -d '\n' >"$BATS_TEST_TMPDIR/conf"
		printf '%*s' $((length - $(stat -c %s "$BATS_TEST_TMPDIR/conf"))) '' >>"$BATS_TEST_TMPDIR/conf"
		assert_eq "$(stat -c %s "$BATS_TEST_TMPDIR/conf")" "$length"
		cni ADD bridge <"$BATS_TEST_TMPDIR/conf"
		assert_success
		cmp "$BATS_TEST_TMPDIR/conf" "$fake_in"
		cni DEL bridge <"$BATS_TEST_TMPDIR/conf"
		assert_success
	done
}

@test "conformance 66: what a delegate writes to stderr arrives when it succeeds" {
	fake_plugin ipam <<'END'
echo "a remark" >&2
echo '{"ips":[{"address":"10.7.0.5/24"}]}'
END
	new_container c1
	add bridge <<<"$(l3_with ipam)"
	assert_match "$stderr" "a remark"
}

@test "conformance 67: how a delegate is found in CNI_PATH" {
	local a=$BATS_TEST_TMPDIR/a b

	new_container c1
	fake_plugin ipam <<<'echo "{\"ips\":[{\"address\":\"10.7.0.5/24\"}]}"'
	b=$BATS_TEST_TMPDIR/fake
	mkdir -p "$a/ipam"
	cni ADD bridge CNI_PATH="$a:$b" <<<"$(l3_with ipam)"
	assert_success
	del bridge CNI_PATH="$a:$b" <<<"$(l3_with ipam)"

	rmdir "$a/ipam"
	touch "$a/ipam"
	cni ADD bridge CNI_PATH="$a:$b" <<<"$(l3_with ipam)"
	assert_error 0 "$a/ipam: permission denied"

	cni ADD bridge CNI_PATH="$a:/b" <<<"$(l3_with none)"
	assert_error_is 999 "failed to find plugin \"none\" in path [$a /b]"
}

@test "conformance 67b: empty elements of CNI_PATH and PATH are no places to look" {
	new_container c1
	fake_plugin ipam <<<'echo "{\"ips\":[{\"address\":\"10.7.0.5/24\"}]}"'
	cd "$BATS_TEST_TMPDIR/fake"
	cni ADD bridge CNI_PATH="::/nowhere:" PATH="$BATS_TEST_TMPDIR/fake" <<<"$(l3_with ipam)"
	assert_error 999 'failed to find plugin "ipam" in path '
}

@test "conformance 68: IPAM types that are paths" {
	new_container c1
	cni ADD bridge <<<"$(l3_with ../x)"
	assert_error_is 999 "invalid plugin name: ../x"
}

@test "conformance 69: what fails after the IPAM gives the address back" {
	fake_plugin ipam <<'END'
echo '{"ips":[{"address":"10.7.0.5/24"}],"routes":[{"dst":"10.99.0.0/16","gw":"203.0.113.1"}]}'
END
	new_container c1
	cni ADD bridge <<<"$(l3_with ipam)"
	[[ $status == 1 ]]
	assert_eq "$(cat "$fake_log")" $'ADD\nDEL' "verbs that the IPAM saw"
	assert_eq "$(links_of_kind veth)" 0 "veths left"
}

@test "conformance 70: an IPAM that fails is not asked to delete" {
	fake_plugin ipam <<<'exit 1'
	new_container c1
	cni ADD bridge <<<"$(l3_with ipam)"
	[[ $status == 1 ]]
	assert_eq "$(cat "$fake_log")" ADD "verbs that the IPAM saw"
	assert_eq "$(links_of_kind veth)" 0 "veths left"
}

@test "conformance 71: a second ADD of the same attachment fails and does the first no harm" {
	local c first

	new_container c1
	c=$(l3)
	add bridge <<<"$c"
	first=$stdout
	cni ADD bridge <<<"$c"
	[[ $status == 1 ]]
	assert_error "$(jq .code "$stdout_file")"
	cni ADD host-local <<<"$c"
	assert_error "$(jq .code "$stdout_file")" "duplicate allocation is not allowed"
	check bridge <<<"$(with_result "$c" "$first")"
}

@test "conformance 72: STATUS asks the IPAM" {
	fake_plugin ipam <<<'echo "{\"code\":50,\"msg\":\"full\"}"; exit 1'
	cni STATUS bridge <<<"$(l3_with ipam)"
	assert_error_is 50 full
	assert_eq "$(cat "$fake_log")" STATUS
	cni STATUS bridge <<<"$(l2)"
	assert_success
}

@test "conformance 73: CHECK passes on an untouched layer-2 network" {
	new_container c1
	add bridge <<<"$(l2)"
	check bridge <<<"$(with_result "$(l2)")"
}

@test "conformance 74: GC without a list of valid attachments removes nothing" {
	local c

	new_container c1
	c=$(l3 '.ipMasq = true')
	add bridge <<<"$c"
	c=$(with_result "$c")
	snapshot_host
	cni GC bridge <<<"$c"
	assert_success
	assert_unchanged
	check bridge <<<"$c"
}

# ---- CNI_ARGS

# hl ARGS: a host-local ADD of a new container with these CNI_ARGS.
hl() {
	containers=$((${containers:-0} + 1))
	cni ADD host-local CNI_NETNS=/x CNI_CONTAINERID="a$containers" CNI_ARGS="$1" <<<"$(l3)"
}

@test "conformance 75: the grammar of CNI_ARGS" {
	local text message

	hl IP=10.7.0.77
	assert_json '.ips[0].address' '"10.7.0.77/24"'
	for text in '' IP= 'IgnoreUnknown=1;FOO=BAR' 'FOO=BAR;IgnoreUnknown=1' 'IgnoreUnknown=TRUE;X=1' 'IgnoreUnknown=0' \
		'IP=10.7.0.200;IP=10.7.0.201'; do
		hl "$text"
		assert_success
	done
	assert_json '.ips[0].address' '"10.7.0.201/24"'
	while IFS='|' read -r text message; do
		hl "$text"
		assert_error_is 999 "$message"
	done <<'END'
IP=10.7.0.80;|ARGS: invalid pair ""
;|ARGS: invalid pair ""
IP|ARGS: invalid pair "IP"
IP=a=b|ARGS: invalid pair "IP=a=b"
IgnoreUnknown=1;IP=a=b|ARGS: invalid pair "IP=a=b"
FOO=BAR|ARGS: unknown args ["FOO=BAR"]
FOO=BAR;ABC=1|ARGS: unknown args ["FOO=BAR" "ABC=1"]
IgnoreUnknown=yes|ARGS: error parsing value of pair "IgnoreUnknown=yes": boolean unmarshal error: invalid input yes
ip=10.7.0.77|ARGS: unknown args ["ip=10.7.0.77"]
 IgnoreUnknown=1|ARGS: unknown args [" IgnoreUnknown=1"]
IP=zzz|ARGS: error parsing value of pair "IP=zzz": invalid IP address zzz
IgnoreUnknown=1;IP=zzz|ARGS: error parsing value of pair "IP=zzz": invalid IP address zzz
ignoreunknown=1;FOO=BAR|ARGS: unknown args ["ignoreunknown=1" "FOO=BAR"]
END
}

@test "conformance 76: bridge refuses unknown CNI_ARGS, but on DEL" {
	new_container c1
	cni ADD bridge CNI_ARGS=IP=1.2.3.4 <<<"$(l2)"
	assert_error_is 999 'ARGS: unknown args ["IP=1.2.3.4"]'
	idle_del CNI_ARGS=IP=1.2.3.4 <<<"$(l2)"
	assert_success
	idle_del CNI_ARGS='IP=1.2.3.4;IgnoreUnknown=1' <<<"$(l2)"
	assert_success
	idle_del CNI_ARGS='IgnoreUnknown=1;IP=1.2.3.4' <<<"$(l2)"
	assert_success
}

@test "conformance 78: the five arguments of containerd in any order" {
	local order i pairs=(IgnoreUnknown=1 K8S_POD_NAMESPACE=ns K8S_POD_NAME=pod K8S_POD_INFRA_CONTAINER_ID=abc K8S_POD_UID=u-1)

	new_container c1
	for order in "0 1 2 3 4" "4 3 2 1 0" "2 0 4 1 3"; do
		args=
		for i in $order; do
			args+="${args:+;}${pairs[i]}"
		done
		add bridge <<<"$(l3)"
		del bridge <<<"$(l3)"
	done
}

# ---- capabilities

@test "conformance 81: which of three MAC addresses a bridge takes" {
	local c

	new_container c1
	c=$(l2)
	add bridge CNI_ARGS=MAC=02:00:00:00:00:01 <<<"$c"
	assert_json '.interfaces[2].mac' '"02:00:00:00:00:01"'
	del bridge <<<"$c"
	c=$(l2 '.args.cni.mac = "02:00:00:00:00:02"')
	add bridge CNI_ARGS=MAC=02:00:00:00:00:01 <<<"$c"
	assert_json '.interfaces[2].mac' '"02:00:00:00:00:02"'
	del bridge <<<"$c"
	c=$(l2 '.args.cni.mac = "02:00:00:00:00:02" | .runtimeConfig.mac = "02:00:00:00:00:03"')
	add bridge CNI_ARGS=MAC=02:00:00:00:00:01 <<<"$c"
	assert_json '.interfaces[2].mac' '"02:00:00:00:00:03"'
	assert_eq "$(in_container c1 ip -j link show eth0 | jq -r '.[0].address')" 02:00:00:00:00:03 "the kernel's MAC"
}

@test "conformance 82: capabilities that a plugin does not know are ignored" {
	new_container c1
	add bridge <<<"$(l3 '.capabilities = {mac: true, "io.kubernetes.cri.pod-annotations": true, portMappings: false}
		| .runtimeConfig = {"io.kubernetes.cri.pod-annotations": {a: "b"}, cgroupPath: "/x"}')"
}

# ---- whole life

@test "conformance 84: add, check, del, del in every version that has them" {
	local version c

	new_container c1
	for version in "${VERSIONS[@]}"; do
		c=$(l3 ".cniVersion = \"$version\"")
		add bridge <<<"$c"
		case $version in
		0.[123].*) ;;
		*) check bridge <<<"$(with_result "$c")" ;;
		esac
		del bridge <<<"$c"
		del bridge <<<"$c"
	done
}

@test "conformance 88: nobody holds stdout or stderr when the plugin has ended" {
	local start

	new_container c1
	start=$(now_ms)
	cni ADD bridge <<<"$(l3 '.ipMasq = true')" | cat
	(($(now_ms) - start < 30000))
}

@test "conformance 90: VERSION with the variables that libcni sends" {
	run_plugin bridge CNI_COMMAND=VERSION CNI_NETNS=dummy CNI_IFNAME=dummy CNI_PATH=dummy CNI_CONTAINERID= \
		<<<'{"cniVersion":"1.1.0"}'
	assert_success
	assert_json .cniVersion '"1.1.0"'
}
