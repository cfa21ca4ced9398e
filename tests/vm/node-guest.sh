#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a node does between two boots.
#
#   node-guest.sh fill    attaches containers until there is no address left; succeeds if none was missing
#   node-guest.sh churn   attaches and detaches containers until the end

set -uo pipefail

# 13 addresses besides the gateway's.
readonly ADDRESSES=13
readonly CONF='{ "cniVersion": "1.0.0", "name": "node", "type": "bridge", "bridge": "br0", "isGateway": true,
	"ipMasq": true, "ipam": { "type": "host-local", "subnet": "10.7.0.0/28" } }'

# cni VERB CONTAINER
cni() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth0 CNI_PATH=$CNI_BIN \
		"$CNI_BIN/bridge" <<<"$CONF"
}

fill() {
	local answer addresses='' i

	ls -l /var/lib/cni/networks/node 2>/dev/null
	for ((i = 1; i <= ADDRESSES; i++)); do
		ip netns add "c$i"
		answer=$(cni ADD "c$i") || {
			echo "container $i of $ADDRESSES: $answer"
			ls -l /var/lib/cni/networks/node
			return 1
		}
		addresses+=$(gojq -r '.ips[0].address' <<<"$answer")$'\n'
	done
	if [[ $(sort -u <<<"${addresses%$'\n'}" | wc -l) != "$ADDRESSES" ]]; then
		echo "an address was given twice: $addresses"
		return 1
	fi
	ip netns exec c1 ping -c 1 -W 2 10.7.0.1 >/dev/null || {
		echo "the gateway does not answer"
		return 1
	}
	ip netns add surplus
	answer=$(cni ADD surplus) && {
		echo "an address too many: $answer"
		return 1
	}
	return 0
}

# At most four at a time, each gone after a moment or, one time of three, never.
one_life() {
	local id

	id=$(</proc/sys/kernel/random/uuid)
	ip netns add "$id"
	cni ADD "$id" >/dev/null
	if ((RANDOM % 3)); then
		cni DEL "$id" >/dev/null
	fi
	ip netns delete "$id"
}

churn() {
	for _ in 1 2 3 4; do
		while :; do
			one_life
		done &
	done
	wait
}

"$1"
