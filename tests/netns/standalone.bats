#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The programs as they are released: each one file that needs nothing else.

load helpers

BIN=$PLAIN_BIN

PROGRAMS=(cnitool)
for folder in "$ROOT"/plugins/*/ "$ROOT"/ipam/*/; do
	PROGRAMS+=("$(basename "$folder")")
done

# A root directory with the programs, /proc and the file of the network in it: $jail. Containers are named by a process.
setup() {
	setup_host
	jail=$BATS_TEST_TMPDIR/jail
	mkdir -p "$jail"/{bin,proc,etc}
	install "${PROGRAMS[@]/#/$BIN/}" "$jail/bin"
	mount --rbind /proc "$jail/proc"
	network=$jail/etc/net.conflist
}

teardown() {
	kill "${pids[@]}" 2>/dev/null || true
	umount -l "$jail/proc"
	teardown_host
}

# A container known to the programs by a process in it: sets $path.
container_process() {
	new_container "$1"
	nsenter --net="/run/netns/$1" -- sleep 300 3>&- &
	pids+=($!)
	path=/proc/$!/ns/net
	wait_until 5 test "/proc/$!/ns/net" -ef "/run/netns/$1"
}

# cnitool inside, with nothing of this machine.
inside() {
	stdout_file=$BATS_TEST_TMPDIR/stdout stderr_file=$BATS_TEST_TMPDIR/stderr status=0
	host env -i NETCONFPATH=/etc CNI_PATH=/bin CAP_ARGS="${capabilities:-}" \
		/usr/sbin/chroot "$jail" /bin/cnitool "$@" >"$stdout_file" 2>"$stderr_file" || status=$?
	stdout=$(<"$stdout_file") stderr=$(<"$stderr_file")
	assert_success
}

@test "a program has no loader and no library" {
	local program

	for program in "${PROGRAMS[@]}"; do
		assert_eq "$(readelf -lW "$BIN/$program" | grep INTERP)" "" "the loader of $program (make deps brings archives)"
		assert_eq "$(readelf -dW "$BIN/$program" | grep NEEDED)" "" "the libraries of $program"
	done
}

# The kernel brings a program in pieces of 64 KiB, and each takes its time: tools/start.ld has the list.
@test "what every start runs lies side by side" {
	local program begin size symbols symbol place

	for program in bridge host-local; do
		read -r begin size < <(readelf -SW "$BIN/$program" | sed 's/^ *\[ *[0-9]*\]//' | awk '$1 == ".text.start" { print "0x" $3, "0x" $5 }') || true
		[[ -n $begin ]] || fail_because "$program has no .text.start"
		symbols=$(nm --defined-only "$BIN/$program")
		for symbol in cni_plugin_main env_read version_print $(grep -oE '\<(__libc_start_main|__tunables_init|_dl_aux_init)$' <<<"$symbols"); do
			place=0x$(awk -v name="$symbol" '$3 == name { print $1 }' <<<"$symbols")
			((place >= begin && place < begin + size)) || fail_because "$program: $symbol is at $place, not in the $size bytes from $begin on"
		done
	done
}

@test "variables of the loader reach no program" {
	local variable form

	cat >"$BATS_TEST_TMPDIR/evil.c" <<-'END'
		#include <fcntl.h>
		#include <stdlib.h>
		unsigned la_version(unsigned version) { return version; }
		__attribute__((constructor)) static void act(void) { open(getenv("MARK"), O_CREAT | O_WRONLY, 0600); }
	END
	cc -shared -fPIC -o "$BATS_TEST_TMPDIR/evil.so" "$BATS_TEST_TMPDIR/evil.c"
	for variable in LD_PRELOAD LD_AUDIT; do
		# The shared form shows that the trap works.
		for form in "$BUILD/shared/bin" "$BIN"; do
			rm -f "$BATS_TEST_TMPDIR/mark"
			env -i MARK="$BATS_TEST_TMPDIR/mark" "$variable=$BATS_TEST_TMPDIR/evil.so" CNI_COMMAND=VERSION \
				"$form/bridge" </dev/null >/dev/null
			if [[ $form == "$BIN" ]]; then
				refute test -e "$BATS_TEST_TMPDIR/mark"
			else
				test -e "$BATS_TEST_TMPDIR/mark"
			fi
		done
	done
}

@test "the banner and cnitool tell the version of the change log" {
	local version program claim

	version=v$(sed -n 's/^## \([0-9][^ ]*\).*/\1/p' "$ROOT/CHANGELOG.md" | head -n 1)
	assert_match "$version" '^v[0-9]+\.[0-9]+\.[0-9]+(-[a-z0-9.]+)?$'
	for program in "${PROGRAMS[@]}"; do
		if [[ $program == cnitool ]]; then
			assert_eq "$("$BIN/cnitool" --version)" "cnitool $version"
			assert_eq "$("$BIN/cnitool" version)" "cnitool $version"
		else
			claim=
			[[ $program != firewall ]] || claim=v1.7.1+cni-plugins-c-
			assert_eq "$("$BIN/$program" --version 2>&1 >/dev/null </dev/null | head -n 1)" \
				"CNI $program plugin $claim$version"
		fi
	done
}

@test "bridge and host-local work in a root directory that holds the programs and /proc" {
	local first

	jq '.plugins |= map(select(.type == "bridge"))' "$ROOT/conf/10-bridge.conflist" >"$network"
	container_process one
	inside add containers "$path"
	first=$(jq -r '.ips[] | select(.address | contains(".")) | .address | sub("/.*"; "")' "$stdout_file")
	inside check containers "$path"
	host ping -c 1 -W 10 "$first"
	assert_eq "$(find "$jail"/var/lib/cni/networks -type f -name '10.*' | wc -l)" 1 "leases"
	container_process two
	inside add containers "$path"
	in_container two ping -c 1 -W 10 "$first"
	inside del containers "$path"
	inside del containers "/proc/${pids[0]}/ns/net"
	assert_eq "$(host ip -j link show type veth | jq length)" 0 "pairs left"
	assert_eq "$(find "$jail"/var/lib/cni/networks -type f -name '[1f]*' | wc -l)" 0 "leases left"
}

@test "ptp and portmap work in a root directory that holds the programs and /proc" {
	local name

	jq '.cniVersion = "1.0.0"' "$ROOT/conf/20-kindnet.conflist" >"$network"
	name=$(jq -r .name "$network")
	new_outside
	container_process one
	capabilities='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}'
	inside add "$name" "$path"
	inside check "$name" "$path"
	nsenter --net=/run/netns/one -- socat -t 10 TCP-LISTEN:80,fork,reuseaddr EXEC:/bin/cat 3>&- &
	pids+=($!)
	wait_until 5 answers
	inside del "$name" "$path"
	refute answers
	assert_eq "$(host ip -j link show type veth | jq '[.[] | select(.ifname != "uplink")] | length')" 0 "pairs left"
}

answers() {
	[[ $(echo hello | in_container outside timeout 10 socat -t 10 - TCP:192.0.2.1:8080,connect-timeout=1) == hello ]]
}
