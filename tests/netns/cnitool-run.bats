#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cnitool run, list, ps and show.

load helpers
load cnitool

setup() {
	setup_tool
	network n
}

teardown() {
	teardown_tool
}

# Nothing of a run is left: no namespace, process, link, lease, cached result, rule.
nothing_is_left() {
	[[ ! -e /run/netns/box ]] || fail_because "the namespace is there"
	assert_eq "$(leased) $(cached_files)" "0 0" "leases and cached results"
	wait_until 5 no_ports
	assert_eq "$(host nft list ruleset)" "" "rules"
	refute pgrep -f 'sleep 4321'
}

no_ports() {
	[[ -z $(host ip -o link show type veth) ]]
}

is_running() {
	in_container box ip addr show eth0 | grep -q 'inet 10.9.0'
}

is_started() {
	pgrep -f '^sleep 4321'
}

@test "run: a command in a new container, its output and its exit status" {
	tool_ok run n -- ip -j addr
	assert_json 'map(select(.ifname == "eth0"))[0].addr_info[0].local' '"10.9.0.2"'
	assert_json 'map(select(.ifname == "lo"))[0].flags | contains(["UP"])' true
	tool run n sh -c 'exit 7'
	assert_eq "$status" 7
	tool_ok run -n box n ping -qc 1 10.9.0.1
	nothing_is_left
}

@test "run: without a command it is the user's shell" {
	tool_environment=(SHELL=/bin/pwd)
	tool_ok run -n box n
	assert_eq "$stdout" "$PWD"
	nothing_is_left
}

@test "run: several networks are eth0, eth1" {
	network m '.plugins[1] += {bridge: "br1", isDefaultGateway: false, ipMasq: false} |
		.plugins[1].ipam.ranges = [[{subnet: "10.10.0.0/24"}]]'
	tool_ok run -n box n,m -- ip -j addr
	assert_json 'map(select(.ifname | test("eth")) | .addr_info[0].local)' '["10.9.0.2", "10.10.0.2"]'
	nothing_is_left
}

@test "run: what was connected meanwhile goes, too" {
	network m '.plugins[1] += {bridge: "br1", isDefaultGateway: false, ipMasq: false} |
		.plugins[1].ipam.ranges = [[{subnet: "10.10.0.0/24"}]]'
	background run -n box n -- sleep 4321
	wait_until 30 is_started
	tool_ok connect m box
	tool_ok add -i net1 n /run/netns/box
	assert_eq "$(cached_files)" 3
	kill -TERM "$tool_pid"
	wait "$tool_pid" || true
	nothing_is_left
}

@test "run: options behind the network are no command" {
	tool_fails 'options stand before the first argument: -p' run n -p 8080:80 -- true
	nothing_is_left
}

@test "who is not root is told so" {
	tool_ok run n true
	status=0
	# by descriptor, since not every folder on the way need be open to all
	# shellcheck disable=SC2016 # for the inner shell
	stderr=$(in_tool_environment setpriv --reuid 65534 --clear-groups sh -c 'exec /proc/self/fd/9 ps' 9<"$cnitool" 2>&1) || status=$?
	assert_eq "$status" 1
	assert_match "$stderr" "permission denied; cnitool is for root"
}

@test "run: SIGKILL to the command" {
	tool run -n box n -- sh -c 'sleep 4321 & kill -KILL $$'
	assert_eq "$status" 137
	nothing_is_left
}

@test "run: SIGTERM, SIGINT and SIGHUP to cnitool" {
	local signal

	for signal in TERM INT HUP; do
		background run -n box n -- sh -c 'sleep 4321 & sleep 4321'
		wait_until 30 is_started
		kill -"$signal" "$tool_pid"
		wait "$tool_pid" || true
		nothing_is_left
	done
}

# marked FILE: the process whose number stands there runs.
marked() {
	[[ -s $1 ]] && kill -0 "$(<"$1")"
}

@test "run: a daemon that the command has started goes, a visitor stays and is named" {
	local visitor=$BATS_TEST_TMPDIR/visitor guest=$BATS_TEST_TMPDIR/guest daemon=$BATS_TEST_TMPDIR/daemon

	background run -n box n -- sh -c "(setsid sh -c 'echo \$\$ >$daemon; exec sleep 4321' &); sleep 4321"
	wait_until 30 marked "$daemon"
	# shellcheck disable=SC2016 # for the inner shells
	nsenter --net=/run/netns/box sh -c 'echo $$ >"$1"; exec sleep 600' sh "$visitor" 3>&- &
	in_tool_environment "$cnitool" exec box sh -c "echo \$\$ >$guest; exec sleep 600" 3>&- &
	wait_until 30 marked "$visitor"
	wait_until 30 marked "$guest"
	kill -TERM "$tool_pid"
	wait "$tool_pid" || true
	nothing_is_left
	refute marked "$daemon"
	marked "$visitor"
	marked "$guest"
	grep -qE '^cnitool: process [0-9]+ \(sleep\) and 1 more are still in /run/netns/box: ' "$BATS_TEST_TMPDIR/background"
	kill "$(<"$visitor")" "$(<"$guest")"
}

zombies_of_tool() {
	[[ $(ps -o stat= --ppid "$tool_pid") == *Z* ]]
}

@test "run: what the command leaves running is no zombie once it has ended" {
	background run -n box n -- sh -c "(sh -c 'sleep 0.1; echo >$BATS_TEST_TMPDIR/ended' &); sleep 4321"
	wait_until 30 test -e "$BATS_TEST_TMPDIR/ended"
	wait_until 10 refute zombies_of_tool
	# what ended was cnitool's to wait for
	assert_eq "$(ps -o comm= --ppid "$tool_pid" | tr '\n' ' ')" "sh " "children"
	kill -TERM "$tool_pid"
	wait "$tool_pid" || true
	nothing_is_left
}

@test "run: a command that ignores SIGTERM is killed after a while" {
	background run -n box n -- sh -c 'trap "" TERM; sleep 4321 & wait; sleep 4321'
	wait_until 30 is_started
	kill -TERM "$tool_pid"
	status=0
	wait "$tool_pid" || status=$?
	assert_eq "$status" 137
	nothing_is_left
}

@test "run: a signal during ADD" {
	fake_plugin slow <<'EOS'
[ "$CNI_COMMAND" = ADD ] || exit 0
sleep 30
EOS
	network n '.plugins += [{type: "slow"}]'
	background run -n box n -- true
	wait_until 30 is_running
	kill -TERM "$tool_pid"
	status=0
	wait "$tool_pid" || status=$?
	assert_eq "$status" 1
	nothing_is_left
}

@test "run: a command that does not exist, a network that does not exist, a name that is taken" {
	tool run -n box n nosuch
	assert_eq "$status $stderr" "127 cannot run nosuch: no such file or directory" "status and stderr"
	tool run -n box n /etc/passwd
	assert_eq "$status $stderr" "126 cannot run /etc/passwd: permission denied" "status and stderr"
	nothing_is_left
	tool_fails 'no net configuration with name "x"' run -n box n,x true
	nothing_is_left
	ip netns add box
	tool_fails 'namespace /run/netns/box: file exists' run -n box n true
	[[ -e /run/netns/box ]]
}

@test "run: an ADD that fails leaves nothing" {
	network n '.plugins += [{type: "nosuch"}]'
	tool_fails 'failed to find plugin "nosuch"' run -n box n true
	rm "$conf_dir"/*
	network n
	nothing_is_left
}

@test "a plugin that is missing is told once: its name, the folders, what to do" {
	local lacks='failed to find plugin "%s" in path [%s]; install %s into one of the folders of CNI_PATH' text

	new_container red
	network n '.plugins += [{type: "nosuch"}]'
	# shellcheck disable=SC2059 # it is a format
	printf -v text "plugin type=\"nosuch\" failed (add): $lacks" nosuch "${cni_path//:/ }" nosuch
	tool add n "$netns"
	assert_eq "$status $stderr" "1 $text" "add"
	tool run n true
	assert_eq "$status $stderr" "1 $text" "run"
	# two plugins lack the same program, and a third another one
	network n '.plugins[1].ipam.type = "nosuch" | .plugins += [.plugins[1] + {bridge: "br1"}]'
	tool add n "$netns"
	assert_eq "$(grep -o 'failed to find' <<<"$stderr" | wc -l)" 1 "add: $stderr"
	tool del n "$netns"
	assert_eq "$(grep -o 'failed to find' <<<"$stderr" | wc -l)" 1 "del: $stderr"
	network n '.plugins[1].ipam.type = "nosuch" | .plugins += [{type: "other"}]'
	tool del n "$netns"
	[[ $stderr == *'"other" in path'*'"nosuch" in path'* ]] || fail_because "not both: $stderr"
}

@test "run --publish: the capability portMappings" {
	fake_plugin ports <<'EOS'
[ "$CNI_COMMAND" != ADD ] || jq .prevResult "$in"
EOS
	network n '.plugins += [{type: "ports", capabilities: {portMappings: true}}]'
	tool_ok run -p '8080:80,127.0.0.1:53:5353/udp,[::1]:1:2/sctp' n true
	assert_eq "$(jq -c .runtimeConfig.portMappings "$BATS_TEST_TMPDIR/ports.in")" \
		'[{"containerPort":80,"hostPort":8080,"protocol":"tcp"},{"containerPort":5353,"hostIP":"127.0.0.1","hostPort":53,"protocol":"udp"},{"containerPort":2,"hostIP":"::1","hostPort":1,"protocol":"sctp"}]'
	tool_fails '--publish 80: expected' run -p 80 n true
	tool_fails '--publish 0:80: expected' run -p 0:80 n true
	network plain
	tool_fails '--publish: no plugin of plain has the capability portMappings' run -p 8080:80 plain true
	tool_ok run -p 8080:80 plain,n true
}

@test "list: networks, what is broken, what is missing, what is never used" {
	network z '.plugins += [{type: "nosuch"}]'
	network y '.cniVersion = "1.0.0" | .plugins[1].ipam.type = "nosuch"'
	network n '.' zz.conflist
	echo '{' >"$conf_dir/aa.conflist"
	tool_ok list --json
	assert_json 'map([.name, (.status | split(":")[0])])' \
		'[[null, "broken"], ["n", "ready"], ["y", "not ready"], ["z", "not ready"], ["n", "unused"]]'
	tool_ok list
	assert_match "$stdout" "n +1.1.0 +loopback,bridge +$conf_dir/n.conflist +ready"
}

@test "list and doctor tell keys that nobody knows, and where the JSON of a file is wrong" {
	network n '.plugins[1] += {brige: "x", isGatway: true} | .plugins[1].ipam.subnett = "x" | .nmae = 1'
	printf '{\n  "cniVersion": "1.0.0",\n  "name": x\n}\n' >"$conf_dir/zz.conflist"
	tool_ok list
	[[ $stdout == *"ready; nmae: no such key, did you mean name?; plugin bridge: brige: no such key, did you mean bridge?;"* ]]
	[[ $stdout == *"broken: "*"line 3, column 11"* ]]
	tool_ok list --json
	assert_json '.[0].warnings | length' 4
	rm "$conf_dir/zz.conflist"
	tool doctor n --json
	assert_json 'map(.name) | unique' '["key-unknown"]'
	assert_json 'map(.what) | sort' '["nmae: no such key, did you mean name?",
		"plugin bridge: brige: no such key, did you mean bridge?",
		"plugin bridge: isGatway: no such key, did you mean isGateway?",
		"plugin host-local: ipam.subnett: no such key, did you mean subnet?"]'
	assert_eq "$status" 1
	network n
	tool_ok doctor n
	tool_ok list --json
	assert_json '.[0].warnings' '[]'
}

@test "ps: alive, dead, unknown" {
	new_container red
	tool_ok add n "$netns"
	new_container blue
	tool_ok add n "$netns"
	tool_ok ps --json
	assert_json 'map([.network, .ifname, .addresses, .state, .netns] | tostring) | sort' \
		'["[\"n\",\"eth0\",[\"10.9.0.2/24\"],\"alive\",\"/run/netns/red\"]", "[\"n\",\"eth0\",[\"10.9.0.3/24\"],\"alive\",\"/run/netns/blue\"]"]'
	ip netns delete blue
	tool_ok ps --json n
	assert_json 'map(.state) | sort' '["alive","dead"]'
	rm -r "$CACHE"
	wait_until 5 one_port
	tool_ok ps --json
	assert_json 'map([.state, .addresses])' '[["unknown", ["10.9.0.2/24"]]]'
	network empty
	tool_ok ps empty --json
	assert_json . '[]'
	tool_fails 'no network has the name "nosuch"' ps nosuch
	tool_fails 'no network has the name "nosuch"' show nosuch
	tool_fails 'no network has the name "nosuch"' show nosuch --json
	# A network whose configuration is gone has its attachments all the same.
	rm "$conf_dir/n.conflist"
	tool_ok ps n --json
	assert_json length 1
	tool_ok show n
}

one_port() {
	[[ $(host ip -o link show type veth | wc -l) == 1 ]]
}

two_containers() {
	new_outside
	new_container red
	tool_ok add n "$netns"
	new_container blue
	tool_ok add n "$netns"
	red_port=$(host ip -j link show type veth | jq -r --arg i "$(in_container red ip -j link show eth0 | jq .[0].link_index)" \
		'.[] | select(.ifindex == ($i | tonumber)) | .ifname')
}

@test "show: a tree" {
	two_containers
	tool_ok show n
	grep -q "^└─ br0  bridge  10.9.0.1/24$" "$stdout_file"
	grep -q "^├─ uplink  192.0.2.1/24  2001:db8::1/64" "$stdout_file"
	grep -q "   [├└]─ $red_port ── eth0 in red  10.9.0.2/24$" "$stdout_file"
	assert_eq "$(grep -c 'network n, default via 10.9.0.1, masqueraded$' "$stdout_file")" 2
	in_container red ip link set eth0 down
	tool_ok show n
	grep -q "eth0 in red  10.9.0.2/24  DOWN$" "$stdout_file"
	refute grep -q $'\033' "$stdout_file"
}

@test "show: what stands on a link of the host hangs on it" {
	new_outside
	new_container red
	jq --arg dir "$data_dir" '.plugins[0].ipam.dataDir = $dir | .plugins[0].enabledad = false' "$ROOT/conf/41-macvlan.conflist" >"$conf_dir/41.conflist"
	tool_ok add lan "$netns"
	host ip link add mv0 link uplink type macvlan mode bridge
	new_container blue
	ifname=tap0
	jq --arg dir "$data_dir" '.plugins[0].ipam.dataDir = $dir | .plugins[0].enabledad = false' "$ROOT/conf/44-tap.conflist" >"$conf_dir/44.conflist"
	tool_ok add machines "$netns"
	tool_ok show
	grep -q "^│  ├─ mv0  macvlan" "$stdout_file" || grep -q "^   ├─ mv0  macvlan" "$stdout_file"
	grep -q "^.  └─ eth0 in red  macvlan  192.0.2.100/24  2001:db8::100/64$" "$stdout_file"
	grep -q "network lan, default via 192.0.2.2$" "$stdout_file"
	refute grep -q "^namespace red" "$stdout_file"
	grep -q "  tap  10.44.0.2/24" "$stdout_file"
	tool_ok show lan
	grep -q "─ uplink  192.0.2.1/24" "$stdout_file"
	grep -q "eth0 in red  macvlan" "$stdout_file"
	refute grep -q blue "$stdout_file"
	tool_ok show --json
	assert_json '.namespaces | map(select(.name == "red"))[0].links | map(select(.name == "eth0"))[0].standsOn' '"uplink"'
}

@test "show: colours on a terminal, unless NO_COLOR is set" {
	two_containers
	in_tool_environment script -qec "$cnitool show n" /dev/null </dev/null | grep -q $'\033\[1;36m'
	tool_environment=(NO_COLOR=1)
	refute grep -q $'\033' <(in_tool_environment script -qec "$cnitool show n" /dev/null </dev/null)
}

@test "show --json: pairs, attachments, masquerade" {
	two_containers
	tool_ok show n --json
	assert_json '.namespaces | map(.name)' '["host", "blue", "red"]'
	assert_json '.namespaces[0].links | map(select(.name == $port))[0] | [.master, .peer.namespace, .attachment.network]' \
		'["br0", "red", "n"]' --arg port "$red_port"
	assert_json '.masquerade | map(.address) | sort' '["10.9.0.2/24", "10.9.0.3/24"]'
}

@test "show --dot: a box for each namespace, a line for each pair" {
	two_containers
	tool_ok show n --dot
	assert_eq "$(grep -c 'subgraph cluster_' "$stdout_file")" 3
	grep -q "label=\"$red_port.nmasqueraded\"" "$stdout_file"
	assert_eq "$(head -n 1 "$stdout_file") $(tail -n 1 "$stdout_file")" "digraph network { }"
}

# What an SVG says, a line each: the tag's class, or the text of names and remarks.
svg_texts() {
	python3 -c '
import sys, xml.dom.minidom
for node in xml.dom.minidom.parse(sys.argv[1]).getElementsByTagName(sys.argv[2]):
    print("".join(n.data for n in node.childNodes if n.nodeType == n.TEXT_NODE).replace("\n", "; "))' "$stdout_file" "$1"
}

@test "show --svg: a picture of what the kernel has, without another program" {
	two_containers
	tool_environment=(PATH=/nonexistent)
	in_tool_environment "$cnitool" show n --svg >"$stdout_file"
	assert_eq "$(svg_texts text | grep -cxF -e red -e blue -e host -e br0 -e 10.9.0.2/24 -e 10.9.0.3/24 -e outside)" 7 "names"
	assert_eq "$(svg_texts text | grep -c '^masquerade$')" 1 "arrows"
	assert_eq "$(svg_texts title | grep -c "^eth0 in red; kind veth; state up; mtu 1500; mac .*; addresses 10.9.0.2/24; other end $red_port in host; network n; container cnitool-[0-9a-f]*; interface eth0; route 0.0.0.0/0 via 10.9.0.1; .*masqueraded$")" 1
	assert_eq "$(svg_texts text | grep -c DOWN)" 0 "what is down"
	in_container red ip link set eth0 down
	tool_environment=()
	tool_ok show n --svg
	assert_eq "$(svg_texts text | grep -c '^DOWN$')" 1 "what is down"
}

@test "show: an arrow of masquerade for bridges whose containers are masqueraded, and no other" {
	two_containers
	network plain '.name = "plain" | .plugins[1].bridge = "br1" | .plugins[1].ipMasq = false | .plugins[1].ipam.ranges = [[{subnet: "10.10.0.0/24"}]]'
	new_container green
	tool_ok add plain "$netns"
	tool_ok show --svg
	assert_eq "$(svg_texts text | grep -c '^masquerade$')" 1 "arrows"
	tool_ok show --dot
	assert_eq "$(grep -c 'label="  masquerade"' "$stdout_file")" 1 "arrows"
}

# id_of DIGIT: an id as runtimes make them.
id_of() {
	printf "$1%.0s" {1..64}
}

@test "show: containers by what podman, Docker and containerd call them" {
	local storage=/var/lib/containers/storage/overlay-containers docker=/var/lib/docker/containers
	local tasks=/run/containerd/io.containerd.runtime.v2.task name

	is_private || fail_because "these folders are the machine's"
	mkdir -p "$storage" "$docker/$(id_of b)" "$tasks/k8s.io/$(id_of c)" "$tasks/default/$(id_of d)"
	jq -n --arg id "$(id_of a)" '[{id: "0", names: ["other"]}, {id: $id, names: ["web"]}]' >"$storage/containers.json"
	echo '{"Name": "/db\u001b]0;x"}' >"$docker/$(id_of b)/config.v2.json"
	echo '{"annotations": {"io.kubernetes.cri.sandbox-name": "dns-1", "io.kubernetes.cri.sandbox-namespace": "kube-system"}}' \
		>"$tasks/k8s.io/$(id_of c)/config.json"
	echo '{"annotations": {"nerdctl/name": "cache"}}' >"$tasks/default/$(id_of d)/config.json"
	for name in a b c d e; do
		new_container "ns-$name"
		id=$(id_of "$name") add bridge <<<"$(jq '.plugins[1] * {name: "n", cniVersion: "1.1.0"}' "$conf_dir/n.conflist")"
	done
	tool_ok show n
	for name in web 'db\\x1b]0;x' kube-system/dns-1 cache ns-e; do
		assert_eq "$(grep -c "eth0 in $name  10.9.0" "$stdout_file")" 1 "$name"
	done
	tool_ok show n --json
	assert_json '.namespaces | map(select(.container) | [.name, .container, .runtime]) | sort' \
		'[["ns-a", "web", "podman"], ["ns-b", "db\u001b]0;x", "docker"], ["ns-c", "kube-system/dns-1", "containerd"], ["ns-d", "cache", "containerd"]]'
	rm -r "${storage:?}" "${docker:?}" "${tasks:?}"
}

@test "show: a container is known by the control group of its process, the outermost id first" {
	local docker=/var/lib/docker/containers outer group

	is_private || fail_because "these folders are the machine's"
	mkdir "$BATS_TEST_TMPDIR/cgroup"
	mount -t cgroup2 cgroup "$BATS_TEST_TMPDIR/cgroup"
	outer=$BATS_TEST_TMPDIR/cgroup/docker-$(id_of 9).scope
	group=$outer/docker-$(id_of 8).scope
	mkdir -p "$docker/$(id_of 9)" "$docker/$(id_of 8)" "$group"
	echo '{"Name": "/own"}' >"$docker/$(id_of 9)/config.v2.json"
	echo '{"Name": "/pretended"}' >"$docker/$(id_of 8)/config.v2.json"
	new_container plain
	in_container plain sh -c "echo \$\$ >'$group/cgroup.procs'; exec sleep 60" 3>&- &
	wait_until 5 grep -q . "$group/cgroup.procs"
	tool_ok show --json
	echo 1 >"$group/cgroup.kill"
	wait_until 5 rmdir "$group"
	rmdir "$outer"
	umount "$BATS_TEST_TMPDIR/cgroup"
	assert_json '.namespaces | map(select(.name == "plain") | .container)' '["own"]'
	rm -r "${docker:?}"
}

@test "show --svg and --html: a name can neither be markup nor hide" {
	new_container '<b>&"x'
	in_container "$id" ip link add '<title>' type veth peer name "'&amp;"
	in_container "$id" ip link add $'\e]0;x' type veth peer name '<script>'
	tool_ok show --svg
	assert_eq "$(svg_texts text | grep -cxF -e '<b>&"x' -e '<title>' -e "'&amp;" -e '\x1b]0;x' -e '<script>')" 5
	tool_ok show --html
	assert_eq "$(grep -c '<script>' "$stdout_file") $(grep -c '</title>$' "$stdout_file")" "1 1"
	refute grep -q $'\e' "$stdout_file"
}

