#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lines that the unit and namespace tests reach, per file and in all.
set -u
cd "$(dirname "$0")/.." || exit
BUILD=${BUILD:-build}
tree=$(cd "$BUILD/coverage" && pwd)

find "$tree" -name '*.gcda' -delete
for program in "$tree"/tests/unit/*; do
	[[ ! -x $program || -d $program ]] || "$program" >/dev/null 2>&1 || echo "failed: $program"
done
for file in tests/netns/*.bats; do
	CNI_BIN=$tree/bin CNI_PLAIN_BIN=$tree/bin sh tools/private.sh bats --tap "$file" | grep '^not ok'
done

# gcov -n prints pairs of lines: File 'x.c', Lines executed:97.50% of 40
find "$tree" -name '*.gcda' | while read -r data; do
	gcov -n -o "$(dirname "$data")" "$data" 2>/dev/null
done | awk -F "'" '
	/^File/ { file = $2 }
	# The last line of a run is a sum, which has no file.
	/^$/ { file = "" }
	/^Lines executed/ && file ~ /^[^\/]/ && file !~ /^tests\// {
		split($0, parts, /[:% ]+/)
		percent = parts[3]
		lines = parts[5]
		if (file in all && all[file] * hit[file] >= percent * lines)
			next
		all[file] = lines
		hit[file] = percent
	}
	END {
		for (f in all) {
			printf "%6.1f %%  %5d lines  %s\n", hit[f], all[f], f
			sum += all[f]
			reached += all[f] * hit[f] / 100
		}
		if (sum)
			printf "%6.1f %%  %5d lines  in all\n", 100 * reached / sum, sum
	}' | sort -k3
