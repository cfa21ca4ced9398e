# SPDX-License-Identifier: GPL-2.0-or-later
"""A DHCP server behind a bridge of a host, and the contender's daemon."""
import contextlib
import os
import shutil
import subprocess
import time

from lab import WORK, Failed, ask_ip, inside, ip

BRIDGE = "bench-dhcp"


def is_installed():
    return shutil.which("dnsmasq") is not None


def socket_of(name):
    return f"{WORK}/dhcp-{name}.sock"


def leases_of(name):
    """The addresses that the server has given out."""
    path = f"{WORK}/dhcp-{name}.leases"
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as file:
        return [line.split()[2] for line in file if line.strip()]


def wait_for(what, condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise Failed(f"{what} in vain")


def forwards(host, port):
    return any(link["ifname"] == port and link.get("linkinfo", {}).get("info_slave_data", {}).get("state") == "forwarding"
               for link in ask_ip(host, "-d", "link"))


def start(who, processes):
    server = f"dhcp-{who.host}"

    def run(place, *command):
        processes.append(subprocess.Popen(["nsenter", f"--net=/run/netns/{place}", "--", *command],
                                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    ip("-n", who.host, "link", "add", BRIDGE, "up", "type", "bridge")
    ip("netns", "add", server)
    ip("-n", who.host, "link", "add", "to-server", "up", "master", BRIDGE, "type", "veth", "peer", "name", "eth0", "netns", server)
    ip("-n", server, "link", "set", "lo", "up")
    ip("-n", server, "addr", "add", "10.98.0.1/16", "dev", "eth0")
    ip("-n", server, "link", "set", "eth0", "up")
    wait_for("to-server forwards", lambda: forwards(who.host, "to-server"))
    run(server, "dnsmasq", "--conf-file=/dev/null", "--keep-in-foreground", "--no-hosts", "--no-resolv", "--port=0", "--no-ping",
        "--interface=eth0", "--bind-interfaces", "--dhcp-authoritative", "--dhcp-range=10.98.1.0,10.98.250.0,255.255.0.0,1h",
        "--dhcp-lease-max=60000", f"--dhcp-leasefile={WORK}/dhcp-{who.name}.leases", f"--pid-file={WORK}/dhcp-{who.name}.pid", "--user=root")
    run(who.host, f"{who.folder}/dhcp", "daemon", "-socketpath", socket_of(who.name))
    wait_for("the server listens", lambda: ":67 " in inside(server, ["ss", "-Huln"]))
    wait_for("the daemon listens", lambda: os.path.exists(socket_of(who.name)))


@contextlib.contextmanager
def networks(contenders):
    """One for each, until all is over."""
    processes = []
    try:
        for who in contenders:
            start(who, processes)
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
