# SPDX-License-Identifier: GPL-2.0-or-later
"""What no clock touches: processes, system calls, netlink messages, page faults, memory, instructions."""
import conf
from measure import attach


def count(lab, series, who):
    def note(name, verb, config, pod):
        counted = who.count(verb, config["type"], config, pod)
        if counted["status"]:
            series.fail(f"counts, {name}", who.name, f"{verb} ended with {counted['status']}")
        series.counts.append({"what": name, "contender": who.name, **counted})

    def cycle(name, config, previous=None):
        """ADD, CHECK and DEL of the last plugin of a chain; there is another attachment of the kind."""
        pod = who.pods[0]
        with_previous = {**config, "prevResult": previous} if previous else config
        note(f"{name} ADD", "ADD", with_previous, pod)
        who.run("DEL", config["type"], with_previous, pod)
        result = attach(who, [config], pod, previous)[2]
        with_result = config if config["type"] == "host-local" else {**config, "prevResult": result}
        note(f"{name} CHECK", "CHECK", with_result, pod)
        note(f"{name} DEL", "DEL", with_result, pod)

    who.renew()
    bridge = conf.network(who, "bridge", "46", True)
    note("bridge VERSION", "VERSION", bridge, who.pods[0])
    attach(who, [bridge], who.kept_pods[0])
    cycle("bridge dual masquerade", bridge)
    if "1.1.0" in who.versions:
        newer = conf.network(who, "bridge", "46", True, version="1.1.0")
        note("bridge STATUS", "STATUS", newer, who.pods[0])
        valid = [{"containerID": who.kept_pods[0], "ifname": "eth0"}]
        note("bridge GC", "GC", {**newer, "cni.dev/valid-attachments": valid}, who.pods[0])
    note("loopback ADD", "ADD", conf.loopback(who), who.pods[0])
    cycle("host-local dual", conf.host_local(who, "46"))
    if not who.has("ptp", "portmap"):
        return
    who.renew()
    attach(who, conf.KEPT_KINDNET(who), who.kept_pods[0])
    cycle("ptp dual masquerade", conf.network(who, "ptp", "46", True))
    previous = attach(who, [conf.network(who, "ptp", "4")], who.pods[0])[2]
    for number in (1, 32):
        cycle(f"portmap {number} port{'s' if number > 1 else ''}", conf.portmap(who, number), previous)
