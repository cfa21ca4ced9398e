# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # the tests use the variables
#
# What the namespace tests are written with. tests/README.md tells how to write one.
#
# A test has a host of its own, a network namespace that setup() makes; nothing in it is another test's.
# tests/run starts every file with private /run and /var/lib/cni, so nothing here reaches the machine.
#
#   host COMMAND…             runs a command in the test's host
#   new_container NAME        makes a namespace and selects it: sets $netns, $id, $ifname; QUICK_DAD=1
#   in_container NAME COMMAND…
#   conf FILE [FILTER [TYPE]] one plugin's configuration out of conf/FILE.conflist
#   cni VERB PLUGIN [VAR=VALUE…] <CONFIGURATION
#                             runs a plugin; sets $status, $stdout, $stderr
#   add, del, check           the same, failing the test unless it succeeds
#   terminated VERB PLUGIN    the same, with SIGTERM before it has read its configuration
#   assert_…                  fail the test and say why
#   wait_until SECONDS COMMAND…
#   snapshot_host, assert_unchanged

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
[[ $BUILD == /* ]] || BUILD=$ROOT/$BUILD
BIN=${CNI_BIN:-$BUILD/san/bin}       # what is tested
PLAIN_BIN=${CNI_PLAIN_BIN:-$BUILD/bin} # without sanitizers: for strace and memory limits
REFERENCE_BIN=${CNI_REFERENCE_BIN:-/usr/lib/cni}

# How many times longer than on a quiet machine a wait may take before it is in vain. A wait ends with what it waits for, so
# that this costs time only where a test fails.
PATIENCE=${PATIENCE:-4}

# A leak or an overflow ends the plugin with a status that no plugin has.
readonly SANITIZER_STATUS=86
export ASAN_OPTIONS="exitcode=$SANITIZER_STATUS:detect_leaks=1:abort_on_error=0"
export UBSAN_OPTIONS="print_stacktrace=1:exitcode=$SANITIZER_STATUS"
export LSAN_OPTIONS="exitcode=$SANITIZER_STATUS"

# jq 1.6 takes 20 ms to start, and that was most of what the tests took; gojq 2 ms. It sorts keys, so what is about their
# order is left to jq.
jq() {
	case " $* " in
	*keys_unsorted* | *" --indent "* | *" -S "* | *" -"[a-z]"S "* | *" --sort-keys "*) command jq "$@" ;;
	*) gojq "$@" ;;
	esac
}

# ---- the test's host and its containers

setup_host() {
	HOST=host-$BATS_TEST_NUMBER
	ip netns add "$HOST"
	host ip link set lo up
	data_dir=$BATS_TEST_TMPDIR/leases
	id=c1 ifname=eth0 netns='' args='' cni_path=$BIN
}

teardown_host() {
	local name

	for name in /run/netns/*; do
		[[ ! -e $name ]] || ip netns delete "${name##*/}" 2>/dev/null || rm -f "$name"
	done
}

# bats calls these; a file that needs more defines its own and calls the two above.
setup() {
	setup_host
}

teardown() {
	teardown_host
}

host() {
	nsenter --net="/run/netns/$HOST" -- "$@"
}

in_container() {
	local name=$1

	shift
	nsenter --net="/run/netns/$name" -- "$@"
}

# In this namespace addresses are tentative for a moment only, since the kernel has no question to ask; otherwise whoever waits for them
# does so one to two seconds.
quick_dad() {
	in_container "$1" sysctl -qw net.ipv6.conf.default.{dad_transmits,router_solicitation_delay}=0
}

# A namespace called NAME, as runtimes make them: with lo down; QUICK_DAD=1 makes it one with quick_dad.
new_container() {
	ip netns add "$1"
	[[ -z ${QUICK_DAD:-} ]] || quick_dad "$1"
	use_container "$1"
}

# Later cni calls are about this container, whose id is its name.
use_container() {
	id=$1
	ifname=eth0
	netns=/run/netns/$1
}

# has_link_local COMMAND… LINK: whether IPv6 works on a link of the namespace that the command enters
has_link_local() {
	"${@:1:$#-1}" ip -6 -o addr show dev "${!#}" scope link -tentative | grep -q .
}

# A namespace "outside" behind a router port of the host: 192.0.2.1 and 2001:db8::1 are the host,
# 192.0.2.2 and 2001:db8::2 the outside, which has no route back to any container.
new_outside() {
	ip netns add outside
	host ip link add uplink type veth peer name eth0 netns outside
	host ip addr add 192.0.2.1/24 dev uplink
	host ip addr add 2001:db8::1/64 dev uplink nodad
	# Their link-local addresses are usable at once, or neighbours could not be asked for on behalf of containers.
	host sysctl -qw net.ipv6.conf.uplink.accept_dad=0
	host ip link set uplink up
	in_container outside ip link set lo up
	in_container outside ip addr add 192.0.2.2/24 dev eth0
	in_container outside ip addr add 2001:db8::2/64 dev eth0 nodad
	in_container outside sysctl -qw net.ipv6.conf.eth0.accept_dad=0
	in_container outside ip link set eth0 up
	# A neighbour that is asked for before is not found, and asked for again a second later only.
	wait_until 5 has_link_local host uplink
	wait_until 5 has_link_local in_container outside eth0
	host ip route add default via 192.0.2.2
	host ip route add default via 2001:db8::2
}

# ---- configurations

# The configuration that a runtime would send for the first plugin of conf/FILE.conflist, or for the first of
# the TYPE, with leases in the test's own directory. FILTER is a jq program that changes it. Examples are of version
# 1.0.0, which every runtime knows; those whose tests are about all verbs are asked for in the newest version.
conf() {
	jq --arg type "${3:-}" --arg dir "$data_dir" '
		. as $list
		| first(.plugins[] | select($type == "" or .type == $type))
		| .name = $list.name
		| .cniVersion = (if ["containers", "layer2", "loopback"] | index($list.name) then "1.1.0" else $list.cniVersion end)
		| if .ipam.type? == "host-local" then .ipam.dataDir = $dir else . end
		| '"${2:-.}" "$ROOT/conf/$1.conflist"
}

# ---- calling plugins

# Runs PLUGIN in the host with nothing in its environment but the given variables. Exact output stays in
# $stdout_file and $stderr_file. STDOUT=FILE sends the output there instead; CLOSED='<&- >&-' starts the
# plugin with these descriptors closed, or otherwise redirected.
run_plugin() {
	local plugin=$1 start=()

	shift
	stdout_file=$BATS_TEST_TMPDIR/stdout
	stderr_file=$BATS_TEST_TMPDIR/stderr
	status=0
	: >"$stdout_file"
	[[ -z ${CLOSED:-} ]] || start=(/bin/sh -c "exec \"\$0\" $CLOSED")
	host timeout --kill-after=5 "${PLUGIN_TIMEOUT:-60}" env -i \
		ASAN_OPTIONS="$ASAN_OPTIONS" UBSAN_OPTIONS="$UBSAN_OPTIONS" LSAN_OPTIONS="$LSAN_OPTIONS" \
		"$@" "${start[@]}" "$BIN/$plugin" >"${STDOUT:-$stdout_file}" 2>"$stderr_file" || status=$?
	read_output
	if [[ $status == "$SANITIZER_STATUS" || $stderr == *Sanitizer:* || $stderr == *"runtime error:"* ]]; then
		fail_because "a sanitizer stopped $plugin"
	fi
}

# The shell leaves out zero bytes, and would say so.
read_output() {
	{
		stdout=$(<"$stdout_file")
		stderr=$(<"$stderr_file")
	} 2>/dev/null
}

# The call a runtime makes. Other variables given as arguments come last, so they win; an empty one counts as unset.
cni() {
	local verb=$1 plugin=$2

	shift 2
	run_plugin "$plugin" CNI_COMMAND="$verb" CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME="$ifname" \
		CNI_ARGS="$args" CNI_PATH="$cni_path" "$@"
}

# For calls that succeed: `add bridge <<<"$c"`.
add() {
	cni ADD "$@"
	assert_success
}

del() {
	cni DEL "$@"
	assert_success
	assert_eq "$stdout" "" "what DEL prints"
}

check() {
	cni CHECK "$@"
	assert_success
	assert_eq "$stdout" "" "what CHECK prints"
}

# The configuration for CHECK and DEL: CONFIGURATION with the last ADD's result in it.
with_result() {
	jq --argjson result "${2:-$stdout}" '.prevResult = $result' <<<"$1"
}

holds_signals() {
	(($(sed -n 's/^SigBlk:\t/0x/p' "/proc/$1/status") & 1 << 14))
}

# terminated VERB PLUGIN <CONFIGURATION: SIGTERM as soon as the plugin holds it back, which is before it reads its configuration.
terminated() {
	local verb=$1 plugin=$2 pid

	stdout_file=$BATS_TEST_TMPDIR/stdout
	mkfifo "$BATS_TEST_TMPDIR/in"
	# No function, so that $! is the program itself.
	nsenter --net="/run/netns/$HOST" -- env -i CNI_COMMAND="$verb" CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME="$ifname" CNI_PATH="$BIN" \
		"$BIN/$plugin" <"$BATS_TEST_TMPDIR/in" >"$stdout_file" 2>"$BATS_TEST_TMPDIR/stderr" 3>&- &
	pid=$!
	exec 5>"$BATS_TEST_TMPDIR/in"
	wait_until 10 holds_signals "$pid"
	kill -TERM "$pid"
	cat >&5
	exec 5>&-
	status=0
	wait "$pid" || status=$?
	rm "$BATS_TEST_TMPDIR/in"
	stdout=$(<"$stdout_file") stderr=$(<"$BATS_TEST_TMPDIR/stderr")
}

# An IPAM plugin (or any other) made of shell: `fake_plugin NAME <<'EOS'`. It finds its stdin in $in and appends
# its verb to the file $log.
fake_plugin() {
	local dir=$BATS_TEST_TMPDIR/fake

	mkdir -p "$dir"
	fake_log=$BATS_TEST_TMPDIR/$1.log
	fake_in=$BATS_TEST_TMPDIR/$1.in
	: >"$fake_log"
	{
		printf '#!/bin/sh\nlog=%q in=%q\n' "$fake_log" "$fake_in"
		# shellcheck disable=SC2016 # for the plugin to expand
		printf 'cat >"$in"\nenv >"$in.env"\necho "$CNI_COMMAND" >>"$log"\n'
		cat
	} >"$dir/$1"
	chmod 755 "$dir/$1"
	cni_path=$dir:$BIN
}

# ---- assertions

fail_because() {
	{
		echo "$*"
		echo "status: ${status:-}"
		echo "stdout: ${stdout:-}"
		echo "stderr: ${stderr:-}"
	} >&2
	return 1
}

assert_success() {
	[[ $status == 0 ]] || fail_because "the plugin failed"
}

# assert_error CODE [FRAGMENT]: one error object and nothing else, with FRAGMENT in its msg.
assert_error() {
	local answer

	[[ $status == 1 ]] || fail_because "expected exit status 1"
	answer=$(jq -r -s 'length, (.[0].code | tojson), .[0].msg' "$stdout_file") || fail_because "jq cannot read stdout"
	[[ $answer == "1"$'\n'* ]] || fail_because "expected one JSON object on stdout"
	answer=${answer#*$'\n'}
	assert_eq "${answer%%$'\n'*}" "$1" "code"
	[[ ${answer#*$'\n'} == *"${2:-}"* ]] || fail_because "expected in msg: $2"
}

# assert_error_is CODE MSG [DETAILS]: exactly these, and nothing on stderr.
assert_error_is() {
	assert_error "$1"
	# The dot keeps line ends.
	assert_eq "$(jq -r '.msg + "."' "$stdout_file")" "$2." "msg"
	if (($# > 2)); then
		assert_eq "$(jq -r '.details + "."' "$stdout_file")" "$3." "details"
	fi
	assert_eq "$stderr" "" "stderr"
}

# assert_eq ACTUAL EXPECTED [WHAT]
assert_eq() {
	[[ $1 == "$2" ]] || fail_because "${3:-value}
expected: $2
actual:   $1"
}

# assert_match ACTUAL REGULAR-EXPRESSION [WHAT]
assert_match() {
	[[ $1 =~ $2 ]] || fail_because "${3:-value}
expected to match: $2
actual:            $1"
}

# assert_json FILTER EXPECTED [JQ-OPTION…]: about $stdout; both sides are JSON.
assert_json() {
	local filter=$1 expected=$2 actual

	shift 2
	actual=$(jq -c "$@" "$filter" "$stdout_file") || fail_because "jq cannot read stdout"
	[[ $actual != "$expected" ]] || return 0
	expected=$(jq -c . <<<"$expected")
	[[ $actual == "$expected" ]] || fail_because "$filter
expected: $expected
actual:   $actual"
}

# `refute COMMAND…`: bats ignores a plain `! command`. A ping that is to fail waits for a second only; one that is to
# succeed has time, so that a busy machine does not fail it.
refute() {
	local PING_SECONDS=1

	if "$@"; then
		fail_because "expected to fail: $*"
	fi
}

# wait_until SECONDS COMMAND…: polls until the command succeeds. A busy machine gets PATIENCE times as long.
wait_until() {
	local deadline=$((${EPOCHREALTIME/./} + $1 * PATIENCE * 1000000)) PING_SECONDS=1

	shift
	until "$@" >/dev/null 2>&1; do
		if ((${EPOCHREALTIME/./} >= deadline)); then
			fail_because "in vain: $*"
			return 1 # where errexit is off, as in a condition
		fi
		sleep 0.01
	done
}

# Milliseconds of a clock, to take differences of.
now_ms() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# Milliseconds of processor time that the caller's ended children have had, for `$(cpu_ms)`: a busy machine does not change it.
cpu_ms() {
	local stat

	read -ra stat <"/proc/$BASHPID/stat"
	read -ra stat <"/proc/${stat[3]}/stat"
	echo $(((stat[15] + stat[16]) * 10)) # the kernel tells hundredths of a second
}

# ---- what exists

# All that an attachment can leave behind on the host, as text: links, addresses, routes, rules, leases. Left out is
# what differs when nothing else does: indexes, counters, handles, times, and what comes and goes with the carrier.
host_state() {
	local clean='walk(if type == "object" then del(.ifindex, .link_index, .link_netnsid, .handle, .packets, .bytes, .operstate,
			.valid_life_time, .preferred_life_time, .topology_change, .topology_change_detected)
		| with_entries(select(.key | endswith("_timer") | not)) else . end)'

	echo "# links"
	host ip -j -d link | jq -c "$clean | .[] | .flags -= [\"NO-CARRIER\", \"LOWER_UP\"]"
	echo "# addresses"
	host ip -j addr | jq -c "$clean | .[] | [.ifname, (.addr_info[] | select(.scope != \"link\"))]"
	echo "# routes"
	{
		host ip -j -4 route show table all
		host ip -j -6 route show table all
	} | jq -c "$clean | .[] | del(.flags) | select(.dst | test(\"^(fe80|ff00)\") | not)"
	echo "# nftables"
	host nft -j list ruleset | jq -c ".nftables | $clean | .[] | select(.metainfo | not)"
	echo "# leases"
	if [[ -d $data_dir ]]; then
		(cd "$data_dir" && find . -type f ! -name 'last_reserved_ip.*' ! -name lock | sort | xargs -r grep -H '')
	fi
}

snapshot_host() {
	host_state >"$BATS_TEST_TMPDIR/before"
}

state_is_as_before() {
	host_state >"$BATS_TEST_TMPDIR/after"
	cmp -s "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

# The host is as it was at snapshot_host. The kernel may need a moment to take a deleted namespace's links away.
assert_unchanged() {
	local deadline=$(($(now_ms) + 5000 * PATIENCE))

	until state_is_as_before; do
		if (($(now_ms) > deadline)); then
			diff -u "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after" >&2 || fail_because "the host has changed"
			return
		fi
		sleep 0.02
	done
}
