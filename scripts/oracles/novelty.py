"""Golden values of novelty tests, by mpmath 1.3.0 with 50 digits: Tests/StatisticsTests/NoveltyGolden.swift.

Arms are conversions, early and later ones of control and treatment.
"""

import mpmath
from anytime import log_p, log_two_sided, normal_magnitude
from golden import SplitMix64, write
from mpmath import mpf


def moments(units, hits):
    share = mpf(hits) / units
    return units, share, share * (1 - share) * units / (units - 1)


def difference(control, treatment):
    """The difference, its squared standard error (own or pooled, whichever is greater) and degrees of freedom."""
    (n0, m0, v0), (n1, m1, v1) = control, treatment
    own = v0 / n0 + v1 / n1
    pooled = ((n0 - 1) * v0 + (n1 - 1) * v1) / (n0 + n1 - 2) * (mpf(1) / n0 + mpf(1) / n1)
    if pooled > own:
        return m1 - m0, pooled, mpf(n0 + n1 - 2)
    return m1 - m0, own, own**2 / ((v0 / n0) ** 2 / (n0 - 1) + (v1 / n1) ** 2 / (n1 - 1))


def units(control, treatment):
    return 1 / (mpf(1) / control[0] + mpf(1) / treatment[0])


def novelty(arms):
    early, later = [moments(*arm) for arm in arms[:2]], [moments(*arm) for arm in arms[2:]]
    (d0, v0, df0), (d1, v1, df1) = difference(*early), difference(*later)
    variance = v0 + v1
    df = variance**2 / (v0**2 / df0 + v1**2 / df1)
    both = 1 / (1 / units(*early) + 1 / units(*later))
    information = both / (units(*early) / 2)
    z = normal_magnitude(log_two_sided(abs(d1 - d0) / mpmath.sqrt(variance), df))
    return d0, d1, mpmath.sqrt(variance), df, log_p(z, information)


def rows():
    random = SplitMix64(11)
    for _ in range(12):
        arms = []
        for _ in range(4):
            n = 100 + random.below(4000)
            arms.append((n, int(n * (0.03 + 0.3 * random.unit()))))
        yield [float(part) for arm in arms for part in arm] + [float(value) for value in novelty(arms)]


if __name__ == "__main__":
    write(
        "NoveltyGolden",
        "Made by scripts/oracles/novelty.py with mpmath 1.3.0.",
        {
            "tests": (
                "Units and conversions, early and later; both differences, the error, degrees of freedom, ln p.",
                list(rows()),
            )
        },
    )
