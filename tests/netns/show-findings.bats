#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool show --findings: what doctor finds stands beside the part of the picture that it is about.

load helpers
load cnitool

setup() {
	setup_tool
	new_outside
	network n
	for name in red blue; do
		new_container "$name"
		host ip -n "$name" link set lo up
		tool_ok add n "/run/netns/$name"
	done
	port=$(host ip -j link show type veth | jq -r '.[] | select(.ifalias // "" | startswith("n/")) | .ifname' | head -n 1)
}

teardown() {
	teardown_tool
}

# Findings and what they stand at, in lines: "interface-down eth0 in red".
shown() {
	tool_ok show --findings --json "$@"
	jq -r '.namespaces[] | .name as $space | (.findings // [] | .[] | "\(.name) \($space)"),
		(.links[] | .name as $link | .findings[] | "\(.name) \($link) in \($space)")' "$stdout_file" | sort
}

tree_has() {
	grep -qE "$1" <<<"$tree" || fail_because "no line of the tree is like $1: $tree"
}

@test "a healthy network has no finding in its picture, and without the option nobody looks" {
	assert_eq "$(shown)" ""
	host ip -n red link set eth0 down
	tool_ok show n
	refute grep -q ✗ "$stdout_file"
	tool_ok show --json n
	refute grep -q findings "$stdout_file"
}

@test "findings stand at the container, the port, the bridge, the uplink and the host" {
	host ip -n red link set eth0 down
	host ip -n blue route del default
	assert_eq "$(shown n)" "interface-down eth0 in red"$'\n'"route-missing eth0 in blue"
	tool_ok show --findings n
	tree=$stdout
	tree_has 'eth0 in red .* DOWN  ✗ interface-down$'
	tree_has 'eth0 in blue .* ✗ route-missing$'

	host ip -n red link set eth0 up
	host ip -n red route add default via 10.9.0.1
	host ip -n blue route add default via 10.9.0.1
	host ip link set "$port" down
	assert_eq "$(shown)" "host-interface-down $port in host"
	host ip link set "$port" up

	host ip link set br0 down
	host sysctl -qw net.ipv4.ip_forward=0
	assert_eq "$(shown n)" "bridge-down br0 in host"$'\n'"forwarding-off host"
	tool_ok show --findings n
	tree=$stdout
	tree_has '^host .* ✗ forwarding-off$'
}

@test "the drawing has them in red, with the whole sentence for who points at it" {
	host ip -n red link set eth0 down
	host sysctl -qw net.ipv4.ip_forward=0
	tool_ok show --findings --svg n
	python3 -IS - "$stdout_file" <<'END'
import sys, xml.etree.ElementTree as tree

name = "{http://www.w3.org/2000/svg}"
chips = tree.parse(sys.argv[1]).getroot().findall(f".//{name}g[@class='chip']")
found = {}
for chip in chips:
    texts = [text.text for text in chip.findall(name + "text")]
    for text in chip.findall(name + "text"):
        if text.text.startswith("\u2717 "):
            assert text.get("fill") == "#c0182b", text.get("fill")
            found[text.text[2:]] = (texts[0], chip.find(name + "title").text)
assert set(found) == {"interface-down", "forwarding-off"}, found
assert found["interface-down"][0] == "eth0" and "eth0 in red is down" in found["interface-down"][1], found
END
}
