"""A tree over LEAVES statements by python-opentimestamps, whose proofs are part of the building.

usage: ots.py LEAVES STATEMENT_BYTES; prints one JSON document.
"""

import json
import sys
import time
from hashlib import sha256

from opentimestamps.core.timestamp import Timestamp, make_merkle_tree

count, size = map(int, sys.argv[1:])
statements = [index.to_bytes(size, "big") for index in range(count)]
began = time.perf_counter()
stamps = [Timestamp(sha256(each).digest()) for each in statements]
root = make_merkle_tree(stamps)
seconds = time.perf_counter() - began
at = stamps[-2]
while at.ops:
    at = next(iter(at.ops.values()))
print(json.dumps({"seconds": seconds, "verified": at.msg == root.msg}))
