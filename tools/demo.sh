#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Puts three containers on the network of a conflist the way a runtime does, shows what that makes, tries the
# traffic, and removes everything again. It all happens in namespaces of its own; the machine is not touched.
#
#   tools/demo.sh [conf/10-bridge.conflist]
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ${1:-} != --inside ]]; then
	exec sh tools/private.sh bash tools/demo.sh --inside "${1:-conf/10-bridge.conflist}"
fi

# shellcheck source=tools/runtime.sh
source tools/runtime.sh
LIST=$2
CONTAINERS=(web database client)
passed=0 failed=0

# Bold on a terminal that wants it; a file gets the words alone.
bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
	bold=$'\033[1m' plain=$'\033[0m'
fi

title() {
	printf '\n%s== %s%s\n' "$bold" "$*" "$plain"
}

# try WHAT COMMAND…: one line about how it went.
try() {
	local what=$1 output

	shift
	if output=$("$@" 2>&1); then
		printf '  ok      %s\n' "$what"
		((++passed))
	else
		printf '  FAILED  %s\n%s\n' "$what" "$output"
		((++failed))
	fi
}

ping_from() {
	in_container "$1" ping -n -q -c 1 -W 2 "$2"
}

# The address of a container: its name, then 4 or 6.
address() {
	jq -r --argjson family "$2" '[.ips[].address | select(contains(":") == ($family == 6))][0] | split("/")[0]' \
		"$RESULTS/$1"
}

# Packets that the outside host received from this address.
packets_from() {
	in_container outside nft -j list ruleset |
		jq --arg address "$1" '[.nftables[].rule // empty | select([.. | strings] | index($address)).expr[].counter // empty
			| .packets] | add // 0'
}

came_from() {
	(($(packets_from "$1") > 0))
}

never_came_from() {
	(($(packets_from "$1") == 0))
}

everything() {
	ip -br link | awk '{ print "link", $1 }'
	ip -br addr | awk '{ $2 = ""; print "addresses", $0 }' | sed 's/fe80[^ ]*//'
	ip route
	ip -6 route | grep -v fe80
	nft list ruleset
	find /var/lib/cni -type f ! -name 'last_reserved_ip*' ! -name lock
}

# ---- an outside world: 192.0.2.2 and 2001:db8::2, which knows no way back to any container

ip netns add outside
ip link add uplink type veth peer name eth0 netns outside
ip addr add 192.0.2.1/24 dev uplink
ip addr add 2001:db8::1/64 dev uplink nodad
ip link set uplink up
in_container outside ip addr add 192.0.2.2/24 dev eth0
in_container outside ip addr add 2001:db8::2/64 dev eth0 nodad
in_container outside ip link set eth0 up
everything >/tmp/demo-before.$$
trap 'rm -f /tmp/demo-before.$$' EXIT

title "the network: $LIST"
cat "$LIST"

for name in "${CONTAINERS[@]}"; do
	title "ADD $name"
	ip netns add "$name"
	if add "$name"; then
		jq . "$RESULTS/$name"
		((++passed))
	else
		((++failed))
	fi
done
((failed == 0)) || { printf '\n%d passed, %d failed\n' "$passed" "$failed"; exit 1; }

title "traffic"
gateway4=$(jq -r '[.ips[].gateway | select(contains(":") | not)][0]' "$RESULTS/web")
gateway6=$(jq -r '[.ips[].gateway | select(contains(":"))][0]' "$RESULTS/web")
in_container outside nft -f - <<END
table inet seen {
	chain input {
		type filter hook input priority 0
		ip saddr 192.0.2.1 icmp type echo-request counter
		ip6 saddr 2001:db8::1 icmpv6 type echo-request counter
		ip saddr $(address client 4) counter
		ip6 saddr $(address client 6) counter
	}
}
END
try "client reaches its sibling web, IPv4 ($(address web 4))" ping_from client "$(address web 4)"
try "client reaches its sibling web, IPv6 ($(address web 6))" ping_from client "$(address web 6)"
try "client reaches the gateway, IPv4 ($gateway4)" ping_from client "$gateway4"
try "client reaches the gateway, IPv6 ($gateway6)" ping_from client "$gateway6"
try "the host reaches database, IPv4" ping -n -q -c 1 -W 2 "$(address database 4)"
try "the host reaches database, IPv6" ping -n -q -c 1 -W 2 "$(address database 6)"
try "client reaches the outside through NAT, IPv4 (192.0.2.2)" ping_from client 192.0.2.2
try "client reaches the outside through NAT, IPv6 (2001:db8::2)" ping_from client 2001:db8::2
try "the outside saw the host's address, IPv4 ($(packets_from 192.0.2.1) packets from 192.0.2.1)" came_from 192.0.2.1
try "the outside saw the host's address, IPv6 ($(packets_from 2001:db8::1) packets from 2001:db8::1)" came_from 2001:db8::1
try "the outside never saw $(address client 4)" never_came_from "$(address client 4)"
try "the outside never saw $(address client 6)" never_came_from "$(address client 6)"

title "what exists now"
for command in 'ip -br link' 'ip -br addr' 'ip route' 'ip -6 route' 'bridge link' 'nft list ruleset' \
	'find /var/lib/cni -type f' 'ip -n client -br addr' 'ip -n client route' 'ip -n client -6 route'; do
	printf '\n$ %s\n' "$command"
	$command
done

title "CHECK and DEL"
for name in "${CONTAINERS[@]}"; do
	try "CHECK $name" check "$name"
done
for name in "${CONTAINERS[@]}"; do
	try "DEL $name" del "$name"
	try "DEL $name again" del "$name"
	ip netns delete "$name"
done

title "what is left: the bridge, which the next container will use"
everything | diff /tmp/demo-before.$$ - | grep '^[<>]' || true
try "no lease is left" test -z "$(find /var/lib/cni -type f ! -name 'last_reserved_ip*' ! -name lock)"
try "no rule is left" test -z "$(nft list ruleset)"
try "no container link is left" test -z "$(ip -o link show type veth | grep -v uplink)"

printf '\n%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
