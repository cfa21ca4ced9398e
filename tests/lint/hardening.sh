#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The built programs have what the compiler and the linker offer against attacks: position independence, read-only
# relocations bound at start, no executable stack, no paths to search libraries in, stack protectors, checked string functions, and on
# x86 code of ours that is ready for control-flow enforcement (the libraries linked in may not be).
set -u
cd "$(dirname "$0")/../.." || exit
build=${BUILD:-build}
bad=0

complain() {
	echo "$1: $2"
	bad=1
}

# has PROGRAM WHAT OPTIONS PATTERN
has() {
	readelf -W "$3" "$1" 2>/dev/null | grep -qE "$4" || complain "$1" "no $2"
}

for program in "$build"/bin/* "$build"/shared/bin/*; do
	[ -f "$program" ] || { echo "nothing is built in $build/bin"; exit 1; }
	has "$program" 'position independence' -h 'Type: *DYN'
	has "$program" 'read-only relocations' -l 'GNU_RELRO'
	has "$program" 'binding at start' -d 'FLAGS.*NOW'
	has "$program" 'position independence of an executable' -d 'FLAGS_1.*PIE'
	has "$program" 'stack without code' -l 'GNU_STACK.* RW  *0x'
	has "$program" 'stack protector' -s '__stack_chk_fail'
	has "$program" 'checked functions' -s '_chk(@|$)'
	! readelf -W -d "$program" | grep -qE 'RPATH|RUNPATH|TEXTREL' || complain "$program" 'searches libraries in a path of its own'
done
if [ "$(uname -m)" = x86_64 ]; then
	find "$build/libcni" "$build/plugins" "$build/ipam" -name '*.o' | sort | while read -r object; do
		readelf -W -n "$object" | grep -q 'IBT, SHSTK' || echo "$object: not ready for control-flow enforcement"
	done | grep . && bad=1
fi
exit $bad
