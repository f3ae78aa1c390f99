"""Evaluates a flag with Eppo's SDK for Python, whose core is written in Rust, and prints how often it does so in a second.

The input is JSON: `contexts`, an object of attributes each, of which `id` is the subject. The flag has the condition, the part of all
subjects and the two variations that the feature of the benchmark has, in Eppo's terms.
"""

import json
import sys
import time

import eppo_client
from eppo_client.assignment_logger import AssignmentLogger
from eppo_client.config import Config
from eppo_client import Configuration

SECONDS = 2.0
FLAG = "new-player"


def half(variation, start, end):
    return {
        "variationKey": variation,
        "shards": [
            {"salt": "players", "ranges": [{"start": 0, "end": 8000}]},
            {"salt": "player-test", "ranges": [{"start": start, "end": end}]},
        ],
    }


CONFIGURATION = {
    "createdAt": "2026-01-28T10:00:00.000Z", "format": "SERVER", "environment": {"name": "Benchmark"},
    "flags": {FLAG: {
        "key": FLAG, "enabled": True, "variationType": "STRING", "totalShards": 10000,
        "variations": {key: {"key": key, "value": key} for key in ("old", "new")},
        "allocations": [{
            "key": "player-test", "doLog": False,
            "rules": [{"conditions": [
                {"attribute": "country", "operator": "ONE_OF", "value": ["DE", "AT", "CH", "FR"]},
                {"attribute": "age", "operator": "GTE", "value": 18},
                {"attribute": "plan", "operator": "ONE_OF", "value": ["pro"]},
            ]}],
            "splits": [half("old", 0, 5000), half("new", 5000, 10000)],
        }],
    }},
}

given = json.load(sys.stdin)
client = eppo_client.init(Config(
    api_key="none", base_url="http://127.0.0.1:9", assignment_logger=AssignmentLogger(), poll_interval_seconds=None,
    initial_configuration=Configuration(flags_configuration=json.dumps(CONFIGURATION).encode()),
))
subjects = [(context["id"], context) for context in given["contexts"]]
answers = {client.get_string_assignment(FLAG, subject, attributes, "none") for subject, attributes in subjects}
assert answers == {"none", "old", "new"}, answers
count, start = 0, time.perf_counter()
while time.perf_counter() - start < SECONDS:
    for subject, attributes in subjects:
        client.get_string_assignment(FLAG, subject, attributes, "none")
    count += len(subjects)
print(count / (time.perf_counter() - start))
