# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # helpers.bash sets the variables
#
# Runs a verb again and again, each time with another of its system calls going wrong, and looks at what is left. What can
# go wrong is found out by listening to one run that goes well (inject.c), so a new step needs no new test.
#
#   sweep VERB PLUGIN CONFIGURATION
#
# FAULT_STEP=1 tries every point, 90 every 90th, beginning with FAULT_FIRST; FAULT_ONLY=regex those whose line matches. A file
# that has many points sets another FAULT_STEP before it loads this one, and after it what is different there: how a verb is
# called, what a container needs before, what else to look at.

load ../netns/helpers

FAULT_STEP=${FAULT_STEP:-90}
INJECT=${INJECT:-$BUILD/tests/faults/inject}
BIN=$PLAIN_BIN # the sanitizers make system calls of their own

setup() {
	setup_host
	cni_path=$BIN
	make_container c1
	trouble=$BATS_TEST_TMPDIR/trouble
	: >"$trouble"
}

# How VERB PLUGIN is called.
call_of() {
	environment=(CNI_COMMAND="$1" CNI_CONTAINERID="$id" CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$cni_path")
	words=("$BIN/$2")
}

# Runs VERB PLUGIN on $configuration. With a third argument, that goes wrong.
run_once() {
	local start=() environment words

	[[ -z ${3:-} ]] || start=("$INJECT" "$3" "$BATS_TEST_TMPDIR/did")
	call_of "$1" "$2"
	status=0
	host timeout --kill-after=5 60 env -i "${environment[@]}" "${start[@]}" "${words[@]}" <<<"$configuration" \
		>"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
	stdout=$(<"$BATS_TEST_TMPDIR/stdout")
}

# What the container has before its first ADD.
furnish() {
	:
}

# new_container, furnished. Containers that exist at the same time may need different configurations.
make_container() {
	new_container "$1"
	furnish
}

configure() {
	cat
}

# What else shows that something was left behind.
more_state() {
	:
}

# All that an attachment may leave behind, without what changes by itself. Shorter than host_state, and much faster.
state() {
	# shellcheck disable=SC2016 # for the inner shell
	host sh -c '
		ip -o link
		ip -o addr
		ip route show table all
		ip -6 route show table all
		nft list ruleset
		cd "$1" 2>/dev/null && find . -type f ! -name "last_reserved_ip.*" ! -name lock | sort | xargs -r grep -H ""
		nsenter --net="$2" ip -o link | grep -v "LOOPBACK"
	' sh "$data_dir" "/run/netns/$id" | sed -E '
		s/^[0-9]+: //; s/@if[0-9]+//; s/,?(NO-CARRIER|LOWER_UP),?//g; s/ state [A-Z]+//; s/ linkdown//
		/fe80::|ff00::/d; s/handle [0-9]+//; s/ tentative//; s/ valid_lft .*//; s/DORMANT,?//'
	more_state
}

complain() {
	printf '%s: %s (status %s)\n  stdout: %s\n  stderr: %s\n' "$point" "$1" "$status" \
		"$(tr -d '\n' <"$BATS_TEST_TMPDIR/stdout" | cut -c 1-300)" "$(tail -c 300 "$BATS_TEST_TMPDIR/stderr")" >>"$trouble"
}

# Tables of ours in which nobody has anything do nothing, and the next DEL of anybody takes them away; nor do the chains that firewall
# has among iptables' own when they are left to jumps, as they are when the kernel says that somebody else uses them.
without_empty_tables() {
	awk '/^table .* cni_/ { table = ""; inside = 1 }
		inside { table = table "\n" $0 }
		inside && /^}/ { if (table ~ /elements/) print table; inside = 0; next }
		/^\tchain CNI-(FORWARD|ADMIN) \{/ { chain = ""; held = 1 }
		held { chain = chain "\n" $0 }
		held && /^\t}/ { if (chain ~ /accept|drop/) print chain; held = 0; next }
		!inside && !held && !/jump CNI-FORWARD$/' | grep -v '^$'
}

# The state is $before. Deleted links may need a moment.
is_clean() {
	local filter=$1 wanted try

	wanted=$($filter <<<"$before")
	for try in 1 2 3 4 5 6; do
		[[ $(state | $filter) != "$wanted" ]] || return 0
		sleep "0.0$((try * 3))"
	done
	return 1
}

# expect_clean WHAT [FILTER]
expect_clean() {
	is_clean "${2:-cat}" && return
	complain "$1 left something behind"
	diff <(echo "$before") <(state) | grep '^[<>]' | sed 's/^/  /' >>"$trouble"
	run_once DEL "$plugin"
	ip netns delete c1
	make_container c1
	before=$(state)
}

# One JSON object, a result after success, an error after failure.
expect_answer() {
	local verb=$1

	case $status in
	0)
		if [[ $verb == ADD ]]; then
			jq -es 'length == 1 and (.[0] | has("cniVersion") and (has("code") | not))' >/dev/null 2>&1 <<<"$stdout" ||
				complain "no result"
		elif [[ -n $stdout ]]; then
			complain "$verb printed something"
		fi
		;;
	1)
		jq -es 'length == 1 and (.[0] | (.code | type == "number" and . >= 0) and (.msg | type == "string" and . != ""))' \
			>/dev/null 2>&1 <<<"$stdout" || complain "no error object"
		;;
	*) complain "an end that no plugin has" ;;
	esac
}

# The ADD was refused because the container is attached.
is_refused() {
	jq -e '.code == 103' >/dev/null <<<"$stdout"
}

# What may be expected of a point, by its line: strict, mute, unseen, fatal, kill, term.
judge_of() {
	echo "${1##* }"
}

# ---- one point of each verb; $judge tells what may be expected of it

# What the interrupted call itself must have done. Whoever was killed promises nothing.
judge_first() {
	case $judge:$status in
	kill:137 | term:143) ;;
	mute:1) [[ $1 == ADD ]] || expect_answer "$1" ;;
	*) expect_answer "$1" ;;
	esac
}

point_ADD() {
	run_once ADD "$plugin" "$fault"
	judge_first ADD
	if [[ $status == 0 ]]; then
		run_once DEL "$plugin"
		[[ $status == 0 ]] || complain "DEL after a successful ADD"
		expect_clean "DEL"
	elif [[ $judge != @(kill|fatal|unseen) ]]; then
		expect_clean "a failed ADD"
	fi
	run_once ADD "$plugin"
	if [[ $judge == @(kill|unseen) && $status != 0 ]]; then
		is_refused || complain "ADD after one that did not tell"
	elif [[ $status != 0 ]]; then
		complain "the same ADD without the fault"
	fi
	run_once DEL "$plugin"
	[[ $status == 0 ]] || complain "DEL"
	expect_clean "ADD and DEL"
}

point_DEL() {
	run_once ADD "$plugin"
	[[ $status == 0 ]] || complain "ADD"
	run_once DEL "$plugin" "$fault"
	judge_first DEL
	[[ $status != 0 ]] || expect_clean "a successful DEL" without_empty_tables
	run_once DEL "$plugin"
	[[ $status == 0 ]] || complain "the second DEL"
	expect_clean "the second DEL"
}

point_CHECK() {
	run_once CHECK "$plugin" "$fault"
	judge_first CHECK
	expect_clean "CHECK"
}

point_STATUS() {
	run_once STATUS "$plugin" "$fault"
	judge_first STATUS
	expect_clean "STATUS"
}

# After GC was repeated.
expect_collected() {
	expect_clean "the second GC"
}

# c1 is gone for the runtime, "kept" is not.
point_GC() {
	run_once ADD "$plugin"
	[[ $status == 0 ]] || complain "ADD"
	run_once GC "$plugin" "$fault"
	judge_first GC
	[[ $status != 0 ]] || expect_clean "a successful GC" without_empty_tables
	run_once GC "$plugin"
	[[ $status == 0 ]] || complain "the second GC"
	expect_collected
}

# ---- the sweep

prepare() {
	bare=$configuration
	use_container c1
	configuration=$(configure <<<"$bare")
	# What stays after the first ADD: bridge, forwarding, folders.
	run_once ADD "$plugin"
	assert_success
	case $1 in
	CHECK) configuration=$(jq --argjson result "$stdout" '.prevResult = $result' <<<"$configuration") ;;
	GC) prepare_GC ;;
	ADD) run_once DEL "$plugin" ;;
	esac
	assert_success
}

prepare_GC() {
	run_once DEL "$plugin"
	make_container kept
	configuration=$(configure <<<"$bare")
	run_once ADD "$plugin"
	assert_success
	use_container c1
	configuration=$(configure <<<"$bare" | jq '."cni.dev/valid-attachments" = [{containerID: "kept", ifname: "eth0"}]')
	run_once ADD "$plugin"
}

# The lines of a well-going run, every FAULT_STEP-th of them, but a few in any case.
points() {
	run_once "$1" "$plugin" points
	[[ $status == 0 ]] || fail_because "the run without faults failed"
	grep -E "${FAULT_ONLY:-.}" "$BATS_TEST_TMPDIR/did" | awk -v step="$FAULT_STEP" -v first="${FAULT_FIRST:-0}" '
		{ lines[NR] = $0 }
		END {
			if (step > NR / 5)
				step = NR > 5 ? int(NR / 5) : 1
			for (i = 1; i <= NR; i++)
				if (i % step == first % step)
					print lines[i]
		}'
}

# A bridge's own address comes into effect a moment after its first port.
nothing_is_tentative() {
	[[ -z $(host ip -6 addr show tentative) ]]
}

sweep() {
	local verb=$1 lines line count=0 missed=0 what at number rest before point fault judge bare try

	plugin=$2 configuration=$3
	prepare "$verb"
	mapfile -t lines < <(points "$verb")
	((${#lines[@]})) || fail_because "no points"
	[[ $verb != ADD && $verb != GC && $verb != DEL ]] || run_once DEL "$plugin"
	wait_until 10 nothing_is_tentative
	before=$(state)
	for line in "${lines[@]}"; do
		read -r what at number rest <<<"$line"
		judge=$(judge_of "$line") fault="$what $at $number" point="$plugin $verb: $line"
		# Who is faster decides whether some are reached, so they get another chance.
		for try in 1 2 3; do
			"point_$verb"
			[[ ! -s $BATS_TEST_TMPDIR/did ]] || break
		done
		((++count))
		[[ -s $BATS_TEST_TMPDIR/did ]] || ((++missed))
	done
	echo "# $plugin $verb: $count points, $missed of them not reached" >&3
	[[ ! -s $trouble ]] || {
		cat "$trouble"
		return 1
	}
	((missed * 10 <= count + 20)) || fail_because "$missed of $count points were not reached"
}
