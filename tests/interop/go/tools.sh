#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds what the tests of this folder need from Go modules into $BUILD/interop, once: the real cnitool, and the
# newest plugins of the reference. `rm -r build/interop` has newer ones fetched.
set -eu

cd "$(dirname "$0")/../../.."
build=${BUILD:-build}
mkdir -p "$build/interop/reference"
build=$(cd "$build/interop" && pwd)
plugins=github.com/containernetworking/plugins/plugins

command -v go >/dev/null || {
	echo "go is missing: install Go 1.24 or newer" >&2
	exit 1
}

# go_install FOLDER MODULE-PATH…: what is not there yet.
go_install() {
	folder=$1
	shift
	missing=
	for path; do
		name=${path%@*}
		[ -x "$folder/${name##*/}" ] || missing="$missing $path"
	done
	[ -n "$missing" ] || return 0
	# shellcheck disable=SC2086 # a list of paths
	CGO_ENABLED=0 GOBIN=$folder GOFLAGS='' go install -trimpath -ldflags '-s -w' $missing
}

go_install "$build" github.com/containernetworking/cni/cnitool@latest
go_install "$build/reference" $plugins/main/bridge@latest $plugins/main/ptp@latest $plugins/main/loopback@latest \
	$plugins/ipam/host-local@latest $plugins/ipam/static@latest $plugins/meta/portmap@latest \
	$plugins/meta/firewall@latest $plugins/meta/tuning@latest
