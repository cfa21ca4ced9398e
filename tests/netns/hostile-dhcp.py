#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A DHCP server that answers in the way of the mode that stands in the file named by its argument, and prints what it
hears; `flood` instead floods. With `any` behind it, it serves every interface."""
import socket
import struct
import sys

PKTINFO = 8  # ip(7); Python has no name for it before 3.14
COOKIE = b"\x63\x82\x53\x63"
SERVER = socket.inet_aton("10.7.0.1")


def option(code, value):
    return bytes([code, len(value)]) + value


def lease(seconds):
    return option(51, struct.pack(">I", seconds))


MASK = option(1, socket.inet_aton("255.255.255.0"))
ALL = b"".join(option(code, b"\x00" * 4) for code in range(60, 250) if code not in (61, 81, 119, 121))
ROUTES = option(121, b"\x18\x0a\x01\x02\x0a\x07\x00\x01" * 31)
NAMES = (option(15, b"lab.test\nnameserver 10.6.6.6") + option(119, b"\x03a\nb\x00\x04evil\xc0\x00")
         + option(12, b"\x1b[2J"))
# What follows the type and the server: by mode, else a whole lease.
BODY = {
    "short-lease": MASK + lease(1),
    "no-mask": lease(600),
    "holed-mask": option(1, socket.inet_aton("255.0.255.0")) + lease(600),
    "for-ever": MASK + lease(0xFFFFFFFF) + option(58, b"\0\0\0\1") + option(59, b"\0\0\0\2"),
    "all-options": MASK + lease(600) + ALL[:498] + ROUTES + ROUTES,
    "injected-names": MASK + lease(600) + NAMES,
    "cut-options": MASK + lease(600) + b"\x06\xff\x01",
    "overload-loop": MASK + lease(600) + option(52, b"\x03"),
    "routed": MASK + lease(600) + option(3, SERVER),
    "big": MASK + lease(600) + option(43, b"x" * 255) * 4,
}
KINDS = {1: "DISCOVER", 3: "REQUEST", 4: "DECLINE", 7: "RELEASE"}
ADDRESSES = {"nobody": "0.0.0.0", "loopback": "127.0.0.1", "multicast": "224.0.0.9"}


def answer(request, mode):
    header = bytearray(request[:236])
    header[0] = 2
    header[16:20] = socket.inet_aton(ADDRESSES.get(mode, "10.7.0.66"))
    header[44:236] = bytes(192)
    if mode == "overload-loop":
        header[44:236] = b"\x0c\xff" * 96
    kind = 2 if request[242] == 1 else 5
    body = b"" if mode == "no-type" else option(53, bytes([kind]))
    body += option(54, SERVER) + BODY.get(mode, MASK + lease(600))
    if mode == "wrong-client":
        body += option(61, b"\x00somebody else")
    return bytes(header) + COOKIE + body + (b"" if mode == "cut-options" else b"\xff")


s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
if sys.argv[2:] != ["any"]:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
s.setsockopt(socket.IPPROTO_IP, PKTINFO, 1)
if sys.argv[1] == "flood":
    s.bind(("10.7.0.3", 67))
    for _ in range(100000):
        s.sendto(bytes([2, 1, 6, 0]) + bytes(232) + COOKIE + b"\x35\x01\x02\xff", ("255.255.255.255", 68))
    sys.exit()
s.bind(("", 67))
while True:
    packet, facts, _, _ = s.recvmsg(2048, 64)
    # Back by the interface it came from, which need not have an address.
    link = struct.unpack("I", facts[0][2][:4])[0]
    back = [(socket.IPPROTO_IP, PKTINFO, struct.pack("I8x", link))]
    with open(sys.argv[1]) as file:
        mode = file.read().strip()
    kind = packet[242] if len(packet) > 242 else 0
    print(KINDS.get(kind, "nothing"), socket.inet_ntoa(packet[12:16]))
    if kind in (4, 7) or (mode == "offers-only" and kind != 1):
        continue
    if mode != "silent" and len(packet) >= 240:
        s.sendmsg([answer(packet, mode)], back, 0, ("255.255.255.255", 68))
