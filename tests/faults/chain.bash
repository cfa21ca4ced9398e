# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # faults.bash uses and sets the variables
#
# Sweeps of whole chains: cnitool runs the plugins of a list, and every system call of cnitool and of all its plugins goes wrong
# once. `sweep VERB NETWORK "$(chain FILE FILTER)"`.

FAULT_STEP=${FAULT_STEP:-250}
load faults

readonly CACHE=/var/lib/cni/results
readonly PORTS='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"},
	{"hostPort": 5300, "containerPort": 53, "protocol": "udp", "hostIP": "192.0.2.1"}]}'

# A list of conf/, changed by a jq program, with leases in the test's folder.
chain() {
	mkdir -p "$BATS_TEST_TMPDIR/net.d"
	jq --arg dir "$data_dir" ".plugins[0].ipam.dataDir = \$dir | ${2:-.}" "$ROOT/conf/$1.conflist" |
		tee "$BATS_TEST_TMPDIR/net.d/chain.conflist"
}

call_of() {
	environment=(NETCONFPATH="$BATS_TEST_TMPDIR/net.d" CNI_PATH="$cni_path" CAP_ARGS="$PORTS")
	words=("$BIN/cnitool" "${1,,}" "$2" "$netns")
}

more_state() {
	find "$CACHE" -type f 2>/dev/null
}

# Errors of cnitool are words on stderr; only ends on the spot are objects, as in plugins.
expect_answer() {
	case $status in
	0)
		[[ $1 != ADD ]] || jq -es 'length == 1 and (.[0] | has("cniVersion"))' >/dev/null 2>&1 <<<"$stdout" ||
			complain "no result"
		;;
	1)
		[[ -z $stdout && -s $BATS_TEST_TMPDIR/stderr || $(jq -s 'map(.code | type)' -c <<<"$stdout") == '["number"]' ]] ||
			complain "no error"
		;;
	*) complain "an end that cnitool has not" ;;
	esac
}

is_refused() {
	grep -q "already" "$BATS_TEST_TMPDIR/stderr"
}

# The death of a plugin is an error like others for cnitool, which undoes what the plugin did. Whoever did not get to see its
# output still has the attachment.
judge_of() {
	local judge=${1##* }

	if [[ $1 != *" 0."* && $judge =~ ^(kill|term|fatal)$ ]]; then
		judge=strict
	elif [[ $judge == mute ]]; then
		judge=unseen
	fi
	echo "$judge"
}

# Without a list of what is valid all go: what is attached is deleted, then the plugins are asked.
prepare_GC() {
	:
}

# The second GC has nothing to collect: a table that the first one emptied and could not delete waits for the next DEL.
expect_collected() {
	expect_clean "the second GC" without_empty_tables
	run_once DEL "$plugin"
	[[ $status == 0 ]] || complain "DEL"
	expect_clean "DEL after GC"
}
