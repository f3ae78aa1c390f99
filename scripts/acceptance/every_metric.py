"""Posts an untidy stream for metrics of every kind, and compares cells and results with a count of its own.

    every_metric.py [--database sqlite|postgres] [--events 20000] [--batch 500] [--seed 1]

The stream (see stream.py) ends now, so that the windows of some units have closed and those of others are open; the first
part of it is posted before the experiments start, which covariates look back on. Some batches are posted twice. A metric is
added when most of it has come. In the end:

* what is folded equals a recount from the log, exactly: every unit, cell, slice and tally (see recount.py);
* the results over HTTP, with and without units whose windows are open, and by each dimension, agree with formulas that are
  computed from the units one by one (see metric_results.py) to 1e-9, and quantiles with the values in their order to 1 %;
* when users are forgotten, what is folded equals a recount of what is left.
"""

import argparse
import resource
import sys
import time

import metric_results
import recount
import server
import stream
from checks import Checks, say
from server import expect_status, quoted, wait_for_fold

BEFORE_START = 0.15
UNTIL_ADDED = 0.8
ADDED = {
    "name": "added_scores", "kind": "sum", "event": "watch", "property": "score", "window_seconds": 3 * stream.DAY_SECONDS,
    "cap": 200, "covariate": {"days": 9}, "role": "secondary",
}  # fmt: skip
FOLD_SECONDS_PER_EVENT = 0.01


def post(checks, client, options, experiments):
    """Posts the stream, and starts the experiments and adds a metric on the way."""
    source = stream.Stream(
        options.seed, users=min(20_000, options.events // 20), contents=200, devices=200, start=stream.recent()
    )
    random = source.random
    batch = min(options.batch, max(1, options.events // 20))
    posted, is_started, is_added = 0, False, False
    while posted < options.events:
        if not is_started and posted >= BEFORE_START * options.events:
            stream.start_all(client, experiments)
            is_started = True
        if not is_added and posted >= UNTIL_ADDED * options.events:
            expect_status(client.post("/v1/experiments/hook/metrics", ADDED), 202)
            is_added = True
        body = stream.encode_events([source.event() for _ in range(min(batch, options.events - posted))])
        for _ in range(2 if random.random() < 0.03 else 1):
            expect_status(client.post("/v1/events", body), 202)
        posted += batch
        if is_started and random.random() < 0.2:
            observations = [source.observation() for _ in range(random.randrange(1, 30))]
            expect_status(client.post("/v1/experiments/hook/observations", observations), 202)
    checks.expect(is_started and is_added, "all of the stream was posted")


def main():
    parser = argparse.ArgumentParser(description="Compares metrics of every kind with a count of their own.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    checks = Checks(f"metrics of every kind, {options.events} events, {options.database}")
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        with server.Server(database, folder) as node:
            run(checks, options, database, node)
    sys.exit(checks.finish())


def run(checks, options, database, node):
    begun = time.monotonic()
    with node.client(timeout=300) as client:
        stream.create(client, start=False)
        post(checks, client, options, stream.EXPERIMENTS)
    seconds = time.monotonic() - begun
    say(f"posted in {seconds:.1f} s, {options.events / seconds:.0f} events/s")
    limit = 60 + options.events * FOLD_SECONDS_PER_EVENT
    checks.expect(wait_for_fold(database, limit) is not None, "the fold has caught up")
    say(f"folded {time.monotonic() - begun:.1f} s after the first event")
    # A client of its own, because a connection that rests for minutes is closed.
    with node.client() as client:
        checks.expect(stream.wait_until_built(client, "hook", limit), "the metric that was added is built")
    begun = time.monotonic()
    units = metric_results.Units()
    with database.reader() as reader:
        recount.expect_equal(checks, reader, follow=units)
    say(f"recounted in {time.monotonic() - begun:.1f} s")
    begun = time.monotonic()
    opened = sum(metric_results.check(checks, node, experiment, units) for experiment in stream.EXPERIMENTS)
    checks.expect(opened > 0, "some units are open")
    say(f"compared results in {time.monotonic() - begun:.1f} s")
    # Another recount follows, which needs as much memory again.
    del units
    begun = time.monotonic()
    forget(checks, database, node)
    say(f"forgot users and recounted in {time.monotonic() - begun:.1f} s")
    # Linux counts it in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    say(f"this script has used {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6:.0f} MB")


def forget(checks, database, node):
    """Users are forgotten, and what they touched is counted anew."""
    with node.client(timeout=300) as client:
        for user in [*(f"user-{number}" for number in range(10)), *stream.ODD_NAMES]:
            forgotten = expect_status(client.request("DELETE", f"/v1/users/{quoted(user)}"), 200).json
            checks.expect(forgotten["complete"], f"nothing of {user} is left", forgotten)
    with database.reader() as reader:
        left = reader.value("SELECT count(*) FROM hookline_events WHERE user_id IN (?, ?)", "user-0", stream.ODD_NAMES[0])
        checks.equal(left, 0, "no event of the forgotten is left")
        recount.expect_equal(checks, reader)


if __name__ == "__main__":
    main()
