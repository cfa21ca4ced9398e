# SPDX-License-Identifier: GPL-2.0-or-later
"""What the numbers should be, and whether they are."""
from typing import NamedTuple, Optional

MASQUERADE = "bridge IPv4 masquerade"
# The least that an ADD is better than the reference; None: nearly all of it is the kernel's, so the floor is what counts.
INTERFACES = {"macvlan IPv4": 4, "tap IPv4": 4, "host-device IPv4": None, "macvlan and sbr IPv4": 4}
KINDNET = "kindnet chain, 1 port"
PODMAN = "podman chain, 1 port"
SCALE = 1.3  # from the smallest to the largest
SIZE = 3 * 2**20


class Target(NamedTuple):
    what: str
    wanted: str
    value: Optional[float]  # None: not measured
    is_met: Optional[bool]


def at_most(what, limit, value):
    return Target(what, f"≤ {limit:.3g}", value, None if value is None else value <= limit)


def at_least(what, limit, value):
    return Target(what, f"≥ {limit:g}", value, None if value is None else value >= limit)


def share(report, key):
    better = report.times_better(key)
    return 1 / better if better else None


def growth(report, group, verb):
    """The last over the first."""
    keys = [key for key in report.keys(group) if key[2] == verb]
    values = [report.median(key, "ours") for key in keys]
    if len(values) < 2 or not all(values):
        return None
    return values[0] / values[-1] if report.is_rate(keys[0]) else values[-1] / values[0]


def memory(report, what):
    ours = report.count_of(what, "ours", "peak_rss_kb")
    others = [report.count_of(what, name, "peak_rss_kb") for name in report.names if name not in ("ours", "floor")]
    return ours / min(o for o in others if o) if ours and any(others) else None


def targets(report):
    key = lambda scenario, verb, group="chains": (group, scenario, verb)
    found = [
        at_most("bridge + host-local + masquerade, ADD: times the floor", 1.15, report.times_floor(key(MASQUERADE, "ADD"))),
        at_least("… times faster than the reference's faster back end", 12, report.times_better(key(MASQUERADE, "ADD"))),
        at_most("… DEL: times the floor", 1.15, report.times_floor(key(MASQUERADE, "DEL"))),
        at_least("kindnet chain with one port, ADD: times faster", 15, report.times_better(key(KINDNET, "ADD"))),
        at_least("podman chain with one port, ADD: times faster", 12, report.times_better(key(PODMAN, "ADD"))),
        at_most("… DEL: times the floor", 1.2, report.times_floor(key(PODMAN, "DEL"))),
        at_least("ptp IPv6, ADD: times faster", 100, report.times_better(key("ptp IPv6", "ADD"))),
        at_least("portmap with 32 ports, ADD: times faster", 50, report.times_better(key("portmap, 32 ports", "ADD"))),
        at_most("ovs on an idle switch, ADD: times the floor", 1.5, report.times_floor(key("ovs, no addresses", "ADD"))),
        at_least("bridge + dhcp, ADD: times the reference's daemon", 5, report.times_better(key("bridge + dhcp", "ADD"))),
        at_most("VERSION of bridge: share of the reference's time", 1 / 4, share(report, key("VERSION bridge", "VERSION", "small"))),
        at_most("loopback ADD: share of the reference's time", 1 / 3, share(report, key("loopback", "ADD"))),
        at_most("peak memory of a bridge ADD: share of the reference's", 1 / 2, memory(report, "bridge dual masquerade ADD")),
        at_least("64 ADDs at once: times the throughput", 8, report.times_better(key("64 at once", "ADDs/s", "at once"))),
        at_least("host-local ADD with 60,000 leases: times faster", 100, report.times_better(key("60000 leases", "ADD", "leases"))),
        at_least("host-local DEL with 60,000 leases: times faster", 100, report.times_better(key("60000 leases", "DEL", "leases"))),
    ]
    for name, times in INTERFACES.items():
        found += [at_least(f"{name}, ADD: times faster", times, report.times_better(key(name, "ADD"))) if times else
                  at_most(f"{name}, ADD: times the floor", 1.25, report.times_floor(key(name, "ADD"))),
                  at_most("… DEL: times the floor", 1.15, report.times_floor(key(name, "DEL")))]
    for group, verb, what in (("leases", "ADD", "leases, ADD"), ("leases", "DEL", "leases, DEL"),
                              ("masquerade", "ADD", "masquerade of others, ADD"), ("masquerade", "DEL", "masquerade of others, DEL"),
                              ("ports", "ADD", "ports of others, ADD"), ("ports", "DEL", "ports of others, DEL"),
                              ("links", "ADD", "links, ADD"), ("links", "DEL", "links, DEL"),
                              ("traffic", "connections/s", "masquerade of others, new connections"),
                              ("traffic", "MB/s", "masquerade of others, throughput")):
        found.append(at_most(f"growth with {what}", SCALE, growth(report, group, verb)))
    size = sum(report.about["sizes"]["contenders"].get("ours", []))
    found.append(Target("all programs together, MiB", "≤ 3", size / 2**20, size <= SIZE))
    return found


def table(found):
    lines = [["target", "wanted", "found", ""]]
    for target in found:
        state = "not measured" if target.is_met is None else "reached" if target.is_met else "MISSED"
        lines.append([target.what, target.wanted, "-" if target.value is None else f"{target.value:.2f}", state])
    return lines
