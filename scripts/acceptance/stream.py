"""Experiments, and a seeded stream of events and observations for them that is as untidy as the world's.

Exposures come late, twice, for the wrong variant and for units outside of the coverage; metric events come before the
exposure that they belong to, and after their window; numbers are tiny, huge and no numbers; ids look alike without being
equal. The same seed gives the same stream.
"""

import datetime
import json
import random

from bucketing import variant_index

# 2025-01-01T00:00:00Z: every event lies in the six hours from here.
START = 1_735_689_600_000
SPAN = 6 * 3_600_000

HOOK = {
    "id": "hook",
    "name": "Question or claim?",
    "variants": ["claim", "question", "früh"],
    "split": {"claim": 0.5, "question": 0.3, "früh": 0.2},
    "coverage": 0.9,
    "seed": "hook-2025",
    "unit": "user",
    "control": "claim",
    "metrics": [
        {"name": "click_rate", "kind": "proportion", "event": "click"},
        {"name": "clicks_in_an_hour", "kind": "count", "event": "click", "window_seconds": 3600},
        {"name": "watch_seconds", "kind": "sum", "event": "watch", "property": "seconds"},
        {"name": "watch_mean", "kind": "mean", "event": "watch", "property": "seconds", "window_seconds": 7200.5},
        {"name": "rating", "kind": "observation"},
        {"name": "signup", "kind": "observation"},
    ],
}
THUMBNAIL = {
    "id": "thumbnail",
    "name": "Which frame?",
    "variants": ["control", "face", "text"],
    "unit": "content",
    "metrics": [
        {"name": "shares", "kind": "count", "event": "share"},
        {"name": "watched", "kind": "sum", "event": "watch", "property": "seconds"},
    ],
}
LAYOUT = {
    "id": "layout",
    "name": "Grid or list?",
    "variants": ["grid", "list"],
    "split": {"grid": 0.25, "list": 0.75},
    "unit": {"attribute": "device"},
    "metrics": [{"name": "click_rate", "kind": "proportion", "event": "click"}],
}
EXPERIMENTS = [HOOK, THUMBNAIL, LAYOUT]

# Of one look and different bytes, outside of ASCII, outside of the basic plane.
ODD_NAMES = ["zoe\u0308", "zo\u00eb", "\u7528\u6237", "\U0001F3AC", "\U0001F469\u200D\U0001F52C", "\u00df", "ss", " ", "a b"]

# As written in JSON. The exact sums have to keep all of their bits.
ODD_NUMBERS = [
    "0", "-0", "0.1", "-0.1", "1e-3", "1E2", "12.50", "5e-324", "-5e-324", "2.2250738585072014e-308", "1e90", "-1e90",
    "9007199254740993", "123456789012345678901234567890", "0.30000000000000004", "1.0000000000000002", "1e-400",
    "4.35", "1e16", "-9.999999999999999e22", "3.0517578125e-05",
]  # fmt: skip
NO_NUMBERS = ['"12"', "null", "true", "[1]", '{"seconds":1}', "1e91", "-1.0000000000000002e90"]


def create(client, experiments=EXPERIMENTS, start=True):
    """Creates the experiments and starts them."""
    from server import expect_status, quoted

    for experiment in experiments:
        expect_status(client.post("/v1/experiments", experiment), 201)
        if start:
            expect_status(client.post(f"/v1/experiments/{quoted(experiment['id'])}/start"), 200)


def weights(experiment):
    variants = experiment["variants"]
    split = experiment.get("split")
    return [split[variant] if split else 1 / len(variants) for variant in variants]


def variant_of(experiment, unit):
    """The unit's variant, None where it takes no part."""
    index = variant_index(
        experiment.get("seed", experiment["id"]), unit, weights(experiment), experiment.get("coverage", 1.0)
    )
    return None if index is None else experiment["variants"][index]


class Stream:
    """Draws events and observations without end."""

    def __init__(self, seed, prefix="e", users=150, contents=40, devices=30):
        self.random = random.Random(seed)
        self.prefix = prefix
        self.drawn = 0
        self.users = [f"user-{number}" for number in range(users)] + ODD_NAMES
        self.contents = [f"video-{number}" for number in range(contents)] + ODD_NAMES[:4]
        self.devices = [f"device-{number}" for number in range(devices)] + ODD_NAMES[:4]

    def next_id(self):
        self.drawn += 1
        return f"{self.prefix}-{self.drawn}"

    def moment(self):
        return START + self.random.randrange(SPAN)

    def number(self):
        draw = self.random.random()
        if draw < 0.70:
            return repr(self.random.expovariate(1 / 40))
        if draw < 0.78:
            return str(self.random.randrange(0, 600))
        if draw < 0.95:
            return self.random.choice(ODD_NUMBERS)
        return self.random.choice(NO_NUMBERS)

    def event(self):
        """One event as a dictionary; its properties are JSON text, because they are kept verbatim."""
        draw = self.random.random()
        if draw < 0.30:
            return self.exposure()
        event = {"id": self.next_id(), "type": "scroll", "timestamp": self.moment()}
        properties = []
        if draw < 0.55:
            event["type"] = "click"
        elif draw < 0.88:
            event["type"] = "watch"
            if self.random.random() < 0.95:
                properties.append(f'"seconds":{self.number()}')
        elif draw < 0.94:
            event["type"] = "share"
        who = self.random.random()
        if who < 0.85:
            event["user_id"] = self.random.choice(self.users)
        if who > 0.55:
            event["content_id"] = self.random.choice(self.contents)
        if self.random.random() < 0.6:
            properties.append(f'"device": {json.dumps(self.random.choice(self.devices))}')
        if properties:
            self.random.shuffle(properties)
            event["properties"] = "{" + ", ".join(properties) + "}"
        return event

    def exposure(self):
        experiment = self.random.choice([HOOK, HOOK, THUMBNAIL, LAYOUT])
        event = {"id": self.next_id(), "type": "exposure", "timestamp": self.moment()}
        properties = {"experiment_id": experiment["id"]}
        if experiment is THUMBNAIL:
            unit = event["content_id"] = self.random.choice(self.contents)
        else:
            event["user_id"] = unit = self.random.choice(self.users)
        if experiment is LAYOUT:
            unit = properties["device"] = self.random.choice(self.devices)
        draw = self.random.random()
        if draw < 0.5:
            # What a client says that evaluated for itself; null where it takes no part.
            variant = variant_of(experiment, unit)
            if variant is not None:
                properties["variant"] = variant
        elif draw < 0.6:
            properties["variant"] = self.random.choice(experiment["variants"])
        elif draw < 0.62:
            properties["variant"] = "no such variant"
        # Half of the senders escape what is not ASCII, and the log keeps what came.
        event["properties"] = json.dumps(properties, ensure_ascii=self.random.random() < 0.5)
        return event

    def observation(self):
        """One observation of HOOK, as JSON would have it."""
        observation = {
            "id": self.next_id(),
            "variant": self.random.choice(HOOK["variants"]),
            "timestamp": moment_text(self.moment()),
        }
        if self.random.random() < 0.2:
            trials = self.random.randrange(1, 1000)
            return {**observation, "metric": "signup", "trials": trials, "successes": self.random.randrange(trials + 1)}
        observation |= {"metric": "rating", "value": self.value()}
        if self.random.random() < 0.6:
            observation["user_id"] = self.random.choice(self.users)
        return observation

    def value(self):
        if self.random.random() < 0.85:
            return self.random.gauss(3, 1)
        return float(self.random.choice(ODD_NUMBERS))


def moment_text(milliseconds):
    """The moment in RFC 3339."""
    moment = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"


def encode_event(event):
    """The event as JSON text."""
    members = [
        f"{json.dumps(name)}:{value if name == 'properties' else json.dumps(value, ensure_ascii=False)}"
        for name, value in event.items()
    ]
    return "{" + ",".join(members) + "}"


def encode_events(events):
    return ("[" + ",".join(map(encode_event, events)) + "]").encode()
