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

_cnitool() {
	local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} previous=${COMP_WORDS[COMP_CWORD - 1]} names=0 i

	COMPREPLY=()
	if ((COMP_CWORD == 1)) || [[ $verb == help && $word != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_cnitool_verbs)" -- "$word")
		return
	fi
	if [[ $previous == --netns ]]; then
		mapfile -t COMPREPLY < <(compgen -G "/run/netns/*" | grep -- "^$word")
		return
	fi
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_cnitool_options "$verb")" -- "$word")
		return
	fi
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-i | --ifname | -n | --name | -p | --publish | --netns) ((++i)) ;;
		-*) ;;
		*) ((++names)) ;;
		esac
	done
	case $verb:$names in
	version:*) ;;
	*:0) mapfile -t COMPREPLY < <(compgen -W "$(_cnitool_networks)" -- "$word") ;;
	add:1 | check:1 | del:1 | gc:1 | status:1) mapfile -t COMPREPLY < <(compgen -G "/run/netns/*" | grep -- "^$word") ;;
	run:*) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
	esac
}

complete -F _cnitool cnitool
