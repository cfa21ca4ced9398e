#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Input and files that were made to mislead, and how little the plugins could do if they were misled.

load helpers

setup() {
	setup_host
	new_container c1
}

# A plugin that must never run, wherever a path trick would find it.
plant() {
	printf '#!/bin/sh\ntouch %q\n' "$BATS_TEST_TMPDIR/ran" >"$1"
	chmod 755 "$1"
}

# ---- names that are paths

@test "a plugin that names itself for its addresses starts nothing without end" {
	local c plugin

	host ip link add master0 type veth peer name other0
	snapshot_host
	for plugin in bridge ptp macvlan; do
		c=$(jq -n --arg type "$plugin" '{cniVersion: "1.1.0", name: "n", type: $type, master: "master0", ipam: {type: $type}}')
		PLUGIN_TIMEOUT=20 cni ADD "$plugin" <<<"$c"
		assert_error 7 "ipam: type $plugin is this plugin itself"
		PLUGIN_TIMEOUT=20 cni DEL "$plugin" <<<"$c"
		assert_success
		PLUGIN_TIMEOUT=20 cni GC "$plugin" <<<"$(jq '."cni.dev/valid-attachments" = []' <<<"$c")"
		assert_success
	done
	host ip link delete cni0 # stays, as after every ADD that fails
	assert_unchanged
}

@test "an IPAM type that is a path runs nothing" {
	local type

	mkdir -p "$BATS_TEST_TMPDIR/bin/sub"
	plant "$BATS_TEST_TMPDIR/evil"
	plant "$BATS_TEST_TMPDIR/bin/sub/evil"
	cni_path=$BATS_TEST_TMPDIR/bin:$BIN
	snapshot_host
	for type in ../evil sub/evil "$BATS_TEST_TMPDIR/evil" .. . ./evil 'evil\u0000' "$(printf 'x%.0s' {1..4096})"; do
		cni ADD ptp <<<"$(conf 10-bridge "{cniVersion, name, type: \"ptp\", ipam: {type: \"$type\"}}")"
		[[ $status == 1 ]] || fail_because "type $type"
		cni DEL ptp <<<"$(conf 10-bridge "{cniVersion, name, type: \"ptp\", ipam: {type: \"$type\"}}")"
		cni GC ptp <<<"$(conf 10-bridge "{cniVersion: \"1.1.0\", name, type: \"ptp\", ipam: {type: \"$type\"}, \"cni.dev/valid-attachments\": []}")"
	done
	[[ ! -e $BATS_TEST_TMPDIR/ran ]] || fail_because "it ran"
	assert_unchanged
}

@test "network names, container ids and interface names that are paths are refused by every verb" {
	local c verb value

	c=$(conf 10-bridge '.cniVersion = "1.1.0"')
	snapshot_host
	for value in ../x x/y /etc/passwd .. . 'x y' $'x\ny' ''; do
		for verb in ADD DEL CHECK; do
			cni "$verb" bridge <<<"$(jq --arg v "$value" '.name = $v' <<<"$c")"
			[[ $status == 1 ]] || fail_because "$verb: network $value"
			cni "$verb" bridge CNI_CONTAINERID="$value" <<<"$c"
			assert_error 4
			[[ $value == 'x y' || $value == $'x\ny' ]] || [[ $value == *[/.]* || -z $value ]] || continue
			cni "$verb" bridge CNI_IFNAME="$value" <<<"$c"
			assert_error 4
		done
		cni GC bridge <<<"$(jq --arg v "$value" '."cni.dev/valid-attachments" = [{containerID: $v, ifname: "eth0"}]' <<<"$c")"
		[[ $status == 1 ]] || fail_because "GC: container $value"
	done
	[[ ! -e $data_dir ]] || fail_because "a lease directory was made"
	assert_unchanged
}

@test "a bridge name that is a path, or no name at all, is refused" {
	local value

	snapshot_host
	for value in ../x x/y '' "$(printf 'x%.0s' {1..16})"; do
		cni ADD bridge <<<"$(conf 10-bridge ".bridge = \"$value\"")"
		assert_error 7
	done
	assert_unchanged
}

# ---- what lies in the data directory

# A file outside that nothing may write to.
secret() {
	echo secret >"$BATS_TEST_TMPDIR/secret"
}

assert_secret() {
	assert_eq "$(<"$BATS_TEST_TMPDIR/secret")" secret "the file outside"
}

@test "symlinks at the places of lease, lock and last address lead nothing out of the data directory" {
	local name

	mkdir -p "$data_dir/containers"
	for name in 10.22.0.2 lock last_reserved_ip.0 last_reserved_ip.1 fd00:10:22::2; do
		secret
		ln -sf "$BATS_TEST_TMPDIR/secret" "$data_dir/containers/$name"
		cni ADD bridge <<<"$(conf 10-bridge)"
		assert_secret
		cni DEL bridge <<<"$(conf 10-bridge)"
		assert_secret
		cni GC bridge <<<"$(conf 10-bridge '.cniVersion = "1.1.0" | ."cni.dev/valid-attachments" = []')"
		assert_secret
		rm -f "$data_dir/containers/$name"
	done
	add bridge <<<"$(conf 10-bridge)"
	del bridge <<<"$(conf 10-bridge)"
}

@test "a symlink in place of the network's directory is not followed" {
	mkdir -p "$data_dir" "$BATS_TEST_TMPDIR/elsewhere"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$data_dir/containers"
	cni ADD bridge <<<"$(conf 10-bridge)"
	assert_eq "$status" 1
	assert_eq "$(ls -A "$BATS_TEST_TMPDIR/elsewhere")" "" "what lies elsewhere"
}

@test "a FIFO or a folder in place of a lease, of the lock or of the last address stops nobody for long" {
	local name kind

	mkdir -p "$data_dir/containers"
	for name in 10.22.0.2 last_reserved_ip.0 lock; do
		for kind in mkfifo mkdir; do
			rm -rf "${data_dir:?}/containers/$name"
			"$kind" "$data_dir/containers/$name"
			PLUGIN_TIMEOUT=20 cni ADD bridge <<<"$(conf 10-bridge)"
			[[ $status == [01] ]] || fail_because "$kind $name"
			PLUGIN_TIMEOUT=20 cni DEL bridge <<<"$(conf 10-bridge)"
			[[ $status == [01] ]] || fail_because "$kind $name"
			rm -rf "${data_dir:?}/containers/$name"
		done
	done
	add bridge <<<"$(conf 10-bridge)"
	del bridge <<<"$(conf 10-bridge)"
}

# ---- network namespaces that are none

@test "a namespace path that is a FIFO, a file, a folder, a device or another kind of namespace is refused at once" {
	local path plugin

	snapshot_host
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	: >"$BATS_TEST_TMPDIR/file"
	for path in "$BATS_TEST_TMPDIR/fifo" "$BATS_TEST_TMPDIR/file" "$BATS_TEST_TMPDIR" /dev/null /dev/tty /proc/self/ns/mnt \
		/proc/self/ns/pid /proc/self/ns /proc/self/environ /proc/kmsg; do
		for plugin in bridge ptp; do
			PLUGIN_TIMEOUT=10 cni ADD "$plugin" CNI_NETNS="$path" <<<"$(conf 10-bridge)"
			assert_error 999
		done
	done
	host sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	assert_unchanged
}

@test "the plugin's own namespace is refused before anything is done, under every name" {
	local path

	snapshot_host
	ln -s "/run/netns/$HOST" "$BATS_TEST_TMPDIR/link"
	for path in "/run/netns/$HOST" /proc/self/ns/net /proc/thread-self/ns/net "$BATS_TEST_TMPDIR/link"; do
		for plugin in bridge ptp; do
			cni ADD "$plugin" CNI_NETNS="$path" <<<"$(conf 10-bridge)"
			assert_error 8
			assert_unchanged
		done
	done
}

@test "a namespace path that changes all the time never makes the host a container" {
	local i swapper

	ip netns add other
	ln -s /run/netns/c1 "$BATS_TEST_TMPDIR/netns"
	snapshot_host
	(
		while :; do
			for target in "/run/netns/$HOST" /run/netns/c1 /run/netns/other; do
				ln -sfn "$target" "$BATS_TEST_TMPDIR/netns"
			done
		done
	) 3>&- &
	swapper=$!
	for i in {1..20}; do
		cni ADD ptp CNI_NETNS="$BATS_TEST_TMPDIR/netns" <<<"$(conf 10-bridge '{cniVersion, name, type: "ptp", ipam}')" || true
		[[ $status == [01] ]] || fail_because "round $i"
		refute host ip link show eth0
		cni DEL ptp CNI_NETNS= <<<"$(conf 10-bridge '{cniVersion, name, type: "ptp", ipam}')" || true
	done
	kill "$swapper"
	del ptp CNI_NETNS= <<<"$(conf 10-bridge '{cniVersion, name, type: "ptp", ipam}')"
	assert_eq "$(find "$data_dir" -name '10.*')" "" "leases"
	assert_eq "$(host ip link show type veth)" "" "links"
}

# ---- privileges

# What a plugin's IPAM plugin sees of itself.
@test "delegates get root's capabilities, but none of the descriptors that the caller left open" {
	fake_plugin spy <<-'END'
		grep -E 'Cap(Eff|Prm)|NoNewPrivs' /proc/self/status >"$in.status"
		ls /proc/$$/fd >"$in.fds"
		exit 1
	END
	exec 9<"$BATS_TEST_DIRNAME/helpers.bash"
	cni ADD ptp <<<"$(conf 10-bridge '{cniVersion, name, type: "ptp", ipam: {type: "spy"}}')"
	exec 9<&-
	assert_eq "$(grep CapEff "$fake_in.status" | cut -f 2)" "$(grep CapEff /proc/self/status | cut -f 2)" "effective capabilities"
	assert_eq "$(grep NoNewPrivs "$fake_in.status" | cut -f 2)" 0 "no_new_privs"
	refute grep -qx 9 "$fake_in.fds"
	# As before Linux 5.11.
	rm "$fake_in.fds"
	conf 10-bridge '{cniVersion, name, type: "ptp", ipam: {type: "spy"}}' >"$BATS_TEST_TMPDIR/conf"
	exec 9<"$BATS_TEST_DIRNAME/helpers.bash"
	refute strace -qq -o /dev/null -e trace=close_range -e inject=close_range:error=EINVAL env -i CNI_COMMAND=ADD CNI_CONTAINERID=c1 \
		CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$cni_path" "$PLAIN_BIN/ptp" <"$BATS_TEST_TMPDIR/conf" >/dev/null 2>&1
	exec 9<&-
	grep -qx 2 "$fake_in.fds"
	refute grep -qx 9 "$fake_in.fds"
}

# With the plugin waiting for its input, /proc tells what it may do.
status_of_waiting() {
	mkfifo "$BATS_TEST_TMPDIR/in-$1"
	env -i CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" "$PLAIN_BIN/$1" \
		<"$BATS_TEST_TMPDIR/in-$1" >"$BATS_TEST_TMPDIR/out" 3>&- &
	exec 8>"$BATS_TEST_TMPDIR/in-$1"
	wait_until 5 grep -q "SigBlk:.*[1-9a-f]" "/proc/$!/status"
	cat "/proc/$!/status"
	exec 8>&-
}

@test "plugins keep only the capabilities that they need, and those without delegates can gain none" {
	local plugin found
	# net_admin 12, net_raw 13, sys_ptrace 19, sys_admin 21, dac_override 1, dac_read_search 2, fowner 3
	local -A kept=([host-local]=28000e [loopback]=281006 [static]=000000)

	for plugin in bridge ptp host-local static loopback; do
		found=$(status_of_waiting "$plugin")
		assert_eq "$(awk '/CapEff/ { print $2 }' <<<"$found")" "0000000000${kept[$plugin]:-28300e}" "capabilities of $plugin"
		assert_eq "$(awk '/CapPrm/ { print $2 }' <<<"$found")" "0000000000${kept[$plugin]:-28300e}" "capabilities of $plugin"
		case $plugin in
		bridge | ptp) assert_eq "$(awk '/NoNewPrivs/ { print $2 }' <<<"$found")" 0 "$plugin" ;;
		*) assert_eq "$(awk '/NoNewPrivs/ { print $2 }' <<<"$found")" 1 "$plugin" ;;
		esac
	done
}

@test "these capabilities are enough: a container of another user, a data directory of another user" {
	mkdir -p "$data_dir"
	chown 1234:1234 "$data_dir"
	chmod 700 "$data_dir"
	nsenter --net="$netns" -- setpriv --reuid=1234 --regid=1234 --clear-groups sleep 60 3>&- &
	wait_until 5 eval "grep -q 'Uid:.*1234' /proc/$!/status"
	add bridge CNI_NETNS="/proc/$!/ns/net" <<<"$(conf 10-bridge '.macspoofchk = true')"
	check bridge CNI_NETNS="/proc/$!/ns/net" <<<"$(with_result "$(conf 10-bridge '.macspoofchk = true')")"
	del bridge CNI_NETNS="/proc/$!/ns/net" <<<"$(conf 10-bridge)"
	kill $!
}

# Sends to every socket of the kernel's routing in a container until nothing more fits; prints how many there are.
fill_sockets() {
	in_container "$1" /usr/bin/python3 -IS - <<'EOS'
import socket, struct

sender = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
sender.setblocking(False)
sender.setsockopt(socket.SOL_SOCKET, 32, 1 << 22) # SO_SNDBUFFORCE
found = 0
for line in open("/proc/net/netlink").read().splitlines()[1:]:
    fields = line.split()
    port = int(fields[2])
    if fields[1] != "0" or port == 0 or port == sender.getsockname()[0]:
        continue
    found += 1
    for size in 30000, 2000, 16:
        try:
            for _ in range(1000):
                sender.sendto(struct.pack("IHHII", size, 1, 0, 0, 0) + bytes(size - 16), (port, 0))
        except OSError:
            pass
print(found)
EOS
}

@test "a container that fills every socket in its namespace keeps no DEL from its work" {
	local c call pid trace=$BATS_TEST_TMPDIR/trace

	host ip link add up0 type veth peer name up1
	c=$(conf 41-macvlan '.master = "up0" | .ipam = {type: "static", addresses: [{address: "198.51.100.7/24"}]}')
	for call in 1 2 4; do
		add macvlan <<<"$c"
		nsenter --net="/run/netns/$HOST" -- env -i CNI_COMMAND=DEL CNI_CONTAINERID=c1 CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
			"$(command -v strace)" -o "$trace" -e trace=recvfrom -e inject="recvfrom:signal=SIGSTOP:when=$call" "$PLAIN_BIN/macvlan" \
			<<<"$c" >"$stdout_file" 2>&1 3>&- &
		pid=$!
		wait_until 30 grep -q 'stopped by SIGSTOP' "$trace"
		(($(fill_sockets c1) > 0)) || fail_because "the plugin has no socket in the container"
		kill -CONT "$(pgrep -P "$pid" -x macvlan)"
		wait "$pid" || fail_because "DEL failed: $(<"$stdout_file")"
		refute in_container c1 ip link show dev eth0
		rm "$trace"
	done
}
