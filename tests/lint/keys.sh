#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The README of a program lists its keys in the order of the table keys[] in its conf.c: its rows begin with
# | `key` | or | `object.key` |. Other rows, about shared keys or parts of objects, may stand anywhere.
set -u
cd "$(dirname "$0")/../.." || exit
bad=0

for conf in plugins/*/conf.c ipam/*/conf.c; do
	[ -e "$conf" ] || continue
	readme=$(dirname "$conf")/README.md
	[ -e "$readme" ] || { echo "$readme is missing"; bad=1; continue; }
	# A table entry may be broken over lines; the key is its only quoted text before the default.
	code=$(sed -n '/^static const struct conf_key keys\[\]/,/^};/p' "$conf" | tr '\n' ' ' | grep -oE 'CONF_[A-Z]+\([^"]*"[^"]+"' | sed 's/.*"\(.*\)"/\1/')
	text=$(sed -n 's/^| *`\([^`]*\)`.*/\1/p' "$readme" | sed 's/.*\.//')
	for key in $code; do
		echo "$text" | grep -qxF -- "$key" || { echo "$readme: no row for $key"; bad=1; }
	done
	in_code=$(echo "$code" | awk '!seen[$0]++' | while read -r key; do echo "$text" | grep -qxF -- "$key" && echo "$key"; done)
	in_text=$(echo "$text" | awk '!seen[$0]++' | while read -r key; do echo "$code" | grep -qxF -- "$key" && echo "$key"; done)
	[ "$in_code" = "$in_text" ] || { echo "$readme: the order of keys is not that of $conf: $in_code"; bad=1; }
done
exit $bad
