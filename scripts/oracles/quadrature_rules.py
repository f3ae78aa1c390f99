"""Writes nodes and weights to the path of Sources/Statistics/QuadratureRules.swift, which is the argument."""

import sys

import mpmath as mp
import numpy as np

mp.mp.dps = 60
LAGUERRE_ORDER = 64
LEGENDRE_ORDER = 40


def polished(polynomial, start):
    return mp.findroot(polynomial, mp.mpf(float(start)), verify=False)


def laguerre(n):
    for start in np.polynomial.laguerre.laggauss(n)[0]:
        x = polished(lambda t: mp.laguerre(n, 0, t), start)
        yield x, x / ((n + 1) ** 2 * mp.laguerre(n + 1, 0, x) ** 2)


def legendre(n):
    for start in np.polynomial.legendre.leggauss(n)[0]:
        x = polished(lambda t: mp.legendre(n, t), start)
        slope = n * (x * mp.legendre(n, x) - mp.legendre(n - 1, x)) / (x * x - 1)
        yield x, 2 / ((1 - x * x) * slope**2)


def table(name, comment, pairs):
    rows = "\n".join(f"        .init({float(x)!r}, {float(w)!r})," for x, w in pairs)
    comment = "\n".join(f"    /// {line}" for line in comment)
    return f"{comment}\n    static let {name}: [QuadratureNode] = [\n{rows}\n    ]\n"


output = f'''/// A node and its weight.
struct QuadratureNode: Sendable {{
    let x: Double
    let weight: Double

    init(_ x: Double, _ weight: Double) {{
        self.x = x
        self.weight = weight
    }}
}}

/// Gaussian quadrature (NIST Digital Library of Mathematical Functions, section 3.5(v)).
/// Written by scripts/oracles/quadrature_rules.py with mpmath {mp.__version__}.
enum QuadratureRules {{
{table("laguerre", [
    f"The integral of `exp(-y) f(y)` over `y > 0`: the Gauss-Laguerre rule of order {LAGUERRE_ORDER}, without the",
    "nodes of a weight below 1e-19, which cannot be seen where f does not grow.",
], [p for p in laguerre(LAGUERRE_ORDER) if p[1] > 1e-19])}
{table("legendre", [
    f"The integral of `f` over `[-1, 1]`: the Gauss-Legendre rule of order {LEGENDRE_ORDER}. The positive nodes; each",
    "stands for its mirror image too.",
], [p for p in legendre(LEGENDRE_ORDER) if p[0] > 0])}
    /// The integral of `f` over `[low, high]` by the Gauss-Legendre rule.
    @inline(__always)
    static func integral(from low: Double, to high: Double, of f: (Double) -> Double) -> Double {{
        let center = (low + high) / 2
        let half = (high - low) / 2
        var total = 0.0
        for node in legendre {{
            total += node.weight * (f(center - half * node.x) + f(center + half * node.x))
        }}
        return half * total
    }}
}}
'''
with open(sys.argv[1], "w") as file:
    file.write(output)
