#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""load.py PORT KEYFILE ROUND: clicks from 16 connections until the server is gone; prints the target of each answered one."""
import itertools
import sys
import threading

import clicks

port, key, turn = int(sys.argv[1]), clicks.current_key(sys.argv[2]), sys.argv[3]
answered = []


def visit(name):
    try:
        connection = clicks.Connection(port)
        for number in itertools.count():
            target = f"https://www.example.com/{turn}/{name}/{number}"
            answer = connection.get(clicks.path(key, target, ordinal=number % 100))
            if answer is None:
                return
            if answer[0] == 302:
                answered.append(target)
    except OSError:
        pass


threads = [threading.Thread(target=visit, args=(name,)) for name in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("\n".join(answered))
