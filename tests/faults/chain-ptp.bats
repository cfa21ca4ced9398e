#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The chain of ptp and portmap, as cnitool runs it: every system call goes wrong once, in cnitool and in each plugin.

load chain

@test "ptp and portmap: ADD" {
	sweep ADD kindnet "$(chain 20-kindnet)"
}

@test "ptp and portmap: DEL" {
	sweep DEL kindnet "$(chain 20-kindnet)"
}

@test "ptp and portmap: CHECK" {
	sweep CHECK kindnet "$(chain 20-kindnet '.cniVersion = "1.1.0" | .plugins[0].ipMasq = true')"
}

@test "ptp and portmap: GC" {
	sweep GC kindnet "$(chain 20-kindnet '.cniVersion = "1.1.0" | .plugins[0].ipMasq = true')"
}

@test "ptp and portmap: STATUS" {
	sweep STATUS kindnet "$(chain 20-kindnet '.cniVersion = "1.1.0"')"
}
