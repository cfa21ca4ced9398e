#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A node's life, as TAP: it is switched off and on again, in good order and without warning, and no address is lost.
# The leases are on a disk that survives.

set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
export BUILD=${BUILD:-$root/build}
[[ $BUILD == /* ]] || BUILD=$root/$BUILD
POWER_CUTS=${POWER_CUTS:-4}
# shellcheck source=tests/vm/tap.bash
. "$here/tap.bash"
mkdir -p "$BUILD/vm"
work=$(mktemp -d "$BUILD/vm/node.XXXXXX")
trap 'rm -rf "$work"' EXIT

# boot OPTION… -- VERB: node-guest.sh VERB in a machine with the disk. No real machine is up again within two seconds, and leases
# that are not older than a boot by that much could be of either side of it.
boot() {
	while [[ -e $work/disk ]] && (($(date +%s) - $(stat -c %Y "$work/disk") <= 3)); do
		sleep 0.1
	done
	"$here/boot.sh" --timeout 180 --disk "$work/disk" "${@:1:$#-1}" bash "$here/node-guest.sh" "${!#}"
}

# fresh: an empty disk.
fresh() {
	rm -f "$work/disk"
}

full_node_reboots() {
	fresh
	boot -- fill && boot -- fill
}

power_cuts() {
	local i pause

	fresh
	for ((i = 0; i < POWER_CUTS; i++)); do
		pause=$((RANDOM % 3)).$((RANDOM % 10))
		echo "round $i: $pause s"
		boot --power-cut "$pause" -- churn || return
	done
	boot -- fill
}

it "a full node that is rebooted starts all its containers again" full_node_reboots
it "$POWER_CUTS power cuts during ADD and DEL cost no address" power_cuts
plan
