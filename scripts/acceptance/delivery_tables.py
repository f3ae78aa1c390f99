"""Reads the tables of docs/webhooks/delivery.md, so that they can be checked against a running server."""

import re
from dataclasses import dataclass

from checks import fail_early
from server import ROOT

PAGE = ROOT / "docs/webhooks/delivery.md"
DONE, DISABLED, RETRIED = "done", "disabled", "retried"
# By the text of the column, up to a semicolon.
FATES = {
    "is done": DONE,
    "has failed, and the subscription is disabled": DISABLED,
    "is tried again": RETRIED,
}


@dataclass(frozen=True)
class Row:
    """What a receiver does, and what comes of it."""

    name: str
    # The statuses that the row is about, empty for what is no answer.
    statuses: range
    outcome: str
    fate: str


@dataclass(frozen=True)
class WaitRow:
    delay: float
    retry_after: str
    low: float
    high: float


@dataclass(frozen=True)
class Schedule:
    name: str
    delays: list
    attempts: int


@dataclass(frozen=True)
class Tables:
    rows: list
    waits: list
    schedules: list

    def row(self, name):
        """By its text, or the narrowest that has a status; None where there is none."""
        if name.isdigit():
            fitting = [row for row in self.rows if int(name) in row.statuses]
            return min(fitting, key=lambda row: len(row.statuses), default=None)
        return next((row for row in self.rows if row.name == name), None)


def read_tables():
    lines = PAGE.read_text().splitlines()
    rows = [read_row(*cells) for cells in cells_below(lines, "What the receiver does")]
    waits = [read_wait(*cells) for cells in cells_below(lines, "Delay")]
    schedules = [
        Schedule(name.strip("`"), [float(delay) for delay in delays.split(",") if delay.strip()], int(attempts))
        for name, delays, attempts in cells_below(lines, "`retry`")
    ]
    return Tables(rows, waits, schedules)


def cells_below(lines, first):
    """The rows of the table whose first heading is this."""
    start = next((number for number, line in enumerate(lines) if line.startswith(f"| {first} |")), None)
    if start is None:
        fail_early(f"{PAGE} has no table that begins with {first!r}")
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return found


def read_row(name, outcome, fate):
    numbers = [int(number) for number in re.findall(r"`(\d{3})`", name)]
    statuses = range(numbers[0], numbers[-1] + 1) if numbers else range(0)
    return Row(name, statuses, outcome.strip("`"), FATES[fate.split(";")[0]])


def read_wait(delay, retry_after, wait):
    low, high = re.fullmatch(r"([\d.]+) to ([\d.]+) s", wait).groups()
    return WaitRow(float(delay.removesuffix(" s")), retry_after.strip("`"), float(low), float(high))
