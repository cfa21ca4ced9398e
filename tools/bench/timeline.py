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
          "sched/sched_process_exit"]
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
        self.folder = f"{TRACING}/instances/cni-bench-{os.getpid()}"
        os.mkdir(self.folder)
        write(f"{self.folder}/trace_clock", "mono")
        write(f"{self.folder}/buffer_size_kb", "8192")
        # By name: the numbers of processes are others in a namespace.
        wanted = " || ".join(f'comm == "{name}"' for name in names)
        for event in EVENTS:
            if event.startswith("raw_syscalls"):
                write(f"{self.folder}/events/{event}/filter", wanted)
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
        process = processes.get(pid)
        if not process:
            continue
        if event == "sched_process_exec":
            process.name = os.path.basename(re.search(r"filename=(\S+)", rest)[1])
            process.loaded = False
            process.leave(time, 0)
        elif event == "sched_process_exit":
            process.leave(time, 0)
            process.end = time
        elif event == "sys_enter":
            number = re.match(r"NR (-?\d+) \((.*)\)", rest)
            process.enter(time, int(number[1]), [int(x, 16) for x in number[2].split(", ")])
        elif event == "sys_exit":
            process.leave(time, int(rest.rsplit("= ", 1)[1]))
    return [p for p in processes.values() if p.name and p.end]


def draw(processes, title):
    begin, end = min(p.begin for p in processes), max(p.end for p in processes)
    left, width, lane = 90, 1000, 74
    x_of = lambda t: left + width * (t - begin) / (end - begin)
    parts = [text(12, 24, title, kind="title"), text(12, 42, f"{(end - begin):.0f} µs, traced by the kernel; "
             "white is the program itself, or that it had to wait for a processor", kind="small")]
    y = 62
    for process in sorted(processes, key=lambda p: p.begin):
        parts.append(text(left - 8, y + 26, process.name, "end"))
        parts.append(f'<rect x="{x_of(process.begin):.1f}" y="{y}" width="{x_of(process.end) - x_of(process.begin):.1f}" '
                     f'height="40" fill="#ffffff" stroke="#d0d7de"/>')
        named_until = 0
        for call_begin, call_end, name, kind in process.calls:
            x, w = x_of(call_begin), max(x_of(call_end) - x_of(call_begin), 0.4)
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{w:.1f}" height="40" fill="{KINDS[kind]}">'
                         f'<title>{name} {call_end - call_begin:.1f} µs</title></rect>')
            if w > 12 and x > named_until:
                parts.append(text(x, y + 52, f"{name} {call_end - call_begin:.0f}", kind="small"))
                named_until = x + 6 * (len(name) + 4)
        y += lane
    x = 12
    for kind, colour in KINDS.items():
        total = sum(e - b for p in processes for b, e, _, k in p.calls if k == kind)
        label = f"{kind} {total:.0f} µs"
        parts.append(f'<rect x="{x}" y="{y + 2}" width="10" height="10" fill="{colour}" stroke="#57606a" stroke-width="0.5"/>')
        parts.append(text(x + 14, y + 11, label, kind="small"))
        x += 24 + 5.6 * len(label)
    return document(left + width + 30, y + 26, parts)


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


def draw_verb(lab, verb):
    return draw(capture(lab, verb), f"One {verb}: bridge with host-local, both families, masquerade")
