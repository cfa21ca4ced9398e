#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Manual pages: a page is called CNI-NAME, so that it hides no other program's, such as iproute2's BRIDGE(8); groff has nothing to say
# of it; and its EXAMPLES are the file of conf/ that has the plugin, which tests load, and a command that uses it.
# `sh tests/lint/manual.sh --write` puts the examples in anew.
set -u
cd "$(dirname "$0")/../.." || exit
wanted=${1:-}
bad=0

complain() {
	echo "$*"
	bad=1
}

# The file that shows the plugin.
file_of() {
	case $1 in
	bridge) echo 10-bridge ;;
	host-local) echo 11-bridge-ipv4 ;;
	portmap) echo 30-containerd ;;
	ptp) echo 20-kindnet ;;
	*) find conf -maxdepth 1 -name "[0-9]*-$1.conflist" | sed 's,.*/,,; s,\.conflist$,,' | grep -x "[0-9]*-$1" ;;
	esac
}

escaped() {
	sed 's/\\/\\e/g; s/-/\\-/g'
}

# A command, with the network's name.
command_of() {
	case $1 in
	portmap | firewall) echo "cnitool run -p 8080:80 $2 -- nc -l -N 80" ;;
	tuning) echo "cnitool run $2 -- sysctl -a" ;;
	bandwidth) echo "cnitool run $2 -- nsenter -t 1 -n tc -s qdisc" ;;
	sbr) echo "cnitool run $2 -- ip rule" ;;
	loopback) echo "cnitool run -i lo $2 -- ping -c 1 127.0.0.1" ;;
	*) echo "cnitool run $2 -- ip addr" ;;
	esac
}

static_list() {
	cat <<'END'
{
  "cniVersion": "1.0.0",
  "name": "chosen",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "br-chosen",
      "ipam": {
        "type": "static",
        "addresses": [{ "address": "10.47.0.7/24", "gateway": "10.47.0.1" }],
        "routes": [{ "dst": "0.0.0.0/0" }]
      }
    }
  ]
}
END
}

# The section for a plugin.
examples() {
	file=$(file_of "$1")
	echo .SH EXAMPLES
	if [ -n "$file" ]; then
		printf 'A list for \\fI/etc/cni/net.d\\fR; it is \\fIconf/%s.conflist\\fR.\n' "$(echo "$file" | escaped)"
		list=$(cat "conf/$file.conflist")
	else
		printf 'A list for \\fI/etc/cni/net.d\\fR.\n'
		list=$(static_list)
	fi
	printf '.PP\n.EX\n%s\n.EE\n.PP\n' "$(echo "$list" | escaped)"
	printf 'A container on it, by hand:\n.PP\n.EX\n'
	command_of "$1" "$(echo "$list" | sed -n 's/^  "name": "\(.*\)",$/\1/p')" | escaped
	echo .EE
}

# The page of a plugin, with its examples before EXIT STATUS.
with_examples() {
	examples "$1" >"$scratch/examples"
	awk -v examples="$scratch/examples" '
		/^\.SH / { skipped = /^\.SH EXAMPLES/ }
		/^\.SH EXIT STATUS/ { while ((getline line <examples) > 0) print line }
		!skipped
	' "docs/man/cni-$1.8"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for page in docs/man/cni-*.8; do
	name=$(basename "$page" .8)
	title=$(echo "$name" | tr '[:lower:]' '[:upper:]')
	grep -q "^\.TH $title 8 " "$page" || complain "$page: the title is not $title"
	with_examples "${name#cni-}" >"$scratch/page"
	if [ "$wanted" = --write ]; then
		cp "$scratch/page" "$page"
	else
		cmp -s "$scratch/page" "$page" || complain "$page: the examples are not those of conf/: run sh tests/lint/manual.sh --write"
	fi
done
grep -q '^\.SH EXAMPLES' docs/man/cnitool.1 || complain "docs/man/cnitool.1 has no EXAMPLES"
said=$(for page in docs/man/*; do groff -man -Tutf8 -ww -z "$page" 2>&1; done)
[ -z "$said" ] || complain "$said"
exit $bad
