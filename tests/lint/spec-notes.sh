#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every row of the tables in SPEC-NOTES.md names files and tests that exist.
#
# In a table, the columns called "file" and "test", and those that begin with "Linux", hold references in backticks: a
# path, or `path: name`, where name is the beginning of a @test in a bats file or a word in a C file. A row without a
# reference in such a column needs the word "none" and a reason there. Other columns hold words: a file's name alone is none.
set -u
cd "$(dirname "$0")/../.." || exit

# Prints "line|reference" for each, and "line|missing|first column" where there is none.
references() {
	awk -F '|' '
		!/^\|/ { split("", wanted); in_table = 0; next }
		!in_table {
			in_table = 1
			for (i = 2; i < NF; i++)
				if ($i ~ /^ *(file|test|Linux .*) *$/)
					wanted[i] = 1
			next
		}
		/^\|[ -]*-/ { next }
		{
			for (i = 2; i < NF; i++)
				if (!(i in wanted) && $i ~ /^ *`[^` ]*\/[^`]*` *$/)
					print NR "|wordless|" $i
			for (i in wanted) {
				rest = $i
				if (rest !~ /`|none: /)
					print NR "|missing|" $2
				while (match(rest, /`[^`]*`/)) {
					print NR "|" substr(rest, RSTART + 1, RLENGTH - 2)
					rest = substr(rest, RSTART + RLENGTH)
				}
			}
		}' SPEC-NOTES.md
}

has_test() {
	case $1 in
	*.bats) grep -qF "@test \"$2" "$1" ;;
	*) grep -qw -- "$2" "$1" ;;
	esac
}

bad=$(references | while IFS='|' read -r line what row; do
	case $what in
	missing) echo "SPEC-NOTES.md:$line: no file or test for:$row" ;;
	wordless) echo "SPEC-NOTES.md:$line: words are missing where there is$row" ;;
	*': '*)
		if [ ! -e "${what%%: *}" ] || ! has_test "${what%%: *}" "${what#*: }"; then
			echo "SPEC-NOTES.md:$line: there is no $what"
		fi
		;;
	*) [ -e "$what" ] || echo "SPEC-NOTES.md:$line: there is no $what" ;;
	esac
done)
[ -z "$bad" ] || { echo "$bad"; exit 1; }
