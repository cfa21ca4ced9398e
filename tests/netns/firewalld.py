#!/usr/bin/python3 -IS
# SPDX-License-Identifier: GPL-2.0-or-later
"""A message bus with a firewalld on it, as far as firewall needs both, and as bad as a test wants it.

   firewalld.py SOCKET FOLDER

FOLDER/sources has a line "ZONE SOURCE" for each source, and may be changed at any time. FOLDER/calls gets a line for each
question but those about names. FOLDER/mood, read before each answer, says what goes wrong:

   well      nothing
   refuses   the bus does not want who asks
   absent    firewalld is not on the bus
   gone      it was when the bus was asked, and is not when firewalld is
   deaf      the bus takes connections, and says nothing
   mute      firewalld does not answer
   floods    neither does it, but the bus sends other things all the time
   hangs-up  the bus ends the connection when firewalld is asked
   garbage   the bus sends what is no message
   odd       answers are of another type than they should be
   denied    firewalld refuses everything, in words that a terminal would obey
"""
import os
import socket
import struct
import sys
import threading

NAME = "org.fedoraproject.FirewallD1"
BUS = "org.freedesktop.DBus"
ZONES = ("trusted", "public", "home")
lock = threading.Lock()


def pad(data, size):
    return data + b"\0" * (-len(data) % size)


def text(value):
    data = value.encode()
    return struct.pack("<I", len(data)) + data + b"\0"


def texts(values):
    items = b""
    for value in values:
        items = pad(items, 4) + text(value)
    return struct.pack("<I", len(items)) + items


def message(kind, serial, fields, body):
    """One message; fields are (code, type, data), each at a multiple of 8."""
    array = b""
    for code, letter, data in fields:
        array = pad(array, 8)
        start = struct.pack("<BB", code, 1) + letter.encode() + b"\0"
        array += (pad(start, 4) if letter in "uso" else start) + data
    head = struct.pack("<cBBBIII", b"l", kind, 0, 1, len(body), serial, len(array))
    return pad(head + array, 8) + body


class Reader:
    def __init__(self, data, order):
        self.data, self.at, self.order = data, 0, order

    def align(self, size):
        self.at += -self.at % size

    def number(self):
        self.align(4)
        self.at += 4
        return struct.unpack_from(self.order + "I", self.data, self.at - 4)[0]

    def text(self):
        size = self.number()
        self.at += size + 1
        return self.data[self.at - size - 1:self.at - 1].decode()

    def signature(self):
        size = self.data[self.at]
        self.at += size + 2
        return self.data[self.at - size - 1:self.at - 1].decode()


class Refusal(Exception):
    pass


class Client:
    def __init__(self, connection, folder):
        self.connection, self.folder = connection, folder
        self.serial = 0

    def mood(self):
        with open(self.folder + "/mood") as file:
            return file.read().strip()

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.connection.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def line(self):
        data = b""
        while not data.endswith(b"\r\n"):
            data += self.read(1)
        return data.decode().strip()

    # ---- the bus

    def authenticate(self):
        self.read(1)
        while True:
            words = self.line().split()
            if words[0] == "BEGIN":
                return
            if len(words) > 1 and words[0] == "AUTH" and self.mood() != "refuses":
                self.connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
            elif words[0] == "AUTH":
                self.connection.sendall(b"REJECTED EXTERNAL\r\n")
            else:
                self.connection.sendall(b"ERROR\r\n")

    def question(self):
        head = self.read(16)
        order = "<" if head[:1] == b"l" else ">"
        body_size, self.asked, array_size = struct.unpack(order + "4xIII", head)
        rest = self.read(array_size + -array_size % 8)
        body = self.read(body_size)
        reader, found = Reader(rest, order), {}
        while reader.at < array_size:
            reader.align(8)
            code = rest[reader.at]
            reader.at += 1
            letter = reader.signature()
            found[code] = {"s": reader.text, "o": reader.text, "g": reader.signature, "u": reader.number}[letter]()
        words, reader = [], Reader(body, order)
        for _ in found.get(8, ""):
            words.append(reader.text())
        return found.get(6), found.get(3), words

    def send(self, kind, sender, letters, body, error=None):
        self.serial += 1
        fields = [(5, "u", struct.pack("<I", self.asked)), (7, "s", text(sender)), (6, "s", text(":1.7"))]
        if error:
            fields.append((4, "s", text(error)))
        if letters:
            fields.append((8, "g", struct.pack("<B", len(letters)) + letters.encode() + b"\0"))
        self.connection.sendall(message(kind, self.serial, fields, body))

    def answer(self, sender, letters, body):
        self.send(2, sender, letters, body)

    def refuse(self, sender, error, words):
        self.send(3, sender, "s", text(words), error)

    def flood(self):
        fields = [(1, "o", text("/noise")), (2, "s", text("no.ise")), (3, "s", text("Noise")), (7, "s", text(":1.5")),
                  (8, "g", b"\1s\0")]
        noise = message(4, 1, fields, text("x" * 1000))
        while True:
            self.connection.sendall(noise)

    def serve(self):
        if self.mood() == "deaf":
            threading.Event().wait()
        self.authenticate()
        while True:
            destination, method, words = self.question()
            if method == "Hello":
                self.answer(BUS, "s", text(":1.7"))
            elif destination == BUS:
                self.name_owner(words)
            elif destination == NAME:
                self.firewalld(method, words)

    def name_owner(self, words):
        if self.mood() == "absent" or words != [NAME]:
            self.refuse(BUS, BUS + ".Error.NameHasNoOwner", "Could not get owner of name")
        else:
            self.answer(BUS, "s", text(":1.5"))

    # ---- firewalld

    def firewalld(self, method, words):
        mood = self.mood()
        with open(self.folder + "/calls", "a") as file:
            file.write(" ".join([method] + words) + "\n")
        if mood == "gone":
            self.refuse(BUS, BUS + ".Error.ServiceUnknown", "The name is not activatable")
        elif mood == "floods":
            self.flood()
        elif mood == "hangs-up":
            raise EOFError
        elif mood == "garbage":
            self.connection.sendall(b"l\x02\x01\x01" + b"\xff" * 60)
        elif mood == "odd":
            self.answer(":1.5", "u", struct.pack("<I", 1))
        elif mood == "denied":
            self.refuse(":1.5", NAME + ".Exception", "NOT_AUTHORIZED: \x1b[31mno\nno")
        elif mood != "mute":
            try:
                with lock:
                    self.answer(":1.5", *self.judge(method, *words))
            except Refusal as refusal:
                self.refuse(":1.5", NAME + ".Exception", str(refusal))

    def judge(self, method, zone, source=None):
        path = self.folder + "/sources"
        with open(path) as file:
            pairs = [line.split() for line in file]
        if zone not in ZONES:
            raise Refusal("INVALID_ZONE: " + zone)
        owner = next((pair[0] for pair in pairs if pair[1] == source), None)
        if method == "getSources":
            return "as", texts([pair[1] for pair in pairs if pair[0] == zone])
        if method == "querySource":
            return "b", struct.pack("<I", owner == zone)
        if method == "addSource":
            if owner == zone:
                raise Refusal(f"ZONE_ALREADY_SET: '{source}' already bound to '{zone}'")
            if owner:
                raise Refusal(f"ZONE_CONFLICT: '{source}' already bound to a zone")
            pairs.append([zone, source])
        elif method == "removeSource":
            if not owner:
                raise Refusal(f"UNKNOWN_SOURCE: '{source}' is not in any zone")
            if owner != zone:
                raise Refusal(f"ZONE_CONFLICT: remove_source({zone}, {source}): zos='{owner}'")
            pairs.remove([zone, source])
        else:
            raise Refusal("INVALID_METHOD")
        with open(path + ".new", "w") as file:
            file.writelines(" ".join(pair) + "\n" for pair in pairs)
        os.rename(path + ".new", path)
        return "s", text(zone)


def attend(connection, folder):
    try:
        Client(connection, folder).serve()
    except (EOFError, OSError):
        pass
    connection.close()


def main():
    path, folder = sys.argv[1:]
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(16)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=attend, args=(connection, folder), daemon=True).start()


main()
