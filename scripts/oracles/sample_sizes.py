"""Golden values of power and sample size, by statsmodels 0.15.0 and scipy 1.17.1:
Tests/StatisticsTests/PowerGolden.swift.

The power is that of statsmodels' NormalIndPower, normal_power_het and TTestIndPower. Sample sizes are the roots of
these functions by scipy's brentq with a tolerance of 4e-14, as the solvers of statsmodels stop at 1e-8 or so.
"""

import numpy as np
import scipy
import statsmodels
from scipy import optimize, stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower, normal_power_het
from golden import write


def units_of(power_at, power):
    """The total number of units with a power, before it is rounded."""
    low, high = np.log(2.5), 2.0
    # The noncentral t of scipy is not a number far beyond the root.
    while power_at(np.exp(high)) < power:
        low, high = high, high + 0.5
    return float(np.exp(optimize.brentq(lambda u: power_at(np.exp(u)) - power, low, high, xtol=4e-14, rtol=4e-14)))


means, students = [], []
for effect, deviation, ratio, alpha, power in [
    (0.5, 1.0, 1.0, 0.05, 0.8), (-0.02, 1.3, 1.0, 0.05, 0.9), (3.0, 40.0, 0.25, 0.01, 0.95), (0.2, 1.0, 9.0, 0.1, 0.5),
    (1.5, 1.0, 1.0, 0.05, 0.8), (1e-4, 1.0, 1.0, 0.05, 0.8), (0.3, 1.0, 1.0, 0.3, 0.35),
]:
    for table, model in [(means, NormalIndPower()), (students, TTestIndPower())]:
        for margin in (0, 1):
            level, side = (alpha / 2, "larger") if margin else (alpha, "two-sided")
            size = abs(effect) / deviation
            at = lambda n: float(model.power(size, n / (1 + ratio), level, ratio=ratio, alternative=side))
            units = units_of(at, power)
            table.append((effect, deviation, ratio, alpha, power, margin, units, at(1.7 * units)))

unequal = []
for effect, control, treatment, ratio, alpha, power in [
    (0.5, 1.0, 2.0, 1.0, 0.05, 0.8), (0.1, 3.0, 0.5, 0.25, 0.01, 0.9), (-2.0, 10.0, 11.0, 3.0, 0.05, 0.7),
]:
    deviation = (control**2 * (1 + ratio) + treatment**2 * (1 + ratio) / ratio) ** 0.5
    at = lambda n: float(normal_power_het(abs(effect), n, alpha, std_null=deviation, std_alternative=deviation))
    units = units_of(at, power)
    unequal.append((effect, control, treatment, ratio, alpha, power, units, at(1.7 * units)))

proportions = []
for baseline, effect, ratio, alpha, power in [
    (0.1, 0.01, 1.0, 0.05, 0.8), (0.1, -0.01, 1.0, 0.05, 0.8), (0.5, 0.2, 0.5, 0.01, 0.9),
    (0.003, 0.0003, 1.0, 0.05, 0.8),
    (0.97, 0.01, 4.0, 0.1, 0.95),
]:
    p, q = baseline, baseline + effect
    deviation = (p * (1 - p) * (1 + ratio) + q * (1 - q) * (1 + ratio) / ratio) ** 0.5
    null = (p * (1 - p) * (1 + ratio) * (1 + 1 / ratio)) ** 0.5
    at = lambda n: float(normal_power_het(abs(effect), n, alpha, std_null=deviation, std_alternative=deviation))
    shown = lambda n: float(
        normal_power_het(abs(effect), n, alpha / 2, std_null=null, std_alternative=null, alternative="larger")
    )
    units = units_of(at, power)
    proportions.append((baseline, effect, ratio, alpha, power, units, at(1.7 * units), units_of(shown, power)))

noncentral = []
for df, delta, t in [
    (1.0, 0.5, 12.7), (2.0, 3.0, 4.3), (3.5, -1.0, 2.0), (10.0, 2.8, 2.228), (30.0, 0.0, 1.7), (400.0, 5.0, 3.0),
    (1e6, 2.0, 1.96), (5.0, 20.0, 12.0), (1.0, 2.0, 636.6),
]:
    noncentral.append((df, delta, t, float(stats.nct.sf(t, df, delta))))

write(
    "PowerGolden",
    f"Written by scripts/oracles/sample_sizes.py with statsmodels {statsmodels.__version__} and "
    f"scipy {scipy.__version__}.",
    {
        "means": (
            "Effect, deviation, ratio of the shares, alpha, power, 1 for a margin, units, power of 1.7 times as many.",
            means,
        ),
        "students": ("The same, by Student's t.", students),
        "unequal": ("Effect, both deviations, ratio, alpha, power, units, power of 1.7 times as many.", unequal),
        "proportions": (
            "Baseline, effect, ratio, alpha, power, units, power of 1.7 times as many, units for that margin.",
            proportions,
        ),
        "noncentral": ("Degrees of freedom, noncentrality, t, probability above.", noncentral),
    },
)
