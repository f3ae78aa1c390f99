"""Golden values of sequential boundaries, by numpy 2.4.6, scipy 1.17.1 and mpmath 1.3.0:
Tests/StatisticsTests/SequentialGolden.swift.

The first-crossing probabilities are integrated as densities of the stopped motion (Armitage, McPherson and Rowe 1969),
with 400 Gauss-Legendre nodes at each look: a different coordinate, rule and recursion from those of the library. Each
case of up to five looks is also held against scipy's multivariate normal distribution, to 2e-6.
"""

import mpmath
import numpy as np
import scipy
from mpmath import mp
from scipy import optimize, stats
from golden import write

mp.dps = 40
NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)


def crossing(fractions, boundaries, drift):
    """Per look, the probability to cross first above, and below."""
    above, below, x, mass, before = [], [], np.zeros(1), np.ones(1), 0.0
    for t, b in zip(fractions, boundaries):
        delta = t - before
        limit, mean, deviation = b * t**0.5, x + drift * delta, delta**0.5
        above.append(float(np.sum(mass * stats.norm.sf((limit - mean) / deviation))))
        below.append(float(np.sum(mass * stats.norm.cdf((-limit - mean) / deviation))))
        y = limit * NODES
        mass = limit * WEIGHTS * (stats.norm.pdf((y[:, None] - mean) / deviation) / deviation @ mass)
        x, before = y, t
    return above, below


def verify(fractions, boundaries, drift):
    t = np.array(fractions)
    covariance = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    accuracy = {"abseps": 1e-8, "releps": 1e-8, "maxpts": 2_000_000}
    normal = stats.multivariate_normal(drift * np.sqrt(t), covariance, seed=1, **accuracy)
    inside = normal.cdf(np.array(boundaries), lower_limit=-np.array(boundaries))
    above, below = crossing(fractions, boundaries, drift)
    assert abs(1 - inside - sum(above) - sum(below)) < 2e-6, (fractions, inside)


def spent(alpha, t):
    return 4 * stats.norm.sf(stats.norm.isf(alpha / 4) / t**0.5) if t < 1 else alpha


def design(alpha, fractions, final=False):
    boundaries, before = [], 0.0
    for k, t in enumerate(fractions):
        allowed = alpha if final and k == len(fractions) - 1 else spent(alpha, t)
        tail = lambda b: crossing(fractions[: k + 1], [*boundaries, b], 0)[0][-1] - (allowed - before) / 2
        boundaries.append(float(optimize.brentq(tail, 0, stats.norm.isf((allowed - before) / 2) + 1e-9, xtol=1e-13)))
        before = allowed
    return boundaries


UNEQUAL = [0.13, 0.31, 0.37, 0.8, 1.0]
five = [4.8769, 3.3570, 2.6803, 2.2898, 2.0310]
crossings = []
for fractions, boundaries, drift in [
    ([1.0], [1.96], 2.5), ([0.5, 1.0], [2.178, 2.178], 0.0), ([0.2, 0.4, 0.6, 0.8, 1.0], five, 3.2),
    (UNEQUAL, [3.0, 2.5, 2.6, 2.2, 2.1], -1.3), ([0.01, 0.9, 0.93], [2.0, 2.3, 1.7], 1.0),
    ([0.5, 0.505, 0.51, 1.0], [2.4, 2.3, 2.6, 2.0], 2.0), ([0.3, 0.7, 1.4], [0.4, 3.0, 2.0], 0.7),
    ([(k + 1) / 20 for k in range(20)], [2.672] * 20, 0.0), ([(k + 1) / 30 for k in range(30)], [2.8] * 30, 3.0),
]:
    if len(fractions) <= 5:
        verify(fractions, boundaries, drift)
    above, below = crossing(fractions, boundaries, drift)
    crossings.append((len(fractions), drift, *fractions, *boundaries, *above, *below))

# Two looks by adaptive quadrature with 40 digits, for looks that are as good as at the same time or far apart.
close = []
for ratio, b1, b2 in [
    (1 + 2.0**-30, 2.0, 2.0), (1 + 2.0**-44, 2.25, 2.25), (1 + 2.0**-20, 2.5, 2.5), (2.0**30, 2.0, 2.25),
]:
    t1, t2 = mp.mpf(1) / 2, mp.mpf(ratio) / 2
    deviation, limit = mp.sqrt(t2 - t1), mp.mpf(b2) * mp.sqrt(t2)
    end = mp.mpf(b1) * mp.sqrt(t1)
    points = sorted({-end, end, *(p for j in (0, 1, 3, 10, 30, 100, 1000) for p in (end - j * deviation,) if -end < p)})
    inner = lambda s: mp.npdf(s, 0, mp.sqrt(t1)) * mp.ncdf((s - limit) / deviation)
    close.append((0.5, float(t2), b1, b2, float(mp.quad(inner, points))))

designs = []
for alpha, final, fractions in [
    (0.05, 0, [0.5, 1.0]), (0.05, 0, [0.2, 0.4, 0.6, 0.8, 1.0]), (0.01, 0, UNEQUAL), (0.1, 0, [0.3, 0.31, 0.32, 0.7]),
    (0.05, 0, [0.25, 0.5, 0.9, 1.3]), (0.05, 1, [0.2, 0.45, 0.6]), (0.001, 0, [(k + 1) / 10 for k in range(10)]),
    (0.5, 0, [0.4, 0.9, 1.0]), (0.9, 0, [0.4, 0.9, 1.0]), (0.05, 1, [0.3]),
]:
    designs.append((alpha, final, len(fractions), *fractions, *design(alpha, fractions, final)))

repeated = []
for fractions, final, look, z in [
    ([0.2, 0.4, 0.6, 0.8, 1.0], 0, 4, 2.5), ([0.2, 0.4, 0.6, 0.8, 1.0], 0, 2, 2.5), (UNEQUAL, 0, 3, 4.0),
    ([0.25, 0.5, 1.2], 0, 2, 1.1), ([0.25, 0.5], 1, 1, 3.0), ([0.4, 0.7, 1.0], 0, 2, 6.0), ([0.4, 0.7, 1.0], 0, 1, 6.5),
]:
    fractions = fractions[: look + 1]
    excess = lambda log: design(np.exp(log), fractions, final)[look] - z
    log = optimize.brentq(excess, np.log(2 * stats.norm.sf(z)) - 1e-9, 0, xtol=1e-12)
    repeated.append((final, look, z, float(np.exp(log)), *fractions))

plans = []
for power, fractions, boundaries in [
    (0.8, [0.2, 0.4, 0.6, 0.8, 1.0], None), (0.9, [0.5, 1.0], None), (0.95, UNEQUAL, None),
    (0.8, UNEQUAL, [3.0, 2.5, 2.6, 2.2, 2.1]),
]:
    boundaries = boundaries or design(0.05, fractions)
    total = lambda drift: sum(map(sum, crossing(fractions, boundaries, drift)))
    drift = float(optimize.brentq(lambda d: total(d) - power, 0.1, 10, xtol=1e-13, rtol=1e-14))
    stops = np.sum(crossing(fractions, boundaries, drift), axis=0)
    share = float(np.sum(stops * fractions) + 1 - np.sum(stops))
    upper = float(optimize.brentq(lambda d: sum(crossing(fractions, boundaries, d)[0]) - power, 0.1, 10, xtol=1e-13))
    plans.append((power, drift, share, upper, len(fractions), *fractions, *boundaries))

write(
    "SequentialGolden",
    f"Written by scripts/oracles/group_sequential.py with numpy {np.__version__}, scipy {scipy.__version__} and "
    f"mpmath {mpmath.__version__}.",
    {
        "crossings": ("Number of looks, drift, fractions, boundaries, probabilities above, then below.", crossings),
        "close": ("Two fractions, two boundaries, the probability to cross first at the second look above.", close),
        "designs": ("Alpha, whether the last is declared final, number of looks, fractions, boundaries.", designs),
        "repeated": ("Whether the last is declared final, index of its look, z, p-value, fractions.", repeated),
        "plans": (
            "Power, drift, expected fraction of the maximum, drift for power above only, looks, fractions, boundaries.",
            plans,
        ),
    },
)
