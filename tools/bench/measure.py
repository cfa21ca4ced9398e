# SPDX-License-Identifier: GPL-2.0-or-later
"""How verbs are measured: contenders take turns within each round, so that load meets all of them."""
import json
import time

import addressed
import conf
import switch
import verify
from lab import Failed


class Plan:
    """How long, how often."""

    def __init__(self, quick):
        self.quick = quick
        self.rounds = 8 if quick else 60
        self.least = 1 if quick else 4
        self.seconds = 0.4 if quick else 6.0  # for one contender in one scenario
        self.leases = [0, 1000] if quick else [0, 1000, 10000, 60000]
        self.rules = [0, 500] if quick else [0, 1000, 5000]  # of masquerade, of ports
        self.at_once = [1, 8] if quick else [1, 8, 64]
        self.links = [0, 100] if quick else [0, 1000]
        self.pace = (20, 1) if quick else (200, 10)  # pods, seconds
        self.traffic_ms = 100 if quick else 1000


class Series:
    """The numbers of everything; the key is (group, scenario, verb, contender)."""

    def __init__(self):
        self.values, self.unit, self.counts, self.failures = {}, {}, [], []

    def add(self, group, scenario, verb, who, value, unit="ms"):
        self.values.setdefault((group, scenario, verb, who), []).append(value)
        self.unit[(group, verb)] = unit

    def fail(self, scenario, who, error):
        failure = (scenario, who, " ".join(str(error).split()))
        if failure not in self.failures:
            self.failures.append(failure)
            print(f"\n    {who} could not: {scenario}: {failure[2][:300]}\n   ", end="", flush=True)


def attach(who, chain, pod, previous=None):
    """ADD through the chain: milliseconds, CPU milliseconds, and the result that the runtime would keep."""
    wall, cpu = 0, 0
    for config in chain:
        if previous:
            config = {**config, "prevResult": previous}
        run, text = who.run("ADD", config["type"], config, pod)
        previous = json.loads(text)
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


class Stage:
    """One contender in one scenario: what is there before the clock starts, and one cycle after another."""

    def __init__(self, series, group, scenario, who, chain, base=None, kept=None):
        self.series, self.group, self.scenario, self.who = series, group, scenario, who
        self.chain, self.base, self.kept = chain, base or [], chain if kept is None else kept
        self.pod = who.pods[0]
        self.base_result, self.kept_result = None, None

    def open(self):
        self.kept_result = attach(self.who, self.kept, self.who.kept_pod)[2]
        if any(config["type"] == "portmap" for config in self.chain):
            self.who.track()
        if self.base:
            self.base_result = attach(self.who, self.base, self.pod)[2]
        self.prove()

    def prove(self):
        """A cycle without a clock that is looked at from outside."""
        result = attach(self.who, self.chain, self.pod, self.base_result)[2]
        verify.attached(self.who, self.chain, self.pod, result)
        try:
            later(self.who, "CHECK", self.chain, self.pod, result)
        except Failed as error:
            self.series.fail(f"{self.scenario}, CHECK", self.who.name, error)
        later(self.who, "DEL", self.chain, self.pod, result)
        verify.detached(self.who, self.chain, self.pod, result)

    def note(self, verb, value):
        self.series.add(self.group, self.scenario, verb, self.who.name, value)

    def cycle(self):
        add, cpu, result = attach(self.who, self.chain, self.pod, self.base_result)
        check = None
        try:
            check = later(self.who, "CHECK", self.chain, self.pod, result)
        except Failed:
            pass  # told by prove()
        delete = later(self.who, "DEL", self.chain, self.pod, result)
        self.note("ADD", add)
        if check:
            self.note("CHECK", check)
        self.note("DEL", delete)
        self.note("CPU of ADD", cpu)

    def close(self):
        self.prove()
        if self.base:
            later(self.who, "DEL", self.base, self.pod, self.base_result)
        later(self.who, "DEL", self.kept, self.who.kept_pod, self.kept_result)


class Turns:
    """Rounds of all; one that is slow drops out when its time is used up, one that fails at once."""

    def __init__(self, plan, series, scenario):
        self.plan, self.series, self.scenario = plan, series, scenario
        self.used, self.out = {}, set()

    def take(self, name, act, round_number=0):
        if name in self.out:
            return
        begin = time.monotonic()
        try:
            act()
        except Failed as error:
            self.out.add(name)
            self.series.fail(self.scenario, name, error)
        self.used[name] = self.used.get(name, 0) + time.monotonic() - begin
        if self.used[name] > self.plan.seconds and round_number + 1 >= self.plan.least:
            self.out.add(name)

    def rounds(self, acts, rounds=None):
        """`acts` are pairs of a name and what is done; who begins changes from round to round."""
        self.used = {}
        for number in range((rounds or self.plan.rounds) if acts else 0):
            first = number % len(acts)
            for name, act in acts[first:] + acts[:first]:
                self.take(name, act, number)


def run_stages(plan, series, scenario, stages, more=()):
    """All stages in turns; `more` are other acts beside them."""
    opened = []
    for stage in stages:
        try:
            stage.open()
            opened.append(stage)
        except Failed as error:
            series.fail(scenario, stage.who.name, error)
    Turns(plan, series, scenario).rounds(list(more) + [(stage.who.name, stage.cycle) for stage in opened])
    for stage in opened:
        try:
            stage.close()
        except Failed as error:
            series.fail(f"{scenario}, afterwards", stage.who.name, error)


def floor_cycle(series, group, scenario, lab, floor):
    starts = sum(lab.start_bare() for _ in range(floor.processes))
    for verb in ("ADD", "DEL"):
        series.add(group, scenario, verb, "floor", (lab.floor(verb, floor) if floor.kind != "none" or floor.ports else 0) + starts)


def prove_floor(lab, floor):
    if floor.kind == "none" and not floor.ports:
        return
    lab.floor("ADD", floor)
    verify.floor_made(lab, floor, True)
    lab.floor("DEL", floor)
    verify.floor_made(lab, floor, False)


def chain(lab, plan, series, scenario):
    """ADD, CHECK and DEL, on a host that has one attachment of the kind already."""
    if scenario.name == "bridge + dhcp":
        if addressed.is_installed():
            with addressed.networks([who for who in lab.contenders if who.has("dhcp")]):
                chain_on(lab, plan, series, scenario)
    elif scenario.floor.kind != "ovs":
        chain_on(lab, plan, series, scenario)
    elif switch.is_installed():
        hosts = [(who.name, who.host) for who in lab.contenders if who.has("ovs")] + [("floor", lab.floor_host)]
        with switch.switches(hosts):
            chain_on(lab, plan, series, scenario)


def chain_on(lab, plan, series, scenario):
    stages = []
    for who in lab.contenders:
        configs = scenario.chain(who)
        if who.has(*[plugin for config in configs for plugin in (config["type"], config.get("ipam", {}).get("type", config["type"]))]):
            who.reset()
            stages.append(Stage(series, "chains", scenario.name, who, configs, scenario.base and scenario.base(who),
                                scenario.kept and scenario.kept(who)))
    prove_floor(lab, scenario.floor)
    run_stages(plan, series, scenario.name, stages,
               [("floor", lambda: floor_cycle(series, "chains", scenario.name, lab, scenario.floor))])
    prove_floor(lab, scenario.floor)


# ---- without an attachment

def version(lab, plan, series):
    acts = [("floor", lambda: series.add("small", "start of an empty program", "start", "floor", lab.start_bare()))]

    def ask(who, plugin):
        run, text = who.run("VERSION", plugin, conf.network(who, "bridge"), who.pods[0])
        verify.need("1.0.0" in json.loads(text)["supportedVersions"], who.name, f"VERSION {plugin}")
        series.add("small", f"VERSION {plugin}", "VERSION", who.name, run.wall)

    for who in lab.contenders:
        acts += [(f"{who.name} {plugin}", lambda w=who, p=plugin: ask(w, p))
                 for plugin in ("bridge", "loopback", "host-local")]
    Turns(plan, series, "VERSION").rounds(acts, plan.rounds * 2)


def status(lab, plan, series):
    acts = []

    def ask(who):
        config = conf.network(who, "bridge", "46", True, version="1.1.0")
        series.add("small", "STATUS bridge dual masquerade", "STATUS", who.name,
                   who.run("STATUS", "bridge", config, who.pods[0])[0].wall)

    for who in lab.contenders:
        if "1.1.0" in who.versions:
            acts.append((who.name, lambda w=who: ask(w)))
    Turns(plan, series, "STATUS").rounds(acts, plan.rounds * 2)
