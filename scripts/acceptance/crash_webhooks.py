"""Kills the server again and again while events are posted and delivered, and counts what the receivers got.

    crash_webhooks.py [--database sqlite|postgres] [--runs 20] [--nodes 1|2] [--writers 6] [--seed 1]

Writers post domain events, one by one and in arrays, some of them twice, and repeat what was not acknowledged with the
same ids. Subscriptions of every format, order and kind of signature point at receivers that sometimes answer 500, hang,
or reset the connection; one has an outage every few seconds. The server is ended with SIGKILL at random moments and
started again; of two nodes (PostgreSQL) one, or the other, or both. In the end:

* every acknowledged event was taken (answered 2xx) by the receiver of each subscription that it is for: none is lost;
* nothing else was delivered to anybody, and what was delivered is what was sent, byte by byte, with signatures that
  PyPI's `standardwebhooks`, `svix` and `cryptography` accept;
* a delivery was taken twice only where it was in flight at a kill, or its outcome was not written yet;
* where a subscription asks for order, no event was sent before the one before it had succeeded;
* positions are gap-free, the tables have just the deliveries that are due, and SQLite's integrity check finds nothing.
"""

import argparse
import random
import sys
import threading
import time

import server
import webhook_signatures
import webhook_stream
import webhook_verdict
import webhook_writer
from checks import Checks, say
from webhook_receiver import HANG, RESET, TAKEN, Reaction, Receivers

MINIMUM_UPTIME, MAXIMUM_UPTIME = 0.1, 2.0
# With two nodes, every so many kills the other one has the time to take over what the dead one held.
PATIENT_KILLS, PATIENT_SECONDS = 5, 12
FAULTS_IN_A_ROW = 3
OUTAGE_EVERY_SECONDS, OUTAGE_SECONDS = 6.0, 1.0
NEWS_OF_OUTAGE = Reaction(status=503)


class Faults:
    """How a receiver misbehaves: by chance, not often enough in a row for a breaker, and in outages if it has any."""

    def __init__(self, seed, failing, hanging, resetting, has_outages=False):
        self.random = random.Random(seed)
        self.failing, self.hanging, self.resetting = failing, hanging, resetting
        self.has_outages = has_outages
        self.in_a_row = 0

    def __call__(self, request):
        if self.has_outages and request.arrived_at % OUTAGE_EVERY_SECONDS < OUTAGE_SECONDS:
            return NEWS_OF_OUTAGE
        draw = self.random.random()
        if self.in_a_row < FAULTS_IN_A_ROW and draw < self.failing + self.hanging + self.resetting:
            self.in_a_row += 1
            if draw < self.hanging:
                return HANG
            return RESET if draw < self.hanging + self.resetting else Reaction(status=500)
        self.in_a_row = 0
        return TAKEN if self.random.random() < 0.7 else Reaction(delay=self.random.expovariate(1 / 0.02))


def main():
    parser = argparse.ArgumentParser(description="Kills the server while webhooks are delivered, and counts.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--runs", type=int, default=20, help="how often it is killed")
    parser.add_argument("--nodes", type=int, choices=[1, 2], help="2 where the database is PostgreSQL")
    parser.add_argument("--writers", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.nodes = options.nodes or (2 if options.database == "postgres" else 1)
    if options.nodes == 2 and options.database == "sqlite":
        parser.error("two nodes need PostgreSQL")
    checks = Checks(f"webhooks: {options.runs} kills, {options.database}, nodes: {options.nodes}")
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        nodes = [
            server.Server(database, folder, name=f"node-{number}", arguments=server.WEBHOOKS_TO_LOOPBACK)
            for number in range(options.nodes)
        ]
        try:
            for node in nodes:
                node.start()
            run(checks, options, database, nodes)
        finally:
            for node in nodes:
                node.stop()
        if database.kind == "sqlite":
            with database.reader() as reader:
                checks.equal(reader.rows("PRAGMA integrity_check"), [("ok",)], "integrity_check after the last stop")
    sys.exit(checks.finish())


def run(checks, options, database, nodes):
    verifier = webhook_signatures.Verifier()
    ledger = webhook_writer.Ledger(webhook_stream.SUBSCRIPTIONS)
    with Receivers(observe=verifier.observe) as receivers:
        for number, subscription in enumerate(webhook_stream.SUBSCRIPTIONS):
            has_outages = subscription.name == "clouds"
            receivers.listen(subscription.name, Faults(options.seed + number, 0.05, 0.003, 0.02, has_outages))
        with nodes[0].client() as client:
            spread = len(nodes) > 1
            webhook_stream.create(client, webhook_stream.SUBSCRIPTIONS, receivers, verifier, spread)
        verifier.start()
        writers, kills = write_and_kill(checks, options, nodes, ledger, receivers)
        begun = time.monotonic()
        is_done = webhook_verdict.wait_until_delivered(database, ledger, receivers)
        checks.expect(is_done, "everything that is owed was delivered, and noted")
        say(f"everything was delivered {time.monotonic() - begun:.1f} s after the last event")
        judge(checks, database, nodes, ledger, receivers, writers, kills)
        verifier.finish()
    checks.equal(verifier.problems[:3], [], "every signature is accepted by standardwebhooks, svix and cryptography")
    checks.equal(verifier.verified, sum(len(each.requests) for each in receivers.all.values()), "all were verified")
    checks.equal(receivers.malformed[:3], [], "every request was a POST with a length")


def write_and_kill(checks, options, nodes, ledger, receivers):
    moments = random.Random(options.seed)
    stop = threading.Event()
    room = webhook_writer.Room(ledger, receivers)
    writers = [
        webhook_writer.Writer(number, nodes, ledger, room, stop, options.seed) for number in range(options.writers)
    ]
    for writer in writers:
        writer.start()
    kills, slowest = [], 0.0
    try:
        for number in range(1, options.runs + 1):
            time.sleep(moments.uniform(MINIMUM_UPTIME, MAXIMUM_UPTIME))
            if len(nodes) > 1 and number % PATIENT_KILLS == 0:
                time.sleep(PATIENT_SECONDS)
            victims = nodes if len(nodes) == 1 else moments.choice([nodes[:1], nodes[1:], nodes])
            begun = time.monotonic()
            for node in victims:
                node.expect_alive()
                node.kill()
            kills.append(webhook_verdict.Kill(begun, time.monotonic()))
            if len(victims) < len(nodes) and number % PATIENT_KILLS == 0:
                # The other works alone, and takes over when the leases have run out.
                time.sleep(PATIENT_SECONDS)
            begun = time.monotonic()
            for node in victims:
                node.start()
            slowest = max(slowest, time.monotonic() - begun)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    say(f"the slowest restart took {slowest:.2f} s")
    for writer in writers:
        checks.expect(writer.problem is None, f"{writer.name} was answered as it should be", repr(writer.problem))
    return writers, kills


def judge(checks, database, nodes, ledger, receivers, writers, kills):
    taken = webhook_verdict.Taken(ledger, receivers)
    webhook_verdict.check_deliveries(checks, taken, len(kills))
    with database.reader() as reader:
        positions = webhook_verdict.check_database(checks, reader, ledger)
        webhook_verdict.check_repetitions(checks, reader, taken, kills)
        if database.kind == "sqlite":
            checks.equal(reader.rows("PRAGMA integrity_check"), [("ok",)], "integrity_check")
    webhook_verdict.check_order(checks, taken, positions)
    with nodes[-1].client() as client:
        webhook_verdict.check_statistics(checks, client, ledger)
    requests, resent = sum(writer.requests for writer in writers), sum(writer.resent for writer in writers)
    duplicates = sum(writer.duplicates for writer in writers)
    accepted, uncertain = sum(writer.accepted for writer in writers), sum(writer.uncertain for writer in writers)
    say(f"{requests} requests with events, {resent} of them sent again, {duplicates} events called duplicates")
    kept = len(ledger.events)
    checks.expect(
        accepted <= kept <= accepted + uncertain,
        "what was called new is what is stored",
        f"called new {accepted}, of {uncertain} the answer was lost, stored {kept}",
    )
    checks.expect(kept > 200, "enough was posted to tell", kept)
    kinds = {request.kind for each in receivers.all.values() for request in each.requests}
    checks.expect(kinds >= {"answer", "reset", "hang"}, "the receivers failed in every way", kinds)


if __name__ == "__main__":
    main()
