# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # the tests use the variables
#
# What the runtime tests are written with, on top of what the namespace tests have (tests/netns/helpers.bash).
# Here the programs without sanitizers run, those that are installed.
#
#   plugin_dir NAME PROGRAM…      makes a folder of plugins; prints where
#   our_plugins TYPE…             one with just these of ours
#   list FILE [FILTER]            a conflist of conf/, with leases in the test's own folder
#   serve NAMESPACE WORD PORT     a server that answers with the word, TCP and UDP, IPv4 and IPv6
#   assert_answers WORD PORT ADDRESS NAMESPACE…
#                                 asking there, TCP and UDP, from all these gets the word
#   snapshot_dump, assert_dump_unchanged
#                                 snapshot_host and assert_unchanged with connection tracking

ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
INTEROP=$ROOT/tests/interop
# shellcheck source=tests/netns/helpers.bash
BATS_TEST_DIRNAME=$ROOT/tests/netns source "$ROOT/tests/netns/helpers.bash"

OURS=$PLAIN_BIN
REFERENCE=$REFERENCE_BIN

plugin_dir() {
	local dir=$BATS_TEST_TMPDIR/$1 program

	shift
	mkdir -p "$dir"
	for program; do
		[[ -x $program ]] || fail_because "there is no $program"
		ln -s "$program" "$dir/"
	done
	echo "$dir"
}

our_plugins() {
	plugin_dir ours "${@/#/$OURS/}"
}

list() {
	jq --arg dir "$data_dir" '(.plugins[].ipam? | select(.type? == "host-local").dataDir) = $dir
		| '"${2:-.}" "$ROOT/conf/$1.conflist"
}

# ---- traffic

serve() {
	local namespace=$1 word=$2 port=$3 socket

	for socket in "TCP6-LISTEN:$port,fork,reuseaddr,ipv6only=0" "UDP6-RECVFROM:$port,fork,ipv6only=0"; do
		nsenter --net="/run/netns/$namespace" -- socat -t 10 "$socket" "SYSTEM:read question; echo $word" 3>&- &
		servers+=($!)
	done
	wait_until 5 serves "$namespace" "$port"
}

serves() {
	[[ $(in_container "$1" ss -Hlntu "sport = :$2" | wc -l) == 2 ]]
}

stop_servers() {
	((${#servers[@]} == 0)) || kill "${servers[@]}" || true
	servers=()
}

# ask NAMESPACE PROTOCOL ADDRESS PORT: prints the answer.
ask() {
	in_container "$1" timeout 10 bash -c 'exec 9<>"/dev/$0/$1/$2"; echo hello >&9; dd bs=1500 count=1 status=none <&9' \
		"$2" "$3" "$4"
}

assert_answers() {
	local word=$1 port=$2 address=$3 namespace protocol

	shift 3
	for namespace; do
		for protocol in tcp udp; do
			assert_eq "$(ask "$namespace" "$protocol" "$address" "$port")" "$word" \
				"answer to $namespace from $protocol $address port $port"
		done
	done
}

# ---- what exists

# Without times, and without the group memberships that a new bridge announces.
connections() {
	{
		host conntrack -L
		host conntrack -L -f ipv6
	} 2>/dev/null | sed -E 's/^([a-z0-9]+ +[0-9]+) [0-9]+ /\1 /' | grep -vE 'dst=(224\.|ff0)' | sort -u
}

# Addresses of the reference's bridges and links are tentative for their first second.
host_dump() {
	host_state | sed 's/,"tentative":true//'
	if [[ -z ${ignore_connections:-} ]]; then
		echo "# connections"
		connections
	fi
}

snapshot_dump() {
	host_dump >"$BATS_TEST_TMPDIR/before"
}

dump_is_as_before() {
	host_dump >"$BATS_TEST_TMPDIR/after"
	cmp -s "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

# What connection tracking remembers may take the kernel a moment to forget, like links of a deleted namespace.
assert_dump_unchanged() {
	local deadline=$(($(now_ms) + 3000))

	until dump_is_as_before; do
		if (($(now_ms) > deadline)); then
			diff -u "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after" >&2 || fail_because "the host has changed"
			return
		fi
		sleep 0.1
	done
}
