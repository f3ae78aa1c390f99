"""Compares what was acknowledged with what the receivers took and with what stands in the database."""

import collections
import time
from dataclasses import dataclass

import stream
import webhook_signatures
from checks import say, table

# A breaker may rest for a minute, and the leases of a dead node run for ten seconds.
STALL_SECONDS = 150
# In flight at a kill is what was under way, and what was answered so shortly before that it may not be noted.
SETTLE_SECONDS = 2.0


@dataclass(frozen=True)
class Kill:
    """The process lived at `begun` and was gone at `ended`, moments of time.monotonic()."""

    begun: float
    ended: float


def wait_until_delivered(database, ledger, receivers):
    """Whether every delivery that is owed was taken and noted; False where nothing moves any more."""
    last, deadline = None, time.monotonic() + STALL_SECONDS
    with database.reader() as reader:
        while time.monotonic() < deadline:
            left = sum(len(owed) - len(receivers.all[name].taken) for name, owed in ledger.owed.items())
            waiting = reader.value("SELECT count(*) FROM hookline_domain_events WHERE position IS NULL")
            pending = reader.value("SELECT count(*) FROM hookline_webhook_deliveries WHERE state = 0")
            if left <= 0 and waiting == pending == 0:
                return True
            if (left, waiting, pending) != last:
                last, deadline = (left, waiting, pending), time.monotonic() + STALL_SECONDS
            time.sleep(0.1)
    say(f"nothing moves: {left} deliveries not taken, {waiting} events not dispatched, {pending} deliveries pending")
    return False


class Taken:
    """What the receivers took: by subscription, then by the id of the event, the requests in the order of arrival."""

    def __init__(self, ledger, receivers):
        self.ledger = ledger
        # What a process has sent before it was killed may be read so much later.
        self.delay = receivers.longest_pause
        self.requests = {name: collections.defaultdict(list) for name in ledger.owed}
        for name, requests in self.requests.items():
            for request in list(receivers.all[name].requests):
                requests[webhook_signatures.event_id(request)].append(request)

    def successes(self, name, event_id):
        return [request for request in self.requests[name].get(event_id, ()) if request.is_taken]

    def repeated(self):
        """The successes that another followed, as (subscription, event, request, the request that came next)."""
        for name, requests in self.requests.items():
            for event_id, each in requests.items():
                last = max((request.arrived for request in each if request.is_taken), default=0)
                for request, following in zip(each, each[1:]):
                    if request.is_taken and request.arrived < last:
                        yield name, event_id, request, following


# Nothing lost, nothing unknown


def check_deliveries(checks, taken, kills):
    """Every event at everybody who wants it, byte by byte, and nothing else anywhere."""
    summary, lost, unknown, different = [], [], [], []
    for name, owed in taken.ledger.owed.items():
        requests = taken.requests[name]
        missing = [event_id for event_id in owed if not taken.successes(name, event_id)]
        strange = [event_id for event_id in requests if event_id not in owed]
        lost += [(name, event_id) for event_id in missing]
        unknown += [(name, event_id) for event_id in strange]
        different += differences(taken, name)
        successes = sum(len(taken.successes(name, event_id)) for event_id in owed)
        arrived = sum(map(len, requests.values()))
        done = len(owed) - len(missing)
        summary.append([name, kills, len(owed), done, len(missing), len(strange), arrived, successes - done])
    headings = ["subscription", "kills", "acknowledged", "delivered", "lost", "unknown", "requests", "repeated"]
    table(headings, summary)
    checks.equal(lost[:3], [], "every acknowledged event was taken by every subscription that it is for")
    checks.equal(unknown[:3], [], "nothing was delivered that nobody sent, or to whom it is not for")
    checks.equal(different[:3], [], "what was delivered is what was sent, byte by byte")


def differences(taken, name):
    subscription, found = taken.ledger.subscriptions[name], []
    tells_key = subscription.format == "cloudevents" and subscription.ordering != "none"
    for event_id, requests in taken.requests[name].items():
        event = taken.ledger.events.get(event_id)
        if event is None:
            continue
        moment = None if event.moment is None else stream.moment_text(event.moment)
        for request in requests:
            try:
                told = webhook_signatures.told(request, subscription.format)
            except (ValueError, KeyError, TypeError) as problem:
                found.append((name, event_id, repr(problem)))
                continue
            if (
                told.payload != event.payload.encode()
                or told.type not in (None, event.type)
                or told.id not in (None, event.id)
                or (moment is not None and told.time not in (None, moment))
                or (tells_key and told.ordering_key != event.key)
            ):
                found.append((name, event_id, request.body[:300]))
    return found


# The database


def check_database(checks, reader, ledger):
    """The tables say what the answers and the receivers said. Answers the positions of the events by their ids."""
    rows = reader.rows("SELECT position, id FROM hookline_domain_events ORDER BY position")
    checks.equal([row[0] for row in rows], list(range(1, len(rows) + 1)), "positions are gap-free")
    stored_ids = collections.Counter(row[1] for row in rows)
    checks.equal([key for key in ledger.events if not stored_ids[key]][:3], [], "every acknowledged event is stored")
    checks.equal([key for key, count in stored_ids.items() if count > 1][:3], [], "no event is stored twice")
    checks.equal([key for key in stored_ids if key not in ledger.events][:3], [], "nothing is stored but what was sent")
    positions = {row[1]: row[0] for row in rows}
    disordered = [
        (writer, before, after)
        for writer, sequence in ledger.sequences.items()
        for before, after in zip(sequence, sequence[1:])
        if positions.get(before, 0) >= positions.get(after, 0)
    ]
    checks.equal(disordered[:3], [], "positions follow the order in which each writer was answered")
    refused = reader.rows("SELECT id, refusal FROM hookline_domain_events WHERE refusal IS NOT NULL")
    checks.equal(refused[:3], [], "no event was refused")
    numbers = dict(reader.rows("SELECT number, id FROM hookline_webhook_subscriptions WHERE state <> 'deleted'"))
    stored = collections.defaultdict(set)
    odd = []
    for position, subscription, state, count in reader.rows(
        "SELECT position, subscription, state, attempts FROM hookline_webhook_deliveries"
    ):
        stored[numbers.get(subscription)].add(rows[position - 1][1])
        if state != 1 or count < 1:
            odd.append((position, subscription, state, count))
    checks.equal(odd[:3], [], "every delivery is noted as a success")
    wrong = [name for name, owed in ledger.owed.items() if stored[name] != owed]
    checks.equal(wrong, [], "the deliveries of each subscription are those that it is owed")
    checks.equal(set(stored), set(name for name, owed in ledger.owed.items() if owed), "and nobody else has any")
    check_attempts(checks, reader)
    return positions


def check_attempts(checks, reader):
    """What was noted as a success is never attempted again."""
    noted = reader.rows(
        """
        SELECT d.position, d.subscription, d.attempts,
            (SELECT count(*) FROM hookline_webhook_attempts a WHERE a.position = d.position
                AND a.subscription = d.subscription) AS recorded,
            (SELECT count(*) FROM hookline_webhook_attempts a WHERE a.position = d.position
                AND a.subscription = d.subscription AND a.outcome = 'success') AS successes,
            (SELECT max(a.number) FROM hookline_webhook_attempts a WHERE a.position = d.position
                AND a.subscription = d.subscription AND a.outcome = 'success') AS success
        FROM hookline_webhook_deliveries d
        """
    )
    odd = [row for row in noted if tuple(row[3:]) != (row[2], 1, row[2])]
    checks.equal(odd[:3], [], "the last attempt of each delivery, and no other, is noted as its success")


def check_statistics(checks, client, ledger):
    statistics = client.get("/v1/webhooks/stats").json
    owed = sum(map(len, ledger.owed.values()))
    expected = {
        "total_subscriptions": len(ledger.owed),
        "active_subscriptions": len(ledger.owed),
        "total_deliveries": owed,
        "successful_deliveries": owed,
        "failed_deliveries": 0,
        "pending_deliveries": 0,
        "waiting_events": 0,
    }
    checks.equal({name: statistics.get(name) for name in expected}, expected, "the statistics count the same")


# Repetitions


def check_repetitions(checks, reader, taken, kills):
    """A success is repeated only where a kill came before it was noted, or where the server did not wait for it.

    That none is repeated which was noted, says `check_attempts`. Here a kill has to lie between the two requests.
    """
    late = late_answers(reader, taken, kills)
    per_kill, ages, unexplained, seen_late = collections.Counter(), [], [], 0
    for name, event_id, request, following in taken.repeated():
        sent_at = request.arrived_at - taken.delay
        kill = next((kill for kill in kills if sent_at <= kill.ended and kill.begun <= following.arrived_at), None)
        if kill is not None:
            per_kill[kill] += 1
            ages.append(kill.begun - request.answered_at)
        elif late[name, event_id] > 0:
            late[name, event_id] -= 1
            seen_late += 1
        else:
            unexplained.append((name, event_id, round(request.answered_at, 3)))
    every = [request for requests in taken.requests.values() for each in requests.values() for request in each]
    open_at = {kill: sum(is_open_at(request, kill, taken.delay) for request in every) for kill in kills}
    repeated = sum(per_kill.values())
    say(
        f"{repeated} deliveries were repeated after {len(kills)} kills, at most {max(per_kill.values(), default=0)}"
        f" after one; {sum(open_at.values())} requests were under way or answered within {SETTLE_SECONDS:g} s before;"
        f" the oldest answer that was lost came {max(ages, default=0):.3f} s before its kill"
    )
    if seen_late:
        say(f"{seen_late} more were answered when the server had stopped waiting")
    checks.equal(unexplained[:3], [], "nothing is repeated but what was in flight at a kill")
    checks.expect(
        all(per_kill[kill] <= open_at[kill] for kill in kills),
        "no kill repeats more than was in flight",
        [(per_kill[kill], open_at[kill]) for kill in kills],
    )


def is_open_at(request, kill, delay):
    is_ended = request.answered_at is not None and request.answered_at < kill.begun - SETTLE_SECONDS
    return request.arrived_at - delay <= kill.ended and not is_ended


def late_answers(reader, taken, kills):
    """How many attempts of a delivery failed by what the server noted, and succeeded by what the receiver did."""

    def is_noted(request):
        ended_at = float("inf") if request.answered_at is None else request.answered_at
        return not any(request.arrived_at <= kill.ended and kill.begun <= ended_at for kill in kills)

    rows = reader.rows(
        """
        SELECT s.id, e.id, count(*) FROM hookline_webhook_attempts a
        JOIN hookline_domain_events e ON e.position = a.position
        JOIN hookline_webhook_subscriptions s ON s.number = a.subscription
        WHERE a.outcome IN ('timeout', 'reset') GROUP BY s.id, e.id
        """
    )
    late = collections.Counter({(name, event_id): count for name, event_id, count in rows})
    for name, requests in taken.requests.items():
        for event_id, each in requests.items():
            late[name, event_id] -= sum(
                request.kind in ("hang", "reset", "gone") and is_noted(request) for request in each
            )
    return late


# Order


def order_violations(taken, positions):
    """Where a request came before the first success of the event before it in its group had been answered.

    Each is (subscription, group, event, the event that was not waited for). Every event is compared with its neighbour;
    as it succeeds after it has arrived, that covers all the earlier ones of its group.
    """
    found = []
    for name, subscription in taken.ledger.subscriptions.items():
        groups = collections.defaultdict(list)
        for event_id in taken.ledger.owed[name]:
            group = subscription.group(taken.ledger.events[event_id])
            if group is not None:
                groups[group].append(event_id)
        for group, members in groups.items():
            members.sort(key=positions.__getitem__)
            for before, after in zip(members, members[1:]):
                answered = min((each.answered for each in taken.successes(name, before)), default=float("inf"))
                arrived = min((each.arrived for each in taken.requests[name].get(after, ())), default=float("inf"))
                if arrived < answered:
                    found.append((name, group, after, before))
    return found


def check_order(checks, taken, positions):
    violations = order_violations(taken, positions)
    counts = {
        ordering: sum(
            len(taken.ledger.owed[name])
            for name, subscription in taken.ledger.subscriptions.items()
            if subscription.ordering == ordering
        )
        for ordering in ("strict", "by_key")
    }
    table(
        ["order", "deliveries", "violations"],
        [
            [ordering, count, sum(taken.ledger.subscriptions[each[0]].ordering == ordering for each in violations)]
            for ordering, count in counts.items()
        ],
    )
    checks.equal(violations[:3], [], "no event was sent before those that it waits for had succeeded")
    checks.expect(min(counts.values()) > 20, "enough was delivered in order to tell", counts)
    return violations
