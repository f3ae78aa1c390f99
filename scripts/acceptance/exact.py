"""Exact sums in Python's whole numbers, and the form in which Hookline stores them.

A double is a whole number times 2^-1074, and the product of two a whole number times 2^-2148. `scaled` and everything that is
summed here are those whole numbers: nothing is ever rounded, so equal sums are equal, whatever the order of their terms.
"""

from dataclasses import dataclass, field

SCALE_BITS = 1074
SCALE = 1 << SCALE_BITS

# Where the binary point lies in the stored sums and sums of products.
SUM_POINT_BITS = 64 * 17
PRODUCT_POINT_BITS = 2 * SUM_POINT_BITS


def scaled(number):
    """The double as a whole number of 2^-1074."""
    numerator, denominator = number.as_integer_ratio()
    return numerator * (SCALE // denominator)


def rounded(total):
    """The sum as the nearest double, half to even: CPython's true division of whole numbers rounds correctly."""
    return total / SCALE


@dataclass
class Moments:
    """The number of values, and their sum and sum of squares, scaled by 2^1074 and 2^2148."""

    count: int = 0
    total: int = 0
    squares: int = 0

    def add(self, number, times=1):
        value = scaled(number)
        self.count += times
        self.total += value * times
        self.squares += value * value * times


@dataclass
class ClusteredMoments:
    """Of values in clusters: over the values, and over the clusters of n values with the sum s, the sums of s^2, of s n and
    of n^2. A cluster's sum is taken as the nearest double plus the double nearest to the rest."""

    clusters: int = 0
    values: Moments = field(default_factory=Moments)
    squared_sums: int = 0
    sums_times_sizes: int = 0
    squared_sizes: int = 0

    def add_cluster(self, numbers):
        total = 0
        for number in numbers:
            self.values.add(number)
            total += scaled(number)
        high = rounded(total)
        pair = scaled(high) + scaled(rounded(total - scaled(high)))
        self.add_sums(len(numbers), pair)

    def add_singles(self, number, times):
        """As many clusters of one value."""
        self.values.add(number, times)
        self.add_sums(1, scaled(number), times)

    def add_sums(self, size, total, times=1):
        self.clusters += times
        self.squared_sums += total * total * times
        self.sums_times_sizes += total * size * times
        self.squared_sizes += size * size * times


# The stored form: see the documentation of `encoded` in Sources/Statistics.


class Bytes:
    """Reads bytes from the front."""

    def __init__(self, data, tag):
        if not data or data[0] != tag:
            raise ValueError(f"bytes that do not begin with the tag {tag}: {data[:8].hex()}")
        self.data = data
        self.position = 1

    def number(self):
        """A whole number in LEB128."""
        value = shift = 0
        while True:
            byte = self.data[self.position]
            self.position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def string(self):
        length = self.number()
        taken = self.data[self.position : self.position + length]
        if len(taken) != length:
            raise ValueError("bytes that end too soon")
        self.position += length
        return taken

    def finish(self):
        if self.position != len(self.data):
            raise ValueError("bytes after the end")


def decode_fixed_point(data, point_bits, scale_bits):
    """Two's complement after the index of its lowest limb, least significant byte first; empty for zero."""
    if not data:
        return 0
    value = int.from_bytes(data[1:], "little", signed=True) << 64 * data[0]
    unused = point_bits - scale_bits
    if value & ((1 << unused) - 1):
        raise ValueError("a sum with bits that no double has")
    return value >> unused


def decode_sum(data):
    return decode_fixed_point(data, SUM_POINT_BITS, SCALE_BITS)


def decode_products(data, scale_bits=2 * SCALE_BITS):
    return decode_fixed_point(data, PRODUCT_POINT_BITS, scale_bits)


def decode_moments(data):
    source = Bytes(data, tag=1)
    moments = Moments(source.number(), decode_sum(source.string()), decode_products(source.string()))
    source.finish()
    return moments


def decode_clustered_moments(data):
    source = Bytes(data, tag=2)
    moments = ClusteredMoments(
        clusters=source.number(),
        values=decode_moments(source.string()),
        squared_sums=decode_products(source.string()),
        sums_times_sizes=decode_products(source.string(), SCALE_BITS),
        squared_sizes=source.number(),
    )
    source.finish()
    return moments
