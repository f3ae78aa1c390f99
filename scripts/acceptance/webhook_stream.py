"""Subscriptions of every kind, and a seeded stream of domain events for them, as untidy as the world's.

Which event is for whom is worked out here anew: by patterns of types, channels and tenants. The same seed gives the
same stream.
"""

import json
import random
from dataclasses import dataclass

import stream
from server import expect_status

TENANT = "studio-b"
# The built-in types, and some that the catalogue is taught.
PLAIN_TYPES = ["video.created", "video.published", "batch.completed", "video.cut.ready"]
STRICT_TYPE, KEYED_TYPES = "chain.step", ["episode.cut", "episode.aired"]
TAUGHT_TYPES = ["video.cut.ready", STRICT_TYPE, *KEYED_TYPES]
CHANNELS = ["eu", "us", "show-7"]

# 21 attempts, so that none is given up: a failure is a matter of chance, or of some seconds.
RETRY = {"delays_seconds": [0.2, 0.2, 0.3, 0.5, 0.5, *[1] * 10, *[2] * 5]}
TIMEOUT_SECONDS = 3


@dataclass(frozen=True)
class Subscription:
    """What is asked of the server, and, in `wants`, what that has to mean."""

    name: str
    events: tuple
    format: str = "standard"
    ordering: str = "none"
    channels: tuple = ()
    tenant: str | None = None
    ed25519: bool = False
    concurrency: int = 16
    timeout_seconds: float = TIMEOUT_SECONDS

    def definition(self, url):
        return {
            "id": self.name,
            "url": url,
            "events": list(self.events),
            "format": self.format,
            "ordering": self.ordering,
            "channels": list(self.channels),
            "tenant": self.tenant,
            "ed25519": self.ed25519,
            "concurrency": self.concurrency,
            "retry": RETRY,
            "timeout_seconds": self.timeout_seconds,
        }

    def wants(self, event):
        def is_one_of(pattern):
            below = pattern.removesuffix("*")
            return pattern in ("*", event.type) or (below.endswith(".") and event.type.startswith(below))

        return (
            self.tenant == event.tenant
            and any(map(is_one_of, self.events))
            and (not self.channels or bool(set(self.channels) & set(event.channels)))
        )

    def group(self, event):
        """The events that this one waits for are those of the same group before it; None where it waits for none."""
        if self.ordering == "strict":
            return ""
        return event.key if self.ordering == "by_key" else None


SUBSCRIPTIONS = [
    Subscription("everything", ("*",)),
    Subscription("in-line", (STRICT_TYPE,), ordering="strict"),
    Subscription("episodes", ("episode.*",), ordering="by_key", ed25519=True),
    Subscription("clouds", ("video.*",), format="cloudevents", ed25519=True),
    Subscription("in-line-too", (STRICT_TYPE,), format="cloudevents", ordering="strict"),
    Subscription("wrapped", ("video.created", "batch.completed"), format="envelope", channels=("eu", "show-7")),
    Subscription("episodes-too", ("episode.aired",), format="envelope", ordering="by_key", concurrency=4),
    Subscription("tenant", ("video.*", "batch.completed"), tenant=TENANT, concurrency=64),
]
# Of deleted subscriptions, whose numbers lie between those of the others.
SPACERS = 32


def create(client, subscriptions, receivers, verifier, spread=False):
    """Creates what the events need, and the subscriptions, and tells the verifier their secrets.

    With `spread`, half of the subscriptions go to the second half of the buckets, which a second node delivers for.
    """
    for name in TAUGHT_TYPES:
        expect_status(client.post("/v1/webhooks/event-types", {"name": name, "description": "for the test"}), 201)
    expect_status(client.post("/v1/webhooks/tenants", {"id": TENANT, "name": "Studio B"}), 201)
    for number, subscription in enumerate(subscriptions):
        if spread and number == len(subscriptions) // 2:
            for spacer in range(SPACERS):
                body = {"id": f"spacer-{spacer}", "url": "http://127.0.0.1:9/", "events": ["batch.completed"]}
                expect_status(client.post("/v1/webhooks/subscriptions", body), 201)
                expect_status(client.request("DELETE", f"/v1/webhooks/subscriptions/spacer-{spacer}"), 204)
        body = subscription.definition(receivers.all[subscription.name].url)
        created = expect_status(client.post("/v1/webhooks/subscriptions", body), 201).json
        verifier.learn(subscription.name, subscription.format, created["secret"], created.get("public_key"))


@dataclass(frozen=True)
class Event:
    id: str
    type: str
    payload: str
    key: str | None = None
    channels: tuple = ()
    tenant: str | None = None
    # Milliseconds since 1970; the server's time of arrival where it is None.
    moment: int | None = None

    def encoded(self):
        """As JSON text, with the payload as it is."""
        members = {"id": self.id, "type": self.type, "tenant": self.tenant, "ordering_key": self.key}
        if self.channels:
            members["channels"] = list(self.channels)
        if self.moment is not None:
            members["timestamp"] = stream.moment_text(self.moment) if self.moment % 2 else self.moment
        texts = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in members.items() if value is not None]
        # Wherever the payload stands.
        texts.insert(len(self.id) % (len(texts) + 1), f'"payload": {self.payload}')
        return "{" + ",".join(texts) + "}"


class Stream:
    """Draws events without end."""

    def __init__(self, seed, prefix, keys=8):
        self.random = random.Random(seed)
        self.prefix = prefix
        self.drawn = 0
        self.keys = [f"key-{number}" for number in range(keys)] + stream.ODD_NAMES[:4]

    def event(self, *, ordered_share=0.2):
        """An event of the ordered types with this probability, or of any other."""
        draw = self.random.random()
        if draw < ordered_share / 3:
            type, key = STRICT_TYPE, self.random.choice([None, *self.keys])
        elif draw < ordered_share:
            type = self.random.choice(KEYED_TYPES)
            key = self.random.choice(self.keys) if self.random.random() < 0.95 else None
        else:
            type, key = self.random.choice(PLAIN_TYPES), None
        is_plain = type in PLAIN_TYPES
        return Event(
            id=self.next_id(),
            type=type,
            payload=self.payload(),
            key=key,
            channels=tuple(self.random.sample(CHANNELS, self.random.choice([0, 0, 1, 2]))),
            tenant=TENANT if is_plain and self.random.random() < 0.15 else None,
            moment=stream.START + self.random.randrange(stream.SPAN) if self.random.random() < 0.5 else None,
        )

    def next_id(self):
        self.drawn += 1
        odd = self.random.choice([" %41", " \u00fc", "\U0001F3AC", ".v1,"]) if self.random.random() < 0.03 else ""
        return f"{self.prefix}-{self.drawn}{odd}"

    def payload(self):
        """JSON text that would not survive being parsed and written again."""
        draw = self.random.random()
        if draw < 0.05:
            return self.random.choice(["null", "12.50", "-0", '"\\u0041 \\/ \u00fc"', "[ ]", "true", "[1,\n2]"])
        number = self.random.choice(stream.ODD_NUMBERS)
        name = json.dumps(self.random.choice(stream.ODD_NAMES), ensure_ascii=self.random.random() < 0.5)
        text = "x" * self.random.choice([0, 10, 100, 100, 300, 3000])
        rest = f'"n": {number}, "nested":[{{"data":1}} ,{{}}],"z":"{text}"'
        return f'{{ "video_id":"vid_{self.drawn}",\t"title" : {name},{rest} }}'
