"""Posts domain events as a careful client would: again, with the same ids, until they are acknowledged.

What was acknowledged stands in a ledger, with the order in which each writer got its answers.
"""

import http.client
import random
import threading
import time

import webhook_stream

RETRY_SECONDS = 0.02
PACE_SECONDS = 0.01
# A writer that gets no answer for so long has found something.
PATIENCE_SECONDS = 180
# Writers wait while more deliveries than this are owed, so that what is left in the end can be delivered soon.
MAXIMUM_OWED = 3000
MAXIMUM_OWED_IN_ORDER = 150


class Ledger:
    """What was acknowledged, and to whom it has to be delivered."""

    def __init__(self, subscriptions):
        self.subscriptions = {each.name: each for each in subscriptions}
        self.events = {}
        self.owed = {name: set() for name in self.subscriptions}
        # By writer, in the order in which it posted them.
        self.sequences = {}
        self.lock = threading.Lock()

    def acknowledge(self, events, writer):
        with self.lock:
            for event in events:
                if event.id in self.events:
                    continue
                self.events[event.id] = event
                self.sequences.setdefault(writer, []).append(event.id)
                for name, subscription in self.subscriptions.items():
                    if subscription.wants(event):
                        self.owed[name].add(event.id)


class Room:
    """Whether more may be posted, by what the receivers have taken."""

    def __init__(self, ledger, receivers):
        self.ledger = ledger
        self.receivers = receivers

    def owed(self, ordered):
        return max(
            (
                len(self.ledger.owed[name]) - len(self.receivers.all[name].taken)
                for name, subscription in self.ledger.subscriptions.items()
                if (subscription.ordering == "strict") == ordered
            ),
            default=0,
        )

    @property
    def is_left(self):
        return self.owed(ordered=False) < MAXIMUM_OWED

    @property
    def is_left_in_order(self):
        return self.owed(ordered=True) < MAXIMUM_OWED_IN_ORDER


class Writer(threading.Thread):
    """Posts until it is told to stop, then finishes its batch. A node that is gone is left for another."""

    def __init__(self, number, nodes, ledger, room, stop, seed, draw=None):
        """`draw` makes an event of a stream, where the writer's own choice is not wanted."""
        super().__init__(name=f"writer-{number}")
        self.ledger = ledger
        self.room = room
        self.stop = stop
        self.draw = draw
        self.random = random.Random(seed * 1000 + number)
        self.stream = webhook_stream.Stream(seed * 1000 + number, prefix=f"w{number}")
        self.clients = [node.client(timeout=20) for node in nodes]
        self.next_client = number
        self.requests = self.resent = self.accepted = self.duplicates = 0
        # Events whose first answer was lost, so that a later one may call them duplicates.
        self.uncertain = 0
        self.problem = None

    def run(self):
        try:
            while not self.stop.is_set():
                if self.room.is_left:
                    self.step()
                time.sleep(PACE_SECONDS)
        except Exception as problem:  # Reported by the main thread.
            self.problem = problem

    def step(self):
        share = 0.25 if self.room.is_left_in_order else 0.0
        size = self.random.choice([1, 1, 1, 3, 10, 30])
        draw = self.draw or (lambda events: events.event(ordered_share=share))
        events = [draw(self.stream) for _ in range(size)]
        is_array = size > 1 or self.random.random() < 0.3
        if is_array and self.random.random() < 0.1:
            # The same event twice in one array.
            events.append(events[0])
        for turn in range(2 if self.random.random() < 0.1 else 1):
            self.post(events, is_array, is_repeated=turn > 0)

    def post(self, events, is_array, is_repeated):
        text = ",".join(event.encoded() for event in events)
        distinct = len({event.id for event in events})
        answer = self.insist((f"[{text}]" if is_array else text).encode(), 0 if is_repeated else distinct)
        outcomes = answer.json.get("events", []) if is_array else [answer.json]
        if [outcome.get("id") for outcome in outcomes] != [event.id for event in events]:
            raise AssertionError(f"{len(events)} were sent: {answer!r}")
        duplicates = sum(outcome["duplicate"] for outcome in outcomes)
        if duplicates < len(events) - distinct or is_repeated and duplicates < len(events):
            raise AssertionError(f"{distinct} of {len(events)} were distinct: {answer!r}")
        self.accepted += len(events) - duplicates
        self.duplicates += duplicates
        self.ledger.acknowledge(events, self.name)

    def insist(self, body, new):
        """Posts until it is answered; `new` events count as uncertain when the first answer is lost."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        is_first = True
        while time.monotonic() < deadline:
            self.requests += 1
            self.next_client += 1
            try:
                answer = self.clients[self.next_client % len(self.clients)].post("/v1/webhooks/events", body)
                if answer.status == 202:
                    return answer
                if answer.status != 503:
                    raise AssertionError(f"POST /v1/webhooks/events: {answer!r}")
            except (OSError, http.client.HTTPException):
                pass
            if is_first:
                self.uncertain += new
            is_first = False
            self.resent += 1
            time.sleep(RETRY_SECONDS)
        raise AssertionError(f"no answer to POST /v1/webhooks/events in {PATIENCE_SECONDS} s")
