"""The Gauss-Legendre rule of order 16 and its barycentric weights, by mpmath 1.3.0:
Sources/Statistics/PanelRule.swift."""

import pathlib

import mpmath
from mpmath import mp

mp.dps = 60
ORDER = 16
FOLDER = pathlib.Path(__file__).parents[2] / "Sources" / "Statistics"


def legendre(x):
    """P_n and its derivative, by the recurrence."""
    before, value = mp.mpf(1), x
    for n in range(2, ORDER + 1):
        before, value = value, ((2 * n - 1) * x * value - (n - 1) * before) / n
    return value, ORDER * (x * value - before) / (x * x - 1)


nodes = []
for i in range(ORDER):
    x = -mp.cos(mp.pi * (i + mp.mpf(3) / 4) / (ORDER + mp.mpf(1) / 2))
    for _ in range(8):
        value, slope = legendre(x)
        x -= value / slope
    nodes.append(x)
weights = [2 / ((1 - x * x) * legendre(x)[1] ** 2) for x in nodes]
# Any common factor cancels.
barycentric = [(-1) ** i * mp.sqrt((1 - x * x) * w) for i, (x, w) in enumerate(zip(nodes, weights))]


def rows(values):
    return "\n".join(f"        {float(v)!r}," for v in values)


(FOLDER / "PanelRule.swift").write_text(f"""\
/// The Gauss-Legendre rule of order {ORDER} on `[-1, 1]` (NIST Digital Library of Mathematical Functions, section
/// 3.5(v)), and the weights of the barycentric interpolation at its nodes (H. Wang and S. Xiang, "On the Convergence
/// Rates of Legendre Approximation", Mathematics of Computation 81, 2012).
/// Written by scripts/oracles/panel_rule.py with mpmath {mpmath.__version__}.
enum PanelRule {{
    static let nodes: [Double] = [
{rows(nodes)}
    ]

    static let weights: [Double] = [
{rows(weights)}
    ]

    static let barycentricWeights: [Double] = [
{rows(barycentric)}
    ]
}}
""")
