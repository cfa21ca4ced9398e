#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# podman without root, with our files alone: the user has numbers of others, as adduser gives them, and podman a network namespace
# of its own behind slirp4netns. What has to be in /etc and /dev for that is mounted over it here.

load ../helpers
load ../podman

readonly USER_ID=64321 USER_NAME=cni-rootless

setup() {
	setup_host
	new_outside
	servers=()
	# Outside of /run and /var/lib/cni, which podman replaces for its plugins, and where the user may look.
	work=/mnt
	mount -t tmpfs -o mode=755 cni-interop "$work"
	mkdir -p "$work"/{home,bin,etc}
	cp "$PLAIN_BIN"/{bridge,host-local,portmap,loopback,firewall,tuning,bandwidth} "$work/bin/"
	prepare_podman "$work/bin"
	printf '[storage]\ndriver = "vfs"\n' >"$work/storage.conf"
	chown -R "$USER_ID:$USER_ID" "$work"/{home,run,net.d,rootfs}
	chmod 700 "$work/run"
	put_into_etc
	mknod -m 666 "$work/tun" c 10 200
	mount --bind "$work/tun" /dev/net/tun
}

# over FILE: mounts what is read over the file of /etc.
over() {
	cat >"$work/etc/$1"
	[[ -e /etc/$1 ]] || fail_because "there is no /etc/$1"
	mount --bind "$work/etc/$1" "/etc/$1"
}

put_into_etc() {
	cat /etc/passwd - <<<"$USER_NAME:x:$USER_ID:$USER_ID::$work/home:/bin/sh" | over passwd
	cat /etc/group - <<<"$USER_NAME:x:$USER_ID:" | over group
	over subuid <<<"$USER_NAME:200000:65536"
	over subgid <<<"$USER_NAME:200000:65536"
}

teardown() {
	stop_servers
	podman rm --all --force --time 0 >/dev/null 2>&1 || true
	# The process that keeps the user's namespaces.
	kill "$(<"$work/run/libpod/tmp/pause.pid")" || true
	teardown_host
	umount /etc/{passwd,group,subuid,subgid} /dev/net/tun
	umount "$work" || umount --lazy "$work"
}

podman() {
	(cd / && host setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups env HOME="$work/home" XDG_RUNTIME_DIR="$work/run" \
		CONTAINERS_CONF="$work/containers.conf" CONTAINERS_STORAGE_CONF="$work/storage.conf" podman "$@" 3>&-)
}

# run NETWORK NAME OPTION…: a container that stays.
run() {
	podman run -d --network "$1" --name "$2" "${@:3}" --rootfs "$work/rootfs" /bin/sleep 1000
}

# Where podman has its bridges and rules. Elements of a set stand in any order.
inner_state() {
	podman unshare --rootless-netns sh -c 'ip -br link; ip -4 -br addr; nft list ruleset; tc qdisc' |
		sed -E 's/@if[0-9]*//; s/elements = //; s/^[[:space:]]*//' | sed 's/[,{}]/\n/g' | sed 's/^ *//; s/ *$//' | sort
}

# What plugins keep in files, which podman binds over /var/lib/cni.
plugin_files() {
	podman unshare --rootless-netns find /var/lib/cni /run/cni -type f ! -name 'last_reserved_ip.*' ! -name lock ! -name turns \
		! -name '*.index' ! -name '*.records' 2>/dev/null | sort
}

# answer_in NAME WORD PORT
answer_in() {
	local pid socket

	pid=$(podman inspect --format '{{.State.Pid}}' "$1")
	for socket in "TCP4-LISTEN:$3,fork,reuseaddr" "UDP4-RECVFROM:$3,fork"; do
		nsenter --target "$pid" --net -- socat -t 10 "$socket" "SYSTEM:read question; echo $2" 3>&- &
		servers+=($!)
	done
	wait_until 5 sh -c "nsenter --target $pid --net -- ss -Hlntu 'sport = :$3' | wc -l | grep -qx 2"
}

# answers PROTOCOL PORT: what comes back from a port of the host, outside and on it.
answers() {
	ask outside "$1" 192.0.2.1 "$2"
	ask "$HOST" "$1" 127.0.0.1 "$2"
}

address_of() {
	podman exec "$1" ip -4 addr show "$2" | sed -n 's/.*inet \([0-9.]*\).*/\1/p'
}

@test "podman without root: two networks, published ports; stop, start, disconnect and rm leave nothing" {
	local words=$'web\nweb'

	podman network create --subnet 10.66.0.0/24 a
	podman network create --subnet 10.67.0.0/24 b
	run b stays
	run a sibling
	snapshot_host
	inner_state >"$BATS_TEST_TMPDIR/inner"
	plugin_files >"$BATS_TEST_TMPDIR/files"
	assert_match "$(<"$BATS_TEST_TMPDIR/files")" '/networks/a/10\.66\.0\.2' "leases"
	run a,b web -p 8080:80 -p 5300:80/udp
	answer_in web web 80
	assert_eq "$(answers tcp 8080)" "$words" "the answers of TCP"
	assert_eq "$(answers udp 5300)" "$words" "the answers of UDP"
	podman exec stays ping -c 1 -W 10 "$(address_of web eth0)"
	podman exec sibling ping -c 1 -W 10 "$(address_of web eth1)"
	assert_match "$(inner_state)" 'tcp . 8080 comment .* : 10\.6[67]\.0\.[0-9]+ \. 80' "portmap's element"
	stop_servers
	podman stop --time 0 web
	assert_eq "$(inner_state)" "$(<"$BATS_TEST_TMPDIR/inner")" "links and rules after stop"
	podman start web
	answer_in web web 80
	assert_eq "$(answers tcp 8080)" "$words" "the answers after a start"
	podman network disconnect a web
	assert_eq "$(answers tcp 8080)" "$words" "the answers on one network"
	podman network connect a web
	assert_match "$(address_of web eth1)$(address_of web eth0)" '10\.67\..*10\.66\.|10\.66\..*10\.67\.' "addresses"
	stop_servers
	podman rm --force --time 0 web
	assert_eq "$(inner_state)" "$(<"$BATS_TEST_TMPDIR/inner")" "links and rules after rm"
	assert_eq "$(plugin_files)" "$(<"$BATS_TEST_TMPDIR/files")" "files"
	assert_unchanged
	podman rm --force --time 0 stays sibling
	podman network rm a b
	assert_eq "$(plugin_files)" "" "files after the last"
}
