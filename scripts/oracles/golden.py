"""What the oracles share: exact seeded values, and tables of numbers as Swift source."""

import pathlib
import textwrap

MASK = (1 << 64) - 1
FOLDER = pathlib.Path(__file__).parents[2] / "Tests" / "StatisticsTests"


class SplitMix64:
    """The generator of the Swift tests (SeededGenerator.swift), bit for bit."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def unit(self):
        return (self.next() >> 11) * 2.0**-53

    def below(self, bound):
        return self.next() % bound


def wrapped(row):
    """A row of numbers as lines of at most 110 columns; Swift joins lines that end in a backslash."""
    lines = textwrap.wrap(" ".join(repr(v) for v in row), 100)
    return " \\\n".join("        " + line for line in lines)


def write(name, comment, tables):
    """Writes `<name>.swift`: one string per table, one row per line, numbers so that they read back exactly."""
    parts = [f"/// {comment}\nenum {name} {{"]
    for table, (doc, rows) in tables.items():
        lines = "\n".join(wrapped(row) for row in rows)
        parts.append(f'    /// {doc}\n    static let {table} = """\n{lines}\n        """\n')
    (FOLDER / f"{name}.swift").write_text("\n".join(parts).rstrip() + "\n}\n")
