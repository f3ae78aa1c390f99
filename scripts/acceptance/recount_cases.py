"""The recount checked on cases that are made by hand: see `recount.py --self-test`."""

import json

import quantiles
from cells import Days, bin_of, cell_of, decode_cell, decode_days, decode_state, merged, upper_edge
from checks import Checks
from conditions import matches
from definitions import DAY
from exact import ClusteredMoments, Moments, decode_clustered_moments, decode_moments, decode_sum, scaled
from history import OBSERVATION, Event, Version, is_between
from recount import Folded, are_equal_days, count, differences


def self_test():
    checks = Checks("the recount")
    test_conditions(checks)
    test_exposures(checks)
    test_slices(checks)
    test_kinds(checks)
    test_windows(checks)
    test_funnels(checks)
    test_observations(checks)
    test_decoding(checks)
    test_comparison(checks)
    test_quantiles(checks)
    return checks.finish()


def made_version(*metrics, **changes):
    definition = {
        "variants": ["a"],
        "weights": [1.0],
        "coverage": 1.0,
        "seed": "s",
        "unit": {"kind": "user"},
        "metrics": [json.dumps({"name": f"m{number}", **metric}) for number, metric in enumerate(metrics)],
        "dimensions": [],
    }
    return Version("x", 1, {**definition, **changes}, from_position=10)


def made_event(position, kind, user="u", at=0, **properties):
    if kind == "exposure":
        properties.setdefault("experiment_id", "x")
    return Event(position, kind, user, None, at, properties)


def counted(version, events, parts=1):
    return count([version], lambda types: [event for event in events if event.type in types], parts)[0]


def contributions(events, *metrics):
    """What each unit brings into each metric."""
    found = {}

    class Follow:
        def add(self, version, unit):
            found[unit.name] = unit.contributions

        def finish(self, version, folded):
            pass

    version = made_version(*metrics)
    count([version], lambda types: [event for event in events if event.type in types], follow=Follow())
    return found


def test_conditions(checks):
    properties = {"n": 1.0, "t": "text", "flag": True, "list": ["a", {"x": 2}], "deep": {"er.": None}}
    cases = [
        ({"n": 1}, True), ({"n": True}, False), ({"flag": True}, True), ({"flag": 1}, False), ({"t": "text"}, True),
        ({"list": "a"}, True), ({"list.1.x": 2}, True), ({"list.01.x": 2}, False), ({"list": {"$eq": ["a"]}}, False),
        ({"deep.er\\.": None}, True), ({"deep": {"er\\.": {"$exists": True}}}, True), ({"gone": {"$exists": True}}, False),
        ({"gone": {"$exists": False}}, True), ({"gone": None}, False), ({"gone": {"$ne": 1}}, True), ({"n": {"$ne": 1}}, False),
        ({"n": {"$in": [2, 1]}}, True), ({"n": {"$gte": 1, "$lt": 1.5}}, True), ({"n": {"$gt": 1}}, False),
        ({"t": {"$gt": 1}}, False), ({"t": {"$lte": "text"}}, True), ({"flag": {"$gte": 0}}, False),
        ({"t": {"$starts_with": "te"}}, True), ({"$or": [{"n": 2}, {"t": "text"}]}, True), ({"$not": {"n": 1}}, False),
        ({"n": {"$or": [{"$lt": 1}, {"$gt": 9}]}}, False), ({"$and": [{"n": 1}, {"flag": False}]}, False),
    ]  # fmt: skip
    for condition, expected in cases:
        checks.equal(matches(condition, properties), expected, f"where {json.dumps(condition)}")


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
    found = counted(version, events)
    exposures = {name: state.exposure for name, state in found.units.items()}
    checks.equal(exposures, {"u": (0, 40, []), "v": (0, 7, [])}, "the earliest counted exposure of each unit")
    tallies = {("units", "a"): 2, ("exposure_mismatches", ""): 2, ("exposures_outside_run", ""): 3}
    checks.equal(found.tallies, tallies, "tallies of exposures")
    halves = made_version(variants=["a", "b"], weights=[0.5, 0.5], coverage=0.5, seed="seed")
    # The published spec: "a" with the seed "seed" lies at 0.0505, "b" at 0.2696, which is outside of 0..<0.25.
    events = [made_event(11, "exposure", "a"), made_event(12, "exposure", "b")]
    checks.equal(list(counted(halves, events).units), ["a"], "a unit outside of the coverage is a mismatch")
    found = counted(halves, [*events, made_event(13, "exposure", "a", variant="b")])
    checks.equal(found.units["a"].shown, [0, 1], "what a unit was shown")
    checks.equal(found.tallies, {("units_in_several_variants", ""): 1, ("exposure_mismatches", ""): 2}, "a unit in both")
    found = counted(halves, [made_event(13, "exposure", "a", variant="b")])
    checks.equal((found.units["a"].shown, found.units["a"].exposure), ([1], None), "a unit shown another variant only")
    by_device = made_version(unit={"kind": "attribute", "name": "device"})
    events = [made_event(11, "exposure", device="d"), made_event(12, "exposure", device=4.0), made_event(13, "exposure")]
    found = counted(by_device, events)
    checks.equal(list(found.units), ["d"], "an attribute that is text is the unit")
    checks.equal(found.tallies["exposure_mismatches", ""], 2, "no unit is a mismatch")
    checks.expect(is_between(5, 4, None) and not is_between(4, 4, 9) and is_between(9, 4, 9), "bounds of positions")


def test_slices(checks):
    version = made_version({"kind": "count", "event": "e"}, dimensions=["d", "f"])
    events = [
        made_event(11, "exposure", "u", at=5, d="x", f=2.0),
        made_event(12, "exposure", "v", at=5, d=None, f=True),
        made_event(13, "exposure", "u", at=9, d="late"),
        made_event(14, "exposure", "w", at=5, d="z" * 300, f=2),
        made_event(15, "exposure", "u", at=1, d="y", f=[1]),
    ]
    expected = [
        (0, "text", "x"), (1, "text", "2"), (0, "missing", ""), (1, "text", "true"), (0, "other", ""), (0, "text", "y"),
        (1, "missing", ""),
    ]  # fmt: skip
    found = counted(version, events)
    checks.equal(list(found.slices.values()), expected, "slices in the order of exposures")
    checks.equal(found.units["u"].exposure, (0, 1, [6, 7]), "slices of the earliest exposure")
    checks.equal(sorted(key[2] for key in found.cells), [0, 2, 3, 4, 5, 6, 7], "cells of slices")
    events = [made_event(20 + number, "exposure", f"u{number}", d=f"d{number}") for number in range(60)]
    kinds = [kind for dimension, kind, _ in counted(version, events).slices.values() if dimension == 0]
    checks.equal(kinds, ["text"] * 50 + ["other"], "the 51st value is another")


def test_kinds(checks):
    part = {"event": "e", "property": "p"}
    metrics = [
        {"kind": "proportion", "event": "e", "covariate": {"days": 1}},
        {"kind": "count", "event": "e", "cap": 2},
        {"kind": "sum", **part, "covariate": {"days": 1}},
        {"kind": "mean", **part},
        {"kind": "ratio", "numerator": {**part, "cap": 0.25}, "denominator": {"event": "e"}},
        {"kind": "quantile", **part, "of": "events", "quantile": 0.5},
        {"kind": "quantile", **part, "of": "units", "quantile": 0.5, "ignore_zeros": True},
        {"kind": "count", "event": "e", "where": {"p": {"$lt": 0.15}}, "covariate": {"event": "f", "property": "p", "cap": 3}},
    ]
    events = [
        # Before the version's start, and before the exposure: only a covariate takes it.
        made_event(1, "e", at=DAY + 50, p=8.0),
        made_event(2, "f", at=DAY, p=4.0),
        # A day before the exposure, which is the first moment of the look-back.
        made_event(3, "e", at=100, p=1.0),
        made_event(4, "e", at=99, p=16.0),
        # Before the version's start, and after the exposure: nothing takes it.
        made_event(5, "e", at=DAY + 200, p=32.0),
        made_event(11, "e", at=DAY + 100, p=0.1),
        made_event(12, "exposure", at=DAY + 200),
        made_event(13, "e", at=DAY + 109, p=0.2),
        made_event(14, "e", at=DAY + 111, p="0.2"),
        made_event(15, "e", at=DAY + 112, p=1e91),
        made_event(16, "exposure", at=DAY + 100),
        made_event(17, "e", "stranger", at=DAY + 300, p=1.0),
        made_event(18, "exposure", "idle", at=DAY + 100),
        made_event(19, "other", at=DAY + 300, p=1.0),
    ]
    found = contributions(events, *metrics)
    # The exact sum of the doubles 0.1 and 0.2 rounds to 0.30000000000000004.
    total = 0.30000000000000004
    expected = [(1.0, 1.0), (2.0,), (total, 9.0), (total / 2,), (0.25, 4.0), (0.1, 0.2), (total,), (1.0, 3.0)]
    for metric, got, numbers in zip(metrics, found["u"], expected):
        checks.equal(got, numbers, f"what a unit brings into a {metric['kind']}")
    expected = [(0.0, 0.0), (0.0,), (0.0, 0.0), None, (0.0, 0.0), None, None, (0.0, 0.0)]
    checks.equal(found["idle"], expected, "what a unit without events brings in")
    folded = counted(made_version(*metrics), events)
    checks.equal(folded.tallies["counted_events", "m0"], 4, "events that were counted")
    checks.equal(folded.tallies["ignored_values", "m2"], 2, "values that were left out")
    y = [scaled(total), 0]
    moments = [2, y[0], scaled(9.0), y[0] ** 2, scaled(9.0) * y[0], scaled(9.0) ** 2]
    checks.equal(folded.cells[2, 0, 0, 0], {None: {None: moments}}, "moments of two units")
    for parts in (2, 5):
        checks.equal(counted(made_version(*metrics), events, parts), folded, f"the same in {parts} parts")


def test_windows(checks):
    exposed = made_event(11, "exposure", at=1000)
    moments = [999, 1000, 1001, 5999, 6000, 10_999, 11_000, 1000 + DAY - 1, 1000 + DAY, 1000 + 2 * DAY - 1, 1000 + 2 * DAY]
    events = [exposed, *(made_event(12 + number, "e", at=at) for number, at in enumerate(moments))]
    cases = [
        ({"kind": "count"}, 10), ({"kind": "count", "window_seconds": 5}, 3),
        ({"kind": "count", "delay_seconds": 5, "window_seconds": 5}, 2), ({"kind": "count", "delay_seconds": 10}, 5),
        ({"kind": "retention", "from_day": 1, "until_day": 2}, 1), ({"kind": "retention", "from_day": 3, "until_day": 4}, 0),
    ]  # fmt: skip
    for metric, expected in cases:
        checks.equal(contributions(events, {"event": "e", **metric})["u"], [(float(expected),)], f"windows of {metric}")
    folded = counted(made_version({"kind": "count", "event": "e", "window_seconds": 5}), events)
    checks.equal(list(folded.cells[0, 0, 0, 0]), [0], "a metric with a window has days")


def test_funnels(checks):
    steps = [{"event": "a"}, {"event": "b", "where": {"n": 1}}, {"event": "a"}]
    funnels = [{"kind": "funnel", "steps": steps}, {"kind": "funnel", "steps": steps, "base": "previous_step"}]

    def through(*kinds):
        events = [made_event(20 - number, kind, at=number, n=1) for number, kind in enumerate(kinds)]
        return contributions([made_event(30, "exposure", at=0), *events], *funnels)["u"]

    checks.equal(through("a", "b", "a"), [(1.0,), (1.0, 1.0)], "all steps, logged backwards")
    checks.equal(through("b", "a", "b"), [(0.0,), (0.0, 1.0)], "all steps but the last")
    checks.equal(through("a", "a"), [(0.0,), (0.0, 0.0)], "one event is one step")
    same = [made_event(11, "exposure"), made_event(12, "a"), made_event(13, "b", n=1), made_event(14, "a")]
    checks.equal(contributions(same, *funnels)["u"][0], (1.0,), "at the same moment in log order")


def test_observations(checks):
    version = made_version({"name": "folded", "kind": "count", "event": "e"})

    def observation(position, user, metric="m", variant="a", **measured):
        return made_event(position, OBSERVATION, user, experiment_id="x", metric=metric, variant=variant, **measured)

    found = counted(
        version,
        [
            observation(11, None, value=4.0),
            observation(12, "u", value=1),
            observation(13, "u", value=2.0),
            observation(14, None, trials=5, successes=2),
            observation(15, None, metric="folded", value=1.0),
            observation(16, None, variant="z", value=1.0),
        ],
    )
    # Clusters: 4; 1 and 2; three 0 and two 1.
    one, square = scaled(1.0), scaled(1.0) ** 2
    expected = ClusteredMoments(7, Moments(8, 9 * one, 23 * square), 27 * square, 12 * one, 10)
    checks.equal(found.moments, {("m", "a"): expected}, "clusters of observations")
    checks.equal(found.observed, {("u", "m", "a"): (2, 3 * one)}, "the cluster of a user")
    checks.equal(found.tallies, {("ignored_observations", ""): 2}, "observations left out")


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
    for number, index in [(0.0, 0), (2.0**-41, 0), (2.0**-40, 1), (-(2.0**-40), -1), (1.0, 40 * 128 + 1), (1e100, 47_635)]:
        checks.equal(bin_of(number), index, f"the bin of {number}")
    edges = [upper_edge(index) for index in (0, 1, -1, 40 * 128 + 1)]
    checks.equal(edges, [2.0**-40, 2.0**-40 * (1 + 1 / 128), -(2.0**-40), 1 + 1 / 128], "the ends of bins")
    joint = bytes([3, 2, 1, 2, 17, 2, 2, 17, 3, 2, 34, 4, 2, 34, 6, 2, 34, 9])
    cell = cell_of("moments", (2.0, 3.0))
    checks.equal(decode_cell(joint, "moments", "yx"), cell, "moments of a unit with a covariate")
    days = decode_days(bytes([1, 0, 2, 3, len(joint), *joint, 0x81, 1, len(joint), *joint]), "moments", "yx")
    checks.equal(days, Days({}, {3: cell, 129: cell}), "days")
    checks.equal(days.total(), merged([cell, cell]), "all days together")
    # 47,635 bins lie below that of 0.
    counts = bytes([4, 2, 0x93, 0xF4, 2, 6, 0, 0])
    checks.equal(decode_cell(counts, "counts", "y"), {0: [7], 1: [1]}, "counts in bins")
    binned = bytes([5, 0, 1, 0x93, 0xF4, 2, 5, 3, 0, 1, 0, 0])
    checks.equal(decode_cell(binned, "binned", "y"), cell_of("binned", (0.0,)), "moments in bins")
    state = decode_state(bytes([1, 1, 2, 1, 2, 0x90, 78, 1, 4, 3, 2, 0, 5, 3, 1, 8]))
    got = (state.shown, state.exposure, state.metrics, state.values)
    checks.equal(got, ([2], (2, 10_000, [4]), 3, [("events", 5), ("steps", 1, 7)]), "the state of a unit")


def test_comparison(checks):
    """What must not pass for equal."""
    version = made_version({"kind": "count", "event": "e", "window_seconds": 86_400})
    version.clock = 5 * DAY
    one, two = cell_of("moments", (1.0,)), cell_of("moments", (2.0,))
    ours = {1: one, 2: one, 4: two}
    key = (0, 0, 0, 0)
    cases = [
        (Days({}, {1: one, 2: one, 4: two}), True), (Days(merged([one, one]), {4: two}), True),
        (Days(merged([one, one]), {4: one}), False), (Days(one, {4: two}), False), (Days(merged([one, one, two])), False),
        (Days(merged([one, two]), {2: one}), False), (Days({}, {1: one, 2: one, 3: two}), False), (Days(), False),
    ]  # fmt: skip
    for number, (folded, expected) in enumerate(cases):
        checks.equal(are_equal_days(version, key, ours, folded), expected, f"days, case {number}")
    counted_one = Folded(cells={key: ours}, tallies={("units", "a"): 3})
    found = differences(version, counted_one, Folded(tallies={("units", "a"): 2}))
    checks.equal([each.split(":")[0] for each in found], ["cells m0 (0, 0, 0)", "tallies ('units', 'a')"], "differences")


def test_quantiles(checks):
    """Of numbers in bins of the width 1/128, 1/64 and 1/32: 1, 2 and 4 with what lies above each."""
    numbers = [1.0, 2.0, 2.01, 4.0]
    places = [(0.125, 1 + 1 / 256), (0.25, 1 + 1 / 128), (0.5, 2 + 1 / 128), (0.75, 2 + 1 / 64), (1.0, 4 + 1 / 32)]
    for p, expected in places:
        checks.equal(quantiles.value_at(quantiles.place_of(quantiles.counted(numbers), p)), expected, f"the quantile of {p}")
    for number, expected in [(-3.0, -3 - 1 / 128), (1e-13, 0.0)]:
        checks.equal(quantiles.of_independent(0.5, [number]).estimate, expected, f"the middle of the bin of {number}")
    for numbers in ([], [5.0], [5.0] * 9, [1.0, 9.0]):
        found = quantiles.of_independent(0.5, numbers)
        checks.equal((found.parts, found.standard_error), (len(numbers), None), f"chance among {numbers}")
    # Of 64 values, each in a bin of its own, the share up to the middle has the standard error 1/16.
    numbers = [1 + number / 128 for number in range(64)]
    found, error = quantiles.of_independent(0.5, numbers), 64 / 16 / 128
    checks.expect(abs(found.standard_error - error) < 1e-12, "chance among 64 values", found)
    # Two values of each group, and all groups alike but for one.
    groups = [[1.0, 2.0]] * 3 + [[1.0, 1.0]]
    counts = quantiles.counted(sum(groups, []))
    checks.equal(counts.total(), 8, "values of groups")
    place = quantiles.place_of(counts, 0.5)
    checks.equal([quantiles.below(quantiles.counted(each), place) for each in groups[2:]], [0.8, 1.6], "values up to it")
    # The shares lie 0.2 and 0.6 values from the half: s^2 = 4/3 * (3 * 0.04 + 0.36) / 8^2.
    found, reach = quantiles.of_groups(0.5, groups), quantiles.critical_value(3) * 0.1
    low, high = (quantiles.value_at(quantiles.place_of(counts, p)) for p in (0.5 - reach, 0.5 + reach))
    checks.equal((found.parts, found.estimate), (4, 1 + 0.8 / 128), "the quantile of groups")
    checks.expect(abs(found.standard_error * 2 * reach / 0.1 - (high - low)) < 1e-12, "chance among groups", found)
