"""Golden values of the posteriors, by mpmath 1.3.0: Tests/StatisticsTests/PosteriorGolden.swift.

A beta rate has odds whose logarithm has the moment generating function G(a + s) G(b - s) / (G(a) G(b)), where G is the
gamma function, so the probability that one rate is above another is an integral over a line in the complex plane. The
expected losses follow from such probabilities of shapes raised by 1, which cancels; so there are digits to spare. Where
scipy 1.17.1 can integrate, it agrees.
"""

import mpmath as mp
import numpy as np
import scipy
from golden import write
from scipy import integrate, stats

mp.mp.dps = 90


def above(a, b):
    """P(rate b > rate a) of two pairs of shapes, by the line through the saddle point."""
    (a1, b1), (a2, b2) = a, b
    if mp.psi(0, a2) - mp.psi(0, b2) > mp.psi(0, a1) - mp.psi(0, b1):
        return 1 - above(b, a)
    constant = mp.loggamma(a1) + mp.loggamma(b1) + mp.loggamma(a2) + mp.loggamma(b2)

    def log_moment(s):
        return (
            mp.loggamma(a2 + s) + mp.loggamma(b2 - s) + mp.loggamma(a1 - s) + mp.loggamma(b1 + s) - constant - mp.log(s)
        )

    def slope(s):
        return mp.psi(0, a2 + s) - mp.psi(0, b2 - s) - mp.psi(0, a1 - s) + mp.psi(0, b1 + s) - 1 / s

    low, high = mp.mpf(0), min(b2, a1)
    for _ in range(120):
        middle = (low + high) / 2
        if slope(middle) < 0:
            low = middle
        else:
            high = middle
    c = (low + high) / 2
    curvature = sum(mp.psi(1, v) for v in (a2 + c, b2 - c, a1 - c, b1 + c)) + 1 / c**2
    top = log_moment(c)
    # With s = c + i w sinh(v) the trapezoidal rule converges geometrically.
    width = 1 / mp.sqrt(curvature)

    def line(step):
        total, k = mp.mpf(1) / 2, 1
        while True:
            v = k * step
            term = mp.exp(log_moment(mp.mpc(c, width * mp.sinh(v))) - top) * mp.cosh(v)
            total += term.real
            if abs(term) < mp.mpf(10) ** -60:
                return total * step
            k += 1

    step = mp.mpf(1) / 8
    last, value = line(2 * step), line(step)
    while abs(value - last) > mp.mpf(10) ** -35 * abs(value):
        step /= 2
        last, value = value, line(step)
    return value * width * mp.exp(top) / mp.pi


def excess(a, b):
    """E[max(0, rate b - rate a)]."""
    (a1, b1), (a2, b2) = a, b
    return a2 / (a2 + b2) * above(a, (a2 + 1, b2)) - a1 / (a1 + b1) * above((a1 + 1, b1), b)


def check(a, b, chance):
    """scipy's answer, where its distribution functions are accurate."""
    control, treatment = stats.beta(*map(float, a)), stats.beta(*map(float, b))
    points = sorted(set(float(d.ppf(p)) for d in (control, treatment) for p in (1e-9, 0.01, 0.5, 0.99, 1 - 1e-9)))
    ends = [0.0, *points, 1.0]
    total = sum(
        integrate.quad(lambda x: treatment.pdf(x) * control.cdf(x), l, h, epsabs=0, epsrel=1e-12)[0]
        for l, h in zip(ends, ends[1:])
    )
    return abs(total / float(chance) - 1)


def proportions():
    cases = [
        ((1, 1), (0, 0), (0, 0)), ((1, 1), (3, 10), (5, 12)), ((0.5, 0.5), (0, 20), (1, 15)), ((2, 5), (0, 0), (9, 9)),
        ((1, 1), (120, 1000), (150, 1000)), ((1, 1), (300, 1000), (150, 1000)), ((0.5, 0.5), (2, 10**6), (20, 10**6)),
        ((1, 1), (500, 10**4), (250, 10**4)), ((30, 70), (400, 1000), (450, 1000)),
        ((1, 1), (10**8, 10**9), (10**8 + 5 * 10**4, 10**9)), ((1, 1), (10**8, 10**9), (10**8 - 9 * 10**4, 10**9)),
        ((1, 1), (10**6, 10**9), (10**6 - 200, 10**9)), ((1, 1), (40, 50), (10**8 + 7, 10**9)),
        ((1, 1), (5, 10**9), (7, 90)), ((0.001, 0.001), (0, 3), (1, 4)), ((0.01, 3), (0, 0), (0, 1000)),
        ((0.001, 1000), (0, 0), (2, 10**5)), ((1, 1), (999_999_000, 10**9), (999_999_050, 10**9)),
        ((0.25, 0.25), (3, 3), (0, 0)), ((1, 1), (10**8, 10**9), (10**8 - 350 * 10**3, 10**9)),
    ]
    rows, worst = [], 0
    for prior, control, treatment in cases:
        shapes = [(mp.mpf(prior[0]) + x, mp.mpf(prior[1]) + n - x) for x, n in (control, treatment)]
        win, lose = above(*shapes), above(*reversed(shapes))
        if min(min(s) for s in shapes) >= 0.5 and max(max(s) for s in shapes) < 1e5 and win > 1e-12:
            worst = max(worst, check(*shapes, win))
        losses = (excess(*reversed(shapes)), excess(*shapes))
        rows.append((*prior, *control, *treatment, *(float(v) for v in (win, lose, *losses))))
    print("scipy differs at most by", worst)
    return rows


def normals():
    rows = []
    for estimate, error, mean, deviation in [
        (0.3, 0.2, 0, 1), (-2.5, 0.1, 0, 5), (0.02, 0.01, 0, 0.3), (40.0, 1.5, 3, 2), (1e-8, 1e-9, 0, 1e-9),
        (0, 1, 0, 2), (-25, 1, 0, 1000), (25, 1, 0, 1000), (33.5, 1, 0, 1e6), (1e8, 3, 1e8, 0.5), (0.1, 1e6, 0.7, 0.5),
    ]:
        d, s, m, r = (mp.mpf(v) for v in (estimate, error, mean, deviation))
        precision = 1 / s**2 + 1 / r**2
        center, width = (d / s**2 + m / r**2) / precision, 1 / mp.sqrt(precision)
        z = center / width
        win = mp.erfc(-z / mp.sqrt(2)) / 2
        density = mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)
        below = width * (density - z * mp.erfc(z / mp.sqrt(2)) / 2)
        above = width * (density + z * mp.erfc(-z / mp.sqrt(2)) / 2)
        half = mp.sqrt(2) * mp.erfinv(mp.mpf(0.9)) * width
        values = (center, width, win, below, above, center - half, center + half)
        rows.append((estimate, error, mean, deviation, *(float(v) for v in values)))
    return rows


if __name__ == "__main__":
    write(
        "PosteriorGolden",
        f"Written by scripts/oracles/posteriors.py with mpmath {mp.__version__} and scipy {scipy.__version__}.",
        {
            "normals": (
                "Estimate, its standard error, mean and standard deviation of the prior; those of the posterior,\n"
                "    /// chance to win, expected losses of treatment and control, the interval of 90 %.",
                normals(),
            ),
            "proportions": (
                "Shapes of the prior, conversions and units of control and treatment; the chances to win and to lose,\n"
                "    /// the expected losses of treatment and control.",
                proportions(),
            ),
        },
    )
