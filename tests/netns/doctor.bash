# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # helpers.bash and cnitool.bash have the variables
#
# What tests of cnitool doctor share: all about network n.
#
# The tests that break on purpose are tables: `names of findings|what is broken|what a person does`. What has a fix has no third
# field: the fix is pasted. Each row has its line in docs/breaks.md, where what doctor says of it stands; tests/lint/findings.sh looks
# that no row is missing there, and no finding here. BREAKS=FILE appends the lines to the file instead of comparing them.

readonly BREAKS_PAGE=$ROOT/docs/breaks.md

# doctor_names NAME…: exactly these findings, in any order.
doctor_names() {
	tool doctor "${about[@]}" --json
	assert_eq "$(jq -r '.[].name' "$stdout_file" | sort | tr '\n' ' ')" "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" "findings"
	assert_eq "$status" "$(($# > 0))" "exit status"
}

# What is looked at: all networks when it is empty.
about=(n)

healthy() {
	tool doctor n
	assert_eq "$status $stdout" "0 n: nothing found" "what doctor says"
}

# The command that doctor names for its finding, done as it stands there.
follow_advice() {
	host bash -ec "$(jq -r '.[0].fix' "$stdout_file")"
}

# paste: the fixes of what was found, one after another, as a user's shell runs them.
paste() {
	local fix

	while IFS= read -r fix; do
		[[ -n $fix ]] || continue
		in_tool_environment env PATH="${cnitool%/*}:$PATH" bash -ec "$fix" >/dev/null || fail_because "cannot be pasted: $fix"
	done < <(jq -r '.[] | .fix // ""' "$stdout_file")
}

fixed() {
	tool_ok doctor n --fix
	[[ $stdout == *"    fixed"* ]] || fail_because "nothing was fixed"
}

# The kernel has taken the links of a deleted namespace away.
no_ports() {
	[[ -z $(host ip -o link show master br0) ]]
}

# forget NAME: the cache has lost a container.
forget() {
	grep -lF "\"netns\":\"/run/netns/$1\"" -r "$CACHE" | xargs -d '\n' rm
}

# What rows may use besides: the file of n, how it is edited, the folders, who is who.
make_row_tools() {
	row_tools=$BATS_TEST_TMPDIR/row-tools
	mkdir -p "$row_tools"
	# shellcheck disable=SC2016 # for the inner shell
	printf '#!/bin/sh\nnew=$(gojq "$1" "$conf/n.conflist") && printf "%%s\\n" "$new" >"$conf/n.conflist"\n' >"$row_tools/configure"
	ln -s "$cnitool" "$row_tools/cnitool"
	chmod 755 "$row_tools/configure"
}

# in_row COMMANDS: as they stand in a table.
in_row() {
	in_tool_environment env PATH="$row_tools:$PATH" port="${port:-}" gateway="${gateway:-}" conf="$conf_dir" leases="$data_dir" \
		plugins="$cni_path" ours="$PLAIN_BIN" cache="$CACHE" port_80="$port_80" bash -ec "$1" \
		>"$BATS_TEST_TMPDIR/row" 2>&1 </dev/null 3>&- || fail_because "does not work: $1: $(<"$BATS_TEST_TMPDIR/row")"
}

# What is another one in each run has a name in its place.
without_chance() {
	sed -E "s|$conf_dir|\$conf|g; s|$data_dir|\$leases|g; s|$cni_path|\$plugins|g; s|$BATS_TEST_TMPDIR|\$folder|g
		s/${port:-^\$}/\$port/g; s/${gateway:-^\$}/\$gateway/g
		s/veth[0-9a-f]{8}/vethN/g; s/([0-9a-f]{2}:){5}[0-9a-f]{2}/MAC/g; s/cnitool-[0-9a-f]{20}/cnitool-ID/g
		s/(process|-CONT|handle) [0-9]+/\1 N/g"
}

# noted BREAK: what doctor has just said of it stands in the page, word by word.
noted() {
	local row

	row=$(jq -r '
		def cell: gsub("\\|"; "\\|");
		(map("**\(.name)**: \(.what | cell)") | join("<br>")) + " | "
		+ (map(if .fix then "fix: `\(.fix | cell)`" else "advice: \(.advice | cell)" end) | unique | join("<br>")) + " |"' \
		"$stdout_file" | without_chance)
	row="| \`$1\` | $row"
	if [[ -n ${BREAKS:-} ]]; then
		printf '%s\n' "$row" >>"$BREAKS"
	else
		grep -qxF -- "$row" "$BREAKS_PAGE" || fail_because "not in docs/breaks.md: $row"
	fi
}

# is_found NAME…, is_well: the same as doctor_names and healthy, for what takes a moment.
is_found() {
	tool doctor "${about[@]}" --json
	[[ $(jq -r '.[].name' "$stdout_file" | sort | tr '\n' ' ') == "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" ]]
}

is_well() {
	tool doctor "${about[@]}"
	[[ $status == 0 && $stdout == *"nothing found" ]]
}

# row NAMES BREAK BY-HAND: that is found, and nothing once the fixes are pasted and all is done that the advice says.
row() {
	in_row "$2"
	# shellcheck disable=SC2086 # names are words
	wait_until 20 is_found $1
	noted "$2"
	assert_json "map(has(\"fix\") or has(\"advice\")) | all" true
	if [[ -z $3 ]]; then
		assert_json 'map(has("fix")) | all' true
		paste
	else
		in_row "$3"
	fi
	wait_until 20 is_well || fail_because "still found after: $2"
}

# advised NAME TEXT: that is all it says, in which TEXT stands, with advice and no fix.
advised() {
	doctor_names "$1"
	assert_json '.[0].what | contains($text)' true --arg text "$2"
	assert_json '.[0] | [has("fix"), has("advice")]' '[false, true]'
}
