# SPDX-License-Identifier: GPL-2.0-or-later
"""
One run: measures, prints tables, writes bench.json, bench.md and plots.

    bench.py --program build/bin/bench --out build/bench --contender ours=build/bin [--contender NAME=FOLDER[:BACKEND]]…
             [--quick] [--only PART]… [--chain TEXT]

Runs in the private namespaces of tools/private.sh. PART: small, chains, counts, leases, collect, at-once, elements, links,
profile. --quick is a look at everything with two contenders, in less than a minute on a quiet machine.
"""
import argparse
import datetime
import json
import os
import subprocess
import tempfile

import measure
import plot
import report
import timeline
from lab import Lab

PLUGINS = ["bridge", "ptp", "loopback", "portmap", "host-local", "static"]


def parse_contender(value):
    name, _, rest = value.partition("=")
    folder, _, backend = rest.partition(":")
    return name, folder, backend or None


def stripped_size(path):
    if not os.path.exists(path):
        return 0
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run(["strip", "-o", copy.name, path], check=False, capture_output=True)
        return os.path.getsize(copy.name) or os.path.getsize(path)


def sizes(lab):
    return {"programs": PLUGINS,
            "contenders": {who.name: [stripped_size(f"{who.folder}/{p}") for p in PLUGINS] for who in lab.contenders}}


def write(folder, name, content):
    if content:
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(content)


def parse_arguments():
    parser = argparse.ArgumentParser(description="measures the plugins against the kernel and the reference")
    parser.add_argument("--program", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--contender", action="append", type=parse_contender, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append")
    parser.add_argument("--chain")
    return parser.parse_args()


def run_parts(lab, arguments, series):
    plan = measure.Plan(arguments.quick)
    parts = {
        "small": lambda: measure.small(lab, plan, series),
        "chains": lambda: measure.chains(lab, plan, series, arguments.chain),
        "counts": lambda: measure.counts(lab, series),
        "leases": lambda: measure.leases(lab, plan, series),
        "collect": lambda: measure.collect(lab, plan, series),
        "at-once": lambda: measure.at_once(lab, plan, series),
        "elements": lambda: measure.elements(lab, plan, series),
        "links": lambda: measure.links(lab, plan, series),
    }
    for name, act in parts.items():
        if not arguments.only or name in arguments.only:
            print(f"{name}:", flush=True)
            act()


def main():
    arguments = parse_arguments()
    os.makedirs(arguments.out, exist_ok=True)
    lab = Lab(arguments.program, arguments.contender[:2] if arguments.quick else arguments.contender)
    series = measure.Series()
    run_parts(lab, arguments, series)
    about = {"date": datetime.date.today().isoformat(), "machine": report.machine(), "sizes": sizes(lab),
             "load": os.getloadavg()[0], "quick": arguments.quick}
    done = report.Report(series, ["floor"] + [who.name for who in lab.contenders], about)
    tables = list(done.tables())
    print()
    print(json.dumps(about["machine"]))
    for title, lines in tables:
        print()
        print(report.as_text(title, lines), end="")
    write(arguments.out, "bench.json", done.as_json())
    write(arguments.out, "bench.md", "\n".join(report.as_markdown(*table) for table in tables))
    write(arguments.out, "verbs.svg", plot.bars(done, "chains", ("ADD", "DEL"), "ADD and DEL, milliseconds"))
    for group, verb in (("leases", "ADD"), ("elements", "ADD"), ("elements", "DEL"), ("links", "ADD"), ("at once", "ADD of all")):
        name = f"{group}-{verb}".lower().replace(" ", "-")
        write(arguments.out, f"{name}.svg", plot.curves(done, group, verb, f"{verb}: {group}"))
    if not arguments.only or "profile" in arguments.only:
        for verb in ("ADD", "DEL"):
            write(arguments.out, f"profile-{verb.lower()}.svg", timeline.draw_verb(lab, verb))
    print(f"\nwritten: {arguments.out}/bench.json, bench.md and plots")


if __name__ == "__main__":
    main()
