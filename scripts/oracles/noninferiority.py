"""Golden values of the tests of non-inferiority: Tests/StatisticsTests/NonInferiorityGolden.swift.

Where more is better, the relative margin m is Welch's test, by scipy 1.17.1, of the treatment against the control's
values times 1 - m (1 + m where less is better), and the absolute one against the values shifted by it. Fieller's bound
is the root of its quadratic equation by mpmath 1.3.0 with the critical value of the same degrees of freedom.
"""

import mpmath as mp
import numpy as np
import scipy
from golden import SplitMix64, write
from scipy import stats

mp.mp.dps = 40
LEVEL = 0.95


def fieller(a, b, df, side):
    """The lower (side -1) or upper bound of the lift; None where it has none."""
    a, b = list(map(mp.mpf, a)), list(map(mp.mpf, b))
    m1, m2, v1, v2 = mp.fsum(a) / len(a), mp.fsum(b) / len(b), variance_of_mean(a), variance_of_mean(b)
    q = mp.mpf(float(stats.t.isf(1 - LEVEL, df)))
    # (d - r m1)^2 = q^2 (v2 + (1 + r)^2 v1)
    d = m2 - m1
    x, y, z = m1**2 - q**2 * v1, -2 * (d * m1 + q**2 * v1), d**2 - q**2 * (v1 + v2)
    if x <= 0:
        return None
    root = mp.sqrt(y * y - 4 * x * z)
    return (-y + side * root) / (2 * x)


def variance_of_mean(x):
    mean = mp.fsum(x) / len(x)
    return mp.fsum((v - mean) ** 2 for v in x) / (len(x) - 1) / len(x)


def main():
    random = SplitMix64(41)
    rows = []
    for n1, n2, spread, shift, margin in [
        (3, 4, 1, 0, 0.3), (12, 9, 0.5, -0.05, 0.1), (30, 31, 2, 0.4, 0.02), (8, 40, 1, -0.3, 0.5),
        (25, 6, 1, 0.1, 0.9), (60, 50, 0.01, 0.001, 0.01), (5, 5, 1, 0.7, 0.999),
    ]:
        a = [round(3 + random.unit(), 3) for _ in range(n1)]
        b = [round(3 + shift + spread * random.unit(), 3) for _ in range(n2)]
        for increase in [1, 0]:
            for relative in [1, 0]:
                sign = -1 if increase else 1
                scaled = np.array(a) * (1 + sign * margin) if relative else np.array(a) + sign * margin
                r = stats.ttest_ind(b, scaled, equal_var=False, alternative="greater" if increase else "less")
                error = float(np.sqrt(np.var(b, ddof=1) / n2 + np.var(scaled, ddof=1) / n1))
                if relative:
                    limit = fieller(a, b, float(r.df), sign)
                else:
                    limit = np.mean(b) - np.mean(a) + sign * error * stats.t.isf(1 - LEVEL, r.df)
                t = float(r.statistic) * -sign
                rows.append(
                    (increase, relative, margin, n1, t, float(r.df), float(r.pvalue), error, float(limit), *a, *b)
                )
    write(
        "NonInferiorityGolden",
        f"Written by scripts/oracles/noninferiority.py with scipy {scipy.__version__}, mpmath {mp.__version__}.",
        {
            "tests": (
                "1 where more is better, 1 for a relative margin, margin, size of the control, t, df, p, standard\n"
                "    /// error, limit of 95 %, then control and treatment.",
                rows,
            )
        },
    )


if __name__ == "__main__":
    main()
