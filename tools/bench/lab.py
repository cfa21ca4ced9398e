# SPDX-License-Identifier: GPL-2.0-or-later
"""Where measuring happens: contenders with a host and pods of their own, and the program that holds the clock."""
import hashlib
import json
import os
import shutil
import subprocess

WORK = "/run/cni/bench"  # private to this run, in memory


class Failed(Exception):
    """A contender did not do what was asked; the others go on."""


class Server:
    """bench serve: one line there, one line back."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *lines):
        self.process.stdin.write("".join("\t".join(line) + "\n" for line in lines))
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            raise RuntimeError(f"bench serve ended at: {lines}")
        return answer


class Run:
    """What one command, or several at once, took. Times in milliseconds."""

    def __init__(self, answer):
        self.wall, self.user, self.system = (float(x) / 1000 for x in answer[:3])
        self.cpu = self.user + self.system
        self.rss = int(answer[3])
        self.statuses = [int(x) for x in answer[4:]]


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def ask_ip(place, *arguments):
    """The answer of `ip -json` in a namespace."""
    text = subprocess.run(["ip", "-n", place, "-j", *arguments], check=True, capture_output=True, text=True).stdout
    return json.loads(text) if text.strip() else []


def inside(host, command, text=None):
    """Runs a tool in a contender's host; its output."""
    command = ["ip", "netns", "exec", host, *command]
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip()[:300]}")
    return done.stdout


def make_devices(host):
    """Links for plugins that stand on one, or lend one; their other ends are up. Again when a pod took one along."""
    there = {link["ifname"] for link in ask_ip(host, "link")}
    for name in ("benchup", "benchdev", "benchkept"):
        if name in there:
            continue
        ip("-n", host, "link", "add", name, "type", "veth", "peer", "name", f"{name}-end")
        ip("-n", host, "link", "set", f"{name}-end", "up")
        ip("-n", host, "link", "set", name, "up")


class Pods:
    """Namespaces with nothing in them, used again and again: taking one away would disturb what is measured next."""

    def __init__(self, name):
        self.name, self.count = name, 0

    def __getitem__(self, number):
        while self.count <= number:
            ip("netns", "add", f"pod-{self.name}-{self.count}")
            self.count += 1
        return f"pod-{self.name}-{number}"

    def clear(self):
        for number in range(self.count):
            if any(link["ifname"] == "eth0" for link in ask_ip(self[number], "link")):
                ip("-n", self[number], "link", "delete", "eth0")


class Contender:
    """One set of plugins, with its own host, so that no rule or lease of another is in its way."""

    def __init__(self, lab, name, folder, backend=None):
        self.lab, self.name, self.folder, self.backend = lab, name, os.path.abspath(folder), backend
        self.is_ours = name == "ours"
        self.hosts, self.host = 0, None
        self.leases = f"{WORK}/{name}/leases"
        self.pods, self.kept_pods = Pods(name), Pods(f"{name}-kept")
        self.filled = {}  # what the host has of others, by kind
        self.renew()
        self.versions = self.ask_versions()
        self.newest = "1.1.0" if "1.1.0" in self.versions else "1.0.0"

    @property
    def kept_pod(self):
        """Of the attachment that is there all the time."""
        return self.kept_pods[0]

    def renew(self):
        """A host in which nothing has happened yet. The old one goes when all is over."""
        self.hosts += 1
        self.host = f"host-{self.name}-{self.hosts}"
        self.filled = {}
        ip("netns", "add", self.host)
        ip("-n", self.host, "link", "set", "lo", "up")
        self.reset()

    def reset(self):
        """Takes away what is left, also by an ADD or DEL that failed. The reference cannot use a bridge without ports."""
        subprocess.run(["ip", "-n", self.host, "link", "delete", "bench0"], check=False, capture_output=True)
        self.pods.clear()
        self.kept_pods.clear()
        make_devices(self.host)
        shutil.rmtree(self.leases, ignore_errors=True)
        os.makedirs(self.leases)

    def track(self):
        """One connection that lasts: every host in use has some, and the kernel has less to do where there is none."""
        inside(self.host, ["sh", "-c", "echo 3600 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout"])
        inside(self.host, ["bash", "-c", "echo >/dev/udp/127.0.0.1/9"])

    def has(self, *plugins):
        return all(os.path.exists(f"{self.folder}/{plugin}") for plugin in plugins)

    def ask_versions(self):
        output = subprocess.run([f"{self.folder}/bridge"], env={"CNI_COMMAND": "VERSION"}, input="{}", text=True,
                                capture_output=True, check=True).stdout
        return json.loads(output)["supportedVersions"]

    def line(self, verb, plugin, config, pod, output=None, container=None):
        return [f"/run/netns/{self.host}", self.lab.file_of(config), output or f"{WORK}/{self.name}/out",
                f"{self.folder}/{plugin}", f"CNI_COMMAND={verb}", f"CNI_CONTAINERID={container or pod}",
                f"CNI_NETNS=/run/netns/{pod}", "CNI_IFNAME=eth0", f"CNI_PATH={self.folder}",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]

    def run(self, verb, plugin, config, pod, container=None):
        """One call: the Run and what it printed."""
        output = f"{WORK}/{self.name}/out"
        run = Run(self.lab.server.ask(["run", "1", "0"], self.line(verb, plugin, config, pod, output, container)))
        with open(output, encoding="utf-8") as file:
            text = file.read()
        if run.statuses[0]:
            raise Failed(f"{self.name}: {verb} {plugin}: {text.strip()}")
        return run, text

    def run_many(self, verb, plugin, config, pods, interval_us=0):
        """One call for each pod, all at once or one every so many microseconds."""
        lines = [self.line(verb, plugin, config, pod, f"{WORK}/{self.name}/out-{pod}") for pod in pods]
        run = Run(self.lab.server.ask(["run", str(len(pods)), str(interval_us)], *lines))
        if any(run.statuses):
            raise Failed(f"{self.name}: {len(pods)} x {verb}: {sum(1 for s in run.statuses if s)} failed")
        return run

    def output_of(self, pod):
        """What the last run_many() printed for it."""
        with open(f"{WORK}/{self.name}/out-{pod}", encoding="utf-8") as file:
            return file.read()

    def count(self, verb, plugin, config, pod):
        """What no clock touches."""
        line = self.line(verb, plugin, config, pod)
        with open(line[1], encoding="utf-8") as stdin:
            done = subprocess.run(["ip", "netns", "exec", self.host, "env", "-i", *line[4:],
                                   self.lab.program, "count", line[3]],
                                  stdin=stdin, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)


class Lab:
    """The contenders, ours first, and a host for the floor."""

    def __init__(self, program, contenders):
        shutil.rmtree(WORK, ignore_errors=True)
        os.makedirs(WORK)
        self.program = os.path.abspath(program)
        self.server = Server(self.program)
        self.floor_host = "host-floor"
        self.floor_pods = Pods("floor")
        ip("netns", "add", self.floor_host)
        ip("-n", self.floor_host, "link", "set", "lo", "up")
        ip("-n", self.floor_host, "link", "add", "bench0", "up", "type", "bridge")
        make_devices(self.floor_host)
        self.contenders = []
        for name, folder, backend in contenders:
            os.makedirs(f"{WORK}/{name}")
            self.contenders.append(Contender(self, name, folder, backend))
        self.ours = self.contenders[0]

    def file_of(self, config):
        text = json.dumps(config)
        path = f"{WORK}/{hashlib.sha1(text.encode()).hexdigest()}.json"
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def start_bare(self):
        """The start and end of a static program that does nothing, in milliseconds."""
        command = os.environ["EMPTY_PROGRAM"]
        line = [f"/run/netns/{self.floor_host}", "/dev/null", "/dev/null", command, "PATH=/"]
        return Run(self.server.ask(["run", "1", "0"], line)).wall

    def floor(self, verb, floor):
        """The bare requests, in milliseconds."""
        answer = self.server.ask(["floor", verb, floor.kind, floor.families, "yes" if floor.masquerade else "no",
                                  str(floor.ports), "yes" if floor.firewall else "no",
                                  f"/run/netns/{self.floor_host}", f"/run/netns/{self.floor_pods[0]}",
                                  f"{WORK}/switch-floor/db.sock"])
        return float(answer[0]) / 1000

    def open_outside(self, who):
        """A namespace behind the contender's host, with a server at 192.0.2.2."""
        outside = f"outside-{who.host}"
        ip("netns", "add", outside)
        ip("-n", who.host, "link", "add", "uplink", "type", "veth", "peer", "name", "eth0", "netns", outside)
        for place, link, address in ((who.host, "uplink", "192.0.2.1/24"), (outside, "eth0", "192.0.2.2/24")):
            ip("-n", place, "addr", "add", address, "dev", link)
            ip("-n", place, "link", "set", link, "up")
        self.server.ask(["listen", f"/run/netns/{outside}"])

    def traffic(self, kind, pod, milliseconds):
        """Connections, or megabytes, a second from the pod to the server."""
        return float(self.server.ask([kind, f"/run/netns/{pod}", "192.0.2.2", str(milliseconds)])[0])

    def fill(self, host, count):
        """Our masquerade of so many others."""
        self.server.ask(["fill", f"/run/netns/{host}", str(count)])
