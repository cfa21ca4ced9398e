# SPDX-License-Identifier: GPL-2.0-or-later
"""Leases and rules of others: as each contender would have made them, in the quickest way."""
import os
import shutil

import conf
from lab import inside


def address(number):
    """From .64.0 on, far from where leases begin."""
    return f"10.99.{64 + (number >> 8)}.{number & 255}"


def leases(folder, count, owner="other{}"):
    """Files in the directory format, from the beginning of the range."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(f"{folder}/bench")
    for number in range(2, count + 2):
        with open(f"{folder}/bench/10.99.{number >> 8}.{number & 255}", "w", encoding="ascii") as file:
            file.write(owner.format(number) + "\r\neth0")
    if count:
        with open(f"{folder}/bench/last_reserved_ip.0", "w", encoding="ascii") as file:
            file.write(f"10.99.{(count + 1) >> 8}.{(count + 1) & 255}")


def restore(who, lines):
    inside(who.host, ["iptables-restore", "--noflush"], "\n".join(["*nat", *lines, "COMMIT", ""]))


def masquerade_iptables(who, numbers):
    names = {n: f"CNI-{n:024x}" for n in numbers}
    restore(who, [f":{name} - [0:0]" for name in names.values()] + [
        line for n, name in names.items() for line in (
            f"-A POSTROUTING -s {address(n)}/32 -m comment --comment bench -j {name}",
            f"-A {name} -d 10.99.0.0/16 -m comment --comment bench -j ACCEPT",
            f"-A {name} ! -d 224.0.0.0/4 -m comment --comment bench -j MASQUERADE")])


def masquerade_nftables(who, numbers):
    rules = [f'add rule inet cni_plugins_masquerade masq_checks ip saddr == {address(n)} '
             f'ip daddr != 10.99.0.0/16 masquerade comment "0123456789abcdef-{n:016x}"' for n in numbers]
    inside(who.host, ["nft", "-f", "-"], "\n".join(rules) + "\n")


def masquerade(who, count):
    """So that there is masquerade of `count` others."""
    numbers = range(who.filled.get("masquerade", 0), count)
    who.filled["masquerade"] = count
    if not numbers:
        return
    if who.is_ours:
        who.lab.fill(who.host, count)
    elif who.backend == "nftables":
        masquerade_nftables(who, numbers)
    else:
        masquerade_iptables(who, numbers)


def port(number):
    return 1024 + number


def ports_iptables(who, numbers):
    names = {n: f"CNI-DN-{n:021x}" for n in numbers}
    restore(who, [f":{name} - [0:0]" for name in names.values()] + [
        line for n, name in names.items() for line in (
            f"-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment bench -m multiport --dports {port(n)} -j {name}",
            f"-A {name} -s 10.99.0.0/16 -p tcp --dport {port(n)} -j CNI-HOSTPORT-SETMARK",
            f"-A {name} -s 127.0.0.1/32 -p tcp --dport {port(n)} -j CNI-HOSTPORT-SETMARK",
            f"-A {name} -p tcp --dport {port(n)} -j DNAT --to-destination {address(n)}:80")])


def ports_nftables(who, numbers):
    rules = [rule for n in numbers for rule in (
        f'add rule ip cni_hostport hostports tcp dport {port(n)} dnat to {address(n)}:80 comment "other{n}"',
        f'add rule ip cni_hostport masquerading ip saddr {address(n)} ip daddr {address(n)} masquerade comment "other{n}"',
        f'add rule ip cni_hostport masquerading ip saddr 127.0.0.1 ip daddr {address(n)} masquerade comment "other{n}"')]
    inside(who.host, ["nft", "-f", "-"], "\n".join(rules) + "\n")


def ports_ours(who, numbers):
    for n in numbers:
        config = conf.portmap(who, 1, port(n))
        config["prevResult"] = {"cniVersion": "1.0.0", "interfaces": [{"name": "eth0", "sandbox": f"/run/netns/{who.pods[0]}"}],
                                "ips": [{"address": f"{address(n)}/16", "interface": 0}]}
        who.run("ADD", "portmap", config, who.pods[0], container=f"other{n}")


def ports(who, count):
    """So that there are ports of `count` others; a first one has been mapped, so that the chains are there."""
    numbers = range(who.filled.get("ports", 0), count)
    who.filled["ports"] = count
    if not numbers:
        return
    if who.is_ours:
        ports_ours(who, numbers)
    elif who.backend == "nftables":
        ports_nftables(who, numbers)
    else:
        ports_iptables(who, numbers)


def links(who, count):
    present = who.filled.get("links", 0)
    who.filled["links"] = count
    if count > present:
        inside(who.host, ["ip", "-batch", "-"], "".join(
            f"link add fill{n} type veth peer name fillp{n}\n" for n in range(present // 2, count // 2)))
