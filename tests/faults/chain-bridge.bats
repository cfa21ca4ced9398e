#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The chain of bridge and portmap, as cnitool runs it: every system call goes wrong once, in cnitool and in each plugin.

load chain

@test "bridge and portmap: ADD" {
	sweep ADD containerd-net "$(chain 30-containerd '.cniVersion = "1.1.0"')"
}

@test "bridge and portmap: DEL" {
	sweep DEL containerd-net "$(chain 30-containerd '.cniVersion = "1.1.0"')"
}

@test "bridge and portmap: CHECK" {
	sweep CHECK containerd-net "$(chain 30-containerd '.cniVersion = "1.1.0"')"
}

@test "bridge and portmap: GC" {
	sweep GC containerd-net "$(chain 30-containerd '.cniVersion = "1.1.0"')"
}

@test "bridge and portmap: STATUS" {
	sweep STATUS containerd-net "$(chain 30-containerd '.cniVersion = "1.1.0"')"
}
