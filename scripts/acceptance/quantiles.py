"""The quantile of an arm from values in bins, with what chance makes of it: see `quantile` in docs/metrics.md.

Values are known by their bins alone (see cells.py), and count as spread evenly over the width of theirs; those of the bin
around 0 count as 0. Chance is told by the share of values up to the quantile, of which the standard error s is known: from the
quantile of `p - t s` to that of `p + t s` reaches the interval of 95 %.
"""

import collections
import math
from dataclasses import dataclass

from scipy import special

from cells import bin_of, upper_edge

CONFIDENCE = 0.95


@dataclass
class Quantile:
    # How many parts of the values are independent of each other.
    parts: int
    estimate: float | None = None
    # None where chance cannot be told.
    standard_error: float | None = None


def critical_value(freedom):
    """The t that Student's distribution exceeds in magnitude with 5 %."""
    return float(special.stdtrit(freedom, (1 + CONFIDENCE) / 2))


def of_independent(p, numbers):
    """Of values that are independent of each other."""
    return estimate(p, counted(numbers), len(numbers), lambda place: math.sqrt(p * (1 - p) / len(numbers)))


def of_groups(p, groups):
    """Of the values of groups, which are independent of each other while the values of one are not. No group is empty."""
    counts = [counted(numbers) for numbers in groups]
    total = sum(map(len, groups))

    def error(place):
        squares = math.fsum((below(each, place) - p * each.total()) ** 2 for each in counts)
        return math.sqrt(len(counts) / (len(counts) - 1) * squares) / total

    return estimate(p, counted(number for numbers in groups for number in numbers), len(groups), error)


def estimate(p, counts, parts, error):
    """`error(place)` is the standard error of the share of values up to there."""
    found = Quantile(parts)
    if not counts:
        return found
    found.estimate = value_at(place_of(counts, p))
    if parts < 2 or len(counts) < 2:
        return found
    critical = critical_value(parts - 1)
    reach = critical * error(place_of(counts, p))
    if p - reach <= 0 or p + reach >= 1:
        return found
    low, high = (value_at(place_of(counts, each)) for each in (p - reach, p + reach))
    if low < high:
        found.standard_error = (high - low) / (2 * critical)
    return found


# Bins


def counted(numbers):
    """How many values lie in each bin that holds any."""
    return collections.Counter(map(bin_of, numbers))


def place_of(counts, p):
    """Where the rank p n lies: in which bin, and how far into its values."""
    rank, before = p * counts.total(), 0
    for index in sorted(counts):
        if rank <= before + counts[index]:
            return index, (rank - before) / counts[index]
        before += counts[index]
    raise ValueError(f"no value has the rank {rank}")


def value_at(place):
    index, fraction = place
    lower, upper = upper_edge(index - 1), upper_edge(index)
    return 0.0 if index == 0 else lower + fraction * (upper - lower)


def below(counts, place):
    """How many values lie up to a place; of those in its own bin the same fraction, whosever they are."""
    index, fraction = place
    return sum(count for each, count in counts.items() if each < index) + fraction * counts[index]
