# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Tests that boot machines, as TAP: `it "does something" COMMAND…`, and in the end `plan`.

number=0

it() {
	local name=$1 log r=0

	shift
	log=$("$@" 2>&1) || r=$?
	number=$((number + 1))
	if ((r == 0)); then
		echo "ok $number $name"
	else
		echo "not ok $number $name"
		echo "# ${log//$'\n'/$'\n# '}"
	fi
}

plan() {
	echo "1..$number"
}
