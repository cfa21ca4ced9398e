# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables and JSON of what was measured."""
import json
import math
import os
import platform


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(part * len(ordered)) - 1))]


def summary(values):
    return {"n": len(values), "median": quantile(values, 0.5), "p25": quantile(values, 0.25),
            "p75": quantile(values, 0.75), "p99": quantile(values, 0.99), "min": min(values)}


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
    def __init__(self, series, names, about):
        self.series, self.names, self.about = series, names, about
        self.rows = {key: summary(values) for key, values in series.values.items()}

    def groups(self):
        """(group, scenario, verb) in the order of measuring."""
        seen = []
        for group, scenario, verb, _ in self.rows:
            if (group, scenario, verb) not in seen:
                seen.append((group, scenario, verb))
        return seen

    def median(self, key, name):
        row = self.rows.get((*key, name))
        return row["median"] if row else None

    def cell(self, key, name):
        row = self.rows.get((*key, name))
        if not row:
            return "-"
        digits = 2 if row["median"] < 10 else 1
        return f"{row['median']:.{digits}f} ±{(row['p75'] - row['p25']) / 2:.{digits}f} ({row['p99']:.{digits}f})"

    def ratios(self, key):
        if key[0] == "traffic":
            return ["-", "-"]
        ours, floor = self.median(key, "ours"), self.median(key, "floor")
        others = [m for m in (self.median(key, n) for n in self.names if n not in ("floor", "ours")) if m]
        return [f"{ours / floor:.2f}" if ours and floor else "-", f"{min(others) / ours:.1f}" if ours and others else "-"]

    def table(self, group, separator="  "):
        head = ["", "verb"] + self.names + ["ours/floor", "times faster"]
        lines = [head]
        for key in self.groups():
            if key[0] == group:
                lines.append([key[1], key[2]] + [self.cell(key, n) for n in self.names] + self.ratios(key))
        return lines

    def counts_table(self):
        head = ["", "plugin", "contender", "execs", "system calls", "netlink messages", "page faults", "peak RSS KiB",
                "instructions"]
        lines = [head]
        for count in sorted(self.series.counts, key=lambda c: (c["plugin"], c["verb"])):
            lines.append([count["verb"], count["plugin"], count["contender"]] +
                         [f"{count[k]:,}" for k in ("execs", "system_calls", "netlink_messages", "page_faults",
                                                    "peak_rss_kb", "instructions")])
        return lines

    def sizes_table(self):
        return [["", *self.about["sizes"]["programs"]]] + [
            [name, *[f"{size // 1024} KiB" if size else "-" for size in sizes]]
            for name, sizes in self.about["sizes"]["contenders"].items()]

    def tables(self):
        titles = {"chains": "Milliseconds", "small": "Milliseconds", "leases": "host-local IPv4, milliseconds",
                  "elements": "bridge IPv4 masquerade beside others, milliseconds",
                  "traffic": "TCP from a pod through its masquerade beside that of others, more is better",
                  "links": "bridge IPv4 on a host with many links, milliseconds",
                  "at once": "bridge IPv4 masquerade, many at once, milliseconds until the last (CPU: seconds)"}
        for group, title in titles.items():
            lines = self.table(group)
            if len(lines) > 1:
                yield title, lines
        if self.series.counts:
            yield "Counts", self.counts_table()
        yield "Sizes without symbols", self.sizes_table()

    def as_json(self):
        return json.dumps({"about": self.about, "contenders": self.names,
                           "rows": [{"group": k[0], "scenario": k[1], "verb": k[2], "contender": k[3],
                                     "unit": self.series.unit[(k[0], k[2])], **row} for k, row in self.rows.items()],
                           "counts": self.series.counts,
                           "failures": [{"scenario": s, "contender": w, "error": e} for s, w, e in self.series.failures]},
                          indent=1)


def as_text(title, lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    out = [title + ": median ± half the middle half (p99)" if "illisecond" in title else title]
    for line in lines:
        out.append("  ".join(cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths))))
    return "\n".join(out) + "\n"


def as_markdown(title, lines):
    out = [f"### {title}", "", "| " + " | ".join(lines[0]) + " |",
           "|" + "|".join(" --- " if i < 2 else " ---: " for i in range(len(lines[0]))) + "|"]
    out += ["| " + " | ".join(line) + " |" for line in lines[1:]]
    return "\n".join(out) + "\n"
