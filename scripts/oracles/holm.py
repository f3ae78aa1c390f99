"""Golden values of Holm's procedure, by statsmodels 0.15.0: Tests/StatisticsTests/HolmGolden.swift."""

import statsmodels
from golden import SplitMix64, write
from statsmodels.stats.multitest import multipletests

random = SplitMix64(31)
cases = [
    [0.01, 0.02, 0.03, 0.04], [0.04, 0.01, 0.03, 0.02, 0.5], [0.001, 0.9, 0.9, 0.04, 0.0], [1.0, 1.0], [0.7], [0.0],
    [0.03, 0.03, 0.03, 0.02, 0.2, 0.0001], [0.0, 0.0, 1.0, 1.0], [1e-300, 2.2e-308, 1e-12], [0.05] * 7,
]
cases += [[round(random.unit() ** 3, 2) for _ in range(n)] for n in [12, 25, 40]]
cases += [[random.unit() for _ in range(30)]]
rows = [(*p, *map(float, multipletests(p, method="holm")[1])) for p in cases]
write(
    "HolmGolden",
    f"Written by scripts/oracles/holm.py with statsmodels {statsmodels.__version__}.",
    {"adjusted": ("p-values, then the adjusted ones.", rows)},
)
