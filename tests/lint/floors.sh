#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Keeps libcni/README.md true: no include climbs a floor, plugins include nothing of libruntime, every outside thing has one
# home.
set -u
cd "$(dirname "$0")/../.." || exit
bad=0

sources() {
	find libcni plugins ipam tools -name '*.[ch]' | sort
}

complain() {
	[ -z "$1" ] || { printf '%s\n%s\n' "$2" "$1"; bad=1; }
}

# ---- includes: down or sideways

floor_of() {
	case $1 in
	base/*) echo 1 ;;
	types/*) echo 2 ;;
	lease/* | dhcp/*) echo 3 ;;
	net/*) echo 4 ;;
	nft/*) echo 5 ;;
	ovsdb/*) echo 5 ;;
	plugin/*) echo 6 ;;
	host/*) echo 7 ;;
	runtime/*) echo 8 ;;
	*) echo 9 ;;
	esac
}

climbs=$(sources | while read -r file; do
	inner=${file#libcni/}
	inner=${inner#tools/libruntime/}
	from=$(floor_of "$inner")
	case $file in
	libcni/* | plugins/* | ipam/*) libraries=libcni ;;
	*) libraries='libcni tools/libruntime' ;;
	esac
	sed -n 's/^#include "\(.*\)"/\1/p' "$file" | while read -r header; do
		found=
		for library in $libraries; do
			[ ! -e "$library/$header" ] || found=$library
		done
		# A program's own headers stand beside it.
		[ "$from" != 9 ] || [ ! -e "$(dirname "$file")/$header" ] || found=own
		if [ -z "$found" ] || { [ "$from" != 9 ] && [ "$(floor_of "$header")" -gt "$from" ]; }; then
			echo "$file: $header"
		fi
	done
done)
complain "$climbs" 'includes that climb, or are nowhere:'

# ---- one home each

# All code as path:line:text, without comments.
code() {
	sources | xargs -r awk '
		FNR == 1 { comment = 0 }
		{
			text = ""
			rest = $0
			while (rest != "") {
				mark = comment ? "*/" : "/*"
				at = index(rest, mark)
				if (!comment)
					text = text (at ? substr(rest, 1, at - 1) : rest)
				rest = at ? substr(rest, at + 2) : ""
				if (at)
					comment = !comment
			}
			print FILENAME ":" FNR ":" text
		}'
}

# only WHAT PATTERN HOMES: PATTERN is in no file whose path does not match HOMES.
only() {
	complain "$(code | grep -vE "^[^:]*($3)[^:]*:" | grep -E ":[0-9]*:.*($2)")" "$1 outside of $3:"
}

only 'libnl headers' '#include <netlink/' 'libcni/(net|nft)/|libruntime/host/'
only 'libnftnl headers' '#include <libnftnl/' 'libcni/nft/|libruntime/host/'
only 'libmnl headers' '#include <libmnl/' 'libcni/nft/|libruntime/host/'
only 'cJSON headers' '#include <cjson/' 'libcni/types/'
only 'libdbus headers' '#include <dbus/' 'plugins/firewall/bus'
only 'setns()' '\<setns\(' 'libcni/net/netns\.c'
only 'new processes' '\<(fork|vfork|posix_spawnp?|execv[pe]*|execl[pe]*|system|popen|clone3?)\(' 'libcni/plugin/spawn\.c|libruntime/runtime/command\.c|tools/cnitool/inhabitant\.c|tools/bench/'
only 'stdout' '\<(printf|puts|putchar|vprintf)\(|\<stdout\>|\<STDOUT_FILENO\>' 'libcni/(plugin/plugin|plugin/spawn|base/alloc)\.c|tools/'
only 'setenv()' '\<(setenv|putenv|unsetenv)\(' 'libcni/plugin/spawn\.c'
only 'malloc()' '\<(malloc|calloc|realloc|strdup|strndup)\(' 'libcni/base/alloc\.c'
complain "$(code | grep -E ':[0-9]*:[[:space:]]*static [^(]*[=;]' | grep -vE 'static const |[*]const ')" 'static variables that are not const:'

# ---- all files

complain "$(find libcni plugins ipam tools tests .ci \( -name '*.[ch]' -o -name '*.sh' -o -name '*.bash' -o -name '*.bats' -o -name run \) \
	-type f -exec sh -c 'head -n 3 "$1" | grep -q "SPDX-License-Identifier: GPL-2.0-or-later" || echo "$1"' - {} \;)" \
	'no SPDX line:'
complain "$(sources | xargs -r grep -nwE 'TODO|FIXME|XXX|HACK' /dev/null)" 'unfinished:'

exit $bad
