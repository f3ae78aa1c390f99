"""What nobody should send: the cases of hostile.py, each with the status and the field that it must get."""

import gzip
import json
from dataclasses import dataclass, field

import stream
from server import ADMIN_KEY

ADMIN, WRITE, READ, CLIENT, NOBODY = "admin", "write", "read", "client", None

JSON_LINES = {"Content-Type": "application/x-ndjson"}
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
