"""Runs two servers on one PostgreSQL database, and checks that nobody can tell them from one.

    two_nodes.py [--users 2000] [--rounds 60] [--seed 1]

* Allocation: each user gets the same variant from both nodes, and from the published hash (see bucketing.py), with ids of
  every kind of character among them.
* The log: writers post to both nodes at once while a follower reads the database by position, only ever forwards. In the
  end it has seen every row, without a gap: no position appeared after a later one.
* The fold: both nodes report the same results, and what they folded together equals a recount.
* A node that is killed in the middle is not missed: the other goes on, and folds what both had taken in.
"""

import argparse
import http.client
import random
import sys
import threading
import time

import recount
import server
import stream
from checks import Checks, say, table
from server import expect_status, wait_for_fold


def main():
    parser = argparse.ArgumentParser(description="Runs two servers on one PostgreSQL database.")
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=60, help="batches of each writer")
    parser.add_argument("--writers", type=int, default=4, help="on each node")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.start = stream.recent()
    checks = Checks("two nodes on one PostgreSQL")
    with server.temporary_folder() as folder, server.new_database("postgres", folder) as database:
        # Both at once, so that both find an empty database and want to create its tables.
        nodes = [server.Server(database, folder, name=f"node-{number}") for number in (1, 2)]
        start_together(nodes)
        try:
            with nodes[0].client() as client:
                stream.create(client)
            check_allocation(checks, nodes, options)
            check_log(checks, database, nodes, options)
            check_results(checks, nodes)
            check_keys(checks, nodes)
        finally:
            for node in nodes:
                node.stop()
        with database.reader() as reader:
            recount.expect_equal(checks, reader)
    sys.exit(checks.finish())


def start_together(nodes):
    problems = []

    def start(node):
        try:
            node.start()
        except Exception as problem:  # Raised by the main thread.
            problems.append(problem)

    threads = [threading.Thread(target=start, args=(node,)) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        for node in nodes:
            node.stop()
        raise problems[0]


# Allocation


def check_allocation(checks, nodes, options):
    generator = random.Random(options.seed)
    users = made_users(generator, options.users)
    different, wrong, counts = [], [], {}
    clients = [node.client() for node in nodes]
    for user in users:
        body = {"user_id": user, "expose": False}
        answers = [
            expect_status(client.post("/v1/experiments/hook/allocate", body), 200).json for client in clients
        ]
        allocated = [(answer["variant"], answer["in_experiment"]) for answer in answers]
        if allocated[0] != allocated[1]:
            different.append((user, allocated))
        variant = stream.variant_of(stream.HOOK, user)
        # Who takes no part is shown the control.
        if allocated[0] != (variant or stream.HOOK["control"], variant is not None):
            wrong.append((user, allocated[0], variant))
        counts[allocated[0]] = counts.get(allocated[0], 0) + 1
    for client in clients:
        client.close()
    table(["variant", "takes part", "users"], [[*key, count] for key, count in sorted(counts.items())])
    checks.equal(different[:3], [], f"both nodes allocate {len(users)} users alike")
    checks.equal(wrong[:3], [], "as the published hash does")
    checks.equal(len(counts), 4, "every variant, and taking no part, occurred")


def made_users(generator, count):
    alphabets = ["abcdefghij0123456789-_", "\u00e4\u00f6\u00fc\u00df\u00e9", "\u7528\u6237\u540d\u5b57", "\U0001F3AC\U0001F525\U00020000\U0010FFFF", "e\u0301 \u200d\u0928\u093f"]
    users = list(stream.ODD_NAMES)
    while len(users) < count:
        alphabet = generator.choice(alphabets)
        # At most 256 bytes of UTF-8.
        users.append("".join(generator.choice(alphabet) for _ in range(generator.randrange(1, 60))))
    return users


# The log


class Follower(threading.Thread):
    """Reads the log as a fold or a stream does: what lies after the last position seen, and never back."""

    def __init__(self, database):
        super().__init__(name="follower")
        self.database = database
        self.done = threading.Event()
        self.seen = []
        self.problem = None

    def run(self):
        try:
            with self.database.reader() as reader:
                last = 0
                while True:
                    is_last_look = self.done.is_set()
                    rows = reader.rows(
                        "SELECT position FROM hookline_events WHERE position > ? ORDER BY position LIMIT 500", last
                    )
                    self.seen += [position for (position,) in rows]
                    last = self.seen[-1] if self.seen else 0
                    if is_last_look and not rows:
                        return
        except Exception as problem:  # Reported by the main thread.
            self.problem = problem


class Writer(threading.Thread):
    """Posts batches to its nodes in turn. A node that is gone is left for the other."""

    def __init__(self, number, nodes, options):
        super().__init__(name=f"writer-{number}")
        self.stream = stream.Stream(options.seed * 1000 + number, prefix=f"n{number}", start=options.start)
        self.nodes = nodes
        self.rounds = options.rounds
        self.acknowledged = set()
        self.moved = 0
        self.problem = None
        self.progress = 0

    def run(self):
        try:
            clients = [node.client(timeout=20) for node in self.nodes]
            for number in range(self.rounds):
                events = [self.stream.event() for _ in range(self.stream.random.choice([1, 10, 50]))]
                body = stream.encode_events(events)
                self.post(clients, number % len(clients), body, len(events))
                self.acknowledged |= {event["id"] for event in events}
                self.progress = number
        except Exception as problem:  # Reported by the main thread.
            self.problem = problem

    def post(self, clients, first, body, count):
        for attempt in range(200):
            try:
                answer = clients[(first + attempt) % len(clients)].post("/v1/events", body)
                if answer.status == 202:
                    outcome = answer.json
                    if outcome["accepted"] + outcome["duplicates"] != count:
                        raise AssertionError(f"{count} were sent: {answer!r}")
                    return
                if answer.status != 503:
                    raise AssertionError(repr(answer))
            except (OSError, http.client.HTTPException):
                self.moved += 1
            time.sleep(0.02)
        raise AssertionError("neither node answered")


def check_log(checks, database, nodes, options):
    follower = Follower(database)
    follower.start()
    # Half of the writers begin with the one node, half with the other; all alternate.
    writers = [
        Writer(number, nodes if number % 2 else nodes[::-1], options) for number in range(2 * options.writers)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() and writer.progress < options.rounds // 2 for writer in writers):
        time.sleep(0.01)
    nodes[1].kill()
    for writer in writers:
        writer.join()
    head = wait_for_fold(database)
    checks.expect(head is not None, "the node that is left has folded everything")
    follower.done.set()
    follower.join()
    nodes[1].start()
    for thread in [*writers, follower]:
        checks.expect(thread.problem is None, f"{thread.name} found nothing wrong", repr(thread.problem))
    acknowledged = set().union(*(writer.acknowledged for writer in writers))
    with database.reader() as reader:
        stored = [row for (row,) in reader.rows("SELECT id FROM hookline_events")]
        positions = [row for (row,) in reader.rows("SELECT position FROM hookline_events ORDER BY position")]
    moved = sum(writer.moved for writer in writers)
    say(f"{len(acknowledged)} events acknowledged, {len(stored)} stored, {moved} posts moved to the other node")
    checks.equal(len(stored), len(set(stored)), "no event is stored twice")
    checks.equal(acknowledged - set(stored), set(), "no acknowledged event is lost")
    checks.equal(positions, list(range(1, len(positions) + 1)), "positions are gap-free")
    checks.expect(follower.seen == positions, "the follower saw every row, in order", first_gap(follower.seen, positions))
    checks.expect(moved > 0, "the killed node was missed by somebody")


def first_gap(seen, positions):
    missing = sorted(set(positions) - set(seen))
    return f"never seen: {missing[:5]} ({len(missing)} of {len(positions)})"


# Results


def check_results(checks, nodes):
    """The killed node is back; both report the same."""
    for experiment in stream.EXPERIMENTS:
        path = f"/v1/experiments/{experiment['id']}/results?include_open=true&wait_ms=10000"
        results = []
        for node in nodes:
            with node.client() as client:
                results.append(expect_status(client.get(path), 200).json)
        moments = [result.pop("as_of") for result in results]
        checks.expect(moments[0] <= moments[1], f"{experiment['id']}: the later answer is as of a later moment", moments)
        checks.expect(all(result["complete"] for result in results), f"{experiment['id']}: the results are complete")
        checks.equal(results[0], results[1], f"{experiment['id']}: both nodes report the same")
        metrics = {metric["metric"]: metric for metric in results[0]["metrics"]}
        checks.expect(
            any(variant["n"] > 0 for metric in metrics.values() for variant in metric["variants"]),
            f"{experiment['id']}: something was measured",
        )


def check_keys(checks, nodes):
    """A key that one node has made works on the other, and soon after it was revoked no more."""
    clients = [node.client() for node in nodes]
    made = expect_status(clients[0].post("/v1/keys", {"name": "of node 1", "scope": "read"}), 201).json
    with nodes[1].client(key=made["key"]) as reader:
        checks.equal(reader.get("/v1/experiments").status, 200, "node 2 knows a key that node 1 made")
        checks.equal(clients[0].request("DELETE", f"/v1/keys/{made['id']}").status, 204, "node 1 revokes it")
        deadline = time.monotonic() + 10
        while (status := reader.get("/v1/experiments").status) == 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        checks.equal(status, 401, "node 2 refuses it within ten seconds")
    for client in clients:
        client.close()


if __name__ == "__main__":
    main()
