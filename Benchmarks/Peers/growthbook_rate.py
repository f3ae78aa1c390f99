"""Evaluates a feature with GrowthBook's SDK for Python, and prints how often it does so in a second.

The input is JSON: `payload`, `feature` and `contexts`, an object of attributes each.
"""

import json
import logging
import sys
import time

from growthbook import GrowthBook

SECONDS = 2.0

given = json.load(sys.stdin)
logging.getLogger("growthbook").setLevel(logging.CRITICAL)
sdk = GrowthBook(features=given["payload"]["features"])
count, start = 0, time.perf_counter()
while time.perf_counter() - start < SECONDS:
    for attributes in given["contexts"]:
        sdk.set_attributes(attributes)
        sdk.eval_feature(given["feature"])
    count += len(given["contexts"])
print(count / (time.perf_counter() - start))
