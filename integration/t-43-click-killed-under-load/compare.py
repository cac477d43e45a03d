#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare.py JOURNAL ANSWERED NAME: every answered target is in the journal, and nothing twice."""
import collections
import json
import sys

import clicks

recorded = collections.Counter(json.loads(line)["url"] for line in clicks.journal(sys.argv[1]))
answered = [line.strip() for line in open(sys.argv[2]) if line.strip()]
missing = [target for target in answered if target not in recorded]
twice = [target for target, count in recorded.items() if count > 1]
assert not missing, f"{len(missing)} answered clicks are not in the journal: {missing[:3]}"
assert not twice, f"recorded twice: {twice[:3]}"
assert len(answered) > 100, f"only {len(answered)} clicks were answered"
print(f"{sys.argv[3]}: {len(answered)} clicks answered, all of them among the {len(recorded)} in the journal")
