#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tuning: what the container has afterwards, and that it is as before once it is gone.

load helpers

readonly BACKUPS=/run/cni/tuning

CASE_STEP=${CASE_STEP:-4} # every fourth case of the reference's tests; each with make nightly

setup() {
	setup_host
	rm -rf "$BACKUPS"
	mountpoint -q /etc/cni && rm -f /etc/cni/tuning/allowlist.conf
	true
}

# A container with an eth0 of its own, up, and what a plugin before tuning would have said of it.
tunable() {
	new_container "$1"
	in_container "$1" ip link add eth0 address 02:00:00:00:00:01 type veth peer name other
	in_container "$1" ip link set eth0 up
	before=$(state)
}

# conf_of KEYS: a configuration with these keys and a previous result.
conf_of() {
	jq -n --arg netns "$netns" --argjson keys "$1" '{cniVersion: "1.1.0", name: "tuned", type: "tuning",
		prevResult: {cniVersion: "1.1.0", interfaces: [
			{name: "eth0", mac: "aa:aa:aa:aa:aa:aa", sandbox: "/run/netns/of-another"},
			{name: "eth0", mac: "02:00:00:00:00:01", sandbox: $netns}],
			ips: [{address: "10.1.2.3/24", interface: 1}]}} * $keys'
}

# All of the container that tuning can change.
state() {
	in_container "$id" ip -j -d link show dev eth0 |
		jq -S '.[0] | [.address, .mtu, .txqlen, .promiscuity, (.flags | map(select(. == "ALLMULTI" or . == "PROMISC")))]'
	sysctl_of net.ipv4.conf.eth0.arp_filter
	sysctl_of net.ipv4.ip_local_port_range
}

sysctl_of() {
	in_container "$id" sysctl -n "$1"
}

# has FILTER: about the container's eth0
has() {
	in_container "$id" ip -j -d link show dev eth0 | jq -e ".[0] | $1" >/dev/null ||
		fail_because "$1: $(in_container "$id" ip -j -d link show dev eth0)"
}

restored() {
	assert_eq "$(state)" "$before" "what the container has"
	refute compgen -G "$BACKUPS/*" >/dev/null
}

# allow TEXT: the host's allow list
allow() {
	mountpoint -q /etc/cni || {
		[[ -e /etc/cni ]] || {
			mount -t overlay -o lowerdir=/etc,upperdir="$(mktemp -d -p /run/cni)",workdir="$(mktemp -d -p /run/cni)" etc /etc
			mkdir /etc/cni
		}
		mount -t tmpfs allow /etc/cni
	}
	mkdir -p /etc/cni/tuning
	printf '%s\n' "$1" >/etc/cni/tuning/allowlist.conf
}

@test "tuning: the example, all keys; CHECK compares each; DEL restores the link" {
	local c key

	new_container one
	add bridge <<<"$(conf 50-tuning)"
	before=$(state)
	c=$(with_result "$(conf 50-tuning '.promisc = true | .runtimeConfig.mac = "02:11:22:33:44:55"' tuning)")
	add tuning <<<"$c"
	assert_json '.interfaces[] | select(.name == "eth0") | .mac' '"02:11:22:33:44:55"'
	assert_json '[.interfaces[] | select(.mac == "02:11:22:33:44:55")] | length' 1
	has '.address == "02:11:22:33:44:55" and .mtu == 1400 and .txqlen == 500 and .promiscuity == 1'
	has '.flags | index("ALLMULTI") and index("PROMISC")'
	assert_eq "$(sysctl_of net.ipv4.conf.eth0.arp_filter)" 1 "arp_filter"
	assert_eq "$(sysctl_of net.ipv4.ip_local_port_range)" $'20000\t30000' "the ports"
	check tuning <<<"$c"
	for key in "address 02:11:22:33:44:56" "mtu 1399" "txqueuelen 400" "promisc off" "allmulticast off"; do
		# shellcheck disable=SC2086 # two words
		in_container one ip link set eth0 $key
		cni CHECK tuning <<<"$c"
		assert_error 104 eth0
		in_container one ip link set eth0 address 02:11:22:33:44:55 mtu 1400 txqueuelen 500 promisc on allmulticast on
		check tuning <<<"$c"
	done
	in_container one sysctl -qw net.ipv4.conf.eth0.arp_filter=0
	cni CHECK tuning <<<"$c"
	assert_error 104 "arp_filter"
	in_container one sysctl -qw net.ipv4.ip_local_port_range="32768 60999"
	del tuning <<<"$(jq 'del(.prevResult)' <<<"$c")"
	restored
	del tuning <<<"$c"
	del bridge <<<"$(conf 50-tuning)"
}

@test "tuning: the result names the interface in this container only; nothing wanted, nothing kept" {
	tunable one
	add tuning <<<"$(conf_of '{"mac": "02-00-00-00-00-AA"}')"
	assert_json '.interfaces | map(.mac)' '["aa:aa:aa:aa:aa:aa", "02:00:00:00:00:aa"]'
	assert_json '.ips[0].address' '"10.1.2.3/24"'
	del tuning <<<"$(conf_of '{}')"
	restored
	add tuning <<<"$(conf_of '{"sysctl": {"net/ipv4/conf/IFNAME/arp_filter": "1"}}')"
	refute compgen -G "$BACKUPS/*" >/dev/null
	assert_eq "$(sysctl_of net.ipv4.conf.eth0.arp_filter)" 1 "arp_filter"
	add tuning <<<"$(conf_of '{"promisc": false, "mtu": 0, "sysctl": null}')"
	refute compgen -G "$BACKUPS/*" >/dev/null
}

@test "the interface of the previous result is found by another path of the same namespace" {
	tunable one
	touch /run/netns/again
	mount --bind "$netns" /run/netns/again
	add tuning <<<"$(conf_of '{"mac": "02:00:00:00:00:aa"}' | jq '.prevResult.interfaces[1].sandbox = "/run/netns/again"')"
	assert_json '.interfaces | map(.mac)' '["aa:aa:aa:aa:aa:aa", "02:00:00:00:00:aa"]'
	del tuning <<<"$(conf_of '{"mac": "02:00:00:00:00:aa"}')"
	restored
}

@test "tuning: which source wins" {
	local keys='{"mac": "02:00:00:00:00:11", "mtu": 1300, "txQLen": 10, "promisc": true, "allmulti": true}'

	tunable one
	add tuning CNI_ARGS="IgnoreUnknown=1;MAC=02:00:00:00:00:12" <<<"$(conf_of "$keys")"
	has '.address == "02:00:00:00:00:12"'
	add tuning CNI_ARGS="MAC=02:00:00:00:00:12" <<<"$(conf_of "$keys" | jq '.runtimeConfig.mac = "02:00:00:00:00:13"')"
	has '.address == "02:00:00:00:00:13"'
	add tuning CNI_ARGS="MAC=02:00:00:00:00:12" <<<"$(conf_of "$keys" | jq '.runtimeConfig.mac = "02:00:00:00:00:13"
		| .args.cni = {mac: "02:00:00:00:00:14", mtu: 1290, txQLen: 0, allmulti: false, promisc: false}')"
	has '.address == "02:00:00:00:00:14" and .mtu == 1290 and (.txqlen // 0) == 0 and ((.flags | index("ALLMULTI")) | not)'
	del tuning <<<"$(conf_of '{}')"
	restored
	add tuning <<<"$(conf_of "$keys" | jq '.args.cni.mac = "" | .mtu = 0')"
	has '.address == "02:00:00:00:00:01"'
	del tuning <<<"$(conf_of '{}')"
	add tuning <<<"$(conf_of '{"args": {"cni": {"sysctl": {"net.ipv4.conf.IFNAME.arp_filter": "1"}}}}')"
	assert_eq "$(sysctl_of net.ipv4.conf.eth0.arp_filter)" 1 "arp_filter"
	add tuning <<<"$(conf_of '{"sysctl": {"net.ipv4.conf.eth0.arp_filter": "1"}, "args": {"cni": {"sysctl": {"net.ipv4.conf.eth0.arp_filter": "0"}}}}')"
	assert_eq "$(sysctl_of net.ipv4.conf.eth0.arp_filter)" 0 "arp_filter"
}

@test "tuning: what cannot be meant is refused, and nothing is changed" {
	local case keys code text
	local cases=(
		'{"sysctl": {"kernel.hostname": "x"}}|7|invalid net sysctl key: "kernel.hostname"'
		'{"sysctl": {"net.ipv4.conf.eth0.arp_filter": "1", "net/../kernel/hostname": "x"}}|102|failed to read sysctl net/../kernel/hostname'
		'{"sysctl": {"../etc/x": "x"}}|7|invalid net sysctl key'
		'{"sysctl": {"net": "x"}}|7|invalid net sysctl key'
		'{"sysctl": {"": "x"}}|7|invalid net sysctl key'
		'{"sysctl": {"net.ipv4.conf.eth0.arp_filter": "1", "net.ipv4.nothing": "1"}}|102|net.ipv4.nothing: no such file'
		'{"sysctl": {"net.ipv4.conf.eth0.arp_filter": 1}}|999|sysctl.net.ipv4.conf.eth0.arp_filter of type string'
		'{"mtu": -1}|7|mtu'
		'{"mac": "01:00:5e:00:00:01"}|7|mac'
		'{"args": {"cni": {"mac": "x"}}}|7|args.cni.mac'
		'{"sysctl": {"net.ipv4.conf.eth0.arp_filter": "1", "net.ipv4.ip_local_port_range": "x"}}|102|failed to set sysctl net.ipv4.ip_local_port_range to "x"'
		'{"sysctl": {"net.ipv4.conf.eth0.arp_filter": "1"}, "promisc": true, "txQLen": 7, "mac": "02:00:00:00:00:22", "mtu": 70000}|100|failed to set mtu of eth0'
	)

	tunable one
	for case in "${cases[@]}"; do
		IFS='|' read -r keys code text <<<"$case"
		cni ADD tuning <<<"$(conf_of "$keys")"
		assert_error "$code" "$text"
		restored
	done
	cni ADD tuning <<<"$(conf_of '{"mtu": 1400}' | jq 'del(.prevResult)')"
	assert_error_is 999 "Required prevResult missing"
	cni ADD tuning CNI_IFNAME=eth1 <<<"$(conf_of '{"mtu": 1400}')"
	assert_error 100 "failed to find eth1"
	cni ADD tuning <<<"$(conf_of '{}' | jq -c . | sed 's/}$/,"sysctl":{"net.ipv4.conf.all.log_martians":"1","net.ipv4.conf.all.log_martians":"0"}}/')"
	assert_error 7 "duplicated sysctl keys are not allowed"
	restored
}

@test "tuning: the allow list" {
	local c

	tunable one
	c=$(conf_of '{"sysctl": {"net.ipv4.conf.IFNAME.arp_filter": "1"}, "args": {"cni": {"sysctl": {"net.core.somaxconn": "500"}}}}')
	allow $'  ^net\\.core\\.some\n\n^net.ipv4.conf.IFNAME.[a-z_]*$'
	cni ADD tuning <<<"$c"
	assert_error 7 "Sysctl net.core.somaxconn is not allowed"
	[[ $(jq -r .details <<<"$stdout") == *'^net\.core\.some'* ]]
	restored
	cni STATUS tuning <<<"$c"
	assert_error 50 "Sysctl net.core.somaxconn is not allowed"
	del tuning <<<"$c"
	allow $'core.(?:so|x)\\w+?x\n^net\\.ipv\\d\\.'
	add tuning <<<"$c"
	assert_eq "$(sysctl_of net.core.somaxconn)" 500 "somaxconn"
	cni STATUS tuning <<<"$c"
	assert_success
	allow '(?i)NET'
	cni ADD tuning <<<"$c"
	assert_error 7 '"(?i)NET" cannot be used'
	allow 'a('
	cni ADD tuning <<<"$c"
	assert_error 7 '"a(" cannot be used'
}

@test "tuning: a second ADD does not forget what was there before" {
	tunable one
	add tuning <<<"$(conf_of '{"mtu": 1400}')"
	add tuning <<<"$(conf_of '{"mtu": 1300, "txQLen": 5}')"
	del tuning <<<"$(conf_of '{}')"
	restored
}

@test "tuning: a failed second ADD leaves what the first one made, and its backup" {
	local made

	tunable one
	add tuning <<<"$(conf_of '{"mtu": 1400}')"
	made=$(state)
	cni ADD tuning <<<"$(conf_of '{"mtu": 70000, "txQLen": 5}')"
	assert_error 100 mtu
	assert_eq "$(state)" "$made" "what the container has"
	del tuning <<<"$(conf_of '{}')"
	restored
}

@test "tuning: sysctls are restored on wish" {
	local c

	tunable one
	c=$(conf_of '{"restoreSysctls": true, "sysctl": {"net.ipv4.conf.IFNAME.arp_filter": "1", "net.ipv4.ip_local_port_range": "2000 3000"}}')
	add tuning <<<"$c"
	refute test "$(state)" = "$before"
	add tuning <<<"$(jq '.sysctl["net.ipv4.ip_local_port_range"] = "2500 3500"' <<<"$c")"
	del tuning <<<"$(conf_of '{}')"
	restored
}

@test "tuning: DEL succeeds without namespace, interface, configuration; the backup goes" {
	local gone

	tunable one
	for gone in "" /run/netns/nobody "$BATS_TEST_TMPDIR/file"; do
		: >"$BATS_TEST_TMPDIR/file"
		add tuning <<<"$(conf_of '{"mtu": 1400}')"
		[[ -e $BACKUPS/one_eth0.json ]]
		del tuning CNI_NETNS="$gone" <<<'{"cniVersion": "1.1.0", "name": "tuned", "type": "tuning"}'
		refute compgen -G "$BACKUPS/*" >/dev/null
	done
	add tuning <<<"$(conf_of '{"mtu": 1400}')"
	in_container one ip link del eth0
	del tuning <<<'{"cniVersion": "9.9", "name": "tuned", "mtu": [], "sysctl": 7, "runtimeConfig": {"mac": 7}}'
	refute compgen -G "$BACKUPS/*" >/dev/null
	mkdir -p "$BACKUPS"
	printf '{"mtu":' >"$BACKUPS/one_eth0.json"
	del tuning <<<"$(conf_of '{}')"
	assert_match "$stderr" "cannot be read" "what is told"
	refute compgen -G "$BACKUPS/*" >/dev/null
}

@test "tuning: DEL succeeds where no backup can be: a long container id, a folder that is read-only, a link to itself" {
	local folder

	tunable one
	id=$(printf 'a%.0s' {1..250})
	add tuning <<<"$(conf_of '{"sysctl": {"net.ipv4.conf.IFNAME.arp_filter": "1"}}')"
	del tuning <<<"$(conf_of '{}')"
	assert_eq "$stderr" ""
	cni ADD tuning <<<"$(conf_of '{"mtu": 1400}')"
	assert_error 105 "cannot write"
	id=one
	has '.mtu == 1500'
	mkdir -p "$BATS_TEST_TMPDIR/read-only"
	mount -t tmpfs -o ro tuning "$BATS_TEST_TMPDIR/read-only"
	ln -s loop "$BATS_TEST_TMPDIR/loop"
	for folder in read-only loop; do
		del tuning <<<"$(conf_of "{\"dataDir\": \"$BATS_TEST_TMPDIR/$folder\"}")"
	done
	umount "$BATS_TEST_TMPDIR/read-only"
}

@test "tuning: whatever is in the place of the file that ADD begins with, it is not waited for, and goes" {
	local kind new=$BACKUPS/one_eth0.json.new

	tunable one
	mkdir -p "$BACKUPS"
	for kind in "mkfifo" "ln -s $BATS_TEST_TMPDIR/of-another"; do
		echo kept >"$BATS_TEST_TMPDIR/of-another"
		$kind "$new"
		add tuning <<<"$(conf_of '{"mtu": 1400}')"
		[[ -f $BACKUPS/one_eth0.json && ! -e $new && ! -L $new ]]
		assert_eq "$(<"$BATS_TEST_TMPDIR/of-another")" kept
		del tuning <<<"$(conf_of '{}')"
		restored
	done
	mkdir "$BACKUPS/one_eth0.json"
	del tuning <<<"$(conf_of '{}')"
	rmdir "$BACKUPS/one_eth0.json"
}

@test "tuning: GC removes backups of containers that are gone, of this network only" {
	local valid='{"cni.dev/valid-attachments": [{"containerID": "one", "ifname": "eth0"}]}'

	for name in one two three; do
		tunable "$name"
		add tuning <<<"$(conf_of '{"mtu": 1400}' | jq --arg name "$name" 'if $name == "three" then .name = "other" else . end')"
	done
	printf '{\n "mtu": 1500\n}' >"$BACKUPS/of-the-reference_eth0.json"
	: >"$BACKUPS/empty.json"
	cni GC tuning <<<"$(conf_of '{}')"
	assert_success
	[[ -e $BACKUPS/two_eth0.json ]]
	cni GC tuning <<<"$(conf_of "$valid" | jq 'del(.prevResult)')"
	assert_success
	assert_eq "$(cd "$BACKUPS" && echo *)" "empty.json of-the-reference_eth0.json one_eth0.json three_eth0.json" "the backups"
}

# The reference knows nothing beyond 1.0.0 here.
reference() {
	BIN=$REFERENCE_BIN "$@"
}

@test "tuning: what the reference tuned is checked and restored, and the other way round" {
	local c

	tunable one
	c=$(conf_of '{"mtu": 1400, "mac": "02:00:00:00:00:33", "promisc": true, "allmulti": true, "sysctl": {"net.ipv4.conf.eth0.arp_filter": "1"}}' |
		jq '.cniVersion = "1.0.0" | .prevResult.cniVersion = "1.0.0"')
	reference add tuning <<<"$c"
	check tuning <<<"$c"
	in_container one sysctl -qw net.ipv4.conf.eth0.arp_filter=0
	del tuning <<<"$c"
	restored
	add tuning <<<"$c"
	reference check tuning <<<"$c"
	in_container one sysctl -qw net.ipv4.conf.eth0.arp_filter=0
	reference del tuning <<<"$c"
	restored
}

# The reference knows nothing of our key, and restores no sysctl: what it can, it does.
@test "tuning: the reference's DEL takes a backup that has sysctls, and restores the link" {
	local c

	tunable one
	c=$(conf_of '{"mtu": 1400, "restoreSysctls": true, "sysctl": {"net.ipv4.conf.eth0.arp_filter": "1"}}' |
		jq '.cniVersion = "1.0.0" | .prevResult.cniVersion = "1.0.0"')
	add tuning <<<"$c"
	reference check tuning <<<"$c"
	reference del tuning <<<"$c"
	has '.mtu == 1500'
	assert_eq "$(sysctl_of net.ipv4.conf.eth0.arp_filter)" 1 "arp_filter"
	refute compgen -G "$BACKUPS/*" >/dev/null
	del tuning <<<"$c"
}

@test "tuning: everything by args.cni; a folder of its own for the backup" {
	local c folder=$BATS_TEST_TMPDIR/backups

	tunable one
	c=$(conf_of '{}' | jq --arg folder "$folder" '.dataDir = $folder | .args.cni =
		{promisc: true, allmulti: true, mtu: 1454, txQLen: 20000, mac: "02:00:00:00:00:44", sysctl: {"net.ipv4.conf.IFNAME.arp_filter": "1"}}')
	add tuning <<<"$c"
	has '.address == "02:00:00:00:00:44" and .mtu == 1454 and .txqlen == 20000 and .promiscuity == 1 and (.flags | index("ALLMULTI"))'
	assert_eq "$(sysctl_of net.ipv4.conf.eth0.arp_filter)" 1 "arp_filter"
	check tuning <<<"$c"
	assert_eq "$(cd "$folder" && echo *)" "one_eth0.json" "the backup"
	refute compgen -G "$BACKUPS/*" >/dev/null
	in_container one sysctl -qw net.ipv4.conf.eth0.arp_filter=0
	# What the reference's test sends: members without a value.
	del tuning <<<"$(jq '.sysctl = null | .args.cni.mac = null | .args.cni.mtu = null' <<<"$c")"
	restored
	assert_eq "$(ls "$folder")" "" "the backup"
}

# VERSION KEYS | BACKUP | what eth0 has then; each as the reference's tests have it. What was not asked for is without a value, as those
# write it, and CHECK and DEL take that as well.
readonly CASES='0.3.0 {"sysctl": {"net.ipv4.conf.eth0.log_martians": "1"}}|null|.mtu == 1500
0.3.1 {"promisc": true}|{"promisc": false}|.promiscuity == 1
0.4.0 {"args": {"cni": {"promisc": true}}}|{"promisc": false}|.promiscuity == 1
1.0.0 {"mtu": 1454}|{"mtu": 1500}|.mtu == 1454
0.3.0 {"args": {"cni": {"mtu": 1454}}}|{"mtu": 1500}|.mtu == 1454
0.3.1 {"txQLen": 20000}|{"txQLen": 1000}|.txqlen == 20000
0.4.0 {"args": {"cni": {"txQLen": 20000}}}|{"txQLen": 1000}|.txqlen == 20000
1.0.0 {"mac": "c2:11:22:33:44:55"}|{"mac": "02:00:00:00:00:01"}|.address == "c2:11:22:33:44:55"
0.3.0 {"args": {"cni": {"mac": "c2:11:22:33:44:66"}}}|{"mac": "02:00:00:00:00:01"}|.address == "c2:11:22:33:44:66"
0.3.1 {"arguments": "MAC=c2:11:22:33:44:66"}|{"mac": "02:00:00:00:00:01"}|.address == "c2:11:22:33:44:66"
0.4.0 {"mac": "c2:11:22:33:44:55", "runtimeConfig": {"mac": "c2:11:22:33:44:55"}}|{"mac": "02:00:00:00:00:01"}|.address == "c2:11:22:33:44:55"
1.0.0 {"mac": "c2:11:22:33:44:66", "promisc": true, "mtu": 1454, "txQLen": 20000}|{"mac": "02:00:00:00:00:01", "promisc": false, "mtu": 1500, "txQLen": 1000}|.address == "c2:11:22:33:44:66" and .promiscuity == 1 and .mtu == 1454 and .txqlen == 20000
0.3.0 {"allmulti": true}|{"allmulti": false}|(.flags | index("ALLMULTI")) != null
0.4.0 {"args": {"cni": {"allmulti": true}}}|{"allmulti": false}|(.flags | index("ALLMULTI")) != null'

@test "tuning: the cases of the reference's tests, each by itself" {
	local version rest keys backup wanted c arguments

	tunable one
	while read -r version rest; do
		IFS='|' read -r keys backup wanted <<<"$rest"
		arguments=$(jq -r '.arguments // ""' <<<"$keys")
		c=$(conf_of "$keys" | jq --arg v "$version" 'del(.arguments) | .cniVersion = $v | .prevResult.cniVersion = $v
			| if $v == "1.0.0" then . else .prevResult.ips[0].version = "4" end')
		add tuning CNI_ARGS="$arguments" <<<"$c"
		has "$wanted"
		assert_eq "$(jq -S 'del(.interfaces[].mac, .dns)' <<<"$stdout")" "$(jq -S '.prevResult | del(.interfaces[].mac)' <<<"$c")" "the result of $rest"
		assert_eq "$(jq -cS "del(.owner)" "$BACKUPS/one_eth0.json" 2>/dev/null || echo null)" "$(jq -cS . <<<"$backup")" "the backup of $rest"
		c=$(jq '.sysctl //= null | .mtu //= 0 | .args //= null | (.args.cni | objects) += {dataDir: null}
			| .prevResult.interfaces[1].mac = (.mac // "02:00:00:00:00:01")' <<<"$c")
		[[ $version == 0.3.* ]] || check tuning CNI_ARGS="$arguments" <<<"$c"
		del tuning CNI_ARGS="$arguments" <<<"$c"
		in_container one sysctl -qw net.ipv4.conf.eth0.log_martians=0
		restored
	done < <(awk -v step="$CASE_STEP" 'NR % step == 1 % step' <<<"$CASES")
}
