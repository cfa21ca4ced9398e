#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Functions up to 60 lines, files up to 400, READMEs of programs up to 60.
set -u
cd "$(dirname "$0")/../.." || exit

long=$(
	find libcni plugins ipam tools tests/unit tests/fuzz -name '*.[ch]' | sort | xargs -r awk '
		# A function is what stands between { and } in the first column.
		FNR == 1 { lines[FILENAME] = 0; start = 0 }
		{ lines[FILENAME]++ }
		/^{/ { start = FNR }
		/^}/ {
			if (start && FNR - start - 1 > 60)
				printf "%s:%d: a function of %d lines\n", FILENAME, start, FNR - start - 1
			start = 0
		}
		END {
			for (f in lines)
				if (lines[f] > 400)
					printf "%s: %d lines\n", f, lines[f]
		}'
	find plugins ipam -name README.md | while read -r readme; do
		n=$(wc -l <"$readme")
		[ "$n" -le 60 ] || echo "$readme: $n lines"
	done
)
[ -z "$long" ] || { echo "$long"; exit 1; }
