# SPDX-License-Identifier: GPL-2.0-or-later
"""The configurations that are measured, and the scenarios made of them."""
from typing import Callable, List, NamedTuple, Optional

SUBNETS = {"4": ("10.99.0.0/16", "0.0.0.0/0"), "6": ("fd00:99::/64", "::/0")}
FIRST_PORT = 20000
KEPT_PORT = 30000  # of the attachment that is there all the time


def ipam(who, families, leases=None):
    return {"type": "host-local", "dataDir": leases or who.leases,
            "ranges": [[{"subnet": SUBNETS[f][0]}] for f in families],
            "routes": [{"dst": SUBNETS[f][1]} for f in families]}


def network(who, kind, families="", masquerade=False, version=None, name="bench"):
    """bridge or ptp with host-local, or a bridge without addresses."""
    config = {"cniVersion": version or "1.0.0", "name": name, "type": kind}
    if kind == "bridge":
        config["bridge"] = "bench0"
        config["isGateway"] = bool(families)
        config["isDefaultGateway"] = bool(families)
    if families:
        config["ipam"] = ipam(who, families)
        if kind == "bridge":
            del config["ipam"]["routes"]
    if masquerade:
        config["ipMasq"] = True
        if who.backend == "nftables":
            config["ipMasqBackend"] = "nftables"
    return config


def ovs(who, families=""):
    """A port of the bridge of tools/bench/switch.py."""
    config = {"cniVersion": "1.0.0", "name": "bench", "type": "ovs", "bridge": "ovs0", "vlan": 10,
              "socket_file": f"unix:/run/cni/bench/switch-{who.name}/db.sock"}
    return {**config, "ipam": ipam(who, families)} if families else config


def addressed(who):
    """A port of the bridge of tools/bench/addressed.py."""
    return {"cniVersion": "1.0.0", "name": "bench", "type": "bridge", "bridge": "bench-dhcp",
            "ipam": {"type": "dhcp", "daemonSocketPath": f"/run/cni/bench/dhcp-{who.name}.sock"}}


def portmap(who, ports, first=FIRST_PORT, name="bench"):
    config = {"cniVersion": "1.0.0", "name": name, "type": "portmap", "capabilities": {"portMappings": True},
              "snat": True,
              "runtimeConfig": {"portMappings": [{"hostPort": first + i, "containerPort": 80 + i, "protocol": "tcp"}
                                                 for i in range(ports)]}}
    if who.backend == "nftables":
        config["backend"] = "nftables"
    return config


def firewall(_who):
    return {"cniVersion": "1.0.0", "name": "bench", "type": "firewall"}


def tuning(_who):
    return {"cniVersion": "1.0.0", "name": "bench", "type": "tuning"}


def loopback(_who):
    return {"cniVersion": "1.0.0", "name": "lo", "type": "loopback"}


def interface(who, kind, families, **keys):
    """A plugin whose interface leaves nothing on the host."""
    return {"cniVersion": "1.0.0", "name": "bench", "type": kind, **keys, "ipam": ipam(who, families)}


def sbr(_who):
    return {"cniVersion": "1.0.0", "name": "bench", "type": "sbr"}


def host_local(who, families, leases=None, version=None, name="bench"):
    return {"cniVersion": version or "1.0.0", "name": name, "type": "host-local", "ipam": ipam(who, families, leases)}


class Floor(NamedTuple):
    """What `bench serve` makes by itself, and how many processes a runtime has to start at least."""

    kind: str  # bridge, ptp, loopback, ovs, macvlan, tap, device, sbr, none
    families: str = ""
    masquerade: bool = False
    ports: int = 0
    processes: int = 1
    firewall: bool = False


Chain = Callable[[object], List[dict]]


class Scenario(NamedTuple):
    name: str
    chain: Chain
    floor: Floor
    base: Optional[Chain] = None  # attached before the clock starts
    kept: Optional[Chain] = None  # of another pod that is there all the time; None: the chain itself


def bridge(families, masquerade=False):
    return lambda who: [network(who, "bridge", families, masquerade)]


def ptp(families, masquerade=False):
    return lambda who: [network(who, "ptp", families, masquerade)]


def ports_of(count, first=FIRST_PORT):
    return lambda who: [portmap(who, count, first)]


def both(first, second):
    return lambda who: first(who) + second(who)


def podman(count, first=FIRST_PORT):
    """What podman and nerdctl make of a network."""
    return lambda who: [network(who, "bridge", "4", True), portmap(who, count, first), firewall(who), tuning(who)]


def macvlan(families):
    return lambda who: [interface(who, "macvlan", families, master="benchup", mode="bridge")]


def tap(families):
    return lambda who: [interface(who, "tap", families, owner=0, group=0)]


def host_device(families, device):
    return lambda who: [interface(who, "host-device", families, device=device)]


KEPT_KINDNET = both(ptp("4"), ports_of(1, KEPT_PORT))

CHAINS = [
    Scenario("bridge, no addresses", bridge(""), Floor("bridge")),
    Scenario("bridge IPv4", bridge("4"), Floor("bridge", "4", processes=2)),
    Scenario("bridge IPv6", bridge("6"), Floor("bridge", "6", processes=2)),
    Scenario("bridge dual", bridge("46"), Floor("bridge", "46", processes=2)),
    Scenario("bridge IPv4 masquerade", bridge("4", True), Floor("bridge", "4", True, processes=2)),
    Scenario("bridge IPv6 masquerade", bridge("6", True), Floor("bridge", "6", True, processes=2)),
    Scenario("bridge dual masquerade", bridge("46", True), Floor("bridge", "46", True, processes=2)),
    Scenario("ptp IPv4", ptp("4"), Floor("ptp", "4", processes=2)),
    Scenario("ptp IPv6", ptp("6"), Floor("ptp", "6", processes=2)),
    Scenario("ptp dual masquerade", ptp("46", True), Floor("ptp", "46", True, processes=2)),
    Scenario("kindnet chain, 1 port", both(ptp("4"), ports_of(1)), Floor("ptp", "4", False, 1, 3), kept=KEPT_KINDNET),
    Scenario("kindnet chain, 32 ports", both(ptp("4"), ports_of(32)), Floor("ptp", "4", False, 32, 3), kept=KEPT_KINDNET),
    Scenario("podman chain, 1 port", podman(1), Floor("bridge", "4", True, 1, 5, True), kept=podman(1, KEPT_PORT)),
    Scenario("portmap, 1 port", ports_of(1), Floor("none", "4", False, 1, 1), ptp("4"), KEPT_KINDNET),
    Scenario("portmap, 32 ports", ports_of(32), Floor("none", "4", False, 32, 1), ptp("4"), KEPT_KINDNET),
    Scenario("ovs, no addresses", lambda who: [ovs(who)], Floor("ovs")),
    Scenario("ovs IPv4", lambda who: [ovs(who, "4")], Floor("ovs", "4", processes=2)),
    Scenario("bridge + dhcp", lambda who: [addressed(who)], Floor("bridge", processes=2)),
    Scenario("macvlan IPv4", macvlan("4"), Floor("macvlan", "4", processes=2)),
    Scenario("tap IPv4", tap("4"), Floor("tap", "4", processes=2)),
    Scenario("host-device IPv4", host_device("4", "benchdev"), Floor("device", "4", processes=2), kept=host_device("4", "benchkept")),
    Scenario("macvlan and sbr IPv4", both(macvlan("4"), lambda who: [sbr(who)]), Floor("sbr", "4", processes=3)),
    Scenario("loopback", lambda who: [loopback(who)], Floor("loopback")),
    Scenario("host-local IPv4", lambda who: [host_local(who, "4")], Floor("none")),
    Scenario("host-local dual", lambda who: [host_local(who, "46")], Floor("none")),
]
