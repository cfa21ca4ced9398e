# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of cnitool for bash: install as /usr/share/bash-completion/completions/cnitool, or source it.

_cnitool_verbs() {
	cnitool help 2>/dev/null | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

_cnitool_options() {
	cnitool "$1" --help 2>/dev/null | awk '/^Options:/ { on = 1; next }
		on { for (i = 1; $i ~ /^-/; i++) { sub(/,$/, "", $i); print $i } }'
}

_cnitool_networks() {
	cnitool list 2>/dev/null | awk 'NR > 1 && $1 != "-" { print $1 }'
}

# Offers the lines that begin with the word. `compgen -W` would run what stands in the name of a network.
_cnitool_offer() {
	local line

	while IFS= read -r line; do
		[[ -z $line || $line != "$1"* ]] || COMPREPLY+=("$(printf %q "$line")")
	done
}

_cnitool() {
	local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} previous=${COMP_WORDS[COMP_CWORD - 1]} names=0 i

	COMPREPLY=()
	if ((COMP_CWORD == 1)) || [[ $verb == help && $word != -* ]]; then
		_cnitool_offer "$word" < <(_cnitool_verbs)
		return
	fi
	if [[ $previous == --netns ]]; then
		_cnitool_offer "$word" < <(compgen -G "/run/netns/*")
		return
	fi
	if [[ $word == -* ]]; then
		_cnitool_offer "$word" < <(_cnitool_options "$verb")
		return
	fi
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-i | --ifname | -n | --name | -p | --publish | --ip | --mac | --netns) ((++i)) ;;
		-*) ;;
		*) ((++names)) ;;
		esac
	done
	case $verb:$names in
	install:* | version:*) ;;
	exec:0) _cnitool_offer "$word" < <(compgen -G "/run/netns/*" | sed 's,.*/,,') ;;
	*:0) _cnitool_offer "$word" < <(_cnitool_networks) ;;
	add:1 | check:1 | del:1 | readd:1 | gc:1 | status:1) _cnitool_offer "$word" < <(compgen -G "/run/netns/*") ;;
	connect:1 | disconnect:1) _cnitool_offer "$word" < <(compgen -G "/run/netns/*" | sed 's,.*/,,') ;;
	run:* | exec:*) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
	esac
}

complete -F _cnitool cnitool
