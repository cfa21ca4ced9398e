#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What happens before what, where the order is for speed and must do no harm.

load helpers

ptp() { conf 20-kindnet ".cniVersion = \"1.1.0\" | .ipam.ranges = [[{subnet: \"10.30.0.0/24\"}]] | ${1:-.}"; }
leases() { find "$data_dir" -type f -name '*.*.*.*' ! -name 'last_reserved_ip.*'; }

@test "an IPAM plugin that may work on the interface finds it, in the container" {
	fake_plugin leasing <<-'EOS'
		nsenter --net="$CNI_NETNS" ip -o link show "$CNI_IFNAME" >"$log.link"
		echo '{"cniVersion":"1.1.0","ips":[{"address":"10.30.0.2/24","gateway":"10.30.0.1"}]}'
	EOS
	for plugin in bridge ptp; do
		new_container "$plugin"
		add "$plugin" PATH="$PATH" <<<"$(conf 10-bridge '.ipam = {type: "leasing"}')"
		grep -q eth0 "$fake_log.link" || fail_because "$plugin asked before there was an interface"
	done
}

@test "when the pair cannot be made, what host-local gave meanwhile is given back" {
	new_container a
	cni ADD ptp <<<"$(ptp '.mtu = 67')"
	assert_error 100 "cannot create veth pair"
	assert_eq "$(leases)" ""
}

@test "an interface that is there already keeps its lease when another ADD is refused" {
	local lease

	new_container a
	in_container a ip link add eth0 type veth peer name other
	lease=$data_dir/$(ptp | jq -r .name)/10.30.0.7
	mkdir -p "${lease%/*}"
	printf 'a\r\neth0' >"$lease"
	cni ADD ptp <<<"$(ptp)"
	assert_error 103 "already exists"
	assert_eq "$(tr -d '\r' <"$lease")" $'a\neth0'
	assert_eq "$(leases)" "$lease"
}

@test "DEL: the container falls silent, then its rules go, then the link" {
	local c

	c=$(conf 10-bridge)
	new_container a
	add bridge <<<"$c"
	host env -i CNI_COMMAND=DEL CNI_CONTAINERID=a CNI_NETNS="$netns" CNI_IFNAME=eth0 CNI_PATH="$PLAIN_BIN" \
		strace -o "$BATS_TEST_TMPDIR/calls" -e trace=sendto "$PLAIN_BIN/bridge" <<<"$c"
	assert_eq "$(grep -oE 'RTM_NEWLINK|NFT_MSG_DELSETELEM|RTM_DELLINK' "$BATS_TEST_TMPDIR/calls" | uniq | tr '\n' ' ')" \
		"RTM_NEWLINK NFT_MSG_DELSETELEM RTM_DELLINK "
}
