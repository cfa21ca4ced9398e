#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The example configurations: each name once; of a version that every runtime in use speaks (Debian 12's podman and
# containerd know 1.0.0); no subnet that podman gives out by itself (10.88.0.0/16, then 10.89.0.0 up to the end of 10.0.0.0/8)
# or that Docker does (172.17.0.0/16 and up). kindnet's is as kind writes it.
set -u

# shellcheck disable=SC2016 # jq's variables
found=$(jq -rs '
	def all: .. | objects | (.subnet? // empty);
	def podman: test("^10\\.(8[89]|9[0-9]|1[0-9][0-9]|2[0-9][0-9])\\.");
	(group_by(.name)[] | select(length > 1) | "network \(.[0].name): there are two of that name"),
	(.[] | select(.cniVersion > "1.0.0") | "network \(.name): cniVersion is \(.cniVersion), 1.0.0 is what all know"),
	(.[] | select(.name != "kindnet") | .name as $name | all | select(podman or startswith("172."))
		| "network \($name): podman or Docker may give out \(.)")' conf/*.conflist conf/labs/*.conflist) || exit 1
[ -z "$found" ] || {
	echo "$found"
	exit 1
}
