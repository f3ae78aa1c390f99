"""What the results of an experiment must say, computed from its units one by one in double precision.

The formulas are written over the units and not over sums of products: a ratio's variance is that of `(y - R d) / mean of d`
(the delta method; a mean has the denominator 1), a covariate is taken out by the least squares of these on x, with one slope
over all arms. A quantile has to be near the value of the rank `ceil(p n)`, and it and its standard error have to be those that
follow from the bins of the values (see quantiles.py).
"""

import datetime
import math
from collections import defaultdict
from dataclasses import dataclass

import quantiles
from cells import bin_of, group_of, upper_edge
from definitions import DAY
from server import expect_status, quoted

TOLERANCE = 1e-9
# A share of a variance that is as small is what doubles have rounded.
NOISE = 1e-24
# The squares of smaller numbers are no longer precise.
UNDERFLOW = 1e-145
QUANTILE_TOLERANCE = 0.01


class Units:
    """The units that a recount has counted, and what it has counted beside them."""

    def __init__(self):
        self.units = defaultdict(list)
        self.versions = {}
        self.folded = {}

    def add(self, version, unit):
        self.units[version.experiment, version.version].append(unit)

    def finish(self, version, folded):
        self.versions[version.experiment, version.version] = version
        self.folded[version.experiment, version.version] = folded


@dataclass
class Arm:
    """One variant of one metric: the estimate, what it varies by, and what is left of both beside a covariate."""

    n: int
    independent_units: int
    mean: float | None = None
    sd: float | None = None
    variance: float | None = None
    adjusted_mean: float | None = None
    adjusted_variance: float | None = None
    variance_reduction: float | None = None
    # Of which size the terms of the adjusted mean may be.
    size: float = 0.0
    # Whether all units are alike but for rounding, so that doubles cannot tell whether they vary at all.
    is_flat: bool = False
    # Of a quantile: the value that has its rank, of which the server knows the bin.
    value_of_rank: float | None = None

    @property
    def compared(self):
        """The mean and its variance that tests compare."""
        if self.adjusted_mean is None:
            return self.mean, self.variance
        return self.adjusted_mean, self.adjusted_variance


# Estimates


class Columns:
    """The variables of the units of one arm, and the units as a linear estimate sees them."""

    def __init__(self, units, variables):
        self.n = len(units)
        columns = dict(zip(variables, zip(*units))) if units else {}
        self.y = columns.get("y", ())
        self.d = columns.get("d", (1.0,) * self.n)
        self.x = columns.get("x", ())
        below = math.fsum(self.d)
        self.has_estimate = self.n > 0 and below > 0
        if self.has_estimate:
            self.estimate = math.fsum(self.y) / below
            self.linear = [(y - self.estimate * d) / (below / self.n) for y, d in zip(self.y, self.d)]
            squares = math.fsum((y * self.n / below) ** 2 for y in self.y)
            is_tiny = math.fsum(value * value for value in self.linear) < max(NOISE * squares, UNDERFLOW**2)
            self.is_flat = is_tiny and any(self.linear)
            if self.is_flat:
                self.linear = [0.0] * self.n
        if self.x:
            center = math.fsum(self.x) / self.n
            self.centered = [x - center for x in self.x]
            self.x_mean = center

    def variance_of_mean(self, values):
        return math.fsum(value * value for value in values) / (self.n - 1) / self.n if self.n > 1 else None


def linear_arms(arms, variables):
    """The arms of means and ratios, the weight of the covariate, and a weight that would be great."""
    columns = [Columns(units, variables) for units in arms]
    found = []
    for column in columns:
        arm = Arm(column.n, column.n)
        if column.has_estimate:
            arm.mean = column.estimate
            arm.variance = column.variance_of_mean(column.linear)
            arm.sd = None if arm.variance is None else math.sqrt(arm.variance * column.n)
            arm.size = abs(arm.mean) + (arm.sd or 0.0)
            arm.is_flat = column.is_flat
        found.append(arm)
    if "x" not in variables:
        return found, None, 0.0
    told = [column for column in columns if column.has_estimate]
    spread = math.fsum(x * x for column in told for x in column.centered)
    cross = math.fsum(value * x for column in told for value, x in zip(column.linear, column.centered))
    theta = cross / spread if spread > 0 else None
    values = math.fsum(value * value for column in told for value in column.linear)
    great = math.sqrt(values / spread) if spread > 0 else 0.0
    if theta is not None and abs(theta) < math.sqrt(NOISE) * great:
        theta = 0.0
    count = sum(column.n for column in columns)
    x_mean = math.fsum(x for column in columns for x in column.x) / count if count else 0.0
    for arm, column in zip(found, columns):
        if column.has_estimate:
            weight = theta or 0.0
            arm.adjusted_mean = arm.mean - weight * (column.x_mean - x_mean)
            arm.size += great * abs(column.x_mean - x_mean)
            rest = [value - weight * x for value, x in zip(column.linear, column.centered)]
            arm.adjusted_variance = column.variance_of_mean(rest)
            if arm.variance:
                arm.variance_reduction = 1 - arm.adjusted_variance / arm.variance
    return found, theta, great


def quantile_arm(metric, units):
    p = metric.json["quantile"]
    numbers = sorted(number for _, numbers in units for number in numbers)
    if metric.form == "grouped":
        groups = defaultdict(list)
        for name, values in units:
            groups[group_of(name)] += values
        found = quantiles.of_groups(p, list(groups.values()))
    else:
        found = quantiles.of_independent(p, numbers)
    arm = Arm(len(numbers), found.parts, found.estimate, value_of_rank=value_of_rank(numbers, p))
    arm.variance = None if found.standard_error is None else found.standard_error**2
    arm.size = abs(arm.mean or 0.0)
    return arm


def value_of_rank(numbers, share):
    """Of numbers in their order; None without any."""
    return numbers[max(1, math.ceil(share * len(numbers))) - 1] if numbers else None


def cap_of(metric, units):
    """What the percentile of the cap comes to, over all arms: the end of the bin that holds the percentile."""
    if metric.form != "binned":
        return None
    cap = metric.json["cap"]
    numbers = sorted(
        numbers[0] for arm in units for _, numbers in arm if not (cap.get("ignore_zeros") and bin_of(numbers[0]) == 0)
    )
    number = value_of_rank(numbers, cap["percentile"])
    return None if number is None else upper_edge(bin_of(number))


def estimates(metric, units, cap):
    """What `linear_arms` answers. `units` are those of each arm, with their names and numbers."""
    if metric.kind == "quantile":
        return [quantile_arm(metric, arm) for arm in units], None, 0.0
    arms = [[numbers for _, numbers in arm] for arm in units]
    if cap is not None:
        arms = [[(min(numbers[0], cap), *numbers[1:]) for numbers in arm] for arm in arms]
    return linear_arms(arms, metric.variables)


# The comparison


def is_near(got, expected, scale=0.0):
    if got is None or expected is None:
        return got is expected
    return abs(got - expected) <= max(TOLERANCE * max(abs(expected), scale), UNDERFLOW)


def is_near_quantile(got, expected):
    """Numbers nearer to 0 than 2^-40 count as 0."""
    if got is None or expected is None:
        return got is expected
    return abs(got - expected) <= max(QUANTILE_TOLERANCE * abs(expected), 2.0**-40)


def is_explained(*arms):
    """Whether nothing is left of the variance of these arms but rounding, that of the covariate's weight among others."""
    if any(arm.is_flat for arm in arms):
        return True
    if any(arm.adjusted_variance is None or arm.variance is None for arm in arms):
        return False
    left, together = sum(arm.adjusted_variance for arm in arms), sum(arm.variance for arm in arms)
    return 0 < together and left < NOISE * together


class Comparison:
    """Compares one metric of one answer. Counts what it has looked at, and keeps what differs."""

    def __init__(self, metric, variants, control):
        self.metric = metric
        self.variants = variants
        self.control = control
        self.compared = 0
        self.different = []

    def expect(self, holds, what, got, expected):
        self.compared += 1
        if not holds:
            self.different.append(f"{self.metric.name} {what}: got {got!r}, expected {expected!r}")

    def equal(self, got, expected, what):
        self.expect(got == expected, what, got, expected)

    def near(self, got, expected, what, scale=0.0):
        self.expect(is_near(got, expected, scale), what, got, expected)

    def arms(self, body, arms, place):
        self.equal([arm["variant"] for arm in body], self.variants, f"{place} variants")
        control = arms[self.variants.index(self.control)]
        for shown, arm in zip(body, arms):
            where = f"{place} {shown['variant']}"
            self.equal((shown["n"], shown["independent_units"]), (arm.n, arm.independent_units), f"{where} n")
            if self.metric.kind == "quantile":
                mean = shown["mean"]
                self.expect(is_near_quantile(mean, arm.value_of_rank), f"{where} quantile", mean, arm.value_of_rank)
            spread = arm.sd or 0.0
            self.near(shown["mean"], arm.mean, f"{where} mean", spread)
            self.near(shown["sd"], arm.sd, f"{where} sd", abs(arm.mean or 0.0))
            self.near(shown["adjusted_mean"], arm.adjusted_mean, f"{where} adjusted_mean", arm.size)
            if not arm.is_flat:
                self.near(shown["variance_reduction"], arm.variance_reduction, f"{where} variance_reduction", 1.0)
            if arm is not control:
                self.test(shown, control, arm, where)

    def test(self, shown, control, arm, where):
        (control_mean, control_variance), (mean, variance) = control.compared, arm.compared
        self.near(shown["control_mean"], control.mean, f"{where} control_mean", control.sd or 0.0)
        if is_explained(control, arm):
            return
        if control_variance is None or variance is None or control_variance + variance == 0:
            for name in ("difference", "standard_error", "p_value"):
                self.equal(shown[name], None, f"{where} {name}")
            self.expect(shown["not_testable"], f"{where} not_testable", shown["not_testable"], "a reason")
            return
        together = control_variance + variance
        error = math.sqrt(together)
        parts = [(each / together, side.independent_units) for each, side in ((control_variance, control), (variance, arm))]
        freedom = 1 / sum(share**2 / (n - 1) for share, n in parts)
        difference, size = mean - control_mean, arm.size + control.size
        self.near(shown["difference"], difference, f"{where} difference", size)
        self.near(shown["standard_error"], error, f"{where} standard_error")
        self.near(shown["degrees_of_freedom"], freedom, f"{where} degrees_of_freedom")
        reach = quantiles.critical_value(freedom) * error
        for bound, end in zip(shown["confidence_interval"], (difference - reach, difference + reach), strict=True):
            self.near(bound, end, f"{where} confidence_interval", size + reach)


def last_mature_day(as_of, matures_after):
    moment = datetime.datetime.fromisoformat(as_of)
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return (since // datetime.timedelta(milliseconds=1) - matures_after) // DAY - 1


def in_parts(units, number, variants, includes, dimension=None):
    """By slice of a dimension, and with 0 for all, the units of each arm that count, with what they bring into a metric."""
    parts = defaultdict(lambda: [[] for _ in range(variants)])
    for unit in units:
        numbers = unit.contributions[number]
        if numbers is None or not includes(unit):
            continue
        parts[0][unit.variant].append((unit.name, numbers))
        if dimension is not None:
            parts[unit.slices[dimension]][unit.variant].append((unit.name, numbers))
    return parts


def check_metric(comparison, body, number, answer, units, dimension, slices):
    metric, variants = comparison.metric, len(comparison.variants)
    last = None
    if metric.matures_after is not None:
        last = last_mature_day(answer["as_of"], metric.matures_after)
    is_mature = lambda unit: last is None or unit.exposed_at // DAY <= last
    includes = (lambda unit: True) if body["includes_open"] else is_mature
    parts = in_parts(units, number, variants, includes, dimension)
    cap = cap_of(metric, parts[0])
    comparison.equal(body["cap_value"], cap, "cap_value")
    found, theta, great = estimates(metric, parts[0], cap)
    comparison.near(body["theta"], theta, "theta", great)
    comparison.arms(body["variants"], found, "all")
    open_arms = in_parts(units, number, variants, lambda unit: not is_mature(unit))[0]
    if metric.kind == "quantile":
        opened = sum(len(numbers) for arm in open_arms for _, numbers in arm)
    else:
        opened = sum(map(len, open_arms))
    comparison.equal(body["open_units"], opened, "open_units")
    shown = [(each["value"], each["other"]) for each in body["slices"]]
    comparison.equal(shown, [(value if kind == "text" else None, kind == "other") for _, kind, value in slices], "slices")
    for each, (part, *_) in zip(body["slices"], slices):
        found, *_ = estimates(metric, parts[part], cap)
        comparison.arms(each["variants"], found, f"slice {each['value']!r}")
    return opened


def check(checks, node, experiment, counted):
    """Asks for the results of an experiment in every way, and compares the numbers of the metrics that are folded. Answers
    how many units were open, counted once for each metric and way."""
    opened = 0
    path = f"/v1/experiments/{quoted(experiment['id'])}/results?planned_read=true&wait_ms=10000"
    for dimension in [None, *experiment.get("dimensions", [])]:
        for includes_open in (False, True):
            query = f"&include_open={str(includes_open).lower()}"
            query += "" if dimension is None else f"&dimension={quoted(dimension)}"
            with node.client(timeout=300) as client:
                answer = expect_status(client.get(path + query), 200).json
            opened += check_answer(checks, answer, experiment, counted, dimension, includes_open)
    return opened


def check_answer(checks, answer, experiment, counted, dimension, includes_open):
    key = (experiment["id"], answer["version"])
    version, folded, units = counted.versions[key], counted.folded[key], counted.units[key]
    variants = version.definition["variants"]
    name = f"{experiment['id']} {'with' if includes_open else 'without'} open units, by {dimension or 'nothing'}"
    checks.expect(answer["complete"], f"{name}: the results are complete")
    units_of = [folded.tallies.get(("units", variant), 0) for variant in variants]
    checks.equal([arm["observed"] for arm in answer["sample_ratio"]["variants"]], units_of, f"{name}: units")
    for member in ("units_in_several_variants", "exposure_mismatches", "exposures_outside_run", "ignored_observations"):
        checks.equal(answer[member], folded.tallies.get((member, ""), 0), f"{name}: {member}")
    index, slices = None, []
    if dimension is not None:
        index = version.definition["dimensions"].index(dimension)
        slices = [(number, *each[1:]) for number, each in sorted(folded.slices.items()) if each[0] == index]
    bodies = {body["metric"]: body for body in answer["metrics"]}
    compared, opened, different = 0, 0, []
    for number, metric in enumerate(version.plan.metrics):
        comparison = Comparison(metric, variants, version.definition["control"])
        body = bodies[metric.name]
        opened += check_metric(comparison, body, number, answer, units, index, slices)
        for member in ("counted_events", "ignored_values"):
            comparison.equal(body[member], folded.tallies.get((member, metric.name), 0), member)
        compared += comparison.compared
        different += comparison.different
    details = "\n  ".join(["", *different[:8], f"{len(different)} in all"])
    checks.expect(not different, f"{name}: {compared} numbers agree", details)
    return opened
