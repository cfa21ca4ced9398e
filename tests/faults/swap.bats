#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A container that is hostile from the first message on: it owns its namespace, sees its interface appear, and puts
# something else in its place before the plugin looks again. Nothing on the host but the attachment's own may change.

load ../netns/helpers

INJECT=${INJECT:-$BUILD/tests/faults/inject}

setup() {
	setup_host
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN # the sanitizers make system calls of their own
}

index_of() { host ip -j link show dev "$1" | jq '.[0].ifindex'; }
host_end_of() { host ip -j link show type veth | jq -r --arg alias "$1" '.[] | select(.ifalias == $alias).ifname'; }

# hostile NAME INDEX: a container that has a pair of its own; its "decoy" says that the other end has this index.
hostile() {
	local wanted=$ifname

	new_container "$1"
	ifname=$wanted
	ip netns add "$1-nested"
	in_container "$1" ip link add decoy index 777 type veth peer name other netns "$1-nested" index "$2"
}

forget() {
	ip netns delete "$1"
	ip netns delete "$1-nested"
}

# What the container does once its interface is there: "hit" tells that it was.
attack_of() {
	local moves

	case $1 in
	swap) moves="ip link set $ifname name gone && ip link set decoy name $ifname" ;;
	delete) moves="ip link delete $ifname && ip link set decoy name $ifname" ;;
	move) moves="ip link set $ifname netns $id-nested && ip link set decoy name $ifname" ;;
	disguise) moves="ip link set $ifname alias containers/victim/eth0 && ip link set $ifname address 02:00:00:00:00:01 name gone" ;;
	esac
	echo "nsenter --net=/run/netns/$id sh -c '$moves' 2>/dev/null && touch $BATS_TEST_TMPDIR/hit"
}

call_of() {
	environment=(CNI_COMMAND="$1" CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME="$ifname" CNI_PATH="$cni_path")
}

# The places in the process of VERB PLUGIN CONFIGURATION where something is sent.
find_messages() {
	local environment

	call_of "$1"
	host env -i "${environment[@]}" "$INJECT" points "$BATS_TEST_TMPDIR/points" "$BIN/$2" <<<"$3" >/dev/null
	awk '/^fail 0\..* sendto-/ { print $2 }' "$BATS_TEST_TMPDIR/points" | uniq
}

# Runs VERB PLUGIN CONFIGURATION with the attack KIND before message $point.
run_under_attack() {
	local environment

	call_of "$1"
	status=0
	rm -f "$BATS_TEST_TMPDIR/hit"
	stdout=$(host timeout --kill-after=5 60 env -i "${environment[@]}" INJECT_RUN="$(attack_of "$4")" \
		PATH="$PATH" "$INJECT" "run $point 0" "$BATS_TEST_TMPDIR/did" "$BIN/$2" <<<"$3" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
	stderr=$(<"$BATS_TEST_TMPDIR/stderr")
	[[ $status == [01] ]] || fail_because "$1 under the attack $4 at $point"
}

# Every how many messages; each kind of attack begins at another one. FAULT_STEP=1 (make test-faults) tries all.
SWAP_STEP=${FAULT_STEP:-4}

# sweep PLUGIN CONFIGURATION INDEX: every attack before messages of ADD. A failed ADD leaves the host as it was; one that
# succeeds does so after its DEL.
sweep() {
	local kind points point reached sample first=0

	hostile "$id" "$3"
	"${before_add:-:}"
	snapshot_host
	points=$(find_messages ADD "$1" "$2" || true)
	del "$1" <<<"$2"
	for kind in ${kinds:-swap delete move disguise}; do
		reached=''
		mapfile -t sample < <(awk -v step="$SWAP_STEP" -v first=$((first++)) 'NR % step == first % step' <<<"$points")
		for point in "${sample[@]}"; do
			forget "$id"
			hostile "$id" "$3"
			"${before_add:-:}"
			run_under_attack ADD "$1" "$2" "$kind"
			[[ ! -e $BATS_TEST_TMPDIR/hit ]] || reached+=" $point"
			[[ $status == 1 && ${before_add:-} != half_made ]] || del "$1" <<<"$2"
			assert_unchanged || fail_because "$1: $kind before $point"
		done
		[[ $reached ]] || fail_because "$kind never found its moment"
	done
}

# The victim, whose port or bridge is aimed at; the attacker is selected.
setup_victim() {
	new_container victim
	add "$1" <<<"$2"
	use_container attacker
}

# IPv4 only: half the messages.
bridge_conf() { conf 10-bridge '.macspoofchk = true | .ipam.ranges = [[{subnet: "10.22.0.0/16"}]] | .ipam.routes = [{dst: "0.0.0.0/0"}]'; }
ptp_conf() { conf 10-bridge '{cniVersion, name, type: "ptp", ipMasq: true, ipam} | .ipam.ranges = [[{subnet: "10.22.0.0/16"}]] | .ipam.routes = [{dst: "0.0.0.0/0"}]'; }

# An ADD that goes wrong late takes back what it made, and only that.
failing() { jq '.ipam.routes += [{dst: "192.0.2.0/24", gw: "203.0.113.1"}]'; }

@test "bridge: a container that swaps its interface for one that points at the bridge" {
	setup_victim bridge "$(bridge_conf)"
	sweep bridge "$(bridge_conf)" "$(index_of cni0)"
	in_container victim ping -c 1 -W 10 10.22.0.1
}

@test "bridge: a container that points at a sibling's port while its ADD fails" {
	setup_victim bridge "$(bridge_conf)"
	sweep bridge "$(bridge_conf | failing)" "$(index_of "$(host_end_of containers/victim/eth0)")"
	in_container victim ping -c 1 -W 10 10.22.0.1
}

@test "ptp: a container that points at a sibling's host end" {
	setup_victim ptp "$(ptp_conf)"
	sweep ptp "$(ptp_conf)" "$(index_of "$(host_end_of containers/victim/eth0)")"
	in_container victim ping -c 1 -W 10 10.22.0.1
}

@test "ptp: a container that points at a sibling's host end while its ADD fails" {
	setup_victim ptp "$(ptp_conf)"
	sweep ptp "$(ptp_conf | failing)" "$(index_of "$(host_end_of containers/victim/eth0)")"
	in_container victim ping -c 1 -W 10 10.22.0.1
}

# What an ADD leaves that was killed when the pair was there: a repeated one replaces it.
half_made() {
	local environment call

	[[ -e $BATS_TEST_TMPDIR/points ]] || return 0
	call_of ADD
	call=$(awk '/^signal 0\..* setns-KILL/ { print $2 }' "$BATS_TEST_TMPDIR/points" | tail -n 2 | head -n 1)
	host env -i "${environment[@]}" "$INJECT" "signal $call 9" "$BATS_TEST_TMPDIR/did" \
		"$BIN/bridge" <<<"$(bridge_conf)" >/dev/null 2>&1 || true
	[[ $(host_end_of containers/attacker/eth0) ]] || fail_because "nothing was left half made"
}

@test "bridge: a container that swaps its interface while a killed ADD is repeated" {
	setup_victim bridge "$(bridge_conf)"
	kinds="swap delete" before_add=half_made sweep bridge "$(bridge_conf)" "$(index_of "$(host_end_of containers/victim/eth0)")"
}

# The attacker's first network, whose port is its own: the second interface must not lead there either.
first_network() {
	local c

	c=$(bridge_conf | jq '.name = "first" | .ipam = {type: "static", addresses: [{address: "10.22.9.9/16"}]}')
	ifname=eth0 del bridge <<<"$c"
	ifname=eth0 add bridge <<<"$c"
}

@test "bridge: a container that swaps its second interface" {
	setup_victim bridge "$(bridge_conf)"
	ifname=eth1
	kinds="swap move" before_add=first_network sweep bridge "$(bridge_conf | jq '.ipam.routes = []')" "$(index_of cni0)"
}

@test "macvlan: a container that swaps its interface gets no addresses for the other one" {
	local c point points reached=''

	host ip link add uplink type veth peer name other
	host ip link set uplink up
	c=$(conf 41-macvlan '.enabledad = false')
	use_container attacker
	hostile attacker 888
	snapshot_host
	points=$(find_messages ADD macvlan "$c")
	del macvlan <<<"$c"
	for point in $points; do
		forget attacker
		hostile attacker 888
		run_under_attack ADD macvlan "$c" swap
		[[ ! -e $BATS_TEST_TMPDIR/hit ]] || reached+=" $point"
		in_container attacker ip -j addr show dev "$ifname" 2>/dev/null | jq -e '.[0] | .link_index != 888 or .addr_info == []' >/dev/null || [[ ! -e $BATS_TEST_TMPDIR/hit ]] ||
			fail_because "before $point the container's own link got addresses: $(in_container attacker ip addr)"
		del macvlan <<<"$c"
	done
	forget attacker
	wait_until 5 assert_unchanged
	[[ $reached ]] || fail_because "swap never found its moment"
}

# A user without any privilege, in namespaces of its own, against the clock: "eth0" becomes another the moment it appears.
start_user() {
	rm -f "$BATS_TEST_TMPDIR/said"
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user --net sh -c '
		ip link add decoy index 777 type veth peer name other index "$1" && exec timeout 10 /usr/bin/python3 -IS -c "$2"
	' sh "$1" 'if True:
		import socket, struct
		s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
		def rename(index, name):
		    attribute = struct.pack("HH8s", 12, 3, name)
		    s.send(struct.pack("IHHII", 32 + len(attribute), 16, 1, 0, 0) + struct.pack("BBHiII", 0, 0, 0, index, 0, 0) + attribute)
		print("ready", flush=True)
		while True:
		    try: index = socket.if_nametoindex("eth0")
		    except OSError: continue
		    rename(index, b"gone")
		    rename(777, b"eth0")
		    print("done", flush=True)
		    break
	' >"$BATS_TEST_TMPDIR/said" 3>&- &
	attacker=$!
	wait_until 5 test -s "$BATS_TEST_TMPDIR/said"
	touch "/run/netns/$2"
	mount --bind "/proc/$attacker/ns/net" "/run/netns/$2"
	use_container "$2"
}

# It has done it, or its time is over: on a busy machine it may come too late.
is_over() { grep -q "done" "$BATS_TEST_TMPDIR/said" || ! kill -0 "$attacker"; }

@test "an unprivileged user that is faster than the plugin moves nothing on the host" {
	local attacker n c hits=0

	new_container victim
	add bridge <<<"$(bridge_conf)"
	snapshot_host
	for n in {1..12}; do
		c=$(bridge_conf)
		((n % 3)) || c=$(failing <<<"$c") # its interface may be gone before the user has seen it
		start_user "$(index_of cni0)" "user$n"
		cni ADD bridge <<<"$c"
		((n % 3 == 0)) || [[ $status == 1 ]] || wait_until 12 is_over
		! grep -q "done" "$BATS_TEST_TMPDIR/said" || ((++hits))
		kill "$attacker" 2>/dev/null || true
		wait "$attacker" || true
		del bridge <<<"$(bridge_conf)"
		umount "$netns"
		rm "$netns"
		assert_unchanged
	done
	((hits > 0)) || fail_because "it never saw its interface"
	in_container victim ping -c 1 -W 10 10.22.0.1
}
