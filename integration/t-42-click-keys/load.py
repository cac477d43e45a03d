#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""load.py PORT KEYFILE FLAG: clicks until the file FLAG is gone, with links of every key that was current so far."""
import os
import sys
import time

import clicks

port, key_file, flag = int(sys.argv[1]), sys.argv[2], sys.argv[3]
connection = clicks.Connection(port)
links, seen, count, worst = [], set(), 0, 0.0
while os.path.exists(flag):
    key = clicks.current_key(key_file)
    seen.add(key[0])
    links = links[-50:] + [clicks.path(key, f"https://www.example.com/{count}")]
    # The newest link at once, as a milter would hand it out, and an older one.
    for link in (links[-1], links[count % len(links)]):
        begin = time.perf_counter()
        status = connection.get(link)[0]
        worst = max(worst, time.perf_counter() - begin)
        assert status == 302, f"click {count} with key {key[0]}: {status}"
        count += 1
print(f"{count} clicks with the links of {len(seen)} keys, none failed; the slowest took {worst * 1000:.1f} ms")
