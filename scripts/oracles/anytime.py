"""Golden values of anytime tests, by mpmath 1.3.0 with 50 digits: Tests/StatisticsTests/AnytimeGolden.swift.

The intervals are found from the definition: where the test's p-value is alpha, by bisection, not by its formula.
"""

import mpmath
from golden import SplitMix64, write
from mpmath import mpf

mpmath.mp.dps = 50
MIXTURE = mpf("0.12")


def log_p(z, information):
    """From the mixture itself: the integral over normal effects of the likelihood ratio."""
    ratio = mpf(information) / MIXTURE
    # E over delta ~ N(0, 1 / MIXTURE) of exp(delta S - delta^2 V / 2), with V = information and S = z sqrt(V).
    exponent = z**2 * ratio / (1 + ratio) / 2
    return min(mpf(0), mpmath.log(1 + ratio) / 2 - exponent)


def mixture_by_quadrature(z, information):
    v = mpf(information)
    prior = lambda d: mpmath.sqrt(MIXTURE / (2 * mpmath.pi)) * mpmath.exp(-MIXTURE * d**2 / 2)
    center = z * mpmath.sqrt(v) / (v + MIXTURE)
    width = 12 / mpmath.sqrt(v + MIXTURE)
    value = mpmath.quad(
        lambda d: prior(d) * mpmath.exp(d * z * mpmath.sqrt(v) - d**2 * v / 2), [center - width, center, center + width]
    )
    return min(mpf(0), -mpmath.log(value))


def log_two_sided(t, df):
    x = df / (df + t**2)
    return mpmath.log(mpmath.betainc(df / 2, mpf(1) / 2, 0, x, regularized=True))


def normal_magnitude(log_p_value):
    guess = mpmath.sqrt(-2 * (log_p_value - mpmath.log(2))) if log_p_value < -5 else mpf("1.5")
    return mpmath.findroot(lambda z: mpmath.log(mpmath.erfc(z / mpmath.sqrt(2))) - log_p_value, guess)


def moments(values):
    n, values = len(values), [mpf(v) for v in values]
    mean = sum(values) / n
    return n, mean, sum((v - mean) ** 2 for v in values) / (n - 1)


def anytime(control, treatment, information, alpha):
    (n0, m0, v0), (n1, m1, v1) = moments(control), moments(treatment)
    own = v0 / n0 + v1 / n1
    pooled = ((n0 - 1) * v0 + (n1 - 1) * v1) / (n0 + n1 - 2) * (mpf(1) / n0 + mpf(1) / n1)
    if pooled > own:
        variance, df = pooled, mpf(n0 + n1 - 2)
    else:
        variance, df = own, own**2 / ((v0 / n0) ** 2 / (n0 - 1) + (v1 / n1) ** 2 / (n1 - 1))
    error = mpmath.sqrt(variance)

    def p(shift):
        t = abs(m1 - m0 - shift) / error
        return log_p(normal_magnitude(log_two_sided(t, df)), information) if t > mpf("1e-9") else mpf(0)

    low, high = mpf("0.1"), mpf(10) ** 4
    for _ in range(120):
        middle = (low + high) / 2
        if p(m1 - m0 + middle * error) > mpmath.log(alpha):
            low = middle
        else:
            high = middle
    return m1 - m0, error, p(0) / mpmath.log(10), high * error, int(pooled > own)


boundaries = []
for information in ["0.001", "0.04", "0.12", "0.5", "1", "1.7", "250"]:
    for alpha in ["0.05", "0.001", "1e-9"]:
        information_, alpha_ = mpf(information), mpf(alpha)
        z = mpmath.findroot(lambda z: log_p(z, information_) - mpmath.log(alpha_), 5)
        assert abs(mixture_by_quadrature(z, information_) / mpmath.log(alpha_) - 1) < mpf("1e-20")
        boundaries.append((float(information), float(alpha), float(z)))

p_values = []
for information, z in [("1", "3"), ("0.5", "40"), ("0.05", "12"), ("3", "2"), ("1", "0.5"), ("100", "33.6")]:
    p_values.append((float(information), float(z), float(log_p(mpf(z), information) / mpmath.log(10))))

random = SplitMix64(29)
tests = []
for n0, n1, information, shift, kind in [
    (10, 10, 0.02, 0.5, 0), (190, 10, 0.4, 0, 1), (12, 40, 1, 1.5, 0), (60, 30, 1.3, 3, 0), (40, 12, 0.2, 0.2, 2),
]:
    def value(arm):
        unit = random.unit()
        return round(unit * 4 + shift * arm, 3) if kind == 0 else float(unit < 0.06 + 0.2 * arm * (kind - 1))
    control, treatment = [value(0) for _ in range(n0)], [value(1) for _ in range(n1)]
    control[0] = 1.0
    result = anytime(control, treatment, mpf(information), mpf("0.05"))
    tests.append((n0, information, *map(float, result), *control, *treatment))

write(
    "AnytimeGolden",
    "Written by scripts/oracles/anytime.py with mpmath 1.3.0.",
    {
        "boundaries": ("Information, alpha, the critical value.", boundaries),
        "pValues": ("Information, z, the decimal logarithm of the p-value.", p_values),
        "tests": (
            "Units of control, information, difference, its error, log10 p, half a width, is pooled, the values.",
            tests,
        ),
    },
)
