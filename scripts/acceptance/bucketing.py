"""Assigns units to variants, by the published evaluation spec of GrowthBook (hash version 2), as plain as possible.

Run alone it checks itself, and with a path against the spec's own cases (`cases.json`, its section `hash`):

    bucketing.py [PATH/cases.json]
"""

import json
import sys

OFFSET_BASIS = 0x811C9DC5
PRIME = 0x01000193


def fnv1a32(text):
    """FNV-1a of 32 bits over UTF-16 code units, as JavaScript's charCodeAt counts them."""
    value = OFFSET_BASIS
    units = text.encode("utf-16-le")
    for index in range(0, len(units), 2):
        value ^= units[index] | units[index + 1] << 8
        value = value * PRIME & 0xFFFFFFFF
    return value


def unit_number(seed, unit):
    """Where a unit lies in 0..<1, in steps of a ten-thousandth."""
    return fnv1a32(str(fnv1a32(seed + unit))) % 10_000 / 10_000


def bucket_ranges(weights, coverage):
    """For each variant the numbers from its start up to, not with, its end."""
    ranges = []
    cumulative = 0.0
    for weight in weights:
        ranges.append((cumulative, cumulative + coverage * weight))
        cumulative += weight
    return ranges


def variant_index(seed, unit, weights, coverage):
    """The index of the unit's variant, None where it lies in no range."""
    number = unit_number(seed, unit)
    for index, (start, end) in enumerate(bucket_ranges(weights, coverage)):
        if start <= number < end:
            return index
    return None


def check(path=None):
    # Of an astral character both halves of the surrogate pair count.
    assert fnv1a32("") == OFFSET_BASIS
    assert fnv1a32("a") == 0xE40C292C
    assert fnv1a32("\U0001F3AC") == fnv1a32_of([0xD83C, 0xDFAC])
    assert bucket_ranges([0.5, 0.5], 0.5) == [(0.0, 0.25), (0.5, 0.75)]
    count = 0
    if path:
        with open(path, encoding="utf-8") as file:
            cases = json.load(file)["hash"]
        for seed, value, version, expected in cases:
            if version == 2:
                assert unit_number(seed, value) == expected, (seed, value, unit_number(seed, value), expected)
                count += 1
    return count


def fnv1a32_of(units):
    value = OFFSET_BASIS
    for unit in units:
        value = (value ^ unit) * PRIME & 0xFFFFFFFF
    return value


if __name__ == "__main__":
    print(f"bucketing: {check(*sys.argv[1:2])} of the spec's cases agree")
