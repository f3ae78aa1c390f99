"""Collects the findings of one acceptance script and prints them."""

import sys
import time


class Checks:
    """Counts what held and what did not. A script ends with `sys.exit(checks.finish())`."""

    def __init__(self, title):
        self.title = title
        self.passed = 0
        self.failures = []
        self.started = time.monotonic()
        say(f"== {title}")

    def expect(self, holds, what, detail=""):
        """Notes one finding; `detail` says what was seen, and is printed only where it does not hold."""
        if holds:
            self.passed += 1
        else:
            self.failures.append(what)
            say(f"FAILED  {what}" + (f": {detail}" if detail != "" else ""))
        return bool(holds)

    def equal(self, got, expected, what):
        return self.expect(got == expected, what, f"got {got!r}, expected {expected!r}")

    def finish(self):
        """Prints the summary, and answers the exit status: 0 where everything held and anything was checked."""
        seconds = time.monotonic() - self.started
        say(f"{self.title}: {self.passed} passed, {len(self.failures)} failed ({seconds:.1f} s)")
        return 0 if self.passed and not self.failures else 1


def say(text=""):
    print(text, flush=True)


def table(headings, rows):
    """Prints rows under headings, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [headings, *cells]) for column in range(len(headings))]
    say("  ".join(heading.ljust(width) for heading, width in zip(headings, widths)).rstrip())
    for row, texts in zip(rows, cells):
        say(
            "  ".join(
                text.rjust(width) if isinstance(cell, (int, float)) else text.ljust(width)
                for cell, text, width in zip(row, texts, widths)
            ).rstrip()
        )


def fail_early(problem):
    """Ends the script before it could check anything."""
    print(problem, file=sys.stderr)
    sys.exit(2)
