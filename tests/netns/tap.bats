#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tap: what the kernel has, and what a program that opens it sees.

load helpers

link_of() {
	in_container "$id" ip -j -d link show dev eth0
}

# has FILTER: about the eth0 of the selected container
has() {
	link_of | jq -e ".[0] | $1" >/dev/null || fail_because "$1: $(link_of)"
}

# program UID GID [FLAGS [COUNT]]: opens eth0 COUNT times as a virtual machine does, says so, and answers who-has with a MAC of
# its own. Some machines let root alone open the file /dev/net/tun, so it does that before it becomes somebody else.
program() {
	in_container "$id" timeout 20 /usr/bin/python3 -IS -c '
import fcntl, os, struct, sys
TUNSETIFF, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x400454ca, 2, 0x1000, 0x4000
uid, gid, more, count = [int(word, 0) for word in sys.argv[1:]]
flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | more
fds = [os.open("/dev/net/tun", os.O_RDWR) for i in range(count)]
os.setgroups([])
os.setgid(gid)
os.setuid(uid)
try:
    for fd in fds:
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"eth0", flags))
except OSError as e:
    sys.exit("refused: " + e.strerror)
print("open", os.getpid(), flush=True)
mac = b"\x02\0\0\0\0\x77"
while True:
    frame = os.read(fd, 65536)[10:]
    if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1":
        answer = frame[6:12] + mac + frame[12:20] + b"\0\2" + mac + frame[38:42] + frame[22:32]
        os.write(fd, bytes(10) + answer)
' "$1" "$2" "${3:-0}" "${4:-1}"
}

# start_program UID GID [FLAGS]: in the background, until the test ends
start_program() {
	: >"$BATS_TEST_TMPDIR/program"
	program "$@" >"$BATS_TEST_TMPDIR/program" 2>&1 3>&- &
	wait_until 10 grep -q open "$BATS_TEST_TMPDIR/program"
	program_pid=$(sed -n 's/^open //p' "$BATS_TEST_TMPDIR/program")
}

setup() {
	setup_host
	program_pid=''
}

teardown() {
	[[ -z $program_pid ]] || kill "$program_pid" 2>/dev/null || true
	teardown_host
}

neighbour_is() {
	[[ $(in_container "$id" ip -j neigh show to "$1" dev eth0 | jq -r '.[0].lladdr') == "$2" ]]
}

@test "tap: owner and group 0 are values; addresses, MAC, mark; CHECK, DEL" {
	local c result address

	c=$(conf 44-tap)
	new_container c1
	snapshot_host
	add tap <<<"$c"
	assert_eq "$stderr" "" "stderr"
	result=$stdout
	assert_json '.interfaces | map([.name, .sandbox])' '[["eth0", "/run/netns/c1"]]'
	assert_json '.ips | map(.interface)' '[0, 0]'
	has '.linkinfo.info_kind == "tun" and .linkinfo.info_data.type == "tap" and .linkinfo.info_data.persist'
	has '.linkinfo.info_data | .user == "root" and .group == "root" and .vnet_hdr and (.pi | not) and (.multi_queue | not)'
	has '.ifalias == "machines/c1/eth0" and (.flags | index("UP"))'
	has ".address == $(jq .interfaces[0].mac <<<"$result")"
	assert_eq "$(in_container c1 sysctl -n net.ipv4.conf.eth0.arp_notify)" 1 "arp_notify"
	for address in $(jq -r '.ips[].address' <<<"$result"); do
		in_container c1 ip -o addr show dev eth0 | grep -F " $address " | grep -v tentative
	done
	check tap <<<"$(with_result "$c" "$result")"
	del tap <<<"$c"
	refute in_container c1 ip link show dev eth0
	assert_unchanged
	del tap <<<"$c"
}

@test "tap: mac and mtu work with owner and group and without, and CHECK compares every key" {
	local c result filter

	new_container c1
	in_container c1 ip link add br1 type bridge
	for filter in '.' 'del(.owner)' 'del(.group)' 'del(.owner, .group)' '.multiQueue = true | .owner = 4294967294'; do
		c=$(conf 44-tap "$filter | .mac = \"02:00:00:00:00:01\" | .mtu = 1400 | .bridge = \"br1\" | del(.ipam)")
		add tap <<<"$c"
		result=$stdout
		assert_json '.interfaces[0].mac' '"02:00:00:00:00:01"'
		has '.address == "02:00:00:00:00:01" and .mtu == 1400 and .master == "br1" and (.flags | index("UP"))'
		has ".linkinfo.info_data | has(\"user\") == $(jq 'has("owner")' <<<"$c") and has(\"group\") == $(jq 'has("group")' <<<"$c")"
		has ".linkinfo.info_data.multi_queue == $(jq .multiQueue <<<"$c")"
		check tap <<<"$(with_result "$c" "$result")"
		while read -r filter; do
			cni CHECK tap <<<"$(with_result "$c" "$result" | jq "$filter")"
			assert_error 104
		done <<-'END'
			.owner = 7
			.group = 7
			.multiQueue = (.multiQueue | not)
			.mtu = 1300
		END
		in_container c1 ip link set eth0 nomaster
		cni CHECK tap <<<"$(with_result "$c" "$result")"
		assert_error 104 "is no port of br1"
		del tap <<<"$c"
		refute in_container c1 ip link show dev eth0
	done
}

@test "tap: the MAC comes from mac, CNI_ARGS, runtimeConfig, the last wins" {
	local c

	new_container c1
	c=$(conf 44-tap '.mac = "02:00:00:00:00:01"')
	args='IgnoreUnknown=1;MAC=02:00:00:00:00:02'
	add tap <<<"$c"
	has '.address == "02:00:00:00:00:02"'
	del tap <<<"$c"
	c=$(jq '.runtimeConfig.mac = "02:00:00:00:00:03"' <<<"$c")
	add tap <<<"$c"
	has '.address == "02:00:00:00:00:03"'
	del tap <<<"$c"
}

@test "tap: its owner opens it, answers for an address on it, and nobody else may" {
	local c

	c=$(conf 44-tap '.owner = 1234 | .group = null')
	new_container c1
	add tap <<<"$c"
	run program 4321 0
	assert_match "$output" "refused: Operation not permitted" "another user"
	start_program 1234 1234
	wait_until 5 has '.flags | index("LOWER_UP")'
	in_container c1 ping -c 1 -W 1 10.44.0.99 >/dev/null || true
	wait_until 5 neighbour_is 10.44.0.99 02:00:00:00:00:77
	check tap <<<"$(with_result "$c")"
	# The program still has it open.
	del tap <<<"$c"
	refute in_container c1 ip link show dev eth0
}

@test "tap: many queues are opened at once, by members of the group" {
	new_container c1
	add tap <<<"$(conf 44-tap '.multiQueue = true | .group = 1234 | del(.owner)')"
	run program 4321 4321 0x100
	assert_match "$output" "refused: Operation not permitted" "another group"
	start_program 4321 1234 0x100 4
	has '.linkinfo.info_data.numqueues == 4'
}

@test "tap: on a bridge of the container it reaches what is there" {
	local c

	new_container c1
	in_container c1 ip link add br1 type bridge
	in_container c1 ip addr add 10.45.0.1/24 dev br1
	in_container c1 ip link set br1 up
	c=$(conf 44-tap '.bridge = "br1" | del(.ipam)')
	snapshot_host
	add tap <<<"$c"
	assert_json '.ips // []' '[]'
	start_program 0 0
	in_container c1 ping -c 1 -W 1 10.45.0.9 >/dev/null || true
	wait_until 5 eval '[[ $(in_container c1 ip -j neigh show to 10.45.0.9 dev br1 | jq -r ".[0].lladdr") == 02:00:00:00:00:77 ]]'
	check tap <<<"$(with_result "$c")"
	del tap <<<"$c"
	in_container c1 ip link show dev br1
	assert_unchanged
}

@test "tap: no name is taken over, and whatever fails leaves nothing" {
	local kind code words filter

	new_container c1
	snapshot_host
	for kind in "ip tuntap add mode tap name eth0" "ip tuntap add mode tun name eth0" "ip link add eth0 type veth peer name other"; do
		# shellcheck disable=SC2086 # words of a command
		in_container c1 $kind
		in_container c1 ip link set eth0 up
		cni ADD tap <<<"$(conf 44-tap)"
		assert_error 103 "failed to create tun eth0"
		has '.ifalias == null'
		in_container c1 ip link delete eth0
	done
	while IFS='|' read -r code filter words; do
		cni ADD tap <<<"$(conf 44-tap "$filter")"
		assert_error "$code" "$words"
		refute in_container c1 ip link show dev eth0
		del tap <<<"$(conf 44-tap "$filter")"
	done <<-'END'
		999|.bridge = "lo"|lo in the container is no bridge
		999|.bridge = "nosuch"|failed to find bridge nosuch in the container: Link not found
		7|.mtu = 67|mtu: 67 is below 68
		7|.owner = -1|owner: -1 is below 0
		7|.group = 4294967295|group: 4294967295 is above 4294967294
		999|.owner = "root"|json: cannot unmarshal string into field owner of type int
		7|.mac = "01:00:00:00:00:01"|is no unicast Ethernet address
		100|.ipam.routes = [{ dst: "10.41.0.0/24", gw: "10.99.0.1" }]|add route 10.41.0.0/24
	END
	ifname=tap%d cni ADD tap <<<"$(conf 44-tap)"
	assert_error 100 "failed to create tap tap%d"
	assert_eq "$(in_container c1 ip -o link | wc -l)" 1 "links in the container"
	assert_unchanged
}

@test "tap: an SELinux label where there is no SELinux is refused" {
	[[ ! -e /sys/fs/selinux/enforce ]] || mount -t tmpfs none /sys/fs/selinux
	new_container c1
	cni ADD tap <<<"$(conf 44-tap '.selinuxContext = "system_u:system_r:container_t:s0"')"
	assert_error_is 999 "selinuxContext: the kernel of this node has no SELinux" "leave selinuxContext out on such nodes"
	refute in_container c1 ip link show dev eth0
}

# traced OPTION…: ADD under strace, with a label of its own that is a file; it is the traced process that has the shell's number.
traced() {
	printf %s "$OLD_LABEL" >"$BATS_TEST_TMPDIR/label"
	status=0
	# shellcheck disable=SC2016 # for the inner shell
	host unshare --mount sh -c '
		label=$1
		shift
		mount --bind "$label" /proc/$$/task/$$/attr/current
		mount -t tmpfs none /sys/fs
		mkdir /sys/fs/selinux
		touch /sys/fs/selinux/enforce
		exec env -i "$@"
	' sh "$BATS_TEST_TMPDIR/label" CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
		"$(command -v strace)" -D -o "$BATS_TEST_TMPDIR/trace" "$@" "$PLAIN_BIN/tap" <<<"$c" >"$stdout_file" 2>"$stderr_file" || status=$?
	read_output
}

@test "tap: with SELinux the thread has the label while it makes the device, and no longer" {
	local c OLD_LABEL=system_u:system_r:runtime_t:s0 label=system_u:system_r:machine_t:s0

	new_container c1
	c=$(conf 44-tap "del(.ipam) | .selinuxContext = \"$label\"")
	stdout_file=$BATS_TEST_TMPDIR/stdout stderr_file=$BATS_TEST_TMPDIR/stderr
	traced -e trace=write,ioctl,exit_group
	assert_success
	wait_until 10 grep -q exit_group "$BATS_TEST_TMPDIR/trace"
	assert_eq "$(grep -oE "$label|$OLD_LABEL|TUNSETIFF|TUNSETPERSIST" "$BATS_TEST_TMPDIR/trace" | xargs)" \
		"$label TUNSETIFF TUNSETPERSIST $OLD_LABEL" "what was done"
	assert_eq "$(<"$BATS_TEST_TMPDIR/label")" "$OLD_LABEL" "the label"
	has '.linkinfo.info_data.type == "tap"'
	del tap <<<"$c"
	# The policy does not allow it to come back: it must not go on with a label that is not its own.
	traced -P "$BATS_TEST_TMPDIR/label" -P /proc/thread-self/attr/current -e inject=write:error=EACCES:when=2
	assert_error 999 "cannot return to the SELinux label"
	del tap <<<"$c"
	refute in_container c1 ip link show dev eth0
	# Nor to take it.
	traced -P "$BATS_TEST_TMPDIR/label" -P /proc/thread-self/attr/current -e inject=write:error=EINVAL:when=1
	assert_error 100 "failed to take the SELinux label $label"
	assert_json '.details | contains("setcurrent, dyntransition")' true
	refute in_container c1 ip link show dev eth0
}

@test "tap: one as the reference makes it, without our mark, is checked and deleted; STATUS, a dead namespace" {
	local c result

	c=$(conf 44-tap '.cniVersion = "1.1.0"')
	new_container c1
	cni STATUS tap <<<"$c"
	assert_success
	add tap <<<"$c"
	result=$stdout
	in_container c1 ip link set eth0 alias ""
	check tap <<<"$(with_result "$c" "$result")"
	del tap <<<"$c"
	refute in_container c1 ip link show dev eth0
	# As an ADD leaves it that was killed behind the last system call but one.
	in_container c1 ip tuntap add mode tap name eth0
	add tap <<<"$c"
	ip netns delete c1
	del tap <<<"$c"
	assert_eq "$(find "$data_dir" -name '10.*' | wc -l)" 0 "leases"
}
