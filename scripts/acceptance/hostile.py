"""Sends what nobody should send, and checks that each is refused as documented and changes nothing.

    hostile.py [--database sqlite|postgres] [--only TEXT]

Every case has the status that it must get and, where a field is at fault, its name; a malformed body also the byte at which
it stops being JSON. Every refusal is problem details (RFC 9457) with the request's id. After each case the numbers of rows of
all tables are what they were, and at the end their contents are; the server that answered is the one that was started.
"""

import argparse
import os
import re
import socket
import sys

import server
import stream
from checks import Checks, table
from hostile_cases import (
    ADMIN,
    CLIENT,
    JSON_LINES,
    NOBODY,
    READ,
    WRITE,
    bad_access,
    bad_bytes,
    bad_calls,
    bad_definitions,
    bad_events,
    bad_json,
    bad_observations,
    definition,
    event,
    observation,
)
from server import ADMIN_KEY, expect_status, wait_for_fold

PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


def main():
    parser = argparse.ArgumentParser(description="Sends what nobody should send, and checks that nothing changes.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--only", default="", help="only the cases whose name contains this")
    options = parser.parse_args()
    checks = Checks(f"hostile input, {options.database}")
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        with server.Server(database, folder) as node, database.reader() as reader:
            process = node.pid
            keys = prepare(node)
            wait_for_fold(database)
            before = contents(reader)
            cases = bad_definitions() + bad_json() + bad_events() + bad_observations() + bad_calls() + bad_access()
            for case in cases:
                if options.only in case.name:
                    send(checks, node, keys, case, reader)
            for name, raw, statuses in bad_bytes():
                if options.only in name:
                    send_bytes(checks, node, name, raw, statuses, reader)
            after = contents(reader)
            changed = [name for name in before if before[name] != after[name]]
            checks.equal(changed, [], "all tables have the contents that they had")
            check_half_good(checks, node)
            checks.equal(node.pid, process, "the same process still runs")
            checks.expect(node.is_alive, "the server is alive", node.log_tail())
            with node.client(key=None) as client:
                checks.equal(client.get("/readyz").status, 200, "and ready")
            memory = resident_megabytes(process)
            checks.expect(memory < 512, "its memory is below 512 MB", f"{memory} MB")
    table(["cases", "memory MB"], [[len(cases) + len(bad_bytes()), memory]])
    sys.exit(checks.finish())


def prepare(node):
    """Experiments in every state, and a key of every scope."""
    keys = {ADMIN: ADMIN_KEY, NOBODY: None}
    with node.client() as client:
        stream.create(client)
        for name in ("draft", "over"):
            expect_status(client.post("/v1/experiments", definition(id=name)), 201)
        expect_status(client.post("/v1/experiments/over/start"), 200)
        expect_status(client.post("/v1/experiments/over/conclude", {"winner": "b"}), 200)
        expect_status(client.post("/v1/events", event(id="good")), 202)
        for scope in (WRITE, READ, CLIENT, "revoked"):
            made = expect_status(
                client.post("/v1/keys", {"name": scope, "scope": "read" if scope == "revoked" else scope}), 201
            ).json
            keys[scope] = made["key"]
        expect_status(client.request("DELETE", f"/v1/keys/{made['id']}"), 204)
        for scope in (WRITE, READ):
            with node.client(key=keys[scope]) as holder:
                expect_status(holder.get("/v1/experiments"), 200)
    return keys


def send(checks, node, keys, case, reader):
    before = row_counts(reader)
    request_id = "hostile-" + re.sub(r"\W+", "-", case.name)
    with node.client(key=keys[case.key]) as client:
        try:
            answer = client.request(
                case.method, case.path, case.body, {"X-Request-Id": request_id, **case.headers}
            )
        except OSError as problem:
            checks.expect(False, case.name, f"no answer: {problem!r}")
            return
    problems = []
    if answer.status not in case.status:
        problems.append(f"the status is {answer.status}, expected {' or '.join(map(str, case.status))}")
    problems += wrong_details(answer, request_id)
    if case.at_fault is not None:
        accepted = {case.at_fault} if isinstance(case.at_fault, str) else case.at_fault
        if not accepted & named_fields(answer.json):
            problems.append(f"none of the fields {accepted} is named")
    if case.offset is not None and answer.json.get("offset") != case.offset:
        problems.append(f"the offset is {answer.json.get('offset')}, expected {case.offset}")
    problems += [f"no header field {name}" for name in case.answers if name not in answer.headers]
    after = row_counts(reader)
    if after != before:
        problems.append(f"rows changed: {sorted(set(after.items()) ^ set(before.items()))}")
    checks.expect(not problems, case.name, f"{'; '.join(problems)}: {answer!r}")


def wrong_details(answer, request_id):
    """What is wrong with the problem details."""
    problems = []
    if answer.headers.get_content_type() != "application/problem+json":
        problems.append(f"the content type is {answer.headers.get('Content-Type')}")
    missing = PROBLEM_MEMBERS - answer.json.keys()
    if missing:
        problems.append(f"members are missing: {sorted(missing)}")
    if answer.json.get("status") != answer.status:
        problems.append("the status member is another")
    if {answer.headers.get("X-Request-Id"), answer.json.get("request_id")} != {request_id}:
        problems.append("the request's id is not repeated")
    return problems


def named_fields(problem):
    """The fields that problem details name, for the whole request or for single elements."""
    named = {problem.get("field")}
    for member in ("errors", "rejected"):
        named |= {error.get("field") for error in problem.get(member, [])}
    return named


# Below HTTP's good manners


def send_bytes(checks, node, name, raw, statuses, reader):
    before = row_counts(reader)
    received = b""
    with socket.create_connection(("127.0.0.1", node.port), timeout=30) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                received += part
        except OSError:
            # Closed by the server in the middle, which is an answer too.
            pass
    words = received.split(b" ", 2)
    status = int(words[1]) if len(words) > 2 and words[0].startswith(b"HTTP/1.") else 0
    after = row_counts(reader)
    changed = sorted(set(after.items()) ^ set(before.items()))
    checks.expect(
        status in statuses and not changed,
        f"bytes: {name}",
        f"the status is {status}, expected one of {sorted(statuses)}; rows changed: {changed}; {received[:300]!r}",
    )


# Where a part of a request is good


def check_half_good(checks, node):
    """Bad elements are told by their index, the others are taken; an id counts once."""
    events = [event(id="h1"), event(user_id=""), event(id="h2"), event(id="h1"), event(timestamp=-1)]
    with node.client() as client:
        answer = client.post("/v1/events", events)
        checks.equal(answer.status, 202, "events, some of them bad")
        outcome = answer.json
        counts = (outcome.get("accepted"), outcome.get("duplicates"))
        checks.equal(counts, (2, 1), "two are taken, one is a duplicate")
        rejected = [(item["index"], item["field"]) for item in outcome.get("rejected", [])]
        checks.equal(rejected, [(1, "user_id"), (4, "timestamp")], "two are rejected by index and field")
        answer = client.post("/v1/events", [event(id="h1"), event(id="h2")])
        counts = (answer.json.get("accepted"), answer.json.get("duplicates"))
        checks.equal(counts, (0, 2), "sent again, both are duplicates")
        lines = b'{"type":"click","user_id":"u","id":"l1"}\n{"type":\n\n{"type":"click","user_id":"u","id":"l2"}'
        answer = client.post("/v1/events", lines, headers=JSON_LINES)
        checks.equal((answer.status, answer.json.get("accepted")), (202, 2), "a broken line does not spoil the others")
        checks.equal([item["index"] for item in answer.json.get("rejected", [])], [1], "and is told")
        # A moment is RFC 3339 or milliseconds, for observations as for events.
        for body in (event(timestamp=stream.START), event(timestamp=stream.moment_text(stream.START))):
            checks.equal(client.post("/v1/events", body).status, 202, f"an event with {body['timestamp']}")
        for moment in (stream.START, stream.moment_text(stream.START)):
            answer = client.post("/v1/experiments/hook/observations", observation(timestamp=moment))
            checks.expect(answer.status == 202, f"an observation with {moment}", answer)
        observations = [observation(), observation(variant="z"), observation(value="x")]
        answer = client.post("/v1/experiments/hook/observations", observations)
        checks.equal((answer.status, answer.json.get("accepted")), (202, 1), "observations, some of them bad")
        rejected = [(item["index"], item["field"]) for item in answer.json.get("rejected", [])]
        checks.equal(rejected, [(1, "variant"), (2, "value")], "they are told by index and field")


# What must not change


def row_counts(reader):
    return {name: reader.value(f"SELECT count(*) FROM {name}") for name in reader.tables()}


def contents(reader):
    """All rows of all tables, but for when a key was last used."""
    everything = {}
    for name in reader.tables():
        rows = [row for row in reader.rows(f"SELECT * FROM {name}")]
        if name == "hookline_keys":
            rows = [row[:3] for row in rows]
        everything[name] = sorted(map(repr, rows))
    return everything


def resident_megabytes(process):
    try:
        pages = int(open(f"/proc/{process}/statm", encoding="ascii").read().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


if __name__ == "__main__":
    main()
