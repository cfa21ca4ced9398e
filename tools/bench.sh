#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures the plugins beside the bare kernel and the reference, and writes build/bench/performance.md.
#
#   QUICK=1 tools/bench.sh        a look at everything in a minute or two
#   SCENARIO=regex                only the steps whose name it matches; LIST=1 prints the names
#   REFERENCE=dir                 plugins to compare with, default /usr/lib/cni
#   RELEASE=dir                   the reference's newest release, default build/bench/release, where Go puts it;
#                                 "" leaves it out
set -euo pipefail
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
REFERENCE=${REFERENCE-/usr/lib/cni}
RELEASE=${RELEASE-$BUILD/bench/release}
out=$BUILD/bench
readonly MODULE=github.com/containernetworking/plugins

for tool in python3 ip nft strip cc; do
	command -v "$tool" >/dev/null || { echo "make bench needs $tool" >&2; exit 1; }
done
mkdir -p "$out"

# Into a folder of its own, so that a half-built one is never used.
build_release() {
	local folder

	[[ ! -x $RELEASE/sbr ]] && command -v go >/dev/null || return 0
	echo "building the reference's newest release, once"
	mkdir -p "$RELEASE.new"
	folder=$(cd "$RELEASE.new" && pwd)
	GOBIN=$folder CGO_ENABLED=0 go install -ldflags='-s -w' $MODULE/plugins/{main/{bridge,ptp,loopback,macvlan,tap,host-device},meta/{portmap,sbr},ipam/{host-local,static}}@latest ||
		return 0
	rm -rf "$RELEASE"
	mv "$RELEASE.new" "$RELEASE"
}

version_of() {
	if [[ $1 == /usr/lib/cni ]] && command -v dpkg-query >/dev/null; then
		dpkg-query -W -f 'package ${Package} ${Version}' containernetworking-plugins 2>/dev/null && return
	fi
	command -v go >/dev/null && go version -m "$1/bridge" 2>/dev/null | awk -v m=$MODULE '$1 == "mod" && $2 == m { print m, $3 }'
}

# What users start was stripped and copied to where it is. What the linker wrote lies in the page cache in smaller pieces, which
# costs each start more page faults.
install_program() {
	strip -o "$out/stripped" "$1"
	cp "$out/stripped" "$2.new"
	mv -f "$2.new" "$2"
	rm "$out/stripped"
}

install_ours() {
	local program

	rm -rf "$out/ours"
	mkdir "$out/ours"
	for program in "$BUILD"/bin/*; do
		install_program "$program" "$out/ours/${program##*/}"
	done
}

# What the floor starts: a program that does nothing and loads nothing, so that it costs what no program can go below.
echo 'int main(void) { return 0; }' | cc -O2 -static-pie -o "$out/linked" -x c -
install_program "$out/linked" "$out/empty"
EMPTY_PROGRAM=$(realpath "$out/empty")
export EMPTY_PROGRAM

install_ours
arguments=(--contender "ours=$out/ours")
if [[ -n $REFERENCE && -x $REFERENCE/bridge ]]; then
	arguments+=(--contender "reference=$REFERENCE:iptables")
	arguments+=(--about "reference=$(version_of "$REFERENCE"), which uses iptables")
fi
if [[ -n $RELEASE && -z ${QUICK:-}${LIST:-} ]]; then
	build_release
	if [[ -x $RELEASE/bridge ]]; then
		arguments+=(--contender "release-ipt=$RELEASE:iptables" --contender "release-nft=$RELEASE:nftables")
		arguments+=(--about "release-ipt, release-nft=$(version_of "$RELEASE"), with its iptables and its nftables back end")
	fi
fi
[[ -z ${QUICK:-} ]] || arguments+=(--quick)
[[ -z ${LIST:-} ]] || arguments+=(--list)
# What explains the numbers is written by people and stays.
arguments+=(--notes docs/performance/notes.md --scenario "${SCENARIO:-}")

exec sh tools/private.sh python3 -B tools/bench/bench.py --program "$BUILD/bin/bench" --out "$out" "${arguments[@]}" "$@"
