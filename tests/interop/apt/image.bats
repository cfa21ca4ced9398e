#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The image of a release, imported and run by containerd as an init container would be.

load ../helpers
load ../containerd

setup() {
	setup_host
	opt=$BATS_TEST_TMPDIR/opt etc=$BATS_TEST_TMPDIR/etc
	mkdir -p "$opt" "$etc"
	make -C "$ROOT" -s image BUILD="$BUILD" RELEASES="$BATS_TEST_TMPDIR/releases" >&2
	version=v$(sed -n 's/^## \([0-9][^ ]*\).*/\1/p' "$ROOT/CHANGELOG.md" | head -n 1)
	image=localhost/cni-plugins-c:$version
}

teardown() {
	stop_containerd
	teardown_host
}

# installer NAME ARGUMENT…: the container; arguments come behind those of the image.
installer() {
	local name=$1

	shift
	ctr run --rm --snapshotter native --cgroup "/$CGROUP/$name" \
		--mount "type=bind,src=$opt,dst=/host/opt/cni/bin,options=rbind:${access:-rw}" \
		--mount "type=bind,src=$etc,dst=/host/etc/cni/net.d,options=rbind:rw" \
		"$image" "$name" /opt/cni/bin/cnitool install --to /host/opt/cni/bin "$@"
}

@test "the image installs the plugins, and leaves a read-only folder alone" {
	local output

	start_containerd "$(our_plugins bridge host-local)" <<<"$(list 10-bridge '.cniVersion = "1.0.0"')"
	ctr image import --snapshotter native "$BATS_TEST_TMPDIR"/releases/*-image.tar
	# What the image runs by itself, with no arguments: all plugins.
	output=$(ctr run --rm --snapshotter native --cgroup "/$CGROUP/all" \
		--mount "type=bind,src=$opt,dst=/host/opt/cni/bin,options=rbind:rw" "$image" all)
	assert_match "$output" "bridge $version: new"
	assert_eq "$(CNI_COMMAND='' "$opt/ptp" 2>&1 </dev/null | head -n 1)" "CNI ptp plugin $version"
	rm "$opt"/*
	output=$(installer two bridge host-local --conf /usr/share/doc/cni-plugins-c/README.md)
	assert_eq "$(cd "$opt" && echo *)" "bridge host-local"
	assert_eq "$(ls "$etc")" README.md
	assert_eq "$(installer again bridge)" "bridge $version: is there already"
	access=ro
	assert_match "$(installer readonly bridge)" "skipped, read-only file system"
}
