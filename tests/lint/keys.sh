#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# libcni/types/key_table.c has each key that the tables of struct conf_key in plugins read, with its type and default. The README of a
# program and its manual page list the keys in the order of these: rows that begin with | `key` | or | `object.key` |, and lines
# `.B key` in the section CONFIGURATION, with no other default. Keys of objects in a list may stand in the object's row, as "key". Other
# rows, about shared keys, may stand anywhere; but what the page names without a dot is a key.
# docs/configuration.md is made of the table: `sh tests/lint/keys.sh --write` makes it anew.
set -u
cd "$(dirname "$0")/../.." || exit
wanted=${1:-}
page=docs/configuration.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bad=0

# type|where|name|type of the value|default|example|meaning, a tab between
sed -n '/^const struct key_place/,/^};/p' libcni/types/key_table.c | awk '
	/^\t\{ / { split($0, part, "\""); type = /KEYS_OF_LIST/ ? "" : part[2]; where = /KEYS_OF_LIST/ ? part[2] : part[4] }
	/^\t  ".*\|/ {
		sub(/^\t  "/, ""); sub(/\\n",?$/, ""); gsub(/\\"/, "\"")
		split($0, field, "|")
		print type "\t" where "\t" field[1] "\t" field[2] "\t" field[3] "\t" field[4] "\t" field[5]
	}' >"$scratch/table"

# plugin|key|CONF_TYPE|default, a tab between, in the order of the tables that the plugin reads by; those of ranges are the library's
for conf in plugins/*/*conf.c ipam/*/*conf.c; do
	grep -q 'static const struct conf_key' "$conf" || continue
	name=$(basename "$(dirname "$conf")")
	set -- "$conf"
	! grep -q 'lease/range_conf.h' "$conf" || set -- libcni/lease/range_conf.c "$conf"
	sed -n '/static const struct conf_key [a-z_]*\[\] = {/,/};/p' "$@" | tr -d '\n\t' | grep -oE 'CONF_[A-Z]+\([^"]*"[^"]+"[^)]*\)' |
		sed -E "s/^CONF_([A-Z]+)\([^\"]*\"([^\"]+)\",? *([^,)]*).*/$name\t\2\t\1\t\3/"
	for file in "$(dirname "$conf")/README.md" "docs/man/cni-$name.8"; do
		[ -e "$file" ] || { echo "$file is missing"; bad=1; }
	done
done >"$scratch/code"

set --
for name in $(cut -f 1 "$scratch/code" | uniq); do
	set -- "$@" plugins/"$name"/README.md ipam/"$name"/README.md docs/man/cni-"$name".8
done
for file in "$@"; do [ ! -e "$file" ] || echo "$file"; done | xargs awk -F '\t' '
	function complain(text) { print text; bad = 1 }
	function plain(text) { gsub(/[`"]|\\f[BIR]/, "", text); gsub(/^ +| +$/, "", text); return text }
	# Whether a page may call `said` what the table calls `meant`: numbers and truths must be the same.
	function agrees(said, meant) {
		if (meant ~ /^"/ && said != "") return said == plain(meant) || meant !~ /^"[a-z]/
		if (meant ~ /^(true|false|[0-9]+)$/ || said ~ /^(true|false|[0-9]+)$/) return said == meant || (said == "" && meant != "true")
		return 1
	}
	# The keys of the code stand in the page, in its order.
	function finish(name,    i, key, at, last) {
		for (i = 1; i <= count[name]; i++) {
			key = code[name, i]
			if (!(key in place)) {
				if (!index(whole, "\"" key "\"")) complain(file ": no row for " key)
				continue
			}
			if (place[key] < last && !(key in twice)) complain(file ": " key " does not stand where the code has it")
			last = place[key]
		}
	}
	FILENAME ~ /\/table$/ { if (!($1 SUBSEP $3 in type)) { type[$1, $3] = $4; meant[$1, $3] = $5 } next }
	FILENAME ~ /\/code$/ {
		kind["STRING"] = "text"; kind["BOOL"] = "bool"; kind["INT"] = kind["LONG"] = "number"; kind["OBJECT"] = "object"; kind["LIST"] = kind["STRINGS"] = "list"
		if (seen[$1, $2]++) next
		code[$1, ++count[$1]] = $2
		if (!($1 SUBSEP $2 in type)) complain("libcni/types/key_table.c: " $2 " of " $1 " is missing")
		else if (type[$1, $2] != kind[$3]) complain("libcni/types/key_table.c: " $2 " of " $1 " is not a " type[$1, $2])
		else if ($3 == "BOOL" && meant[$1, $2] ~ /^(true|false)$/ && meant[$1, $2] != $4) complain("libcni/types/key_table.c: " $2 " of " $1 " is " $4 " by default")
		else if ($4 ~ /^([1-9][0-9]*|".+")$/ && meant[$1, $2] != $4) complain("libcni/types/key_table.c: " $2 " of " $1 " is " $4 " by default")
		next
	}
	FNR == 1 {
		if (file) finish(name)
		file = FILENAME; whole = ""; section = 0; split("", place); split("", twice)
		name = file; if (name ~ /\.8$/) { sub(/.*\/cni-/, "", name); sub(/\.8$/, "", name) } else { sub(/\/README.md$/, "", name); sub(/.*\//, "", name) }
	}
	{ whole = whole $0 "\n" }
	file ~ /README/ && /^\| *`/ {
		split($0, column, "|")
		key = plain(column[2]); sub(/.*\./, "", key)
		if (!(name SUBSEP key in type)) next
		if (key in place) twice[key] = 1
		else place[key] = FNR
		if (!agrees(plain(column[3]), meant[name, key])) complain(file ": " key " is " meant[name, key] " by default")
		next
	}
	/^\.SH / { section = /^\.SH CONFIGURATION/ }
	section && /^\.B / {
		key = $0; sub(/^\.B /, "", key)
		if (key !~ /\./ && !(name SUBSEP key in type)) complain(file ": " name " has no key " key)
		sub(/.*\./, "", key)
		if (key in place) twice[key] = 1
		else place[key] = FNR
		next
	}
	section && match($0, /Default: .*/) {
		said = plain(substr($0, RSTART + 9)); sub(/[.,;].*/, "", said)
		if (said ~ /^(true|false|[0-9]+)$/ && !agrees(said, meant[name, key])) complain(file ": " key " is " meant[name, key] " by default")
	}
	END { finish(name); exit bad }
' "$scratch/table" "$scratch/code" || bad=1

page() {
	cat <<'END'
# Configuration

Every key of every plugin: its type, what it is when it is left out, and an example. A plugin tells the same of itself: `/opt/cni/bin/bridge --help`. Whole
configurations are in [`conf/`](../conf), and the README of each plugin says what it makes of them. Letter case does not matter, as with
the reference. A key that stands nowhere here changes nothing; ADD, `cnitool list` and `cnitool doctor` name it, and the one that was most likely meant.
This page is made of `libcni/types/key_table.c` by `sh tests/lint/keys.sh --write`.

A file ends in `.conflist` and is a list: some keys, and the plugins in the order in which they are called. Runtimes take the first
file of `/etc/cni/net.d` by name. This one publishes ports of containers on a bridge, and works with Debian 12's containerd and podman:

END
	sed 's/^/    /' conf/30-containerd.conflist
	cat <<'END'

Keys that every plugin has beside its own:

| key | type | default | example | meaning |
| --- | --- | --- | --- | --- |
| `type` | text | required | `"bridge"` | the plugin: the name of a file in `/opt/cni/bin` |
| `ipam` | object | none | `{"type": "host-local", "subnet": "10.9.0.0/24"}` | who gives the addresses: host-local, dhcp or static, with its keys |
| `dns` | object | the IPAM plugin's | `{"nameservers": ["10.9.0.1"]}` | DNS of the result: `nameservers`, `domain`, `search`, `options` |
| `capabilities` | object | none | `{"portMappings": true}` | what the runtime may add to `runtimeConfig` |
| `runtimeConfig` | object | none | `{"portMappings": [{"hostPort": 8080, "containerPort": 80}]}` | written by the runtime for each container |
| `args` | object | none | `{"cni": {"ips": ["10.9.0.7"]}}` | written by some runtimes for each container |
| `log` | text | none | `"journal"` | a line of each call: journal, syslog or a file; [observability.md](observability.md) tells more |
| `cniVersion`, `name` | text | the list's | `"1.0.0"` | put in by the runtime; only who calls a plugin by hand writes them |
| `prevResult` | object | none | | put in by the runtime: what the plugins before answered |

The lines with `[]` in their titles are of objects in a list.
END
	awk -F '\t' '
		function code(text) { gsub(/\|/, "\\|", text); return "`" text "`" }
		FNR == 1 || $1 != type || $2 != where {
			if (FNR == 1) print "\n## A list"
			else if ($1 != type) print "\n## " $1
			if ($2 != "") print "\nIn `" $2 "`:"
			print "\n| key | type | default | example | meaning |\n| --- | --- | --- | --- | --- |"
			type = $1; where = $2
		}
		{ print "| `" $3 "` | " ($4 == "bool" ? "true or false" : $4) " | " ($5 ~ /^("|true$|false$|[0-9]+$)/ ? code($5) : $5) " | " code($6) " | " $7 " |" }
	' "$scratch/table"
	printf '\ndummy and loopback have no keys of their own.\n'
}

page >"$scratch/page"
if [ "$wanted" = --write ]; then
	cp "$scratch/page" "$page"
elif ! cmp -s "$scratch/page" "$page"; then
	echo "$page is not what libcni/types/key_table.c says: run sh tests/lint/keys.sh --write"
	bad=1
fi
exit $bad
