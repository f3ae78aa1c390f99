"""Counts the experiments anew from the log alone, and compares with what the server has folded.

    recount.py --database sqlite:PATH|postgres://... [--experiment ID]
    recount.py --self-test

Nothing of the server's code takes part: the definitions and the events are read from the database, the log is gone through
as often as is convenient, and every sum is a whole number of any size (see exact.py). The rules:

* A version of an experiment measures the events after its `from_position` and up to its `to_position`.
* An `exposure` with the experiment's id in its properties enrols its unit: the user, the content, or the attribute of that
  name among the properties. The unit's variant is computed (see bucketing.py). An exposure of a unit without a variant, or
  that claims another one, is an exposure mismatch and nothing else. One inside of a pause is an exposure outside of the run.
* A unit counts as exposed at the earliest of its exposures.
* A metric's events are those of its type and of an enrolled unit, wherever they stand in the version's part of the log, that
  occurred at the exposure or later, and before the end of the metric's window. For a sum or a mean, an event whose property
  is no number of at most 1e90 in magnitude is left out, and tallied as an ignored value.
* The unit's number is 1 or 0 for a proportion, the number of events for a count, their exact sum rounded to a double for a
  sum, and that divided by their number for a mean. A unit without events has no mean; in the others it counts with 0.
* Observations are events of the type `hookline.observation`. Those of one user, variant and metric are a cluster, any other
  is a cluster of its own; trials and successes are so many ones and zeros. A cluster's sum enters the sums over clusters as
  the double nearest to it plus the double nearest to the rest. One of an unknown variant, or of a metric that is counted
  from events, is tallied as an ignored observation.

Rows that say nothing (an empty value, moments of nothing, a tally of 0) may be there or not.
"""

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field

from bucketing import variant_index
from checks import Checks, say, table
from exact import ClusteredMoments, Moments, decode_clustered_moments, decode_moments, decode_sum, rounded, scaled
from server import Reader

MAXIMUM_MAGNITUDE = 1e90
MAXIMUM_UNIT_BYTES = 256
OBSERVATION = "hookline.observation"


@dataclass
class Event:
    position: int
    type: str
    user_id: str | None
    content_id: str | None
    occurred_at: int
    properties: dict


@dataclass
class Version:
    """What is measured where. Positions are after the first and up to the second bound; None is without an end."""

    experiment: str
    version: int
    definition: dict
    from_position: int
    to_position: int | None = None
    pauses: list = field(default_factory=list)

    def measures(self, position):
        return is_between(position, self.from_position, self.to_position)

    def is_paused_at(self, position):
        return any(is_between(position, start, end) for start, end in self.pauses)


@dataclass
class Folded:
    """What a version's rows say, without rows that say nothing."""

    # unit: (variant, exposed_at)
    units: dict = field(default_factory=dict)
    # (unit, metric, variant): (events, ignored, total)
    values: dict = field(default_factory=dict)
    # (metric, variant): Moments or ClusteredMoments
    moments: dict = field(default_factory=dict)
    # (name, variant): amount
    tallies: dict = field(default_factory=dict)


def is_between(position, start, end):
    return position > start and (end is None or position <= end)


# The count


def count(version, events):
    """The state of a version after these events, which are in log order."""
    counted = Folded()
    tallies = defaultdict(int)
    measured = [event for event in events if version.measures(event.position)]
    enrol(version, measured, counted, tallies)
    count_metrics(version, measured, counted, tallies)
    count_observations(version, measured, counted, tallies)
    counted.tallies = dict(tallies)
    return counted


def enrol(version, events, counted, tallies):
    definition = version.definition
    for event in events:
        if event.type != "exposure" or event.properties.get("experiment_id") != version.experiment:
            continue
        if version.is_paused_at(event.position):
            tallies["exposures_outside_run", ""] += 1
            continue
        unit = unit_of(definition, event)
        index = None
        if unit is not None:
            index = variant_index(definition["seed"], unit, definition["weights"], definition["coverage"])
        variant = None if index is None else definition["variants"][index]
        claimed = event.properties.get("variant")
        if variant is None or (isinstance(claimed, str) and claimed != variant):
            tallies["exposure_mismatches", ""] += 1
            continue
        if unit not in counted.units:
            counted.units[unit] = (variant, event.occurred_at)
            tallies["units", variant] += 1
        elif event.occurred_at < counted.units[unit][1]:
            counted.units[unit] = (variant, event.occurred_at)


def unit_of(definition, event):
    kind = definition["unit"]["kind"]
    if kind == "user":
        return event.user_id
    if kind == "content":
        return event.content_id
    if kind == "attribute":
        value = event.properties.get(definition["unit"]["name"])
        return value if isinstance(value, str) and is_identifier(value) else None
    return None


def is_identifier(text):
    has_control = any(ord(character) < 0x20 or ord(character) == 0x7F for character in text)
    return 0 < len(text.encode()) <= MAXIMUM_UNIT_BYTES and not has_control


def count_metrics(version, events, counted, tallies):
    for metric in version.definition["metrics"]:
        if metric["kind"] == "observation":
            continue
        counts, ignored, totals = defaultdict(int), defaultdict(int), defaultdict(int)
        for event in events:
            if event.type != metric["event"]:
                continue
            unit = unit_of(version.definition, event)
            if unit not in counted.units or not is_in_window(metric, event.occurred_at, counted.units[unit][1]):
                continue
            if metric.get("property") is None:
                counts[unit] += 1
                continue
            number = event.properties.get(metric["property"])
            if isinstance(number, float) and abs(number) <= MAXIMUM_MAGNITUDE:
                counts[unit] += 1
                totals[unit] += scaled(number)
            else:
                ignored[unit] += 1
        for unit, (variant, _) in counted.units.items():
            number = number_of(metric["kind"], counts[unit], totals[unit])
            if number is not None:
                counted.moments.setdefault((metric["name"], variant), Moments()).add(number)
            if counts[unit] or ignored[unit]:
                counted.values[unit, metric["name"], variant] = (counts[unit], ignored[unit], totals[unit])
                if ignored[unit]:
                    tallies["ignored_values", ""] += ignored[unit]


def is_in_window(metric, moment, exposed_at):
    window = metric.get("windowMilliseconds")
    return moment >= exposed_at and (window is None or moment < exposed_at + window)


def number_of(kind, events, total):
    match kind:
        case "proportion":
            return 1.0 if events else 0.0
        case "count":
            return float(events)
        case "sum":
            return rounded(total)
        case "mean":
            return rounded(total) / float(events) if events else None


def count_observations(version, events, counted, tallies):
    variants = version.definition["variants"]
    folded = {metric["name"] for metric in version.definition["metrics"] if metric["kind"] != "observation"}
    clusters = defaultdict(list)
    for event in events:
        properties = event.properties
        if event.type != OBSERVATION or properties.get("experiment_id") != version.experiment:
            continue
        key = (properties["metric"], properties["variant"])
        if key[1] not in variants or key[0] in folded:
            tallies["ignored_observations", ""] += 1
            continue
        moments = counted.moments.setdefault(key, ClusteredMoments())
        if "value" not in properties:
            trials, successes = int(properties["trials"]), int(properties["successes"])
            moments.add_singles(1.0, successes)
            moments.add_singles(0.0, trials - successes)
        elif event.user_id is None:
            moments.add_singles(properties["value"], 1)
        else:
            clusters[event.user_id, *key].append(properties["value"])
    for (user, metric, variant), numbers in clusters.items():
        counted.moments[metric, variant].add_cluster(numbers)
        counted.values[user, metric, variant] = (len(numbers), 0, sum(map(scaled, numbers)))
    for key in [key for key, moments in counted.moments.items() if moments in (Moments(), ClusteredMoments())]:
        del counted.moments[key]


# What the database holds


def read_properties(text):
    """The members of a JSON object; numbers are doubles, and of equal names the first counts."""
    if text is None:
        return {}

    def first_members(pairs):
        members = {}
        for name, value in pairs:
            members.setdefault(name, value)
        return members

    return json.loads(text, parse_int=float, object_pairs_hook=first_members)


def read_events(reader, up_to):
    rows = reader.rows(
        "SELECT position, type, user_id, content_id, occurred_at, properties FROM hookline_events"
        " WHERE position <= ? ORDER BY position",
        up_to,
    )
    return [Event(*row[:-1], read_properties(row[-1])) for row in rows]


def read_versions(reader, experiment=None):
    versions = [
        Version(identifier, number, json.loads(definition), start, end)
        for identifier, number, definition, start, end in reader.rows(
            "SELECT experiment_id, version, definition, from_position, to_position FROM hookline_experiment_versions"
            " WHERE from_position IS NOT NULL ORDER BY experiment_id, version"
        )
        if experiment in (None, identifier)
    ]
    for version in versions:
        version.pauses = reader.rows(
            "SELECT from_position, to_position FROM hookline_experiment_pauses WHERE experiment_id = ? AND version = ?",
            version.experiment,
            version.version,
        )
    return versions


def read_folded(reader, version):
    key = (version.experiment, version.version)
    where = "WHERE experiment_id = ? AND version = ?"
    folded = Folded()
    for unit, variant, exposed_at in reader.rows(
        f"SELECT unit, variant, exposed_at FROM hookline_experiment_units {where}", *key
    ):
        folded.units[unit] = (variant, exposed_at)
    for unit, metric, variant, events, ignored, total in reader.rows(
        f"SELECT unit, metric, variant, events, ignored, total FROM hookline_experiment_values {where}", *key
    ):
        if events or ignored:
            folded.values[unit, metric, variant] = (events, ignored, decode_sum(total))
    from_events = {metric["name"] for metric in version.definition["metrics"] if metric["kind"] != "observation"}
    for metric, variant, data in reader.rows(
        f"SELECT metric, variant, moments FROM hookline_experiment_moments {where}", *key
    ):
        moments = (decode_moments if metric in from_events else decode_clustered_moments)(data)
        if moments not in (Moments(), ClusteredMoments()):
            folded.moments[metric, variant] = moments
    for name, variant, amount in reader.rows(
        f"SELECT name, variant, amount FROM hookline_experiment_tallies {where}", *key
    ):
        if amount:
            folded.tallies[name, variant] = amount
    return folded


def differences(counted, folded):
    """The first differences of each table, in words."""
    found = []
    for part in ("units", "values", "moments", "tallies"):
        ours, theirs = getattr(counted, part), getattr(folded, part)
        different = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
        for key in sorted(different, key=repr)[:3]:
            found.append(f"{part} {key!r}: counted {ours.get(key)!r}, folded {theirs.get(key)!r}")
        if len(different) > 3:
            found.append(f"{part}: {len(different) - 3} more")
    return found


@dataclass
class Result:
    version: Version
    counted: Folded
    differences: list


def recount(reader, experiment=None):
    """Counts every version up to the fold's position, and compares. Answers the position and a result a version."""
    with reader.snapshot():
        position = reader.value("SELECT position FROM hookline_projections WHERE name = 'experiments'") or 0
        events = read_events(reader, position)
        results = []
        for version in read_versions(reader, experiment):
            counted = count(version, events)
            results.append(Result(version, counted, differences(counted, read_folded(reader, version))))
    return position, results


def expect_equal(checks, reader, experiment=None):
    """Recounts as a check of a script, and prints what was compared."""
    position, results = recount(reader, experiment)
    table(
        ["experiment", "version", "units", "values", "moments", "tallies", "different"],
        [
            [
                result.version.experiment,
                result.version.version,
                len(result.counted.units),
                len(result.counted.values),
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


# The count checked on cases made by hand


def self_test():
    checks = Checks("the recount")
    test_exposures(checks)
    test_metrics(checks)
    test_observations(checks)
    test_decoding(checks)
    return checks.finish()


def made_version(**changes):
    definition = {
        "variants": ["a"],
        "weights": [1.0],
        "coverage": 1.0,
        "seed": "s",
        "unit": {"kind": "user"},
        "metrics": [],
    }
    return Version("x", 1, {**definition, **changes}, from_position=10)


def made_event(position, kind, user="u", at=0, **properties):
    if kind == "exposure":
        properties.setdefault("experiment_id", "x")
    return Event(position, kind, user, None, at, properties)


def test_exposures(checks):
    version = made_version()
    version.to_position = 20
    version.pauses = [(13, 15), (18, None)]
    events = [
        made_event(10, "exposure", "before"),
        made_event(11, "exposure", at=50),
        made_event(12, "exposure", at=40, variant="a"),
        made_event(13, "exposure", at=30, variant="b"),
        made_event(14, "exposure", "paused"),
        made_event(15, "exposure", at=1),
        made_event(16, "exposure", at=60),
        made_event(17, "exposure", "v", at=7, variant=3.0),
        made_event(18, "exposure", None),
        made_event(20, "exposure", "late"),
        made_event(21, "exposure", "after"),
    ]
    counted = count(version, events)
    checks.equal(counted.units, {"u": ("a", 40), "v": ("a", 7)}, "the earliest counted exposure of each unit")
    tallies = {("units", "a"): 2, ("exposure_mismatches", ""): 2, ("exposures_outside_run", ""): 3}
    checks.equal(counted.tallies, tallies, "tallies of exposures")
    halves = made_version(variants=["a", "b"], weights=[0.5, 0.5], coverage=0.5, seed="seed")
    events = [made_event(11, "exposure", "a"), made_event(12, "exposure", "b")]
    # The published spec: "a" with the seed "seed" lies at 0.0505, "b" at 0.2696, which is outside of 0..<0.25.
    counted = count(halves, events)
    checks.equal(counted.units, {"a": ("a", 0)}, "a unit outside of the coverage is a mismatch")
    by_device = made_version(unit={"kind": "attribute", "name": "device"})
    events = [made_event(11, "exposure", device="d"), made_event(12, "exposure", device=4.0), made_event(13, "exposure")]
    counted = count(by_device, events)
    checks.equal(counted.units, {"d": ("a", 0)}, "an attribute that is text is the unit")
    checks.equal(counted.tallies["exposure_mismatches", ""], 2, "no unit is a mismatch")


def test_metrics(checks):
    kinds = {"proportion": {}, "count": {"windowMilliseconds": 10}, "sum": {"property": "p"}, "mean": {"property": "p"}}
    metrics = [{"name": kind, "kind": kind, "event": "e", **more} for kind, more in kinds.items()]
    version = made_version(metrics=metrics)
    events = [
        made_event(11, "e", at=99, p=0.5),
        made_event(12, "e", at=100, p=0.1),
        made_event(13, "exposure", at=200),
        made_event(14, "e", at=109, p=0.2),
        made_event(15, "e", at=110, p="0.2"),
        made_event(16, "e", at=111),
        made_event(17, "e", at=112, p=1e91),
        made_event(18, "exposure", at=100),
        made_event(19, "e", "stranger", at=300, p=1.0),
        made_event(20, "exposure", "idle", at=100),
        made_event(21, "other", at=300, p=1.0),
    ]
    counted = count(version, events)
    total = scaled(0.1) + scaled(0.2)
    values = {
        ("u", "proportion", "a"): (5, 0, 0),
        ("u", "count", "a"): (2, 0, 0),
        ("u", "sum", "a"): (2, 3, total),
        ("u", "mean", "a"): (2, 3, total),
    }
    checks.equal(counted.values, values, "values of units")
    # The exact sum of the doubles 0.1 and 0.2 rounds to 0.30000000000000004.
    number = 0.30000000000000004
    moments = {"proportion": [1.0, 0.0], "count": [2.0, 0.0], "sum": [number, 0.0], "mean": [number / 2]}
    for kind, numbers in moments.items():
        expected = Moments()
        for each in numbers:
            expected.add(each)
        checks.equal(counted.moments[kind, "a"], expected, f"moments of a {kind}")
    checks.equal(counted.tallies["ignored_values", ""], 6, "values left out, of both metrics")


def test_observations(checks):
    version = made_version(metrics=[{"name": "folded", "kind": "count", "event": "e"}])

    def observation(position, user, metric="m", variant="a", **measured):
        return made_event(position, OBSERVATION, user, experiment_id="x", metric=metric, variant=variant, **measured)

    counted = count(
        version,
        [
            observation(11, None, value=4.0),
            observation(12, "u", value=1.0),
            observation(13, "u", value=2.0),
            observation(14, None, trials=5.0, successes=2.0),
            observation(15, None, metric="folded", value=1.0),
            observation(16, None, variant="z", value=1.0),
        ],
    )
    # Clusters: 4; 1 and 2; three 0 and two 1.
    one, square = scaled(1.0), scaled(1.0) ** 2
    expected = ClusteredMoments(7, Moments(8, 9 * one, 23 * square), 27 * square, 12 * one, 10)
    checks.equal(counted.moments, {("m", "a"): expected}, "clusters of observations")
    checks.equal(counted.values, {("u", "m", "a"): (2, 0, 3 * one)}, "the cluster of a user")
    checks.equal(counted.tallies, {("ignored_observations", ""): 2}, "observations left out")


def test_decoding(checks):
    checks.equal(decode_sum(b""), 0, "a sum of nothing")
    checks.equal(decode_sum(bytes([17, 3])), scaled(3.0), "a sum of 3")
    checks.equal(decode_sum(bytes([17, 0xFD])), scaled(-3.0), "a sum of -3")
    checks.equal(decode_sum(bytes([16]) + (5 << 61).to_bytes(9, "little")), scaled(0.625), "a sum of 0.625")
    checks.equal(decode_sum(bytes([0]) + (1 << 14).to_bytes(3, "little")), scaled(5e-324), "the smallest sum")
    moments = Moments(200, scaled(3.0), scaled(3.0) ** 2)
    data = bytes([1, 0xC8, 1, 2, 17, 3, 2, 34, 9])
    checks.equal(decode_moments(data), moments, "moments")
    clustered = bytes([2, 9, len(data), *data, 2, 34, 9, 2, 34, 7, 0x80, 2])
    expected = ClusteredMoments(9, moments, scaled(3.0) ** 2, scaled(7.0), 256)
    checks.equal(decode_clustered_moments(clustered), expected, "moments of clusters")


def main():
    parser = argparse.ArgumentParser(description="Counts the experiments anew from the log, and compares.")
    parser.add_argument("--database", help="sqlite:PATH or postgres://...")
    parser.add_argument("--experiment", help="only this one")
    parser.add_argument("--self-test", action="store_true", help="only check the recount itself")
    options = parser.parse_args()
    if options.self_test:
        sys.exit(self_test())
    if not options.database:
        parser.error("--database is missing")
    checks = Checks("folded = recount")
    with Reader(options.database) as reader:
        position = expect_equal(checks, reader, options.experiment)
    say(f"counted up to the position {position}")
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
