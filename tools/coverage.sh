#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lines and branches that the tests reach: unit tests, seeds of the fuzzers, namespaces, a sample of the faults. Per file
# and in all; what no test reaches stands in build/coverage/missing.
#
#   tools/coverage.sh             runs the tests and reports
#   tools/coverage.sh report      only reports
#   tools/coverage.sh netns/x     runs tests/netns/x.bats beside what was run before, and reports
set -u
cd "$(dirname "$0")/.." || exit
BUILD=${BUILD:-build}
JOBS=${JOBS:-$(nproc)}
tree=$(cd "$BUILD/coverage" && pwd) || exit

for tool in llvm-cov llvm-profdata; do
	command -v $tool >/dev/null || { echo "$tool is missing: apt-get install llvm" >&2; exit 1; }
done

run_units() {
	local program

	for program in "$tree"/tests/unit/*; do
		[[ ! -x $program || -d $program ]] || "$program" >/dev/null 2>&1 || echo "failed: $program"
	done
	for program in "$tree"/tests/fuzz/*; do
		[[ ! -x $program || -d $program ]] || "$program" "tests/fuzz/seeds/${program##*/}"/* >/dev/null 2>&1 ||
			echo "failed: $program"
	done
}

# Plugins with counters are slow and need room, so a test with a clock or a limit in it may fail here and nowhere else.
run_bats() {
	CNI_BIN=$tree/bin CNI_PLAIN_BIN=$tree/bin FAULT_STEP=${FAULT_STEP:-200} xargs -r -I FILE -P "$JOBS" \
		sh tools/private.sh timeout --foreground 1800 bats --tap tests/FILE.bats | grep '^not ok'
}

# Not counts.bats: it counts system calls, and counters make some.
all_bats() {
	find tests/netns tests/faults -name '*.bats' ! -name counts.bats -printf '%s %P %h\n' | sort -rn |
		sed -E 's,^[0-9]+ (.*)\.bats tests/(.*),\2/\1,'
}

report() {
	local objects=() program

	for program in "$tree"/bin/* "$tree"/tests/unit/* "$tree"/tests/fuzz/*; do
		[[ ! -x $program || -d $program ]] || objects+=(-object "$program")
	done
	llvm-profdata merge -sparse -o "$tree/profile" "$tree"/profiles/*.profraw || exit
	llvm-cov export -format=lcov -instr-profile "$tree/profile" "${objects[@]:1}" 2>/dev/null |
		sed "s,^SF:$PWD/,SF:," | awk -v missing="$tree/missing" -f tools/coverage.awk
}

case ${1:-} in
report) ;;
'')
	rm -rf "$tree/profiles"
	run_units
	all_bats | run_bats
	;;
*) printf '%s\n' "$@" | run_bats ;;
esac
report
