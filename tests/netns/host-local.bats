#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# host-local alone, without a plugin above it: leases, ranges, healing.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # each test is a shell of its own; the helpers use and set variables

load helpers

setup() {
	setup_host
	netns=/run/netns/none # nobody looks for it unless a test makes one
	leases=$data_dir/pool
	rm -rf /run/cni/host-local
}

# The configuration with the ipam keys of a jq object.
pool() {
	jq -n --arg dir "$data_dir" "{cniVersion: \"1.1.0\", name: \"pool\",
		ipam: ({type: \"host-local\", dataDir: \$dir} + ${1:-{\}})}"
}

small='{ranges: [[{subnet: "10.1.2.0/29"}]]}'           # .2 to .6
dual='{ranges: [[{subnet: "10.1.2.0/24"}], [{subnet: "2001:db8:1::/64"}]]}'

# expect_add ID CONFIGURATION ADDRESSES
expect_add() {
	id=$1
	add host-local <<<"$2"
	assert_eq "$(jq -r '[.ips[].address] | join(" ")' "$stdout_file")" "$3" "what $1 gets"
}

lease_names() {
	[[ ! -d $leases ]] || (cd "$leases" && find . -mindepth 1 ! -name lock ! -name 'last_reserved_ip.*' -printf '%f\n' | sort | tr '\n' ' ')
}

index_files() {
	find /run/cni/host-local -name '*.index'
}

# ---- format

@test "an ADD gives one address of each set and leaves the reference's files" {
	c=$(pool '{ranges: [[{subnet: "10.1.2.0/24"}, {subnet: "10.2.2.0/24"}], [{subnet: "2001:db8:1::/64"}]],
		routes: [{dst: "0.0.0.0/0"}, {dst: "2001:db8::/32", gw: "2001:db8:1::9"}]}')
	add host-local <<<"$c"
	assert_eq "$stdout" "$(jq --indent 4 -n '{cniVersion: "1.1.0",
		ips: [{address: "10.1.2.2/24", gateway: "10.1.2.1"}, {address: "2001:db8:1::2/64", gateway: "2001:db8:1::1"}],
		routes: [{dst: "0.0.0.0/0"}, {dst: "2001:db8::/32", gw: "2001:db8:1::9"}]}')"
	assert_eq "$(od -An -tx1 "$leases/10.1.2.2")" " 63 31 0d 0a 65 74 68 30"
	assert_eq "$(od -An -tx1 "$leases/2001:db8:1::2")" " 63 31 0d 0a 65 74 68 30"
	assert_eq "$(cat "$leases/last_reserved_ip.0")" "10.1.2.2"
	assert_eq "$(cat "$leases/last_reserved_ip.1")" "2001:db8:1::2"
	assert_eq "$(cd "$leases" && stat -c '%n %a %h' -- * | tr '\n' ' ')" \
		"10.1.2.2 600 1 2001:db8:1::2 600 1 last_reserved_ip.0 600 1 last_reserved_ip.1 600 1 lock 750 1 "
	assert_eq "$stderr" ""
	del host-local <<<"$c"
	assert_eq "$(lease_names)" ""
	del host-local <<<"$c"
}

@test "all versions of the protocol get their form" {
	for version in 0.1.0 0.2.0; do
		id=$version
		add host-local <<<"$(pool "$dual" | jq --arg v "$version" '.cniVersion = $v')"
		assert_json '[.cniVersion, (.ip4, .ip6 | has("ip"))]' "[\"$version\", true, true]"
	done
	for version in 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0; do
		id=$version
		add host-local <<<"$(pool "$dual" | jq --arg v "$version" '.cniVersion = $v')"
		assert_json '[.cniVersion, (.ips | length)]' "[\"$version\", 2]"
	done
}

@test "two networks and two interfaces of a container do not meet" {
	c=$(pool "$small") d=$(pool "$small" | jq '.name = "other"')
	expect_add c1 "$c" "10.1.2.2/29"
	expect_add c1 "$d" "10.1.2.2/29"
	ifname=net1
	expect_add c1 "$c" "10.1.2.3/29"
	ifname=eth0
	del host-local <<<"$c"
	assert_eq "$(lease_names)" "10.1.2.3 "
	assert_eq "$(cat "$data_dir/other/10.1.2.2")" $'c1\r\neth0'
}

@test "a DEL needs no ranges, no namespace and no success before" {
	c=$(pool "$dual")
	del host-local <<<"$c"
	for filter in 'del(.ipam.ranges)' '.ipam.ranges = [[{subnet: "10.1.2.7/24"}]]' '.ipam.ranges = "x"' \
		'.ipam.lockSeconds = "x"' '.ipam.routes = 7'; do
		add host-local <<<"$c"
		netns='' del host-local <<<"$(jq "$filter" <<<"$c")"
		assert_eq "$(lease_names)" ""
	done
	args=rubbish del host-local <<<"$c"
	id=unknown del host-local <<<"$c"
	del host-local <<<'{"cniVersion": "1.0.0", "name": "pool", "ipam": {"type": "host-local"}}'
	del host-local <<<'{"cniVersion": "1.0.0", "name": "pool"}'
}

@test "too many sets for an old version are refused, but not by DEL" {
	c=$(pool '{ranges: [[{subnet: "10.1.2.0/24"}], [{subnet: "10.1.3.0/24"}]]}')
	add host-local <<<"$c"
	cni ADD host-local <<<"$(jq '.cniVersion = "0.2.0"' <<<"$c")"
	assert_error_is 999 "CNI version 0.2.0 does not support more than 1 address per family"
	del host-local <<<"$(jq '.cniVersion = "0.2.0"' <<<"$c")"
	assert_eq "$(lease_names)" ""
}

@test "leases of the old format are understood" {
	c=$(pool "$small")
	add host-local <<<"$c"
	printf c1 >"$leases/10.1.2.2" # in place, as the reference's own test does
	check host-local <<<"$c"
	cni ADD host-local <<<"$c"
	assert_error 103 "10.1.2.2 has been allocated to c1, duplicate allocation is not allowed"
	ifname=net1 del host-local <<<"$c"
	assert_eq "$(lease_names)" ""
	printf '  c1 \r\neth0\n\n' >"$leases/10.1.2.4"
	printf 'c1\neth0' >"$leases/10.1.2.5"
	printf c1 >"$leases/10.1.2.6"
	# Named leases go before those that name no interface; a blank before the break is part of no id.
	printf '\n c1\r\neth0 ' >"$leases/10.1.2.3"
	del host-local <<<"$c"
	assert_eq "$(lease_names)" "10.1.2.4 10.1.2.5 10.1.2.6 "
	del host-local <<<"$c"
	assert_eq "$(lease_names)" "10.1.2.4 10.1.2.5 "
}

@test "a container that is called like an address keeps the cursor" {
	c=$(pool "$small")
	id=10.1.2.2
	add host-local <<<"$c"
	ifname=other del host-local <<<"$c"
	assert_eq "$(cat "$leases/last_reserved_ip.0")" "10.1.2.2"
}

@test "the reference and we take turns on one directory" {
	c=$(pool "$small" | jq '.cniVersion = "1.0.0"')
	reference() {
		BIN=$REFERENCE_BIN cni "$@" <<<"$c"
		assert_success
	}
	id=ours expect_add ours "$c" "10.1.2.2/29"
	id=theirs reference ADD host-local
	assert_json '.ips[0].address' '"10.1.2.3/29"'
	expect_add again "$c" "10.1.2.4/29"
	id=ours reference CHECK host-local
	id=ours reference DEL host-local
	id=theirs check host-local <<<"$c"
	id=theirs del host-local <<<"$c"
	assert_eq "$(lease_names)" "10.1.2.4 "
	id=theirs reference ADD host-local
	assert_json '.ips[0].address' '"10.1.2.5/29"'
	id=theirs cni ADD host-local <<<"$c"
	assert_error 103 "10.1.2.5 has been allocated to theirs, duplicate allocation is not allowed"
}

# ---- addresses

@test "addresses go round; a full set is an error, and so is a second ADD" {
	c=$(pool "$small")
	for i in 2 3 4 5 6; do
		expect_add "c$i" "$c" "10.1.2.$i/29"
	done
	id=c7 cni ADD host-local <<<"$c"
	assert_error 106 "failed to allocate for range 0: no IP addresses available in range set: 10.1.2.1-10.1.2.6"
	id=c4 cni ADD host-local <<<"$c"
	assert_error 103 "10.1.2.4 has been allocated to c4, duplicate allocation is not allowed"
	id=c5 del host-local <<<"$c"
	id=c3 del host-local <<<"$c"
	expect_add c8 "$c" "10.1.2.3/29"
	expect_add c9 "$c" "10.1.2.5/29"
}

@test "a set that is full takes back what the sets before it gave" {
	c=$(pool '{ranges: [[{subnet: "10.1.2.0/24"}], [{subnet: "10.1.3.0/30"}]]}')
	expect_add c1 "$c" "10.1.2.2/24 10.1.3.2/30"
	id=c2 cni ADD host-local <<<"$c"
	assert_error 106 "failed to allocate for range 1: no IP addresses available in range set: 10.1.3.1-10.1.3.2"
	assert_eq "$(lease_names)" "10.1.2.2 10.1.3.2 "
}

@test "requested addresses come from all three sources" {
	c=$(pool '{ranges: [[{subnet: "10.1.2.0/24"}, {subnet: "10.1.4.0/24"}], [{subnet: "2001:db8:1::/64"}],
		[{subnet: "10.1.3.0/24"}]]}' |
		jq '.args.cni.ips = ["2001:db8:1::99/64"] | .runtimeConfig.ips = ["10.1.4.7", "10.1.4.7"]')
	args="IP=10.1.3.8" expect_add c1 "$c" "10.1.4.7/24 2001:db8:1::99/64 10.1.3.8/24"
	args="IP=10.1.3.8" id=c2 cni ADD host-local <<<"$(jq 'del(.runtimeConfig, .args)' <<<"$c")"
	assert_error 103 "failed to allocate for range 2: requested IP address 10.1.3.8 is not available in range set 10.1.3.1-10.1.3.254"
	assert_eq "$(lease_names)" "10.1.3.8 10.1.4.7 2001:db8:1::99 "
}

@test "requests that cannot be had fail before anything is taken" {
	c=$(pool '{ranges: [[{subnet: "10.1.2.0/24", exclude: ["10.1.2.64/26"]}]]}')
	for row in "IP=10.1.2.1|requested ip 10.1.2.1 is subnet's gateway" "IP=10.1.2.70|requested ip 10.1.2.70 is excluded" \
		"IP=10.9.9.9|failed to allocate all requested IPs: 10.9.9.9"; do
		args=${row%%|*} cni ADD host-local <<<"$c"
		assert_error 7 "${row#*|}"
	done
	cni ADD host-local <<<"$(jq '.args.cni.ips = ["10.1.2.8", "10.1.2.9"]' <<<"$c")"
	assert_error_is 7 "failed to allocate all requested IPs: 10.1.2.9"
	assert_json .details '"each must be in one of the ranges, and a set of ranges gives one"'
	refute test -e "$leases"
}

@test "CNI_ARGS is as strict as the reference's" {
	c=$(pool "$small")
	for row in "IP=10.1.2.4;|invalid pair \"\"" "IP|invalid pair \"IP\"" "IP=a=b|invalid pair \"IP=a=b\"" \
		"FOO=BAR|unknown args [\"FOO=BAR\"]" "FOO=BAR;ABC=1|unknown args [\"FOO=BAR\" \"ABC=1\"]" \
		"IgnoreUnknown=yes|error parsing value of pair \"IgnoreUnknown=yes\": boolean unmarshal error: invalid input yes" \
		"ip=10.1.2.4|unknown args [\"ip=10.1.2.4\"]" \
		"IP=zzz|error parsing value of pair \"IP=zzz\": invalid IP address zzz"; do
		args=${row%%|*} cni ADD host-local <<<"$c"
		assert_error 999 "ARGS: ${row#*|}"
	done
	args="K8S_POD_NAME=p;IP=;IgnoreUnknown=1" expect_add c1 "$c" "10.1.2.2/29"
}

@test "both addresses of a /31 serve, and a /32 has no gateway" {
	c=$(pool '{ranges: [[{subnet: "10.1.2.8/31", gateway: "10.0.0.1"}], [{subnet: "2001:db8::8/127", gateway: "fe80::1"}]]}')
	expect_add c1 "$c" "10.1.2.8/31 2001:db8::8/127"
	expect_add c2 "$c" "10.1.2.9/31 2001:db8::9/127"
	c=$(pool '{subnet: "10.1.9.9/32"}' | jq '.name = "single"')
	id=c3
	add host-local <<<"$c"
	assert_json .ips '[{"address": "10.1.9.9/32"}]'
}

@test "an ADD that fails moves no last_reserved_ip" {
	c=$(pool '{ranges: [[{subnet: "10.1.2.0/24"}], [{subnet: "10.1.3.0/30"}]]}')
	id=c1 add host-local <<<"$c"
	id=c2 cni ADD host-local <<<"$c"
	assert_error 106 "failed to allocate for range 1: no IP addresses available in range set"
	assert_eq "$(cat "$data_dir/pool/last_reserved_ip.0")" 10.1.2.2
}

@test "a resolvConf without end, or that is no file, is refused at once" {
	local path

	BIN=$PLAIN_BIN
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	truncate -s 1T "$BATS_TEST_TMPDIR/huge"
	for path in /proc/self/pagemap /dev/zero /dev/tty "$BATS_TEST_TMPDIR/fifo" "$BATS_TEST_TMPDIR/huge" /; do
		# Who reads without end is stopped by the limit of memory.
		c=$(pool "$small" | jq --arg f "$path" '.ipam.resolvConf = $f')
		(
			ulimit -v 300000
			unset -f jq # gojq wants more
			PLUGIN_TIMEOUT=20 cni ADD host-local <<<"$c"
			assert_error 7 "cannot read resolvConf $path"
		)
	done
	assert_eq "$(lease_names)" ""
}

@test "resolvConf becomes the dns of the result" {
	printf 'nameserver 192.0.2.3\n# x\nsearch a b\ndomain d\noptions o\n' >"$BATS_TEST_TMPDIR/resolv.conf"
	add host-local <<<"$(pool "$small" | jq --arg f "$BATS_TEST_TMPDIR/resolv.conf" '.ipam.resolvConf = $f')"
	assert_json '.dns == {nameservers: ["192.0.2.3"], domain: "d", search: ["a", "b"], options: ["o"]}' true
	id=c2 cni ADD host-local <<<"$(pool "$small" | jq '.ipam.resolvConf = "/none"')"
	assert_error 7 "cannot read resolvConf /none"
	assert_eq "$(lease_names)" "10.1.2.2 "
}

@test "forty ADDs at once get forty addresses" {
	c=$(pool '{subnet: "10.1.2.0/24"}')
	for i in {1..40}; do
		host env -i CNI_COMMAND=ADD CNI_CONTAINERID="p$i" CNI_NETNS=/none CNI_IFNAME=eth0 CNI_PATH=/none \
			"$BIN/host-local" <<<"$c" >"$BATS_TEST_TMPDIR/out.$i" &
	done
	wait
	assert_eq "$(jq -r '.ips[0].address' "$BATS_TEST_TMPDIR"/out.* | sort -u | wc -l)" 40
	assert_eq "$(find "$leases" -name '10.*' | wc -l)" 40
}

# ---- CHECK, STATUS, GC

@test "CHECK compares the result with the leases" {
	c=$(pool "$dual")
	add host-local <<<"$c"
	one=$stdout
	ifname=net1 add host-local <<<"$c"
	check host-local <<<"$c"
	check host-local <<<"$(with_result "$c" "$one")"
	check host-local <<<"$(with_result "$c" "$one" | jq '.prevResult.ips += [{address: "192.0.2.7/24"}]')"
	mv "$leases/10.1.2.2" "$BATS_TEST_TMPDIR/lease"
	mv "$leases/10.1.2.3" "$leases/10.1.2.2"
	mv "$BATS_TEST_TMPDIR/lease" "$leases/10.1.2.3"
	cni CHECK host-local <<<"$(with_result "$c" "$one")"
	assert_error 104 "host-local: Failed to find address added by container c1"
	assert_json .details '"10.1.2.2 is leased to another"'
	rm "$leases/10.1.2.2"
	cni CHECK host-local <<<"$(with_result "$c" "$one")"
	assert_json .details '"10.1.2.2 has no lease"'
	id=c9 cni CHECK host-local <<<"$c"
	assert_error 104 "host-local: Failed to find address added by container c9"
}

@test "STATUS knows full sets and useless directories, with and without an index" {
	c=$(pool "$small")
	cni STATUS host-local <<<"$c"
	assert_success
	for i in 2 3 4 5 6; do
		expect_add "c$i" "$c" "10.1.2.$i/29"
		cni STATUS host-local <<<"$c"
		[[ $i == 6 ]] || assert_success
	done
	assert_error_is 50 "no IP addresses available in range set: 10.1.2.1-10.1.2.6"
	rm /run/cni/host-local/*.index
	cni STATUS host-local <<<"$c"
	assert_error 50 "no IP addresses available in range set"
	: >"$leases/10.1.2.4" # a power cut took its content
	touch "$leases/noticed"
	cni STATUS host-local <<<"$c"
	assert_success
	id=c2 del host-local <<<"$c"
	cni STATUS host-local <<<"$c"
	assert_success
	cni STATUS host-local <<<"$(pool '{}')"
	assert_error 7 "no IP ranges specified"
	: >"$BATS_TEST_TMPDIR/file"
	cni STATUS host-local <<<"$(jq --arg d "$BATS_TEST_TMPDIR/file" '.ipam.dataDir = $d' <<<"$c")"
	assert_error 50 "lease directory $BATS_TEST_TMPDIR/file/pool"
	mkdir "$BATS_TEST_TMPDIR/ro"
	mount -t tmpfs -o ro none "$BATS_TEST_TMPDIR/ro"
	cni STATUS host-local <<<"$(jq --arg d "$BATS_TEST_TMPDIR/ro/deep/er" '.ipam.dataDir = $d' <<<"$c")"
	umount "$BATS_TEST_TMPDIR/ro"
	assert_error 50 "cannot be created: read-only file system"
}

@test "GC removes exactly what the runtime does not know" {
	c=$(pool '{subnet: "10.1.2.0/24"}')
	for i in {2..9}; do
		expect_add "c$i" "$c" "10.1.2.$i/24"
	done
	printf c8 >"$leases/10.1.2.8"
	printf c9 >"$leases/10.1.2.9"
	printf 'kept by hand' >"$leases/10.1.2.99"
	gc() {
		cni GC host-local <<<"$(jq --argjson keys "$1" '. + $keys' <<<"$c")"
	}
	gc '{}'
	assert_success
	assert_eq "$(lease_names | wc -w)" 9
	gc '{"cni.dev/valid-attachments": [{"containerID": "../c2", "ifname": "eth0"}]}'
	assert_error 4 "invalid characters in containerID"
	assert_eq "$(lease_names | wc -w)" 9
	gc '{"cni.dev/attachments": [{"containerID": "c2", "ifname": "eth0"}, {"containerID": "c3", "ifname": "net1"},
		{"containerID": "c4", "ifname": "eth0"}, {"containerID": "c8", "ifname": "net7"}]}'
	assert_success
	assert_eq "$(lease_names)" "10.1.2.2 10.1.2.4 10.1.2.8 10.1.2.99 "
	# A key of the configuration in another spelling does not empty the runtime's list.
	gc '{"cni.dev/valid-attachments": [{"containerID": "c2", "ifname": "eth0"}, {"containerID": "c4", "ifname": "eth0"},
		{"containerID": "c8", "ifname": "net7"}], "CNI.DEV/VALID-ATTACHMENTS": [], "Cni.dev/Attachments": []}'
	assert_success
	assert_eq "$(lease_names)" "10.1.2.2 10.1.2.4 10.1.2.8 10.1.2.99 "
	gc '{"cni.dev/valid-attachments": null}'
	assert_success
	assert_eq "$(lease_names)" "10.1.2.99 "
	id=c4 del host-local <<<"$c"
	expect_add c10 "$c" "10.1.2.10/24"
}

# ---- trouble

@test "who holds the lock too long is named" {
	c=$(pool "$small" | jq '.ipam.lockSeconds = 1')
	add host-local <<<"$c"
	flock --no-fork "$leases/lock" sleep 100 3>&- &
	holder=$!
	wait_until 5 refute flock -n "$leases/lock" true
	start=$(now_ms)
	id=c2 cni ADD host-local <<<"$c"
	assert_error 11 "lease directory $leases: process $holder has held the lock for more than 1 seconds"
	(($(now_ms) - start < 30000))
	cni DEL host-local <<<"$c"
	assert_error 11 "has held the lock for more than 1 seconds"
	cni STATUS host-local <<<"$c" # takes no lock
	assert_success
	check host-local <<<"$(with_result "$c" '{"cniVersion": "1.1.0", "ips": [{"address": "10.1.2.2/29"}]}')"
	kill "$holder"
	del host-local <<<"$c"
}

@test "a lease without content is free" {
	c=$(pool "$small")
	expect_add c1 "$c" "10.1.2.2/29"
	: >"$leases/10.1.2.3"
	head -c 9 /dev/zero >"$leases/10.1.2.4"
	expect_add c2 "$c" "10.1.2.3/29"
	expect_add c3 "$c" "10.1.2.4/29"
	assert_eq "$(cat "$leases/10.1.2.4")" $'c3\r\neth0'
}

@test "planted links and other files lead to no write outside" {
	c=$(pool "$small")
	outside=$BATS_TEST_TMPDIR/outside
	mkdir -p "$leases"
	ln -s "$outside" "$leases/10.1.2.2"
	mkdir "$leases/10.1.2.3"
	mkfifo "$leases/10.1.2.4"
	ln -s "$outside" "$leases/last_reserved_ip.0"
	expect_add c1 "$c" "10.1.2.5/29"
	rm "$leases/last_reserved_ip.0"
	echo precious >"$outside"
	ln "$outside" "$leases/last_reserved_ip.0"
	expect_add c2 "$c" "10.1.2.6/29"
	assert_eq "$(cat "$outside")" precious
	rm "$outside" "$leases/last_reserved_ip.0"
	for verb in CHECK DEL GC STATUS; do
		id=c1 cni $verb host-local <<<"$c"
	done
	rm "$leases/lock"
	ln -s "$outside" "$leases/lock"
	id=c3 cni ADD host-local <<<"$c"
	assert_error 105 "cannot open the lock: "
	cni STATUS host-local <<<"$c"
	assert_error 50 "the lock is no regular file"
	mv "$leases" "$BATS_TEST_TMPDIR/moved"
	rm "$BATS_TEST_TMPDIR/moved/lock"
	ln -s "$BATS_TEST_TMPDIR/moved" "$leases"
	id=c3 cni ADD host-local <<<"$c"
	assert_error 105 "lease directory $leases: is a symbolic link, which is not followed"
	refute test -e "$outside"
	refute test -e "$BATS_TEST_TMPDIR/moved/lock"
}

@test "what stands in place of the network's folder is named, and a DEL succeeds" {
	c=$(pool "$small")
	mkdir -p "$data_dir" "$BATS_TEST_TMPDIR/other"
	printf 'c1\r\neth0' >"$BATS_TEST_TMPDIR/other/10.1.2.2"
	ln -s "$BATS_TEST_TMPDIR/other" "$leases"
	for verb in ADD CHECK GC; do
		cni $verb host-local <<<"$(jq '.["cni.dev/valid-attachments"] = []' <<<"$c")"
		assert_error_is 105 "lease directory $leases: is a symbolic link, which is not followed" \
			"bind-mount the folder there, or name its parent in ipam.dataDir"
	done
	cni STATUS host-local <<<"$c"
	assert_error 50 "lease directory $leases: is a symbolic link, which is not followed"
	del host-local <<<"$c"
	assert_eq "$stderr" "host-local: lease directory $leases: is a symbolic link, which is not followed; nothing is released there"
	assert_eq "$(ls "$BATS_TEST_TMPDIR/other")" "10.1.2.2"
	rm "$leases"
	: >"$leases"
	cni ADD host-local <<<"$c"
	assert_error_is 105 "lease directory $leases: cannot open it: not a directory"
	del host-local <<<"$c"
	assert_match "$stderr" "lease directory $leases: cannot open it: not a directory; nothing is released there"
	c=$(jq '.ipam.dataDir += "/pool"' <<<"$c") # a file where the parent should be
	cni ADD host-local <<<"$c"
	assert_error_is 105 "lease directory $leases/pool: cannot open it: not a directory"
	del host-local <<<"$c"
	rm "$leases"
	ln -s "$BATS_TEST_TMPDIR/other" "$leases" # a dataDir may be one
	expect_add c2 "$c" "10.1.2.2/29"
	assert_eq "$(cat "$BATS_TEST_TMPDIR/other/pool/10.1.2.2")" $'c2\r\neth0'
}

@test "a full disk leaves no lease behind" {
	c=$(pool "$small")
	mkdir "$data_dir"
	mount -t tmpfs -o size=4k none "$data_dir"
	expect_add c1 "$c" "10.1.2.2/29" # the page is for the lease, so the cursor has none
	id=c2 cni ADD host-local <<<"$c"
	assert_error 105 "no space left on device"
	assert_eq "$(lease_names)" "10.1.2.2 "
	cni STATUS host-local <<<"$c"
	assert_error 50 "no space left on device"
	id=c1 del host-local <<<"$c"
	expect_add c2 "$c" "10.1.2.2/29"
	umount "$data_dir"
}

@test "STATUS counts the files that an ADD needs" {
	c=$(pool "$dual")
	mkdir "$data_dir"
	mount -t tmpfs -o nr_inodes=4 none "$data_dir" # the root, the folder, the lock, and one more
	cni STATUS host-local <<<"$c"
	assert_error_is 50 "lease directory $leases: not all leases fit: no space left on device"
	id=c1 cni ADD host-local <<<"$c"
	assert_error 105 "no space left on device"
	assert_eq "$(lease_names)" ""
	cni STATUS host-local <<<"$c"
	assert_error_is 50 "lease directory $leases: not all leases fit: no space left on device"
	cni STATUS host-local <<<"$(pool "$small")"
	assert_success
	expect_add c1 "$(pool "$small")" "10.1.2.2/29"
	cni STATUS host-local <<<"$(pool "$small")"
	assert_error_is 50 "lease directory $leases: no lease fits: no space left on device"
	umount "$data_dir"
	cni STATUS host-local <<<"$(jq '.ipam.resolvConf = "/none"' <<<"$c")"
	assert_error_is 50 "cannot read resolvConf /none: no such file or directory"
}

@test "nothing depends on what is below /run" {
	c=$(pool "$small")
	expect_add c1 "$c" "10.1.2.2/29"
	index=$(index_files)
	for damage in 'rm "$index"' ': >"$index"' 'head -c 5000 /dev/urandom >"$index"' 'rm -r /run/cni/host-local' \
		'rm -r /run/cni/host-local; : >/run/cni/host-local' \
		'rm /run/cni/host-local; mkdir /run/cni/host-local; mount -t tmpfs -o ro none /run/cni/host-local' \
		'umount /run/cni/host-local; mount -t tmpfs -o size=8k none /run/cni/host-local'; do
		eval "$damage"
		id=c2
		add host-local <<<"$c"
		cni ADD host-local <<<"$c"
		assert_error 103 "duplicate allocation is not allowed"
		check host-local <<<"$c"
		del host-local <<<"$c"
		id=c1 check host-local <<<"$c"
	done
	umount /run/cni/host-local
}

@test "what other programs do to the directory is noticed at once" {
	c=$(pool "$small")
	for i in {1..20}; do
		id=c1
		add host-local <<<"$c"
		address=$(jq -r '.ips[0].address' <<<"$stdout")
		rm "$leases/${address%/*}"
		printf 'c1\r\neth0' >"$leases/10.1.2.6"
		cni ADD host-local <<<"$c"
		assert_error 103 "10.1.2.6 has been allocated to c1, duplicate allocation is not allowed"
		del host-local <<<"$c"
		assert_eq "$(lease_names)" ""
	done
}

# ---- scale

# The system calls of one command, without those that start the process.
count_calls() {
	BIN=$PLAIN_BIN
	host env -i CNI_COMMAND="$1" CNI_CONTAINERID="$2" CNI_NETNS=/none CNI_IFNAME=eth0 CNI_PATH=/none \
		strace -f -qq -o "$BATS_TEST_TMPDIR/calls" "$BIN/host-local" <<<"$c" >/dev/null
	sed -n '/SIG_BLOCK/,$p' "$BATS_TEST_TMPDIR/calls" | wc -l
}

@test "no verb makes more system calls for 3000 leases than for 3" {
	local few many

	c=$(pool '{subnet: "10.1.0.0/16"}')
	mkdir -p "$leases"
	for i in {2..4}; do
		printf 'p%s\r\neth0' "$i" >"$leases/10.1.0.$i"
	done
	id=first add host-local <<<"$c"
	few="$(count_calls ADD a) $(count_calls CHECK a) $(count_calls STATUS a) $(count_calls DEL a) $(count_calls DEL a)"
	for i in {0..2999}; do
		printf 'q%s\r\neth0' "$i" >"$leases/10.1.$((i / 250 + 1)).$((i % 250))"
	done
	id=second add host-local <<<"$c"
	many="$(count_calls ADD b) $(count_calls CHECK b) $(count_calls STATUS b) $(count_calls DEL b) $(count_calls DEL b)"
	echo "calls: $few, with 3000 leases: $many" >&2
	for i in {1..5}; do
		(($(cut -d ' ' -f "$i" <<<"$many") <= $(cut -d ' ' -f "$i" <<<"$few") + 4))
		(($(cut -d ' ' -f "$i" <<<"$many") < 80))
	done
}

@test "a set without end is no burden" {
	c=$(pool '{ranges: [[{subnet: "10.0.0.0/8"}], [{subnet: "fd00::/16"}]]}' | jq '.args.cni.ips = ["10.255.255.254", "fd00:ffff::1"]')
	expect_add c1 "$c" "10.255.255.254/8 fd00:ffff::1/16"
	expect_add c2 "$(jq 'del(.args)' <<<"$c")" "10.0.0.2/8 fd00:ffff::2/16"
	(($(stat -c %s "$(index_files)") < 65536))
}

# within_ms LIMIT VERB: by the processor's clock; quadratic work takes ten times as long.
within_ms() {
	local start

	start=$(cpu_ms)
	cni "$2" host-local <"$BATS_TEST_TMPDIR/c"
	assert_success
	(($(cpu_ms) - start < $1)) || fail_because "$2 took $(($(cpu_ms) - start)) ms"
}

@test "ten thousand excludes and twenty thousand ranges or sets are sorted once" {
	local ip='def ip: "10.\(. / 65536 | floor).\(. / 256 % 256 | floor).\(. % 256)"; '

	BIN=$PLAIN_BIN
	pool >"$BATS_TEST_TMPDIR/empty"
	for ranges in '[[{subnet: "10.0.0.0/8", exclude: [range(10000; 0; -1) | . + 1 | ip]}]]' \
		'[[range(20000) | {subnet: "\(. * 8 | ip)/29"}]]'; do
		jq "$ip .ipam.ranges = $ranges" "$BATS_TEST_TMPDIR/empty" >"$BATS_TEST_TMPDIR/c"
		id=c1 within_ms 3000 STATUS
		id=c1 within_ms 3000 ADD
		id=c1 within_ms 3000 DEL
	done
	jq "$ip"' .ipam.ranges = [range(20000) | [{subnet: "\(. * 8 | ip)/29"}]]' "$BATS_TEST_TMPDIR/empty" >"$BATS_TEST_TMPDIR/c"
	within_ms 3000 STATUS
	jq "$ip"' .ipam.ranges += [[{subnet: "10.0.39.16/29"}, {subnet: "10.2.0.0/29"}]]' "$BATS_TEST_TMPDIR/c" >"$BATS_TEST_TMPDIR/overlap"
	cni STATUS host-local <"$BATS_TEST_TMPDIR/overlap"
	assert_error_is 7 "range set 1250 overlaps with 20000"
}

# ---- healing

@test "a second ADD gets the old address when the namespace is gone, and is refused while it lives" {
	c=$(pool "$dual")
	new_container c1
	expect_add c1 "$c" "10.1.2.2/24 2001:db8:1::2/64"
	cni ADD host-local <<<"$c"
	assert_error 103 "10.1.2.2 has been allocated to c1, duplicate allocation is not allowed"
	ip netns delete c1
	cni ADD host-local <<<"$(jq '.ipam.reclaim = false' <<<"$c")"
	assert_error 103 "duplicate allocation is not allowed"
	new_container c1 # the same name, and mostly the same number
	expect_add c1 "$c" "10.1.2.2/24 2001:db8:1::2/64"
	cni ADD host-local <<<"$c"
	assert_error 103 "duplicate allocation is not allowed"
	new_container c2
	expect_add c2 "$c" "10.1.2.3/24 2001:db8:1::3/64"
}

# bats test_tags=night
@test "three hundred containers without a DEL find room in a /24" {
	c=$(pool '{subnet: "10.1.2.0/24"}')
	BIN=$PLAIN_BIN
	new_container living
	expect_add living "$c" "10.1.2.2/24"
	for i in {1..300}; do
		new_container "c$i"
		add host-local <<<"$c"
		ip netns delete "c$i"
	done
	id=living check host-local <<<"$c"
	assert_eq "$(cat "$leases/10.1.2.2")" $'living\r\neth0'
}

@test "a full set takes back dead leases and says so, but no living or unknown ones" {
	c=$(pool "$small")
	for i in 2 3 4; do
		new_container "c$i"
		expect_add "c$i" "$c" "10.1.2.$i/29"
	done
	netns=/run/netns/none expect_add c5 "$c" "10.1.2.5/29" # unknown: it was never there
	printf 'c6\r\neth0' >"$leases/10.1.2.6"                  # unknown: somebody else's
	ip netns delete c3
	id=c7 cni ADD host-local <<<"$(jq '.ipam.reclaim = false' <<<"$c")"
	assert_error 106 "no IP addresses available in range set"
	cni STATUS host-local <<<"$(jq '.ipam.reclaim = false' <<<"$c")"
	assert_error 50 "no IP addresses available in range set"
	cni STATUS host-local <<<"$c"
	assert_success
	new_container c7
	expect_add c7 "$c" "10.1.2.3/29"
	assert_match "$stderr" "reclaimed 10.1.2.3 from c3 eth0: its network namespace "
	id=c8 cni ADD host-local <<<"$c"
	assert_error 106 "no IP addresses available in range set"
	assert_eq "$(lease_names)" "10.1.2.2 10.1.2.3 10.1.2.4 10.1.2.5 10.1.2.6 "
}

@test "a namespace that a process or another mount still holds is alive" {
	c=$(pool '{subnet: "10.1.2.0/30"}')
	new_container c1
	expect_add c1 "$c" "10.1.2.2/30"
	nsenter --net="$netns" sleep 100 3>&- &
	sleeper=$!
	wait_until 5 test "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$sleeper/ns/net")"
	umount "$netns" && rm "$netns"
	id=c2 cni ADD host-local <<<"$c"
	assert_error 106 "no IP addresses available in range set"
	kill "$sleeper"
	wait "$sleeper" || true
	expect_add c2 "$c" "10.1.2.2/30"
}

# An ADD that finds no address, asked as the kernel can tell who lives, and as before Linux 6.18.
expect_full() {
	id=full cni ADD host-local <<<"$c"
	assert_error 106 "no IP addresses available in range set"
	add_without_handles full
	assert_error 106 "no IP addresses available in range set"
}

# add_without_handles ID [COMMAND…]: an ADD, started by COMMAND, on a kernel that opens no namespace by its number.
add_without_handles() {
	stdout_file=$BATS_TEST_TMPDIR/stdout status=0
	host env -i CNI_COMMAND=ADD CNI_CONTAINERID="$1" CNI_NETNS=/none CNI_IFNAME=eth0 CNI_PATH=/none \
		strace -f -qq -o /dev/null -e trace=open_by_handle_at -e inject=open_by_handle_at:error=EOPNOTSUPP \
		"${@:2}" "$PLAIN_BIN/host-local" <<<"$c" >"$stdout_file" || status=$?
	stdout=$(cat "$stdout_file")
}

# background COMMAND…: runs until end_background; $background is its process.
background() {
	"$@" 3>&- &
	background=$!
}

end_background() {
	kill "$background"
	wait "$background" || true
}

is_background_elsewhere() {
	[[ $(readlink /proc/self/ns/net) != "$(readlink "/proc/$background/ns/net")" ]]
}

is_held_by_descriptor() {
	[[ -e /proc/$background/fd/9 ]]
}

is_mounted_by_background() {
	grep -q ' net:\[.* /mnt/pin ' "/proc/$background/mountinfo"
}

# It came first into its mount namespace, and sees nothing of what is mounted there.
is_chrooted_before_others() {
	[[ $(readlink "/proc/$background/root") == /usr ]] && ! grep -q ' net:' "/proc/$background/mountinfo"
}

# A thread in a namespace of its own, whose process is elsewhere.
thread_in() {
	exec /usr/bin/python3 -IS -c 'import ctypes, os, sys, threading, time
def there():
	assert ctypes.CDLL(None, use_errno=True).setns(os.open(sys.argv[1], os.O_RDONLY | os.O_CLOEXEC), 0x40000000) == 0
	for name in os.listdir("/proc/self/fd"):
		try:
			if os.readlink("/proc/self/fd/" + name).startswith("net:["): os.close(int(name))
		except OSError: pass
	open(sys.argv[2], "w").close()
	time.sleep(100)
threading.Thread(target=there, daemon=True).start()
time.sleep(100)' "$1" "$2"
}

@test "a namespace lives where only a descriptor, a thread or another mount namespace holds it" {
	c=$(pool '{subnet: "10.1.2.0/30"}')
	for holder in descriptor mount thread; do
		for how in cni without; do
			new_container "c-$holder"
			expect_add c1 "$c" "10.1.2.2/30"
			case $holder in
			descriptor)
				background sh -c 'exec 9<"$1"; exec sleep 100' sh "$netns"
				wait_until 5 is_held_by_descriptor
				;;
			mount)
				background unshare --mount sh -c 'mount -t tmpfs none /mnt && : >/mnt/pin && mount --bind "$1" /mnt/pin && exec sleep 100' sh "$netns"
				wait_until 5 is_mounted_by_background
				;;
			thread)
				background thread_in "$netns" "$BATS_TEST_TMPDIR/there"
				wait_until 5 test -e "$BATS_TEST_TMPDIR/there"
				rm "$BATS_TEST_TMPDIR/there"
				;;
			esac
			umount --lazy "$netns" && rm "$netns"
			expect_full
			end_background
			if [[ $how == cni ]]; then
				netns=/none expect_add c2 "$c" "10.1.2.2/30"
			else
				add_without_handles c2
				assert_success
				assert_json '.ips[0].address' '"10.1.2.2/30"'
			fi
			id=c2 del host-local <<<"$c"
		done
	done
}

# the_dead_is_found: when nobody holds the namespace any more, all ways of asking give its address to another.
the_dead_is_found() {
	add_without_handles c2
	assert_success
	assert_json '.ips[0].address' '"10.1.2.2/30"'
}

@test "a look that descriptors were lacking for proves no death" {
	local limit reached=0

	c=$(pool '{subnet: "10.1.2.0/30"}')
	new_container c1
	expect_add c1 "$c" "10.1.2.2/30"
	background sh -c 'exec 9<"$1"; exec sleep 100' sh "$netns"
	wait_until 5 is_held_by_descriptor
	umount --lazy "$netns" && rm "$netns"
	for limit in {7..20}; do
		add_without_handles c2 "$(command -v prlimit)" --nofile="$limit"
		[[ $status != 0 ]] || fail_because "with $limit descriptors"
		[[ $stdout != *'no IP addresses'* ]] || ((++reached))
	done
	((reached > 1)) || fail_because "no limit was near what the look takes"
	end_background
	the_dead_is_found
}

@test "who may not see every process, or not enter every namespace, proves no death" {
	local setpriv=("$(command -v setpriv)" --bounding-set)

	c=$(pool '{subnet: "10.1.2.0/30"}')
	new_container c1
	expect_add c1 "$c" "10.1.2.2/30"
	background nsenter --net="$netns" setpriv --reuid 1000 --regid 1000 --clear-groups sleep 100
	wait_until 5 is_background_elsewhere
	umount --lazy "$netns" && rm "$netns"
	mount -o remount,hidepid=ptraceable /proc
	add_without_handles c2 "${setpriv[@]}" -sys_ptrace
	mount -o remount,hidepid=off /proc
	assert_error 106 "no IP addresses available in range set"
	status=0
	host env -i CNI_COMMAND=ADD CNI_CONTAINERID=c2 CNI_NETNS=/none CNI_IFNAME=eth0 CNI_PATH=/none \
		"${setpriv[@]}" -sys_ptrace,-sys_admin "$PLAIN_BIN/host-local" <<<"$c" >"$stdout_file" || status=$?
	assert_error 106 "no IP addresses available in range set"
	end_background
	the_dead_is_found
}

@test "a process in a root of its own does not hide the mounts of its mount namespace" {
	c=$(pool '{subnet: "10.1.2.0/30"}')
	new_container c1
	expect_add c1 "$c" "10.1.2.2/30"
	background unshare --mount sh -c 'mount -t tmpfs none /mnt && : >/mnt/pin && mount --bind "$1" /mnt/pin
		sleep 100 & exec /usr/bin/python3 -IS -c "import os, time; os.chroot(\"/usr\"); time.sleep(100)"' sh "$netns"
	wait_until 5 is_chrooted_before_others
	umount --lazy "$netns" && rm "$netns"
	expect_full
	kill "$(cat "/proc/$background/task/$background/children")"
	expect_full # only who sees less is left there
	end_background
	the_dead_is_found
}

@test "seen from another mount namespace nothing is known" {
	c=$(pool '{subnet: "10.1.2.0/30"}')
	new_container c1
	expect_add c1 "$c" "10.1.2.2/30"
	for how in '' 'strace -f -qq -o /dev/null -e trace=open_by_handle_at -e inject=open_by_handle_at:error=EOPNOTSUPP'; do
		status=0 stdout_file=$BATS_TEST_TMPDIR/stdout
		unshare --mount sh -c 'umount /run/netns/c1
			exec nsenter --net="/run/netns/$1" env -i CNI_COMMAND=ADD CNI_CONTAINERID=c2 CNI_NETNS=/none CNI_IFNAME=eth0 CNI_PATH=/none $3 "$2"' \
			sh "$HOST" "$PLAIN_BIN/host-local" "$how" <<<"$c" >"$stdout_file" || status=$?
		assert_error 106 "no IP addresses available in range set"
	done
}

# reboot: another boot id, as bind mount.
new_boot_id() {
	echo "$1-35f4-4ad4-a9b9-6b9be13e1fe9" >"$BATS_TEST_TMPDIR/boot_id"
	mount --bind "$BATS_TEST_TMPDIR/boot_id" /proc/sys/kernel/random/boot_id
}

@test "leases of an earlier boot are dead, whatever their namespaces are called" {
	c=$(pool '{subnet: "10.1.2.0/28"}')
	new_container c1
	for i in {2..14}; do
		expect_add "c$i" "$c" "10.1.2.$i/28"
	done
	id=c20 cni ADD host-local <<<"$c"
	assert_error 106 "no IP addresses available in range set"
	new_boot_id 12345678
	expect_add c5 "$c" "10.1.2.5/28" # the same container again: the same address
	expect_add c20 "$c" "10.1.2.2/28"
	umount /proc/sys/kernel/random/boot_id
	assert_eq "$(lease_names)" "10.1.2.2 10.1.2.5 "
}

@test "leases without a record are dead when they are older than the boot" {
	c=$(pool '{subnet: "10.1.2.0/29"}')
	for i in 2 3 4 5; do
		expect_add "c$i" "$c" "10.1.2.$i/29"
	done
	printf 'kept-by-hand' >"$leases/10.1.2.6"
	rm -r /run/cni/host-local
	background sleep 100 9</proc/meminfo # open files whose numbers are like those of namespaces
	id=c7 cni ADD host-local <<<"$c"
	assert_error 106 "no IP addresses available in range set"
	touch -d 2001-01-01 "$leases"/10.*
	expect_add c4 "$c" "10.1.2.4/29"
	expect_add c7 "$c" "10.1.2.2/29"
	assert_match "$stderr" "reclaimed 10.1.2.2 from c2 eth0: it is older than this boot, and no network namespace has the address"
	assert_eq "$(lease_names)" "10.1.2.2 10.1.2.4 10.1.2.6 "
	end_background
}

@test "an address that a namespace has is nobody else's, however old its lease looks" {
	c=$(pool '{ranges: [[{subnet: "10.1.2.0/30"}], [{subnet: "2001:db8:1::/126", rangeEnd: "2001:db8:1::2"}]]}')
	mkdir -p "$leases"
	printf 'theirs\r\neth0' >"$leases/10.1.2.2" # as the reference leaves it before the clock is set
	printf 'theirs\r\neth0' >"$leases/2001:db8:1::2"
	touch -d 1970-01-02 "$leases"/*
	for address in 10.1.2.2/32 2001:db8:1::2/128; do
		new_container living
		in_container living ip link add lo1 type bridge
		in_container living ip addr add "$address" dev lo1 # also on a link that is down
		netns=/none id=c2 cni ADD host-local <<<"$c"
		assert_error 106 "no IP addresses available in range set: ${address%2/*}"
		cni STATUS host-local <<<"$c"
		assert_error 50 "no IP addresses available in range set: ${address%2/*}"
		background nsenter --net="$netns" sleep 100 # no mount, a process only
		wait_until 5 is_background_elsewhere
		umount "$netns" && rm "$netns"
		netns=/none id=c2 cni ADD host-local <<<"$c"
		assert_error 106 "no IP addresses available in range set: ${address%2/*}"
		end_background
	done
	netns=/none expect_add c2 "$c" "10.1.2.2/30 2001:db8:1::2/126"
}

@test "a released address cools down" {
	c=$(pool '{subnet: "10.1.2.0/29", cooldownSeconds: 1000}')
	for i in 2 3 4 5 6; do
		expect_add "c$i" "$c" "10.1.2.$i/29"
	done
	id=c5 del host-local <<<"$c"
	id=c3 del host-local <<<"$c"
	id=c6 del host-local <<<"$(jq 'del(.ipam.cooldownSeconds)' <<<"$c")"
	expect_add d1 "$c" "10.1.2.6/29"
	cni STATUS host-local <<<"$c"
	assert_success
	rm "$(index_files)"
	expect_add d2 "$c" "10.1.2.5/29" # no other is left: the one that was released first
	expect_add d3 "$c" "10.1.2.3/29"
	id=d4 cni ADD host-local <<<"$c"
	assert_error 106 "no IP addresses available in range set"
	c=$(jq '.ipam.cooldownSeconds = 1' <<<"$c")
	id=c2 del host-local <<<"$c"
	sleep 1.1 # there is no condition to wait for but the time itself
	id=c4 del host-local <<<"$(jq '.ipam.cooldownSeconds = 1000' <<<"$c")"
	expect_add d5 "$c" "10.1.2.2/29"
}

@test "a pod finds its address again" {
	c=$(pool '{ranges: [[{subnet: "10.1.2.0/28"}], [{subnet: "2001:db8:1::/64"}]], sticky: true}')
	args="IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0"
	expect_add c1 "$c" "10.1.2.2/28 2001:db8:1::2/64"
	args=IgnoreUnknown=1 expect_add c2 "$c" "10.1.2.3/28 2001:db8:1::3/64"
	id=c1 del host-local <<<"$c"
	for i in {4..14}; do
		args=IgnoreUnknown=1 expect_add "d$i" "$c" "10.1.2.$i/28 2001:db8:1::$(printf %x "$i")/64"
	done
	rm "$(index_files)"
	expect_add c3 "$c" "10.1.2.2/28 2001:db8:1::2/64"
	args="K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-1" id=e cni ADD host-local <<<"$c"
	assert_error 106 "no IP addresses available in range set"
	id=c3 del host-local <<<"$c"
	args=IgnoreUnknown=1 expect_add e "$c" "10.1.2.2/28 2001:db8:1::f/64" # kept, but not at the price of a pod without address
}
