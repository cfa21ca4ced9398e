#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# DEL never refuses: a configuration that names its network is enough, whatever else stands in it. Every key of every table
# of the sources gets values of every type, one at a time.

load helpers

# An ADD before each DEL takes time: before every fifth, before all with DEL_STEP=1 (make nightly).
DEL_STEP=${DEL_STEP:-5}

# The wrong and the right types, and values that no key can mean.
VALUES='[null, true, 1e999, "a/b", [7, "x", null], {}, {"type": 7, "cni": 7, "domain": 7}]'

# Where the keys of a table stand in a configuration, as a jq path. A table that is not known here fails the test.
place_of_table() {
	case $1 in
	*/netconf.c:shared_keys | bridge/*:keys | ptp/*:keys | macvlan/*:keys | ipvlan/*:keys | vlan/*:keys | tap/*:keys | host-device/*:keys | ovs/*:keys | portmap/*:keys_table | firewall/*:keys_table) echo '[]' ;;
	bandwidth/*:keys_table | tuning/*:keys_table | tuning/*:place_table | sbr/*:keys_table | vrf/*:keys_table) echo '[]' ;;
	*/netconf.c:ipam_keys | host-local/*:ipam_keys | host-local/*:place_keys | host-local/*:treatment_keys) echo '["ipam"]' ;;
	*/netconf.c:args_keys) echo '["args"]' ;;
	*/netconf.c:attachment_keys) echo '["cni.dev/valid-attachments", 0]' ;;
	*/dns.c:dns_keys) echo '["dns"]' ;;
	ovs/*:trunk_keys) echo '["trunk", 0]' ;;
	bridge/*:trunk_keys) echo '["vlanTrunk", 0]' ;;
	dhcp/*:table) echo '["ipam"]' ;;
	dhcp/*:provide_table) echo '["ipam", "provide", 0]' ;;
	dhcp/*:request_table) echo '["ipam", "request", 0]' ;;
	portmap/*:runtime_table | host-local/*:runtime_keys | host-device/*:runtime_keys) echo '["runtimeConfig"]' ;;
	portmap/*:mapping_table) echo '["runtimeConfig", "portMappings", 0]' ;;
	host-local/*:range_keys) echo '["ipam", "ranges", 0, 0]' ;;
	host-local/*:keys) echo '["args", "cni"]' ;;
	*) fail_because "where do the keys of $1 stand?" ;;
	esac
}

# The paths of all keys in the tables of FILE…, one in a line.
paths_of() {
	local file name table place key

	for file; do
		name=${file#*/}
		while read -r table key; do
			place=$(place_of_table "$name:$table") || return
			jq -nc --argjson place "$place" --arg key "$key" '$place + [$key]'
		done < <(tr '\n' ' ' <"$ROOT/$file" |
			grep -oE 'static const struct conf_key [a-z_0-9]+\[\] = \{|CONF_[A-Z]+\([^"()]*, "[^"]+"' |
			sed -nE '/conf_key/{s/.*conf_key ([a-z_0-9]+).*/\1/;h;d};s/.*"(.*)"/\1/;G;s/(.*)\n(.*)/\2 \1/p')
	done
}

SHARED=(libcni/types/netconf.c libcni/types/dns.c)

# Keys that are read without a table, and those that only others read.
shared_paths() {
	paths_of "${SHARED[@]}"
	printf '%s\n' '["cniVersion"]' '["capabilities","mac"]' '["prevResult","cniVersion"]' '["prevResult","ips"]' \
		'["prevResult","interfaces"]' '["prevResult","ips",0,"address"]' '["runtimeConfig","mac"]' '["args","cni","mac"]' \
		'["ipam","addresses"]' '["ipam","addresses",0,"address"]' '["ipam","routes",0,"dst"]' '["ipam","dns"]' \
		'["cniVersions"]' '["nobody"]'
}

setup() {
	setup_host
	rm -rf /var/lib/cni/networks
}

teardown() {
	[[ -z ${OVS_RUNDIR:-} ]] || stop_switch
	teardown_host
}

# cases CONFIGURATION <PATHS: "path value configuration" for each value that can be put there.
cases() {
	jq -rc --argjson conf "$1" --argjson values "$VALUES" '
		. as $path
		| $values[] as $value
		| try ($conf | setpath($path; $value)) catch empty
		| "\($path) \($value) \(.)"'
}

# run_cases PLUGIN RIGHT EVERY, cases on stdin: tells on stdout what went wrong. It runs in the host's namespace, in a shell of
# its own, since whatever runs beside the plugins would cost more than they do.
run_cases() {
	local path value conf number=0 out=$TMP/out

	call() {
		CNI_COMMAND=$1 "$BIN/$2" <<<"$3" >"$out" 2>"$out.2" || echo "$1 $2 with $path = $value: $(cat "$out" "$out.2")"
	}
	# Rules are looked at in the end, as they tell whose they are.
	left_behind() {
		local leases=("$LEASES"/*/[0-9a-f]*[.:]*)

		[[ ! -e ${leases[0]} ]] || echo "${leases[@]}"
		grep -o 'veth[^:]*' /proc/net/dev
	}
	# Such an ADD could have been one of another network: then another place is looked into, which is right.
	names_another_place() {
		[[ "$path $value" == '["ipam","dataDir"] a/b' || "$path $value" == '["ipam"] {}' || "$path $value" == '["ipam"] null' ]]
	}
	while read -r path value conf; do
		export CNI_CONTAINERID=c$((++number))
		(($3 == 0 || number % $3)) || call ADD "$1" "$2"
		call DEL "$1" "$conf"
		[[ ! -s $out ]] || echo "DEL $1 with $path = $value says $(cat "$out")"
		(($3)) || continue
		! names_another_place || call DEL "$1" "$2"
		[[ -z $(left_behind) ]] || echo "DEL $1 with $path = $value left $(left_behind)"
	done
	((number > 100)) || echo "only $number cases"
}

rules_left_behind() {
	host nft list ruleset | grep '/eth0"'
}

# sweep PLUGIN CONFIGURATION, paths on stdin: a DEL of each succeeds and tells nothing on stdout; with ADD=1 an attachment
# that a right configuration made is gone after it.
sweep() {
	local every=0 words

	[[ -z ${ADD:-} ]] || every=$DEL_STEP
	words=$(cases "$2" | host env -i PATH="$PATH" TMP="$BATS_TEST_TMPDIR" LEASES="$data_dir" BIN="$BIN" CNI_NETNS="$netns" \
		CNI_IFNAME="$ifname" CNI_PATH="$cni_path" timeout 300 bash -c "$(declare -f run_cases); run_cases \"\$@\"" bash "$1" "$2" "$every")
	assert_eq "$words" "" "what went wrong"
	assert_eq "$(rules_left_behind)" "" "rules that are left"
}

@test "no configuration makes the DEL of bridge fail, and nothing is left" {
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN
	new_container one
	c=$(conf 10-bridge '.ipam |= del(.dataDir) | .macspoofchk = true | .ipspoofchk = true')
	data_dir=/var/lib/cni/networks
	{
		shared_paths
		paths_of plugins/bridge/conf.c ipam/host-local/conf.c
	} | ADD=1 sweep bridge "$c"
}

# A socket of another database is another switch: whether anything is left there only that one can tell.
@test "no configuration makes the DEL of ovs fail, and nothing is left" {
	load ovs
	start_switch
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN
	new_container one
	c=$(ovs_conf 'del(.ipam.dataDir, .socket_file)')
	data_dir=/var/lib/cni/networks
	{
		shared_paths
		paths_of plugins/ovs/conf.c | grep -v socket_file
	} | ADD=1 sweep ovs "$c"
	assert_eq "$(vsctl --bare --columns=name find port external_ids:cni-network=switch)" ""
}

@test "no configuration makes the DEL of ptp fail, and nothing is left" {
	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN
	new_container one
	c=$(conf 20-kindnet '.ipam |= del(.dataDir) | .ipMasq = true' ptp)
	data_dir=/var/lib/cni/networks
	{
		shared_paths
		paths_of plugins/ptp/conf.c
	} | ADD=1 sweep ptp "$c"
}

@test "no configuration makes the DEL of host-local fail, and nothing is left" {
	BIN=$PLAIN_BIN
	new_container one
	c=$(conf 10-bridge '.ipam |= del(.dataDir)')
	data_dir=/var/lib/cni/networks
	{
		shared_paths
		paths_of ipam/host-local/conf.c
	} | ADD=1 sweep host-local "$c"
}

@test "no configuration makes the DEL of sbr fail" {
	BIN=$PLAIN_BIN
	new_container one
	c=$(conf 51-sbr . sbr)
	{
		shared_paths
		paths_of plugins/sbr/conf.c
	} | sweep sbr "$c"
}

@test "no configuration makes the DEL of vrf fail" {
	BIN=$PLAIN_BIN
	new_container one
	c=$(conf 52-vrf . vrf)
	{
		shared_paths
		paths_of plugins/vrf/conf.c
	} | sweep vrf "$c"
}

@test "no configuration makes the DEL of tuning fail" {
	BIN=$PLAIN_BIN
	new_container one
	c=$(conf 50-tuning . tuning)
	{
		shared_paths
		paths_of plugins/tuning/conf.c
		printf '%s\n' '["sysctl","net.x"]' '["args","cni","sysctl"]'
	} | sweep tuning "$c"
}

@test "no configuration makes the DEL of bandwidth fail" {
	BIN=$PLAIN_BIN
	new_container one
	c=$(conf 32-bandwidth . bandwidth)
	{
		shared_paths
		paths_of plugins/bandwidth/conf.c
		printf '%s\n' '["runtimeConfig","bandwidth"]' '["runtimeConfig","bandwidth","ingressRate"]'
	} | sweep bandwidth "$c"
}

@test "no configuration makes the DEL of loopback or static fail" {
	c=$(conf 10-bridge '.ipam = {type: "static", addresses: [{address: "10.1.2.3/24"}]}')
	shared_paths | sweep loopback "$c"
	shared_paths | sweep static "$c"
}

# Where no daemon is, and none was.
@test "no configuration makes the DEL of dhcp fail" {
	{
		shared_paths
		paths_of ipam/dhcp/conf.c
	} | sweep dhcp "$(conf 46-dhcp '.ipam.daemonSocketPath = "/run/nobody/dhcp.sock"')"
}

@test "no configuration makes the DEL of a plugin with one interface fail, and nothing is left" {
	local plugin

	BIN=$PLAIN_BIN cni_path=$PLAIN_BIN
	new_container one
	for plugin in macvlan ipvlan vlan tap host-device; do
		{
			shared_paths
			paths_of "plugins/$plugin/${plugin//-/_}_conf.c"
		} | sweep "$plugin" "$(conf 41-macvlan ".type = \"$plugin\" | .ipam = {type: \"static\", addresses: [{address: \"10.1.2.3/24\"}]}")"
	done
	shared_paths | sweep dummy "$(conf 40-dummy '.ipam = {type: "static", addresses: [{address: "10.1.2.3/24"}]}')"
}

@test "no configuration makes the DEL of portmap fail" {
	c=$(conf 30-containerd '.' portmap)
	{
		shared_paths
		paths_of plugins/portmap/conf.c
	} | sweep portmap "$c"
}

@test "no configuration makes the DEL of firewall fail" {
	{
		shared_paths
		paths_of plugins/firewall/conf.c
	} | sweep firewall "$(conf 31-firewall . firewall)"
}

@test "what a DEL cannot read is told on stderr" {
	del bridge <<<"$(conf 10-bridge '.dns = ["8.8.8.8"] | .prevResult = "x" | .cniVersion = "9.9.9" | .ipam = {}')"
	assert_match "$stderr" 'bridge: ignored: json: cannot unmarshal array into field dns of type object'
	assert_match "$stderr" 'bridge: ignored: json: cannot unmarshal string into field prevResult of type object'
	assert_match "$stderr" 'bridge: ignored: incompatible CNI versions'
	args='FOO=1;BAR' del bridge <<<"$(conf 10-bridge)"
	assert_match "$stderr" 'bridge: ignored: ARGS: invalid pair "BAR"'
}

@test "a DEL whose IPAM plugin is not installed removes the rest and fails" {
	new_container c1
	add bridge <<<"$(conf 10-bridge)"
	cni DEL bridge <<<"$(conf 10-bridge '.ipam.type = "nosuch" | .dns = 7')"
	assert_error 999 'failed to find plugin "nosuch"'
	assert_eq "$(host ip -j link show type veth | jq length)" 0 "links left"
	assert_eq "$(host nft list ruleset | grep -c '/eth0"')" 0 "rules left"
	del bridge <<<"$(conf 10-bridge)"
	assert_eq "$(find "$data_dir"/containers -name '[0-9f]*[.:]*' | wc -l)" 0 "leases left"
}

# The kernel deletes no lo, whatever its name is.
@test "a container that renames its lo to the interface's name makes no DEL fail" {
	new_container c1
	add bridge <<<"$(conf 10-bridge)"
	in_container c1 ip link delete eth0
	in_container c1 ip link set lo name eth0
	del bridge <<<"$(conf 10-bridge)"
	del ptp <<<"$(conf 20-kindnet . ptp)"
	ifname=lo del loopback <<<"$(conf 99-loopback)"
	assert_eq "$(in_container c1 ip -j link show eth0 | jq -c '.[0].link_type')" '"loopback"' "what is left"
}
