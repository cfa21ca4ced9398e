#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Median milliseconds per command, in namespaces of its own. BIN=/usr/lib/cni measures other plugins.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ${1:-} != --inside ]]; then
	exec sh tools/private.sh bash tools/bench.sh --inside
fi
BIN=${BIN:-${BUILD:-build}/bin}
BIN=$(cd "$BIN" && pwd)
ROUNDS=${ROUNDS:-50}
# Older plugins know 1.0.0 at most.
list=$(jq '.cniVersion = "1.0.0"' conf/10-bridge.conflist)

run() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/bench CNI_IFNAME=eth0 CNI_PATH=$BIN "$BIN/$3" >/run/cni/out ||
		{ cat /run/cni/out >&2; exit 1; }
}

# Prints "NAME median worst" of the microseconds on stdin.
report() {
	sort -n | awk -v name="$1" '{ t[NR] = $1 }
		END { printf "%-36s median %7.2f ms   worst %7.2f ms\n", name, t[int((NR + 1) / 2)] / 1000, t[NR] / 1000 }'
}

measure() {
	local start=$EPOCHREALTIME

	"$@"
	echo $((${EPOCHREALTIME/./} - ${start/./}))
}

# What starting any program costs here.
for _ in $(seq "$ROUNDS"); do measure /bin/true; done | report "start of /bin/true"
for _ in $(seq "$ROUNDS"); do measure run VERSION x bridge </dev/null; done | report "VERSION bridge"

cycle() {
	local name=$1 config=$2

	: >/run/cni/add
	: >/run/cni/del
	for i in $(seq "$ROUNDS"); do
		ip netns add bench
		measure run ADD "$name$i" bridge <<<"$config" >>/run/cni/add
		measure run DEL "$name$i" bridge <<<"$config" >>/run/cni/del
		ip netns delete bench
	done
	report "ADD bridge, $name" </run/cni/add
	report "DEL bridge, $name" </run/cni/del
}

single=$(jq '. as $list | .plugins[0] + {name: $list.name, cniVersion: $list.cniVersion}' <<<"$list")
cycle layer-2 "$(jq '.bridge = "bench0" | del(.ipam, .isGateway, .isDefaultGateway, .ipMasq)' <<<"$single")"
cycle dual-stack "$(jq '.ipMasq = false' <<<"$single")"
cycle dual-stack-ipMasq "$single"
