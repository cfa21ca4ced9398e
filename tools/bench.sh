#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures the plugins beside the bare kernel and the reference; docs/performance.md tells how to read it.
#
#   tools/bench.sh [--quick] [--only PART]…
#   REFERENCE=dir   plugins to compare with, default /usr/lib/cni; with Go, also the reference's newest release
#   RELEASE=dir     where that is, default build/bench/release; "" leaves it out
set -euo pipefail
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
REFERENCE=${REFERENCE-/usr/lib/cni}
RELEASE=${RELEASE-$BUILD/bench/release}
out=$BUILD/bench

for tool in python3 ip nft strip; do
	command -v "$tool" >/dev/null || { echo "make bench needs $tool" >&2; exit 1; }
done
mkdir -p "$out"

build_release() {
	local plugin folder

	command -v go >/dev/null || return 0
	folder=$(mkdir -p "$RELEASE" && cd "$RELEASE" && pwd)
	for plugin in main/bridge main/ptp main/loopback meta/portmap ipam/host-local ipam/static; do
		[[ -x $folder/${plugin##*/} ]] || GOBIN=$folder CGO_ENABLED=0 \
			go install -ldflags='-s -w' "github.com/containernetworking/plugins/plugins/$plugin@latest" || return 0
	done
}

contenders=(--contender "ours=$BUILD/bin")
if [[ -n $REFERENCE && -x $REFERENCE/bridge ]]; then
	contenders+=(--contender "reference=$REFERENCE:iptables")
fi
if [[ -n $RELEASE ]]; then
	build_release
	if [[ -x $RELEASE/bridge ]]; then
		contenders+=(--contender "release-ipt=$RELEASE:iptables" --contender "release-nft=$RELEASE:nftables")
	fi
fi

exec sh tools/private.sh python3 -B tools/bench/bench.py --program "$BUILD/bin/bench" --out "$out" "${contenders[@]}" "$@"
