# SPDX-License-Identifier: GPL-2.0-or-later
"""
One run: measures, prints tables and targets, writes results.json, performance.md and performance/*.svg.

    bench.py --program build/bin/bench --out build/bench --contender ours=build/bin [--contender NAME=FOLDER[:BACKEND]]…
             [--about NAME=TEXT]… [--notes FILE] [--quick] [--scenario REGEX] [--list]

Runs in the private namespaces of tools/private.sh. --quick is a look at everything with two contenders, in about a minute;
--scenario takes the steps whose name the expression matches, --list prints the names. The exit status is 1 when we
could not do something.
"""
import argparse
import datetime
import os
import re
import signal
import subprocess
import sys
import tempfile

import conf
import counts
import measure
import page
import report
import scale
import targets
import timeline
from lab import Lab
from progress import Progress

PLUGINS = ["bridge", "ptp", "loopback", "portmap", "host-local", "static"]


def parse_contender(value):
    name, _, rest = value.partition("=")
    folder, _, backend = rest.partition(":")
    return name, folder, backend or None


def stripped_size(path):
    if not os.path.exists(path):
        return 0
    with tempfile.TemporaryDirectory() as folder:
        copy = f"{folder}/copy"
        done = subprocess.run(["strip", "-o", copy, path], check=False, capture_output=True)
        return os.path.getsize(path if done.returncode else copy)


def sizes(lab):
    return {"programs": PLUGINS,
            "contenders": {who.name: [stripped_size(f"{who.folder}/{p}") for p in PLUGINS] for who in lab.contenders}}


def parse_arguments():
    parser = argparse.ArgumentParser(description="measures the plugins against the kernel and the reference")
    parser.add_argument("--program", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--contender", action="append", type=parse_contender, required=True)
    parser.add_argument("--about", action="append", default=[], metavar="NAME=TEXT")
    parser.add_argument("--notes")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--scenario", default="", metavar="REGEX")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def steps_of(lab, plan, series, profiles):
    """(name, expected seconds, act); hosts are renewed where rules of others would stay behind."""
    count = len(lab.contenders) if lab else 0
    turn = min(plan.seconds, 0.15 * plan.rounds)

    def renew():
        for who in lab.contenders:
            who.renew()

    def fresh(act, *arguments):
        def do():
            renew()
            act(lab, plan, series, *arguments)
        return do

    def plain(act, *arguments):
        return lambda: act(lab, plan, series, *arguments)

    def profile(verb):
        name, title = f"profile-{verb.lower()}.svg", f"One {verb}: bridge with host-local, both families, masquerade"
        profiles.append((name, title, timeline.draw(timeline.capture(lab, verb), title)))

    steps = [("VERSION", plan.rounds * count * 0.02, fresh(measure.version)),
             ("STATUS", plan.rounds * count * 0.03, plain(measure.status)),
             ("GC", plan.least * count * 0.5, plain(scale.collect))]
    steps += [(scenario.name, count * (turn * 1.1 + 0.5), plain(measure.chain, scenario)) for scenario in conf.CHAINS]
    steps += [(f"counts of {who.name}", 5 if who.is_ours else 20, lambda w=who: counts.count(lab, series, w)) for who in (lab.contenders if lab else [])]
    steps += [(f"{n} leases", count * (turn * 0.6 + n / 4000), fresh(scale.leases, n)) for n in plan.leases]
    for n in plan.rules:
        steps.append((f"masquerade of {n} others, traffic", count * (turn * 1.2 + n / 500 + plan.traffic_ms * 0.006),
                      (fresh if n == 0 else plain)(scale.masquerade, n)))
    steps += [(f"ports of {n} others", count * (turn * 1.2 + n / 300), (fresh if n == 0 else plain)(scale.ports, n)) for n in plan.rules]
    steps += [(f"{n} links", count * turn, (fresh if n == 0 else plain)(scale.links, n)) for n in plan.links]
    steps += [(f"{n} at once", count * turn, fresh(scale.at_once, n)) for n in plan.at_once]
    steps.append((f"{plan.pace[0]} pods in {plan.pace[1]} s", count * (plan.pace[1] + plan.pace[0] * 0.02), fresh(scale.pace)))
    steps += [(f"profile of {verb}", 4, lambda v=verb: profile(v)) for verb in ("ADD", "DEL")]
    return steps


def tell(done, found, series):
    for title, lines, words in done.tables():
        print()
        print(report.as_text(title, lines, words), end="")
    print()
    print(report.as_text("Targets", targets.table(found), 1), end="")
    for scenario, who, error in series.failures:
        print(f"{who} could not: {scenario}: {error}")


def read_notes(path):
    if not path or not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def run(arguments):
    plan, series, profiles = measure.Plan(arguments.quick), measure.Series(), []
    os.makedirs(arguments.out, exist_ok=True)
    load = [os.getloadavg()[0]]
    lab = Lab(arguments.program, arguments.contender)
    steps = [s for s in steps_of(lab, plan, series, profiles) if re.search(arguments.scenario, s[0])]
    about = {"date": datetime.date.today().isoformat(), "machine": report.machine(), "sizes": sizes(lab), "load": load,
             "quick": arguments.quick, "others": dict(item.split("=", 1) for item in arguments.about)}
    if load[0] > 0.5:
        print(f"the machine is busy (load {load[0]:.1f}): times will be too long")
    Progress(steps, f"{arguments.out}/steps{'-quick' if arguments.quick else ''}.json", series.fail).run()
    load.append(os.getloadavg()[0])
    done = report.Report(series, ["floor"] + [who.name for who in lab.contenders], about)
    found = targets.targets(done)
    page.write(arguments.out, "results.json", done.as_json(found))
    tell(done, found, series)
    images = page.pictures(done)
    for name, _, _, image in images:
        page.write(arguments.out, f"performance/{name}", image)
    for name, _, image in profiles:
        page.write(arguments.out, f"performance/{name}", image)
    page.write(arguments.out, "performance.md", page.compose(done, found, images, [p[:2] for p in profiles],
                                                             read_notes(arguments.notes)))
    print(f"\nwritten: {arguments.out}/results.json, performance.md and performance/*.svg")
    return any(who in ("ours", "bench") for _, who, _ in series.failures)


def stop(*_):
    raise KeyboardInterrupt


def main():
    arguments = parse_arguments()
    if arguments.list:
        print("\n".join(step[0] for step in steps_of(None, measure.Plan(arguments.quick), None, [])))
        return 0
    signal.signal(signal.SIGTERM, stop)
    try:
        return run(arguments)
    except KeyboardInterrupt:
        print("\ninterrupted: nothing is written, and nothing is left behind", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
