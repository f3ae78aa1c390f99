"""Kills the server again and again while clients write, and counts what is left.

    crash.py [--database sqlite|postgres] [--runs 20] [--writers 6] [--seed 1]

Writers post batches of events and observations, all with ids; one posts allocations, whose exposures the server writes. The
server is ended with SIGKILL at random moments and started again. As a careful client would, a writer whose connection broke
or that got a 503 posts the same batch again, with the same ids, until it is acknowledged; some batches it posts twice for no
reason. In the end:

* every acknowledged event, observation and allocation is in the log exactly once, and nothing that was never sent is;
* what the answers called accepted is what is stored, but for batches whose answer was lost;
* positions are gap-free, and SQLite's own integrity check finds nothing;
* the fold has caught up and equals a recount from the log (see recount.py), exactly.
"""

import argparse
import collections
import http.client
import json
import random
import sys
import threading
import time

import recount
import server
import stream
from checks import Checks, say, table
from server import wait_for_fold

MINIMUM_UPTIME, MAXIMUM_UPTIME = 0.1, 1.2
RETRY_SECONDS = 0.02
# A writer that gets no answer for so long has found something.
PATIENCE_SECONDS = 180


class Writer(threading.Thread):
    """Posts until it is told to stop, and then finishes the batch that it is at."""

    def __init__(self, number, node, stop, seed, start):
        super().__init__(name=f"writer-{number}")
        self.number = number
        self.node = node
        self.stop = stop
        self.random = random.Random(seed * 1000 + number)
        self.stream = stream.Stream(seed * 1000 + number, prefix=f"w{number}", start=start)
        self.client = node.client(timeout=20)
        # Ids of events, moments of observations, and users of allocations.
        self.events = set()
        self.observations = set()
        self.exposed = set()
        self.requests = self.resent = self.accepted = self.duplicates = 0
        # Events whose first answer was lost, so that a later one may call them duplicates.
        self.uncertain = 0
        self.problem = None

    def run(self):
        try:
            while not self.stop.is_set():
                self.step()
        except Exception as problem:  # Reported by the main thread.
            self.problem = problem

    def step(self):
        draw = self.random.random()
        if self.number == 0:
            self.allocate()
        elif draw < 0.8:
            self.post_events()
        else:
            self.post_observations()

    def post_events(self):
        events = [self.stream.event() for _ in range(self.random.choice([1, 1, 5, 20, 100]))]
        if self.random.random() < 0.1:
            # The same event twice in one batch.
            events.append(events[0])
        body = stream.encode_events(events)
        distinct = {event["id"] for event in events}
        for _ in range(2 if self.random.random() < 0.1 else 1):
            answer = self.insist("/v1/events", body, 202, len(distinct - self.events))
            self.expect_all_taken(answer, len(events))
            self.events |= distinct

    def post_observations(self):
        observations = [self.stream.observation() for _ in range(self.random.choice([1, 3, 10]))]
        moments = set()
        for observation in observations:
            # A moment of its own, by which it is found in the log.
            moment = self.stream.start + self.stream.drawn * 100 + self.number
            self.stream.drawn += 1
            observation["timestamp"] = stream.moment_text(moment)
            moments.add(moment)
        body = json.dumps(observations).encode()
        answer = self.insist("/v1/experiments/hook/observations", body, 202, len(observations))
        self.expect_all_taken(answer, len(observations))
        self.observations |= moments

    def expect_all_taken(self, answer, count):
        outcome = answer.json
        if outcome["accepted"] + outcome["duplicates"] != count or outcome["rejected"]:
            raise AssertionError(f"{count} were sent: {answer!r}")
        self.accepted += outcome["accepted"]
        self.duplicates += outcome["duplicates"]

    def allocate(self):
        user = f"allocated-{self.stream.next_id()}"
        answer = self.insist("/v1/experiments/hook/allocate", json.dumps({"user_id": user}).encode(), 200, 0)
        if answer.json["variant"] != (stream.variant_of(stream.HOOK, user) or "claim"):
            raise AssertionError(f"another variant than the recount's for {user}: {answer!r}")
        if answer.json["exposed"]:
            self.exposed.add(user)

    def insist(self, path, body, status, new):
        """Posts until it is answered; `new` events count as uncertain when the first answer is lost."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        is_first = True
        while time.monotonic() < deadline:
            self.requests += 1
            try:
                answer = self.client.post(path, body)
                if answer.status == status:
                    return answer
                if answer.status != 503:
                    raise AssertionError(f"POST {path}: {answer!r}")
            except (OSError, http.client.HTTPException):
                pass
            if is_first:
                self.uncertain += new
            is_first = False
            self.resent += 1
            time.sleep(RETRY_SECONDS)
        raise AssertionError(f"no answer to POST {path} in {PATIENCE_SECONDS} s")


def main():
    parser = argparse.ArgumentParser(description="Kills the server while clients write, and counts what is left.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--runs", type=int, default=20, help="how often it is killed")
    parser.add_argument("--writers", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    checks = Checks(f"{options.runs} kills, {options.database}")
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        with server.Server(database, folder) as node:
            with node.client() as client:
                stream.create(client)
            writers = write_and_kill(checks, options, node)
            judge(checks, options, database, node, writers)
        if database.kind == "sqlite":
            with database.reader() as reader:
                checks.equal(reader.rows("PRAGMA integrity_check"), [("ok",)], "integrity_check after the last stop")
    sys.exit(checks.finish())


def write_and_kill(checks, options, node):
    moments = random.Random(options.seed)
    stop = threading.Event()
    start = stream.recent()
    writers = [Writer(number, node, stop, options.seed, start) for number in range(options.writers)]
    for writer in writers:
        writer.start()
    slowest = 0.0
    try:
        for _ in range(options.runs):
            time.sleep(moments.uniform(MINIMUM_UPTIME, MAXIMUM_UPTIME))
            node.expect_alive()
            node.kill()
            begun = time.monotonic()
            node.start()
            slowest = max(slowest, time.monotonic() - begun)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    say(f"the slowest restart took {slowest:.2f} s")
    for writer in writers:
        checks.expect(writer.problem is None, f"{writer.name} was answered as it should be", repr(writer.problem))
    return writers


def judge(checks, options, database, node, writers):
    begun = time.monotonic()
    head = wait_for_fold(database)
    checks.expect(head is not None, "the fold has caught up")
    say(f"the fold had caught up {time.monotonic() - begun:.2f} s after the last write")
    events = set().union(*(writer.events for writer in writers))
    observations = set().union(*(writer.observations for writer in writers))
    exposed = set().union(*(writer.exposed for writer in writers))
    with database.reader() as reader:
        rows = reader.rows("SELECT position, id, type, user_id, occurred_at FROM hookline_events ORDER BY position")
        stored = collections.Counter(row[1] for row in rows if row[1] in events)
        measured = collections.Counter(row[4] for row in rows if row[2] == recount.OBSERVATION)
        shown = collections.Counter(row[3] for row in rows if row[2] == "exposure" and row[3] in exposed)
        folded = recount.expect_equal(checks, reader)
        if database.kind == "sqlite":
            checks.equal(reader.rows("PRAGMA integrity_check"), [("ok",)], "integrity_check")
    unknown = [
        row
        for row in rows
        if row[1] not in events
        and not (row[2] == recount.OBSERVATION and row[4] in observations)
        and not (row[2] == "exposure" and str(row[3]).startswith("allocated-"))
    ]
    checks.equal(unknown[:3], [], "nothing is stored but what was sent")
    lost, doubled = [], []
    summary = []
    for name, sent, found in (
        ("events", events, stored),
        ("observations", observations, measured),
        ("exposures", exposed, shown),
    ):
        missing = [key for key in sent if found[key] == 0]
        twice = [key for key in found if found[key] > 1]
        lost += missing
        doubled += twice
        summary.append([name, options.runs, len(sent), sum(found.values()), len(missing), len(twice)])
    table(["what", "kills", "acknowledged", "stored", "lost", "doubled"], summary)
    checks.equal(lost[:3], [], "nothing acknowledged is lost")
    checks.equal(doubled[:3], [], "nothing is stored twice")
    checks.expect(len(events) > 100 and len(observations) > 10 and len(exposed) > 10, "enough was written to tell")
    checks.equal([row[0] for row in rows], list(range(1, len(rows) + 1)), "positions are gap-free")
    checks.equal(folded, head, "the fold stands at the head")
    resent, requests = sum(writer.resent for writer in writers), sum(writer.requests for writer in writers)
    say(f"{requests} requests, {resent} of them sent again")
    accepted = sum(writer.accepted for writer in writers)
    uncertain = sum(writer.uncertain for writer in writers)
    kept = len(events) + len(observations)
    checks.expect(
        accepted <= kept <= accepted + uncertain,
        "what was called accepted is what is stored",
        f"accepted {accepted}, of {uncertain} the answer was lost, stored {kept}",
    )


if __name__ == "__main__":
    main()
