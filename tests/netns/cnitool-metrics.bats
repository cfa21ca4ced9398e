#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What `cnitool metrics` counts, beside what is there, and the form in which it does.

load helpers
load cnitool

setup() {
	setup_tool
	cni_path=$PLAIN_BIN # it is cnitool that is looked at
}

teardown() {
	teardown_tool
}

# value SERIES: of the last answer.
value() {
	grep -F -- "$1 " "$stdout_file" | sed 's/.* //'
}

@test "metrics counts addresses, attachments and ports" {
	network n '.plugins += [{type: "portmap", capabilities: {portMappings: true}}] | .plugins[1].ipam.ranges = [[{subnet: "10.9.0.0/29"}], [{subnet: "10.9.1.0/24"}]]'
	network other '.plugins[1].bridge = "br1" | .plugins[1].ipam.ranges = [[{subnet: "10.8.0.0/24"}]]'
	ip netns add red
	ip netns add green
	tool_environment=(CAP_ARGS='{"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]}')
	tool_ok add n /run/netns/red
	tool_environment=()
	tool_ok add n /run/netns/green
	tool_ok metrics
	is_exposition "$stdout_file"
	assert_eq "$(value 'cni_leases_used{network="n",set="0",subnet="10.9.0.0/29"}')" "$(find "$data_dir/n" -name '10.9.0.*' | wc -l)" "used"
	assert_eq "$(value 'cni_leases_free{network="n",set="0",subnet="10.9.0.0/29"}')" 3 "free"
	assert_eq "$(value 'cni_leases_free{network="n",set="1",subnet="10.9.1.0/24"}')" 251 "free of the second set"
	assert_eq "$(value 'cni_leases_free{network="other",set="0",subnet="10.8.0.0/24"}')" 253 "free of another network"
	assert_eq "$(value 'cni_attachments{network="n",state="alive"}')" 2 "alive"
	assert_eq "$(value 'cni_attachments{network="n",state="dead"}')" 0 "dead"
	assert_eq "$(value 'cni_published_ports{network="n"}')" "$(host nft -j list map inet cni_portmap owners | jq '.nftables[1].map.elem | length')" "ports"
	assert_eq "$(value 'cni_published_ports{network="other"}')" 0 "ports of another network"
	refute grep -q '^cni_findings{' "$stdout_file"
	tool del n /run/netns/red
	assert_success
}

@test "metrics counts what is dead and what is wrong, and starts no plugin for each container" {
	network n '.plugins += [{type: "portmap", capabilities: {portMappings: true}}]'
	network m '.plugins[1].bridge = "br1" | .plugins[1].ipam.ranges = [[{subnet: "10.8.0.0/24"}]]'
	for name in red green blue; do
		ip netns add "$name"
		tool_environment=(CAP_ARGS="{\"portMappings\": [{\"hostPort\": 80${#name}0, \"containerPort\": 80, \"protocol\": \"tcp\"}]}")
		tool_ok add n "/run/netns/$name"
	done
	tool_environment=()
	echo '{' >"$conf_dir/broken.conflist"
	ip netns delete red
	wait_until 30 eval '[[ $(host ip -o link show master br0 | wc -l) == 2 ]]'
	in_container green ip link set eth0 down
	in_container blue ip link set lo down
	printf 'gone\r\neth0' >"$data_dir/n/10.9.0.99"
	touch -d '1 hour ago' "$data_dir/n/10.9.0.99"
	in_tool_environment strace -f -qq -v -s 64 -e trace=execve -o "$BATS_TEST_TMPDIR/trace" "$PLAIN_BIN/cnitool" metrics >"$BATS_TEST_TMPDIR/plain"
	grep -q 'CNI_COMMAND=VERSION' "$BATS_TEST_TMPDIR/trace"
	refute grep -E 'CNI_COMMAND=(CHECK|STATUS|ADD|DEL)' "$BATS_TEST_TMPDIR/trace"
	tool_ok metrics
	is_exposition "$stdout_file"
	assert_eq "$(value 'cni_attachments{network="n",state="dead"}')" 1 "dead"
	assert_eq "$(value 'cni_attachments{network="n",state="alive"}')" 2 "alive"
	assert_eq "$(value 'cni_leases_orphaned{network="n",set="0",subnet="10.9.0.0/24"}')" 1 "orphaned"
	assert_eq "$(value 'cni_orphans{network="n",kind="lease"}')" 1 "leases left"
	assert_eq "$(value 'cni_orphans{network="n",kind="attachment"}')" 1 "attachments left"
	assert_eq "$(value 'cni_findings{network="n",finding="loopback-down"}')" 1 "findings"
	assert_eq "$(value 'cni_findings{network="n",finding="interface-down"}')" 1 "findings"
	assert_eq "$(value 'cni_findings{network="",finding="configuration-broken"}')" 1 "files that are none"
	assert_eq "$(value 'cni_orphans{network="m",kind="lease"}')" 0 "of the other network"
}

@test "metrics writes its file in one step" {
	local out=$BATS_TEST_TMPDIR/cni.prom

	network n
	echo old >"$out"
	tool_ok metrics --output "$out"
	assert_eq "$stdout" "" "stdout"
	is_exposition "$out"
	assert_eq "$(stat -c %a "$out")" 644 "mode"
	assert_eq "$(find "$BATS_TEST_TMPDIR" -name '*cni.prom*')" "$out" "files"
	in_tool_environment strace -qq -e trace=renameat,openat -o "$BATS_TEST_TMPDIR/trace" "$PLAIN_BIN/cnitool" metrics --output "$out"
	refute grep -E 'openat.*"cni.prom"' "$BATS_TEST_TMPDIR/trace"
	grep -qE 'renameat\([0-9]+, "\.cni\.prom\.new", [0-9]+, "cni\.prom"\) = 0' "$BATS_TEST_TMPDIR/trace"
	# What somebody put there who may write to the folder: a FIFO that nobody reads, a second name of a file.
	mkfifo "${out%/*}/.cni.prom.new"
	tool_ok metrics --output "$out"
	echo other >"$BATS_TEST_TMPDIR/other"
	ln "$BATS_TEST_TMPDIR/other" "${out%/*}/.cni.prom.new"
	tool_ok metrics --output "$out"
	is_exposition "$out"
	assert_eq "$(<"$BATS_TEST_TMPDIR/other")" other "a file of another name"
	# Whoever may read the folder can lock it.
	exec 8<"${out%/*}"
	flock 8
	tool_ok metrics --output "$out"
	exec 8<&-
	tool_fails "cannot write /nowhere/cni.prom: no such file or directory; its folder has to exist and to take new files" metrics --output /nowhere/cni.prom
	tool_fails "cannot write $BATS_TEST_TMPDIR/" metrics --output "$BATS_TEST_TMPDIR/"
}

@test "the dashboard asks for what there is, and the timer's unit can be started" {
	local name

	jq -e '.panels | length > 5' "$ROOT/docs/grafana-dashboard.json" >/dev/null
	tool_ok metrics
	for name in $(jq -r '.panels[].targets[].expr, .templating.list[].query' "$ROOT/docs/grafana-dashboard.json" | grep -oE '\bcni_[a-z_]+' | sort -u); do
		grep -q "^# TYPE $name gauge$" "$stdout_file" || fail_because "the dashboard wants $name"
	done
	read -ra command < <(sed -n 's/^ExecStart=//p' "$ROOT/tools/cnitool/systemd/cnitool-metrics.service")
	assert_eq "${command[*]:1:2}" "metrics --output" "what the unit starts"
	tool_ok "${command[@]:1:2}" "$BATS_TEST_TMPDIR/cni.prom"
}
