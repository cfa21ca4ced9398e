# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the tests use the variables
#
# What tools.sh has built: the real cnitool, and the newest release of the reference with its nftables rules.
#
#   cnitool VERB NETWORK CONTAINER  in the test's host, with the plugins of $plugins; sets $status, $stdout
#                                 and $stderr
#   conflist NAME <LIST             puts a network there

# shellcheck source=tests/interop/helpers.bash
source "${BASH_SOURCE[0]%/*}/../helpers.bash"
# shellcheck source=tests/interop/chain.bash
source "${BASH_SOURCE[0]%/*}/../chain.bash"

REFERENCE=$BUILD/interop/reference
CNITOOL=${CNITOOL:-$BUILD/interop/cnitool}
list_filter='.plugins[0].ipMasqBackend = "nftables" | .plugins[1].backend = "nftables"'

[[ -x $CNITOOL && -x $REFERENCE/bridge ]] || fail_because "tests/interop/go/tools.sh was not run"

conflist() {
	mkdir -p "$BATS_TEST_TMPDIR/net.d"
	cat >"$BATS_TEST_TMPDIR/net.d/$1.conflist"
}

cnitool() {
	status=0
	stdout=$(host env CNI_PATH="$plugins" NETCONFPATH="$BATS_TEST_TMPDIR/net.d" CAP_ARGS="$capabilities" \
		timeout 60 "$CNITOOL" "$1" "$2" "/run/netns/$3" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
	stderr=$(<"$BATS_TEST_TMPDIR/stderr")
	echo "$stdout" >"$BATS_TEST_TMPDIR/stdout"
	stdout_file=$BATS_TEST_TMPDIR/stdout
}

cnitool_ok() {
	cnitool "$@"
	assert_success
}
