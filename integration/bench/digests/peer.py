# SPDX-License-Identifier: Apache-2.0
"""What libtlsh does with a file: bytes a second, best of several rounds. Needs py-tlsh."""
import sys, time
import tlsh

content = open(sys.argv[1], "rb").read()
best = 1e9
for _ in range(7):
    start = time.process_time()
    tlsh.hash(content)
    best = min(best, time.process_time() - start)
print(int(len(content) / best))
