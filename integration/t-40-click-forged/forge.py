#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""forge.py PORT KEYFILE COUNT: asks for COUNT bad links of four kinds and holds every answer against the first."""
import base64
import os
import random
import statistics
import sys
import time

import clicks

port, key_file, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
key = clicks.current_key(key_file)
TARGET = "https://www.example.com/account/statement?id=4711&lang=en"


def raw():
    link = clicks.path(key, TARGET)
    head, _, text = link.rpartition("/")
    return head, base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def spelled(head, data):
    return head + "/" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged():
    head, data = raw()
    return spelled(head, data[:-16] + os.urandom(16))


def truncated():
    link = clicks.path(key, TARGET)
    start = len("/to/www.example.com/")
    return link[: random.randrange(start, len(link))]


def flipped():
    head, data = raw()
    data = bytearray(data)
    bit = random.randrange(len(data) * 8)
    data[bit // 8] ^= 1 << bit % 8
    return spelled(head, bytes(data))


def rekeyed():
    return clicks.path((key[0], os.urandom(32)), TARGET)


def comparable(answer):
    status, fields, body = answer
    return status, {k: v for k, v in fields.items() if k != "date"}, body


connection = clicks.Connection(port)
# Every answer is held against this one.
wanted = comparable(connection.get("/no-link"))
assert wanted[0] == 404 and "location" not in wanted[1]
kinds = {"forged": forged, "truncated": truncated, "bit-flipped": flipped, "re-keyed": rekeyed}
# Pipelined by the hundred for the count; one by one, the kinds taking turns, for the times.
BATCH = 100
for name, make in kinds.items():
    connection = clicks.Connection(port)  # one has a million requests at most
    for _ in range(count // len(kinds) // BATCH):
        links = [make() for _ in range(BATCH)]
        connection.send("".join(f"GET {link} HTTP/1.1\r\nHost: x\r\n\r\n" for link in links).encode())
        for link in links:
            answer = connection.answer()
            assert answer is not None and comparable(answer) == wanted, f"{name}: another answer for {link}"
times = {name: [] for name in kinds}
for _ in range(1500):
    for name, make in kinds.items():
        link = make()
        begin = time.perf_counter()
        connection.get(link)
        times[name].append(time.perf_counter() - begin)
medians = {name: statistics.median(values) * 1e6 for name, values in times.items()}
print(f"{count} bad links: one page of {len(wanted[2])} bytes for all; median answer in microseconds: "
      + ", ".join(f"{name} {value:.0f}" for name, value in medians.items()))
assert max(medians.values()) - min(medians.values()) < 1000, "the times tell the kinds apart"
