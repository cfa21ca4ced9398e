#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ptp with addresses of both families and masquerade: every system call goes wrong once.

load faults

ptp_conf() {
	conf 10-bridge '{cniVersion, name, type: "ptp", ipMasq, ipam}'
}

@test "ptp: ADD" {
	sweep ADD ptp "$(ptp_conf)"
}

@test "ptp: DEL" {
	sweep DEL ptp "$(ptp_conf)"
}

@test "ptp: CHECK" {
	sweep CHECK ptp "$(ptp_conf)"
}

@test "ptp: GC" {
	sweep GC ptp "$(ptp_conf)"
}

# bats test_tags=night
@test "ptp: ADD whose answers from the kernel get lost" {
	FAULT_STEP=1 FAULT_ONLY='^fail 0.* recvfrom-ENOMEM' sweep ADD ptp "$(ptp_conf)"
}

# bats test_tags=night
@test "ptp: ADD that loses sight of the IPAM plugin" {
	FAULT_STEP=1 FAULT_ONLY='^fail 0.* (signalfd4-EMFILE|pidfd_open-EMFILE|poll-ENOMEM|read-EIO)|^signal 1.* (exit|write|linkat)-' \
		sweep ADD ptp "$(ptp_conf)"
}

@test "ptp: ADD that is refused its way home from the container" {
	FAULT_STEP=1 FAULT_ONLY='^fail 0.* setns-' sweep ADD ptp "$(ptp_conf)"
}

@test "ptp: DEL that is killed while it removes rules" {
	FAULT_STEP=4 FAULT_ONLY='^signal 0.* (sendto|recvfrom)-KILL' sweep DEL ptp "$(ptp_conf)"
}
