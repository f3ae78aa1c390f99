"""Checks that order is kept through failures and crashes.

    fifo.py [--database sqlite|postgres] [--events 300] [--kills 5] [--seed 1]

Four subscriptions get every event, two of them in one line (`strict`), two in a line for each ordering key (`by_key`).
At chosen events their receivers answer 500 twice, hang until the server has stopped waiting, or reset the connection;
and the server, of two nodes on PostgreSQL the one that delivers, is killed in the middle. No request for an event may
come before the one in front of it has succeeded: the number of violations is 0. The check is checked on a record that
was doctored.
"""

import argparse
import collections
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
from webhook_stream import KEYED_TYPES, STRICT_TYPE, Subscription

TYPES = (STRICT_TYPE, *KEYED_TYPES)
SUBSCRIPTIONS = [
    Subscription("line", TYPES, ordering="strict", timeout_seconds=1),
    Subscription("keys", TYPES, ordering="by_key", timeout_seconds=1),
    Subscription("other-line", TYPES, ordering="strict", format="cloudevents", timeout_seconds=1),
    Subscription("other-keys", TYPES, ordering="by_key", format="envelope", timeout_seconds=1),
]
# Of the events of each writer, and how often in a row they fail.
FAILURES = {3: (Reaction(status=500), 2), 10: (RESET, 1), 17: (HANG, 1)}
FAILURES_EVERY = 24
# The delay of the answers, so that a kill meets deliveries under way.
ANSWER_SECONDS = 0.003
BUCKETS = 64
WAIT_SECONDS = 600


def react(request):
    number = int(request.id.split("-")[1].split("%")[0].split(".")[0])
    reaction, times = FAILURES.get(number % FAILURES_EVERY, (TAKEN, 0))
    return reaction if request.attempt <= times else Reaction(delay=ANSWER_SECONDS)


def main():
    parser = argparse.ArgumentParser(description="Checks that order is kept through failures and crashes.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    node_count = 2 if options.database == "postgres" else 1
    checks = Checks(f"order through failures and {options.kills} kills, {options.database}, nodes: {node_count}")
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        nodes = [
            server.Server(database, folder, name=f"node-{number}", arguments=server.WEBHOOKS_TO_LOOPBACK)
            for number in range(node_count)
        ]
        try:
            for node in nodes:
                node.start()
            run(checks, options, database, nodes)
        finally:
            for node in nodes:
                node.stop()
    sys.exit(checks.finish())


def run(checks, options, database, nodes):
    verifier = webhook_signatures.Verifier()
    ledger = webhook_writer.Ledger(SUBSCRIPTIONS)
    with Receivers(observe=verifier.observe) as receivers:
        for subscription in SUBSCRIPTIONS:
            receivers.listen(subscription.name, react)
        with nodes[0].client() as client:
            webhook_stream.create(client, SUBSCRIPTIONS, receivers, verifier, spread=len(nodes) > 1)
        verifier.start()
        writers, kills = write_and_kill(checks, options, database, nodes, ledger, receivers)
        is_done = webhook_verdict.wait_until_delivered(database, ledger, receivers)
        checks.expect(is_done, "everything that is owed was delivered, and noted")
        for writer in writers:
            checks.expect(writer.problem is None, f"{writer.name} was answered as it should be", repr(writer.problem))
        judge(checks, database, ledger, receivers, kills)
        verifier.finish()
    checks.equal(verifier.problems[:3], [], "every signature is accepted")


def draw(events):
    """An event with a key, mostly."""
    return events.event(ordered_share=1.0)


def write_and_kill(checks, options, database, nodes, ledger, receivers):
    moments = random.Random(options.seed)
    stop = threading.Event()
    room = webhook_writer.Room(ledger, receivers)
    writers = [
        webhook_writer.Writer(number, nodes, ledger, room, stop, options.seed, draw)
        for number in range(options.writers)
    ]
    for writer in writers:
        writer.start()
    kills = []
    total = options.events * len(SUBSCRIPTIONS)
    try:
        for number in range(1, options.kills + 1):
            # After so many deliveries, so that the kills fall into the work however quick it is.
            wait_for(lambda: taken(receivers) >= total * number / (options.kills + 1), "deliveries")
            time.sleep(moments.uniform(0, 0.3))
            victim = holder(database, nodes, moments.choice(SUBSCRIPTIONS))
            if len(ledger.events) >= options.events:
                stop.set()
            begun = time.monotonic()
            victim.kill()
            kills.append(webhook_verdict.Kill(begun, time.monotonic()))
            victim.start()
        wait_for(lambda: len(ledger.events) >= options.events, "events")
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    checks.equal(len(kills), options.kills, "the server was killed as often as it should be")
    return writers, kills


def taken(receivers):
    return sum(len(receiver.taken) for receiver in receivers.all.values())


def wait_for(holds, what):
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {WAIT_SECONDS} s for {what}")
        time.sleep(0.01)


def holder(database, nodes, subscription):
    """The node that delivers for a subscription: the name in the lease has its process id."""
    if len(nodes) == 1:
        return nodes[0]
    with database.reader() as reader:
        name = reader.value(
            """
            SELECT b.node FROM hookline_webhook_buckets b JOIN hookline_webhook_subscriptions s
            ON b.bucket = s.number % ? WHERE s.id = ?
            """,
            BUCKETS,
            subscription.name,
        )
    process = int(name.rsplit("-", 2)[1]) if name else None
    return next((node for node in nodes if node.pid == process), nodes[0])


def judge(checks, database, ledger, receivers, kills):
    record = webhook_verdict.Taken(ledger, receivers)
    webhook_verdict.check_deliveries(checks, record, len(kills))
    with database.reader() as reader:
        positions = webhook_verdict.check_database(checks, reader, ledger)
        webhook_verdict.check_repetitions(checks, reader, record, kills)
    if not webhook_verdict.check_order(checks, record, positions):
        check_the_check(checks, record, positions)
    for subscription in SUBSCRIPTIONS:
        seen = collections.Counter(
            request.status if request.kind == "answer" else request.kind
            for request in receivers.all[subscription.name].requests
        )
        say(f"{subscription.name}: " + ", ".join(f"{kind} {count}" for kind, count in sorted(seen.items(), key=str)))
        checks.expect(
            min(seen[500], seen["reset"], seen["hang"]) >= 3, f"{subscription.name} failed in every way", dict(seen)
        )


def check_the_check(checks, record, positions):
    """An answer that is moved behind the arrival of the next event is noticed."""
    name = "line"
    ordered = sorted(record.ledger.owed[name], key=positions.__getitem__)
    before, after = ordered[len(ordered) // 2 : len(ordered) // 2 + 2]
    moved = record.successes(name, before)
    kept = [request.answered for request in moved]
    for request in moved:
        request.answered = record.requests[name][after][0].arrived + 0.5
    found = webhook_verdict.order_violations(record, positions)
    for request, answered in zip(moved, kept):
        request.answered = answered
    checks.equal(found, [(name, "", after, before)], "a success that came too late is noticed")


if __name__ == "__main__":
    main()
