#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# No name of another library is defined here: neither one that it exports, nor any in the space that its names begin with. In a
# static program the linker would take ours for theirs without a word.
set -u
cd "$(dirname "$0")/../.." || exit
BUILD=${BUILD:-build}
LIBRARIES='libnl-3 libnl-route-3 libnftnl libmnl libcjson libdbus-1 libc'
SPACES='nl_|nla_|nlmsg_|nlerr_|rtnl_|genl_|nftnl_|mnl_|cJSON|dbus_|DBus'

ours=$(mktemp) theirs=$(mktemp)
trap 'rm -f "$ours" "$theirs"' EXIT

nm -g --defined-only "$BUILD/libcni.a" "$BUILD/tools/libruntime.a" "$BUILD/parts.a" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u >"$ours"
[ -s "$ours" ] || { echo "$BUILD/libcni.a defines nothing: build it first"; exit 1; }

paths=$(ldconfig -p | awk '{ print $1, $NF }')
for library in $LIBRARIES; do
	file=$(echo "$paths" | awk -v name="$library.so." 'index($1, name) == 1 { print $2; exit }')
	[ -n "$file" ] || { echo "$library is not installed"; exit 1; }
	nm -D --defined-only "$file" | awk '{ sub(/@.*/, "", $NF); print $NF }'
done | sort -u >"$theirs"

bad=$({ comm -12 "$ours" "$theirs"; grep -E "^($SPACES)" "$ours"; } | sort -u)
[ -z "$bad" ] || { printf 'names of other libraries, defined by us:\n%s\n' "$bad"; exit 1; }
