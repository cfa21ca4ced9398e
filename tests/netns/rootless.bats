#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The chain of podman's networks, with limits behind it, by a user who is root only in a user namespace of his own, as podman runs its plugins
# without root.

load helpers

setup() {
	setup_host
	# Where the user may look.
	place=/var/lib/cni/rootless
	mkdir -p "$place/bin" "$place/net.d"
	for program in cnitool bridge host-local portmap firewall tuning bandwidth; do
		cp "$PLAIN_BIN/$program" "$place/bin/"
	done
	jq -n '{cniVersion: "1.0.0", name: "own", plugins: [
		{type: "bridge", bridge: "cni-podman0", isGateway: true, ipMasq: true, hairpinMode: true,
			ipam: {type: "host-local", routes: [{dst: "0.0.0.0/0"}], ranges: [[{subnet: "10.88.0.0/16", gateway: "10.88.0.1"}]]}},
		{type: "portmap", capabilities: {portMappings: true}}, {type: "firewall", backend: ""},
		{type: "tuning", sysctl: {"net.ipv4.ip_unprivileged_port_start": "0"}},
		{type: "bandwidth", ingressRate: 8000000, egressRate: 8000000}]}' >"$place/net.d/own.conflist"
}

teardown() {
	teardown_host
	rm -rf /var/lib/cni/rootless
}

@test "a user without privileges attaches, checks and detaches in a namespace of his own" {
	# shellcheck disable=SC2016 # for the inner shell
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user --net --mount --propagation private bash -c '
		set -eu
		cd "$1"
		mount -t tmpfs own /run
		mkdir -p /run/netns /run/bin
		cp bin/* /run/bin/
		cp net.d/own.conflist /run/
		mount -t tmpfs own /var/lib
		ip link set lo up
		ip netns add web
		ip netns add other
		before=$(nft list ruleset; ip -o link)
		export NETCONFPATH=/run CNI_PATH=/run/bin
		export CAP_ARGS="{\"portMappings\": [{\"hostPort\": 8080, \"containerPort\": 80, \"protocol\": \"tcp\"}]}"
		/run/bin/cnitool add own /run/netns/web >/run/result
		CAP_ARGS={} /run/bin/cnitool add own /run/netns/other >/dev/null
		/run/bin/cnitool check own /run/netns/web
		address=$(jq -r ".ips[0].address | split(\"/\")[0]" /run/result)
		ip netns exec other ping -c 1 -W 10 "$address" >/dev/null
		nft list map inet cni_portmap ports-ipv4 | grep -q "tcp . 8080 .* : $address . 80"
		ip netns exec web sysctl -n net.ipv4.ip_unprivileged_port_start | grep -qx 0
		tc qdisc show | grep -c tbf | grep -qx 4
		/run/bin/cnitool del own /run/netns/web
		CAP_ARGS={} /run/bin/cnitool del own /run/netns/other
		ip link delete cni-podman0
		test "$(nft list ruleset; ip -o link)" = "$before"
		test -z "$(find /var/lib/cni -name "10.*" -o -name "own-*")"' bash "$place"
}
