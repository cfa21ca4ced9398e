#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How a machine ends, as TAP: what failed in it, what the kernel did, and that it is stuck are told apart.

set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/vm/tap.bash
. "$here/tap.bash"

# ends_with STATUS WORDS OPTION… -- COMMAND: boot.sh has this exit status, and says so.
ends_with() {
	local wanted=$1 words=$2 output r=0

	shift 2
	output=$("$here/boot.sh" "$@" 2>&1) || r=$?
	echo "exit status $r instead of $wanted, or not \"$words\":"
	echo "$output"
	[[ $r == "$wanted" && $output == *"$words"* ]]
}

it "a command's exit status and words are its own" \
	ends_with 7 "of its own" --timeout 120 -- sh -c 'echo words of its own; exit 7'
it "a panic" ends_with 120 "the kernel panicked" --timeout 120 -- sh -c 'echo c >/proc/sysrq-trigger'
it "a complaint of the kernel, though the command succeeded" \
	ends_with 121 "the kernel complained" --timeout 120 -- sh -c 'echo "<2>BUG: made up by a test" >/dev/kmsg'
it "a machine that is stuck" ends_with 124 "not done after 12 s" --timeout 12 -- sleep 1000
plan
