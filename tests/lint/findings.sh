#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/troubleshooting.md is made of the table of cnitool doctor's findings and of the tests that break and repair, and so is FINDINGS in
# the manual page. `sh tests/lint/findings.sh --write` makes both anew. Every finding has a row in these tests, and every row its line in
# docs/breaks.md, which they compare with what doctor says.
set -u
cd "$(dirname "$0")/../.." || exit
page=docs/troubleshooting.md
manual=docs/man/cnitool.1
breaks=docs/breaks.md
tests="tests/netns/doctor-fixes.bats tests/netns/doctor-filters.bats tests/netns/doctor-wire.bats tests/netns/doctor-ovs.bats tests/vm/doctor.bats
	tests/vm/doctor-modules.bats"
# Asked for when the table began; there are more.
least=45

# name|why no row breaks and repairs it. None so far.
unbroken() {
	cat <<'END'
END
}

# name|meaning, in the order of the table
findings() {
	sed -n '/^} faults\[\] = {/,/^};/p' tools/cnitool/finding.c | tr -d '\n\t' | grep -oE '\{ *"[a-z0-9-]+", *"[^"]*" *\}' |
		sed 's/^{ *"\([^"]*\)", *"\([^"]*\)" *}$/\1|\2/'
}

# finding|command of each row of the tests: `name [name] | [who cannot be reached |] command [| what a person does]`
breaks() {
	for test in $tests; do
		forward=$(sed -n "s/^readonly FORWARD='\(.*\)'/\1/p" "$test")
		input=$(sed -n "s/^readonly INPUT='\(.*\)'/\1/p" "$test")
		sed -n '/<<.*END/,/^END$/p' "$test" | grep -E '^[a-z][a-z0-9 -]*\|' | sed -E 's/^([a-z0-9 -]+)\|(outside|gateway|sibling|-)\|/\1|/' |
			awk -F '|' -v forward="$forward" -v input="$input" '{ line = $2; n = split($1, names, " ")
				if (i = index(line, "$FORWARD")) line = substr(line, 1, i - 1) forward substr(line, i + 8)
				if (i = index(line, "$INPUT")) line = substr(line, 1, i - 1) input substr(line, i + 6)
				for (i = 1; i <= n; i++) if (!seen[names[i] line]++) print names[i] "|" line }'
	done
}

page() {
	cat <<'END'
# Troubleshooting

`cnitool doctor` looks at every network, `cnitool doctor NETWORK` at one. Each finding is a fact with a name; these are all names, what
each means, and by what the tests make it. What stands behind `fix:` in the answer is a command that can be pasted, and a test pastes
it and looks again; where there is advice, a test follows it. [breaks.md](breaks.md) has what doctor says of each of them. This page is
made by `tests/lint/findings.sh --write`.

In the lines below red is a container on the network n with the bridge br0 and the subnet 10.9.0.0/24, `$port` the host's end of its
pair, `$leases` the folder of host-local, `$plugins` that of the plugins, `$ours` where these are for sure, `$conf` the folder of
configurations, `$cache` that of cached results, `configure` changes the network's file by a filter of jq, and uplink is the way out
of the host. `$gateway` is the port with the gateway on a bridge of Open vSwitch.
END
	breaks >"$scratch"
	findings | while IFS='|' read -r name meaning; do
		printf '\n## %s\n\n%s\n' "$name" "$meaning"
		lines=$(awk -v name="$name" '{ at = index($0, "|"); if (substr($0, 1, at - 1) == name) print "    " substr($0, at + 1) }' "$scratch")
		[ -z "$lines" ] || printf '\n%s\n' "$lines"
		why=$(unbroken | sed -n "s/^$name|//p")
		[ -z "$why" ] || printf '\nNo test makes it: %s\n' "$why"
	done
}

# The manual page, with each finding and what it means.
manual() {
	findings | sed 's/-/\\-/g' | while IFS='|' read -r name meaning; do
		printf '.TP\n.B %s\n%s\n' "$name" "$meaning"
	done >"$scratch"
	awk -v lines="$scratch" '
		/^\.SH / { skipped = 0 }
		!skipped
		/^\.SH FINDINGS/ { skipped = 1; while ((getline line <lines) > 0) print line }
	' "$manual"
}

scratch=$(mktemp)
trap 'rm -f "$scratch" "$scratch.page" "$scratch.manual"' EXIT
page >"$scratch.page"
manual >"$scratch.manual"
if [ "${1:-}" = --write ]; then
	cp "$scratch.page" "$page"
	cp "$scratch.manual" "$manual"
	exit
fi
bad=0
cmp -s "$scratch.page" "$page" || {
	echo "$page is not what finding.c and the tests say: run sh tests/lint/findings.sh --write"
	bad=1
}
cmp -s "$scratch.manual" "$manual" || {
	echo "$manual: FINDINGS is not what finding.c says: run sh tests/lint/findings.sh --write"
	bad=1
}

# Every finding is made by a row, or it is said why not.
breaks >"$scratch"
for name in $(findings | cut -d '|' -f 1); do
	rows=$(grep -c "^$name|" "$scratch")
	reasons=$(unbroken | grep -c "^$name|")
	[ "$((rows > 0))" != "$((reasons > 0))" ] || {
		echo "$name: $rows rows of tests break and repair it, and $reasons reasons are given why none does"
		bad=1
	}
done

# Every row has its line in the page, and every line there its row.
cut -d '|' -f 2- "$scratch" | sort -u >"$scratch.page"
sed -n 's/^| `\(.*\)` | \*\*.*/\1/p' "$breaks" | sort -u >"$scratch.manual"
diff "$scratch.page" "$scratch.manual" >"$scratch" || {
	echo "rows of the tests (<) and lines of $breaks (>) are not the same; BREAKS=$breaks tests/run TEST adds what is missing:"
	cat "$scratch"
	bad=1
}
[ "$(wc -l <"$scratch.manual")" -ge "$least" ] || {
	echo "$breaks: fewer lines than $least"
	bad=1
}
exit $bad
