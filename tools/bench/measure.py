# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured, in which order. Contenders take turns within each round, so that load meets all of them."""
import os
import shutil
import time

import conf
from lab import Failed, inside


class Plan:
    """How long, how often."""

    def __init__(self, quick):
        self.rounds = 8 if quick else 60
        self.least = 1 if quick else 3
        self.seconds = 0.4 if quick else 12.0  # for one contender in one scenario
        self.leases = [0, 1000] if quick else [0, 1000, 10000, 60000]
        self.elements = [0, 500] if quick else [0, 1000, 5000]
        self.at_once = [1, 8] if quick else [1, 8, 64]
        self.links = [0, 100] if quick else [0, 1000]
        self.traffic_ms = 100 if quick else 1000


class Series:
    """The numbers of everything; the key is (group, scenario, verb, contender)."""

    def __init__(self):
        self.values, self.unit, self.counts, self.failures = {}, {}, [], []

    def add(self, group, scenario, verb, who, value, unit="ms"):
        self.values.setdefault((group, scenario, verb, who), []).append(value)
        self.unit[(group, verb)] = unit

    def fail(self, scenario, who, error):
        self.failures.append((scenario, who, str(error)))
        print(f"  {scenario}: {' '.join(str(error).split())}", flush=True)


def attach(who, chain, pod):
    """ADD through the chain: the time, and the result that the runtime would keep."""
    wall, cpu, previous = 0, 0, None
    for config in chain:
        if previous:
            config = {**config, "prevResult": previous}
        run, text = who.run("ADD", config["type"], config, pod)
        previous = who.lab.parse(text)
        wall, cpu = wall + run.wall, cpu + run.cpu
    return wall, cpu, previous


def later(who, verb, chain, pod, result):
    """CHECK or DEL as runtimes call them: with the result, DEL in reverse."""
    wall = 0
    for config in reversed(chain) if verb == "DEL" else chain:
        if config["type"] != "host-local":
            config = {**config, "prevResult": result}
        wall += who.run(verb, config["type"], config, pod)[0].wall
    return wall


def cycle(series, group, scenario, who, chain, pod, keep=True):
    add, cpu, result = attach(who, chain, pod)
    check = None
    try:
        check = later(who, "CHECK", chain, pod, result)
    except Failed as error:
        if not keep:
            series.fail(f"{scenario}, CHECK", who.name, error)
    delete = later(who, "DEL", chain, pod, result)
    if keep:
        series.add(group, scenario, "ADD", who.name, add)
        if check:
            series.add(group, scenario, "CHECK", who.name, check)
        series.add(group, scenario, "DEL", who.name, delete)
        series.add(group, scenario, "CPU of ADD", who.name, cpu)


def floor_cycle(series, group, scenario, lab, floor, pod):
    kind, families, masquerade, processes = floor
    starts = sum(lab.start_bare() for _ in range(processes))
    series.add(group, scenario, "ADD", "floor", lab.floor("ADD", kind, families, masquerade, pod) + starts)
    series.add(group, scenario, "DEL", "floor", lab.floor("DEL", kind, families, masquerade, pod) + starts)


class Turns:
    """Rounds of all contenders; one that is slow drops out when its time is used up, one that fails at once."""

    def __init__(self, plan, series, scenario):
        self.plan, self.series, self.scenario = plan, series, scenario
        self.used, self.out = {}, set()

    def take(self, name, round_number, act):
        if name in self.out:
            return
        begin = time.monotonic()
        try:
            act()
        except Failed as error:
            self.out.add(name)
            self.series.fail(self.scenario, name, error)
        self.used[name] = self.used.get(name, 0) + time.monotonic() - begin
        if self.used[name] > self.plan.seconds and round_number >= self.plan.least:
            self.out.add(name)


def wanted(who, chain):
    return who.has(*[config["type"] for config in chain], "host-local")


def chains(lab, plan, series, only):
    """ADD, CHECK and DEL of everything, on a host that has one attachment of the kind already."""
    for scenario, make, floor in conf.CHAINS:
        if only and only not in scenario:
            continue
        print(f"  {scenario}", flush=True)
        turns = Turns(plan, series, scenario)
        kept = []
        if floor and floor[0] == "bridge":
            inside("host-floor", ["ip", "link", "add", "bench0", "type", "bridge"])
            inside("host-floor", ["ip", "link", "set", "bench0", "up"])
        for who in lab.contenders:
            who.reset()
            if not wanted(who, make(who)):
                turns.out.add(who.name)
                continue
            # Ports are the host's: a second attachment cannot have the same ones.
            chain = make(who)[:1]
            try:
                kept.append((who, chain, attach(who, chain, who.kept_pod)[2]))
                cycle(series, "chains", scenario, who, make(who), who.pods[0], keep=False)
            except Failed as error:
                turns.out.add(who.name)
                series.fail(scenario, who.name, error)
        for number in range(plan.rounds):
            for who in lab.contenders:
                turns.take(who.name, number,
                           lambda w=who: cycle(series, "chains", scenario, w, make(w), w.pods[0]))
            if floor:
                floor_cycle(series, "chains", scenario, lab, floor, lab.floor_pods[0])
        for who, chain, result in kept:
            later(who, "DEL", chain, who.kept_pod, result)
        if floor and floor[0] == "bridge":
            inside("host-floor", ["ip", "link", "delete", "bench0"])


def small(lab, plan, series):
    """VERSION, STATUS and starts of processes."""
    for number in range(plan.rounds * 2):
        series.add("small", "start of /bin/true", "start", "floor", lab.start_bare())
        for who in lab.contenders:
            for plugin in ("bridge", "loopback", "host-local"):
                config = conf.network(who, "bridge")
                series.add("small", f"VERSION {plugin}", "VERSION", who.name,
                           who.run("VERSION", plugin, config, who.pods[0])[0].wall)
            if "1.1.0" not in who.versions:
                continue
            config = conf.network(who, "bridge", "46", True, version="1.1.0")
            try:
                series.add("small", "STATUS bridge dual masquerade", "STATUS", who.name,
                           who.run("STATUS", "bridge", config, who.pods[0])[0].wall)
            except Failed as error:
                if number == 0:
                    series.fail("STATUS", who.name, error)


# ---- scale

def write_leases(folder, count, owner="other{}"):
    """Leases in the directory format, from the beginning of the range."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(f"{folder}/bench")
    for number in range(2, count + 2):
        with open(f"{folder}/bench/10.99.{number >> 8}.{number & 255}", "w", encoding="ascii") as file:
            file.write(owner.format(number) + "\r\neth0")
    if count:
        with open(f"{folder}/bench/last_reserved_ip.0", "w", encoding="ascii") as file:
            file.write(f"10.99.{(count + 1) >> 8}.{(count + 1) & 255}")


def leases(lab, plan, series):
    for count in plan.leases:
        scenario = f"{count} leases"
        print(f"  {scenario}", flush=True)
        turns = Turns(plan, series, scenario)
        for who in lab.contenders:
            write_leases(f"{who.leases}-scale", count)
            config = conf.host_local(who, "4", f"{who.leases}-scale")
            cycle(series, "leases", scenario, who, [config], who.pods[0], keep=False)
        for number in range(plan.rounds):
            for who in lab.contenders:
                config = conf.host_local(who, "4", f"{who.leases}-scale")
                turns.take(who.name, number, lambda w=who, c=config: cycle(series, "leases", scenario, w, [c], w.pods[0]))
        # The index that we keep is worth nothing after another program has changed the directory.
        for number in range(plan.least + 2):
            who = lab.ours
            config = conf.host_local(who, "4", f"{who.leases}-scale")
            write_leases(f"{who.leases}-scale", count)
            series.add("leases", scenario, "ADD after a change by others", who.name,
                       who.run("ADD", "host-local", config, who.pods[0])[0].wall)
            who.run("DEL", "host-local", config, who.pods[0])
        for who in lab.contenders:
            shutil.rmtree(f"{who.leases}-scale")


def collect(lab, plan, series):
    """GC of 100 of 1,000 leases; the masquerade of the same attachments too where it is ours."""
    valid = [{"containerID": f"other{n}", "ifname": "eth0"} for n in range(102, 1002)]
    for who in lab.contenders:
        if "1.1.0" not in who.versions:
            continue
        config = conf.network(who, "bridge", "4", True, version="1.1.0")
        config["ipam"]["dataDir"] = f"{who.leases}-gc"
        config["cni.dev/valid-attachments"] = valid
        for _ in range(plan.least + 2):
            write_leases(f"{who.leases}-gc", 1000)
            try:
                series.add("small", "GC of 100 of 1,000", "GC", who.name, who.run("GC", "bridge", config, who.pods[0])[0].wall)
            except Failed as error:
                series.fail("GC", who.name, error)
                break
        shutil.rmtree(f"{who.leases}-gc")


def fill_iptables(who, count):
    rules = ["*nat"]
    chains_of = [f"CNI-{n:024x}" for n in range(count)]
    rules += [f":{name} - [0:0]" for name in chains_of]
    for number, name in enumerate(chains_of):
        address = f"10.99.{64 + (number >> 8)}.{number & 255}"
        rules += [f"-A POSTROUTING -s {address}/32 -m comment --comment bench -j {name}",
                  f"-A {name} -d 10.99.0.0/16 -m comment --comment bench -j ACCEPT",
                  f"-A {name} ! -d 224.0.0.0/4 -m comment --comment bench -j MASQUERADE"]
    inside(who.host, ["iptables-restore", "--noflush"], "\n".join(rules + ["COMMIT", ""]))


def fill_nftables(who, count):
    rules = [f'add rule inet cni_plugins_masquerade masq_checks ip saddr == 10.99.{64 + (n >> 8)}.{n & 255} '
             f'ip daddr != 10.99.0.0/16 masquerade comment "0123456789abcdef-{n:016x}"' for n in range(count)]
    inside(who.host, ["nft", "-f", "-"], "\n".join(rules) + "\n")


def fill(lab, who, count):
    if who.is_ours:
        lab.fill(who.host, count)
    elif who.backend == "nftables":
        fill_nftables(who, count)
    else:
        fill_iptables(who, count)


def grown(lab, plan, series, group, scenario, masquerade=True):
    """Attachments on hosts that have become larger."""
    turns = Turns(plan, series, scenario)
    for number in range(plan.rounds):
        for who in lab.contenders:
            chain = [conf.network(who, "bridge", "4", masquerade)]
            turns.take(who.name, number, lambda w=who, c=chain: cycle(series, group, scenario, w, c, w.pods[0]))


def traffic(lab, plan, series, scenario):
    """From a pod to the outside, through the masquerade."""
    for who in lab.contenders:
        chain = [conf.network(who, "bridge", "4", True)]
        result = attach(who, chain, who.pods[0])[2]
        for _ in range(plan.least):
            for kind, verb in (("connect", "connections/s"), ("stream", "MB/s")):
                series.add("traffic", scenario, verb, who.name, lab.traffic(kind, who.pods[0], plan.traffic_ms), "1/s")
        later(who, "DEL", chain, who.pods[0], result)


def elements(lab, plan, series):
    """Masquerade beside that of many others. Adds more and more; the hosts are not empty afterwards."""
    there = 0
    for who in lab.contenders:
        lab.open_outside(who)
    kept = [(w, [conf.network(w, "bridge", "4", True)]) for w in lab.contenders]
    for who in lab.contenders:
        who.reset()
    kept = [(w, chain, attach(w, chain, w.kept_pod)[2]) for w, chain in kept]
    for count in plan.elements:
        print(f"  masquerade of {count} others", flush=True)
        for who in lab.contenders:
            if count > there:
                fill(lab, who, count)
        there = count
        grown(lab, plan, series, "elements", f"{count} attachments")
        traffic(lab, plan, series, f"{count} attachments")
    for who, chain, result in kept:
        later(who, "DEL", chain, who.kept_pod, result)


def links(lab, plan, series):
    for who in lab.contenders:
        who.reset()
    for count in plan.links:
        print(f"  {count} links on the host", flush=True)
        for who in lab.contenders:
            lines = "".join(f"link add fill{n} type veth peer name fillp{n}\n" for n in range(count // 2))
            inside(who.host, ["ip", "-batch", "-"], lines)
        grown(lab, plan, series, "links", f"{count} links", masquerade=False)


def at_once(lab, plan, series):
    """N ADDs started together: the time until the last is done."""
    for who in lab.contenders:
        who.reset()
    for count in plan.at_once:
        print(f"  {count} at once", flush=True)
        turns = Turns(plan, series, f"{count} at once")

        def once(who):
            pods = [who.pods[n] for n in range(count)]
            config = conf.network(who, "bridge", "4", True)
            run = who.run_many("ADD", "bridge", config, pods)
            gone = who.run_many("DEL", "bridge", config, pods)
            series.add("at once", f"{count} at once", "ADD of all", who.name, run.wall)
            series.add("at once", f"{count} at once", "DEL of all", who.name, gone.wall)
            series.add("at once", f"{count} at once", "CPU of 200 ADDs", who.name, run.cpu / count * 200 / 1000, "s")

        for number in range(max(plan.least, min(plan.rounds, 96 // count))):
            for who in lab.contenders:
                turns.take(who.name, number, lambda w=who: once(w))


# ---- what no clock touches

def counts(lab, series):
    for who in lab.contenders:
        who.reset()
        config = conf.network(who, "bridge", "46", True)
        status = conf.network(who, "bridge", "46", True, version="1.1.0")
        kept = attach(who, [config], who.kept_pod)[2]

        def note(verb, plugin, config, pod):
            series.counts.append({"contender": who.name, "verb": verb, "plugin": plugin,
                                  **who.count(verb, plugin, config, pod)})

        note("VERSION", "bridge", config, who.pods[0])
        note("ADD", "bridge", config, who.pods[0])
        result = attach(who, [config], who.pods[2])[2]
        with_result = {**config, "prevResult": result}
        note("CHECK", "bridge", with_result, who.pods[2])
        note("DEL", "bridge", with_result, who.pods[2])
        if "1.1.0" in who.versions:
            note("STATUS", "bridge", status, who.pods[0])
        note("ADD", "loopback", conf.loopback(who), who.pods[2])
        ptp = conf.network(who, "ptp", "46", True)
        note("ADD", "ptp", ptp, who.pods[3])
        alone = conf.host_local(who, "46", f"{who.leases}-count")
        note("ADD", "host-local", alone, who.pods[2])
        for plugin, left, pod in (("bridge", config, who.pods[0]), ("ptp", ptp, who.pods[3]), ("bridge", config, who.kept_pod)):
            who.run("DEL", plugin, {**left, "prevResult": kept}, pod)
