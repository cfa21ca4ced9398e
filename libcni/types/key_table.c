/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of all keys. `sh tests/lint/keys.sh --write` makes docs/configuration.md of it. */
#include "types/key_table.h"

const struct key_place key_places[] = {
	{ KEYS_OF_LIST, "",
	  "cniVersion|text|\"0.1.0\"|\"1.0.0\"|the version of the specification that the list is written for; nodes of Debian 12 know up to 1.0.0\n"
	  "cniVersions|list|none|[\"1.0.0\", \"1.1.0\"]|several versions: the runtime takes the newest that it knows\n"
	  "name|text|required|\"blue\"|the name of the network; leases, rules and links are remembered under it\n"
	  "plugins|list|required|[{\"type\": \"bridge\"}]|the plugins, which ADD calls in this order and DEL backwards\n"
	  "disableCheck|bool|false|true|the runtime does not call CHECK\n"
	  "disableGC|bool|false|true|the runtime does not call GC\n"
	  "loadOnlyInlinedPlugins|bool|false|true|no further plugins are read from a folder named like the network\n"
	  "args|object|none|{\"podman_labels\": {}}|what runtimes keep there; no plugin reads it\n",
	  "nerdctlID nerdctlLabels", false },
	{ "bridge", "",
	  "bridge|text|\"cni0\"|\"br-blue\"|the bridge; made when absent, and never removed\n"
	  "isGateway|bool|false|true|the bridge gets the gateways' addresses; forwarding is switched on\n"
	  "isDefaultGateway|bool|false|true|the same, and it is the container's default route\n"
	  "forceAddress|bool|false|true|replace another address of the bridge instead of failing\n"
	  "ipMasq|bool|false|true|what leaves the container's subnet gets the host's address\n"
	  "ipMasqBackend|text|\"nftables\"|\"nftables\"|for compatibility: \"iptables\" means nftables, too\n"
	  "mtu|number|the kernel's|1400|bytes, of both ends and of a bridge that is made\n"
	  "hairpinMode|bool|false|true|the port may send frames back where they came from\n"
	  "promiscMode|bool|false|true|the bridge is promiscuous; not beside hairpinMode\n"
	  "vlan|number|0|100|1 to 4094: the port is in this VLAN, untagged, and the gateway on BRIDGE.VLAN\n"
	  "vlanTrunk|list|none|[{\"id\": 101}, {\"minID\": 200, \"maxID\": 299}]|VLANs of the port, tagged\n"
	  "preserveDefaultVlan|bool|false|true|the port stays in the bridge's default VLAN\n"
	  "macspoofchk|bool|false|true|nothing leaves the container with another source MAC\n"
	  "ipspoofchk|bool|false|true|nothing leaves the container in the name of another address; needs an IPAM plugin\n"
	  "enabledad|bool|false|true|wait until IPv6 addresses have proved unique, one to two seconds\n"
	  "acceptRA|bool|false|true|believe router advertisements and make addresses from them\n"
	  "disableContainerInterface|bool|false|true|leave the container's end down; not beside an IPAM plugin\n"
	  "portIsolation|bool|false|true|isolated ports reach only ports that are not\n"
	  "altName|bool|false|true|the host's end is also called pod.NAMESPACE.NAME, as CNI_ARGS tell\n",
	  "addIf", false }, /* kubenet's template, and what was copied from it */
	{ "bridge", "vlanTrunk[]",
	  "minID|number|none|200|the first VLAN of a range\n"
	  "maxID|number|none|299|the last VLAN of a range\n"
	  "id|number|none|101|one VLAN\n",
	  "", false },
	{ "ptp", "",
	  "ipMasq|bool|false|true|what leaves the container's subnet gets the host's address\n"
	  "ipMasqBackend|text|\"nftables\"|\"nftables\"|for compatibility: \"iptables\" means nftables, too\n"
	  "mtu|number|the kernel's|1400|bytes, of both ends; 1280 or more with IPv6 addresses\n"
	  "acceptRA|bool|false|true|believe router advertisements and make addresses from them\n"
	  "altName|bool|false|true|the host's end is also called pod.NAMESPACE.NAME, as CNI_ARGS tell\n",
	  "isGateway isDefaultGateway hairpinMode", false }, /* kindnet's, taken over from bridge */
	{ "macvlan", "",
	  "master|text|that of the default route|\"eth1\"|the interface of the host to stand on; alternative names work\n"
	  "mode|text|\"bridge\"|\"private\"|bridge, private, vepa or passthru: whether containers of one master reach each other\n"
	  "mtu|number|the master's|1400|bytes, at most the master's\n"
	  "mac|text|the kernel's choice|\"02:00:00:00:00:07\"|of the container; MAC of CNI_ARGS and runtimeConfig.mac go before it\n"
	  "linkInContainer|bool|false|true|the master is looked for in the container\n"
	  "bcqueuelen|number|the kernel's|1000|broadcast frames that may wait; Linux 5.10 or later\n"
	  "enabledad|bool|true|false|wait until IPv6 addresses have proved unique, one to two seconds\n"
	  "acceptRA|bool|false|true|believe router advertisements and make addresses from them\n",
	  "", false },
	{ "ipvlan", "",
	  "master|text|that of the prevResult, else of the default route|\"eth1\"|the interface of the host to stand on; alternative names work\n"
	  "mode|text|\"l2\"|\"l3\"|l2, l3 or l3s: whether it hears broadcasts, or is routed by the master's side, or that through netfilter\n"
	  "mtu|number|the master's|1400|bytes, at most the master's\n"
	  "linkInContainer|bool|false|true|the master is looked for in the container\n"
	  "enabledad|bool|true|false|wait until IPv6 addresses have proved unique, one to two seconds\n"
	  "acceptRA|bool|false|true|believe router advertisements and make addresses from them\n",
	  "", false },
	{ "vlan", "",
	  "master|text|required|\"eth1\"|the interface of the host to stand on; alternative names work\n"
	  "vlanId|number|0|100|0 to 4094\n"
	  "mtu|number|the master's|1400|bytes, at most the master's\n"
	  "linkInContainer|bool|false|true|the master is looked for in the container\n"
	  "enabledad|bool|true|false|wait until IPv6 addresses have proved unique, one to two seconds\n"
	  "acceptRA|bool|false|true|believe router advertisements and make addresses from them\n",
	  "", false },
	{ "tap", "",
	  "multiQueue|bool|false|true|several descriptors may be open at once, one for each queue\n"
	  "mtu|number|the kernel's|1400|68 to 65521 bytes\n"
	  "mac|text|the kernel's choice|\"02:00:00:00:00:07\"|of the container's side; MAC of CNI_ARGS and runtimeConfig.mac go before it\n"
	  "owner|number|anybody|107|the user, by number, who may open it\n"
	  "group|number|anybody|107|the group, by number, whose members may open it\n"
	  "selinuxContext|text|the plugin's|\"system_u:system_r:container_t:s0\"|the label that it gets where SELinux is on\n"
	  "bridge|text|none|\"br-vm\"|a bridge in the container that it becomes a port of\n",
	  "", false },
	{ "host-device", "",
	  "device|text|none|\"eth1\"|the device, by its name\n"
	  "hwaddr|text|none|\"02:00:00:00:00:07\"|the device, by its MAC\n"
	  "kernelpath|text|none|\"/sys/devices/pci0000:00/0000:00:1f.6\"|the device, by a folder below /sys/devices whose net it is in\n"
	  "pciBusID|text|none|\"0000:00:1f.6\"|the device, by its PCI address\n"
	  "enabledad|bool|true|false|wait until IPv6 addresses have proved unique, one to two seconds\n"
	  "acceptRA|bool|false|true|believe router advertisements and make addresses from them\n",
	  "", false },
	{ "host-device", "runtimeConfig",
	  "deviceID|text|none|\"0000:00:1f.6\"|from device plugins: a PCI or auxiliary device; goes before pciBusID\n",
	  "", true },
	{ "ovs", "",
	  "bridge|text|br-int with ovnPort, else none|\"br-blue\"|the bridge; it must exist, unless createBridge\n"
	  "vlan|number|none|100|0 to 4095: an access port of this VLAN; without it a trunk\n"
	  "trunk|list|all VLANs|[{\"id\": 101}, {\"minID\": 200, \"maxID\": 299}]|the VLANs of a trunk\n"
	  "mtu|number|the kernel's|1400|bytes, of the pair and of a gateway's port that is made\n"
	  "ofport_request|number|the switch's choice|17|1 to 65279: the OpenFlow number of the port\n"
	  "interface_type|text|none|\"system\"|Interface.type in the switch; a veth needs none\n"
	  "deviceID|text|none|\"0000:00:1f.6\"|is refused: hardware that switches by itself is not supported\n"
	  "socket_file|text|\"/var/run/openvswitch/db.sock\"|\"unix:/run/ovs/db.sock\"|the socket of the switch's database\n"
	  "configuration_path|text|none|\"/etc/ovs.conf\"|a JSON file with these keys, for what the network leaves out\n"
	  "link_state_check_retries|number|5|10|how often ADD looks whether the switch has the port\n"
	  "link_state_check_interval|number|600|100|milliseconds between two looks\n"
	  "createBridge|bool|false|true|make the bridge when it is missing; it is never removed\n"
	  "datapathType|text|the switch's|\"netdev\"|of a bridge that is made: system or netdev\n"
	  "failMode|text|the switch's|\"standalone\"|of a bridge that is made: standalone or secure\n"
	  "isGateway|bool|false|true|the host has the gateways' addresses, on an internal port in the VLAN\n"
	  "isDefaultGateway|bool|false|true|the same, and it is the container's default route\n"
	  "forceAddress|bool|false|true|replace another address of the gateway's port instead of failing\n"
	  "ipMasq|bool|false|true|what leaves the container's subnet gets the host's address\n"
	  "ipMasqBackend|text|\"nftables\"|\"nftables\"|for compatibility: \"iptables\" means nftables, too\n"
	  "portIsolation|bool|false|true|isolated ports reach only ports that are not\n"
	  "macspoofchk|bool|false|true|nothing leaves the container with another source MAC; not where the datapath is in user space\n"
	  "ipspoofchk|bool|false|true|nothing leaves the container in the name of another address; not there, either\n"
	  "mac|text|0a:58 and the IPv4 address|\"02:00:00:00:00:07\"|of the container; args.cni.mac, MAC of CNI_ARGS and runtimeConfig.mac go before it\n"
	  "enabledad|bool|false|true|wait until IPv6 addresses have proved unique, one to two seconds\n"
	  "acceptRA|bool|false|true|believe router advertisements and make addresses from them\n",
	  "", false },
	{ "ovs", "trunk[]",
	  "id|number|none|101|one VLAN\n"
	  "minID|number|none|200|the first VLAN of a range\n"
	  "maxID|number|none|299|the last VLAN of a range\n",
	  "", false },
	{ "dummy", "", "", "", false },
	{ "loopback", "", "", "", false },
	{ "portmap", "",
	  "backend|text|\"nftables\"|\"nftables\"|for compatibility: \"iptables\" means nftables, too\n"
	  "snat|bool|true|false|containers of the subnet and the host's loopback get a source address that can be answered\n"
	  "masqAll|bool|false|true|every client gets the host's address (with snat)\n"
	  "markMasqBit|number|13|14|the bit of the packet mark that snat uses on the first packet of a connection\n"
	  "externalSetMarkChain|text|none|\"KUBE-MARK-MASQ\"|only this one, for whose effect snat is enough; others are refused\n"
	  "conditionsV4|list|none|[\"-s\", \"10.0.0.0/8\"]|what an IPv4 connection must fulfil besides; the README lists the options\n"
	  "conditionsV6|list|none|[\"-s\", \"fd00::/8\"]|the same for IPv6\n",
	  "noSnat", false }, /* Google's installer */
	{ "portmap", "runtimeConfig",
	  "portMappings|list|none|[{\"hostPort\": 8080, \"containerPort\": 80}]|from the runtime: the ports (capability portMappings)\n",
	  "", true },
	{ "portmap", "runtimeConfig.portMappings[]",
	  "hostPort|number|required|8080|1 to 65535, on the host\n"
	  "containerPort|number|required|80|1 to 65535, in the container\n"
	  "protocol|text|\"tcp\"|\"udp\"|tcp, udp or sctp\n"
	  "hostIP|text|every address|\"192.0.2.1\"|only at this address of the host; 0.0.0.0 and :: mean all of the family\n",
	  "", true },
	{ "firewall", "",
	  "backend|text|firewalld where it runs, else nftables|\"nftables\"|firewalld: its zones; nftables and iptables: rules of our own\n"
	  "iptablesAdminChainName|text|\"CNI-ADMIN\"|\"MY-RULES\"|the administrator's chain, which decides first\n"
	  "firewalldZone|text|\"trusted\"|\"containers\"|the zone of firewalld that the addresses become sources of\n"
	  "ingressPolicy|text|\"open\"|\"same-bridge\"|open; same-bridge: nothing from bridges that have a policy; isolated: nothing from siblings either\n",
	  "", false },
	{ "bandwidth", "",
	  "ingressRate|number|0|10000000|bits in a second to the container; 0: no limit\n"
	  "ingressBurst|number|10 ms of the rate|1000000|bits to the container that may pass at once\n"
	  "egressRate|number|0|10000000|bits in a second from the container; 0: no limit\n"
	  "egressBurst|number|10 ms of the rate|1000000|bits from the container that may pass at once\n"
	  "unshapedSubnets|list|none|[\"10.0.0.0/8\"]|traffic with these networks is not limited\n"
	  "shapedSubnets|list|none|[\"0.0.0.0/0\"]|only traffic with these networks is limited; not beside unshapedSubnets\n",
	  "", false },
	{ "bandwidth", "runtimeConfig",
	  "bandwidth|object|none|{\"ingressRate\": 10000000}|from the runtime: the first four keys (capability bandwidth)\n",
	  "", true },
	{ "vrf", "",
	  "vrfname|text|required|\"blue\"|the VRF; made when it is not there\n"
	  "table|number|0|100|the routing table of the VRF; 0: that of the VRF that is there, or the first that is free\n",
	  "", false },
	{ "sbr", "",
	  "table|number|one for each address|100|use this routing table, and make the rules only: somebody else fills it\n"
	  "gateways|list|those of the addresses|[\"10.9.0.1\"]|the default gateway of the tables, at most one of each family\n"
	  "addSourceHints|bool|false|true|the main table keeps the routes to the interface's subnets, with the address as source\n",
	  "", false },
	{ "tuning", "",
	  "sysctl|object|none|{\"net.core.somaxconn\": \"500\", \"net.ipv4.conf.IFNAME.arp_filter\": \"1\"}|settings below net in the container, written in this order\n"
	  "mac|text|as it is|\"02:00:00:00:00:07\"|of the interface; MAC of CNI_ARGS, runtimeConfig.mac and args.cni.mac go before it\n"
	  "promisc|bool|false|true|true switches promiscuous mode on; false changes nothing\n"
	  "mtu|number|0|1400|bytes; 0 changes nothing\n"
	  "txQLen|number|as it is|500|length of the transmit queue, in packets; 0 is a value\n"
	  "allmulti|bool|as it is|true|true receives all multicast frames, false does not\n"
	  "dataDir|text|\"/run/cni/tuning\"|\"/run/tuning\"|where backups are kept\n"
	  "restoreSysctls|bool|false|true|DEL restores the sysctls, too\n",
	  "", false },
	{ "host-local", "ipam",
	  "type|text|required|\"host-local\"|the plugin\n"
	  "ranges|list|none|[[{\"subnet\": \"10.9.0.0/24\"}], [{\"subnet\": \"fd00:9::/64\"}]]|list of sets; a set is a list of ranges, and gives one address\n"
	  "routes|list|none|[{\"dst\": \"0.0.0.0/0\"}]|copied to the result\n"
	  "resolvConf|text|none|\"/etc/resolv.conf\"|a file that becomes the DNS of the result\n"
	  "dataDir|text|\"/var/lib/cni/networks\"|\"/run/leases\"|leases are below it, in a folder named like the network\n"
	  "reclaim|bool|true|false|when a set is full, take back leases whose container is proven dead\n"
	  "cooldownSeconds|number|0|300|how long a released address is used last\n"
	  "sticky|bool|false|true|prefer the address that the pod of this name had before\n"
	  "stickySeconds|number|600|3600|how long it is kept for that pod; a full set uses it all the same\n"
	  "lockSeconds|number|30|10|how long to wait for another host-local before failing with code 11\n"
	  "subnet|text|none|\"10.9.0.0/24\"|a single range, in front of ranges; the next four keys are of it\n"
	  "rangeStart|text|the first usable|\"10.9.0.10\"|the first address that is given out\n"
	  "rangeEnd|text|the last usable|\"10.9.0.99\"|the last address that is given out\n"
	  "gateway|text|subnet + 1|\"10.9.0.254\"|the gateway, which is never given out\n"
	  "exclude|list|none|[\"10.9.0.64/26\"]|addresses and networks that are never given out\n",
	  "name", false },
	{ "host-local", "ipam.ranges[][]",
	  "subnet|text|required|\"10.9.0.0/24\"|the addresses\n"
	  "rangeStart|text|the first usable|\"10.9.0.10\"|the first address that is given out\n"
	  "rangeEnd|text|the last usable|\"10.9.0.99\"|the last address that is given out\n"
	  "gateway|text|subnet + 1|\"10.9.0.254\"|the gateway, which is never given out\n"
	  "exclude|list|none|[\"10.9.0.64/26\"]|addresses and networks that are never given out\n",
	  "", false },
	{ "host-local", "ipam.routes[]",
	  "dst|text|required|\"0.0.0.0/0\"|the destination\n"
	  "gw|text|the gateway|\"10.9.0.254\"|the next hop\n"
	  "mtu|number|none|1400|bytes, on this route\n"
	  "advmss|number|none|1360|bytes: the segment size that is announced\n"
	  "priority|number|the kernel's|100|the metric\n"
	  "table|number|the main table|100|the routing table\n"
	  "scope|number|0|253|0 is global, 253 link, 254 host\n",
	  "", false },
	{ "host-local", "runtimeConfig",
	  "ipRanges|list|none|[[{\"subnet\": \"10.9.0.0/24\"}]]|from the runtime: sets in front of all others (capability ipRanges)\n"
	  "ips|list|none|[\"10.9.0.7\"]|from the runtime: the addresses it is to get (capability ips)\n",
	  "", true },
	{ "dhcp", "ipam",
	  "type|text|required|\"dhcp\"|the plugin\n"
	  "daemonSocketPath|text|\"/run/cni/dhcp.sock\"|\"/run/dhcp.sock\"|where the daemon is\n"
	  "request|list|none|[{\"option\": \"ntp-servers\"}]|options that are asked for beside the usual ones\n"
	  "provide|list|none|[{\"option\": \"host-name\", \"value\": \"web\"}]|options that are sent\n"
	  "priority|number|0|100|the metric of every route; 0: the kernel's\n"
	  "clientId|text|\"owner\"|\"mac\"|who the server sees: owner (container, network and interface), container, mac, duid, or bytes in hex\n"
	  "hostname|text|none|\"web\"|the name that the server is told\n"
	  "broadcast|bool|false|true|servers are to answer by broadcast; always so on ipvlan\n"
	  "conflictCheck|bool|false|true|an address is probed before it is taken, and declined if another has it\n"
	  "timeout|number|the daemon's|30|seconds that ADD asks before it gives up\n"
	  "ipv6|text|none|\"slaac\"|slaac: addresses from router advertisements join the result; needs acceptRA\n",
	  "name", false },
	{ "dhcp", "ipam.request[]",
	  "skipDefault|bool|false|true|the usual options 121, 3, 1, 33, 6, 15, 119 and 26 are not asked for\n"
	  "option|text|none|\"ntp-servers\"|the name or number of an option\n",
	  "", false },
	{ "dhcp", "ipam.provide[]",
	  "option|text|required|\"host-name\"|the name or number of an option\n"
	  "value|text|none|\"web\"|its value\n"
	  "fromArg|text|none|\"K8S_POD_NAME\"|a key of CNI_ARGS whose value goes before it\n",
	  "", false },
	{ "static", "ipam",
	  "type|text|required|\"static\"|the plugin\n"
	  "addresses|list|none|[{\"address\": \"10.9.0.7/24\", \"gateway\": \"10.9.0.1\"}]|the addresses of the container\n"
	  "routes|list|none|[{\"dst\": \"0.0.0.0/0\"}]|copied to the result\n"
	  "dns|object|none|{\"nameservers\": [\"10.9.0.1\"]}|copied to the result\n",
	  "name", false },
	{ "static", "ipam.addresses[]",
	  "address|text|required|\"10.9.0.7/24\"|an address with the length of its network\n"
	  "gateway|text|none|\"10.9.0.1\"|the gateway of that network\n",
	  "version", false },
	{ "static", "ipam.routes[]",
	  "dst|text|required|\"0.0.0.0/0\"|the destination\n"
	  "gw|text|the gateway|\"10.9.0.254\"|the next hop\n"
	  "mtu|number|none|1400|bytes, on this route\n"
	  "advmss|number|none|1360|bytes: the segment size that is announced\n"
	  "priority|number|the kernel's|100|the metric\n"
	  "table|number|the main table|100|the routing table\n"
	  "scope|number|0|253|0 is global, 253 link, 254 host\n",
	  "", false },
	{ "static", "ipam.dns",
	  "nameservers|list|none|[\"10.9.0.1\"]|the servers, at most three that matter\n"
	  "domain|text|none|\"example.net\"|the domain of short names\n"
	  "search|list|none|[\"example.net\"]|domains that are tried for short names\n"
	  "options|list|none|[\"ndots:2\"]|options of the resolver\n",
	  "", false },
	{ "static", "runtimeConfig",
	  "ips|list|none|[\"10.9.0.7/24\"]|from the runtime: replaces all other addresses (capability ips)\n",
	  "", true },
};

const size_t key_place_count = array_size(key_places);
