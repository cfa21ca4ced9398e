#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# cnitool doctor on a kernel whose nftables is not loaded, and which loads no module by itself, as some nodes are set up.

# shellcheck disable=SC2154,SC2034 # variables shared with helpers.bash

load ../netns/helpers
load ../netns/cnitool
load ../netns/doctor

setup() {
	setup_tool
	cnitool=$PLAIN_BIN/cnitool cni_path=$PLAIN_BIN
	make_row_tools
	# Here and not in a plugin, whose time is measured.
	modprobe -a bridge veth nf_tables nft_chain_nat nft_masq nft_nat nft_ct nft_fib_inet nft_meta_bridge
	modprobe_path=$(sysctl -n kernel.modprobe)
	network n '.plugins[1] += {macspoofchk: true, ipspoofchk: true} | .plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	new_outside
	new_container red
	in_container red ip link set lo up
	add_with_port
}

teardown() {
	sysctl -qw "kernel.modprobe=$modprobe_path"
	teardown_tool
}

reaches_outside() {
	in_container red ping -qc 1 -W 1 192.0.2.2
}

# The rules have gone with the modules: they are found next.
@test "nftables is not loaded: it is named, the fix loads what is needed, and what is missing then is put back" {
	local names line

	healthy
	wait_until 5 reaches_outside
	IFS='|' read -r names line <<'END'
nftables-missing|nft flush ruleset; sysctl -qw kernel.modprobe=/bin/false; while [ -e /sys/module/nf_tables ]; do rmmod nft_nat nft_ct nft_fib_inet nft_fib_ipv4 nft_fib_ipv6 nft_fib nft_meta_bridge nft_masq nft_chain_nat nf_tables; done
END
	# The kernel lets them go when it has freed the rules.
	in_row "$line"
	refute grep -q '^nf_tables ' /proc/modules
	doctor_names "$names"
	noted "$line"
	paste
	doctor_names masquerade-missing macspoof-missing ipspoof-missing ports-missing
	paste
	healthy
	wait_until 5 reaches_outside
	host nft list table inet cni_portmap | grep -q 8080
}
