# SPDX-License-Identifier: GPL-2.0-or-later
"""Where measuring happens: contenders with a host and pods of their own, and the program that holds the clock."""
import hashlib
import json
import os
import shutil
import subprocess

WORK = "/run/cni/bench"  # private to this run, in memory


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


class Failed(Exception):
    pass


class Run:
    """What one command, or several at once, took. Times in milliseconds."""

    def __init__(self, answer):
        self.wall, self.user, self.system = (float(x) / 1000 for x in answer[:3])
        self.cpu = self.user + self.system
        self.rss = int(answer[3])
        self.statuses = [int(x) for x in answer[4:]]


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def inside(host, command, text=None):
    """Runs a tool in a contender's host; its output."""
    command = ["ip", "netns", "exec", host, *command]
    done = subprocess.run(command, input=text, text=True, capture_output=True)
    if done.returncode:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip()[:300]}")
    return done.stdout


class Pods:
    """Namespaces with nothing in them, used again and again: taking one away would disturb what is measured next."""

    def __init__(self, name):
        self.name, self.count = name, 0

    def __getitem__(self, number):
        while self.count <= number:
            ip("netns", "add", f"pod-{self.name}-{self.count}")
            self.count += 1
        return f"pod-{self.name}-{number}"


class Contender:
    """One set of plugins, with its own host, so that no rule or lease of another is in its way."""

    def __init__(self, lab, name, folder, backend=None):
        self.lab, self.name, self.folder, self.backend = lab, name, os.path.abspath(folder), backend
        self.host = f"host-{name}"
        self.leases = f"{WORK}/{name}/leases"
        self.is_ours = name == "ours"
        self.pods = Pods(name)
        self.kept_pod = f"kept-{name}"  # of the attachment that is there all the time
        ip("netns", "add", self.host)
        ip("netns", "add", self.kept_pod)
        inside(self.host, ["ip", "link", "set", "lo", "up"])
        self.versions = self.ask_versions()
        self.newest = "1.1.0" if "1.1.0" in self.versions else "1.0.0"

    def reset(self):
        """Takes away what is left, also by an ADD or DEL that failed. The reference cannot use a bridge without ports."""
        for place, link in ((self.host, "bench0"), (self.kept_pod, "eth0"), (self.pods[0], "eth0")):
            subprocess.run(["ip", "-n", place, "link", "delete", link], check=False, capture_output=True)
        shutil.rmtree(self.leases)
        os.makedirs(self.leases)

    def has(self, *plugins):
        return all(os.path.exists(f"{self.folder}/{plugin}") for plugin in plugins)

    def ask_versions(self):
        output = subprocess.run([f"{self.folder}/bridge"], env={"CNI_COMMAND": "VERSION"}, input="{}", text=True,
                                capture_output=True).stdout
        return json.loads(output)["supportedVersions"]

    def line(self, verb, plugin, config, pod, output=None, ifname="eth0"):
        return [f"/run/netns/{self.host}", self.lab.file_of(config), output or f"{WORK}/{self.name}/out",
                f"{self.folder}/{plugin}", f"CNI_COMMAND={verb}", f"CNI_CONTAINERID={pod}",
                f"CNI_NETNS=/run/netns/{pod}", f"CNI_IFNAME={ifname}", f"CNI_PATH={self.folder}",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]

    def run(self, verb, plugin, config, pod, ifname="eth0"):
        """One call: the Run and what it printed."""
        output = f"{WORK}/{self.name}/out"
        run = Run(self.lab.server.ask(["run", "1"], self.line(verb, plugin, config, pod, output, ifname)))
        with open(output, encoding="utf-8") as file:
            text = file.read()
        if run.statuses[0]:
            raise Failed(f"{self.name}: {verb} {plugin}: {text.strip()}")
        return run, text

    def run_many(self, verb, plugin, config, pods):
        """One call for each pod, all at once."""
        lines = [self.line(verb, plugin, config, pod, f"{WORK}/{self.name}/out-{pod}") for pod in pods]
        run = Run(self.lab.server.ask(["run", str(len(pods))], *lines))
        if any(run.statuses):
            raise Failed(f"{self.name}: {len(pods)} x {verb}: {sum(1 for s in run.statuses if s)} failed")
        return run

    def count(self, verb, plugin, config, pod):
        """What no clock touches."""
        line = self.line(verb, plugin, config, pod)
        variables = dict(item.split("=", 1) for item in line[4:])
        with open(line[1], encoding="utf-8") as stdin:
            done = subprocess.run(["ip", "netns", "exec", self.host, "env", "-i",
                                   *[f"{k}={v}" for k, v in variables.items()], self.lab.program, "count", line[3]],
                                  stdin=stdin, capture_output=True, text=True)
        return json.loads(done.stdout)


class Lab:
    def __init__(self, program, contenders):
        shutil.rmtree(WORK, ignore_errors=True)
        os.makedirs(WORK)
        self.program = os.path.abspath(program)
        self.server = Server(self.program)
        self.floor_pods = Pods("floor")
        self.contenders = []
        for name, folder, backend in contenders:
            os.makedirs(f"{WORK}/{name}/leases")
            self.contenders.append(Contender(self, name, folder, backend))
        self.ours = self.contenders[0]
        ip("netns", "add", "host-floor")
        inside("host-floor", ["ip", "link", "set", "lo", "up"])

    def file_of(self, config):
        text = json.dumps(config)
        path = f"{WORK}/{hashlib.sha1(text.encode()).hexdigest()}.json"
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def start_bare(self, command="/bin/true"):
        """The start and end of a program that does nothing, in milliseconds."""
        line = ["/run/netns/host-floor", "/dev/null", "/dev/null", command, "PATH=/"]
        return Run(self.server.ask(["run", "1"], line)).wall

    def floor(self, verb, kind, families, masquerade, pod):
        answer = self.server.ask(["floor", verb, kind, families, "yes" if masquerade else "no",
                                  "/run/netns/host-floor", f"/run/netns/{pod}"])
        return float(answer[0]) / 1000

    @staticmethod
    def parse(text):
        return json.loads(text) if text.strip() else None

    def open_outside(self, who):
        """A namespace behind the contender's host, with a server at 192.0.2.2."""
        outside = f"outside-{who.name}"
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
        self.server.ask(["fill", f"/run/netns/{host}", str(count)])
