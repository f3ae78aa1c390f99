"""Sends what nobody should send, and checks that each is refused as documented and changes nothing.

    hostile.py [--database sqlite|postgres] [--only TEXT]

Every case has the status that it must get and, where a field is at fault, its name; a malformed body also the byte at which
it stops being JSON. Every refusal is problem details (RFC 9457) with the request's id. After each case the numbers of rows of
all tables are what they were, and at the end their contents are; the server that answered is the one that was started.
"""

import argparse
import gzip
import json
import os
import re
import socket
import sys
from dataclasses import dataclass, field

import server
import stream
from checks import Checks, table
from server import ADMIN_KEY, expect_status, wait_for_fold

ADMIN, WRITE, READ, CLIENT, NOBODY = "admin", "write", "read", "client", None
JSON_LINES = {"Content-Type": "application/x-ndjson"}
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}
LATER = 4_102_444_800_000  # 2100-01-01
DEEP = 20_000


@dataclass
class Case:
    """A request, and how it must be refused."""

    name: str
    method: str
    path: str
    # Bytes are sent as they are, anything else as JSON.
    body: object = None
    # One of these statuses.
    status: tuple = (422,)
    # The field at fault, or one of several; None where no field is.
    at_fault: object = None
    # The byte at which a malformed body ends to be JSON.
    offset: int | None = None
    key: str | None = ADMIN
    headers: dict = field(default_factory=dict)
    # Header fields that the answer must have.
    answers: tuple = ()


def event(**members):
    return {"type": "click", "user_id": "u", **members}


def definition(**members):
    return {"id": "new", "name": "New", "variants": ["a", "b"], **members}


def metric(**members):
    return definition(metrics=[{"name": "m", **members}])


def observation(**members):
    return {"variant": "claim", "metric": "rating", "value": 1, **members}


def bad_definitions():
    def create(name, body, at_fault, status=(422,), **more):
        return Case(f"definition: {name}", "POST", "/v1/experiments", body, status, at_fault, **more)

    halves = {"a": 0.5, "b": 0.5}
    return [
        create("no id", {"name": "x", "variants": ["a", "b"]}, "id"),
        create("no name", {"id": "x", "variants": ["a", "b"]}, "name"),
        create("no variants", {"id": "x", "name": "x"}, "variants"),
        create("empty id", definition(id=""), "id"),
        create("long id", definition(id="x" * 129), "id"),
        create("control character in id", definition(id="a\u0007b"), "id"),
        create("id is a number", definition(id=7), "id"),
        create("name is a number", definition(name=7), "name"),
        create("long name", definition(name="x" * 257), "name"),
        create("unknown field", definition(varients=["a"]), "varients"),
        create("one variant", definition(variants=["a"]), "variants"),
        create("variants is text", definition(variants="a,b"), "variants"),
        create("a variant is no text", definition(variants=["a", 2]), "variants[1]"),
        create("a variant twice", definition(variants=["a", "b", "a"]), "variants[2]"),
        create("1001 variants", definition(variants=[str(number) for number in range(1001)]), "variants"),
        create("split above 1", definition(split={"a": 0.7, "b": 0.7}), "split"),
        create("split below 1", definition(split={"a": 0.3, "b": 0.3}), "split"),
        create("negative weight", definition(split={"a": 1.5, "b": -0.5}), {"split.a", "split.b"}),
        create("weight of 0", definition(split={"a": 1, "b": 0}), "split.b"),
        create("weight is text", definition(split={"a": "0.5", "b": 0.5}), "split.a"),
        create("weight of an unknown variant", definition(split={**halves, "c": 0}), "split.c"),
        create("weight missing", definition(split={"a": 1}), "split.b"),
        create("coverage of 0", definition(coverage=0), "coverage"),
        create("negative coverage", definition(coverage=-1), "coverage"),
        create("coverage above 1", definition(coverage=1.5), "coverage"),
        create("coverage is text", definition(coverage="1"), "coverage"),
        create("unknown control", definition(control="c"), "control"),
        create("unknown unit", definition(unit="team"), "unit"),
        create("unit without a name", definition(unit={"attribute": ""}), {"unit", "unit.attribute"}),
        create("unknown kind of metric", metric(kind="median", event="e"), "metrics[0].kind"),
        create("metric without an event", metric(kind="proportion"), "metrics[0].event"),
        create("sum without a property", metric(kind="sum", event="e"), "metrics[0].property"),
        create("window of 0", metric(kind="count", event="e", window_seconds=0), "metrics[0].window_seconds"),
        create("negative window", metric(kind="count", event="e", window_seconds=-5), "metrics[0].window_seconds"),
        create("endless window", metric(kind="count", event="e", window_seconds=1e18), "metrics[0].window_seconds"),
        create("reserved event", metric(kind="count", event="hookline.observation"), "metrics[0].event"),
        create("unknown field of a metric", metric(kind="count", event="e", evnt="e"), "metrics[0].evnt"),
        create("metric twice", definition(metrics=["m", "m"]), {"metrics[1].name", "metrics[1]"}),
        create("101 metrics", definition(metrics=[str(number) for number in range(101)]), "metrics"),
        create("an array", [definition()], None),
        create("a number", 5, None),
        create("exists", {**stream.HOOK, "metrics": []}, None, (409,)),
        create("no body", None, None, (400,)),
    ]


def bad_json():
    def broken(name, body, offset, status=(400,), path="/v1/experiments", **more):
        return Case(f"JSON: {name}", "POST", path, body, status, offset=offset, **more)

    return [
        broken("comma before the end", b'{"id":"x",}', 10),
        broken("ends too soon", b'{"id":"x', 8),
        broken("nothing but white space", b"  ", 2),
        broken("no value", b'{"id":}', 6),
        broken("single quotes", b"{'id':1}", 1),
        broken("something after the value", b'{"id":"x"} x', 11),
        broken("NaN", b'{"coverage":NaN}', 12),
        broken("Infinity", b'{"coverage":Infinity}', 12),
        broken("negative infinity", b'{"coverage":-Infinity}', 13),
        broken("1e999", b'{"coverage":1e999}', 12),
        broken("400 digits", b'{"coverage":' + b"9" * 400 + b"}", 12),
        broken("leading zero", b'{"coverage":01}', 12),
        broken("invalid UTF-8", b'{"id":"\xff"}', 7),
        broken("overlong UTF-8", b'{"id":"\xc0\xaf"}', 7),
        broken("UTF-8 surrogate", b'{"id":"\xed\xa0\x80"}', 7),
        broken("UTF-8 cut off", b'{"id":"\xf0\x9f"}', 7),
        broken("escaped U+0000", b'{"id":"a\\u0000"}', 8),
        broken("raw U+0000", b'{"id":"a\0"}', 8),
        broken("lone surrogate", b'{"id":"\\ud800x"}', 7),
        broken("unknown escape", b'{"id":"\\x41"}', 7),
        broken("raw control character", b'{"id":"a\nb"}', 8),
        broken("byte order mark", b'\xef\xbb\xbf{"id":"x"}', 0),
        broken("UTF-16", '{"id":"x"}'.encode("utf-16-le"), 1),
        broken("key twice", b'{"id":"x","id":"y"}', 10),
        broken("deep arrays", b"[" * DEEP + b"]" * DEEP, 64),
        broken("deep arrays without an end", b"[" * DEEP, 64),
        broken("deep objects", b'{"a":' * DEEP + b"1" + b"}" * DEEP, 64 * 5),
        broken("deep properties", json.dumps(event()).encode()[:-1] + b',"properties":' + b'{"a":' * 99 + b"1" + b"}" * 99 + b"}",
               None, (400, 422), "/v1/events"),
        broken("events: cut off", b'[{"type":"click","user_id":"u"},{"ty', 36, path="/v1/events"),
        broken("events: invalid UTF-8", b'[{"type":"click","user_id":"\xfe"}]', 28, path="/v1/events"),
        broken("events: two values", b'{"type":"a","user_id":"u"}{"type":"b","user_id":"u"}', 26, path="/v1/events"),
        broken("gzip", gzip.compress(json.dumps([event()]).encode()), None, (400, 415), "/v1/events",
               headers={"Content-Encoding": "gzip"}),
    ]  # fmt: skip


def bad_events():
    def post(name, body, at_fault, status=(422,), **more):
        return Case(f"event: {name}", "POST", "/v1/events", body, status, at_fault, **more)

    return [
        post("empty user", event(user_id=""), "user_id"),
        post("long user", event(user_id="u" * 257), "user_id"),
        post("user is a number", event(user_id=5), "user_id"),
        post("user with U+0001", event(user_id="a\u0001"), "user_id"),
        post("user with U+007F", event(user_id="a\u007f"), "user_id"),
        post("nobody", {"type": "click"}, {"user_id", "content_id"}),
        post("empty content", {"type": "click", "content_id": ""}, "content_id"),
        post("no type", {"user_id": "u"}, "type"),
        post("empty type", event(type=""), "type"),
        post("long type", event(type="t" * 129), "type"),
        post("reserved type", event(type="hookline.observation"), "type"),
        post("empty id", event(id=""), "id"),
        post("long id", event(id="i" * 257), "id"),
        post("reserved id", event(id="hookline.exposure:00"), "id"),
        post("unknown field", event(usr_id="u"), "usr_id"),
        post("id is an object", event(id={}), "id"),
        post("timestamp before 1970", event(timestamp=-1), "timestamp"),
        post("timestamp in text before 1970", event(timestamp="1969-12-31T23:59:59Z"), "timestamp"),
        post("timestamp after 9999", event(timestamp=253_402_300_800_000), "timestamp"),
        post("timestamp beyond 64 bits", event(timestamp=10**30), "timestamp"),
        post("timestamp in the future", event(timestamp=LATER), "timestamp"),
        post("timestamp with a fraction", event(timestamp=1.5), "timestamp"),
        post("no such day", event(timestamp="2025-02-29T00:00:00Z"), "timestamp"),
        post("timestamp in words", event(timestamp="yesterday"), "timestamp"),
        post("timestamp without a zone", event(timestamp="2025-01-01T00:00:00"), "timestamp"),
        post("timestamp is true", event(timestamp=True), "timestamp"),
        post("properties is an array", event(properties=[1]), "properties"),
        post("properties is text", event(properties="{}"), "properties"),
        post("long properties", event(properties={"a": "x" * 32_768}), "properties"),
        post("a number", 5, None),
        post("an array of numbers", [1, 2], None),
        post("10,001 events", [event()] * 10_001, None, (413, 422)),
        post("a body over the limit", b"[" + b" " * (4 << 20) + b"]", None, (413,)),
        post("no body", b"", None, (400,)),
        post("text", b"click", None, (415,), headers={"Content-Type": "text/plain"}),
        post("a form", b"type=click", None, (400,), headers={"Content-Type": "application/x-www-form-urlencoded"}),
        post("lines, all bad", b'{"type":\n{"user_id":"u"}\nx\n', None, (400, 422), headers=JSON_LINES),
    ]


def bad_observations():
    def post(name, body, at_fault, status=(422,), experiment="hook", **more):
        path = f"/v1/experiments/{experiment}/observations"
        return Case(f"observation: {name}", "POST", path, body, status, at_fault, **more)

    aggregated = {"variant": "claim", "metric": "signup"}
    return [
        post("unknown experiment", observation(), None, (404,), "nowhere"),
        post("unknown variant", observation(variant="z"), "variant"),
        post("no variant", {"metric": "rating", "value": 1}, "variant"),
        post("no metric", {"variant": "claim", "value": 1}, "metric"),
        post("folded metric", observation(metric="click_rate"), "metric"),
        post("no value", {"variant": "claim", "metric": "rating"}, {"value", "trials"}),
        post("value is text", observation(value="1"), "value"),
        post("value is null", observation(value=None), "value"),
        post("value is NaN", b'{"variant":"claim","metric":"rating","value":NaN}', None, (400,), offset=45),
        post("value is 1e999", b'{"variant":"claim","metric":"rating","value":1e999}', None, (400,), offset=45),
        post("value is 1e101", observation(value=1e101), "value"),
        post("empty user", observation(user_id=""), "user_id"),
        post("timestamp in the future", observation(timestamp=LATER), "timestamp"),
        post("timestamp in text in the future", observation(timestamp="2100-01-01T00:00:00Z"), "timestamp"),
        post("timestamp before 1970", observation(timestamp=-1), "timestamp"),
        post("negative trials", {**aggregated, "trials": -1, "successes": 0}, "trials"),
        post("trials with a fraction", {**aggregated, "trials": 1.5, "successes": 0}, "trials"),
        post("endless trials", {**aggregated, "trials": 10**18, "successes": 0}, "trials"),
        post("more successes than trials", {**aggregated, "trials": 1, "successes": 2}, "successes"),
        post("negative successes", {**aggregated, "trials": 1, "successes": -1}, "successes"),
        post("no successes", {**aggregated, "trials": 1}, "successes"),
        post("a value and trials", observation(trials=1, successes=1), {"value", "trials", "successes"}),
        post("unknown field", observation(vale=1), "vale"),
        post("10,001 observations", [observation()] * 10_001, None, (413, 422)),
        post("of a draft", observation(variant="a"), None, (409,), "draft"),
        post("of a concluded one", observation(variant="a"), None, (409,), "over"),
    ]


def bad_calls():
    hook = "/v1/experiments/hook"
    return [
        Case("allocate: unknown experiment", "POST", "/v1/experiments/nowhere/allocate", {"user_id": "u"}, (404,)),
        Case("allocate: no user", "POST", f"{hook}/allocate", {}, at_fault="user_id"),
        Case("allocate: empty user", "POST", f"{hook}/allocate", {"user_id": ""}, at_fault="user_id"),
        Case("allocate: long user", "POST", f"{hook}/allocate", {"user_id": "u" * 257}, at_fault="user_id"),
        Case("allocate: expose is text", "POST", f"{hook}/allocate", {"user_id": "u", "expose": "no"}, at_fault="expose"),
        Case("allocate: unknown field", "POST", f"{hook}/allocate", {"user_id": "u", "expos": False}, at_fault="expos"),
        Case("allocate: no attribute", "POST", "/v1/experiments/layout/allocate", {"user_id": "u"}, at_fault="attributes.device"),
        Case("allocate: attribute is a number", "POST", "/v1/experiments/layout/allocate", {"attributes": {"device": 1}}, at_fault="attributes.device"),
        Case("pause a draft", "POST", "/v1/experiments/draft/pause", None, (409,)),
        Case("conclude a draft", "POST", "/v1/experiments/draft/conclude", None, (409,)),
        Case("start a concluded one", "POST", "/v1/experiments/over/start", None, (409,)),
        Case("pause a concluded one", "POST", "/v1/experiments/over/pause", None, (409,)),
        Case("conclude with an unknown winner", "POST", f"{hook}/conclude", {"winner": "z"}, at_fault="winner"),
        Case("start an unknown one", "POST", "/v1/experiments/nowhere/start", None, (404,)),
        Case("change an unknown one", "PATCH", "/v1/experiments/nowhere", {"name": "x"}, (404,)),
        Case("change an unknown field", "PATCH", hook, {"nmae": "x"}, at_fault="nmae"),
        Case("change the id", "PATCH", hook, {"id": "x"}, at_fault="id"),
        Case("change to a bad split", "PATCH", hook, {"split": {"claim": 1, "question": 1, "fr\u00fch": 1}}, at_fault="split"),
        Case("change to an unknown control", "PATCH", hook, {"control": "z"}, at_fault="control"),
        Case("results of an unknown one", "GET", "/v1/experiments/nowhere/results", None, (404,)),
        Case("results of an unknown metric", "GET", f"{hook}/results?metric=nothing", None, (404,)),
        Case("results: endless wait", "GET", f"{hook}/results?wait_ms=99999999", None, at_fault="wait_ms"),
        Case("list: limit of 0", "GET", "/v1/experiments?limit=0", None, at_fault="limit"),
        Case("list: limit in words", "GET", "/v1/experiments?limit=many", None, at_fault="limit"),
        Case("list: unknown state", "GET", "/v1/experiments?state=asleep", None, at_fault="state"),
        Case("list: unknown parameter", "GET", "/v1/experiments?sate=draft", None, at_fault="sate"),
        Case("import: no experiments", "POST", "/v1/experiments/import", {}, at_fault="experiments"),
        Case("import: too many", "POST", "/v1/experiments/import", {"experiments": [{}] * 1001}, at_fault="experiments"),
        Case("key: unknown scope", "POST", "/v1/keys", {"name": "x", "scope": "root"}, at_fault="scope"),
        Case("key: no name", "POST", "/v1/keys", {"scope": "read"}, at_fault="name"),
        Case("key: revoke an unknown one", "DELETE", "/v1/keys/nothing", None, (404,)),
    ]  # fmt: skip


def bad_access():
    challenge = ("WWW-Authenticate",)

    def refused(name, method, path, body, key, status, **more):
        return Case(f"access: {name}", method, path, body, (status,), key=key, **more)

    return [
        refused("no key", "GET", "/v1/experiments", None, NOBODY, 401, answers=challenge),
        refused("no key, events", "POST", "/v1/events", event(), NOBODY, 401, answers=challenge),
        refused("wrong key", "GET", "/v1/experiments", None, NOBODY, 401, headers={"Authorization": "Bearer wrong"}, answers=challenge),
        refused("a key cut short", "GET", "/v1/experiments", None, NOBODY, 401, headers={"Authorization": f"Bearer {ADMIN_KEY[:-1]}"}),
        refused("another scheme", "GET", "/v1/experiments", None, NOBODY, 401, headers={"Authorization": f"Basic {ADMIN_KEY}"}),
        refused("empty key", "GET", "/v1/experiments", None, NOBODY, 401, headers={"Authorization": "Bearer "}),
        refused("reader creates", "POST", "/v1/experiments", definition(), READ, 403),
        refused("reader posts events", "POST", "/v1/events", event(), READ, 403),
        refused("reader makes keys", "POST", "/v1/keys", {"name": "x", "scope": "admin"}, READ, 403),
        refused("writer makes keys", "POST", "/v1/keys", {"name": "x", "scope": "admin"}, WRITE, 403),
        refused("writer lists keys", "GET", "/v1/keys", None, WRITE, 403),
        refused("client reads", "GET", "/v1/experiments", None, CLIENT, 403),
        refused("client creates", "POST", "/v1/experiments", definition(), CLIENT, 403),
        refused("client observes", "POST", "/v1/experiments/hook/observations", observation(), CLIENT, 403),
        refused("client concludes", "POST", "/v1/experiments/hook/conclude", None, CLIENT, 403),
        refused("revoked key", "GET", "/v1/experiments", None, "revoked", 401),
        Case("route: unknown", "GET", "/v1/nothing", None, (404,)),
        Case("route: outside", "GET", "/../../etc/passwd", None, (404,)),
        Case("route: root of the API", "GET", "/v1", None, (404,)),
        Case("route: wrong method", "PUT", "/v1/events", event(), (405,), answers=("Allow",)),
        Case("route: wrong method for a list", "DELETE", "/v1/experiments", None, (405,), answers=("Allow",)),
        Case("route: wrong method for one", "POST", "/v1/experiments/hook", definition(), (405,), answers=("Allow",)),
        Case("route: broken percent-encoding", "GET", "/v1/experiments/%zz", None, (400,)),
        Case("route: percent-encoded invalid UTF-8", "GET", "/v1/experiments/%ff", None, (400,)),
        Case("route: percent-encoded U+0000", "GET", "/v1/experiments/a%00b", None, (400, 404, 422)),
        Case("route: long id", "GET", f"/v1/experiments/{'x' * 5000}", None, (404, 422)),
    ]  # fmt: skip


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


def bad_bytes():
    """Name, what is sent before the connection is closed for writing, and the statuses accepted; 0 stands for no answer."""
    events = json.dumps([event(id=f"cut-{number}") for number in range(3)]).encode()

    def head(*lines, method="POST", path="/v1/events"):
        fields = ["Host: localhost", f"Authorization: Bearer {ADMIN_KEY}", "Content-Type: application/json", *lines]
        return "\r\n".join([f"{method} {path} HTTP/1.1", *fields, "", ""]).encode()

    chunk = f"{len(events):x}\r\n".encode() + events + b"\r\n"
    chunked = head("Transfer-Encoding: chunked")
    return [
        ("body shorter than announced", head(f"Content-Length: {len(events) + 1}") + events, {0, 400}),
        ("nothing of an announced body", head("Content-Length: 100"), {0, 400}),
        ("chunks without an end", chunked + chunk, {0, 400}),
        ("a chunk cut off", chunked + chunk[:-20], {0, 400}),
        ("a chunk without a length", chunked + b"zz\r\n" + events, {0, 400}),
        ("a chunk of endless length", chunked + b"ffffffffffffffff\r\n" + events, {0, 400, 413}),
        ("chunks over the limit", chunked + (b"10000\r\n" + b" " * 65_536 + b"\r\n") * 80 + b"0\r\n\r\n", {413}),
        ("an announced body over the limit", head("Content-Length: 99999999999"), {413}),
        ("a negative length", head("Content-Length: -5") + events, {0, 400}),
        ("two lengths", head("Content-Length: 5", f"Content-Length: {len(events)}") + events, {0, 400}),
        ("a length and chunks", head(f"Content-Length: {len(events)}", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + events, {0, 400}),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200, {0, 400}),
        ("a long head", head(f"X-Long: {'x' * 100_000}", "Content-Length: 0"), {0, 400, 431}),
        ("many header fields", head(*[f"X-{number}: 1" for number in range(5000)], "Content-Length: 0"), {0, 400, 431}),
        ("a long path", head("Content-Length: 0", method="GET", path="/" + "x" * 100_000), {0, 400, 404, 414, 431}),
    ]  # fmt: skip


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
