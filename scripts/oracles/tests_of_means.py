"""Golden values of the tests, by scipy 1.17.1: Tests/StatisticsTests/InferenceGolden.swift."""

import numpy as np
import scipy
from scipy import stats
from golden import SplitMix64, write


def sample(random, n, scale, shift):
    return [round(shift + scale * random.unit(), 3) for _ in range(n)]


random = SplitMix64(3)
welch = []
for n1, n2, scale, shift in [(2, 2, 1, 0), (5, 9, 2, 0.5), (12, 7, 0.1, 0.05), (30, 31, 9, -4), (8, 3, 1, 0.2)]:
    a, b = sample(random, n1, 1, 0), sample(random, n2, scale, shift)
    r = stats.ttest_ind(b, a, equal_var=False)
    ci = r.confidence_interval(0.9)
    welch.append(tuple(map(float, (n1, r.statistic, r.df, r.pvalue, ci.low, ci.high, *a, *b))))

rates = []
LARGE = 3_000_000_000
for s1, n1, s2, n2 in [(120, 1000, 150, 1000), (3, 50, 9, 60), (1000000, LARGE, 1010000, LARGE), (5, 5, 3, 6)]:
    (m1, m2), deviation = (s1 / n1, s2 / n2), lambda s, n: (s * (n - s) / n / (n - 1)) ** 0.5
    r = stats.ttest_ind_from_stats(m2, deviation(s2, n2), n2, m1, deviation(s1, n1), n1, equal_var=False)
    rates.append((s1, n1, s2, n2, float(r.statistic), float(r.pvalue)))

ratio = []
for observed, weights in [
    ([5000, 5100], [1, 1]), ([48, 52, 55], [100, 100, 100]), ([9000, 1100], [9000, 1000]), ([0, 12], [5, 5]),
    ([331, 333, 334, 2], [3333, 3333, 3333, 1]), ([1000000, 1010000], [5000, 5000]),
]:
    expected = np.array(weights) * sum(observed) / sum(weights)
    r = stats.chisquare(observed, expected)
    ratio.append((float(r.statistic), float(r.pvalue), *observed, *weights))

discoveries = []
for p in [
    [0.01, 0.02, 0.03, 0.04], [0.04, 0.01, 0.03, 0.02, 0.5], [0.001, 0.9, 0.9, 0.04, 0.0], [1.0, 1.0], [0.7],
    [0.03, 0.03, 0.03, 0.02, 0.2, 0.0001],
]:
    discoveries.append((*p, *map(float, stats.false_discovery_control(p))))

write(
    "InferenceGolden",
    f"Written by scripts/oracles/tests_of_means.py with scipy {scipy.__version__}.",
    {
        "welch": ("Size of the control, t, df, p, 90 % interval of the difference, then control and treatment.", welch),
        "rates": ("Successes and units of the control, then of the treatment, t, p.", rates),
        "ratio": ("Statistic, p, then the counts and the weights.", ratio),
        "discoveries": ("p-values, then the adjusted ones.", discoveries),
    },
)
