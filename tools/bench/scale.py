# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of the numbers when hosts are full and pods are many."""
import shutil

import conf
import fill
import verify
from lab import Failed, inside
from measure import Stage, Turns, attach, later, run_stages


class LeaseStage(Stage):
    """host-local with a lease directory of its own, which stays as large as it is."""

    def __init__(self, series, scenario, who, count):
        self.folder, self.count = f"{who.leases}-scale", count
        super().__init__(series, "leases", scenario, who, [conf.host_local(who, "4", self.folder)], kept=[])

    def open(self):
        fill.leases(self.folder, self.count)
        result = attach(self.who, self.chain, self.pod)[2]
        expected = f"10.99.{(self.count + 2) >> 8}.{(self.count + 2) & 255}/16"
        verify.need(verify.addresses_in(result) == [expected], self.who.name, f"not {expected} but {result}")
        later(self.who, "DEL", self.chain, self.pod, result)

    def close(self):
        shutil.rmtree(self.folder)


def leases(lab, plan, series, count):
    scenario = f"{count} leases"
    stages = [LeaseStage(series, scenario, who, count) for who in lab.contenders]
    run_stages(plan, series, scenario, stages)
    # The index that we keep is worth nothing after another program has changed the directory.
    who = lab.ours
    config = conf.host_local(who, "4", f"{who.leases}-scale")
    for _ in range(plan.least):
        fill.leases(f"{who.leases}-scale", count)
        series.add("leases", scenario, "ADD after others", who.name,
                   who.run("ADD", "host-local", config, who.pods[0])[0].wall)
    shutil.rmtree(f"{who.leases}-scale")


def collect(lab, plan, series):
    """GC of 100 of 1,000 attachments: their leases and, as far as a back end has them by name, their masquerade."""
    valid = [{"containerID": f"other{n}", "ifname": "eth0"} for n in range(102, 1002)]
    acts = []

    def once(who):
        config = conf.network(who, "bridge", "4", True, version="1.1.0")
        config["ipam"]["dataDir"] = f"{who.leases}-gc"
        config["cni.dev/valid-attachments"] = valid
        fill.leases(f"{who.leases}-gc", 1000)
        wall = who.run("GC", "bridge", config, who.pods[0])[0].wall
        left = [name for name in inside(who.host, ["ls", f"{who.leases}-gc/bench"]).split() if name.startswith("10.")]
        verify.need(len(left) in (900, 1000), who.name, f"{len(left)} of 1000 leases are left")
        name = "GC of 100 of 1,000" if len(left) == 900 else "GC that leaves the leases"
        series.add("small", name, "GC", who.name, wall)

    for who in lab.contenders:
        if "1.1.0" in who.versions:
            acts.append((who.name, lambda w=who: once(w)))
    Turns(plan, series, "GC").rounds(acts, plan.least + 2)
    for who in lab.contenders:
        shutil.rmtree(f"{who.leases}-gc", ignore_errors=True)


def traffic(lab, plan, series, scenario):
    """From a pod to the outside, through the masquerade."""
    pods = []
    for who in lab.contenders:
        if "outside" not in who.filled:
            who.filled["outside"] = 1
            lab.open_outside(who)
            # What was reset is forgotten soon, or the ports of one measurement would be missing in the next.
            inside(who.host, ["sh", "-c", "echo 1 >/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close"])
        chain = [conf.network(who, "bridge", "4", True)]
        try:
            result = attach(who, chain, who.pods[0])[2]
            verify.attached(who, chain, who.pods[0], result)
            pods.append((who, chain, result))
        except Failed as error:
            series.fail(f"traffic, {scenario}", who.name, error)
    for _ in range(2 if plan.quick else 3):
        for who, chain, result in pods:
            for kind, verb in (("connect", "connections/s"), ("stream", "MB/s")):
                series.add("traffic", scenario, verb, who.name, lab.traffic(kind, who.pods[0], plan.traffic_ms), "1/s")
    for who, chain, result in pods:
        later(who, "DEL", chain, who.pods[0], result)


def masquerade(lab, plan, series, count):
    scenario = f"masquerade of {count}"
    stages = []
    for who in lab.contenders:
        who.reset()
        chain = [conf.network(who, "bridge", "4", True)]
        # The rules of others stand in what the first attachment makes.
        attach(who, chain, who.kept_pod)
        fill.masquerade(who, count)
        stages.append(Stage(series, "masquerade", scenario, who, chain, kept=[]))
    run_stages(plan, series, scenario, stages)
    traffic(lab, plan, series, scenario)


def ports(lab, plan, series, count):
    scenario = f"{count} ports of others"
    stages = []
    for who in lab.contenders:
        if not who.has("ptp", "portmap"):
            continue
        who.reset()
        attach(who, conf.KEPT_KINDNET(who), who.kept_pod)
        who.track()
        fill.ports(who, count)
        stages.append(Stage(series, "ports", scenario, who, [conf.portmap(who, 1, 40000)], [conf.network(who, "ptp", "4")], []))
    run_stages(plan, series, scenario, stages)


def links(lab, plan, series, count):
    scenario = f"{count} links"
    stages = []
    for who in lab.contenders:
        who.reset()
        fill.links(who, count)
        stages.append(Stage(series, "links", scenario, who, [conf.network(who, "bridge", "4")]))
    run_stages(plan, series, scenario, stages)


def at_once(lab, plan, series, count):
    """N ADDs started together: the time until the last is done."""
    scenario = f"{count} at once"
    acts = []

    def once(who):
        pods = [who.pods[n] for n in range(count)]
        config = conf.network(who, "bridge", "4", True)
        run = who.run_many("ADD", "bridge", config, pods)
        verify.attached_links(who, pods)
        gone = who.run_many("DEL", "bridge", config, pods)
        series.add("at once", scenario, "ADD of all", who.name, run.wall)
        series.add("at once", scenario, "DEL of all", who.name, gone.wall)
        series.add("at once", scenario, "ADDs/s", who.name, count * 1000 / run.wall, "1/s")
        series.add("at once", scenario, "CPU of one ADD", who.name, run.cpu / count)

    for who in lab.contenders:
        who.reset()
        acts.append((who.name, lambda w=who: once(w)))
    Turns(plan, series, scenario).rounds(acts, max(3, min(plan.rounds, 96 // count)))


def pace(lab, plan, series):
    """Pods that start one after the other, as on a node that comes back: how much of the machine that takes."""
    pods_count, seconds = plan.pace
    scenario = f"{pods_count} pods in {seconds} s"
    for who in lab.contenders:
        who.reset()
        pods = [who.pods[n] for n in range(pods_count)]
        try:
            run = who.run_many("ADD", "bridge", conf.network(who, "bridge", "4", True), pods, seconds * 1000000 // pods_count)
            verify.attached_links(who, pods)
        except Failed as error:
            series.fail(scenario, who.name, error)
            continue
        series.add("pace", scenario, "CPU seconds", who.name, run.cpu / 1000, "s")
        series.add("pace", scenario, "seconds until the last is done", who.name, run.wall / 1000, "s")
