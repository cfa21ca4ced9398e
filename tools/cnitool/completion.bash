# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of cnitool for bash: install as /usr/share/bash-completion/completions/cnitool, or source it.

# The words up to the one that is being written. bash takes 8080:80 apart, at : and =.
_cnitool_words() {
	local i glued=''

	words=()
	for ((i = 1; i <= COMP_CWORD; i++)); do
		if ((${#words[@]})) && [[ $glued || ${COMP_WORDS[i]} == [:=] ]]; then
			words[-1]+=${COMP_WORDS[i]}
		else
			words+=("${COMP_WORDS[i]}")
		fi
		[[ ${COMP_WORDS[i]} == [:=] ]] && glued=1 || glued=''
	done
}

_cnitool() {
	local word=${COMP_WORDS[COMP_CWORD]} words line

	COMPREPLY=()
	_cnitool_words
	while IFS= read -r line; do
		case $line in
		:command) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -c -- "$word") ;;
		:file) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word") ;;
		:folder) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$word") ;;
		*)
			line=${line#"${words[-1]%"$word"}"}
			[[ $line != *[^[:alnum:]_./,:@%+=-]* ]] || line=$(printf %q "$line")
			COMPREPLY+=("$line")
			;;
		esac
	done < <(cnitool complete -- "${words[@]}" 2>/dev/null)
}

complete -F _cnitool cnitool
