"""Golden values of binned quantiles, by numpy 2.4.6 and scipy 1.17.1: Tests/StatisticsTests/QuantileGolden.swift.

With `--coverage`, how often the intervals of 95 % hold the true quantile instead, by a simulation that writes nothing.
"""

import sys

import numpy as np
import scipy
from scipy import stats
from golden import SplitMix64, write

SMALLEST, GREATEST = 2.0**-40, 1e100


def bins(x):
    """The index of each value's bin, by frexp and whole numbers instead of bits."""
    fraction, exponent = np.frexp(np.abs(x))
    index = (exponent - 1 + 40) * 128 + np.floor((2 * fraction - 1) * 128) + 1
    return np.where(np.abs(x) < SMALLEST, 0, np.sign(x) * index).astype(int)


def edges(index):
    """The edges of each bin, by ldexp."""
    k = np.abs(index) - 1
    least = np.ldexp(1 + k % 128 / 128, k // 128 - 40)
    beyond = np.ldexp(1 + (k + 1) % 128 / 128, (k + 1) // 128 - 40)
    lower, upper = np.where(index > 0, least, -beyond), np.where(index > 0, beyond, -least)
    return np.where(index == 0, 0, lower), np.where(index == 0, 0, upper)


class Arm:
    """Values by bin and group. Without groups, each value is independent."""

    def __init__(self, values, groups=None):
        index, place = np.unique(bins(np.asarray(values)), return_inverse=True)
        lower, upper = edges(index)
        rows = np.zeros(len(values), int) if groups is None else np.unique(groups, return_inverse=True)[1]
        cells = np.bincount(rows * len(index) + place, minlength=(rows.max() + 1) * len(index))
        self.counts = cells.reshape(-1, len(index)).astype(float)
        self.total = len(values)
        self.n = self.total if groups is None else len(self.counts)
        self.grouped = groups is not None
        # The distribution function as corners: twice as many as bins, with jumps in the zero bin.
        above = np.cumsum(self.counts.sum(0))
        self.ranks = np.ravel(np.column_stack([above - self.counts.sum(0), above]))
        self.corners = np.ravel(np.column_stack([lower, upper]))

    def quantile(self, p):
        at, part = self.place(p)
        return float(self.corners[2 * at] * (1 - part) + self.corners[2 * at + 1] * part)

    def place(self, p):
        """The first bin with values up to the rank, and how far into it."""
        rank, above = p * self.total, self.ranks[1::2]
        at = int(np.searchsorted(above, rank))
        return at, (rank - self.ranks[2 * at]) / (above[at] - self.ranks[2 * at])

    def share_error(self, p):
        """The textbook form of the variance of a ratio of means, by covariances."""
        if not self.grouped:
            return (p * (1 - p) / self.total) ** 0.5
        at, part = self.place(p)
        y = self.counts[:, :at].sum(1) + part * self.counts[:, at]
        sizes = self.counts.sum(1)
        (vy, c), (_, vn) = np.cov(y, sizes)
        ratio = y.sum() / sizes.sum()
        return ((vy - 2 * ratio * c + ratio**2 * vn) / self.n / sizes.mean() ** 2) ** 0.5

    def bounds(self, p, level):
        reach = stats.t.ppf((1 + level) / 2, self.n - 1) * self.share_error(p)
        return self.quantile(p - reach), self.quantile(p + reach)

    def summary(self, p, level):
        low, high = self.bounds(p, 0.95)
        error = (high - low) / 2 / stats.t.ppf(0.975, self.n - 1)
        return (self.quantile(p), float(error), *self.bounds(p, level))


def sample(kind, random, count):
    """The values of QuantileSamples.swift, bit for bit."""
    values = []
    for _ in range(count):
        u = random.unit()
        values.append([1 / (u + 0.001), 200 * u - 100, 0.0 if u < 0.4 else 10 * u * u][kind])
    return values


def clustered(random, units, groups):
    """Units of 1 to 5 values with a factor of their own; unit i is in group i modulo their number."""
    values, places = [], []
    for unit in range(units):
        factor = 1 / (0.2 + random.unit())
        for _ in range(1 + random.below(5)):
            values.append(factor * (0.5 + random.unit()))
            places.append(unit % groups)
    return values, places


def goldens():
    xs = [1.0, -1.0, 0.0, SMALLEST, SMALLEST * (1 - 2.0**-53), -SMALLEST, 1.0078124999, 1.0078125, 3.14159, 1e-9]
    xs += [GREATEST, -GREATEST, 5e-324, 12.34, -987654.321, 2.0**20, 2.0**20 * (1 - 2.0**-53), 1e50]
    places = [(x, int(b), *map(float, edges(b))) for x, b in zip(xs, bins(np.array(xs)))]
    quantiles, independent, grouped, tests = [], [], [], []
    for kind in range(3):
        for seed, count in enumerate([1, 7, 250, 4000]):
            values = sample(kind, SplitMix64(seed), count)
            for p in (0.01, 0.25, 0.5, 0.9, 0.99):
                q = np.quantile(values, p, method="inverted_cdf")
                quantiles.append((kind, seed, count, p, float(q)))
    for kind, seed, count, p, level in [(0, 5, 400, 0.5, 0.95), (1, 6, 400, 0.9, 0.9), (1, 7, 900, 0.3, 0.99),
                                        (2, 8, 5000, 0.99, 0.95), (0, 9, 30, 0.5, 0.8)]:
        arm = Arm(sample(kind, SplitMix64(seed), count))
        independent.append((kind, seed, count, p, level, *arm.summary(p, level)))
    for seed, units, groups, p, level in [(10, 500, 100, 0.5, 0.95), (11, 500, 100, 0.9, 0.9), (12, 80, 100, 0.9, 0.95),
                                          (13, 900, 7, 0.25, 0.99), (14, 2000, 100, 0.99, 0.95)]:
        arm = Arm(*clustered(SplitMix64(seed), units, groups))
        grouped.append((seed, units, groups, p, level, *arm.summary(p, level)))
    for seed, units, p in [(20, (400, 500), 0.5), (21, (800, 90), 0.9), (22, (50, 60), 0.4)]:
        arms = [Arm(*clustered(SplitMix64(seed + 100 * i), u, 100)) for i, u in enumerate(units)]
        (q1, s1, *_), (q2, s2, *_) = (arm.summary(p, 0.95) for arm in arms)
        n1, n2 = (arm.n for arm in arms)
        r = stats.ttest_ind_from_stats(q2, s2 * n2**0.5, n2, q1, s1 * n1**0.5, n1, equal_var=False)
        v1, v2 = s1**2, s2**2
        df = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
        reach = stats.t.ppf(0.95, df) * (v1 + v2) ** 0.5
        row = (seed, *units, p, r.statistic, df, r.pvalue, q2 - q1 - reach, q2 - q1 + reach)
        tests.append(tuple(map(float, row)))
    write(
        "QuantileGolden",
        f"Written by scripts/oracles/binned_quantiles.py with numpy {np.__version__}, scipy {scipy.__version__}.",
        {
            "bins": ("Value, index of its bin, lower and upper edge; the zero bin's are written as 0.", places),
            "quantiles": ("Kind of the sample, seed, size, p, the value of rank ceil(p n).", quantiles),
            "independent": ("Kind, seed, size, p, confidence, then quantile, standard error, bounds.", independent),
            "clustered": ("Seed, units, groups, p, confidence, then quantile, standard error, bounds.", grouped),
            "tests": ("Seed, units of both arms, p, then t, df, p, 90 % interval of the difference.", tests),
        },
    )


def coverage(replications=3000, groups=100):
    """Lognormal units of a geometric number of values (mean 3) with lognormal noise, or of one value each."""
    random = np.random.default_rng(1)
    for units, is_clustered in [(400, True), (2000, True)] + [(n, False) for n in (400, 600, 1000, 2000, 5000)]:
        hits = {p: 0 for p in (0.5, 0.9, 0.99)}
        for _ in range(replications):
            sizes = random.geometric(1 / 3, units) if is_clustered else np.ones(units, int)
            factors = np.repeat(random.normal(0, 0.7, units), sizes)
            values = np.exp(factors + random.normal(0, 0.7, sizes.sum()))
            places = np.repeat(np.arange(units) % groups, sizes)
            arm = Arm(values, places if is_clustered else None)
            for p in hits:
                if p + stats.t.ppf(0.975, arm.n - 1) * arm.share_error(p) >= 1:
                    continue  # No interval: it does not hold the quantile.
                low, high = arm.bounds(p, 0.95)
                hits[p] += int(low <= np.exp(stats.norm.ppf(p) * 0.98**0.5) <= high)
        shares = {p: round(hit / replications, 3) for p, hit in hits.items()}
        print(units, "units,", "clustered" if is_clustered else "independent", shares)


if __name__ == "__main__":
    if "--coverage" in sys.argv:
        coverage()
    else:
        goldens()
