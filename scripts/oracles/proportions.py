"""Golden values of the comparison of proportions: Tests/StatisticsTests/ProportionGolden.swift.

The test by statsmodels 0.15.0, `proportions_ztest`, and its tail by mpmath 1.3.0. The score interval by mpmath from its
definition, with the rates of greatest likelihood by bisection. statsmodels has that interval as
`confint_proportions_2indep(compare="diff", method="score", correction=False)`, but with a wrong coefficient in the
cubic equation for those rates (its issue 10269). With `nobs0` for `count0` there it agrees to 1e-10. Newcombe
(Statistics in Medicine 17, 1998) prints 0.0533 and 0.3377 as Mee's interval of 56/70 - 48/80.
"""

import warnings

import mpmath as mp
import statsmodels
from golden import SplitMix64, write
from statsmodels.stats.proportion import proportions_ztest

mp.mp.dps = 40


def pooled(x1, n1, x2, n2):
    x1, n1, x2, n2 = map(mp.mpf, (x1, n1, x2, n2))
    p = (x1 + x2) / (n1 + n2)
    return (x2 / n2 - x1 / n1) / mp.sqrt(p * (1 - p) * (1 / n1 + 1 / n2))


def restricted(x1, n1, x2, n2, difference):
    """The control's rate of greatest likelihood where the treatment's is that plus the difference, by bisection."""
    low, high = max(mp.mpf(0), -difference), min(mp.mpf(1), 1 - difference)

    def slope(p):
        q = p + difference
        total = mp.mpf(0)
        for x, n, r in [(x1, n1, p), (x2, n2, q)]:
            total += (x / r if x else 0) - ((n - x) / (1 - r) if n > x else 0)
        return total

    for _ in range(150):
        middle = (low + high) / 2
        if slope(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def bound(x1, n1, x2, n2, critical, sign):
    estimate = mp.mpf(x2) / n2 - mp.mpf(x1) / n1

    def excess(difference):
        p = restricted(x1, n1, x2, n2, difference)
        q = p + difference
        return (estimate - difference) ** 2 - critical**2 * (p * (1 - p) / n1 + q * (1 - q) / n2)

    low, high = estimate, mp.mpf(sign)
    if low == high:
        return high
    for _ in range(120):
        middle = (low + high) / 2
        if excess(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def main():
    random = SplitMix64(37)
    cases = [
        (120, 1000, 150, 1000), (3, 50, 9, 60), (0, 20, 5, 25), (30, 30, 28, 33), (48, 80, 56, 70),
        (0, 7, 9, 9), (8, 8, 0, 5),
        (1, 2, 1, 2), (10**6, 3 * 10**9, 10**6 + 7000, 3 * 10**9), (0, 10**6, 1, 10**6), (25, 10**5, 24, 10**5),
        # p near 1e-250.
        (4_000_000, 10**8, 4_097_000, 10**8), (1000, 10**5, 3500, 10**5),
    ]
    for n in [15, 200, 40000]:
        for _ in range(3):
            n1, n2 = n + random.below(n), n + random.below(n)
            cases.append((1 + random.below(n1 - 1), n1, 1 + random.below(n2 - 1), n2))
    rows = []
    worst = [0, 0]
    for case in cases:
        x1, n1, x2, n2 = case
        z = pooled(*case)
        log10 = mp.log10(mp.erfc(abs(z) / mp.sqrt(2)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            statistic, p = proportions_ztest([x2, x1], [n2, n1])
        worst[0] = max(worst[0], abs(statistic / z - 1) if z else 0)
        if p > 0:
            worst[1] = max(worst[1], abs(mp.mpf(p) / mp.power(10, log10) - 1))
        bounds = []
        for level in [0.95, 0.999]:
            critical = -mp.sqrt(2) * mp.erfinv(mp.mpf(1 - level) - 1)
            bounds += [bound(*case, critical, -1), bound(*case, critical, 1)]
        rows.append((x1, n1, x2, n2, float(z), float(statistic), float(p), float(log10), *map(float, bounds)))
    print("z and p of statsmodels and mpmath differ at most by", *(mp.nstr(w, 3) for w in worst))
    write(
        "ProportionGolden",
        "Written by scripts/oracles/proportions.py with "
        f"statsmodels {statsmodels.__version__}, mpmath {mp.__version__}.",
        {
            "tests": (
                "Conversions and units of the control, then of the treatment; z by mpmath and by statsmodels, p\n"
                "    /// by statsmodels (0 where it underflows), log10 of p, the bounds of 95 % and 99.9 %.",
                rows,
            )
        },
    )


if __name__ == "__main__":
    main()
