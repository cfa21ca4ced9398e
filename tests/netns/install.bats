#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool install: plugins are put where a runtime uses them meanwhile.

load helpers
load cnitool

setup() {
	setup_tool
	target=$BATS_TEST_TMPDIR/opt/cni/bin
	source=$BATS_TEST_TMPDIR/source
	mkdir -p "$source"
	cp "$PLAIN_BIN"/{bridge,host-local,loopback} "$source"
}

teardown() {
	umount "$target" 2>/dev/null || true
	teardown_tool
}

inode() {
	stat -c %i "$target/$1"
}

@test "all plugins are installed, executable for everybody, whatever the umask; what is no plugin is not" {
	echo text >"$source/README"
	cp /bin/true "$source/other"
	(umask 077 && tool_ok install --from "$source" --to "$target" && cp "$stdout_file" "$BATS_TEST_TMPDIR/said")
	assert_eq "$(cd "$target" && echo *)" "bridge host-local loopback" "files"
	assert_eq "$(stat -c %a "$target/bridge" "$target" "$BATS_TEST_TMPDIR/opt" | xargs)" "755 755 755" "modes"
	cmp "$target/bridge" "$source/bridge"
	assert_match "$(cat "$BATS_TEST_TMPDIR/said")" '^bridge v[0-9.]+[^ ]*: new'
}

@test "without --from, the plugins beside cnitool are meant" {
	cp "$PLAIN_BIN/cnitool" "$source"
	cnitool=$source/cnitool
	tool_ok install --to "$target" loopback
	assert_eq "$(ls -A "$target")" loopback "files"
}

@test "a program of others beside cnitool, with a plugin's name, is not taken for the plugin, and --from is asked for" {
	cp "$PLAIN_BIN/cnitool" "$source"
	cp /bin/true "$source/bridge"
	rm "$source/host-local"
	cnitool=$source/cnitool
	tool_fails "$source/bridge is none of these plugins; name the folder of the plugins with --from" install --to "$target" bridge
	tool_fails "cannot read $source/host-local: no such file or directory; name the folder of the plugins with --from" \
		install --to "$target" host-local
	assert_eq "$(ls -A "$target")" "" "files"
	# Who names the folder means what is in it.
	tool_ok install --from "$source" --to "$target" bridge
	cmp "$target/bridge" /bin/true
}

@test "beside other programs, plugins are found; where there is none, --from is asked for" {
	truncate -s 64M "$source/large"
	chmod +x "$source/large"
	tool_ok install --from "$source" --to "$target"
	assert_eq "$(find "$target" -mindepth 1 -printf '%f\n' | sort | xargs)" "bridge host-local loopback" "files"
	rm "$source"/{bridge,host-local,loopback}
	cp "$PLAIN_BIN/cnitool" "$source"
	cnitool=$source/cnitool
	tool_fails "no plugin lies in $source; name their folder with --from" install --to "$target"
}

@test "the same bytes are left alone, others are replaced by a rename, and both versions are told" {
	local version before

	version=$("$PLAIN_BIN/cnitool" --version | cut -d ' ' -f 2)
	tool_ok install --from "$source" --to "$target"
	before=$(inode bridge)
	tool_ok install --from "$source" --to "$target" bridge
	assert_eq "$stdout" "bridge $version: is there already"
	assert_eq "$(inode bridge)" "$before" "inode"
	# A version of the same length in the same place.
	sed -i "s/cni-plugins-c release $version/cni-plugins-c release v0.0.1/" "$target/bridge"
	before=$(inode bridge)
	tool_ok install --from "$source" --to "$target" bridge
	assert_eq "$stdout" "bridge $version: replaced v0.0.1"
	[[ $(inode bridge) != "$before" ]] || fail_because "written in place"
	printf 'x -X github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion=v1.9.1" y' >"$target/bridge"
	tool_ok install --from "$source" --to "$target" bridge
	assert_eq "$stdout" "bridge $version: replaced v1.9.1"
	# A link is replaced, not what it leads to.
	cp /bin/true "$BATS_TEST_TMPDIR/multi"
	ln -sf "$BATS_TEST_TMPDIR/multi" "$target/bridge"
	tool_ok install --from "$source" --to "$target" bridge
	[[ ! -L $target/bridge ]]
	cmp /bin/true "$BATS_TEST_TMPDIR/multi"
}

@test "the same bytes are not left to another owner, who could change them" {
	tool_ok install --from "$source" --to "$target"
	chown 1000:1000 "$target/bridge"
	tool_ok install --from "$source" --to "$target" bridge host-local
	assert_match "$stdout" "^bridge v[^ ]*: replaced v"
	assert_match "$stdout" "host-local v[^ ]*: is there already$"
	assert_eq "$(stat -c %u:%a "$target/bridge")" 0:755 "owner and mode"
}

@test "who may read the folder, or put something in the lock's place, keeps nobody from installing" {
	local lock=$target/.cnitool.lock thing

	mkdir -p "$target"
	exec 8<"$target"
	flock 8
	tool_ok install --from "$source" --to "$target"
	exec 8<&-
	for thing in "ln -s $BATS_TEST_TMPDIR/other" mkfifo "install -m 644 /dev/null" "install -m 600 -o 1000 /dev/null"; do
		rm "$target/bridge"
		$thing "$lock"
		exec 8<>"$lock"
		flock 8
		tool_ok install --from "$source" --to "$target"
		exec 8<&-
		assert_eq "$(find "$target" -mindepth 1 -printf "%f\n" | sort | xargs)" "bridge host-local loopback" "files after $thing"
	done
}

# has_open PID FILE
has_open() {
	find -L "/proc/$1/fd" -samefile "$2" 2>/dev/null | grep -q .
}

@test "two that install into one folder wait for each other, also when the first takes the lock away" {
	local lock=$target/.cnitool.lock

	cnitool=$PLAIN_BIN/cnitool
	mkdir -p "$target"
	install -m 600 /dev/null "$lock"
	exec 8<"$lock"
	flock 8
	"$cnitool" install --from "$source" --to "$target" >/dev/null 3>&- 8<&- &
	wait_until 5 has_open "$!" "$lock"
	assert_eq "$(ls -A "$target")" .cnitool.lock "files"
	rm "$lock"
	exec 8<&-
	wait $!
	assert_eq "$(find "$target" -mindepth 1 -printf "%f\n" | sort | xargs)" "bridge host-local loopback" "files"
}

@test "a plugin that runs is replaced, which cp cannot" {
	mkdir -p "$target"
	cp /bin/sleep "$target/bridge"
	"$target/bridge" 60 3>&- &
	wait_until 5 test "/proc/$!/exe" -ef "$target/bridge"
	refute cp "$source/bridge" "$target/bridge"
	tool_ok install --from "$source" --to "$target" bridge
	cmp "$target/bridge" "$source/bridge"
	kill $!
}

@test "a folder that cannot be written is skipped with a message" {
	mkdir -p "$target"
	mount -t tmpfs -o ro none "$target"
	tool_ok install --from "$source" --to "$target"
	assert_eq "$stdout" "$target: skipped, read-only file system"
	tool_ok install --from "$source" --to "$target/sub/folder"
	assert_match "$stdout" ": skipped, read-only file system$"
}

@test "the configuration is put last, and not at all without its plugins" {
	local order

	cp "$ROOT/conf/10-bridge.conflist" "$BATS_TEST_TMPDIR/10-own.conflist"
	tool install --from "$source" --to "$target" --conf "$BATS_TEST_TMPDIR/10-own.conflist" bridge missing
	assert_eq "$status" 1 "exit status"
	assert_match "$stderr" "cannot read $source/missing: no such file"
	assert_eq "$(ls -A "$conf_dir")" "" "configurations"
	rm "$target/bridge"
	cnitool=$PLAIN_BIN/cnitool
	strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=fsync,rename,renameat,renameat2 \
		env -i NETCONFPATH="$conf_dir" "$cnitool" install --from "$source" --to "$target" --conf "$BATS_TEST_TMPDIR/10-own.conflist"
	cmp "$conf_dir/10-own.conflist" "$ROOT/conf/10-bridge.conflist"
	order=$(grep -oE '(fsync|"[a-z0-9-]+(\.conflist)?"\)| = -1)' "$BATS_TEST_TMPDIR/trace" | tr -d '")\n')
	# Each on disk before it has its name, the folder at the end.
	assert_eq "$order" "fsyncbridgefsynchost-localfsyncloopbackfsyncfsync10-own.conflistfsync" "order"
}

@test "names are no paths" {
	local name

	for name in ../bridge /bin/true . .. .bridge ''; do
		tool_fails "is no name of a plugin" install --from "$source" --to "$target" "$name"
	done
	tool_fails "name the folder with --to" install bridge
}

@test "one that was killed leaves the old plugin whole, and the next one tidies" {
	cnitool=$PLAIN_BIN/cnitool
	tool_ok install --from "$source" --to "$target" bridge
	printf more >>"$source/bridge"
	cp "$target/bridge" "$BATS_TEST_TMPDIR/old"
	strace -o /dev/null -e inject=fsync:signal=KILL "$cnitool" install --from "$source" --to "$target" bridge || true
	[[ -e $target/.bridge.new ]]
	cmp "$target/bridge" "$BATS_TEST_TMPDIR/old"
	tool_ok install --from "$source" --to "$target" bridge
	cmp "$target/bridge" "$source/bridge"
	assert_eq "$(ls -A "$target")" bridge "files"
}

# The i-th of many ADDs with the plugins that are being replaced.
one_add() {
	ip netns add "load$1"
	host env -i CNI_COMMAND=ADD CNI_CONTAINERID="load$1" CNI_NETNS="/run/netns/load$1" CNI_IFNAME=eth0 CNI_PATH="$target" \
		"$target/bridge" <"$BATS_TEST_TMPDIR/conf" >"$BATS_TEST_TMPDIR/result.$1" 2>&1 || echo "$1" >>"$BATS_TEST_TMPDIR/failed"
}

@test "64 ADDs at once, while the plugins are replaced again and again: none fails" {
	local i rounds=0

	cnitool=$PLAIN_BIN/cnitool
	mkdir "$source.other"
	for i in bridge host-local; do
		strip -o "$source.other/$i" "$source/$i"
	done
	tool_ok install --from "$source" --to "$target"
	conf 10-bridge >"$BATS_TEST_TMPDIR/conf"
	(for ((i = 0; i < 64; i++)); do one_add "$i" & done; wait; touch "$BATS_TEST_TMPDIR/done") 3>&- &
	while [[ ! -e $BATS_TEST_TMPDIR/done ]] && ((rounds < 1000)); do
		tool_ok install --from "$source.other" --to "$target"
		tool_ok install --from "$source" --to "$target" bridge host-local
		((rounds += 2))
	done
	wait
	if [[ -e $BATS_TEST_TMPDIR/failed ]]; then
		fail_because "failed: $(tr '\n' ' ' <"$BATS_TEST_TMPDIR/failed"), $(cat "$BATS_TEST_TMPDIR"/result.* | grep -m 3 msg)"
	fi
	((rounds > 0)) || fail_because "the ADDs ended before a plugin was replaced"
	assert_eq "$(host ip -j link show type veth | jq length)" 64 "pairs"
}
