"""Imports the Upworthy archive, and checks every number of its results against SciPy.

    upworthy.py PATH/packages.csv [--database sqlite|postgres]

The file is the exploratory set of the Upworthy Research Archive (Matias, Munger, Le Quere and Ebersole, Scientific Data 8,
2021; https://osf.io/jd64p, CC BY 4.0), aggregated: a row is an arm of a headline test with its impressions and clicks. It is
imported with the command line, the results are read with the command line, and for every arm are compared, to a relative
1e-9: both means, the difference, Welch's p-value and interval, the lift and its (Fieller's) interval, and for every test the
chi-squared test of its sample ratio; the p-values adjusted by Benjamini and Hochberg as well. What they have to be is computed
by SciPy and mpmath (see welch.py).

The archive's authors report that the randomisation was faulty from week 201325 to 201402: far more tests of those weeks than
of the others must fail the sample-ratio check at 0.001.

Then a few made tests without a testable difference are imported, which must say so.
"""

import argparse
import csv
import json
import math
import os
import subprocess
import sys
import time

import mpmath
from scipy import stats

import server
from checks import Checks, say, table
from welch import CONFIDENCE, Arm, Expected, exact_sample_ratio, root, sample_ratio

TOLERANCE = 1e-9
# Where SciPy and Hookline differ by more, mpmath is asked who is right.
DOUBT = 1e-12
FAULTY_WEEKS = range(201325, 201403)
THRESHOLD = 0.001
CONTROL = "package_0"
METRIC = "click_rate"


def read_tests(path):
    """The arms of each test in the order of the file, and the week of its first row."""
    tests, weeks = {}, {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            arm = Arm(row["variant"], int(row["impressions"]), int(row["clicks"]))
            tests.setdefault(row["test_id"], []).append(arm)
            weeks.setdefault(row["test_id"], int(row["week"]))
    return tests, weeks


# The comparison


class Errors:
    """The largest relative error seen of each number."""

    def __init__(self, checks):
        self.checks = checks
        self.largest = {}
        self.counts = {}

    def compare(self, name, got, expected, where, scale=None):
        """`scale` is what the error is relative to, where the number itself may be near 0 by cancellation."""
        self.counts[name] = self.counts.get(name, 0) + 1
        if got is None or expected is None:
            self.checks.expect(got is expected, f"{name} of {where}", f"got {got}, expected {expected}")
            return
        error = relative_error(got, expected, scale)
        if error >= self.largest.get(name, (0.0, None))[0]:
            self.largest[name] = (error, where)
        if error > TOLERANCE:
            self.checks.expect(False, f"{name} of {where}", f"got {got!r}, expected {expected!r}")

    def compare_p(self, name, got, scipy, exact, where):
        """Against SciPy; where it underflows, or the two differ, against what `exact()` says."""
        expected = scipy
        if got is not None and (scipy < 1e-290 or relative_error(got, scipy) > DOUBT):
            expected = exact()
            self.counts[f"{name} by mpmath"] = self.counts.get(f"{name} by mpmath", 0) + 1
        if isinstance(expected, mpmath.mpf):
            expected = float(max(expected, mpmath.mpf(sys.float_info.min)))
        self.compare(name, got, expected, where)

    def print(self):
        for name, (error, where) in self.largest.items():
            self.checks.expect(error <= TOLERANCE, f"{name}: relative error at most {TOLERANCE}", f"{error} at {where}")
        table(
            ["number", "compared", "largest relative error"],
            [[name, count, f"{self.largest.get(name, (0.0, ''))[0]:.1e}"] for name, count in self.counts.items()],
        )


def relative_error(got, expected, scale=None):
    if got == expected:
        return 0.0
    return abs(got - expected) / max(abs(expected), scale or 0.0)


def check_test(checks, errors, identifier, arms, result):
    """All numbers of one test."""
    metrics = result["metrics"]
    if not checks.equal([metric["metric"] for metric in metrics], [METRIC], f"{identifier}: its metric"):
        return
    by_variant = {variant["variant"]: variant for variant in metrics[0]["variants"]}
    checks.equal(set(by_variant), {arm.variant for arm in arms}, f"{identifier}: its variants")
    control = next(arm for arm in arms if arm.variant == CONTROL)
    for arm in arms:
        got = by_variant[arm.variant]
        where = f"{identifier} {arm.variant}"
        errors.compare("n", got["n"], arm.trials, where)
        errors.compare("mean", got["mean"], float(arm.mean), where)
        errors.compare("sd", got["sd"], root(arm.variance_of_mean * arm.trials), where)
        if arm is not control:
            check_arm(checks, errors, where, got, control, arm)
    statistic, p_value = sample_ratio(arms)
    ratio = result["sample_ratio"]
    errors.compare("chi-squared", ratio["chi_squared"], statistic, identifier)
    errors.compare_p(
        "sample-ratio p", ratio["p_value"], p_value, lambda: exact_sample_ratio(arms), identifier
    )
    checks.equal(ratio["status"], "mismatch" if p_value < THRESHOLD else "ok", f"{identifier}: its sample ratio")


def check_arm(checks, errors, where, got, control, arm):
    if control.variance_of_mean + arm.variance_of_mean == 0:
        checks.expect(got["not_testable"] and got["p_value"] is None, f"{where}: says that it is not testable", got)
        return
    expected = Expected(control, arm)
    checks.equal(got["not_testable"], None, f"{where}: is testable")
    errors.compare("control mean", got["control_mean"], float(control.mean), where)
    errors.compare("difference", got["difference"], float(expected.difference), where)
    errors.compare_p("p-value", got["p_value"], expected.p_value, lambda: expected.exact_p_value, where)
    exact_log = math.log10(expected.p_value) if expected.p_value > 1e-290 else float(mpmath.log10(expected.exact_p_value))
    # Near p = 1 the logarithm is near 0: its error is that of p.
    errors.compare("log10 of p", got["log10_p_value"], exact_log, where, scale=1.0)
    # A bound near 0 is a difference of two numbers of the width's size, in doubles there and here.
    width = expected.critical * expected.standard_error
    for bound, value in zip(got["confidence_interval"], expected.interval):
        errors.compare("interval", bound, value, where, scale=width)
    errors.compare("lift", got["lift"], expected.lift, where)
    lift_interval = expected.lift_interval
    if lift_interval is None:
        checks.equal(got["lift_confidence_interval"], None, f"{where}: no bounds of the lift")
    else:
        scale = 100 * width / float(control.mean)
        for bound, value in zip(got["lift_confidence_interval"], lift_interval):
            errors.compare("lift interval", bound, value, where, scale=scale)
    checks.equal(got["significant"], expected.p_value < 1 - CONFIDENCE, f"{where}: whether it is significant")


# The command line


def command(arguments):
    """Runs a subcommand; answers what it printed and how long it took."""
    begun = time.monotonic()
    done = subprocess.run(
        [server.binary(), *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=os.environ
    )
    if done.returncode != 0:
        raise AssertionError(f"hookline {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout, time.monotonic() - begun


def import_file(database, path):
    return command(
        ["experiments", "import", str(path), "--experiment", "test_id", "--trials", "impressions", "--successes", "clicks",
         "--variant", "variant", "--control", CONTROL, "--metric", METRIC, "--database", database.url]
    )  # fmt: skip


def read_results(database):
    """The results of all experiments by id."""
    output, seconds = command(["experiments", "results", "--format", "json", "--database", database.url])
    results = json.loads(output)
    items = results["items"] if isinstance(results, dict) else results
    return {item["experiment_id"]: item for item in items}, seconds


# The checks


def check_archive(checks, database, path):
    tests, weeks = read_tests(path)
    expected = share_of_mismatches(tests, weeks)
    output, seconds = import_file(database, path)
    arms = sum(map(len, tests.values()))
    say(output.strip()[-500:])
    say(f"imported {len(tests)} tests with {arms} arms in {seconds:.2f} s")
    results, seconds = read_results(database)
    say(f"read the results in {seconds:.2f} s")
    checks.equal(set(results), set(tests), "every test has results")
    errors = Errors(checks)
    for identifier, arms in tests.items():
        check_test(checks, errors, identifier, arms, results[identifier])
    check_adjustment(errors, results)
    errors.print()
    got = [[0, 0], [0, 0]]
    for identifier, result in results.items():
        is_faulty = weeks[identifier] in FAULTY_WEEKS
        got[is_faulty][0] += result["sample_ratio"]["status"] == "mismatch"
        got[is_faulty][1] += 1
    checks.equal(got, expected, "the tests that fail the sample-ratio check, by weeks")
    table(
        ["weeks", "tests", "fail the sample-ratio check", "share"],
        [
            [f"{FAULTY_WEEKS[0]} to {FAULTY_WEEKS[-1]}", got[1][1], got[1][0], share(got[1])],
            ["all others", got[0][1], got[0][0], share(got[0])],
        ],
    )
    check_decisions(checks, results, weeks)
    _, seconds = import_file(database, path)
    again, _ = read_results(database)
    say(f"imported the same again in {seconds:.2f} s")
    checks.equal(without_moments(again), without_moments(results), "imported twice is imported once")


VERDICTS = ["ship", "roll_back", "underpowered", "review"]
BROKEN = "sample-ratio mismatch"


def check_decisions(checks, results, weeks):
    """What each test comes to, by period; every verdict follows from the numbers that are shown."""
    periods = {"before 201325": {}, f"{FAULTY_WEEKS[0]} to {FAULTY_WEEKS[-1]}": {}, "after 201402": {}}
    for identifier, result in results.items():
        verdict = result["decision"]["verdict"]
        is_broken = result["sample_ratio"]["status"] == "mismatch"
        treatments = [variant for variant in result["metrics"][0]["variants"] if not variant["control"]]
        if is_broken:
            checks.equal(verdict, "review", f"{identifier}: a broken split decides nothing")
        else:
            checks.equal(verdict, expected_verdict(treatments), f"{identifier}: the verdict")
        week = weeks[identifier]
        period = list(periods)[(week >= FAULTY_WEEKS[0]) + (week > FAULTY_WEEKS[-1])]
        name = BROKEN if is_broken else verdict
        periods[period][name] = periods[period].get(name, 0) + 1
    columns = [*VERDICTS, BROKEN]
    table(
        ["weeks", "tests", *columns],
        [
            [period, sum(counts.values()), *(share([counts.get(name, 0), sum(counts.values())]) for name in columns)]
            for period, counts in periods.items()
        ],
    )


def expected_verdict(treatments, alpha=0.05, effect=10.0):
    """By Holm's adjustment of the p-values of all treatments; then by whether a lift of 10 % is ruled out."""
    tested = sorted((variant for variant in treatments if variant["p_value"] is not None), key=lambda each: each["p_value"])
    if not tested:
        return "underpowered"
    significant, greatest = [], 0.0
    for rank, variant in enumerate(tested):
        greatest = max(greatest, variant["p_value"] * (len(tested) - rank))
        if greatest < alpha:
            significant.append(variant["difference"])
    if significant:
        return "ship" if max(significant) > 0 else "roll_back"
    bounds = [variant["lift_confidence_interval"] for variant in tested]
    return "underpowered" if any(each is None or each[1] >= effect for each in bounds) else "review"


def check_adjustment(errors, results):
    """The p-values adjusted by Benjamini and Hochberg, over all comparisons together."""
    compared = [
        (f"{identifier} {variant['variant']}", variant)
        for identifier, result in results.items()
        for variant in result["metrics"][0]["variants"]
        if variant.get("p_value") is not None
    ]
    adjusted = stats.false_discovery_control([variant["p_value"] for _, variant in compared])
    for (where, variant), expected in zip(compared, adjusted):
        errors.compare("adjusted p-value", variant["p_value_adjusted"], float(expected), where)


def share(counts):
    return f"{100 * counts[0] / counts[1]:.2f} %" if counts[1] else "-"


def share_of_mismatches(tests, weeks):
    """By whether the weeks were faulty: how many tests fail, and how many there are."""
    counts = [[0, 0], [0, 0]]
    for identifier, arms in tests.items():
        is_faulty = weeks[identifier] in FAULTY_WEEKS
        counts[is_faulty][0] += sample_ratio(arms)[1] < THRESHOLD
        counts[is_faulty][1] += 1
    return counts


def without_moments(results):
    return {
        identifier: {name: value for name, value in result.items() if name != "as_of_position"}
        for identifier, result in results.items()
    }


MADE_TESTS = {
    # Nobody clicks; everybody clicks; an arm has one trial or none.
    "nobody": [Arm(CONTROL, 100, 0), Arm("package_1", 100, 0)],
    "everybody": [Arm(CONTROL, 100, 100), Arm("package_1", 50, 50)],
    "all or none": [Arm(CONTROL, 100, 0), Arm("package_1", 100, 100)],
    "one trial": [Arm(CONTROL, 100, 10), Arm("package_1", 1, 1)],
    "no trial": [Arm(CONTROL, 100, 10), Arm("package_1", 0, 0)],
}


def check_made(checks, folder, database):
    path = folder / "made.csv"
    # A p-value of 5e-1693, which no double holds.
    extremes = [Arm(CONTROL, 40_000, 400), Arm("package_1", 40_000, 8000)]
    zero_control = [Arm(CONTROL, 1000, 0), Arm("package_1", 1000, 7)]
    tests = {**MADE_TESTS, "extreme": extremes, "zero control": zero_control}
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["test_id", "variant", "impressions", "clicks"])
        for identifier, arms in tests.items():
            writer.writerows([identifier, arm.variant, arm.trials, arm.successes] for arm in arms)
    import_file(database, path)
    results, _ = read_results(database)
    for identifier in MADE_TESTS:
        arm = results[identifier]["metrics"][0]["variants"][1]
        checks.expect(
            arm["not_testable"] and arm["p_value"] is None and arm["confidence_interval"] is None,
            f"'{identifier}' says that it is not testable",
            arm,
        )
        checks.equal(arm["significant"], None, f"'{identifier}' is not significant")
    errors = Errors(checks)
    for identifier in ("extreme", "zero control"):
        check_test(checks, errors, identifier, tests[identifier], results[identifier])
    errors.print()


def main():
    parser = argparse.ArgumentParser(description="Imports the Upworthy archive, and checks its results against SciPy.")
    parser.add_argument("path", help="packages.csv")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    checks = Checks(f"the Upworthy archive, {options.database}")
    with server.temporary_folder() as folder:
        with server.new_database(options.database, folder) as database:
            check_archive(checks, database, options.path)
        with server.new_database(options.database, folder) as database:
            check_made(checks, folder, database)
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
