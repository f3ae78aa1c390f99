"""Golden values of ratios and adjusted means: Tests/StatisticsTests/JointGolden.swift.

By numpy and scipy where digits of doubles are enough: theta as the slope of the least squares of the values on the
covariate with a level per arm, the rest by the units themselves. By Python's fractions, whose `float` rounds correctly,
where every bit is asked for.
"""

import platform
from fractions import Fraction as F

import numpy as np
import scipy
from scipy import stats
from golden import SplitMix64, write

random = SplitMix64(29)


def units(count, variables, digits=3):
    """Units that share a part, so that their variables correlate: y, d where there are three, x."""
    rows = []
    for _ in range(count):
        u, v, w = random.unit(), random.unit(), random.unit()
        y, d = round(10 * u + 3 * v, digits), round(1 + 4 * u + 2 * w, digits)
        x = round(5 * u + 2 * random.unit(), digits)
        rows.append((y, d, x) if variables == 3 else (y, x))
    return rows


def linearized(rows):
    """R, and R + L of each unit, of which the mean is R and the variance that of the delta method."""
    y = np.array([r[0] for r in rows])
    d = np.array([r[1] for r in rows]) if len(rows[0]) == 3 else np.ones(len(rows))
    ratio = y.sum() / d.sum()
    return ratio + (y - ratio * d) / d.mean()


def adjusted(sizes, variables):
    arms = [units(n, variables) for n in sizes]
    values, x = [linearized(a) for a in arms], [np.array([r[-1] for r in a]) for a in arms]
    level = np.repeat(np.arange(len(arms)), sizes)[:, None] == np.arange(len(arms))
    fit, *_ = np.linalg.lstsq(np.column_stack([np.concatenate(x), level]), np.concatenate(values), rcond=None)
    theta, center = fit[0], np.concatenate(x).mean()
    z = [v - theta * (c - center) for v, c in zip(values, x)]
    moments = [m for a in z for m in (a.mean(), a.var(ddof=1) / len(a))]
    test = stats.ttest_ind(z[1], z[0], equal_var=False)
    return tuple(map(float, (
        *sizes, variables, theta, center, *moments, test.statistic, test.df, test.pvalue, *np.concatenate(arms).ravel(),
    )))


def exact(arms):
    """Three arms of units in doubles: theta, rounded; then all by fractions, from the definitions."""
    variables = len(arms[0][0])
    values, xs = [], []
    for rows in arms:
        y, d = [F(r[0]) for r in rows], [F(r[1]) if variables == 3 else F(1) for r in rows]
        ratio, level = sum(y) / sum(d), sum(d) / len(d)
        values.append([ratio + (b - ratio * c) / level for b, c in zip(y, d)])
        xs.append([F(r[-1]) for r in rows])
    mean = lambda a: sum(a) / len(a)
    product = lambda a, b: sum((i - mean(a)) * (j - mean(b)) for i, j in zip(a, b))
    theta = float(sum(map(product, values, xs)) / sum(product(x, x) for x in xs))
    center = mean([x for arm in xs for x in arm])
    z = [[v - F(theta) * (x - center) for v, x in zip(*a)] for a in zip(values, xs)]
    row = [*map(len, arms), variables, theta, float(center)]
    for before, after in zip(values, z):
        n = len(after)
        row += [float(mean(after)), float(product(after, after) / (n * (n - 1)))]
        row.append(float(1 - product(after, after) / product(before, before)))
    row += [float(mean(z[1]) - mean(z[0])), float(mean(z[2]) - mean(z[0]))]
    return (*row, *(v for rows in arms for unit in rows for v in unit))


def scaled(sizes, variables, place):
    return [[place(unit) for unit in units(n, variables, 16)] for n in sizes]


ratios = []
for count in (2, 5, 12, 30):
    rows = [unit[:2] for unit in units(count, 3)]
    spread = linearized([(*unit, 0) for unit in rows])
    estimates = (spread.mean(), spread.var(ddof=1) / count, spread.std(ddof=1))
    ratios.append((*map(float, estimates), *(v for unit in rows for v in unit)))

EXACT = [
    scaled((3, 2, 4), 2, lambda u: u),
    # Values and covariates of 1e8 that differ by 1e-3, with a correlation above .999.
    scaled((4, 5, 3), 2, lambda u: (1e8 + 1e-3 * u[0], 1e8 + (1e-3 * u[0] + 1e-6 * u[1]))),
    scaled((3, 3, 4), 2, lambda u: (1e90 * u[0], 1e90 * u[1])),
    scaled((3, 3, 3), 2, lambda u: (1e90 + 1e76 * u[0], 1e-3 * u[1])),
    scaled((2, 3, 4), 2, lambda u: (1e-40 * u[0], 1e90 * u[1])),
    scaled((3, 2, 4), 3, lambda u: u),
    scaled((4, 4, 3), 3, lambda u: (1e8 + 1e-3 * u[0], 1e8 - 1e-3 * u[1], 1e8 + 1e-3 * u[2])),
    scaled((3, 4, 3), 3, lambda u: (1e90 * u[0], 1e-3 * u[1], 1e90 + 1e75 * u[2])),
    scaled((3, 2, 3), 3, lambda u: (u[0] - 5, 1e90 * u[1], 1e8 + 1e-3 * u[2])),
]

write(
    "JointGolden",
    f"Written by scripts/oracles/joint_moments.py with Python {platform.python_version()}, numpy {np.__version__}, "
    f"scipy {scipy.__version__}.",
    {
        "ratios": ("Ratio, variance, standard deviation of the linearised units, then y and d of each unit.", ratios),
        "adjusted": (
            "Units of two arms, variables, theta, mean of x, adjusted mean and variance per arm, t, df, p, the units.",
            [adjusted(*case) for case in [((4, 3), 2), ((12, 9), 2), ((30, 40), 2), ((5, 6), 3), ((25, 20), 3)]],
        ),
        "exact": (
            "Units of three arms, variables, theta, mean of x, adjusted mean, variance, reduction per arm, "
            "differences.",
            [exact(arms) for arms in EXACT],
        ),
    },
)
