# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # the tests use the variables and functions; helpers.bash sets the others
#
# What tests of cnitool share, beside helpers.bash.
#
#   network NAME [JQ]    writes the configuration of a network
#   tool VERB ARGUMENT…  runs cnitool in the test's host; sets $status, $stdout, $stderr
#   tool_ok …            the same, failing the test unless it succeeds
#   background VERB …    starts it in the background; sets $tool_pid

readonly CACHE=/var/lib/cni/results

# The cache has a fixed place: nothing here may run where it is the machine's.
is_private() {
	[[ $(stat -f -c %T /var/lib) == tmpfs ]]
}

setup_tool() {
	setup_host
	is_private || fail_because "tests/run hides /var/lib/cni; this is the machine's"
	conf_dir=$BATS_TEST_TMPDIR/net.d
	mkdir -p "$conf_dir"
	cnitool=$BIN/cnitool
	tool_environment=()
}

teardown_tool() {
	local pid

	for pid in $(jobs -p); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	teardown_host
	if is_private; then
		rm -rf "$CACHE"
	fi
}

# network NAME [FILTER [FILE-NAME]]: a bridge network with loopback, changed by the jq program.
network() {
	jq -n --arg name "$1" --arg dir "$data_dir" '{cniVersion: "1.1.0", name: $name, plugins: [
		{type: "loopback"},
		{type: "bridge", bridge: "br0", isDefaultGateway: true, ipMasq: true,
		 ipam: {type: "host-local", dataDir: $dir, ranges: [[{subnet: "10.9.0.0/24"}]]}}]} | '"${2:-.}" \
		>"$conf_dir/${3:-$1.conflist}"
}

# $command: ARGUMENT… in the test's host, with the environment that the test says and no other.
make_command() {
	command=(nsenter --net="/run/netns/$HOST" -- env -i PATH="$PATH" ASAN_OPTIONS="$ASAN_OPTIONS"
		UBSAN_OPTIONS="$UBSAN_OPTIONS" LSAN_OPTIONS="$LSAN_OPTIONS" NETCONFPATH="$conf_dir" CNI_PATH="$cni_path"
		"${tool_environment[@]}" "$@")
}

in_tool_environment() {
	local command

	make_command "$@"
	"${command[@]}"
}

tool() {
	stdout_file=$BATS_TEST_TMPDIR/stdout
	stderr_file=$BATS_TEST_TMPDIR/stderr
	status=0
	in_tool_environment timeout --foreground 60 "$cnitool" "$@" >"$stdout_file" 2>"$stderr_file" </dev/null || status=$?
	read_output
	if [[ $status == "$SANITIZER_STATUS" || $stderr == *Sanitizer:* || $stderr == *"runtime error:"* ]]; then
		fail_because "a sanitizer stopped cnitool"
	fi
}

tool_ok() {
	tool "$@"
	assert_success
}

# The selected container joins n; its port 80 is the host's 8080.
port_80='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}'
add_with_port() {
	local tool_environment=(CAP_ARGS="$port_80")

	tool_ok add n "$netns"
}

# tool_fails FRAGMENT VERB…: exit status 1, nothing on stdout, FRAGMENT on stderr.
tool_fails() {
	local fragment=$1

	shift
	tool "$@"
	[[ $status == 1 ]] || fail_because "expected exit status 1"
	assert_eq "$stdout" "" "stdout"
	[[ $stderr == *"$fragment"* ]] || fail_because "expected on stderr: $fragment"
}

# So that $tool_pid is cnitool itself, and signals for it reach it.
background() {
	local command

	make_command "$cnitool" "$@"
	"${command[@]}" >"$BATS_TEST_TMPDIR/background" 2>&1 </dev/null 3>&- &
	tool_pid=$!
}

cached_files() {
	find "$CACHE" -type f 2>/dev/null | wc -l
}

leased() {
	find "$data_dir" -type f -name '[0-9]*.[0-9]*' 2>/dev/null | wc -l
}

# The text format of Prometheus, as strictly as its own parser reads it: for each name HELP, then TYPE, then its lines
# together, none twice.
is_exposition() {
	awk '
		function bad(why) { print FILENAME ":" FNR ": " why ": " $0; failed = 1 }
		/^# HELP [a-z_]+ [^\\]+$/ { if ($3 in help) bad("second HELP"); help[$3]; name = $3; next }
		/^# TYPE [a-z_]+ gauge$/ { if ($3 != name) bad("TYPE of another"); typed[$3]; next }
		/^[a-z_]+({[a-z]+="([^"\\]|\\["\\n])*"(,[a-z]+="([^"\\]|\\["\\n])*")*})? [0-9]+(\.[0-9]+)?$/ {
			match($0, /^[a-z_]+/)
			if (substr($0, 1, RLENGTH) != name || !(name in typed)) bad("a line of another")
			series = $0
			sub(/ [^ ]*$/, "", series)
			if (series in seen) bad("twice")
			seen[series]
			next
		}
		{ bad("no line of the format") }
		END { if (FNR == 0) bad("empty"); exit failed }' "$1"
}
