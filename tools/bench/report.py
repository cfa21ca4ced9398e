# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables and JSON of what was measured."""
import json
import math
import os
import platform

TITLES = {"chains": "One after the other, on a host that has such an attachment already: milliseconds",
          "small": "Without an attachment: milliseconds",
          "leases": "host-local IPv4 in a directory with leases of others: milliseconds",
          "masquerade": "bridge IPv4 masquerade beside that of others: milliseconds",
          "ports": "portmap with 1 port beside those of others: milliseconds",
          "links": "bridge IPv4 on a host with other links: milliseconds",
          "at once": "bridge IPv4 masquerade, many at once: milliseconds until the last",
          "pace": "bridge IPv4 masquerade, pods that come evenly: seconds",
          "traffic": "TCP from a pod through its masquerade beside that of others: a second, more is better"}


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(part * len(ordered)) - 1))]


def summary(values):
    return {"n": len(values), "median": quantile(values, 0.5), "p25": quantile(values, 0.25),
            "p75": quantile(values, 0.75), "p99": quantile(values, 0.99), "min": min(values)}


def number(value, digits=3):
    """Three digits that matter, and thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, digits - 1 - (math.floor(math.log10(value)) if value >= 1 else 0))}f}"


def machine():
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"kernel": platform.release(), "cpu": model, "cpus": os.cpu_count(), "memory_gib": round(memory, 1)}


class Report:
    """Medians and their neighbours, by (group, scenario, verb) and contender."""

    def __init__(self, series, names, about):
        self.series, self.names, self.about = series, names, about
        self.rows = {key: summary(values) for key, values in series.values.items()}

    def keys(self, group=None):
        """(group, scenario, verb) in the order of measuring."""
        keys = dict.fromkeys(key[:3] for key in self.rows if group in (None, key[0]))
        order = list(dict.fromkeys((key[0], key[1]) for key in keys))
        return sorted(keys, key=lambda key: order.index(key[:2]))

    def is_rate(self, key):
        return self.series.unit[(key[0], key[2])] == "1/s"

    def median(self, key, name):
        row = self.rows.get((*key, name))
        return row["median"] if row else None

    def best_other(self, key):
        """Of all that are neither ours nor the floor."""
        others = [m for m in (self.median(key, n) for n in self.names if n not in ("floor", "ours")) if m]
        return (max if self.is_rate(key) else min)(others) if others else None

    def times_better(self, key):
        ours, other = self.median(key, "ours"), self.best_other(key)
        if not ours or not other:
            return None
        return ours / other if self.is_rate(key) else other / ours

    def times_floor(self, key):
        ours, floor = self.median(key, "ours"), self.median(key, "floor")
        return ours / floor if ours and floor else None

    def cell(self, key, name):
        row = self.rows.get((*key, name))
        if not row:
            return "-"
        text = number(row["median"])
        if row["n"] > 1:
            text += f" ±{number((row['p75'] - row['p25']) / 2, 2)} ({number(row['p99'])})"
        return text

    def table(self, group):
        lines = [["", "verb"] + self.names + ["× floor", "times better"]]
        for key in self.keys(group):
            lines.append([key[1], key[2]] + [self.cell(key, n) for n in self.names] +
                         [number(ratio) if ratio else "-" for ratio in (self.times_floor(key), self.times_better(key))])
        # Columns that nobody fills.
        empty = [i for i in range(2, len(lines[0])) if all(line[i] == "-" for line in lines[1:])]
        return [[cell for i, cell in enumerate(line) if i not in empty] for line in lines]

    def counts_table(self):
        fields = ("execs", "system_calls", "netlink_messages", "page_faults", "peak_rss_kb", "instructions")
        lines = [["", "contender", "execs", "system calls", "netlink messages", "page faults", "peak RSS KiB", "instructions"]]
        for what in dict.fromkeys(count["what"] for count in self.series.counts):
            for count in self.series.counts:
                if count["what"] == what:
                    lines.append([what, count["contender"]] + [f"{count[k]:,}" if count[k] >= 0 else "-" for k in fields])
        return lines

    def count_of(self, what, name, field):
        return next((c[field] for c in self.series.counts if (c["what"], c["contender"]) == (what, name)), None)

    def sizes_table(self):
        return [["", *self.about["sizes"]["programs"], "all"]] + [
            [name, *[f"{size // 1024:,} KiB" if size else "-" for size in sizes], f"{sum(sizes) // 1024:,} KiB"]
            for name, sizes in self.about["sizes"]["contenders"].items()]

    def tables(self):
        """(title, lines, how many columns are text)"""
        for group, title in TITLES.items():
            lines = self.table(group)
            if len(lines) > 1:
                yield title, lines, 2
        if self.series.counts:
            yield "Counts of one command with all it starts", self.counts_table(), 2
        yield "Sizes of the programs without symbols", self.sizes_table(), 1

    def as_json(self, targets):
        return json.dumps({"about": self.about, "contenders": self.names, "targets": [target._asdict() for target in targets],
                           "rows": [{"group": k[0], "scenario": k[1], "verb": k[2], "contender": k[3],
                                     "unit": self.series.unit[(k[0], k[2])], **row} for k, row in self.rows.items()],
                           "counts": self.series.counts,
                           "failures": [{"scenario": s, "contender": w, "error": e} for s, w, e in self.series.failures]},
                          indent=1)


def as_text(title, lines, words):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join([title] + ["  ".join(cell.ljust(w) if i < words else cell.rjust(w)
                                          for i, (cell, w) in enumerate(zip(line, widths))).rstrip() for line in lines]) + "\n"


def as_markdown(title, lines, words):
    out = [f"### {title}", "", "| " + " | ".join(lines[0]) + " |",
           "|" + "|".join(" --- " if i < words else " ---: " for i in range(len(lines[0]))) + "|"]
    out += ["| " + " | ".join(line) + " |" for line in lines[1:]]
    return "\n".join(out) + "\n"
