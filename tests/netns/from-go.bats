#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/from-the-go-plugins.md, pasted line by line on a node of the Go plugins.

load helpers
load cnitool

PORTS='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}'

setup() {
	setup_tool
	new_outside
	made=
	[[ -e /etc/cni ]] || made=1
	mkdir -p /etc/cni
	mount -t tmpfs none /opt
	mount -t tmpfs none /etc/cni
	mkdir -p /opt/cni/bin /etc/cni/net.d
	cp "$REFERENCE_BIN"/* /opt/cni/bin/
	cp "$ROOT/conf/30-containerd.conflist" /etc/cni/net.d/
	PATH=$PLAIN_BIN:$PATH
}

teardown() {
	umount -l /opt
	umount -l /etc/cni
	[[ ! $made ]] || rmdir /etc/cni
	teardown_tool
}

# The commands of a section of the page.
commands_of() {
	sed -n "/^## $1/,/^## /s/^    # //p" "$ROOT/docs/from-the-go-plugins.md"
}

# What stands behind the command that begins so.
documented() {
	awk -v start="    # $1" 'index($0, start) == 1 { on = 1; next } on && !/^    [^#]/ { exit } on { print substr($0, 5) }' \
		"$ROOT/docs/from-the-go-plugins.md"
}

paste() {
	host bash -c "$1"
}

serve() {
	in_container "$1" nc -l -k 80 </dev/null >/dev/null 2>&1 3>&- &
}

answers() {
	in_container outside nc -z -w 1 192.0.2.1 "$1"
}

@test "a node of the Go plugins changes over and back as the page says" {
	local line

	new_container old
	host ip -n old link set lo up
	serve old
	host env CAP_ARGS="$PORTS" cnitool add containerd-net /run/netns/old >"$BATS_TEST_TMPDIR/old"
	wait_until 10 answers 8080
	assert_eq "$(paste "$(commands_of Before | head -n 1)")" "$(documented "jq -r")" "the plugins that the node needs"
	paste "$(commands_of Before | tail -n 1)"
	cmp /opt/cni/bin.go/bridge "$REFERENCE_BIN/bridge"
	paste "$(commands_of 'Switch over' | head -n 1)" >"$BATS_TEST_TMPDIR/installed"
	# The number of the release moves, the page need not.
	diff <(documented "cnitool install" | sed 's/ v[0-9.]*:/:/') <(sed 's/ v[0-9.]*:/:/' "$BATS_TEST_TMPDIR/installed")
	cmp /opt/cni/bin/bridge "$PLAIN_BIN/bridge"
	while IFS= read -r line; do
		paste "$line" # doctor finds nothing, or it would fail
	done < <(commands_of 'Switch over' | tail -n +2)
	host env CAP_ARGS="$PORTS" cnitool check containerd-net /run/netns/old
	answers 8080

	new_container new
	serve new
	host env CAP_ARGS="${PORTS/8080/8081}" cnitool add containerd-net /run/netns/new >/dev/null
	wait_until 10 answers 8081
	answers 8080
	host cnitool readd containerd-net /run/netns/old >"$BATS_TEST_TMPDIR/anew"
	assert_eq "$(jq -c '[.ips[].address]' "$BATS_TEST_TMPDIR/anew")" "$(jq -c '[.ips[].address]' "$BATS_TEST_TMPDIR/old")" "addresses"
	wait_until 10 answers 8080

	while IFS= read -r line; do
		paste "$line"
	done < <(commands_of 'The way back')
	cmp /opt/cni/bin/bridge "$REFERENCE_BIN/bridge"
	assert_eq "$(host nft list tables | grep -v -E 'table ip6? nat')" "" "tables of ours"
	host env CAP_ARGS="$PORTS" cnitool add containerd-net /run/netns/old >/dev/null
	wait_until 10 answers 8080
	host env CAP_ARGS="$PORTS" cnitool del containerd-net /run/netns/old
}
