"""Counts the experiments anew from the log alone, and compares with what the server has folded.

    recount.py --database sqlite:PATH|postgres://... [--experiment ID]
    recount.py --self-test

Nothing of the server's code takes part: the definitions and the events are read from the database, the log is gone through
as often as is convenient, each unit is looked at as a whole, and every sum is a whole number of any size (see exact.py). The
rules:

* A version of an experiment measures the events after its `from_position` and up to its `to_position`.
* An `exposure` with the experiment's id in its properties is of a unit: the user, the content, or the attribute of that name
  among the properties. The unit's own variant is computed (see bucketing.py). What the exposure says was shown is the own
  variant where it says nothing. Where that is another, or the unit has none, the exposure is a mismatch. One inside of a pause
  is an exposure outside of the run, and nothing else. So is one of a unit whose own variant was halted before.
* A unit that was shown two variants of the experiment is left out of both. Any other counts from the earliest exposure to its
  own variant on, which also says into which slice of each dimension it falls.
* What a unit did counts from `delay` after that exposure on, for as long as `window` says; a covariate takes what it did in
  the time before, wherever that stands in the log. Of a sum, mean or quantile, events whose property is no number of at
  most 1e90 in magnitude are left out and tallied as ignored values.
* A metric's cells hold the units of a variant, of all slices or one, by the day of their exposure, in UTC. Days whose windows
  have closed may be kept together. A quantile of events has them by group of units too. Of what is no quantile, the units
  whose exposure is early (before the `early_until` of the fold) stand in a slice -1 as well.
* Slices are numbered in the order of the exposures; where something was taken out of the log, as they are numbered already.
* Observations are events of the type `hookline.observation`. Those of one user, variant and metric are a cluster, any other
  is a cluster of its own; trials and successes are so many ones and zeros. A cluster's sum enters the sums over clusters as
  the double nearest to it plus the double nearest to the rest. One of an unknown variant, or of a metric that is counted
  from events, is tallied as an ignored observation.

Rows that say nothing (moments of nothing, a tally of 0) may be there or not. A metric that is still being built is left out.
"""

import argparse
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field

from cells import Days, UnitState, cell_of, decode_days, decode_state, group_of, merge, merged, value_of
from checks import Checks, say, table
from definitions import DAY
from exact import ClusteredMoments, decode_clustered_moments, decode_sum, scaled
from history import (
    EVENTS_PER_PART,
    EXPOSURE,
    OBSERVATION,
    Exposures,
    events_of_units,
    in_parts,
    part_of,
    read_events,
    read_known_slices,
    read_versions,
)
from server import Reader

# The slice of early units, and the forms of metrics that have one.
EARLY = -1
FORMS_WITH_EARLY_UNITS = ("moments", "binned")


@dataclass
class Folded:
    """What a version's rows say, without rows that say nothing."""

    # unit: UnitState
    units: dict = field(default_factory=dict)
    # (metric, variant, slice, group), the first three as numbers: Days; counted, {day: cell} with None for no day
    cells: dict = field(default_factory=dict)
    # number: (dimension, kind, value)
    slices: dict = field(default_factory=dict)
    # (name, subject): amount
    tallies: dict = field(default_factory=dict)
    # (user, metric, variant): (observations, total)
    observed: dict = field(default_factory=dict)
    # (metric, variant): ClusteredMoments
    moments: dict = field(default_factory=dict)


@dataclass
class CountedUnit:
    """A unit that takes part, as those see it who follow a count."""

    name: str
    variant: int
    exposed_at: int
    slices: list
    # Of each metric, None where the unit does not stand in it.
    contributions: list


# The count


class Count:
    """The count of one version."""

    def __init__(self, version, follow=None):
        self.version = version
        self.exposures = Exposures(version)
        self.folded = Folded()
        self.tallies = defaultdict(int)
        self.clusters = defaultdict(list)
        self.follow = follow

    def add(self, event):
        """Takes an exposure or an observation, in log order."""
        if event.type == EXPOSURE:
            self.exposures.add(event)
        elif self.version.measures(event.position):
            self.observe(event)

    def observe(self, event):
        properties = event.properties
        if properties.get("experiment_id") != self.version.experiment:
            return
        key = (properties["metric"], properties["variant"])
        folded = {metric.name for metric in self.version.plan.metrics}
        if key[1] not in self.version.definition["variants"] or key[0] in folded:
            self.tallies["ignored_observations", ""] += 1
            return
        moments = self.folded.moments.setdefault(key, ClusteredMoments())
        if "value" not in properties:
            trials, successes = int(properties["trials"]), int(properties["successes"])
            moments.add_singles(1.0, successes)
            moments.add_singles(0.0, trials - successes)
        elif event.user_id is None:
            moments.add_singles(float(properties["value"]), 1)
        else:
            self.clusters[event.user_id, *key].append(float(properties["value"]))

    def measure(self, name, events):
        """Counts a unit that has been exposed. `events` are all that may count, in the order in which they happened."""
        unit = self.exposures.units[name]
        if not unit.is_counted:
            return
        version, (exposed_at, slices) = self.version, unit.first
        may_count = {back: [event for event in events if version.may_count(event.position, back)] for back in (False, True)}
        values = {measure: measure.of(may_count[measure.looks_back], exposed_at) for measure in version.plan.measures}
        state = self.folded.units[name]
        state.values = [value_of(value) for value in values.values()]
        state.metrics = len(version.plan.metrics)
        self.tallies["units", version.definition["variants"][unit.own]] += 1
        counted = CountedUnit(name, unit.own, exposed_at, slices, [])
        for number, metric in enumerate(version.plan.metrics[: version.built_metrics]):
            self.tallies["counted_events", metric.name] += values[metric.value].counted
            self.tallies["ignored_values", metric.name] += sum(values[each].ignored for each in metric.measures)
            numbers = metric.contribution(values)
            counted.contributions.append(numbers)
            if numbers is not None:
                self.put(counted, number, metric, numbers)
        if self.follow is not None:
            self.follow.add(version, counted)

    def put(self, unit, number, metric, numbers):
        group = group_of(unit.name) if metric.form == "grouped" else 0
        day = None if metric.matures_after is None else unit.exposed_at // DAY
        cell = cell_of(metric.form, numbers)
        early_until = self.version.early_until
        is_early = early_until is not None and unit.exposed_at < early_until and metric.form in FORMS_WITH_EARLY_UNITS
        for part in [0, *unit.slices, *([EARLY] if is_early else [])]:
            days = self.folded.cells.setdefault((number, unit.variant, part, group), {})
            merge(days.setdefault(day, {}), cell)

    def note_units(self):
        """The state of each unit as far as exposures tell it."""
        for name, unit in self.exposures.units.items():
            exposure = None if unit.first is None else (unit.own, *unit.first)
            self.folded.units[name] = UnitState(sorted(unit.shown), exposure, 0, [])
            self.tallies["units_in_several_variants", ""] += len(unit.shown) > 1

    def finish(self):
        self.tallies["exposure_mismatches", ""] = self.exposures.mismatches
        self.tallies["exposures_outside_run", ""] = self.exposures.outside_run
        for (user, metric, variant), numbers in self.clusters.items():
            self.folded.moments[metric, variant].add_cluster(numbers)
            self.folded.observed[user, metric, variant] = (len(numbers), sum(map(scaled, numbers)))
        self.folded.slices = {number: key for key, number in self.exposures.slices.items()}
        self.folded.moments = {key: each for key, each in self.folded.moments.items() if each != ClusteredMoments()}
        self.folded.tallies = {key: amount for key, amount in self.tallies.items() if amount}
        if self.follow is not None:
            self.follow.finish(self.version, self.folded)
        return self.folded


def count(versions, read, parts=1, follow=None):
    """What versions must have come to. `read(types)` gives the events of some types in log order, as often as is asked.
    `follow` is told of each unit that takes part by `add(version, unit)`, and in the end of all by
    `finish(version, folded)`."""
    counts = [Count(version, follow) for version in versions]
    for event in read({EXPOSURE, OBSERVATION}):
        for each in counts:
            each.add(event)
    for each in counts:
        each.note_units()
    types = set().union(*(version.plan.types for version in versions))
    exposures = [each.exposures for each in counts]
    for part, log in enumerate(in_parts(versions, exposures, read(types) if types else [], parts)):
        histories = events_of_units(versions, exposures, log, part, parts)
        for each, history in zip(counts, histories):
            for name in each.exposures.units:
                if parts == 1 or part_of(name, parts) == part:
                    each.measure(name, history.get(name, []))
    return [each.finish() for each in counts]


# What the database holds


def read_folded(reader, version):
    folded = Folded()
    metrics = version.plan.metrics

    def rows(columns, name):
        return reader.rows(f"SELECT {columns} FROM hookline_experiment_{name} WHERE fold = ?", version.fold)

    for unit, state in rows("unit, state", "units"):
        folded.units[unit] = decode_state(bytes(state))
    for metric, *key, data in rows("metric, variant, slice, part, cells", "cells"):
        if metric < version.built_metrics:
            form, variables = metrics[metric].form, metrics[metric].variables
            folded.cells[metric, *key] = decode_days(bytes(data), form, variables)
    for number, *key in rows("slice, dimension, kind, value", "slices"):
        folded.slices[number] = tuple(key)
    unbuilt = {metric.name for metric in metrics[version.built_metrics :]}
    for name, subject, amount in rows("name, subject, amount", "tallies"):
        if amount and not (name in ("counted_events", "ignored_values") and subject in unbuilt):
            folded.tallies[name, subject] = amount
    for user, metric, variant, observations, total in rows("unit, metric, variant, observations, total", "observed"):
        folded.observed[user, metric, variant] = (observations, decode_sum(bytes(total)))
    for metric, variant, data in rows("metric, variant, moments", "moments"):
        moments = decode_clustered_moments(bytes(data))
        if moments != ClusteredMoments():
            folded.moments[metric, variant] = moments
    return folded


# The comparison


def are_equal_days(version, key, counted, folded):
    """Whether the days that are kept for themselves hold the units of these days, and the others are together. No day is
    together with others before it is over."""
    rest = dict(counted)
    for day, cell in folded.days.items():
        if rest.pop(day, None) != cell:
            return False
    matures_after = version.plan.metrics[key[0]].matures_after
    if matures_after is not None and any(day >= (version.clock - matures_after) // DAY for day in rest):
        return False
    return merged(rest.values()) == folded.settled


def are_equal_states(version, counted, folded):
    """A unit may not have come to a metric yet that is being built."""
    if version.built_metrics < len(version.plan.metrics):
        return (counted.shown, counted.exposure) == (folded.shown, folded.exposure)
    return counted == folded


def differences(version, counted, folded):
    """The first differences of each table, in words."""
    found = []
    for part in ("units", "cells", "slices", "tallies", "observed", "moments"):
        ours, theirs = getattr(counted, part), getattr(folded, part)
        different = []
        for key in ours.keys() | theirs.keys():
            mine, other = ours.get(key), theirs.get(key)
            if part == "cells":
                is_equal = are_equal_days(version, key, mine or {}, other or Days())
            elif part == "units" and mine is not None and other is not None:
                is_equal = are_equal_states(version, mine, other)
            else:
                is_equal = mine == other
            if not is_equal:
                different.append(key)
        for key in sorted(different, key=repr)[:3]:
            name = repr(key) if part != "cells" else f"{version.plan.metrics[key[0]].name} {key[1:]}"
            found.append(f"{part} {name}: counted {short(ours.get(key))}, folded {short(theirs.get(key))}")
        if len(different) > 3:
            found.append(f"{part}: {len(different) - 3} more")
    return found


def short(value):
    """In words, with the first digits of sums."""
    text = re.sub(r"\d{20,}", lambda digits: f"{digits[0][:12]}~{len(digits[0])}", repr(value))
    return text if len(text) <= 600 else f"{text[:600]}..."


@dataclass
class Result:
    version: object
    counted: Folded
    differences: list


def recount(reader, experiment=None, follow=None):
    """Counts every version up to the fold's position, and compares. Answers the position and a result a version."""
    with reader.snapshot():
        position = reader.value("SELECT position FROM hookline_projections WHERE name = 'experiments'") or 0
        versions = read_versions(reader, experiment)
        for version in versions:
            version.known_slices = read_known_slices(reader, version, position)
        parts = 1 + position // EVENTS_PER_PART
        counts = count(versions, lambda types: read_events(reader, position, types), parts, follow)
        results = [
            Result(version, counted, differences(version, counted, read_folded(reader, version)))
            for version, counted in zip(versions, counts)
        ]
    return position, results


def expect_equal(checks, reader, experiment=None, follow=None):
    """Recounts as a check of a script, and prints what was compared."""
    position, results = recount(reader, experiment, follow)
    table(
        ["experiment", "version", "units", "cells", "slices", "moments", "tallies", "different"],
        [
            [
                result.version.experiment,
                result.version.version,
                len(result.counted.units),
                len(result.counted.cells),
                len(result.counted.slices),
                len(result.counted.moments),
                sum(result.counted.tallies.values()),
                len(result.differences),
            ]
            for result in results
        ],
    )
    checks.expect(results, "there is something to recount")
    for result in results:
        name = f"{result.version.experiment} version {result.version.version}"
        checks.expect(not result.differences, f"{name}: folded = recount", "\n  ".join(["", *result.differences]))
    return position


def main():
    parser = argparse.ArgumentParser(description="Counts the experiments anew from the log, and compares.")
    parser.add_argument("--database", help="sqlite:PATH or postgres://...")
    parser.add_argument("--experiment", help="only this one")
    parser.add_argument("--self-test", action="store_true", help="only check the recount itself")
    options = parser.parse_args()
    if options.self_test:
        import recount_cases

        sys.exit(recount_cases.self_test())
    if not options.database:
        parser.error("--database is missing")
    checks = Checks("folded = recount")
    with Reader(options.database) as reader:
        position = expect_equal(checks, reader, options.experiment)
    say(f"counted up to the position {position}")
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
