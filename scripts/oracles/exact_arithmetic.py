"""Golden values of exact sums and moments, by Python's fractions: Tests/StatisticsTests/ExactGolden.swift.

`float(Fraction)` rounds correctly, half to even.
"""

import platform
from fractions import Fraction as F

import mpmath as mp
from golden import SplitMix64, write
from distributions import t_two_sided

mp.mp.dps = 50
TINY = 5e-324
SUMS = [
    [1e100, 1e-300, -1e100],
    [1e100, 1e-300],
    [1e100, TINY, -1e100, TINY],
    [TINY] * 3 + [-2.2250738585072014e-308],
    [1.0, 2.0**-53],
    [1.0, 2.0**-53, TINY],
    [1.0, 2.0**-52, 2.0**-53],
    [-1.0, -(2.0**-53), -TINY],
    [1.0, -(2.0**-54)],
    [1.0, -(2.0**-54), -TINY],
    [2.0**53, 1.0, 1.0],
    [0.1] * 10,
    [-0.0, 0.0],
    [12.34] * 7 + [-3.21],
    [1e16, 1.0, -1e16, 1e-16],
    [-1e100] * 3 + [1e99],
]
MOMENTS = [
    [0.1] * 3,
    [0.1, 0.1, 0.1, 0.30000000000000004],
    [1e100, -1e100, 1e-300],
    [1e8 + 1, 1e8 + 2, 1e8 + 4],
    [1e-200, 2e-200, 4e-200],
    [1e-162, 3e-162, 4e-162],
    [TINY, 2 * TINY, 0.0],
    [1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0],
    [-12.34, 55.5, 1e-3, 7.0, 1e6],
    [1e100, 1e100, 9.999999999999999e99],
    # Means that a bit far below the leading ones lifts above the middle of two doubles.
    [3.0, 3 * 2.0**-53, 2.0**-120],
    [3.0, 3 * 2.0**-53, 2.0**-400],
    [-3.0, -3 * 2.0**-53, 0.0],
]


def fractions(values):
    return [F(v) for v in values]


def mean(values):
    return sum(values) / len(values)


def variance(values):
    m = mean(values)
    return sum((v - m) ** 2 for v in values) / (len(values) - 1)


def root(fraction):
    """The square root as a double, also where the fraction has none."""
    return float(mp.sqrt(mp.mpf(fraction.numerator) / fraction.denominator))


def cluster_variance(clusters):
    n, k = sum(map(len, clusters)), len(clusters)
    m = sum(map(sum, clusters)) / n
    return F(k, k - 1) * sum((sum(c) - m * len(c)) ** 2 for c in clusters) / n**2


def welch(variances, counts, difference):
    v1, v2 = (mp.mpf(v.numerator) / v.denominator for v in variances)
    t = (mp.mpf(difference.numerator) / difference.denominator) / mp.sqrt(v1 + v2)
    df = (v1 + v2) ** 2 / (v1**2 / (counts[0] - 1) + v2**2 / (counts[1] - 1))
    return float(difference), float(t), float(df), float(t_two_sided(df, t))


def replacements(shift):
    """Two arms of 2,000 units with a mean of 1e8 standard deviations or more, and 200,000 replacements of values."""
    random = SplitMix64(7)
    arms = [[1e8 + random.unit() for _ in range(2_000)] for _ in range(2)]
    for _ in range(200_000):
        arm, unit = random.below(2), random.below(2_000)
        arms[arm][unit] = 1e8 + (random.unit() + shift * arm)
    arms = [fractions(arm) for arm in arms]
    return welch([variance(a) / len(a) for a in arms], [2_000, 2_000], mean(arms[1]) - mean(arms[0]))


def clustered(shift):
    """Two arms of 500 clusters, 20,000 observations in all, with an effect of the cluster."""
    random = SplitMix64(11)
    arms = [[[] for _ in range(500)] for _ in range(2)]
    for _ in range(20_000):
        arm, cluster = random.below(2), random.below(500)
        arms[arm][cluster].append(F(1e8 + (random.unit() + (cluster / 500 + shift * arm))))
    arms = [[c for c in arm if c] for arm in arms]
    means = [sum(map(sum, a)) / sum(map(len, a)) for a in arms]
    return welch([cluster_variance(a) for a in arms], [len(a) for a in arms], means[1] - means[0])


if __name__ == "__main__":
    sums = [(float(sum(fractions(t))), *t) for t in SUMS]
    squares = [(float(sum(v * v for v in fractions(t))), *t) for t in SUMS]
    moments = []
    for values in MOMENTS:
        exact = fractions(values)
        v = variance(exact)
        moments.append((float(mean(exact)), float(v), root(v), float(v / len(values)), *values))
    write(
        "ExactGolden",
        "Written by scripts/oracles/exact_arithmetic.py with "
        f"Python {platform.python_version()}, mpmath {mp.__version__}.",
        {
            "sums": ("The rounded sum, then its terms.", sums),
            "squares": ("The rounded sum of squares, then the values.", squares),
            "moments": ("Mean, variance, standard deviation, variance of the mean, then the values.", moments),
            "replacements": (
                "Shift, then difference, t, degrees of freedom and p of the replay in WelchExactTests.",
                [(s, *replacements(s)) for s in (0.0, 0.03, 0.3)],
            ),
            "clustered": (
                "Shift, then difference, t, degrees of freedom and p of the clustered replay in WelchExactTests.",
                [(s, *clustered(s)) for s in (0.0, 0.05, 0.5)],
            ),
        },
    )
