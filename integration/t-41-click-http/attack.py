#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""attack.py PORT KEYFILE PID IDLE [FULL]: plays the open internet. The redirector has no verdict index and is strict, so
that every good link is answered with the warning page, which shows what it can of the target."""
import random
import sys
import time

import clicks
import html5lib

port, key_file, process, idle = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
full = len(sys.argv) > 5 and sys.argv[5]
key = clicks.current_key(key_file)
random.seed(4)


def resident():
    for line in open(f"/proc/{process}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0


# --- smuggling: one connection, one answer, and nothing of the second request
SMUGGLED = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
FRAMINGS = [
    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 41\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 41\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1_0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: \u00b2\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 41\r\n\r\n",
    "GET /a HTTP/1.1\nHost: x\n\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "GET /a HTTP/1.1\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nA\x00: b\r\n\r\n",
    "GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\n\rA: b\r\n\r\n",
]
for framing in FRAMINGS:
    connection = clicks.Connection(port)
    connection.send((framing + SMUGGLED).encode("latin-1"))
    first, second = connection.answer(), connection.answer()
    assert first is not None and first[0] in (400, 413, 417), (framing, first)
    assert second is None, f"a second answer after {framing!r}"
print(f"{len(FRAMINGS)} framings that two servers could read in two ways: refused, nothing behind them answered")

# --- response splitting: a signed target with every byte, and the famous spellings
bad_bytes = 0
connection = clicks.Connection(port)
targets = [b"https://example.com/a" + bytes([byte]) + b"Set-Cookie:%20b=c" for byte in range(256)]
targets += [b"https://example.com/%0d%0aSet-Cookie:%20b=c", b"https://example.com/\r\nSet-Cookie: b=c",
            "https://example.com/\u010a\u560aSet-Cookie: b=c".encode(), b"https://example.com/?\x00\r\n\r\n<html>",
            b"https://example.com/\xc4\x8aX-A: b", b"https://example.com/#\x0d\x0aX: y"]
count = 4000 if not full else 50000
for _ in range(count):
    targets.append(b"https://example.com/" + bytes(random.randrange(256) for _ in range(random.randrange(1, 30))))
seen = 0
for target in targets:
    link = clicks.path(key, target)
    page = connection.get(link)
    if page[0] == 404:
        continue
    assert page[0] == 200 and "set-cookie" not in page[1], (target, page[0])
    seen += 1
    if seen % 5 and not target.startswith(b"https://example.com/a"):
        continue
    text = page[2].decode()
    start = text.index('name="proceed" value="') + 22
    proceed = text[start:text.index('"', start)]
    answer = connection.get(link, method="POST", body=f"proceed={proceed}".encode())
    assert answer[0] == 303, (target, answer[0])
    location = answer[1]["location"]
    assert all("\x21" <= c <= "\x7e" for c in location), (target, location)
    assert location.startswith(("http://", "https://")) and "set-cookie" not in answer[1] and answer[2] == b""
print(f"{len(targets)} hostile targets: no answer with a control byte, a cookie or a second head")

# --- markup: pages of hostile targets have the elements of a harmless one
parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)


def shape(body):
    tree = html5lib.parse(body.decode(), namespaceHTMLElements=False)
    return [(e.tag, tuple(sorted(e.attrib))) for e in tree.iter() if isinstance(e.tag, str)]


def strict(body):
    html5lib.HTMLParser(strict=True).parse(body.decode())


harmless = connection.get(clicks.path(key, "https://example.com/a"))
strict(harmless[2])
wanted = shape(harmless[2])
PIECES = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onload='x", "</p></main></body>", "{{host}}",
          "{{{url}}}", "<!--", "]]>", "&lt;b&gt;", "\u202e", "<svg/onload=x>", "\"\u0301<\u0338", "\u2028", "<style>", "\x00"]
tried = 0
for round_number in range(300 if not full else 3000):
    text = "".join(random.choice(PIECES) for _ in range(random.randrange(1, 5)))
    place = random.choice(["https://example.com/%s", "https://example.com/?q=%s", "https://example.com/#%s",
                           "https://user%s@example.com/"])
    answer = connection.get(clicks.path(key, (place % text).encode()))
    if answer[0] == 404:
        continue
    tried += 1
    assert shape(answer[2]) == wanted, (place % text)
    assert "\u202e" not in answer[2].decode() and "\u2028" not in answer[2].decode()
strict(answer[2] if answer[0] == 200 else harmless[2])
print(f"{tried} pages of targets with markup: read by html5lib, each has the elements of a harmless one")

# --- slow senders: half-open requests, and honest clicks meanwhile
before = resident()
slow = []
for _ in range(idle):
    half = clicks.Connection(port, timeout=30)
    half.send(b"GET /to/www.example.com/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    slow.append(half)
during = resident()
times = []
honest = clicks.Connection(port)
link = clicks.path(key, "https://example.com/a")
for _ in range(1000):
    begin = time.perf_counter()
    assert honest.get(link)[0] == 200
    times.append((time.perf_counter() - begin) * 1000)
times.sort()
p99 = times[int(len(times) * 0.99)]
print(f"{idle} half-open requests cost {during - before:.0f} MiB ({before:.0f} to {during:.0f}); honest clicks meanwhile: "
      f"median {times[len(times) // 2]:.2f} ms, p99 {p99:.2f} ms")
assert during - before < 200 and p99 < 100
# A byte every second does not buy more than the deadline.
begin = time.time()
trickle = clicks.Connection(port, timeout=30)
alive = True
while alive and time.time() - begin < 15:
    try:
        trickle.send(b"G")
        trickle.socket.settimeout(1)
        alive = trickle.socket.recv(1) != b""
    except TimeoutError:
        pass
    except OSError:
        alive = False
assert 4 <= time.time() - begin < 9, f"the slow sender was kept for {time.time() - begin:.0f} s"
print(f"a byte a second: closed after {time.time() - begin:.1f} s")
closed = 0
for half in slow:
    half.socket.settimeout(1)
    try:
        closed += half.socket.recv(1) == b""
    except OSError:
        closed += 1
assert closed == idle, f"{idle - closed} half-open connections are still open"
print("all half-open connections were closed")
