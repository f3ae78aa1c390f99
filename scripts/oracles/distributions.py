"""Golden values of the distributions, by mpmath: Tests/StatisticsTests/DistributionGolden.swift."""

import mpmath as mp
from golden import write


def t_two_sided(nu, t):
    nu, t = mp.mpf(nu), abs(mp.mpf(t))
    if nu <= 2000:
        return mp.betainc(nu / 2, mp.mpf(1) / 2, 0, nu / (nu + t * t), regularized=True)
    # The incomplete beta function converges badly here: integrate the density, scaled to 1 at t.
    start = (nu + 1) / 2 * mp.log1p(t * t / nu)
    scaled = mp.quad(
        lambda x: mp.exp(start - (nu + 1) / 2 * mp.log1p(x * x / nu)), [t + 3 * k / (1 + t) for k in range(60)]
    )
    constant = mp.loggamma((nu + 1) / 2) - mp.loggamma(nu / 2) - mp.log(nu * mp.pi) / 2
    return 2 * mp.exp(constant - start) * scaled


def gamma_tails(a, x):
    a, x = mp.mpf(a), mp.mpf(x)
    if a <= 3000:
        return mp.gammainc(a, 0, x, regularized=True), mp.gammainc(a, x, mp.inf, regularized=True)
    start = (a - 1) * mp.log(x) - x
    step = 2 / (abs(x - a) / a + 1 / mp.sqrt(a))
    side = 1 if x >= a else -1
    points = [x + side * k * step for k in range(40) if x + side * k * step > 0]
    tail = mp.quad(lambda v: mp.exp((a - 1) * mp.log(v) - v - start), points) * side * mp.exp(start - mp.loggamma(a))
    return (tail, 1 - tail) if side < 0 else (1 - tail, tail)


def main():
    student = []
    for nu in [1, 1.5, 3.7, 10, 29.3, 100, 999, 1e4, 1e6, 1e9, 1e12, 1e15]:
        mp.mp.dps = 80 if nu > 1e6 else 50
        for c in [0.013, 0.4, 0.72, 1.37, 1.53, 4.1, 22, 105, 689]:
            t = float(mp.sqrt(nu * mp.expm1(mp.mpf(2 * c) / nu)))
            if t < 1e300:
                p = t_two_sided(nu, t)
                student.append((nu, t, float(p), float(mp.log(p))))
    mp.mp.dps = 60
    extremes = [(1, 1e300), (2, 1e200), (5, 1e80), (40, 1e12), (500, 4e3)]
    extremes += [(1500, 1e5), (0.3, 2.0), (0.5, 1e10), (0.05, 1e3), (0.01, 1e20)]
    for nu, t in extremes:
        p = t_two_sided(nu, t)
        student.append((nu, t, float(p) if p > 1e-307 else 0.0, float(mp.log(p))))

    normal = []
    for z in [-37, -8, -3, -1, -0.1, 0, 0.1, 0.5, 1, 1.7, 1.74, 1.95996398454005, 3, 5, 8, 12, 20, 30, 37.2, 50, 1e3]:
        p = mp.erfc(mp.mpf(z) / mp.sqrt(2)) / 2
        normal.append((float(z), float(p) if p > 1e-307 else 0.0, float(mp.log(p))))

    chi = []
    for k in [1, 2, 3, 10, 79, 81, 100, 5000, 1e5, 1e6, 1e9, 1e12]:
        mp.mp.dps = 80 if k > 1e6 else 50
        for z in [-36, -9, -2, -0.3, 0.01, 0.3, 2, 8, 20, 36.5]:
            root = 1 - 2 / (9 * k) + z * (2 / (9 * k)) ** 0.5
            if root > 0.02:
                x = k * root**3
                lower, upper = gamma_tails(mp.mpf(k) / 2, mp.mpf(x) / 2)
                chi.append((float(k), x, float(lower), float(upper), float(mp.log(upper))))

    write(
        "DistributionGolden",
        f"Written by scripts/oracles/distributions.py with mpmath {mp.__version__}.",
        {
            "studentT": ("Degrees of freedom, t, two-sided p (0 where it underflows), its natural logarithm.", student),
            "normal": ("z, survival (0 where it underflows), its natural logarithm.", normal),
            "chiSquared": ("Degrees of freedom, x, lower tail, upper tail, logarithm of the upper tail.", chi),
        },
    )


if __name__ == "__main__":
    main()
