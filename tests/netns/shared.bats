#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The form of distributions: programs that load shared libraries, as `make STATIC=0` makes them. They are made of the
# objects of the static ones, so here it is seen that they start, find what they need, and do their work.

load helpers

BIN=$BUILD/shared/bin

@test "the shared form loads its libraries" {
	local program library

	for program in bridge ptp portmap; do
		for library in libnl-3 libnftnl libcjson; do
			assert_match "$(readelf -dW "$BIN/$program")" "NEEDED[^[]*\[$library\.so"
		done
	done
}

@test "libdbus is for firewall alone" {
	local program

	assert_match "$(readelf -dW "$BIN/firewall")" "NEEDED[^[]*\[libdbus-1\.so"
	for program in "$BIN"/*; do
		[[ $program == */firewall ]] || refute grep libdbus <<<"$(readelf -dW "$program")"
	done
	for program in "$PLAIN_BIN"/*; do
		[[ $program == */firewall ]] || refute grep -q -a org.freedesktop.DBus "$program"
	done
}

@test "bridge and host-local, ptp and portmap do ADD, CHECK and DEL in the shared form" {
	local c p main

	for main in bridge ptp; do
		new_container "$main"
		c=$(conf 10-bridge ".type = \"$main\"")
		add "$main" <<<"$c"
		c=$(with_result "$c")
		check "$main" <<<"$c"
		p=$(jq '.type = "portmap" | .runtimeConfig = {portMappings: [{hostPort: 8080, containerPort: 80, protocol: "tcp"}]}' <<<"$c")
		add portmap <<<"$p"
		[[ $(host nft list ruleset) == *8080* ]] || fail_because "the port is not published"
		del portmap <<<"$p"
		refute grep -q 8080 <<<"$(host nft list ruleset)"
		del "$main" <<<"$c"
	done
}
