#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What plugins tell people who start them by hand.

load helpers

plugins() {
	(cd "$ROOT" && printf '%s\n' plugins/*/README.md ipam/*/README.md | cut -d / -f 2)
}

# started PLUGIN ARGUMENT…: without CNI_COMMAND, unless that is in `variables`.
started() {
	local plugin=$1

	shift
	stdout_file=$BATS_TEST_TMPDIR/stdout stderr_file=$BATS_TEST_TMPDIR/stderr
	status=0
	env -i ASAN_OPTIONS="$ASAN_OPTIONS" "${variables[@]}" "$BIN/$plugin" "$@" >"$stdout_file" 2>"$stderr_file" || status=$?
	read_output
}

setup() {
	variables=()
}

teardown() {
	:
}

# The table of keys as tests/lint/keys.sh writes it down: plugin|key|type|example.
documented() {
	awk -F ' \\| ' '/^## / { plugin = $1; sub("## ", "", plugin) }
		plugin && /^\| `/ { key = $1; gsub(/[|` ]/, "", key); gsub(/`/, "", $4); print plugin "|" key "|" $2 "|" $4 }' \
		"$ROOT/docs/configuration.md"
}

@test "--help lists the keys of each plugin in one line each, with an example, on stdout" {
	local plugin name type example documented

	documented=$(documented)
	(($(wc -l <<<"$documented") > 150)) || fail_because "rows in docs/configuration.md"
	while IFS= read -r plugin; do
		started "$plugin" --help </dev/null
		assert_success
		assert_eq "$stderr" "" "stderr of $plugin"
		assert_match "${stdout%%$'\n'*}" "^$plugin [a-z].*\.$"
		while IFS='|' read -r _ name type example; do
			grep -qF "  \"$name\": $example " "$stdout_file" || fail_because "$plugin says nothing of $name: $example"
		done < <(grep "^$plugin|" <<<"$documented")
		started "$plugin" -h </dev/null
		[[ $stdout == *"$plugin"* ]]
	done < <(plugins)
}

@test "every documented example is of the type of its key" {
	local plugin name type example wanted

	while IFS='|' read -r plugin name type example; do
		case $type in
		text) wanted=string ;;
		"true or false") wanted=boolean ;;
		list) wanted=array ;;
		*) wanted=$type ;;
		esac
		printf '{"is": %s, "wanted": "%s", "key": "%s.%s"}\n' "$example" "$wanted" "$plugin" "$name"
	done < <(documented) >"$BATS_TEST_TMPDIR/examples"
	assert_eq "$(jq -r 'select((.is | type) != .wanted) | .key' "$BATS_TEST_TMPDIR/examples")" "" "examples of another type"
}

@test "with CNI_COMMAND --help means nothing, and without --help the banner goes to stderr" {
	variables=(CNI_COMMAND=VERSION)
	started bridge --help <<<'{"cniVersion": "1.0.0"}'
	assert_success
	[[ $(jq -r '.supportedVersions[-1]' "$stdout_file") == 1.1.0 ]]
	variables=()
	started bridge some words </dev/null
	assert_success
	assert_eq "$stdout" ""
	assert_match "$stderr" '^CNI bridge plugin '
}

@test "help of dhcp has the arguments of its daemon" {
	local flag

	started dhcp --help </dev/null
	for flag in pidfile hostprefix socketpath broadcast timeout resendmax resendtimeout; do
		grep -q "^  -$flag" "$stdout_file" || fail_because "-$flag is missing"
	done
	started dhcp daemon --help </dev/null
	assert_success
	assert_eq "$stderr" ""
	grep -q "^Usage: dhcp daemon" "$stdout_file"
}

@test "help that cannot be written is no success" {
	local r=0

	env -i "$BIN/bridge" --help >/dev/full || r=$?
	assert_eq "$r" 1 "exit status"
}
