# SPDX-License-Identifier: GPL-2.0-or-later
"""SVG by hand: bars on a logarithmic scale, and curves over the size of things."""
import math
from html import escape

from report import number

COLOURS = {"floor": "#9aa0a6", "ours": "#1a7f37"}
OTHERS = ["#cf222e", "#bf8700", "#0969da", "#8250df"]
STYLE = ('<style>text{font:12px sans-serif;fill:#24292f}.small{font-size:10px;fill:#57606a}.title{font-size:15px;font-weight:bold}'
         '</style>')


def document(width, height, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}">{STYLE}<rect width="100%" height="100%" fill="#ffffff"/>' + "\n".join(parts) + "</svg>\n")


def text(x, y, words, anchor="start", kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(str(words))}</text>'


def colour_of(names, name):
    others = [n for n in names if n not in COLOURS]
    return COLOURS.get(name) or OTHERS[others.index(name) % len(OTHERS)]


def legend(names, x, y):
    parts = []
    for name in names:
        parts.append(f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour_of(names, name)}"/>')
        parts.append(text(x + 14, y, name))
        x += 14 + 7 * len(name) + 18
    return parts


class Scale:
    """Values to places, logarithmic."""

    def __init__(self, values, begin, end):
        self.low = 10 ** math.floor(math.log10(min(values)))
        self.high = 10 ** max(math.ceil(math.log10(max(values))), math.floor(math.log10(min(values))) + 1)
        self.begin, self.end = begin, end

    def place(self, value):
        part = math.log10(max(value, self.low) / self.low) / math.log10(self.high / self.low)
        return self.begin + (self.end - self.begin) * part

    def ticks(self):
        tick = self.low
        while tick <= self.high * 1.001:
            yield tick
            tick *= 10


def bars(report, group, verb, title):
    """One bar for each scenario and contender; the whisker reaches to p99."""
    keys = [k for k in report.keys(group) if k[2] == verb]
    rows = [report.rows[(*k, n)] for k in keys for n in report.names if (*k, n) in report.rows]
    if not rows:
        return None
    left, width, step = 190, 640, 11
    scale = Scale([r[q] for r in rows for q in ("median", "p99")], left, left + width)
    bottom = 70 + sum(step * len([n for n in report.names if (*k, n) in report.rows]) + 8 for k in keys)
    parts = [text(12, 24, title, kind="title"), *legend(report.names, 12, 46)]
    for tick in scale.ticks():
        parts.append(f'<path d="M{scale.place(tick):.1f} 58V{bottom}" stroke="#d0d7de" stroke-dasharray="2 3"/>')
        parts.append(text(scale.place(tick), bottom + 14, f"{tick:g} ms", "middle", "small"))
    y = 70
    for key in keys:
        present = [n for n in report.names if (*key, n) in report.rows]
        parts.append(text(left - 8, y + step * len(present) / 2 + 4, key[1], "end"))
        for name in present:
            row = report.rows[(*key, name)]
            begin, end = scale.place(row["median"]), scale.place(row["p99"])
            fill = f'fill="{colour_of(report.names, name)}"'
            parts.append(f'<rect x="{left}" y="{y}" width="{max(begin - left, 1):.1f}" height="{step - 2}" {fill}/>'
                         f'<rect x="{begin:.1f}" y="{y + step / 2 - 1.5:.1f}" width="{max(end - begin, 0):.1f}" height="1" {fill}/>')
            parts.append(text(end + 4, y + step - 3, number(row["median"]), kind="small"))
            y += step
        y += 8
    return document(left + width + 60, bottom + 26, parts)


def spread_labels(points, gap=12):
    """Moves labels of one column apart: (y, text) pairs from top to bottom."""
    placed = []
    for y, label, colour in sorted(points):
        placed.append((max(y, placed[-1][0] + gap) if placed else y, label, colour))
    return placed


def curves(report, group, verb, title):
    """The median over the scenarios of a group, from small to large."""
    keys = [k for k in report.keys(group) if k[2] == verb]
    names = [n for n in report.names if any(report.median(k, n) for k in keys)]
    if len(keys) < 2:
        return None
    left, top, width, height = 64, 70, 520, 260
    unit = "" if report.is_rate(keys[0]) else " ms"
    scale = Scale([report.median(k, n) for k in keys for n in names if report.median(k, n)], top + height, top)
    x_of = lambda i: left + 20 + (width - 40) * i / (len(keys) - 1)
    parts = [text(12, 24, title, kind="title"), *legend(names, 12, 46)]
    for tick in scale.ticks():
        parts.append(f'<path d="M{left} {scale.place(tick):.1f}H{left + width}" stroke="#d0d7de"/>')
        parts.append(text(left - 6, scale.place(tick) + 4, f"{tick:,g}{unit}", "end", "small"))
    for i, key in enumerate(keys):
        parts.append(text(x_of(i), top + height + 18, key[1], "middle", "small"))
        parts += [text(x_of(i) + 5, y - 3, label, kind="small") for y, label, _ in spread_labels(
            [(scale.place(report.median(key, n)), number(report.median(key, n)), n) for n in names if report.median(key, n)])]
    for name in names:
        points = [(x_of(i), scale.place(report.median(k, name))) for i, k in enumerate(keys) if report.median(k, name)]
        colour = colour_of(names, name)
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
                     + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    return document(left + width + 50, top + height + 34, parts)
