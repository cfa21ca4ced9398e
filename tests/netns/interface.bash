# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # helpers.bash sets the variables
#
# What tests of plugins with one interface ask about it, beside helpers.bash.

link_of() {
	in_container "$1" ip -j -d link show dev eth0
}

# has FILTER: about the eth0 of the selected container
has() {
	link_of "$id" | jq -e ".[0] | $1" >/dev/null || fail_because "$1: $(link_of "$id")"
}

reaches() {
	in_container "$1" ping -c 1 -W "${PING_SECONDS:-10}" "$2" >/dev/null
}

# address_of RESULT [INDEX]
address_of() {
	jq -r --argjson i "${2:-0}" '.ips[$i].address | split("/")[0]' <<<"$1"
}

# leases FIRST-BYTE: how many addresses are given out that begin so
leases() {
	find "$data_dir" -name "$1.*" 2>/dev/null | wc -l
}

# outside_knows ADDRESS MAC
outside_knows() {
	[[ $(in_container outside ip -j neigh show to "$1" | jq -r '.[0].lladdr') == "$2" ]]
}
