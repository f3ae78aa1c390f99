"""Lets receivers misbehave in every way that docs/webhooks/delivery.md names, and checks its tables row by row.

    status_matrix.py [--database sqlite|postgres] [--only TEXT]

* Each case is a receiver and a subscription of its own; one event goes to all. Answers with a status come three times:
  without `Retry-After`, with seconds, and with a date. Checked are the outcome of every attempt, their number, what
  became of the delivery, and that each wait is within its bounds: what the server says, and what the receiver sees.
* The table of waits is measured several times a row.
* The table of schedules is compared with what the server takes the names for.

A row that no case exercises is a failure, as is a case without a row.
"""

import argparse
import sys
import time

import certificates
import server
import status_cases
from checks import Checks, say, table
from delivery_tables import DISABLED, RETRIED, read_tables
from raw_receiver import RawReceivers, answer
from server import WEBHOOKS_TO_LOOPBACK, expect_status

EVENT_TYPE = "video.created"
DELAYS_SECONDS = [1, 1]
JITTER = 0.2
# Clocks count whole milliseconds, and the receiver's and the server's are not read at one moment.
EARLY_SECONDS = 0.02
# What a busy machine may add to a wait, and to what passes between the end of an attempt and the decision.
LATE_SECONDS = 10
DECISION_SECONDS = 0.5
FINISH_SECONDS = 120
WAITS_PER_ROW = 6


def main():
    parser = argparse.ArgumentParser(description="Checks the tables of docs/webhooks/delivery.md.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--only", default="", help="only the cases whose name contains this")
    options = parser.parse_args()
    checks = Checks(f"what becomes of deliveries, {options.database}")
    tables = read_tables()
    with server.temporary_folder() as folder, RawReceivers() as receivers:
        authority = certificates.Authority(folder)
        cases = [case for case in status_cases.all_cases(receivers, authority) if options.only in case.name]
        with server.new_database(options.database, folder) as database:
            arguments = [*WEBHOOKS_TO_LOOPBACK, "--webhook-trust-roots", str(authority.roots)]
            with server.Server(database, folder, arguments=arguments) as node, node.client() as client:
                check_cases(checks, client, tables, cases)
                if not options.only:
                    check_waits(checks, client, tables, receivers)
                    check_schedules(checks, client, tables)
                checks.expect(node.is_alive, "the server is alive", node.log_tail())
        with server.new_database(options.database, folder / "apart") as database:
            # A server that may reach nothing but the public, and that through a proxy which does not let it.
            proxy = receivers.listen([answer(403)])
            arguments = ["--allow-webhook-http", "--webhook-proxy", proxy.url(path="")]
            with server.Server(database, folder, name="apart", arguments=arguments) as node, node.client() as client:
                apart = [case for case in status_cases.apart() if options.only in case.name]
                check_cases(checks, client, tables, apart)
    if not options.only:
        exercised = [tables.row(case.row) for case in cases + apart]
        checks.equal([row.name for row in tables.rows if row not in exercised], [], "rows without a case")
        targets = [receiver for receiver in receivers.all if receiver.is_forbidden]
        checks.equal([receiver.connections for receiver in targets], [0] * len(targets), "nobody followed a redirect")
    summarise(cases + apart)
    sys.exit(checks.finish())


# Cases


def check_cases(checks, client, tables, cases):
    """Tells all receivers of one event, and judges when all deliveries are done."""
    cases = [case for case in cases if checks.expect(tables.row(case.row), f"{case.name}: has a row", case.row)]
    if not cases:
        return
    for case in cases:
        subscribe(client, case, DELAYS_SECONDS)
    event = send_event(client)
    watch(checks, client, event, cases)
    for case in cases:
        check_case(checks, client, case, tables.row(case.row))
    gone = {case.subscription for case in cases if tables.row(case.row).fate == DISABLED}
    notices = items(client, "/v1/webhooks/events?type=webhook.subscription_disabled&limit=100")
    told = {notice["payload"]["subscription_id"]: notice["payload"]["reason"] for notice in notices}
    checks.equal(told, dict.fromkeys(gone, "gone"), "every subscription that is gone is told of, and no other")
    given_up = {case.delivery["id"] for case in cases if case.delivery and case.delivery["status"] == "failed"}
    notices = items(client, "/v1/webhooks/events?type=webhook.delivery_exhausted&limit=100")
    exhausted = {notice["payload"]["delivery_id"] for notice in notices}
    expected = given_up - {case.delivery["id"] for case in cases if case.subscription in gone}
    checks.expect(expected <= exhausted, "every delivery that was given up is told of", expected - exhausted)


def subscribe(client, case, delays):
    body = {"url": case.url, "events": [EVENT_TYPE], "retry": {"delays_seconds": delays}}
    made = client.post("/v1/webhooks/subscriptions", {**body, "timeout_seconds": case.timeout})
    case.subscription = expect_status(made, 201).json["id"]


def send_event(client):
    return expect_status(client.post("/v1/webhooks/events", {"type": EVENT_TYPE, "payload": {"n": 1}}), 202).json["id"]


def watch(checks, client, event, cases):
    """Follows the deliveries until none is pending, and notes each moment that the server says of a next attempt."""
    by_subscription = {case.subscription: case for case in cases}
    deadline = time.monotonic() + FINISH_SECONDS
    while time.monotonic() < deadline:
        deliveries = items(client, f"/v1/webhooks/deliveries?event_id={event}&limit=500")
        for delivery in deliveries:
            case = by_subscription.get(delivery["subscription_id"])
            if case is None:
                continue
            case.delivery = delivery
            if delivery["next_attempt_at"] is not None and delivery["attempts"] > 0:
                case.announced[delivery["attempts"]] = seconds(delivery["next_attempt_at"])
        mine = [case.delivery for case in cases]
        if all(mine) and all(delivery["status"] in ("success", "failed") for delivery in mine):
            return
        time.sleep(0.1)
    late = [case.name for case in cases if not case.delivery or case.delivery["status"] not in ("success", "failed")]
    checks.expect(False, "all deliveries are done in time", late)


def check_case(checks, client, case, row):
    delivery = case.delivery
    if delivery is None:
        return
    attempts = list(reversed(items(client, f"/v1/webhooks/deliveries/{delivery['id']}/attempts")))
    outcomes = [attempt["outcome"] for attempt in attempts]
    count = 1 if row.fate != RETRIED else len(DELAYS_SECONDS) + 1
    expected = [row.outcome] * (case.failures or count) + ["success"] * (case.failures > 0)
    detail = [(attempt["outcome"], attempt["response_status"], attempt["message"]) for attempt in attempts]
    checks.expect(outcomes == expected, f"{case.name}: {' '.join(expected)}", detail)
    checks.equal(delivery["attempts"], len(expected), f"{case.name}: its number of attempts")
    status = "success" if expected[-1] == "success" else "failed"
    checks.equal(delivery["status"], status, f"{case.name}: its status")
    if status == "failed":
        checks.equal(delivery["reason"], expected[-1], f"{case.name}: its reason")
    if case.status is not None:
        seen = {attempt["response_status"] for attempt in attempts[: case.failures or None]}
        checks.equal(seen, {case.status}, f"{case.name}: the status that was answered")
    body = expect_status(client.get(f"/v1/webhooks/subscriptions/{case.subscription}"), 200).json
    reason = "gone" if row.fate == DISABLED else None
    checks.equal((body["enabled"], body["disabled_reason"]), (reason is None, reason), f"{case.name}: the subscription")
    check_delays(checks, case, attempts)
    check_requests(checks, case, attempts)


def check_delays(checks, case, attempts):
    """What the server said of the next attempts, and when they were made."""
    for attempt, following in zip(attempts, attempts[1:]):
        number, end = attempt["number"], ended(attempt)
        asked = case.asked(number, end)
        low, high = bounds(DELAYS_SECONDS[number - 1], asked)
        name = f"{case.name}: attempt {number + 1}"
        if number in case.announced:
            wait = case.announced[number] - end
            holds = low - EARLY_SECONDS <= wait <= high + DECISION_SECONDS
            checks.expect(holds, f"{name} is announced after {low:.1f} to {high:.1f} s", f"{wait:.3f} s")
        wait = seconds(following["started_at"]) - end
        holds = low - EARLY_SECONDS <= wait <= high + LATE_SECONDS
        checks.expect(holds, f"{name} is made after {low:.1f} to {high:.1f} s", f"{wait:.3f} s")


def check_requests(checks, case, attempts):
    """What the receiver saw: as many requests, each signed anew, by its own clock not too early."""
    if not case.sees_requests:
        return
    calls = case.receiver.calls
    checks.equal(len(calls), len(attempts), f"{case.name}: requests that came")
    if case.receiver.reads == "nothing":
        return
    checks.equal(len({call.headers["webhook-id"] for call in calls}), 1, f"{case.name}: one webhook-id")
    stamps = [int(call.headers["webhook-timestamp"]) for call in calls]
    fresh = [abs(stamp - call.arrived_wall) <= 2 for stamp, call in zip(stamps, calls)]
    checks.expect(all(fresh), f"{case.name}: webhook-timestamp is the attempt's", stamps)
    checks.equal(len({call.body for call in calls}), 1, f"{case.name}: the same body each time")
    for call, following in zip(calls, calls[1:]):
        date = call.notes.get("date")
        if date is not None:
            early = date - following.arrived_wall
            checks.expect(early <= EARLY_SECONDS, f"{case.name}: not before the date that was asked for", early)


def bounds(delay, asked):
    """The least and the most of a wait, by the sentences above the document's table of waits."""
    asked = min(max(asked, 0), 3600)
    if asked > delay:
        return asked, asked * (1 + JITTER)
    return max(delay * (1 - JITTER), asked), delay * (1 + JITTER)


# Waits


def check_waits(checks, client, tables, receivers):
    """Measures each row of the table of waits by what the server says after one failure."""
    cases = []
    for wait in tables.waits:
        for _ in range(WAITS_PER_ROW):
            header, is_date = status_cases.retry_after_line(wait.retry_after)
            receiver = receivers.listen([lambda call, header=header: answer(503, *header(call))], [answer(200)])
            name = f"{wait.delay:g} s, Retry-After {wait.retry_after!r}"
            case = status_cases.Case(name, "503", receiver.url(), receiver)
            case.wait, case.is_date = wait, is_date
            subscribe(client, case, [wait.delay])
            cases.append(case)
    event = send_event(client)
    deadline = time.monotonic() + FINISH_SECONDS
    while not all(case.announced for case in cases) and time.monotonic() < deadline:
        for delivery in items(client, f"/v1/webhooks/deliveries?event_id={event}&limit=500"):
            for case in cases:
                if case.subscription == delivery["subscription_id"] and delivery["attempts"] == 1:
                    case.delivery = delivery
                    if delivery["next_attempt_at"] is not None:
                        case.announced.setdefault(1, seconds(delivery["next_attempt_at"]))
        time.sleep(0.1)
    seen = {}
    for case in cases:
        if not checks.expect(1 in case.announced, f"{case.name}: its wait was seen"):
            continue
        first = items(client, f"/v1/webhooks/deliveries/{case.delivery['id']}/attempts")[-1]
        wait = case.announced[1] - ended(first)
        # A date has whole seconds, and time passes on the way.
        early = (1.1 if case.is_date else 0) + EARLY_SECONDS
        holds = case.wait.low - early <= wait <= case.wait.high + DECISION_SECONDS
        checks.expect(holds, f"{case.name}: {case.wait.low} to {case.wait.high} s", f"{wait:.3f} s")
        seen.setdefault(case.name, []).append(wait)
    for name, waits in seen.items():
        checks.expect(len({round(wait, 2) for wait in waits}) > 1, f"{name}: waits are spread", waits)
    table(["waits", "least s", "most s"], [[name, f"{min(w):.2f}", f"{max(w):.2f}"] for name, w in seen.items()])
    for case in cases:
        client.request("DELETE", f"/v1/webhooks/subscriptions/{case.subscription}")


def check_schedules(checks, client, tables):
    """The delays of a preset, given as numbers, read back as its name."""
    for schedule in tables.schedules:
        body = {"url": "http://127.0.0.1:9/", "events": [EVENT_TYPE], "enabled": False}
        body["retry"] = {"delays_seconds": schedule.delays}
        made = expect_status(client.post("/v1/webhooks/subscriptions", body), 201).json
        checks.equal(made["retry"], schedule.name, f"the schedule {schedule.name} has the delays {schedule.delays}")
        checks.equal(schedule.attempts, len(schedule.delays) + 1, f"the schedule {schedule.name} says its attempts")


# Answers


def items(client, path):
    found, cursor = [], None
    while True:
        join = "&" if "?" in path else "?"
        page = expect_status(client.get(path + (f"{join}cursor={cursor}" if cursor else "")), 200).json
        found += page["items"]
        cursor = page.get("next")
        if cursor is None:
            return found


def seconds(text):
    return status_cases.seconds(text)


def ended(attempt):
    return seconds(attempt["started_at"]) + attempt["timings_microseconds"]["total"] / 1e6


def summarise(cases):
    retried = sum(max(case.delivery["attempts"] - 1, 0) for case in cases if case.delivery)
    announced = sum(len(case.announced) for case in cases)
    say(f"{len(cases)} receivers, {retried} retries; the server was asked before {announced} of them")
    counts = {}
    for case in cases:
        if case.delivery:
            key = (case.delivery["status"], case.delivery["reason"] or "")
            counts[key] = counts.get(key, 0) + 1
    table(["deliveries", "reason", "count"], [[*key, count] for key, count in sorted(counts.items())])


if __name__ == "__main__":
    main()
