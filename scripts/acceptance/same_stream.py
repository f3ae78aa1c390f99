"""Posts one stream of events cut in different ways to different databases, and checks that the same comes out.

    same_stream.py [--events 3000] [--seed 1] [--databases sqlite,postgres]

The stream is untidy (see stream.py), with repeated events and observations in between; its first part comes before the
experiments start, and on its way an experiment is paused, resumed and given another split, one gets another metric, two get
one added, and one is concluded. It is posted in batches of 1, 7, 100 and 1000 to SQLite and to PostgreSQL, and to two servers
on one PostgreSQL in turn. In the end the log, the units, slices and tallies have to be the same everywhere, the cells the same
sums (days are put together when something is written to them, so how many are kept for themselves depends on the cut), the
results the same JSON, and all of it equal to a recount.
"""

import argparse
import contextlib
import hashlib
import json
import sys
import time

import history
import recount
import server
import stream
from checks import Checks, table
from server import expect_status, quoted, wait_for_fold

BATCH_SIZES = [1, 7, 100, 1000]

# What the cut of the stream must not change. The moment at which the server received an event is its own.
TABLES = {
    "hookline_events": "position, id, type, user_id, content_id, occurred_at, properties",
    "hookline_experiment_units": "fold, unit, state",
    "hookline_experiment_slices": "fold, slice, dimension, kind, value",
    "hookline_experiment_tallies": "fold, name, subject, amount",
    "hookline_experiment_observed": "fold, unit, metric, variant, observations, total",
    "hookline_experiment_moments": "fold, metric, variant, moments",
}
# Members of results that tell when, not what. Units are open until the clock says otherwise.
MOMENTS = {"as_of_position", "created_at", "updated_at", "started_at", "concluded_at", "as_of", "request_id", "open_units"}

HOOK_PATH = f"/v1/experiments/{quoted(stream.HOOK['id'])}"
THUMBNAIL_PATH = f"/v1/experiments/{quoted(stream.THUMBNAIL['id'])}"
LAYOUT_PATH = f"/v1/experiments/{quoted(stream.LAYOUT['id'])}"
ADDED = {"name": "added", "kind": "sum", "event": "watch", "property": "score", "window_seconds": 100_000}
ADDED_ABOVE = {**ADDED, "name": "added_p90", "kind": "quantile", "quantile": 0.9}
START_ALL = [("POST", f"/v1/experiments/{quoted(each['id'])}/start", None) for each in stream.EXPERIMENTS]
# By tenths of the stream: what somebody does to the experiments.
CHANGES = {
    1: START_ALL,
    2: [("POST", f"{HOOK_PATH}/pause", None)],
    3: [("POST", f"{HOOK_PATH}/start", None)],
    5: [("PATCH", HOOK_PATH, {"split": {"claim": 0.2, "question": 0.3, "fr\u00fch": 0.5}})],
    6: [("PATCH", THUMBNAIL_PATH, {"metrics": [{"name": "scrolls", "kind": "count", "event": "scroll"}]})],
    7: [("POST", f"{THUMBNAIL_PATH}/pause", None), ("POST", f"{THUMBNAIL_PATH}/metrics", ADDED_ABOVE)],
    8: [("POST", f"{HOOK_PATH}/metrics", ADDED), ("POST", f"{LAYOUT_PATH}/conclude", {"winner": "list"})],
}


def made_stream(options):
    """The steps in their order: ("events", text), ("observations", object) and ("change", (method, path, body))."""
    source = stream.Stream(options.seed, start=stream.recent())
    steps, events, observations = [], [], []
    for number in range(options.events):
        tenth, rest = divmod(number * 10, options.events)
        if rest < 10 and tenth in CHANGES:
            steps += [("change", change) for change in CHANGES[tenth]]
        draw = source.random.random()
        if draw < 0.004 and number > options.events // 10:
            # Observations come in runs, so that they too make batches; so do the events between them.
            for _ in range(source.random.randrange(1, 150)):
                if observations and source.random.random() < 0.05:
                    steps.append(("observations", source.random.choice(observations)))
                else:
                    observations.append(source.observation())
                    steps.append(("observations", observations[-1]))
        elif draw < 0.04 and events:
            steps.append(("events", source.random.choice(events)))
        else:
            events.append(stream.encode_event(source.event()))
            steps.append(("events", events[-1]))
    return steps


def cut(steps, size):
    """Neighbours of one kind together, at most `size` of them."""
    batches = []
    for kind, item in steps:
        if kind != "change" and batches and batches[-1][0] == kind and len(batches[-1][1]) < size:
            batches[-1][1].append(item)
        else:
            batches.append((kind, [item]))
    return batches


def post(client, kind, items):
    if kind == "change":
        method, path, body = items[0]
        expect_status(client.request(method, path, body), 200, 202)
        return
    if kind == "events":
        answer = client.post("/v1/events", ("[" + ",".join(items) + "]").encode())
    else:
        answer = client.post(f"{HOOK_PATH}/observations", items)
    outcome = expect_status(answer, 202).json
    if outcome["accepted"] + outcome["duplicates"] != len(items):
        raise AssertionError(f"{len(items)} were sent: {answer!r}")


def run(checks, steps, kind, size, node_count):
    """One way of posting the stream. Answers its name, what came out, and how many requests and seconds it took."""
    name = f"{kind} {size}" + (f" on {node_count} nodes" if node_count > 1 else "")
    begun = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(server.temporary_folder())
        database = stack.enter_context(server.new_database(kind, folder))
        nodes = [
            stack.enter_context(server.Server(database, folder, name=f"node-{number}")) for number in range(node_count)
        ]
        clients = [stack.enter_context(node.client()) for node in nodes]
        stream.create(clients[0], start=False)
        batches = cut(steps, size)
        for number, (what, items) in enumerate(batches):
            post(clients[number % node_count], what, items)
        posted = time.monotonic() - begun
        checks.expect(wait_for_fold(database) is not None, f"{name}: the fold has caught up")
        built = all(stream.wait_until_built(clients[0], experiment["id"]) for experiment in stream.EXPERIMENTS)
        checks.expect(built, f"{name}: the metrics that were added are built")
        contents = {experiment["id"]: results_of(clients[0], experiment["id"]) for experiment in stream.EXPERIMENTS}
        with database.reader() as reader:
            for table_name, columns in TABLES.items():
                rows = reader.rows(f"SELECT {columns} FROM {table_name}")
                contents[table_name] = sorted(map(text_of_row, rows))
            contents["hookline_experiment_cells"] = sums_of_cells(reader)
            # The recount of one way holds for all, because they are compared with it.
            _, counted = recount.recount(reader)
            differences = [difference for result in counted for difference in result.differences]
            checks.equal(differences[:3], [], f"{name}: folded = recount")
    return name, contents, len(batches), posted


def sums_of_cells(reader):
    """The cells with all of their days together."""
    sums = []
    for version in history.read_versions(reader):
        folded = recount.read_folded(reader, version)
        sums += [repr((version.fold, key, sorted(days.total().items(), key=repr))) for key, days in folded.cells.items()]
    return sorted(sums)


def text_of_row(row):
    return json.dumps([bytes(cell).hex() if isinstance(cell, (bytes, memoryview)) else cell for cell in row])


def results_of(client, experiment):
    answer = expect_status(client.get(f"/v1/experiments/{quoted(experiment)}/results?include_open=true&wait_ms=10000"), 200)

    def without_moments(value):
        if isinstance(value, dict):
            return {name: without_moments(member) for name, member in value.items() if name not in MOMENTS}
        return [without_moments(member) for member in value] if isinstance(value, list) else value

    # Parsed numbers are written back with all of their digits, so equal text means equal doubles.
    return [json.dumps(without_moments(answer.json))]


def first_difference(ours, theirs):
    for mine, other in zip(ours, theirs):
        if mine != other:
            return f"{mine[:300]} is not {other[:300]}"
    return f"{len(ours)} rows are not {len(theirs)}"


def main():
    parser = argparse.ArgumentParser(description="Posts one stream cut in different ways, and compares what comes out.")
    parser.add_argument("--events", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--databases", default="sqlite,postgres")
    options = parser.parse_args()
    checks = Checks("one stream, many ways")
    steps = made_stream(options)
    kinds = options.databases.split(",")
    ways = [(kind, size, 1) for kind in kinds for size in BATCH_SIZES]
    if "postgres" in kinds:
        ways += [("postgres", 7, 2), ("postgres", 100, 2)]
    done = [run(checks, steps, *way) for way in ways]
    first_name, first, *_ = done[0]
    for name, contents, *_ in done[1:]:
        for what, rows in contents.items():
            checks.expect(
                rows == first[what], f"{what}: {name} = {first_name}", first_difference(rows, first[what])
            )
    for what, rows in first.items():
        checks.expect(rows and rows != ["{}"], f"{what}: there is something to compare")
    table(
        ["way", "requests", "rows", "digest of everything", "seconds"],
        [
            [name, requests, sum(map(len, contents.values())), digest(contents), round(posted, 1)]
            for name, contents, requests, posted in done
        ],
    )
    sys.exit(checks.finish())


def digest(contents):
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()[:16]


if __name__ == "__main__":
    main()
