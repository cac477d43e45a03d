# SPDX-License-Identifier: Apache-2.0
"""Writes the winmail.dat files of Cases: python3 tnef.py (MS-OXTNEF, section 2.1.3)."""
import os
import struct
import zlib

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Cases")


def attribute(number, data, level=1):
    return struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def stream(*attributes):
    return b"\x78\x9f\x3e\x22\x01\x00" + attribute(0x00089006, b"\x00\x00\x01\x00") + b"".join(attributes)


def value(data):
    return struct.pack("<I", len(data)) + data + b"\0" * (-len(data) % 4)


def variable(kind, number, data):
    return struct.pack("<HHI", kind, number, 1) + value(data)


def properties(*entries):
    return struct.pack("<I", len(entries)) + b"".join(entries)


def attachment(title, data=None, entries=()):
    parts = attribute(0x00069002, b"\x01\x00" + b"\0" * 12, 2) + attribute(0x00018010, title + b"\0", 2)
    if data is not None:
        parts += attribute(0x0006800F, data, 2)
    return parts + (attribute(0x00069005, properties(*entries), 2) if entries else b"")


# LZFu: "{\\rtf1 http://a.example/rtf}" as literals, and the first five characters as a reference into the ring's beginning.
def rich_text(text):
    ring = b"{\\rtf1"
    body = b""
    tokens = [struct.pack(">H", 0 << 4 | len(ring) - 2)] + [bytes([one]) for one in text[len(ring):]]
    written = 207 + len(text)
    tokens.append(struct.pack(">H", (written & 4095) << 4))
    references = {0, len(tokens) - 1}
    for start in range(0, len(tokens), 8):
        flags = sum(1 << bit for bit in range(8) if start + bit in references)
        body += bytes([flags]) + b"".join(tokens[start:start + 8])
    crc = zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF  # begins with 0, and is not inverted
    return struct.pack("<I", len(body) + 12) + struct.pack("<I", len(text)) + b"LZFu" + struct.pack("<I", crc) + body


named = struct.pack("<HH", 0x1E, 0x8001) + b"G" * 16 + struct.pack("<I", 1) + value("name".encode("utf-16-le"))
named += struct.pack("<I", 1) + value(b"x\0")
message = properties(
    struct.pack("<HHI", 0x03, 0x0E06, 7), named, struct.pack("<HHI", 0x1003, 0x0E07, 2) + struct.pack("<II", 1, 2),
    variable(0x102, 0x1013, b"<a href=http://a.example/html>x</a>"),
    variable(0x102, 0x1009, rich_text(b"{\\rtf1 http://a.example/rtf}")))
inner = stream(attribute(0x0002800C, b"inner http://a.example/inner\0"), attachment(b"deep.txt", b"deep"))
cases = {
    "files.dat": stream(
        attribute(0x0002800C, b"see http://a.example/text\0"), attribute(0x00069003, message),
        attachment(b"SHORT~1.TXT", b"first file", [variable(0x1F, 0x3707, "a long name \u00e9.txt\0".encode("utf-16-le"))]),
        attachment(b"second.bin", b"second file")),
    "message.dat": stream(attachment(b"forwarded", None, [variable(0x0D, 0x3701, b"I" * 16 + inner)])),
    "two-contents.dat": stream(attachment(b"a.txt", b"one") + attribute(0x0006800F, b"two", 2)),
}
cases["cut.dat"] = cases["files.dat"][:-8]
cases["no-such-type.dat"] = stream(
    attribute(0x00069003, properties(struct.pack("<HHI", 0x77, 0x1000, 1))), attachment(b"a.txt", b"still here"))
for name, content in cases.items():
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)
