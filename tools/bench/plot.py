# SPDX-License-Identifier: GPL-2.0-or-later
"""SVG by hand: bars on a logarithmic scale, and curves over the size of things."""
import math
from html import escape

COLOURS = ["#9aa0a6", "#1a7f37", "#cf222e", "#bf8700", "#0969da", "#8250df"]
STYLE = ('<style>text{font:12px sans-serif;fill:#24292f}.small{font-size:10px;fill:#57606a}.title{font-size:15px;font-weight:bold}'
         '</style>')


def document(width, height, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
            f'{STYLE}<rect width="100%" height="100%" fill="#ffffff"/>' + "".join(parts) + "</svg>\n")


def text(x, y, words, anchor="start", kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(str(words))}</text>'


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def legend(names, x, y):
    parts = []
    for i, name in enumerate(names):
        parts.append(f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{COLOURS[i % len(COLOURS)]}"/>')
        parts.append(text(x + 14, y, name))
        x += 14 + 7 * len(name) + 18
    return parts


def bars(report, group, verbs, title):
    """One bar for each scenario and contender; the whisker reaches to p99."""
    keys = [k for k in report.groups() if k[0] == group and k[2] in verbs]
    rows = [report.rows[(*k, n)] for k in keys for n in report.names if (*k, n) in report.rows]
    if not rows:
        return None
    low = 10 ** math.floor(math.log10(min(r["median"] for r in rows)))
    high = 10 ** math.ceil(math.log10(max(r["p99"] for r in rows)))
    left, width, step = 250, 620, 11
    scale = lambda v: left + width * (math.log10(max(v, low)) - math.log10(low)) / (math.log10(high) - math.log10(low))
    parts = [text(12, 24, title, kind="title"), *legend(report.names, 12, 46)]
    y = 70
    for key in keys:
        present = [n for n in report.names if (*key, n) in report.rows]
        parts.append(text(left - 8, y + step * len(present) / 2 + 4, f"{key[1]}  {key[2]}", "end"))
        for name in present:
            row = report.rows[(*key, name)]
            colour = COLOURS[report.names.index(name) % len(COLOURS)]
            parts.append(f'<rect x="{left}" y="{y}" width="{scale(row["median"]) - left:.1f}" height="{step - 2}" '
                         f'fill="{colour}"/><path d="M{scale(row["median"]):.1f} {y + step / 2 - 1}H{scale(row["p99"]):.1f}" '
                         f'stroke="{colour}"/>')
            parts.append(text(scale(row["p99"]) + 4, y + step - 3, number(row["median"]), kind="small"))
            y += step
        y += 8
    tick = low
    while tick <= high:
        parts.append(f'<path d="M{scale(tick):.1f} 56V{y}" stroke="#d0d7de" stroke-dasharray="2 3"/>')
        parts.append(text(scale(tick), y + 14, f"{tick:g} ms", "middle", "small"))
        tick *= 10
    return document(left + width + 60, y + 26, parts)


def curves(report, group, verb, title):
    """The median over the size that stands in front of each scenario's name."""
    keys = [k for k in report.groups() if k[0] == group and k[2] == verb]
    if len(keys) < 2:
        return None
    left, top, width, height = 60, 70, 520, 260
    values = [report.median(k, n) for k in keys for n in report.names if report.median(k, n)]
    low, high = 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)))
    x_of = lambda i: left + width * i / (len(keys) - 1)
    y_of = lambda v: top + height * (1 - (math.log10(v) - math.log10(low)) / (math.log10(high) - math.log10(low)))
    parts = [text(12, 24, title, kind="title"), *legend(report.names, 12, 46)]
    tick = low
    while tick <= high:
        parts.append(f'<path d="M{left} {y_of(tick):.1f}H{left + width}" stroke="#d0d7de"/>')
        parts.append(text(left - 6, y_of(tick) + 4, f"{tick:g} ms", "end", "small"))
        tick *= 10
    for i, key in enumerate(keys):
        parts.append(text(x_of(i), top + height + 18, key[1], "middle", "small"))
    for index, name in enumerate(report.names):
        points = [(x_of(i), y_of(report.median(k, name)), report.median(k, name)) for i, k in enumerate(keys)
                  if report.median(k, name)]
        colour = COLOURS[index % len(COLOURS)]
        if not points:
            continue
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
                     + " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points) + '"/>')
        for x, y, value in points:
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
            parts.append(text(x, y - 6, number(value), "middle", "small"))
    return document(left + width + 50, top + height + 34, parts)
