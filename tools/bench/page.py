# SPDX-License-Identifier: GPL-2.0-or-later
"""The page that tells what was measured: performance.md, with its pictures in the folder performance/."""
import os

import plot
import report as tables
import targets

PICTURES = [
    ("add.svg", "bars", "chains", "ADD", "ADD: milliseconds, whiskers to p99"),
    ("del.svg", "bars", "chains", "DEL", "DEL: milliseconds, whiskers to p99"),
    ("leases-add.svg", "curves", "leases", "ADD", "host-local ADD in a directory with leases"),
    ("leases-del.svg", "curves", "leases", "DEL", "host-local DEL in a directory with leases"),
    ("masquerade-add.svg", "curves", "masquerade", "ADD", "ADD with masquerade beside that of others"),
    ("masquerade-del.svg", "curves", "masquerade", "DEL", "DEL with masquerade beside that of others"),
    ("ports-add.svg", "curves", "ports", "ADD", "portmap ADD beside ports of others"),
    ("ports-del.svg", "curves", "ports", "DEL", "portmap DEL beside ports of others"),
    ("links-add.svg", "curves", "links", "ADD", "ADD on a host with other links"),
    ("at-once.svg", "curves", "at once", "ADDs/s", "ADDs a second, started together"),
    ("connections.svg", "curves", "traffic", "connections/s", "New connections a second through the masquerade"),
    ("throughput.svg", "curves", "traffic", "MB/s", "Megabytes a second through the masquerade"),
]
INTRO = """# Performance

Measured by `make bench` on {date}: {cpus} CPUs ({cpu}), {memory_gib} GiB, Linux {kernel}. Load when it began {before:.2f}, when it
ended {after:.2f}. `make bench` on another machine writes the same page to `build/bench/`.

- *floor*: the bare netlink and nftables requests that make the same objects in the kernel, from one process of ours that
  has everything open, and as many starts of an empty static program as a runtime has to start programs. For host-local: the start alone.
- *ours*: these plugins.{others}

Contenders take turns in each round and each has a host (a network namespace) of its own. Before and after the rounds of a
scenario the kernel is looked at: the links, addresses, routes, rules, ports and leases must be there after an ADD, and gone after
a DEL; who fails at that is left out. Cells are `median ±half of the middle half (p99)`; "× floor" and "times better" compare
medians, the latter with the best of the others.

"""
QUICK = "**A quick look: few rounds, small sizes.**\n\n"


def pictures(report):
    draw = {"bars": plot.bars, "curves": plot.curves}
    found = []
    for name, kind, group, verb, title in PICTURES:
        image = draw[kind](report, group, verb, title)
        if image:
            found.append((name, group, title, image))
    return found


def others(about):
    words = ""
    for name, what in about["others"].items():
        words += f"\n- *{name}*: {what}."
    return words


def compose(report, found, images, profiles, notes):
    about = report.about
    page = INTRO.format(date=about["date"], before=about["load"][0], after=about["load"][1], others=others(about), **about["machine"])
    if about["quick"]:
        page += QUICK
    page += tables.as_markdown("Targets", targets.table(found), 1).replace("### ", "## ", 1) + "\n"
    page += notes + ("\n" if notes else "")
    if profiles:
        page += "## Where the time of one command goes\n\nEvery system call of every process, as the kernel's tracing saw it.\n\n"
        page += "".join(f"![{title}](performance/{name})\n\n" for name, title in profiles)
    page += "## Numbers\n\n"
    shown = set()
    for title, lines, words in report.tables():
        page += tables.as_markdown(title, lines, words) + "\n"
        group = next((g for g, t in tables.TITLES.items() if t == title), None)
        for name, image_group, image_title, _ in images:
            if image_group == group and name not in shown:
                shown.add(name)
                page += f"![{image_title}](performance/{name})\n\n"
    if report.series.failures:
        page += "### Who could not do what\n\n" + "".join(
            f"- {who}: {scenario}: {error[:200]}\n" for scenario, who, error in report.series.failures)
    return page


def write(folder, name, content):
    os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
    with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
        file.write(content)
