"""Adds metrics to an experiment while events flow in at a steady pace, and counts what they have come to.

    added_live.py [--database sqlite|postgres] [--rate 2000] [--seconds 20] [--events 60000] [--seed 1]

An untidy stream (see stream.py) of `--events` events is in the log when the flow begins; the first of them come before the
experiment starts. From then on senders post `--rate` events a second in small batches, each sender by the clock, some of the
batches twice. After a while metrics of every form are added, one when the one before is built; after each the flow goes on.
It lasts for `--seconds`, or longer if the building does. In the end:

* the events kept flowing at the asked rate while metrics were built;
* whatever was acknowledged is in the log once, and the fold has caught up;
* the results have numbers of each added metric, mark it as added later, and leave it out of the tests that are adjusted
  together;
* `hookline experiments recount` says that nothing differs, and so does a recount from the log alone (see recount.py).
"""

import argparse
import bisect
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import recount
import server
import stream
from checks import Checks, say, table
from server import expect_status, quoted, wait_for_fold

EXPERIMENT = "hook"
PATH = f"/v1/experiments/{quoted(EXPERIMENT)}"
SENDERS = 4
BATCH = 100
USERS = 20_000
REPEATED = 0.05
BEFORE_START = 0.3
# Of the asked rate, while metrics are built.
LEAST_RATE = 0.95
# How long the flow goes on by itself before the first metric, and after each, as a share of its length and at least.
ALONE, ALONE_SECONDS = 0.1, 1.0
BUILD_SECONDS = 120
POLL_SECONDS = 0.02

MEASURED = ["click_rate", "clicks_in_an_hour", "score_sum", "shares_per_click", "seconds_p50", "came_back", "last_step"]
LIVE = {
    **stream.HOOK,
    "dimensions": ["country"],
    "metrics": [each for each in stream.HOOK["metrics"] if each["name"] in MEASURED],
}
# Every form of cells: moments of one to three variables, in bins, counts in bins, and those of groups.
ADDED = [
    {
        "name": "late_sum", "kind": "sum", "event": "watch", "property": "score",
        "window_seconds": 3 * stream.DAY_SECONDS, "cap": 200, "covariate": {"days": 9},
    },
    {"name": "late_p90", "kind": "quantile", "event": "watch", "property": "score", "quantile": 0.9},
    {
        "name": "late_funnel", "kind": "funnel", "window_seconds": 8 * stream.DAY_SECONDS,
        "steps": [{"event": "scroll"}, {"event": "watch", "where": {"score": {"$gt": 5}}}, {"event": "click"}],
    },
    {
        "name": "late_phones", "kind": "proportion", "event": "click", "where": stream.ON_PHONE,
        "window_seconds": 2 * stream.DAY_SECONDS, "delay_seconds": 600,
    },
    {
        "name": "late_ratio", "kind": "ratio", "covariate": {"days": 5, "event": "click"},
        "numerator": {"event": "share"}, "denominator": {"event": "scroll", "cap": 4},
    },
    {
        "name": "late_capped", "kind": "mean", "event": "watch", "property": "score",
        "cap": {"percentile": 0.9}, "covariate": {"event": "share"},
    },
    {
        "name": "late_median", "kind": "quantile", "event": "watch", "property": "score", "quantile": 0.5, "of": "units",
        "ignore_zeros": True,
    },
    # Measured already, by a metric that was there from the start.
    {"name": "late_known", "kind": "proportion", "event": "click", "window_seconds": 3600},
]  # fmt: skip


class Sender(threading.Thread):
    """Posts a batch at each of its moments until it is told to stop. One that is late does not wait for the next."""

    def __init__(self, number, node, options, begin, stop):
        super().__init__(name=f"sender-{number}")
        self.client = node.client()
        self.source = stream.Stream(
            options.seed * 1000 + number, prefix=f"s{number}", users=USERS, contents=200, devices=200, start=stream.recent()
        )
        self.interval = SENDERS * BATCH / options.rate
        self.begin = begin + number / SENDERS * self.interval
        self.stop = stop
        # Of each batch of new events, when it was acknowledged.
        self.moments = []
        self.repeated = 0
        self.slowest = 0.0
        self.problem = None

    def run(self):
        try:
            with self.client:
                while not self.stop.wait(max(0.0, self.begin + len(self.moments) * self.interval - time.monotonic())):
                    self.post()
        except Exception as problem:  # Reported by the main thread.
            self.problem = problem

    def post(self):
        body = stream.encode_events([self.source.event() for _ in range(BATCH)])
        begun = time.monotonic()
        self.expect(self.client.post("/v1/events", body), accepted=BATCH)
        self.moments.append(time.monotonic())
        self.slowest = max(self.slowest, self.moments[-1] - begun)
        if self.source.random.random() < REPEATED:
            self.expect(self.client.post("/v1/events", body), duplicates=BATCH)
            self.repeated += BATCH

    def expect(self, answer, accepted=0, duplicates=0):
        outcome = expect_status(answer, 202).json
        if (outcome["accepted"], outcome["duplicates"]) != (accepted, duplicates):
            raise AssertionError(f"{accepted} new and {duplicates} old events were sent: {answer!r}")


@dataclass
class Build:
    """From when to when a metric was built."""

    name: str
    begun: float
    ended: float
    is_built: bool

    def pace(self, moments):
        """How many new events were acknowledged in how many seconds, a second at least: from the last batch before it to the
        first after it, so that what is on its way at either end does not count. `moments` are those of all batches, in their
        order."""
        first = max(0, bisect.bisect_right(moments, self.begun) - 1)
        last = min(len(moments) - 1, bisect.bisect_right(moments, max(self.ended, self.begun + ALONE_SECONDS)))
        return BATCH * (last - first), moments[last] - moments[first]


def main():
    parser = argparse.ArgumentParser(description="Adds metrics while events flow in, and counts what they have come to.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--rate", type=int, default=2000, help="events a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--events", type=int, default=60_000, help="how many are in the log before")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    checks = Checks(f"metrics added while {options.rate} events/s flow in, {options.database}")
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        with server.Server(database, folder) as node:
            run(checks, options, database, node)
    sys.exit(checks.finish())


def run(checks, options, database, node):
    with node.client() as client:
        stream.create(client, [LIVE], start=False)
        logged = fill(client, options)
    checks.expect(wait_for_fold(database) is not None, "the fold has caught up before the flow")
    begun, stop = time.monotonic(), threading.Event()
    senders = [Sender(number, node, options, begun, stop) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        with node.client() as client:
            builds = add_all(client, max(ALONE_SECONDS, options.seconds * ALONE))
        time.sleep(max(0.0, begun + options.seconds - time.monotonic()))
    finally:
        stop.set()
        for sender in senders:
            sender.join()
    flowed = time.monotonic() - begun
    for sender in senders:
        checks.expect(sender.problem is None, f"{sender.name} was answered as it should be", repr(sender.problem))
    judge_flow(checks, options, senders, builds, flowed)
    judge_log(checks, database, logged, senders)
    judge_results(checks, node)
    judge_recount(checks, node)
    with database.reader() as reader:
        recount.expect_equal(checks, reader)


def fill(client, options):
    """Posts the events that are in the log before the flow, and starts the experiment on the way. Answers how many."""
    source = stream.Stream(options.seed, users=USERS, contents=200, devices=200, start=stream.recent())
    logged, is_started = 0, False
    while logged < options.events:
        if not is_started and logged >= BEFORE_START * options.events:
            stream.start_all(client, [LIVE])
            is_started = True
        expect_status(client.post("/v1/events", stream.encode_events([source.event() for _ in range(5 * BATCH)])), 202)
        logged += 5 * BATCH
    return logged


def add_all(client, pause):
    """Adds the metrics, each when the one before is built, and a while later. Answers a build of each that was added."""
    builds = []
    time.sleep(pause)
    for metric in ADDED:
        begun = time.monotonic()
        expect_status(client.post(f"{PATH}/metrics", metric), 202)
        is_built = stream.wait_until_built(client, EXPERIMENT, BUILD_SECONDS, every=POLL_SECONDS)
        builds.append(Build(metric["name"], begun, time.monotonic(), is_built))
        time.sleep(pause)
        if not is_built:
            break
    return builds


# The checks


def judge_flow(checks, options, senders, builds, flowed):
    moments = sorted(moment for sender in senders for moment in sender.moments)
    events, repeated = BATCH * len(moments), sum(sender.repeated for sender in senders)
    say(f"{events} new and {repeated} repeated events in {flowed:.1f} s: {events / flowed:.0f} new ones a second")
    say(f"the slowest batch was acknowledged after {max(sender.slowest for sender in senders):.2f} s")
    rows, paces = [], []
    for build in builds:
        during = BATCH * sum(build.begun < moment <= build.ended for moment in moments)
        paces.append(build.pace(moments))
        rows.append([build.name, round(build.ended - build.begun, 2), during, round(paces[-1][0] / paces[-1][1])])
        checks.expect(build.is_built, f"{build.name} is built")
    pace = sum(acknowledged for acknowledged, _ in paces) / sum(seconds for _, seconds in paces)
    rows.append(["all", round(sum(row[1] for row in rows), 2), sum(row[2] for row in rows), round(pace)])
    table(["metric", "built in s", "new events meanwhile", "a second"], rows)
    checks.expect(pace >= LEAST_RATE * options.rate, "the asked rate while metrics were built", pace)
    checks.expect(events >= LEAST_RATE * options.rate * flowed, "the asked rate from end to end", events / flowed)


def judge_log(checks, database, logged, senders):
    begun = time.monotonic()
    checks.expect(wait_for_fold(database) is not None, "the fold has caught up")
    say(f"the fold had caught up {time.monotonic() - begun:.2f} s after the last event")
    sent = logged + sum(sender.source.drawn for sender in senders)
    with database.reader() as reader:
        stored = reader.value("SELECT count(*) FROM hookline_events")
    checks.equal(stored, sent, "every acknowledged event is in the log once")


def judge_results(checks, node):
    added = [metric["name"] for metric in ADDED]
    output, _ = hookline(node, "experiments", "results", EXPERIMENT, "--format", "json", "--include-open", "--planned-read")
    metrics = {metric["metric"]: metric for metric in json.loads(output)["metrics"]}
    checks.equal(list(metrics), [each["name"] for each in LIVE["metrics"]] + added, "the metrics of the results")
    for name, metric in metrics.items():
        checks.equal(metric["added_later"], name in added, f"{name}: added_later")
        checks.equal(metric["being_built"], False, f"{name}: being_built")
        checks.expect(all(variant["n"] > 0 for variant in metric["variants"]), f"{name}: every variant has units")
        compared = [variant for variant in metric["variants"] if variant.get("p_value") is not None]
        checks.expect(compared, f"{name}: is compared")
        is_adjusted = [variant["p_value_adjusted"] is not None for variant in compared]
        checks.equal(set(is_adjusted), {name not in added}, f"{name}: adjusted together with others")


def judge_recount(checks, node):
    output, status = hookline(node, "experiments", "recount", EXPERIMENT)
    say(output.strip()[-500:])
    checks.equal(status, 0, "the status of `hookline experiments recount`")
    checks.expect(output.startswith("0 of "), "`hookline experiments recount` says 0", output[:500])


def hookline(node, *arguments):
    """Runs the command line against the server; answers what it printed and its status."""
    environment = {**os.environ, "HOOKLINE_SERVER": f"http://127.0.0.1:{node.port}", "HOOKLINE_KEY": server.ADMIN_KEY}
    done = subprocess.run(
        [server.binary(), *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment
    )
    return done.stdout or done.stderr, done.returncode


if __name__ == "__main__":
    main()
