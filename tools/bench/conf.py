# SPDX-License-Identifier: GPL-2.0-or-later
"""The configurations that are measured."""

SUBNETS = {"4": ("10.99.0.0/16", "0.0.0.0/0"), "6": ("fd00:99::/64", "::/0")}


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


def portmap(who, ports, version=None, name="bench"):
    config = {"cniVersion": version or "1.0.0", "name": name, "type": "portmap", "capabilities": {"portMappings": True},
              "snat": True,
              "runtimeConfig": {"portMappings": [{"hostPort": 20000 + i, "containerPort": 80 + i, "protocol": "tcp"}
                                                 for i in range(ports)]}}
    if who.backend == "nftables":
        config["backend"] = "nftables"
    return config


def loopback(who):
    return {"cniVersion": "1.0.0", "name": "lo", "type": "loopback"}


def host_local(who, families, leases=None, version=None, name="bench"):
    return {"cniVersion": version or "1.0.0", "name": name, "type": "host-local", "ipam": ipam(who, families, leases)}


# What a chain is called, its plugins, and how the floor makes the same: kind, families, masquerade, processes.
CHAINS = [
    ("bridge, no addresses", lambda w: [network(w, "bridge")], ("bridge", "", False, 1)),
    ("bridge IPv4", lambda w: [network(w, "bridge", "4")], ("bridge", "4", False, 2)),
    ("bridge IPv6", lambda w: [network(w, "bridge", "6")], ("bridge", "6", False, 2)),
    ("bridge dual", lambda w: [network(w, "bridge", "46")], ("bridge", "46", False, 2)),
    ("bridge IPv4 masquerade", lambda w: [network(w, "bridge", "4", True)], ("bridge", "4", True, 2)),
    ("bridge dual masquerade", lambda w: [network(w, "bridge", "46", True)], ("bridge", "46", True, 2)),
    ("ptp IPv4", lambda w: [network(w, "ptp", "4")], ("ptp", "4", False, 2)),
    ("ptp IPv6", lambda w: [network(w, "ptp", "6")], ("ptp", "6", False, 2)),
    ("ptp dual masquerade", lambda w: [network(w, "ptp", "46", True)], ("ptp", "46", True, 2)),
    ("kindnet chain, 1 port", lambda w: [network(w, "ptp", "4"), portmap(w, 1)], None),
    ("kindnet chain, 32 ports", lambda w: [network(w, "ptp", "4"), portmap(w, 32)], None),
    ("loopback", lambda w: [loopback(w)], None),
    ("host-local IPv4", lambda w: [host_local(w, "4")], None),
    ("host-local dual", lambda w: [host_local(w, "46")], None),
]
