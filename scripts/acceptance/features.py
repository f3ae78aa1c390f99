"""Evaluates features for random viewers, and compares with GrowthBook's own SDK for Python.

    features.py [--viewers N] [--payloads N] [--seed N]

Payloads are random: rules with conditions, saved groups, prerequisites, rollouts, experiments with ranges, weights, coverage,
namespaces and filters, forced variations. Viewers have ids of every script, numbers and texts that look like numbers. What
`hookline features evaluate` answers has to be what the SDK answers: the value, where it comes from, the rule, and of an
experiment the variation, the bucket and by what the viewer was dealt out.

Where the SDKs themselves disagree and the shared cases say nothing, Hookline does what the SDK for JavaScript does, and this
script does not ask: numbers that are missing and compared with `$lt` and the like (a shared case says that they are 0, which the
SDK for Python 4.0.0 fails), values of different types that are held for equal (1 and true), a forced null, a place that is exactly the
coverage, and experiments that are forced for somebody whom their condition leaves out.
"""

import argparse
import copy
import json
import logging
import random
import subprocess
import sys
import tempfile

from checks import Checks
from growthbook import GrowthBook
from server import binary

COUNTRIES = ["DE", "AT", "FR", "US", "日本"]
PLANS = ["free", "pro", "Pro", ""]
SCRIPTS = ["user_{}", "zuschauer_ä{}", "зритель{}", "観客{}", "🎬{}", "e\u0301{}", "{}", " {} "]
FEATURES = [f"feature-{number}" for number in range(8)]
GROUPS = {"vip": ["user_1", "観客7", 12, True], "empty": [], "countries": ["DE", "日本"]}


class Definitions:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def payload(self):
        # Whoever is forced must not be left out by a condition.
        self.forces = self.chance(0.3)
        features = {}
        for number, key in enumerate(FEATURES):
            features[key] = {
                "defaultValue": self.value(),
                "rules": [self.rule(f"r{index}", FEATURES[:number]) for index in range(self.random.randrange(4))],
            }
        return {"features": features, "savedGroups": GROUPS}

    def value(self):
        return self.pick([True, False, 0, 1, 2.5, "", "a", "größer", None, {"a": 1}, [1, 2]])

    def rule(self, name, parents):
        rule = {"id": name}
        is_experiment = self.chance(0.5)
        if self.chance(0.5) and not (is_experiment and self.forces):
            rule["condition"] = self.condition(2)
        if parents and self.chance(0.3):
            condition = {"value": self.pick(["a", {"$exists": True}, {"$ne": None}, {"$in": [True, 1, "a"]}])}
            rule["parentConditions"] = [{"id": self.pick(parents), "condition": condition, "gate": self.chance(0.3)}]
        if self.chance(0.2):
            start = self.random.random() * 0.5
            filters = {"seed": "layer", "ranges": [[start, start + 0.5]], "hashVersion": self.pick([1, 2])}
            if self.chance(0.3):
                filters["attribute"] = "company"
            rule["filters"] = [filters]
        if not is_experiment:
            # The SDK for Python takes a forced null for no force; the shared cases do not.
            rule["force"] = self.value() or 0
            if self.chance(0.5):
                rule["coverage"] = self.pick([0, 0.10005, 0.50005, 1])
            self.add_hash(rule)
            return rule
        return {**rule, **self.experiment()}

    def add_hash(self, rule):
        if self.chance(0.5):
            rule["hashVersion"] = self.pick([1, 2])
        if self.chance(0.3):
            rule["hashAttribute"] = self.pick(["id", "company", "number", "missing"])
        if self.chance(0.3):
            rule["seed"] = self.pick(["s", "größe"])

    def experiment(self):
        count = self.pick([2, 2, 3, 4])
        rule = {"key": self.pick(["exp", "other", "ünïcode"]), "variations": [self.value() for _ in range(count)]}
        self.add_hash(rule)
        if self.chance(0.5):
            weights = [self.random.random() + 0.01 for _ in range(count)]
            rule["weights"] = [weight / sum(weights) for weight in weights]
        if self.chance(0.5):
            rule["coverage"] = self.pick([0.2, 0.7, 1])
        if self.chance(0.2):
            rule["ranges"] = [[index / count, (index + 0.8) / count] for index in range(count)]
        if self.chance(0.3):
            start = self.random.random() * 0.6
            rule["namespace"] = ["space", start, start + 0.4]
        if self.chance(0.4):
            rule["meta"] = [{"key": f"k{index}", "name": f"Name {index}"} for index in range(count)]
            if self.chance(0.2):
                rule["meta"][0]["passthrough"] = True
        return rule

    def condition(self, depth):
        condition = {}
        for _ in range(self.pick([1, 1, 2])):
            if depth and self.chance(0.3):
                name = self.pick(["$or", "$and", "$nor"])
                condition[name] = [self.condition(depth - 1) for _ in range(self.pick([1, 2]))]
            elif depth and self.chance(0.15):
                condition["$not"] = self.condition(depth - 1)
            else:
                name, test = self.test()
                condition[name] = test
        return condition

    def test(self):
        return self.pick(
            [
                ("country", self.pick(COUNTRIES)),
                ("country", {"$in": self.random.sample(COUNTRIES, 2)}),
                ("country", {"$nin": self.random.sample(COUNTRIES, 2)}),
                ("country", {"$inGroup": "countries"}),
                ("id", {"$inGroup": "vip"}),
                ("id", {"$notInGroup": self.pick(["vip", "empty", "unknown"])}),
                ("plan", {"$ini": ["PRO"]}),
                ("plan", {"$regex": self.pick(["^p", "o$", "[A-Z]", "e+"])}),
                ("plan", {"$regexi": "^PR?O"}),
                ("age", {self.pick(["$lt", "$lte", "$gt", "$gte"]): self.pick([18, 30, 65])}),
                ("age", self.pick([18, 30])),
                ("beta", {"$exists": self.chance(0.5)}),
                ("age", {"$type": self.pick(["number", "string"])}),
                ("beta", self.chance(0.5)),
                ("tags", {"$elemMatch": {"$eq": self.pick(["a", "b"])}}),
                ("tags", {"$all": ["a", "b"]}),
                ("tags", {"$size": self.pick([0, 2, {"$gt": 1}])}),
                ("account.plan", {"$eq": self.pick(PLANS)}),
                ("account.seats", {"$gt": 5}),
                ("version", {self.pick(["$vgt", "$vlt", "$veq", "$vne", "$vgte", "$vlte"]): self.pick(["1.2.0", "2.0.0-rc.1"])}),
            ]
        )

    def context(self, number):
        attributes = {"id": self.pick(SCRIPTS).format(number), "country": self.pick(COUNTRIES), "plan": self.pick(PLANS)}
        if self.chance(0.1):
            attributes["id"] = number
        if self.chance(0.05):
            del attributes["id"]
        attributes["age"] = self.pick([5, 18, 30, 64.5, 80])
        if self.chance(0.8):
            attributes["beta"] = self.chance(0.5)
        attributes["tags"] = self.random.sample(["a", "b", "c"], self.random.randrange(4))
        attributes["account"] = {"plan": self.pick(PLANS), "seats": self.random.randrange(10)}
        attributes["version"] = self.pick(["1.2.0", "1.10.3", "2.0.0", "2.0.0-rc.1", "v2.0.0-rc.2+build"])
        attributes["company"] = self.pick(["acme", "größe ag", "株式会社"])
        attributes["number"] = number
        context = {"attributes": attributes}
        if self.forces and self.chance(0.2):
            context["forcedVariations"] = {"exp": self.pick([0, 1, 9])}
        if self.forces and self.chance(0.2):
            context["url"] = f"https://example.com/?{self.pick(['exp', 'other'])}={self.pick([0, 1, 7, 'x'])}"
        if self.chance(0.05):
            context["qaMode"] = True
        return context


def answers_of_sdk(payload, context):
    sdk = GrowthBook(
        # It empties what it was given when it is destroyed.
        attributes=copy.deepcopy(context["attributes"]),
        url=context.get("url", ""),
        features=payload["features"],
        saved_groups=payload["savedGroups"],
        forced_variations=dict(context.get("forcedVariations", {})),
        qa_mode=context.get("qaMode", False),
    )
    try:
        return {key: what_counts(sdk.eval_feature(key).to_dict()) for key in FEATURES}
    finally:
        sdk.destroy()


def what_counts(result):
    seen = {name: result.get(name) for name in ("value", "on", "off", "source")}
    seen["ruleId"] = result.get("ruleId") or ""
    outcome = result.get("experimentResult")
    if outcome:
        names = ("key", "inExperiment", "hashUsed", "variationId", "value", "hashAttribute", "hashValue", "bucket", "name")
        seen["experimentResult"] = {name: outcome.get(name) for name in names}
    return seen


def main():
    parser = argparse.ArgumentParser(description="Compares evaluations with GrowthBook's SDK for Python.")
    parser.add_argument("--viewers", type=int, default=10_000)
    parser.add_argument("--payloads", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.getLogger("growthbook").setLevel(logging.CRITICAL)
    checks = Checks(f"features for {options.viewers} viewers, {options.payloads} payloads")
    experiments = 0
    for number in range(options.payloads):
        definitions = Definitions(options.seed * 1_000_003 + number)
        payload = definitions.payload()
        share = range(number, options.viewers, options.payloads)
        contexts = [definitions.context(viewer) for viewer in share]
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(payload, file, ensure_ascii=False)
            file.flush()
            lines = "".join(json.dumps(context, ensure_ascii=False) + "\n" for context in contexts)
            done = subprocess.run(
                [binary(), "features", "evaluate", file.name], input=lines.encode(), capture_output=True, check=False
            )
        if not checks.equal(done.returncode, 0, f"payload {number}: exit status"):
            print(done.stderr.decode(), file=sys.stderr)
            continue
        differences = []
        for context, line in zip(contexts, done.stdout.decode().splitlines(), strict=True):
            ours = {key: what_counts(result) for key, result in json.loads(line).items()}
            theirs = answers_of_sdk(payload, context)
            experiments += sum("experimentResult" in each for each in ours.values())
            for key in FEATURES:
                if ours[key] != theirs[key]:
                    differences.append((key, context, ours[key], theirs[key], payload["features"][key]))
        checks.expect(not differences, f"payload {number}: {len(contexts) * len(FEATURES)} answers", str(differences[:1]))
    checks.expect(experiments > options.viewers / 10, "many answers are those of experiments", experiments)
    sys.exit(checks.finish())


if __name__ == "__main__":
    main()
