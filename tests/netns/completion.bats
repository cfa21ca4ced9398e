#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of cnitool's command line in bash, zsh and fish. All three ask `cnitool complete`.

load helpers
load cnitool

setup() {
	setup_tool
	cni_path=$PLAIN_BIN cnitool=$PLAIN_BIN/cnitool
	network n
	network other
}

teardown() {
	teardown_tool
}

# completed WORD…: what bash offers for the last of them, in lines.
completed() {
	in_tool_environment bash -c '
		PATH=$1:$PATH
		source "$2"
		COMP_WORDS=("${@:3}") COMP_CWORD=$(($# - 3)) COMPREPLY=()
		_cnitool
		((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"' bash "$PLAIN_BIN" "$ROOT/tools/cnitool/completion.bash" \
		cnitool "$@"
}

in_one_line() {
	completed "$@" | sort | tr '\n' ' '
}

# What fish offers for a line, in lines, without the descriptions of what it knows itself.
completed_by_fish() {
	# shellcheck disable=SC2016 # for that shell
	in_tool_environment HOME="$BATS_TEST_TMPDIR" fish -N -c 'set PATH $argv[1] $PATH; source $argv[2]; complete -C $argv[3]' "$PLAIN_BIN" \
		"$ROOT/tools/cnitool/completion.fish" "$1" | cut -f 1
}

# The line after the tabulator key in a zsh behind a terminal.
completed_by_zsh() {
	mkdir -p "$BATS_TEST_TMPDIR/functions"
	cp "$ROOT/tools/cnitool/completion.zsh" "$BATS_TEST_TMPDIR/functions/_cnitool"
	cat >"$BATS_TEST_TMPDIR/press" <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; RPS1=; path=($1 \$path); fpath=($2 \$fpath); autoload -Uz compinit && compinit -u -D; \
_shown() { print -r -- \"<\$BUFFER>\"; zle .send-break }; zle -N shown _shown; bindkey '^X' shown; print READY"
zpty -r shell line '*READY*READY*'
zpty -n -w shell "$3"$'\t\x18'
zpty -r shell line '*<*>*'
print -r -- "${${line##*\<}%%\>*}"
zpty -d shell
END
	in_tool_environment HOME="$BATS_TEST_TMPDIR" timeout 60 zsh -f "$BATS_TEST_TMPDIR/press" "$PLAIN_BIN" "$BATS_TEST_TMPDIR/functions" "$1"
}

@test "completion knows every verb, every option and the networks" {
	local verb verbs option

	tool_ok help
	verbs=$(grep -A 99 '^Verbs:' "$stdout_file" | grep -oE '^  [a-z]+ ' | tr -d ' ')
	(($(wc -l <<<"$verbs") >= 14)) || fail_because "verbs in the help"
	assert_eq "$(completed '' | sort)" "$(sort <<<"$verbs")" "verbs"
	assert_eq "$(completed sta)" status
	assert_eq "$(completed help doc)" doctor
	for verb in $verbs; do
		tool_ok "$verb" --help
		assert_eq "$(completed "$verb" - | sort)" "$(grep -A 99 '^Options:' "$stdout_file" |
			grep -oE '(^| )--?[a-z]+[ ,]' | tr -d ' ,' | sort)" "options of $verb"
		[[ $stdout == *" [OPTIONS] NETWORK"* || $stdout == *" [OPTIONS] [NETWORK"* ]] || continue
		assert_eq "$(in_one_line "$verb" '')" "n other " "networks for $verb"
		# What takes a value hides the next word.
		while read -r option; do
			assert_eq "$(in_one_line "$verb" "$option" x '' </dev/null)" "n other " "networks behind $option of $verb"
		done < <(grep -A 99 '^Options:' "$stdout_file" | grep -oE -- '--[a-z]+ [A-Z]+' | cut -d ' ' -f 1)
	done
	new_container red
	assert_eq "$(completed add n /run/netns/r)" /run/netns/red
	assert_eq "$(completed exec r)" red
	assert_eq "$(completed doctor n --netns /run/netns/r)" /run/netns/red
	assert_eq "$(completed install host-d)" host-device
	[[ $(completed run n -- sysct) == *sysctl* ]]
}

@test "completion offers nothing twice, and nothing where nothing more can stand" {
	assert_eq "$(completed show --json --j)" ""
	assert_eq "$(completed show -j --j)" ""
	assert_eq "$(completed show --json -j)" ""
	assert_eq "$(in_one_line show -j --s)" "--svg "
	assert_eq "$(completed show n '')" ""
	assert_eq "$(in_one_line run n,)" "n,other "
	assert_eq "$(completed run n,other,)" ""
	assert_eq "$(completed ps n,)" ""
	assert_eq "$(in_one_line install bridge vl)" "vlan "
	assert_eq "$(completed install bridge bri)" ""
	assert_eq "$(completed nosuch '')" ""
	# bash takes these apart.
	assert_eq "$(in_one_line run -p 8080 : 80 o)" "other "
	assert_eq "$(in_one_line run -p 192.0.2.1 : 8080 : 80 --na)" "--name "
	assert_eq "$(completed run n -- cat --j)" "" "options of the command"
}

@test "a name that a line cannot hold is not offered, and one with blanks is one word" {
	network 'two words' . two.conflist
	network $'line\nend' . line.conflist
	assert_eq "$(completed ps two)" 'two\ words'
	assert_eq "$(completed ps line)" ""
}

@test "fish offers the same" {
	new_container red
	assert_eq "$(completed_by_fish 'cnitool sho')" show
	assert_eq "$(completed_by_fish 'cnitool show --json --s')" --svg
	assert_eq "$(completed_by_fish 'cnitool run n,o')" n,other
	assert_eq "$(completed_by_fish 'cnitool add n /run/netns/r')" /run/netns/red
	[[ $(completed_by_fish 'cnitool run n -- sysct') == sysctl* ]]
	assert_eq "$(completed_by_fish 'cnitool show n ')" ""
}

@test "zsh offers the same" {
	new_container red
	assert_eq "$(completed_by_zsh 'cnitool sho')" "cnitool show "
	assert_eq "$(completed_by_zsh 'cnitool run n,o')" "cnitool run n,other "
	assert_eq "$(completed_by_zsh 'cnitool add n /run/netns/r')" "cnitool add n /run/netns/red "
	assert_eq "$(completed_by_zsh 'cnitool show --json --j')" "cnitool show --json --j"
}
