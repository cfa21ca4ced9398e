#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Puts three containers on the network of a conflist, shows what that makes, tries the traffic, and removes everything again. It all
# happens in namespaces of its own; the machine is not touched.
#
#   tools/demo.sh [conf/10-bridge.conflist]
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ${1:-} != --inside ]]; then
	exec sh tools/private.sh bash tools/demo.sh --inside "${1:-conf/10-bridge.conflist}"
fi

LIST=$2
NETWORK=$(jq -r .name "$LIST")
CNI_PATH=$(cd "${BUILD:-build}/bin" && pwd)
NETCONFPATH=$(mktemp -d /run/cni/lists.XXXXXX)
export CNI_PATH NETCONFPATH PATH=$CNI_PATH:$PATH
cp "$LIST" "$NETCONFPATH/"
RESULTS=$(mktemp -d /run/cni/results.XXXXXX)
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

# shown COMMAND…: the command, then what it prints.
shown() {
	printf '\n$ %s\n' "$*"
	"$@"
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

finish() {
	printf '\n%d passed, %d failed\n' "$passed" "$failed"
	((failed == 0))
	exit
}

# ping_from CONTAINER ADDRESS…: all of them answer; without a name it is the host that asks.
# shellcheck disable=SC2317 # try calls it
ping_from() {
	local name=$1 address

	shift
	for address; do
		${name:+ip netns exec "$name"} ping -n -q -c 1 -W 2 "$address" || return
	done
}

# The addresses of a container, without the lengths of their networks; with `gateway`, of its gateways.
addresses() {
	jq -r --arg what "${2:-address}" '.ips[][$what] | split("/")[0]' "$RESULTS/$1"
}

# Packets that the outside host received: from the host's addresses, from those of a container.
received() {
	ip netns exec outside nft -j list ruleset |
		jq --arg of "$1" '[.nftables[].rule // empty | select(.comment == $of).expr[].counter // empty | .packets] | add'
}

# An outside world: 192.0.2.2 and 2001:db8::2, which knows no way back to any container.
ip netns add outside
ip link add uplink type veth peer name eth0 netns outside
ip addr add 192.0.2.1/24 dev uplink
ip addr add 2001:db8::1/64 dev uplink nodad
ip link set uplink up
ip -n outside addr add 192.0.2.2/24 dev eth0
ip -n outside addr add 2001:db8::2/64 dev eth0 nodad
ip -n outside link set eth0 up

title "the network: $LIST"
cat "$LIST"

title "three containers, which are network namespaces: ${CONTAINERS[*]}"
for name in "${CONTAINERS[@]}"; do
	ip netns add "$name"
	try "cnitool add $NETWORK /run/netns/$name" eval "cnitool add $NETWORK /run/netns/$name >$RESULTS/$name"
done
((failed == 0)) || finish
printf '\nThe result for %s:\n' "${CONTAINERS[0]}"
jq -c 'del(.dns)' "$RESULTS/${CONTAINERS[0]}"

title "what exists now"
shown cnitool show
shown ip -n client route
shown nft list table inet cni_masquerade

title "traffic"
ip netns exec outside nft -f - <<END
table inet seen {
	chain input {
		type filter hook input priority 0
		ip saddr 192.0.2.1 icmp type echo-request counter comment "host"
		ip6 saddr 2001:db8::1 icmpv6 type echo-request counter comment "host"
		ip saddr $(addresses client | grep -v :) counter comment "client"
		ip6 saddr $(addresses client | grep :) counter comment "client"
	}
}
END
# shellcheck disable=SC2046 # several words
{
	try "client reaches its sibling web, IPv4 and IPv6" ping_from client $(addresses web)
	try "client reaches the gateways" ping_from client $(addresses client gateway)
	try "the host reaches database" ping_from "" $(addresses database)
}
try "client reaches the outside through NAT, 192.0.2.2 and 2001:db8::2" ping_from client 192.0.2.2 2001:db8::2
try "the outside saw the host's addresses: $(received host) packets" test "$(received host)" -ge 2
try "the outside never saw those of client" test "$(received client)" -eq 0
try "cnitool doctor finds nothing wrong" cnitool doctor "$NETWORK"

title "the end"
for name in "${CONTAINERS[@]}"; do
	try "cnitool check $NETWORK /run/netns/$name" cnitool check "$NETWORK" "/run/netns/$name"
	try "cnitool del $NETWORK /run/netns/$name" cnitool del "$NETWORK" "/run/netns/$name"
	ip netns delete "$name"
done
try "no lease is left" test -z "$(find /var/lib/cni -type f ! -name 'last_reserved_ip*' ! -name lock)"
try "no rule is left" test -z "$(nft list ruleset)"
try "no link is left but the bridge, which the next container will use" test -z "$(ip -o link show type veth | grep -v uplink)"
finish
