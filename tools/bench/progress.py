# SPDX-License-Identifier: GPL-2.0-or-later
"""How far it is, and how long it will take."""
import json
import subprocess
import time

from lab import Failed


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    """Steps are (name, expected seconds, act); what they took last time stands in a file."""

    def __init__(self, steps, path, on_failure):
        self.path, self.on_failure = path, on_failure
        self.known = self.read()
        self.steps = [(name, self.known.get(name, expected), act) for name, expected, act in steps]
        self.begin = time.monotonic()
        self.expected_done = 0

    def read(self):
        try:
            with open(self.path, encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return {}

    def left(self):
        return sum(step[1] for step in self.steps) - self.expected_done

    def run(self):
        width = len(str(len(self.steps)))
        print(f"{len(self.steps)} steps, about {clock(self.left())} minutes", flush=True)
        for number, (name, expected, act) in enumerate(self.steps, 1):
            print(f"[{number:{width}}/{len(self.steps)}] {name:<40}", end="", flush=True)
            begin = time.monotonic()
            try:
                act()
            except (Failed, subprocess.CalledProcessError) as error:
                self.on_failure(name, "bench", error)
            now = time.monotonic()
            self.expected_done += expected
            self.known[name] = round(now - begin, 1)
            print(f"{now - begin:6.1f} s; {clock(now - self.begin)} gone, about {clock(self.left())} left", flush=True)
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(self.known, file)
