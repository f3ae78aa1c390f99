"""Golden values of the sequential test of the sample ratio, by mpmath 1.3.0: SequentialRatioGolden.swift in
Tests/StatisticsTests.

`python3 sequential_ratio.py simulate` (numpy 2.4.6, scipy 1.17.1) prints how often it errs and what it finds.
"""

import sys

import mpmath as mp
from golden import SplitMix64, write

CONCENTRATION = 1000
mp.mp.dps = 50


def log_bayes_factor(observed, weights):
    k, units, buckets = mp.mpf(CONCENTRATION), sum(observed), sum(weights)
    total = mp.loggamma(k) - mp.loggamma(k + units)
    for count, weight in zip(observed, weights):
        share = mp.mpf(weight) / buckets
        total += mp.loggamma(k * share + count) - mp.loggamma(k * share) - count * mp.log(share)
    return total


def main():
    random = SplitMix64(23)
    cases = [
        ([1, 0], [1, 1]), ([500, 520], [1, 1]), ([15600, 14400], [1, 1]), ([0, 1200], [5000, 5000]),
        ([1000000, 0], [1, 1]), ([9000, 1100], [9000, 1000]), ([331, 333, 334, 2], [3333, 3333, 3333, 1]),
        ([0, 0, 7], [1, 9998, 1]), ([3, 10**9], [1, 10**9]), ([500049000, 499951000], [1, 1]),
        # p near 1e-250.
        ([500758000, 499242000], [1, 1]), ([200303000, 300000000, 499697000], [2, 3, 5]),
        ([10**12, 10**12 + 47 * 10**6], [1, 1]), ([7 * 10**12, 10**12 + 10**6, 2 * 10**12], [7, 1, 2]),
    ]
    for arms in [2, 3, 4, 5]:
        for size in [30, 10**4, 10**6, 10**9]:
            weights = [1 + random.below(9) for _ in range(arms)]
            total = sum(weights)
            observed = [int(size * w / total + 3 * (size * w / total) ** 0.5 * (random.unit() - 0.5)) for w in weights]
            cases.append((observed, weights))
    rows = []
    for observed, weights in cases:
        value = log_bayes_factor(observed, weights)
        rows.append((float(value), float(min(0, -value / mp.log(10))), *observed, *weights))
    write(
        "SequentialRatioGolden",
        f"Written by scripts/oracles/sequential_ratio.py with mpmath {mp.__version__} at {mp.mp.dps} digits.",
        {"ratio": ("Logarithm of the Bayes factor, log10 of p, then the counts and the weights.", rows)},
    )


def simulate():
    """20,000 experiments of 60 looks at 500 units a day, with and without a mismatch of 52 to 48."""
    import numpy as np
    from scipy import stats
    from scipy.special import gammaln

    random = np.random.default_rng(29)
    units = 500 * np.arange(1, 61)
    for k in [100, 1000, 10000]:
        for share in [0.5, 0.52, 0.55]:
            counts = random.binomial(500, share, (20000, 60)).cumsum(1)
            logs = gammaln(k) - gammaln(k + units) - 2 * gammaln(k / 2) + units * np.log(2)
            logs = logs + gammaln(k / 2 + counts) + gammaln(k / 2 + units - counts)
            hits = logs >= np.log(1000)
            found = hits.any(1)
            number = int(found.sum())
            upper = stats.beta.ppf(0.99, number + 1, len(found) - number)
            days = np.median(np.where(found, hits.argmax(1) + 1, 61))
            print(f"k {k}, share {share}: rejected {number} of 20000 (upper 99 % limit {upper:.6f}), median day {days}")


if __name__ == "__main__":
    simulate() if sys.argv[1:] == ["simulate"] else main()
