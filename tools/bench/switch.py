# SPDX-License-Identifier: GPL-2.0-or-later
"""Open vSwitch in a host, with its datapath in user space, which needs no module of the kernel."""
import contextlib
import os
import shutil
import signal
import subprocess

from lab import WORK, inside

BRIDGE = "ovs0"
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"


def is_installed():
    return all(shutil.which(tool) for tool in ("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl")) and os.path.exists(SCHEMA)


def folder_of(name):
    return f"{WORK}/switch-{name}"


def socket_of(name):
    return f"{folder_of(name)}/db.sock"


def ports_of(name, host):
    return inside(host, ["ovs-vsctl", f"--db=unix:{socket_of(name)}", "list-ports", BRIDGE]).split()


def start(name, host):
    folder = folder_of(name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    database = f"--db=unix:{socket_of(name)}"
    environment = ["env"] + [f"{variable}={folder}" for variable in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR")]
    daemon = ["--detach", "--no-chdir", "--log-file", "--verbose=console:off"]
    for command in (["ovsdb-tool", "create", f"{folder}/conf.db", SCHEMA],
                    ["ovsdb-server", f"{folder}/conf.db", f"--remote=punix:{socket_of(name)}", f"--pidfile={folder}/ovsdb-server.pid", *daemon],
                    ["ovs-vsctl", database, "--no-wait", "init"],
                    ["ovs-vswitchd", f"unix:{socket_of(name)}", f"--pidfile={folder}/ovs-vswitchd.pid", *daemon],
                    ["ovs-vsctl", database, "add-br", BRIDGE, "--", "set", "bridge", BRIDGE, "datapath_type=netdev"]):
        inside(host, environment + command)


def stop(name, host):
    for daemon in ("ovs-vswitchd", "ovsdb-server"):
        with contextlib.suppress(OSError, ValueError), open(f"{folder_of(name)}/{daemon}.pid", encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGKILL)
    for link in (BRIDGE, "ovs-netdev"):
        subprocess.run(["ip", "-n", host, "link", "delete", link], check=False, capture_output=True)


@contextlib.contextmanager
def switches(hosts):
    """One for each (name, host), until all is over."""
    try:
        for name, host in hosts:
            start(name, host)
        yield
    finally:
        for name, host in hosts:
            stop(name, host)
