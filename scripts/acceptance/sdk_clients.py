"""Applications that use OpenFeature or GrowthBook work with Hookline: their own libraries, against a live server.

    sdk_clients.py [--database sqlite] [--users 10000] [--seed N]

Random viewers, with ids of every script, ask in three ways: by OpenFeature's provider over the network, by GrowthBook's SDK with the
features that it loads from the server, and by `hookline features evaluate`. All three must agree on every viewer and feature. An
experiment of `/v1/experiments` is among the features: the exposures that the server records for one library and that the callbacks
of the other send must come to the same units in the same arms. Features that are changed by HTTP must reach a connected SDK
within a second.
"""

import argparse
import json
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import server
from checks import Checks, say
from growthbook import AbstractStickyBucketService, GrowthBook
from growthbook.growthbook import feature_repo
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, GeneralError, TargetingKeyMissingError, TypeMismatchError

WITHIN_SECONDS = 1.0
SCRIPTS = ["user_{}", "zuschauer-ä{}", "зритель{}", "観客{}", "🎬{}", "e\u0301-{}", "0{}", "a b/{}?"]
DECRYPTION_KEY = "Zvwv/+uhpFDznZ6SX28Yjg=="

EXPERIMENT = {
    "id": "hook-test", "name": "Hooks", "variants": ["control", "question", "number"],
    "split": {"control": 0.5, "question": 0.3, "number": 0.2}, "coverage": 0.8, "dimensions": ["country"],
}
HOLDOUT = {"id": "holdout", "name": "Held out", "variants": ["held-out", "measured"], "control": "held-out", "coverage": 0.2}
FEATURES = {
    "hook": {
        "defaultValue": "none",
        "rules": [{
            "id": "test", "experiment": "hook-test", "condition": {"age": {"$gte": 18}},
            "values": {"control": "plain", "question": "Wer war's?", "number": "7 Gründe"},
        }],
    },
    "banner": {"defaultValue": False, "rules": [{"condition": {"country": {"$inGroup": "dach"}}, "force": True, "coverage": 0.5,
                                                 "hashVersion": 2}]},
    "player": {
        "defaultValue": "old", "holdout": {"experiment": "holdout"},
        "rules": [
            {"condition": {"email": {"$regexi": "@studio\\.example$"}}, "force": "staff"},
            {"key": "player-test", "variations": ["old", "new"], "weights": [0.4, 0.6], "coverage": 0.9, "hashVersion": 2,
             "namespace": ["layer", 0, 0.6], "meta": [{"key": "control"}, {"key": "new"}]},
        ],
    },
    "speed": {"defaultValue": 1, "rules": [{"key": "speed-test", "variations": [1, 1.25, 2], "hashVersion": 2,
                                            "filters": [{"seed": "layer2", "ranges": [[0.1, 0.7]], "hashVersion": 2}]}]},
    "retries": {"defaultValue": 3, "rules": [{"condition": {"app": {"$vgte": "2.10.0"}}, "force": 5}]},
    "theme": {"defaultValue": {"dark": False},
              "rules": [{"parentConditions": [{"id": "banner", "condition": {"value": True}}], "force": {"dark": True, "sizes": [1, 2]}}]},
}
KINDS = {"hook": "string", "banner": "boolean", "player": "string", "speed": "float", "retries": "integer", "theme": "object"}
DEFAULTS = {"string": "?", "boolean": False, "float": -1.0, "integer": -1, "object": {}}


def viewers(count, seed):
    choose = random.Random(seed)
    for number in range(count):
        viewer = {
            "id": choose.choice(SCRIPTS).format(number), "country": choose.choice(["DE", "AT", "FR", "日本"]),
            "age": choose.randrange(12, 70), "app": f"{choose.randrange(1, 4)}.{choose.randrange(0, 20)}.0",
        }
        if choose.random() < 0.1:
            viewer["email"] = choose.choice(["a@studio.example", "b@STUDIO.example", "c@other.example"])
        yield viewer


def prepare(client, checks):
    for experiment in (EXPERIMENT, HOLDOUT):
        checks.equal(client.post("/v1/experiments", experiment).status, 201, "the experiment is made")
        checks.equal(client.post(f"/v1/experiments/{experiment['id']}/start").status, 200, "the experiment begins")
    checks.equal(client.put("/v1/saved-groups/dach", ["DE", "AT", "CH"]).status, 201, "the group is written")
    for key, definition in FEATURES.items():
        checks.equal(client.put(f"/v1/features/{key}", definition).status, 201, f"{key} is written")


def make_key(client, scope):
    return client.post("/v1/keys", {"name": scope, "scope": scope}).json["key"]


def own_answers(payload, users):
    """What `hookline features evaluate` answers, by viewer."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(payload, file)
        file.flush()
        lines = "".join(json.dumps({"attributes": user}) + "\n" for user in users)
        answer = subprocess.run(
            [server.binary(), "features", "evaluate", file.name], input=lines.encode(), capture_output=True, check=True
        )
    return [{key: result["value"] for key, result in json.loads(line).items()} for line in answer.stdout.splitlines()]


class Provider:
    """OpenFeature's provider, asked for a feature of any kind."""

    def __init__(self, port, key):
        self.provider = OFREPProvider(f"http://127.0.0.1:{port}", headers_factory=lambda: {"Authorization": f"Bearer {key}"})

    def details(self, key, user, kind=None):
        kind = kind or KINDS[key]
        attributes = {name: value for name, value in user.items() if name != "id"}
        context = EvaluationContext(user.get("id"), attributes)
        return getattr(self.provider, f"resolve_{kind}_details")(key, DEFAULTS[kind], context)


def ask_by_protocol(checks, port, key, users, own):
    """One thread for each of some parts: what is measured is whether they agree, not how fast Python is."""
    problems, reasons = [], set()

    def ask(part):
        provider = Provider(port, key)
        for index in part:
            # Each viewer asks for one feature of its own, and for the one with the experiment.
            for feature in {"hook", list(FEATURES)[index % len(FEATURES)]}:
                details = provider.details(feature, users[index])
                reasons.add(str(details.reason))
                if details.value != own[index][feature] or type(details.value) is int and feature == "speed":
                    problems.append((users[index], feature, details.value, own[index][feature]))

    threads = [threading.Thread(target=ask, args=(range(part, len(users), 4),)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    checks.expect(not problems, f"OpenFeature's provider agrees on {len(users)} viewers", f"{len(problems)}: {problems[:3]}")
    checks.expect(any("SPLIT" in reason for reason in reasons), "reasons are told", reasons)


def ask_by_sdk(checks, port, key, users, own, decryption_key=""):
    """Answers what the callbacks told: of each viewer, the experiments and variations."""
    exposures = {}

    def viewed(experiment, result, user_context=None):
        exposures[(experiment.key, result.hashValue)] = (result.key, user_context.attributes if user_context else {})

    sdk = GrowthBook(
        api_host=f"http://127.0.0.1:{port}", client_key=key, decryption_key=decryption_key, on_experiment_viewed=viewed
    )
    sdk.load_features()
    problems = []
    for user, expected in zip(users, own):
        sdk.set_attributes(dict(user))
        for feature in FEATURES:
            value = sdk.eval_feature(feature).value
            if value != expected[feature]:
                problems.append((user, feature, value, expected[feature]))
    sdk.destroy()
    name = "with encrypted features" if decryption_key else "with its features"
    checks.expect(not problems, f"GrowthBook's SDK {name} agrees on {len(users)} viewers", f"{len(problems)}: {problems[:3]}")
    return exposures


def arms(client, experiment):
    """The units of each arm, and how many exposures did not fit."""
    deadline = time.monotonic() + 60
    while True:
        result = client.get(f"/v1/experiments/{experiment}/results?include_open=true").json
        found = {arm["variant"]: arm["observed"] for arm in result["sample_ratio"]["variants"]}
        yield found, result
        if time.monotonic() > deadline:
            return
        time.sleep(0.2)


def wait_for_arms(checks, client, experiment, expected, what):
    # The server closes a connection that is idle for a minute, as this one may have been while the libraries were asked.
    client.close()
    found = None
    for found, result in arms(client, experiment):
        if found == expected:
            break
    checks.equal(found, expected, what)
    checks.equal(result["exposure_mismatches"], 0, f"{what}: no exposure has another variant than the server computes")


def send_exposures(client, exposures):
    events = [
        {"type": "exposure", "user_id": user, "properties": {"experiment_id": experiment, "variant": variant}}
        for (experiment, user), (variant, _) in exposures.items()
    ]
    for start in range(0, len(events), 1000):
        client.post("/v1/events", events[start:start + 1000])


def expected_arms(exposures, experiment, variants):
    found = dict.fromkeys(variants, 0)
    for (name, _), (variant, _) in exposures.items():
        if name == experiment:
            found[variant] += 1
    return found


def errors_of_the_protocol(checks, port, key):
    provider = Provider(port, key)
    for what, error, ask in [
        ("an unknown flag", FlagNotFoundError, lambda: provider.details("nope", {"id": "u"}, "string")),
        ("a viewer without id", TargetingKeyMissingError, lambda: provider.details("speed", {"country": "DE"})),
        ("another type", TypeMismatchError, lambda: provider.details("hook", {"id": "u"}, "integer")),
        ("a wrong key", Exception, lambda: Provider(port, "hk_x").details("hook", {"id": "u"})),
    ]:
        try:
            answer = ask()
            checks.expect(False, f"{what} is an error", answer)
        except error:
            checks.expect(True, what)


def too_fast(checks, database, folder):
    """A provider that is told to wait, waits."""
    with server.Server(database, folder, "slow", arguments=["--client-rate", "1", "--client-burst", "3"]) as slow:
        with slow.client() as client:
            key = make_key(client, "client")
            provider = Provider(slow.port, key)
            told = ""
            try:
                for _ in range(5):
                    provider.details("retries", {"id": "u"})
            except GeneralError as error:
                told = str(error)
            checks.expect("retry after: 1" in told and provider.provider.retry_after, "429 tells when to try again", told)


def changes_reach_a_connected_sdk(checks, port, key, client):
    sdk = GrowthBook(api_host=f"http://127.0.0.1:{port}", client_key=key, streaming=True)
    value = lambda: sdk.eval_feature("live").value
    delays = []
    try:
        client.put("/v1/features/live", {"defaultValue": 0})
        deadline = time.monotonic() + 10
        while value() != 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        for number in range(1, 11):
            client.put("/v1/features/live", {"defaultValue": number})
            begun = time.monotonic()
            while value() != number and time.monotonic() - begun < 10:
                time.sleep(0.002)
            delays.append(time.monotonic() - begun)
        # What changes an experiment changes the features that name it.
        client.post("/v1/experiments/hook-test/pause")
        begun = time.monotonic()
        sdk.set_attributes({"id": "user_1", "age": 30})
        while time.monotonic() - begun < 10:
            rules = sdk.get_features()["hook"].rules
            if all(not rule.variations for rule in rules):
                break
            time.sleep(0.002)
        delays.append(time.monotonic() - begun)
        client.post("/v1/experiments/hook-test/start")
    finally:
        sdk.stop_auto_refresh()
        sdk.destroy()
    worst = max(delays)
    checks.expect(worst < WITHIN_SECONDS, f"a change reaches a connected SDK within {WITHIN_SECONDS} s", f"{delays}")
    say(f"changes reached GrowthBook's SDK after {sorted(delays)[len(delays) // 2] * 1000:.0f} ms, at most {worst * 1000:.0f} ms")


def changes_reach_a_provider(checks, port, key, client):
    """OpenFeature's provider for Python does not follow the stream: it is read as the protocol has it."""
    import requests

    address = f"http://127.0.0.1:{port}"
    headers = {"Authorization": f"Bearer {key}"}
    flags = "/ofrep/v1/evaluate/flags"
    body = {"context": {"targetingKey": "観客1"}}
    bulk = requests.post(address + flags, json=body, headers=headers, timeout=10)
    stream = bulk.json()["eventStreams"][0]["endpoint"]["requestUri"]
    events = queue.Queue()
    answer = requests.get(address + stream, stream=True, timeout=30)

    def read():
        try:
            for line in answer.iter_lines():
                if line.startswith(b"data: "):
                    events.put(json.loads(line[6:]))
        except Exception:  # The connection is closed at the end.
            pass

    threading.Thread(target=read, daemon=True).start()
    checks.equal(events.get(timeout=10)["type"], "refetchEvaluation", "the stream begins with what there is")
    same = requests.post(address + flags, json=body, headers={**headers, "If-None-Match": bulk.headers["ETag"]}, timeout=10)
    checks.equal(same.status_code, 304, "nothing has changed yet")
    client.put("/v1/features/live", {"defaultValue": "told"})
    begun = time.monotonic()
    event = events.get(timeout=10)
    checks.expect(time.monotonic() - begun < WITHIN_SECONDS, "the stream tells within a second")
    again = requests.post(
        f"{address}{flags}", params={"flagConfigEtag": event["etag"], "flagConfigLastModified": event["lastModified"]}, json=body,
        headers={**headers, "If-None-Match": bulk.headers["ETag"]}, timeout=10,
    )
    checks.equal(again.status_code, 200, "there is something else now")
    checks.expect({"key": "live", "value": "told"}.items() <= next(f for f in again.json()["flags"] if f["key"] == "live").items(),
                  "the new value is there", again.text[:200])
    answer.close()


class KeptHere(AbstractStickyBucketService):
    """Sticky buckets that GrowthBook's SDK keeps in Hookline."""

    def __init__(self, client):
        super().__init__()
        self.client = client

    def get_assignments(self, attribute, value):
        return self.client.get(self.path(attribute, value)).json

    def save_assignments(self, document):
        self.client.put(self.path(document["attributeName"], document["attributeValue"]), document)

    @staticmethod
    def path(attribute, value):
        return f"/v1/sticky-buckets/{urllib.parse.quote(attribute, '')}/{urllib.parse.quote(value, '')}"


def buckets_stick_everywhere(checks, port, key, client):
    """What one library has assigned, the other keeps."""
    def feature(weights):
        return {"defaultValue": "none", "rules": [{
            "key": "sticky", "variations": ["a", "b"], "weights": weights, "hashVersion": 2, "bucketVersion": 1,
            "meta": [{"key": "a"}, {"key": "b"}],
        }]}

    client.put("/v1/features/sticky", feature([0.5, 0.5]))
    provider = Provider(port, key)
    users = [f"sticky_{number}" for number in range(40)]
    before = [provider.details("sticky", {"id": user}, "string").value for user in users]
    checks.equal(set(before), {"a", "b"}, "both variations are dealt out")
    # Assignments are written behind the answers.
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(
        not client.get(f"/v1/sticky-buckets/id/{user}").json["assignments"] for user in users
    ):
        time.sleep(0.05)
    client.put("/v1/features/sticky", feature([0, 1]))
    after = [provider.details("sticky", {"id": user}, "string").value for user in users]
    checks.equal(after, before, "units keep their variation by OpenFeature")
    feature_repo.clear_cache()
    sdk = GrowthBook(api_host=f"http://127.0.0.1:{port}", client_key=key, sticky_bucket_service=KeptHere(client))
    sdk.load_features()
    kept = []
    for user in users:
        sdk.set_attributes({"id": user})
        kept.append(sdk.eval_feature("sticky").value)
    checks.equal(kept, before, "units keep their variation by GrowthBook's SDK")
    sdk.destroy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    checks = Checks(f"clients of OpenFeature and GrowthBook ({arguments.database}, {arguments.users} viewers, seed {arguments.seed})")
    users = list(viewers(arguments.users, arguments.seed))
    with server.temporary_folder() as folder, server.new_database(arguments.database, folder) as database:
        rate = ["--client-rate", "0"]
        with server.Server(database, folder, arguments=rate) as live, live.client() as client:
            prepare(client, checks)
            key = make_key(client, "client")
            with live.client(None) as open_client:
                answer = open_client.get(f"/api/features/{key}")
                payload = answer.json
            checks.equal(answer.status, 200, "features are sent to who has the key")
            own = own_answers(payload, users)
            ask_by_protocol(checks, live.port, key, users, own)
            exposures = ask_by_sdk(checks, live.port, key, users, own)
            expected = expected_arms(exposures, "hook-test", EXPERIMENT["variants"])
            checks.expect(all(count > arguments.users * 0.05 for count in expected.values()), "every arm has units", expected)
            # All viewers have asked for it by the protocol; GrowthBook's callbacks tell of the same ones.
            wait_for_arms(checks, client, "hook-test", expected, "the exposures of OpenFeature's provider")
            send_exposures(client, exposures)
            held = expected_arms(exposures, "holdout", HOLDOUT["variants"])
            wait_for_arms(checks, client, "holdout", held, "the exposures of GrowthBook's callbacks")
            wait_for_arms(checks, client, "hook-test", expected, "both together")
            errors_of_the_protocol(checks, live.port, key)
            changes_reach_a_connected_sdk(checks, live.port, key, client)
            changes_reach_a_provider(checks, live.port, key, client)
            buckets_stick_everywhere(checks, live.port, key, client)
            checks.equal(live.stop(), 0, "the server ends in good order")
        too_fast(checks, database, folder)
        feature_repo.clear_cache()
        encrypted = server.Server(database, folder, "encrypted", arguments=rate)
        encrypted.environment = {"HOOKLINE_FEATURE_ENCRYPTION_KEY": DECRYPTION_KEY}
        with encrypted:
            ask_by_sdk(checks, encrypted.port, key, users[:500], own[:500], DECRYPTION_KEY)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
