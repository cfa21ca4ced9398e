# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A container runtime's part of CNI in shell: calls the plugins of $LIST, in order on ADD and CHECK, in
# reverse on DEL, and keeps the results in $RESULTS. For the demo and for `make try`.

BIN=$(cd "${BUILD:-build}/bin" && pwd)
RESULTS=$(mktemp -d /run/cni/results.XXXXXX)

in_container() {
	ip netns exec "$@"
}

# call VERB CONTAINER PLUGIN-INDEX [PREVIOUS-RESULT-FILE]
call() {
	local verb=$1 name=$2 index=$3 previous=${4:-/dev/null} request plugin

	if [[ ! -e $previous ]]; then
		echo "$name has no result: add $name first" >&2
		return 1
	fi
	request=$(jq --argjson i "$index" --slurpfile previous "$previous" '
		. as $list | .plugins[$i]
		| .name = $list.name | .cniVersion = $list.cniVersion
		| if $previous != [] then .prevResult = $previous[0] else . end' "$LIST") || return
	plugin=$(jq -r .type <<<"$request")
	CNI_COMMAND=$verb CNI_CONTAINERID=$name CNI_NETNS=/run/netns/$name CNI_IFNAME=eth0 CNI_PATH=$BIN \
		"$BIN/$plugin" <<<"$request"
}

plugins() {
	seq 0 $(($(jq '.plugins | length' "$LIST") - 1))
}

# Each prints the plugin's error object and fails when a plugin fails.
add() {
	local name=$1 i

	if [[ ! -e $LIST ]]; then
		echo "no such file: $LIST" >&2
		return 1
	fi
	rm -f "$RESULTS/$name"
	for i in $(plugins); do
		call ADD "$name" "$i" "$([[ ! -e $RESULTS/$name ]] || echo "$RESULTS/$name")" >"$RESULTS/$name.new" || {
			cat "$RESULTS/$name.new"
			return 1
		}
		mv "$RESULTS/$name.new" "$RESULTS/$name"
	done
}

check() {
	local i

	for i in $(plugins); do
		call CHECK "$1" "$i" "$RESULTS/$1" || return
	done
}

del() {
	local i

	for i in $(plugins | tac); do
		call DEL "$1" "$i" "$([[ ! -e $RESULTS/$1 ]] || echo "$RESULTS/$1")" || return
	done
}
