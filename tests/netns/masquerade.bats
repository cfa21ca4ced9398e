#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ipMasq: whose packets get the host's address, and what becomes of the rules.

load helpers

setup() {
	setup_host
	new_outside
	# What arrives outside, by source address.
	in_container outside nft -f - <<-'END'
		table inet seen {
			set sources4 { type ipv4_addr; flags dynamic; }
			set sources6 { type ipv6_addr; flags dynamic; }
			chain input {
				type filter hook input priority 0;
				icmp type echo-request add @sources4 { ip saddr }
				icmpv6 type echo-request add @sources6 { ip6 saddr }
			}
		}
	END
}

# A network of static addresses, so that two containers can have the same one.
static_net() {
	jq -n --arg a "$1" '{cniVersion: "1.1.0", name: "s", type: "ptp", ipMasq: true,
		ipam: {type: "static", addresses: [{address: $a, gateway: "10.50.0.1"}], routes: [{dst: "0.0.0.0/0"}]}}'
}

sources() { in_container outside nft -j list set inet seen "sources$1" | jq -c '[.nftables[].set? | select(.) | .elem[]?] | sort'; }
forget() { in_container outside nft flush set inet seen sources4 \; flush set inet seen sources6; }
tables() { host nft -j list tables | jq -c '[.nftables[].table? | select(.) | .name] | sort'; }
reaches() { in_container "$1" ping -c 1 -W "${PING_SECONDS:-10}" "$2" >/dev/null; }

@test "every address of a container with many is masqueraded: two of IPv4, five of IPv6" {
	local c i

	c=$(conf 10-bridge '.ipam.ranges = [[{subnet: "10.60.0.0/24"}], [{subnet: "10.61.0.0/24"}],
		[{subnet: "fd60::/64"}], [{subnet: "fd61::/64"}], [{subnet: "fd62::/64"}], [{subnet: "fd63::/64"}], [{subnet: "fd64::/64"}]]')
	new_container a
	add bridge <<<"$c"
	for i in 0 1; do
		in_container a ping -c 1 -W 10 -I "10.6$i.0.2" 192.0.2.2 >/dev/null || fail_because "from 10.6$i.0.2"
	done
	for i in 0 1 2 3 4; do
		in_container a ping -c 1 -W 10 -I "fd6$i::2" 2001:db8::2 >/dev/null || fail_because "from fd6$i::2"
	done
	assert_eq "$(sources 4)" '["192.0.2.1"]'
	assert_eq "$(sources 6)" '["2001:db8::1"]'
	check bridge <<<"$(with_result "$c")"
}

@test "traffic inside the subnet and multicast keep the container's address" {
	local c

	c=$(conf 10-bridge)
	new_container a
	add bridge <<<"$c"
	new_container b
	add bridge <<<"$c"
	in_container b nft -f - <<<'table inet seen { set from { type ipv4_addr; flags dynamic; }
		chain input { type filter hook input priority 0; icmp type echo-request add @from { ip saddr }
		}
	}'
	reaches a 10.22.0.3
	assert_eq "$(in_container b nft -j list set inet seen from | jq -c '[.nftables[].set? | select(.) | .elem[]?]')" '["10.22.0.2"]'
}

@test "a container that takes over a dead one's address keeps its masquerade when the dead one is deleted" {
	new_container a
	add ptp <<<"$(static_net 10.50.0.5/24)"
	ip netns delete a
	new_container b
	add ptp <<<"$(static_net 10.50.0.5/24)"
	use_container a
	del ptp CNI_NETNS= <<<"$(static_net 10.50.0.5/24)"
	reaches b 192.0.2.2
	assert_eq "$(sources 4)" '["192.0.2.1"]'
	use_container b
	del ptp <<<"$(static_net 10.50.0.5/24)"
	assert_eq "$(tables)" '[]'
}

@test "a flushed ruleset is noticed by CHECK, and the next ADD makes the tables again" {
	local c result

	c=$(conf 10-bridge)
	new_container a
	add bridge <<<"$c"
	result=$stdout
	host nft flush ruleset
	cni CHECK bridge <<<"$(with_result "$c" "$result")"
	assert_error 104
	refute reaches a 192.0.2.2
	new_container b
	add bridge <<<"$c"
	reaches b 192.0.2.2
	assert_eq "$(sources 4)" '["10.22.0.2","192.0.2.1"]'
	use_container a
	del bridge <<<"$c"
	use_container b
	del bridge <<<"$c"
	assert_eq "$(tables)" '[]'
}

@test "rules of others stay untouched" {
	local c

	host nft -f - <<-'END'
		table inet cni_masquerade_not {
			chain c {
				ip saddr 10.22.0.2 accept
			}
		}
		table ip nat {
			chain POSTROUTING {
				type nat hook postrouting priority 100;
			}
		}
	END
	snapshot_host
	c=$(conf 10-bridge '.macspoofchk = true')
	new_container a
	add bridge <<<"$c"
	del bridge <<<"$c"
	host ip link delete cni0
	host sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	assert_unchanged
}

@test "the ruleset can be saved and loaded again, with its comments" {
	local c

	c=$(conf 10-bridge '.name = "a-network-with-a-name-that-is-very-long-indeed-and-goes-on-and-on"')
	new_container "$(printf 'x%.0s' {1..64})"
	add bridge <<<"$(jq '.macspoofchk = true' <<<"$c")"
	host nft list ruleset >"$BATS_TEST_TMPDIR/ruleset"
	host nft flush ruleset
	host nft -f "$BATS_TEST_TMPDIR/ruleset"
	check bridge <<<"$(with_result "$(jq '.macspoofchk = true' <<<"$c")")"
	del bridge <<<"$c"
	assert_eq "$(tables)" '[]'
}

@test "CHECK names a masquerade rule or element that is missing" {
	local c result change

	c=$(conf 10-bridge)
	new_container a
	while read -r change; do
		rm -rf "$data_dir"
		add bridge <<<"$c"
		result=$stdout
		eval "host nft '$change'"
		cni CHECK bridge <<<"$(with_result "$c" "$result")"
		assert_error 104 masquerade
		host nft delete table inet cni_masquerade 2>/dev/null || true
		del bridge <<<"$c"
	done <<-'END'
		flush chain inet cni_masquerade postrouting
		delete element inet cni_masquerade net-10.22.0.0/16 { 10.22.0.2 }
		delete table inet cni_masquerade
	END
}

@test "64 parallel ADDs and DELs while another program changes the ruleset leave exactly the living" {
	local c i churn pids=()

	c=$(conf 10-bridge)
	BIN=$PLAIN_BIN
	for i in {1..32}; do
		ip netns add "q$i"
	done
	(
		while :; do
			host nft 'add table inet noise; delete table inet noise'
		done
	) &
	churn=$!
	for i in {1..32}; do
		(
			for round in 1 2 3; do
				for verb in ADD DEL; do
					[[ $round$verb != 3DEL || $((i % 2)) == 0 ]] || continue
					host env -i CNI_COMMAND=$verb CNI_CONTAINERID="q$i" CNI_NETNS="/run/netns/q$i" CNI_IFNAME=eth0 CNI_PATH="$BIN" \
						"$BIN/bridge" <<<"$c" >"$BATS_TEST_TMPDIR/q$i" || exit 1
				done
			done
		) &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || {
			kill "$churn"
			fail_because "failed: $(cat "$BATS_TEST_TMPDIR"/q*)"
		}
	done
	kill "$churn"
	assert_eq "$(host nft -j list set inet cni_masquerade net-10.22.0.0/16 | jq '[.nftables[].set? | select(.) | .elem[]] | length')" 16
	assert_eq "$(host ip -j link show master cni0 | jq 'map(select(.ifname)) | length')" 16
}
