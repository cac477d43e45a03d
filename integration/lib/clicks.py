#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rewritten links and raw HTTP for the scenes about clicks.

The token is made here by the published format (Sources/README.md, Formats), not by Rearguard: when both agree, the format
is what it says.
"""
import base64
import hashlib
import hmac
import os
import re
import socket
import struct
import sys
import time


def current_key(path):
    """The number and secret of the key that signs."""
    for line in open(path):
        words = line.split("#")[0].split()
        if len(words) >= 3 and words[1] == "current":
            return int(words[0]), bytes.fromhex(words[-1])
    raise SystemExit(f"{path}: no current key")


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def token(key, target, host, ordinal=0, recipient=1, reference=None):
    """The token's bytes, MAC included."""
    number, secret = key
    reference = reference or os.urandom(8)
    day = int(time.time()) // 86400 - 18262
    body = bytes([number]) + reference + varint(ordinal) + varint(recipient) + struct.pack(">H", day)
    plain = 1 + len(body) + len(target)
    filled = (plain + 16) % 3 == 0
    signed = bytes([0x11 if filled else 0x10]) + body + (b"\0" if filled else b"") + target
    label = b"rearguard link token 1\0" + struct.pack(">H", len(host)) + host
    return signed + hmac.new(secret, label + signed, hashlib.sha256).digest()[:16]


def path(key, target, ordinal=0, recipient=1, reference=None):
    """The path of a rewritten link."""
    if isinstance(target, str):
        target = target.encode()
    # What stands in the path is for the reader; hostile targets get any name.
    match = re.match(rb"https?://(?:[^/@]*@)?([A-Za-z0-9.-]+)", target)
    host = match.group(1) if match else b"example.com"
    text = base64.urlsafe_b64encode(token(key, target, host, ordinal, recipient, reference)).rstrip(b"=")
    return f"/to/{host.decode()}/{text.decode()}"


class Connection:
    """One HTTP/1.1 connection, as raw as it gets."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def answer(self, is_head=False):
        """Status, fields in small letters, body; None when the server has closed."""
        while b"\r\n\r\n" not in self.buffer:
            more = self.read()
            if not more:
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            fields[name.lower()] = value
        size = 0 if is_head else int(fields.get("content-length", 0))
        while len(self.buffer) < size:
            if not self.read():
                return None
        body, self.buffer = self.buffer[:size], self.buffer[size:]
        return int(lines[0].split()[1]), fields, body

    def read(self):
        try:
            more = self.socket.recv(65536)
        except (ConnectionResetError, socket.timeout):
            return b""
        self.buffer += more
        return more

    def get(self, target, fields=(), method="GET", body=b""):
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\n" + "".join(f"{f}\r\n" for f in fields)
        if body:
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        self.send(head.encode("latin-1") + b"\r\n" + body)
        return self.answer(method == "HEAD")

    def close(self):
        self.socket.close()


TABLE = []
for _i in range(256):
    _c = _i
    for _ in range(8):
        _c = _c >> 1 ^ (0x82F63B78 if _c & 1 else 0)
    TABLE.append(_c)


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ TABLE[(value ^ byte) & 255]
    return value ^ 0xFFFFFFFF


def journal(directory, check=True):
    """Every whole record of a journal, as bytes of JSON."""
    for name in sorted(os.listdir(directory)):
        if not name.endswith(".journal"):
            continue
        for line in open(os.path.join(directory, name), "rb"):
            if not line.endswith(b"\n") or len(line) < 11:
                continue
            json = line[9:-1]
            if not check or int(line[:8], 16) == crc32c(json):
                yield json


def main():
    if len(sys.argv) >= 5 and sys.argv[1] == "link":
        key = current_key(sys.argv[2])
        ordinal = int(sys.argv[5]) if len(sys.argv) > 5 else 0
        print(sys.argv[3] + path(key, sys.argv[4], ordinal))
    elif len(sys.argv) == 3 and sys.argv[1] == "keys":
        with open(sys.argv[2], "x") as file:
            file.write(f"1 current 2026-01-01 {os.urandom(32).hex()}\n")
    else:
        raise SystemExit("usage: clicks.py link KEYFILE CLICK_URL TARGET [ORDINAL] | keys KEYFILE")


if __name__ == "__main__":
    main()
