"""Pauses and resumes an experiment again and again while users are allocated.

    pauses.py [--database sqlite|postgres] [--pauses 50] [--writers 6]

Whoever is allocated while the experiment runs, and is told that the exposure is recorded, must be a unit of the results, also
where a pause came between the two; on PostgreSQL the pauses come from another node than the allocations. In the end the
experiment runs, everybody asks once more, and everybody who is told `exposed` must be counted; and folded = recount.
"""

import argparse
import sys
import threading
import time

import recount
import server
import stream
from checks import Checks, table
from server import expect_status, wait_for_fold

PATH = f"/v1/experiments/{stream.HOOK['id']}"
PAUSE_SECONDS = 0.02


class Allocator(threading.Thread):
    """Asks for one new user after another."""

    def __init__(self, number, node, stop):
        super().__init__(name=f"allocator-{number}")
        self.number = number
        self.node = node
        self.stop = stop
        self.users = []
        self.problem = None

    def run(self):
        try:
            with self.node.client() as client:
                while not self.stop.is_set():
                    user = f"user-{self.number}-{len(self.users)}"
                    expect_status(client.post(f"{PATH}/allocate", {"user_id": user}), 200)
                    self.users.append(user)
        except Exception as problem:  # Reported by the main thread.
            self.problem = problem


def main():
    parser = argparse.ArgumentParser(description="Pauses and resumes an experiment while users are allocated.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--pauses", type=int, default=50)
    parser.add_argument("--writers", type=int, default=6)
    options = parser.parse_args()
    checks = Checks(f"{options.pauses} pauses, {options.database}")
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        with server.Server(database, folder) as node:
            other = server.Server(database, folder, name="other") if database.kind == "postgres" else node
            if other is not node:
                other.start()
            try:
                run(checks, options, database, node, other)
            finally:
                other.stop()
    sys.exit(checks.finish())


def run(checks, options, database, node, other):
    with other.client() as client:
        stream.create(client, [stream.HOOK])
        stop = threading.Event()
        allocators = [Allocator(number, node, stop) for number in range(options.writers)]
        for allocator in allocators:
            allocator.start()
        try:
            for _ in range(options.pauses):
                expect_status(client.post(f"{PATH}/pause"), 200)
                expect_status(client.post(f"{PATH}/start"), 200)
                time.sleep(PAUSE_SECONDS)
        finally:
            stop.set()
            for allocator in allocators:
                allocator.join()
        for allocator in allocators:
            checks.expect(allocator.problem is None, f"{allocator.name} was always answered", repr(allocator.problem))
        users = [user for allocator in allocators for user in allocator.users]
        told = [user for user in users if is_told_exposed(client, user)]
    checks.expect(wait_for_fold(database) is not None, "the fold has caught up")
    with database.reader() as reader:
        units = {unit for (unit,) in reader.rows("SELECT unit FROM hookline_experiment_units")}
        recount.expect_equal(checks, reader)
    missing = [user for user in told if user not in units]
    table(["pauses", "users", "told exposed", "units", "missing"], [[options.pauses, len(users), len(told), len(units), len(missing)]])
    checks.expect(len(told) > 100, "enough users to tell", len(told))
    checks.equal(missing[:5], [], "everybody who was told to be exposed is counted")
    expected = [user for user in users if stream.variant_of(stream.HOOK, user) is not None]
    checks.equal(len(told), len(expected), "everybody with a variant is told so while the experiment runs")


def is_told_exposed(client, user):
    return expect_status(client.post(f"{PATH}/allocate", {"user_id": user}), 200).json["exposed"]


if __name__ == "__main__":
    main()
