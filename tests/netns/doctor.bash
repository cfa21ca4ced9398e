# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # helpers.bash and cnitool.bash have the variables
#
# What tests of cnitool doctor share: all about network n.

# doctor_names NAME…: exactly these findings, in any order.
doctor_names() {
	tool doctor n --json
	assert_eq "$(jq -r '.[].name' "$stdout_file" | sort | tr '\n' ' ')" "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" "findings"
	assert_eq "$status" "$(($# > 0))" "exit status"
}

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
		in_tool_environment env PATH="$BIN:$PATH" bash -ec "$fix" >/dev/null || fail_because "cannot be pasted: $fix"
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

# advised NAME TEXT: that is all it says, in which TEXT stands, with advice and no fix.
advised() {
	doctor_names "$1"
	assert_json '.[0].what | contains($text)' true --arg text "$2"
	assert_json '.[0] | [has("fix"), has("advice")]' '[false, true]'
}
