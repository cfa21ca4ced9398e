#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The README of a program and its manual page list its keys in the order of the tables of struct conf_key in its conf.c: rows that
# begin with | `key` | or | `object.key` |, and lines `.B key` in the section CONFIGURATION. Keys of objects in a list may stand
# in the object's row, as "key". Other rows, about shared keys, may stand anywhere; but what the page names without a dot is a key.
set -u
cd "$(dirname "$0")/../.." || exit
bad=0

complain() {
	echo "$*"
	bad=1
}

# compare FILE CONF CODE TEXT: keys, one in a line
compare() {
	[ -n "$3" ] || complain "$2: no table of keys"
	for key in $3; do
		echo "$4" | grep -qxF -- "$key" || grep -qF "\"$key\"" "$1" || complain "$1: no row for $key"
	done
	in_code=$(echo "$3" | awk '!seen[$0]++' | while read -r key; do echo "$4" | grep -qxF -- "$key" && echo "$key"; done)
	in_text=$(echo "$4" | awk '!seen[$0]++' | while read -r key; do echo "$3" | grep -qxF -- "$key" && echo "$key"; done)
	[ "$in_code" = "$in_text" ] || complain "$1: the order of keys is not that of $2: $in_code"
}

# The only quoted text of an entry before its default; entries may be broken over lines. Those of ranges stand in the library.
names_of() {
	grep -q 'lease/range_conf.h' "$1" && set -- libcni/lease/range_conf.c "$1"
	sed -n '/static const struct conf_key [a-z_]*\[\] = {/,/};/p' "$@" | tr '\n' ' ' | grep -oE 'CONF_[A-Z]+\([^"]*"[^"]+"' | sed 's/.*"\(.*\)"/\1/'
}

# The keys that libcni/types/keys.c lists for a plugin, one in a line. What programs write is not listed.
listed_for() {
	sed -n "/^\t{ \"$1\", /,/}/p" libcni/types/keys.c | sed 's/RANGE_KEYS/"subnet rangeStart rangeEnd gateway exclude"/' |
		grep -oE '"[^"]*"' | tr -d '"' | tr ' ' '\n'
}
made_by_programs='portMappings hostPort containerPort protocol hostIP ipRanges ips deviceID'

for conf in plugins/*/conf.c ipam/*/conf.c; do
	[ -e "$conf" ] || continue
	folder=$(dirname "$conf")
	page=docs/man/cni-$(basename "$folder").8
	grep -q 'struct conf_key' "$conf" || continue
	code=$(names_of "$conf")
	for key in $code; do
		case " $made_by_programs " in *" $key "*) continue ;; esac
		listed_for "$(basename "$folder")" | grep -qxF -- "$key" || complain "libcni/types/keys.c: $key of $folder is missing"
	done
	for file in "$folder/README.md" "$page"; do
		[ -e "$file" ] || complain "$file is missing"
	done
	compare "$folder/README.md" "$conf" "$code" "$(sed -n 's/^| *`\([^`]*\)`.*/\1/p' "$folder/README.md" | sed 's/.*\.//')"
	named=$(sed -n '/^\.SH CONFIGURATION/,/^\.SH [^C]/s/^\.B //p' "$page")
	compare "$page" "$conf" "$code" "$(echo "$named" | sed 's/.*\.//')"
	for key in $(echo "$named" | grep -v '\.'); do
		echo "$code" | grep -qxF -- "$key" || complain "$page: $conf has no key $key"
	done
done
exit $bad
