# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the kernel has what a command said it made: a time is worth nothing when the work was not done."""
import os
import re
import shutil

import addressed
import switch
from lab import Failed, ask_ip, inside


def need(condition, who, what):
    if not condition:
        raise Failed(f"{who}: {what}")


def rules_of(host):
    """All of them as text, whichever way they were made."""
    tools = [["nft", "list", "ruleset"]] + [[tool] for tool in ("iptables-save", "ip6tables-save") if shutil.which(tool)]
    return "\n".join(inside(host, tool) for tool in tools)


INSIDE = ("macvlan", "tap", "host-device")  # nothing of them is on the host


def sources_in(place):
    """Addresses that have a rule of their own."""
    return {rule["src"] for family in ("-4", "-6") for rule in ask_ip(place, family, "rule", "show") if rule.get("src") != "all"}


def has_word(word, text):
    return re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", text) is not None


def link_of(place, name):
    return next((link for link in ask_ip(place, "addr") if link["ifname"] == name), None)


def addresses_of(link):
    return {f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"]}


def addresses_in(result):
    return [entry["address"] for entry in (result or {}).get("ips", [])]


def leases_of(who, pod):
    """Names of the lease files that are the pod's."""
    found = []
    folder = f"{who.leases}/bench"
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        with open(f"{folder}/{name}", encoding="utf-8", errors="replace", newline="") as file:
            if name != "lock" and file.read().startswith(f"{pod}\r\n"):
                found.append(name)
    return sorted(found)


def uses(config, ipam):
    return config.get("ipam", {}).get("type") == ipam


def ports_in(chain):
    return [str(mapping["hostPort"]) for config in chain if config["type"] == "portmap"
            for mapping in config["runtimeConfig"]["portMappings"]]


def host_side(who, config, result):
    """A port of the bridge, or a route to each address."""
    if config["type"] == "bridge":
        bridge = config["bridge"]
        names = [entry["name"] for entry in result["interfaces"] if not entry.get("sandbox") and entry["name"] != bridge]
        masters = {link["ifname"]: link.get("master") for link in ask_ip(who.host, "link")}
        need(any(masters.get(name) == bridge for name in names), who.name, f"none of {names} is a port of {bridge}")
        return
    if config["type"] == "ovs":
        need(result["interfaces"][0]["name"] in switch.ports_of(who.name, who.host), who.name, "the switch has no such port")
        return
    for address in addresses_in(result):
        host = address.split("/")[0]
        family = "-6" if ":" in host else "-4"
        need(ask_ip(who.host, family, "route", "show", host), who.name, f"the host has no route to {host}")


def attached(who, chain, pod, result):
    """After an ADD of the chain, with the result that the last plugin printed."""
    types = [config["type"] for config in chain]
    if types == ["loopback"]:
        need("UP" in link_of(pod, "lo")["flags"], who.name, "lo is not up")
        return
    wanted = addresses_in(result)
    if any(uses(config, "dhcp") for config in chain):
        need(wanted and {address.split("/")[0] for address in wanted} <= set(addressed.leases_of(who.name)), who.name,
             f"the server has given out none of {wanted}")
    if any(uses(config, "host-local") for config in chain):
        hosts = sorted(address.split("/")[0] for address in wanted)
        need(wanted and leases_of(who, pod) == hosts, who.name, f"leases of {wanted} are missing")
    for config in chain:
        if config["type"] not in ("bridge", "ptp", "ovs", *INSIDE):
            continue
        link = link_of(pod, "eth0")
        need(link and "UP" in link["flags"], who.name, "the pod has no eth0 that is up")
        need(set(wanted) <= addresses_of(link), who.name, f"the pod lacks one of {wanted}")
        if config["type"] not in INSIDE:
            host_side(who, config, result)
        if config["type"] == "host-device":
            need(not link_of(who.host, config["device"]), who.name, "the device is still on the host")
    if "sbr" in types:
        need({address.split("/")[0] for address in wanted} <= sources_in(pod), who.name, f"one of {wanted} has no rule")
    if any(config.get("ipMasq") for config in chain):
        rules = rules_of(who.host)
        for address in wanted:
            need(has_word(address.split("/")[0], rules), who.name, f"no rule masquerades {address}")
    if ports_in(chain):
        rules = rules_of(who.host)
        for port in ports_in(chain):
            need(has_word(port, rules), who.name, f"no rule maps port {port}")


def detached(who, chain, pod, result):
    """After a DEL of it."""
    types = [config["type"] for config in chain]
    if "ovs" in types:
        need(result["interfaces"][0]["name"] not in switch.ports_of(who.name, who.host), who.name, "the switch still has the port")
    if {"bridge", "ptp", "ovs", *INSIDE} & set(types):
        need(not link_of(pod, "eth0"), who.name, "the pod still has eth0")
    for config in chain:
        if config["type"] == "host-device":
            need(link_of(who.host, config["device"]), who.name, "the device did not come back")
    if "sbr" in types:
        need(not sources_in(pod), who.name, "a rule was left")
    if any(uses(config, "host-local") for config in chain):
        need(not leases_of(who, pod), who.name, "a lease was left")
    rules = rules_of(who.host) if any(config.get("ipMasq") for config in chain) or ports_in(chain) else ""
    for address in addresses_in(result) if any(config.get("ipMasq") for config in chain) else []:
        need(not has_word(address.split("/")[0], rules), who.name, f"{address} is still masqueraded")
    for port in ports_in(chain):
        need(not has_word(port, rules), who.name, f"port {port} is still mapped")


def floor_made(lab, floor, there):
    """The floor's own objects: all of them are there, or none."""
    pod, link = lab.floor_pods[0], link_of(lab.floor_pods[0], "eth0")
    rules = rules_of(lab.floor_host)
    wanted = [address for family, address in (("4", "10.99.0.2/16"), ("6", "fd00:99::2/64")) if family in floor.families]
    if floor.kind == "loopback":
        need(("UP" in link_of(pod, "lo")["flags"]) == there, "floor", "lo")
    if floor.kind == "ovs":
        need(("vethfloor" in switch.ports_of("floor", lab.floor_host)) == there, "floor", "the port of the switch")
    if floor.kind in ("bridge", "ptp", "ovs", "macvlan", "tap", "device", "sbr"):
        need(bool(link) == there, "floor", "eth0")
        need(not there or set(wanted) <= addresses_of(link), "floor", f"one of {wanted}")
    if floor.kind == "device":
        need(bool(link_of(lab.floor_host, "benchdev")) != there, "floor", "benchdev")
    if floor.kind == "sbr":
        need(sources_in(pod) == ({address.split("/")[0] for address in wanted} if there else set()), "floor", f"rules of {wanted}")
    for address in wanted if floor.masquerade or floor.firewall else []:
        need(has_word(address.split("/")[0], rules) == there, "floor", f"the elements of {address}")
    for port in range(20000, 20000 + floor.ports):
        need(has_word(str(port), rules) == there, "floor", f"the element of port {port}")


def attached_links(who, pods):
    """So many pods have an interface, and no address is there twice."""
    links = [link_of(pod, "eth0") for pod in pods]
    need(all(links), who.name, f"only {sum(1 for link in links if link)} of {len(pods)} pods have eth0")
    addresses = [a for link in links for a in addresses_of(link) if not a.startswith("fe80:")]
    need(len(set(addresses)) == len(addresses) >= len(pods), who.name, "pods without an address of their own")
