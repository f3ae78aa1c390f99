"""The log as the recount reads it: what became of each exposure, and all events of each unit that may count.

The log is gone through once for exposures and observations, and once for all other events. Those are laid into a file for
each part of the units, so that only the events of one part are in memory.
"""

import contextlib
import functools
import json
import pickle
import tempfile
import zlib
from collections import defaultdict
from dataclasses import dataclass, field

from bucketing import variant_index
from definitions import plan

EXPOSURE = "exposure"
OBSERVATION = "hookline.observation"
MAXIMUM_UNIT_BYTES = 256
MAXIMUM_SLICES = 50
MAXIMUM_SLICE_BYTES = 256
EVENTS_PER_PART = 100_000


@dataclass
class Event:
    position: int
    type: str
    user_id: str | None
    content_id: str | None
    occurred_at: int
    properties: dict


@dataclass
class LoggedEvent:
    """An event whose properties are read where somebody asks for them."""

    position: int
    type: str
    user_id: str | None
    content_id: str | None
    occurred_at: int
    text: str | None

    def __reduce__(self):
        """Kept in a file without the properties that were read."""
        return LoggedEvent, (self.position, self.type, self.user_id, self.content_id, self.occurred_at, self.text)

    @functools.cached_property
    def properties(self):
        return read_properties(self.text)


def is_between(position, start, end):
    return position > start and (end is None or position <= end)


@dataclass
class Version:
    """What is measured where. Positions are after the first and up to the second bound; None is without an end."""

    experiment: str
    version: int
    definition: dict
    from_position: int
    to_position: int | None = None
    pauses: list = field(default_factory=list)
    # The definitions of metrics that were added later, and whether all units stand in them.
    added: list = field(default_factory=list)
    fold: int = 0
    # Up to which moment of receiving events are folded.
    clock: int = 0
    # Slices that were numbered when the log still held what it no longer does.
    known_slices: dict = field(default_factory=dict)
    # Until when units are early, and also kept apart; None where they are not.
    early_until: int | None = None
    # The position after which exposures to a variant bring nobody in.
    halts: dict = field(default_factory=dict)

    def __post_init__(self):
        written = [read_metric(each) for each in [*self.definition["metrics"], *(each for each, _ in self.added)]]
        self.plan = plan(written)

    @property
    def built_metrics(self):
        """How many of the metrics all units stand in."""
        return len(self.plan.metrics) - sum(not is_built for _, is_built in self.added)

    def measures(self, position):
        return is_between(position, self.from_position, self.to_position)

    def may_count(self, position, looks_back):
        """What a measure that looks back takes may lie before the version's start."""
        if looks_back:
            return self.to_position is None or position <= self.to_position
        return self.measures(position)

    def is_paused_at(self, position):
        return any(is_between(position, start, end) for start, end in self.pauses)

    def unit_of(self, event):
        unit = self.definition["unit"]
        match unit["kind"]:
            case "user":
                return event.user_id
            case "content":
                return event.content_id
            case "attribute":
                value = event.properties.get(unit["name"])
                return value if isinstance(value, str) and is_identifier(value) else None
        return None

    def index_of(self, unit):
        definition = self.definition
        return variant_index(definition["seed"], unit, definition["weights"], definition["coverage"])


def read_metric(written):
    """A metric is kept as JSON text; earlier versions kept an object."""
    if isinstance(written, str):
        return json.loads(written)
    metric = dict(written)
    window = metric.pop("windowMilliseconds", None)
    return metric if window is None else {**metric, "window_seconds": window / 1000}


def is_identifier(text):
    has_control = any(ord(character) < 0x20 or ord(character) == 0x7F for character in text)
    return 0 < len(text.encode()) <= MAXIMUM_UNIT_BYTES and not has_control


# Exposures


@dataclass
class Unit:
    """Who was shown what. `first` are the moment and the slices of the first exposure to the own variant."""

    own: int
    shown: set = field(default_factory=set)
    first: tuple | None = None

    @property
    def is_counted(self):
        return self.first is not None and len(self.shown) == 1


class Exposures:
    """The units of a version, from its exposures in log order."""

    def __init__(self, version):
        self.version = version
        self.units = {}
        # (dimension, kind, value): its number, from 1 on in the order in which they came.
        self.slices = dict(version.known_slices)
        self.mismatches = 0
        self.outside_run = 0

    def add(self, event):
        version = self.version
        if not version.measures(event.position) or event.properties.get("experiment_id") != version.experiment:
            return
        if version.is_paused_at(event.position):
            self.outside_run += 1
            return
        name = version.unit_of(event)
        own = None if name is None else version.index_of(name)
        if own is None:
            self.mismatches += 1
            return
        variants = version.definition["variants"]
        if event.position > version.halts.get(variants[own], event.position):
            self.outside_run += 1
            return
        claimed = event.properties.get("variant")
        if not isinstance(claimed, str):
            claimed = variants[own]
        if claimed != variants[own]:
            self.mismatches += 1
        if claimed not in variants:
            return
        unit = self.units.setdefault(name, Unit(own))
        unit.shown.add(variants.index(claimed))
        if claimed == variants[own] and (unit.first is None or event.occurred_at < unit.first[0]):
            dimensions = version.definition.get("dimensions", [])
            slices = [self.slice_of(number, event.properties.get(name)) for number, name in enumerate(dimensions)]
            unit.first = (event.occurred_at, slices)

    def slice_of(self, dimension, value):
        text = scalar_text(value)
        if text is None:
            return self.number((dimension, "missing", ""))
        if len(text.encode()) > MAXIMUM_SLICE_BYTES:
            return self.number((dimension, "other", ""))
        key = (dimension, "text", text)
        if key not in self.slices and sum(each[:2] == key[:2] for each in self.slices) >= MAXIMUM_SLICES:
            return self.number((dimension, "other", ""))
        return self.number(key)

    def number(self, key):
        return self.slices.setdefault(key, len(self.slices) + 1)


def scalar_text(value):
    """Texts as they are, numbers and booleans as text; None for everything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (int, float)):
        return None
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 2**63 else repr(number)


# Reading


def read_properties(text):
    """The members of a JSON object; of equal names the first counts."""
    if text is None:
        return {}

    def first_members(pairs):
        members = {}
        for name, value in pairs:
            members.setdefault(name, value)
        return members

    return json.loads(text, parse_int=read_whole, object_pairs_hook=first_members)


def read_whole(text):
    """A whole number of 64 bits is exact, a greater one the nearest double."""
    number = int(text)
    return number if -(2**63) <= number < 2**63 else float(text)


def read_events(reader, up_to, types):
    """The events of some types up to a position, in log order."""
    marks = ", ".join("?" for _ in types)
    rows = reader.each(
        "SELECT position, type, user_id, content_id, occurred_at, properties FROM hookline_events"
        f" WHERE position <= ? AND type IN ({marks}) ORDER BY position",
        up_to,
        *sorted(types),
    )
    for row in rows:
        yield LoggedEvent(*row)


def in_parts(versions, exposures, log, parts):
    """The log once for each part of the units, with the events that are of units of that part at least."""
    if parts == 1:
        yield log
        return
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(parts)]
        for event in log:
            units = {version.unit_of(event) for version in versions if event.type in version.plan.types}
            known = {unit for exposed in exposures for unit in units if unit in exposed.units}
            for part in {part_of(unit, parts) for unit in known}:
                pickle.dump(event, files[part])
        for file in files:
            file.seek(0)
            yield kept_events(file)


def kept_events(file):
    while True:
        try:
            yield pickle.load(file)
        except EOFError:
            return


def events_of_units(versions, exposures, log, part, parts):
    """For each version the events of the counted units of one part, in the order in which they happened."""
    histories = [defaultdict(list) for _ in versions]
    of_versions = list(zip(versions, exposures, histories))
    for event in log:
        for version, exposed, history in of_versions:
            if event.type not in version.plan.types:
                continue
            if not (version.plan.looks_back or version.measures(event.position)):
                continue
            unit = version.unit_of(event)
            if unit in exposed.units and part_of(unit, parts) == part:
                history[unit].append(event)
    for history in histories:
        for events in history.values():
            events.sort(key=lambda event: (event.occurred_at, event.position))
    return histories


def part_of(unit, parts):
    """Which part of the units one belongs to."""
    return zlib.crc32(unit.encode()) % parts


def read_known_slices(reader, version, up_to):
    """The slices as they are numbered, where something was taken out of the log: that may have been what numbered them."""
    if reader.value("SELECT count(*) FROM hookline_events WHERE position <= ?", up_to) == up_to:
        return {}
    rows = reader.rows("SELECT dimension, kind, value, slice FROM hookline_experiment_slices WHERE fold = ?", version.fold)
    return {tuple(key): number for *key, number in rows}


def read_versions(reader, experiment=None):
    """The versions that have begun."""
    versions = []
    for identifier, number, definition, start, end, fold, clock, early_until in reader.rows(
        "SELECT v.experiment_id, v.version, v.definition, v.from_position, v.to_position, f.fold, f.clock, f.early_until"
        " FROM hookline_experiment_versions v"
        " JOIN hookline_experiment_folds f ON f.experiment_id = v.experiment_id AND f.version = v.version"
        " WHERE v.from_position IS NOT NULL ORDER BY v.experiment_id, v.version"
    ):
        if experiment not in (None, identifier):
            continue
        pauses = reader.rows(
            "SELECT from_position, to_position FROM hookline_experiment_pauses WHERE experiment_id = ? AND version = ?",
            identifier,
            number,
        )
        added = reader.rows(
            "SELECT definition, is_built FROM hookline_experiment_added_metrics"
            " WHERE experiment_id = ? AND version = ? ORDER BY number",
            identifier,
            number,
        )
        halts = reader.rows(
            "SELECT variant, from_position FROM hookline_experiment_halts WHERE experiment_id = ? AND version = ?",
            identifier,
            number,
        )
        versions.append(
            Version(
                identifier,
                number,
                json.loads(definition),
                start,
                end,
                pauses,
                added,
                fold,
                clock,
                early_until=early_until,
                halts={variant: position for variant, position in halts},
            )
        )
    return versions
