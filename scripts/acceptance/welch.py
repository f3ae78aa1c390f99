"""Welch's test of two shares, its lift and the test of a sample ratio, as exactly as SciPy and mpmath allow.

The inputs are exact fractions until the last step. Where SciPy underflows or is itself in doubt, the `exact_` ones compute with
60 digits.
"""

from dataclasses import dataclass
from fractions import Fraction

import mpmath
from scipy import special, stats

CONFIDENCE = 0.95

mpmath.mp.dps = 60


@dataclass
class Arm:
    variant: str
    trials: int
    successes: int

    @property
    def mean(self):
        return Fraction(self.successes, self.trials)

    @property
    def variance_of_mean(self):
        """That of zeros and ones, with n - 1: s (n - s) / (n^2 (n - 1))."""
        n, s = self.trials, self.successes
        return Fraction(s * (n - s), n * n * (n - 1))


class Expected:
    """Welch's test of one arm against the control, from exact fractions."""

    def __init__(self, control, arm):
        variance = control.variance_of_mean + arm.variance_of_mean
        self.difference = arm.mean - control.mean
        self.standard_error = root(variance)
        self.t = float(self.difference) / self.standard_error
        self.degrees = float(
            variance**2
            / (control.variance_of_mean**2 / (control.trials - 1) + arm.variance_of_mean**2 / (arm.trials - 1))
        )
        self.squared_t = self.difference**2 / variance
        self.critical = float(stats.t.ppf((1 + CONFIDENCE) / 2, self.degrees))
        self.control, self.arm = control, arm

    @property
    def p_value(self):
        return float(2 * stats.t.sf(abs(self.t), self.degrees))

    @property
    def exact_p_value(self):
        """The same with many digits, by quadrature of Student's density: around 0, or of the tail relative to its begin."""
        d = mpmath.mpf(self.degrees)
        t = mpmath.sqrt(number(self.squared_t))
        half = (d + 1) / 2
        log_constant = mpmath.loggamma(half) - mpmath.loggamma(d / 2) - mpmath.log(d * mpmath.pi) / 2
        if t < 1:
            return 1 - 2 * mpmath.quad(lambda x: mpmath.exp(log_constant - half * mpmath.log1p(x * x / d)), [0, t])
        begin = mpmath.log1p(t * t / d)
        # So far from t the density has fallen to about 1/e.
        step = (d + t * t) / ((d + 1) * t)
        fall = mpmath.quad(
            lambda y: mpmath.exp(-half * (mpmath.log1p((t + step * y) ** 2 / d) - begin)),
            [0, 1, 3, 10, 30, 100, 1000, mpmath.inf],
        )
        return 2 * step * fall * mpmath.exp(log_constant - half * begin)

    @property
    def interval(self):
        width = self.critical * self.standard_error
        return [float(self.difference) - width, float(self.difference) + width]

    @property
    def lift(self):
        return float(100 * self.difference / self.control.mean) if self.control.successes else None

    @property
    def lift_interval(self):
        """Fieller's: the r with (d - r m)^2 <= q^2 (v_t + (1 + r)^2 v_c), solved in fractions up to the root."""
        q2 = Fraction(self.critical) ** 2
        m, d = self.control.mean, self.difference
        vc, vt = self.control.variance_of_mean, self.arm.variance_of_mean
        leading = m * m - q2 * vc
        if leading <= 0:
            return None
        middle = d * m + q2 * vc
        last = d * d - q2 * (vt + vc)
        discriminant = mpmath.sqrt(number(middle * middle - leading * last))
        return [float(100 * (number(middle) + sign * discriminant) / number(leading)) for sign in (-1, 1)]


def number(fraction):
    return mpmath.mpf(fraction.numerator) / fraction.denominator


def root(fraction):
    return float(mpmath.sqrt(number(fraction)))


def sample_ratio(arms):
    """Chi-squared against equal shares: the statistic and its p-value."""
    total = sum(arm.trials for arm in arms)
    share = Fraction(total, len(arms))
    statistic = sum((arm.trials - share) ** 2 / share for arm in arms)
    return float(statistic), float(special.chdtrc(len(arms) - 1, float(statistic)))


def exact_sample_ratio(arms):
    statistic = mpmath.mpf(sample_ratio(arms)[0])
    return mpmath.gammainc(mpmath.mpf(len(arms) - 1) / 2, statistic / 2, mpmath.inf, regularized=True)
