"""Experiments, and a seeded stream of events and observations for them that is as untidy as the world's.

Exposures come late, twice, for the wrong variant and for units outside of the coverage, and some turn out to be earlier than
those before; metric events come before the exposure that they belong to, at the very ends of their window, and after it;
numbers are tiny, huge and no numbers; ids look alike without being equal. The same seed gives the same stream.
"""

import datetime
import json
import random
import time

from bucketing import variant_index

# 2025-01-01T00:00:00Z: where nothing else is said, every event lies in the twelve days from here.
START = 1_735_689_600_000
SPAN = 12 * 86_400_000
HOUR = 3_600_000
DAY_SECONDS = 86_400

ON_PHONE = {"client.kind": "phone"}
HOOK = {
    "id": "hook",
    "name": "Question or claim?",
    "variants": ["claim", "question", "früh"],
    "split": {"claim": 0.5, "question": 0.3, "früh": 0.2},
    "coverage": 0.9,
    "seed": "hook-2025",
    "unit": "user",
    "control": "claim",
    "dimensions": ["country", "age", "campaign"],
    # Every kind, and every way to filter, to cap and to look back.
    "metrics": [
        {"name": "click_rate", "kind": "proportion", "event": "click", "covariate": {}},
        {
            "name": "feed_clicks", "kind": "proportion", "event": "click", "window_seconds": 2.5 * DAY_SECONDS,
            "where": {"place": {"$in": ["feed", "home"]}, "$not": {"ad": True}}, "covariate": {"days": 3.5, "event": "share"},
        },
        {"name": "clicks_in_an_hour", "kind": "count", "event": "click", "window_seconds": 3600},
        {
            "name": "clicks_capped", "kind": "count", "event": "click", "cap": 2, "window_seconds": 3 * DAY_SECONDS,
            "delay_seconds": 600, "covariate": {"days": 7, "event": "click", "cap": 1},
        },
        {"name": "watch_seconds", "kind": "sum", "event": "watch", "property": "seconds"},
        {
            "name": "score_sum", "kind": "sum", "event": "watch", "property": "score", "window_seconds": 4 * DAY_SECONDS,
            "cap": {"percentile": 0.9, "ignore_zeros": True}, "covariate": {"days": 14},
        },
        {
            "name": "long_scores", "kind": "sum", "event": "watch", "property": "score", "delay_seconds": 3600.5,
            "where": {"score": {"$gte": 20, "$lt": 1000}, "client": {"$exists": True}, "$or": [ON_PHONE, {"place": "feed"}]},
            "covariate": {"days": 10, "cap": 50},
        },
        {"name": "watch_mean", "kind": "mean", "event": "watch", "property": "seconds", "window_seconds": 7200.5},
        {
            "name": "score_mean", "kind": "mean", "event": "watch", "property": "score", "cap": {"percentile": 0.8},
            "covariate": {"event": "watch", "property": "score"},
        },
        {
            "name": "shares_per_click", "kind": "ratio", "covariate": {},
            "numerator": {"event": "share", "cap": 3}, "denominator": {"event": "click", "cap": 4},
        },
        {
            "name": "score_per_watch", "kind": "ratio", "window_seconds": 5 * DAY_SECONDS,
            "numerator": {"event": "watch", "property": "score", "where": {"place": {"$ne": "search"}}, "cap": 500},
            "denominator": {"event": "watch"}, "covariate": {"days": 5, "event": "click", "where": {"place": "feed"}},
        },
        {
            "name": "score_p90", "kind": "quantile", "event": "watch", "property": "score", "quantile": 0.9,
            "window_seconds": 5 * DAY_SECONDS,
        },
        {"name": "seconds_p50", "kind": "quantile", "event": "watch", "property": "seconds", "quantile": 0.5, "of": "events"},
        {
            "name": "score_per_user_p75", "kind": "quantile", "event": "watch", "property": "score", "quantile": 0.75,
            "of": "units", "ignore_zeros": True,
        },
        {
            "name": "clicks_p60", "kind": "quantile", "event": "click", "quantile": 0.6, "of": "units",
            "window_seconds": 6 * DAY_SECONDS,
        },
        {
            "name": "came_back", "kind": "retention", "event": "click", "from_day": 1, "until_day": 4,
            "covariate": {"days": 6},
        },
        {
            "name": "all_the_way", "kind": "funnel", "window_seconds": 8 * DAY_SECONDS, "covariate": {"event": "scroll"},
            "steps": [{"event": "click"}, {"event": "watch", "where": {"score": {"$gt": 5}}}, {"event": "click"}],
        },
        {
            "name": "last_step", "kind": "funnel", "base": "previous_step",
            "steps": [{"event": "click"}, {"event": "watch"}, {"event": "share"}],
        },
        {"name": "rating", "kind": "observation"},
        {"name": "signup", "kind": "observation"},
    ],
}
THUMBNAIL = {
    "id": "thumbnail",
    "name": "Which frame?",
    "variants": ["control", "face", "text"],
    "unit": "content",
    "dimensions": ["country"],
    "metrics": [
        {"name": "shares", "kind": "count", "event": "share", "covariate": {"days": 30}},
        {"name": "watched", "kind": "sum", "event": "watch", "property": "seconds"},
        {
            "name": "score", "kind": "quantile", "event": "watch", "property": "score", "quantile": 0.25,
            "where": {"score": {"$gte": 0.5}},
        },
    ],
}
LAYOUT = {
    "id": "layout",
    "name": "Grid or list?",
    "variants": ["grid", "list"],
    "split": {"grid": 0.25, "list": 0.75},
    "unit": {"attribute": "device"},
    "metrics": [
        {"name": "click_rate", "kind": "proportion", "event": "click"},
        {"name": "score", "kind": "sum", "event": "watch", "property": "score", "window_seconds": 200000},
    ],
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
    from server import expect_status

    for experiment in experiments:
        expect_status(client.post("/v1/experiments", experiment), 201)
    if start:
        start_all(client, experiments)


def start_all(client, experiments=EXPERIMENTS):
    from server import expect_status, quoted

    for experiment in experiments:
        expect_status(client.post(f"/v1/experiments/{quoted(experiment['id'])}/start"), 200)


def wait_until_built(client, experiment, seconds=120, every=0.05):
    """Waits until all units stand in the metrics that were added to an experiment."""
    from server import expect_status, quoted

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = expect_status(client.get(f"/v1/experiments/{quoted(experiment)}"), 200).json
        if all(metric["built"] for metric in answer["added_metrics"]):
            return True
        time.sleep(every)
    return False


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


def recent():
    """A start from which the twelve days end now: the windows of some units have closed, those of others are open."""
    return int(time.time() * 1000) - SPAN


class Stream:
    """Draws events and observations without end."""

    def __init__(self, seed, prefix="e", users=150, contents=40, devices=30, start=START):
        self.random = random.Random(seed)
        self.prefix = prefix
        self.drawn = 0
        self.start = start
        # Of the last event: the user and the moment.
        self.last = None
        self.users = [f"user-{number}" for number in range(users)] + ODD_NAMES
        self.contents = [f"video-{number}" for number in range(contents)] + ODD_NAMES[:4]
        self.devices = [f"device-{number}" for number in range(devices)] + ODD_NAMES[:4]

    def next_id(self):
        self.drawn += 1
        return f"{self.prefix}-{self.drawn}"

    def moment(self):
        """Often a whole hour: then things happen at the same moment, and at the very ends of windows."""
        if self.random.random() < 0.3:
            return self.start + HOUR * self.random.randrange(SPAN // HOUR)
        return self.start + self.random.randrange(SPAN)

    def choose(self, names):
        """One of the names, the first more often than the last."""
        return names[int(len(names) * self.random.random() ** 1.5)]

    def number(self):
        draw = self.random.random()
        if draw < 0.70:
            return repr(self.random.expovariate(1 / 40))
        if draw < 0.78:
            return str(self.random.randrange(0, 600))
        if draw < 0.95:
            return self.random.choice(ODD_NUMBERS)
        return self.random.choice(NO_NUMBERS)

    def score(self):
        """A number of everyday size; rarely none."""
        return round(self.random.lognormvariate(3, 1), 2) if self.random.random() < 0.97 else None

    def event(self):
        """One event as a dictionary; its properties are JSON text, because they are kept verbatim."""
        draw = self.random.random()
        if draw < 0.22:
            return self.exposure()
        event = {"id": self.next_id(), "type": "scroll", "timestamp": self.moment()}
        properties = []
        if draw < 0.55:
            event["type"] = "click"
        elif draw < 0.88:
            event["type"] = "watch"
            if self.random.random() < 0.95:
                properties.append(f'"seconds":{self.number()}')
            if self.random.random() < 0.95:
                properties.append(f'"score": {json.dumps(self.score())}')
        elif draw < 0.94:
            event["type"] = "share"
        who = self.random.random()
        if who < 0.85:
            event["user_id"] = self.choose(self.users)
            if self.last is not None and self.random.random() < 0.1:
                # The same viewer at the same moment: what comes first in the log came first.
                event["user_id"], event["timestamp"] = self.last
            self.last = (event["user_id"], event["timestamp"])
        if who > 0.55:
            event["content_id"] = self.choose(self.contents)
        if self.random.random() < 0.6:
            properties.append(f'"device": {json.dumps(self.choose(self.devices))}')
        if self.random.random() < 0.5:
            place = self.random.choice(["feed", "home", "search", ["feed", "top"], None, 7])
            properties.append(f'"place": {json.dumps(place)}, "ad": {self.random.choice(["true", "false", "1"])}')
        if self.random.random() < 0.4:
            properties.append(f'"client": {{"kind": "{self.random.choice(["phone", "tablet"])}"}}')
        if properties:
            self.random.shuffle(properties)
            event["properties"] = "{" + ", ".join(properties) + "}"
        return event

    def exposure(self):
        experiment = self.random.choice([HOOK, HOOK, THUMBNAIL, LAYOUT])
        event = {"id": self.next_id(), "type": "exposure", "timestamp": self.moment()}
        properties = {"experiment_id": experiment["id"], **self.dimensions()}
        if experiment is THUMBNAIL:
            unit = event["content_id"] = self.choose(self.contents)
        else:
            event["user_id"] = unit = self.choose(self.users)
            self.last = (unit, event["timestamp"])
        if experiment is LAYOUT:
            unit = properties["device"] = self.choose(self.devices)
        draw = self.random.random()
        if draw < 0.5:
            # What a client says that evaluated for itself; null where it takes no part.
            variant = variant_of(experiment, unit)
            if variant is not None:
                properties["variant"] = variant
        elif draw < 0.51:
            # Shown another variant than its own, the unit is left out.
            properties["variant"] = self.random.choice(experiment["variants"])
        elif draw < 0.53:
            properties["variant"] = "no such variant"
        # Half of the senders escape what is not ASCII, and the log keeps what came.
        event["properties"] = json.dumps(properties, ensure_ascii=self.random.random() < 0.5)
        return event

    def dimensions(self):
        """Properties of an exposure by which units are broken down, some of them of no use for that."""
        properties = {"campaign": f"campaign-{int(self.random.random() ** 2 * 80)}"}
        if self.random.random() < 0.9:
            properties["country"] = self.random.choice(["DE", "FR", "IN", "zoë", "zoë", None, {"code": "DE"}, "x" * 300])
        if self.random.random() < 0.8:
            properties["age"] = self.random.choice([20, 20.0, 35, 35.5, True, False, "20", 2**60 + 1])
        return properties

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
            observation["user_id"] = self.choose(self.users)
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
