"""What the fold keeps of units, decoded: see the documentation of `encoded` in Sources/Statistics and Sources/Experiments.

A cell is a dictionary of bins to whole numbers. Moments have one bin, None, with the number of units, the sums (y, d, x) and
the sums of products (yy; dy, dd; xy, xd, xx), scaled by 2^1074 and 2^2148; moments in bins have the same for each bin of y;
counts have for each bin how many values it holds.
"""

import struct
from dataclasses import dataclass, field
from functools import lru_cache

from bucketing import fnv1a32
from exact import Bytes, decode_products, decode_sum, scaled

LOWEST_BIN = -47_635
SMALLEST_MAGNITUDE = 2.0**-40
IGNORED_BITS = 45
SHAPES = {"y": 0, "yd": 1, "yx": 2, "ydx": 3}


def bits(number):
    return struct.unpack("<Q", struct.pack("<d", number))[0] >> IGNORED_BITS


FIRST_BITS = bits(SMALLEST_MAGNITUDE)


def bin_of(number):
    """128 bins for every power of two; 0 for what is nearer to 0 than 2^-40."""
    distance = bits(abs(number)) - FIRST_BITS + 1
    if distance <= 0:
        return 0
    return -distance if number < 0 else distance


def upper_edge(index):
    """Where a bin ends: its greatest number, or the number that no longer belongs to it."""
    magnitude = -index if index < 0 else index + 1
    edge = struct.unpack("<d", struct.pack("<Q", FIRST_BITS + magnitude - 1 << IGNORED_BITS))[0]
    return -edge if index < 0 else min(edge, 1e100)


@lru_cache(maxsize=100_000)
def group_of(unit):
    """The group in which a unit's values stand in a quantile of events."""
    return fnv1a32(str(fnv1a32("hookline.quantile.group" + unit))) % 10_000 % 100


# Cells


@lru_cache(maxsize=100_000)
def scaled_once(number):
    return scaled(number)


def moments_of(numbers):
    """The moments of one unit."""
    variables = [scaled_once(number) for number in numbers]
    products = [left * right for row, left in enumerate(variables) for right in variables[: row + 1]]
    return [1, *variables, *products]


def cell_of(form, numbers):
    """The cell of one unit that brings these numbers in."""
    match form:
        case "moments":
            return {None: moments_of(numbers)}
        case "binned":
            return {bin_of(numbers[0]): moments_of(numbers)}
    cell = {}
    for number in numbers:
        merge(cell, {bin_of(number): [1]})
    return cell


def merge(cell, more):
    for key, numbers in more.items():
        known = cell.get(key)
        if known is None:
            cell[key] = list(numbers)
        else:
            for index, number in enumerate(numbers):
                known[index] += number


def merged(cells):
    together = {}
    for cell in cells:
        merge(together, cell)
    return together


# The stored form


def decode_joint(data, variables):
    source = Bytes(data, tag=3)
    if source.number() != SHAPES[variables]:
        raise ValueError(f"moments of another shape than {variables}")
    count = source.number()
    sums = [decode_sum(source.string()) for _ in variables]
    products = [decode_products(source.string()) for row in range(len(variables)) for _ in range(row + 1)]
    source.finish()
    return [count, *sums, *products]


def decode_bins(source, content):
    cell, index = {}, LOWEST_BIN
    for _ in range(source.number()):
        index += source.number()
        cell[index] = content()
        index += 1
    return cell


def decode_cell(data, form, variables):
    if form == "moments":
        return {None: decode_joint(data, variables)}
    source = Bytes(data, tag=5 if form == "binned" else 4)
    if form == "binned":
        if source.number() != SHAPES[variables]:
            raise ValueError(f"binned moments of another shape than {variables}")
        cell = decode_bins(source, lambda: decode_joint(source.string(), variables))
    else:
        cell = decode_bins(source, lambda: [source.number() + 1])
    source.finish()
    return cell


@dataclass
class Days:
    """The cells of days of exposure; `settled` is that of all days that are kept together."""

    settled: dict = field(default_factory=dict)
    days: dict = field(default_factory=dict)

    def total(self):
        return merged([self.settled, *self.days.values()])


def decode_days(data, form, variables):
    source = Bytes(data, tag=1)
    settled = source.string()
    decoded = Days(decode_cell(settled, form, variables) if settled else {})
    for _ in range(source.number()):
        day = source.number()
        if decoded.days and day <= max(decoded.days):
            raise ValueError("days that are not in their order")
        decoded.days[day] = decode_cell(source.string(), form, variables)
    source.finish()
    return decoded


@dataclass
class UnitState:
    """What is kept of a unit: the indexes of the variants that it was shown, its first exposure to its own variant (index,
    moment, numbers of slices), how many metrics it stands in, and what its measures have come to."""

    shown: list
    exposure: tuple | None
    metrics: int
    values: list


def decode_state(data):
    source = Bytes(data, tag=1)
    shown = [source.number() for _ in range(source.number())]
    exposure = None
    if source.number():
        variant, moment = source.number(), source.number()
        exposure = (variant, moment, [source.number() for _ in range(source.number())])
    metrics = source.number()
    state = UnitState(shown, exposure, metrics, [decode_value(source) for _ in range(source.number())])
    source.finish()
    return state


def decode_value(source):
    match source.number():
        case 0:
            return ("events", source.number())
        case 1:
            return ("sum", decode_sum(source.string()), source.number(), source.number())
        case 2:
            return ("values", decode_cell(source.string(), "counts", "y"), source.number())
        case 3:
            reached, last = source.number(), source.number()
            return ("steps", reached, None if last == 0 else last - 1)
    raise ValueError("a value of an unknown measure")


def value_of(value):
    """A counted value in the same form."""
    match value.amount:
        case "events":
            return ("events", value.counted)
        case "sum":
            return ("sum", value.total, value.counted, value.ignored)
        case "values":
            return ("values", cell_of("counts", value.numbers), value.ignored)
    return ("steps", value.counted, value.last)
