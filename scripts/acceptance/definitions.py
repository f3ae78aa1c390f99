"""What the kept definition of an experiment asks to be measured.

A metric is a few measures of each unit, and a rule that makes one number of them, or a number with a denominator and a
covariate. A measure takes the events of one selection (a funnel those of several) that happened from `start` on and before
`end`, in milliseconds after the unit's first exposure; one with a negative start looks back.
"""

import functools
import json
import math
from dataclasses import dataclass

from conditions import is_number, matches
from exact import rounded, scaled

DAY = 86_400_000
MAXIMUM_MAGNITUDE = 1e90


@functools.cache
def read_once(text):
    return json.loads(text)


@dataclass(frozen=True)
class Selection:
    event: str
    # JSON text, None without a filter.
    where: str | None = None

    def takes(self, event):
        if event.type != self.event:
            return False
        return self.where is None or matches(read_once(self.where), event.properties)


@dataclass(frozen=True)
class Measure:
    selections: tuple
    # events, sum, values or steps
    amount: str
    property: str | None
    start: int
    end: int | None

    @property
    def looks_back(self):
        return self.start < 0

    def covers(self, moment, exposed_at):
        age = moment - exposed_at
        return age >= self.start and (self.end is None or age < self.end)

    def of(self, events, exposed_at):
        """What it comes to. `events` stand in the order in which they happened, and are those that may count."""
        value = Value(self.amount)
        for event in events:
            if not self.covers(event.occurred_at, exposed_at):
                continue
            if any(selection.takes(event) for selection in self.selections):
                value.add(event, self)
        return value


@dataclass
class Value:
    """What a measure of one unit comes to."""

    amount: str
    # The events, those with a number, or the steps gone through.
    counted: int = 0
    ignored: int = 0
    # In units of 2^-1074.
    total: int = 0
    numbers: tuple = ()
    last: int | None = None

    def add(self, event, measure):
        if self.amount == "steps":
            if self.counted == len(measure.selections):
                return
            self.last = event.occurred_at
            if measure.selections[self.counted].takes(event):
                self.counted += 1
            if self.counted == len(measure.selections):
                self.last = None
            return
        if self.amount == "events":
            self.counted += 1
            return
        number = event.properties.get(measure.property)
        if not is_number(number) or abs(number) > MAXIMUM_MAGNITUDE:
            self.ignored += 1
            return
        self.counted += 1
        if self.amount == "sum":
            self.total += scaled(float(number))
        else:
            self.numbers += (float(number),)

    @property
    def number(self):
        return rounded(self.total) if self.amount == "sum" else float(self.counted)


@dataclass
class Metric:
    """As it stands in a definition: `json` is what was written, with what was set."""

    json: dict
    value: Measure
    denominator: Measure | None
    covariate: Measure | None
    # How long after its exposure nothing more can count for a unit; None without an end.
    matures_after: int | None

    @property
    def name(self):
        return self.json["name"]

    @property
    def kind(self):
        return self.json["kind"]

    @property
    def measures(self):
        """In the order in which they are numbered."""
        return [measure for measure in (self.denominator, self.value, self.covariate) if measure is not None]

    @property
    def form(self):
        """moments, bins of moments, counts in bins, or those of units in groups."""
        if self.kind == "quantile":
            return "counts" if self.json["of"] == "units" else "grouped"
        return "binned" if isinstance(self.json.get("cap"), dict) else "moments"

    @property
    def is_of_previous_step(self):
        return self.kind == "funnel" and self.json.get("base") == "previous_step"

    @property
    def variables(self):
        """y, and which of d and x there are."""
        has_denominator = self.denominator is not None or self.is_of_previous_step
        return "y" + "d" * has_denominator + "x" * (self.covariate is not None)

    def contribution(self, values):
        """What a unit brings in, as a tuple: y and whatever else there is of d and x, or the numbers of a quantile. None
        where it brings in nothing."""
        value = values[self.value]
        if self.kind == "quantile":
            if self.json["of"] != "units":
                return value.numbers or None
            number = value.number
            return None if self.json["ignore_zeros"] and number == 0 else (number,)
        numbers = self.value_and_denominator(value, values)
        if numbers is not None and self.covariate is not None:
            numbers += (self.covariate_number(values[self.covariate]),)
        return numbers

    def value_and_denominator(self, value, values):
        match self.kind:
            case "proportion" | "retention":
                return (1.0 if value.counted else 0.0,)
            case "count" | "sum":
                return (self.capped(value.number),)
            case "mean":
                return (self.capped(value.number / value.counted),) if value.counted else None
            case "ratio":
                below = values[self.denominator].number
                return (
                    capped(value.number, self.json["numerator"].get("cap")),
                    capped(below, self.json["denominator"].get("cap")),
                )
        steps = len(self.json["steps"])
        through = 1.0 if value.counted == steps else 0.0
        return (through, 1.0 if value.counted >= steps - 1 else 0.0) if self.is_of_previous_step else (through,)

    def covariate_number(self, value):
        covariate = self.json["covariate"]
        if self.kind in ("proportion", "retention") and "event" not in covariate:
            return 1.0 if value.counted else 0.0
        return capped(value.number, covariate.get("cap"))

    def capped(self, number):
        cap = self.json.get("cap")
        return number if isinstance(cap, dict) else capped(number, cap)


def capped(number, cap):
    return number if cap is None else min(number, float(cap))


def milliseconds(amount, unit):
    """Rounded to the nearest, half away from 0."""
    return math.floor(amount * unit + 0.5)


def selection(part):
    where = part.get("where")
    return Selection(part["event"], None if where is None else json.dumps(where))


def total_measure(part, start, end):
    amount = "events" if part.get("property") is None else "sum"
    return Measure((selection(part),), amount, part.get("property"), start, end)


def metric(definition):
    """Reads a metric; None for one that is observed."""
    if definition["kind"] == "observation":
        return None
    start = milliseconds(definition.get("delay_seconds", 0), 1000)
    window = definition.get("window_seconds")
    end = None if window is None else start + milliseconds(window, 1000)
    denominator = None
    match definition["kind"]:
        case "ratio":
            value = total_measure(definition["numerator"], start, end)
            denominator = total_measure(definition["denominator"], start, end)
        case "quantile" if definition["of"] != "units":
            value = Measure((selection(definition),), "values", definition["property"], start, end)
        case "retention":
            start, end = definition["from_day"] * DAY, definition["until_day"] * DAY
            value = Measure((selection(definition),), "events", None, start, end)
        case "funnel":
            value = Measure(tuple(map(selection, definition["steps"])), "steps", None, start, end)
        case _:
            value = total_measure(definition, start, end)
    covariate = definition.get("covariate")
    if covariate is not None:
        start = -milliseconds(covariate.get("days", 14), DAY)
        if "event" in covariate:
            covariate = total_measure(covariate, start, 0)
        else:
            covariate = Measure(value.selections[:1], value.amount, value.property, start, 0)
    return Metric(definition, value, denominator, covariate, end)


@dataclass
class Plan:
    """All that is measured of a version's units, in the order of definition."""

    metrics: list
    measures: list

    @functools.cached_property
    def types(self):
        return {each.event for measure in self.measures for each in measure.selections}

    @functools.cached_property
    def looks_back(self):
        return any(measure.looks_back for measure in self.measures)


def plan(definitions):
    metrics = [found for found in map(metric, definitions) if found is not None]
    # Metrics that need the same share it.
    measures = list(dict.fromkeys(measure for each in metrics for measure in each.measures))
    return Plan(metrics, measures)
