# SPDX-License-Identifier: GPL-2.0-or-later
"""A picture of one ADD: every system call of every process as the kernel's own tracing saw it."""
import os
import re
import subprocess

import conf
import measure
from plot import document, text

TRACING = "/sys/kernel/tracing"
EVENTS = ["raw_syscalls/sys_enter", "raw_syscalls/sys_exit", "sched/sched_process_exec", "sched/sched_process_fork",
          "sched/sched_process_exit", "sched/sched_switch"]
NAMES = {0: "read", 1: "write", 2: "open", 3: "close", 4: "stat", 5: "fstat", 7: "poll", 8: "lseek", 9: "mmap",
         10: "mprotect", 11: "munmap", 12: "brk", 13: "rt_sigaction", 14: "rt_sigprocmask", 16: "ioctl", 17: "pread64",
         18: "pwrite64", 41: "socket", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg", 49: "bind",
         54: "setsockopt", 56: "clone", 58: "vfork", 59: "execve", 60: "exit", 61: "wait4", 62: "kill", 63: "uname",
         72: "fcntl", 73: "flock", 86: "link", 87: "unlink", 137: "statfs", 138: "fstatfs", 231: "exit_group",
         247: "waitid", 257: "openat", 262: "newfstatat", 263: "unlinkat", 264: "renameat", 265: "linkat",
         271: "ppoll", 280: "utimensat", 293: "pipe2", 302: "prlimit64", 308: "setns", 318: "getrandom",
         319: "memfd_create", 434: "pidfd_open", 435: "clone3", 436: "close_range"}
# What the time goes to, and its colour.
KINDS = {"start": "#d4a72c", "links, addresses, routes": "#1a7f37", "rules": "#8250df", "settings and namespaces": "#0969da",
         "files": "#bf3989", "waiting for the other process": "#d0d7de", "end": "#8c959f", "the rest": "#57606a"}
FILE_CALLS = ("openat", "open", "write", "close", "read", "newfstatat", "linkat", "link", "flock", "unlinkat", "pwrite64",
              "pread64", "utimensat", "stat", "fstat")
LINE = re.compile(r"\s*(\S.*?)-(\d+)\s+\[\d+\]\s+\S*\s*(\d+\.\d+): (\w+): (.*)")


def write(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(value)


class Tracer:
    """An instance of our own, so that whoever else traces is not disturbed."""

    def __init__(self, names):
        if not os.path.exists(f"{TRACING}/instances"):
            subprocess.run(["mount", "-t", "tracefs", "tracing", TRACING], check=True, capture_output=True)
        self.folder = f"{TRACING}/instances/cni-bench-{os.urandom(4).hex()}"
        os.mkdir(self.folder)
        write(f"{self.folder}/trace_clock", "mono")
        write(f"{self.folder}/buffer_size_kb", "8192")
        # By name: the numbers of processes are others in a namespace.
        wanted = " || ".join(f'comm == "{name}"' for name in names)
        for event in EVENTS:
            if event.startswith("raw_syscalls"):
                write(f"{self.folder}/events/{event}/filter", wanted)
            if event.endswith("sched_switch"):
                write(f"{self.folder}/events/{event}/filter", " || ".join(
                    f'{side}_comm == "{name}"' for name in names for side in ("prev", "next")))
            write(f"{self.folder}/events/{event}/enable", "1")

    def trace(self, act):
        write(f"{self.folder}/trace", "")
        act()
        with open(f"{self.folder}/trace", encoding="utf-8", errors="replace") as file:
            return file.readlines()

    def close(self):
        for event in EVENTS:
            write(f"{self.folder}/events/{event}/enable", "0")
        os.rmdir(self.folder)


class Process:
    def __init__(self, pid, begin):
        self.pid, self.begin, self.end, self.name = pid, begin, None, ""
        self.calls = []  # (begin, end, name, kind)
        self.open = None
        self.protocols = {}  # descriptor: what its socket speaks
        self.loaded = False
        self.running = []  # (begin, end) on a processor
        self.since = begin

    def switch_in(self, time):
        self.since = time

    def switch_out(self, time):
        if self.since is not None:
            self.running.append((self.since, time))
        self.since = None

    def kind(self, name, args):
        if not self.loaded:
            return "start"
        if name in ("sendto", "recvfrom", "setsockopt", "socket", "bind", "close"):
            protocol = self.protocols.get(args[0]) if name != "socket" else args[2]
            if protocol == 0:
                return "links, addresses, routes"
            if protocol == 12:
                return "rules"
            if name != "close":
                return "the rest"
        if name in ("poll", "ppoll", "wait4", "waitid", "clone3", "clone", "vfork"):
            return "waiting for the other process"
        if name in ("setns", "statfs", "fstatfs", "ioctl"):
            return "settings and namespaces"
        if name in ("exit_group", "exit"):
            return "end"
        if name in FILE_CALLS:
            return "files" if self.name == "host-local" else "settings and namespaces"
        return "the rest"

    def enter(self, time, nr, args):
        name = NAMES.get(nr, f"#{nr}")
        # The first thing that a plugin does by itself is to look at its descriptors.
        if name == "fcntl":
            self.loaded = True
        self.open = (time, name, self.kind(name, args), args)

    def leave(self, time, result):
        if not self.open:
            return
        begin, name, kind, args = self.open
        if name == "socket":
            self.protocols[result] = args[2] if args[0] == 16 else None
        if name == "close":
            self.protocols.pop(args[0], None)
        self.calls.append((begin, time, name, kind))
        self.open = None


def switch(processes, before, after, time):
    if before in processes and not processes[before].end:
        processes[before].switch_out(time)
    if after in processes and not processes[after].end:
        processes[after].switch_in(time)


def parse(lines):
    """The processes that `bench` starts, and theirs."""
    processes = {}
    for line in lines:
        match = LINE.match(line)
        if not match:
            continue
        name, pid, time, event, rest = match[1], int(match[2]), float(match[3]) * 1e6, match[4], match[5]
        if event == "sched_process_fork" and (name == "bench" or pid in processes):
            child = int(re.search(r"child_pid=(\d+)", rest)[1])
            processes[child] = Process(child, time)
        if event == "sched_switch":
            switch(processes, pid, int(re.search(r"next_pid=(\d+)", rest)[1]), time)
            continue
        process = processes.get(pid)
        if not process:
            continue
        if event == "sched_process_exec":
            process.name = os.path.basename(re.search(r"filename=(\S+)", rest)[1])
            process.loaded = False
            process.leave(time, 0)
        elif event == "sched_process_exit":
            process.leave(time, 0)
            process.switch_out(time)
            process.end = time
        elif event == "sys_enter":
            number = re.match(r"NR (-?\d+) \((.*)\)", rest)
            process.enter(time, int(number[1]), [int(x, 16) for x in number[2].split(", ")])
        elif event == "sys_exit":
            process.leave(time, int(rest.rsplit("= ", 1)[1]))
    return [p for p in processes.values() if p.name and p.end]


class Picture:
    """A lane for each process on one axis of time."""

    LEFT, WIDTH, LANE, HEIGHT = 90, 1100, 84, 44

    def __init__(self, begin, end):
        self.begin, self.end, self.parts = begin, end, []

    def x_of(self, time):
        return self.LEFT + self.WIDTH * (time - self.begin) / (self.end - self.begin)

    def box(self, begin, end, y, height, fill, more="", title=""):
        x, width = self.x_of(begin), max(self.x_of(end) - self.x_of(begin), 0.4)
        self.parts.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{fill}"{more}'
                          + (f"><title>{title}</title></rect>" if title else "/>"))
        return x, width

    def axis(self, y, height):
        step = next(s for s in (50, 100, 200, 250, 500, 1000, 2000, 5000, 10000, 100000) if (self.end - self.begin) / s <= 16)
        for tick in range(0, int(self.end - self.begin) + 1, step):
            x = self.x_of(self.begin + tick)
            self.parts.append(f'<path d="M{x:.1f} {y}v{height}" stroke="#d0d7de" stroke-dasharray="2 3"/>')
            self.parts.append(text(x, y - 4, f"{tick} µs" if tick == 0 else tick, "middle", "small"))

    def lane(self, process, y):
        self.parts.append(text(self.LEFT - 8, y + 26, process.name, "end"))
        self.box(process.begin, process.end, y, self.HEIGHT, "#ffffff", ' stroke="#d0d7de"')
        named_until = 0
        for begin, end, name, kind in process.calls:
            x, width = self.box(begin, end, y, self.HEIGHT - 6, KINDS[kind], title=f"{name} {end - begin:.1f} µs")
            if width > 12 and x > named_until:
                self.parts.append(text(x, y + self.HEIGHT + 12, f"{name} {end - begin:.0f}", kind="small"))
                named_until = x + 6 * (len(name) + 4)
        for begin, end in process.running:
            self.box(begin, end, y + self.HEIGHT - 4, 4, "#24292f")

    def legend(self, processes, y):
        x = 12
        for kind, colour in KINDS.items():
            total = sum(end - begin for p in processes for begin, end, _, k in p.calls if k == kind)
            label = f"{kind} {total:.0f} µs"
            self.parts.append(f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour}" stroke="#57606a" stroke-width="0.5"/>')
            self.parts.append(text(x + 14, y, label, kind="small"))
            x += 24 + 5.6 * len(label)


def draw(processes, title):
    picture = Picture(min(p.begin for p in processes), max(p.end for p in processes))
    ordered = sorted(processes, key=lambda p: p.begin)
    busy = sum(end - begin for p in processes for begin, end in p.running)
    y = 76
    picture.parts += [text(12, 24, title, kind="title"),
                      text(12, 42, f"{picture.end - picture.begin:.0f} µs, {busy:.0f} µs of them on a processor (the black line); "
                           "white is the program itself. A number behind a system call is microseconds.", kind="small")]
    picture.axis(y - 6, picture.LANE * len(ordered) - 20)
    for process in ordered:
        picture.lane(process, y)
        y += picture.LANE
    picture.legend(processes, y)
    return document(picture.LEFT + picture.WIDTH + 30, y + 16, picture.parts)


def capture(lab, verb):
    """The quickest of some calls, so that the picture shows the work and not the machine's other load."""
    who, pod = lab.ours, lab.ours.pods[0]
    config = conf.network(who, "bridge", "46", True)
    who.reset()
    with_result = {**config, "prevResult": measure.attach(who, [config], who.kept_pod)[2]}
    tracer = Tracer(["bench", "bridge", "host-local"])
    found = []
    try:
        for _ in range(20):
            traces = {"ADD": tracer.trace(lambda: who.run("ADD", "bridge", config, pod)),
                      "DEL": tracer.trace(lambda: who.run("DEL", "bridge", with_result, pod))}
            processes = parse(traces[verb])
            found.append((max(p.end for p in processes) - min(p.begin for p in processes), len(found), processes))
    finally:
        tracer.close()
    who.run("DEL", "bridge", with_result, who.kept_pod)
    return min(found)[2]
