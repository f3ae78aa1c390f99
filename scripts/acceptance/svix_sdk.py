"""An existing client of Svix moves to Hookline by changing its URL: Svix's own Python library, against a live server.

    svix_sdk.py [--database sqlite]

Each operation that docs/svix.md lists is called through the library, whose models check the answers, and a receiver verifies
every delivery with `svix.webhooks.Webhook` and with `standardwebhooks`. Retries, secrets and headers are seen at the receiver.
"""

import argparse
import contextlib
import datetime
import json
import sys
import time

import standardwebhooks
import svix.api as api
import svix.models as models
import svix.webhooks
from svix.api.errors.http_error import HttpError
from svix.api.errors.http_validation_error import HTTPValidationError
from svix.api.message import message_in_raw

import server
from checks import Checks, say
from webhook_receiver import TAKEN, Reaction, Receivers

WAIT_SECONDS = 30
# 32 bytes, as Svix writes them.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw3vN0cLzT0v8="


class Client:
    """The library, and a note of each operation that answered as its models expect."""

    def __init__(self, port, key=server.ADMIN_KEY):
        # A server that fails must not be hidden by repetitions.
        options = api.SvixOptions(server_url=f"http://127.0.0.1:{port}", retry_schedule=[])
        self.svix = api.Svix(key, options)
        self.called = set()

    def __getattr__(self, name):
        return Operations(self, name, getattr(self.svix, name))


class Operations:
    def __init__(self, client, name, group):
        self.client, self.name, self.group = client, name, group

    def __getattr__(self, name):
        operation = getattr(self.group, name)

        def call(*arguments, **options):
            answer = operation(*arguments, **options)
            self.client.called.add(f"{self.name}.{name}")
            return answer

        return call


def refusal(call, *arguments):
    """The status and the code that an operation is refused with; for 422 the place."""
    try:
        call(*arguments)
    except HTTPValidationError as error:
        return error.status_code, "/".join(error.detail[0].loc)
    except HttpError as error:
        return error.status_code, error.code
    return None


def pages(list_page, options):
    """The items of all pages."""
    found = []
    while True:
        page = list_page(options)
        found += page.data
        if page.done:
            return found
        options.iterator = page.iterator


def eventually(what, checks, is_so):
    deadline = time.monotonic() + WAIT_SECONDS
    while not (holds := is_so()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return checks.expect(holds, what)


# What is called


def event_types(checks, client):
    schema = {"1": {"type": "object"}, "2": {"type": "object", "properties": {"n": {"type": "integer"}}}}
    made = client.event_type.create(models.EventTypeIn(name="invoice.paid", description="Paid.", schemas=schema))
    checks.equal((made.name, made.archived, made.schemas), ("invoice.paid", False, {"1": schema["2"]}), "a type is made")
    checks.equal(client.event_type.get("invoice.paid").description, "Paid.", "and read")
    again = models.EventTypeIn(name="invoice.paid", description="")
    checks.equal(refusal(client.event_type.create, again), (409, "event_type_exists"), "once")
    changed = client.event_type.patch("invoice.paid", models.EventTypePatch(description="Paid in full."))
    checks.equal((changed.description, changed.schemas), ("Paid in full.", {"1": schema["2"]}), "a part of it is changed")
    put = client.event_type.upsert("invoice.void", models.EventTypeUpsertIn(description="Void."))
    checks.equal((put.name, put.schemas), ("invoice.void", None), "a type is put")
    client.event_type.delete("invoice.void")

    def names(**options):
        return {each.name for each in pages(client.event_type.list, api.EventTypeListOptions(limit=3, **options))}

    checks.expect("invoice.void" not in names() and "invoice.paid" in names(), "an archived type is not listed")
    checks.expect("invoice.void" in names(include_archived=True), "unless that is asked for")
    client.event_type.delete("invoice.void", api.EventTypeDeleteOptions(expunge=True))
    checks.equal(refusal(client.event_type.get, "invoice.void"), (404, "not_found"), "a type is removed for good")


def applications(checks, client):
    given = models.ApplicationIn(name="Studio B", uid="studio-b", metadata={"plan": "gold"})
    made = client.application.create(given)
    checks.equal((made.uid, made.name, made.metadata), ("studio-b", "Studio B", {"plan": "gold"}), "an application is made")
    checks.equal(refusal(client.application.create, given), (409, "conflict"), "once")
    checks.equal(client.application.get_or_create(given).id, made.id, "or found")
    checks.equal(client.application.get("studio-b").id, made.id, "and read by its uid")
    nameless = client.application.create(models.ApplicationIn(name="No uid"))
    checks.expect(nameless.id.startswith("app_") and nameless.uid is None, "without a uid it has an id", nameless.id)
    put = client.application.upsert(nameless.id, models.ApplicationIn(name="Renamed"))
    checks.equal(client.application.get(nameless.id).name, put.name, "an application is put")
    patched = client.application.patch(made.id, models.ApplicationPatch(metadata={"plan": "silver"}))
    checks.equal((patched.name, patched.metadata), ("Studio B", {"plan": "silver"}), "a part of it is changed")
    listed = pages(client.application.list, api.ApplicationListOptions(limit=1))
    checks.equal({each.id for each in listed}, {made.id, nameless.id}, "applications are listed by pages")
    client.application.delete(nameless.id)
    checks.equal(refusal(client.application.get, nameless.id), (404, "not_found"), "an application is removed")
    wrong = models.ApplicationIn(name="x", uid="no spaces")
    checks.equal(refusal(client.application.create, wrong), (422, "body/uid"), "a refusal names the field")
    return made


def endpoints(checks, client, app, url):
    given = models.EndpointIn(
        url=url,
        uid="main",
        description="Main",
        event_types=["invoice.paid"],
        channels=["eu"],
        throttle_rate=100,
        secret=SECRET,
        metadata={"team": "billing"},
        headers={"x-tenant": "b"},
    )
    made = client.endpoint.create(app.id, given)
    seen = (made.uid, made.url, made.event_types, made.channels, made.throttle_rate, made.metadata, made.disabled)
    wanted = ("main", url, ["invoice.paid"], ["eu"], 100, {"team": "billing"}, False)
    checks.equal(seen, wanted, "an endpoint is made")
    checks.equal(refusal(client.endpoint.create, app.id, given), (409, "conflict"), "once")
    checks.equal(client.endpoint.get(app.uid, "main").id, made.id, "and read by its uid")
    checks.equal(client.endpoint.get_secret(app.id, made.id).key, SECRET, "its secret is the given one")
    unknown = models.EndpointIn(url=url, event_types=["no.such"])
    checks.equal(refusal(client.endpoint.create, app.id, unknown), (422, "body/eventTypes"), "types have to exist")
    checks.equal(refusal(client.endpoint.create, app.id, models.EndpointIn(url="x")), (422, "body/url"), "and URLs")
    patched = client.endpoint.patch(app.id, "main", models.EndpointPatch(channels=None, description="All"))
    seen = (patched.channels, patched.description, patched.event_types, patched.uid)
    checks.equal(seen, (None, "All", ["invoice.paid"], "main"), "a part of it is changed")
    put = client.endpoint.upsert(app.id, "main", models.EndpointUpsertIn(url=url, uid="main", disabled=True))
    seen = (put.id, put.event_types, put.throttle_rate, put.metadata, put.disabled)
    checks.equal(seen, (made.id, None, None, {}, True), "an endpoint is put")
    checks.expect(not client.endpoint.patch(app.id, "main", models.EndpointPatch(disabled=False)).disabled, "and enabled")

    headers = client.endpoint.get_headers(app.id, "main")
    checks.equal((headers.headers, headers.sensitive), ({"x-tenant": "b"}, []), "its headers are told")
    client.endpoint.set_headers(app.id, "main", models.EndpointHeadersIn(headers={"x-a": "1", "authorization": "k"}))
    patch = models.EndpointHeadersPatchIn(headers={"x-b": "2"}, delete_headers=["x-a"])
    client.endpoint.patch_headers(app.id, "main", patch)
    headers = client.endpoint.get_headers(app.id, "main")
    checks.equal((headers.headers, headers.sensitive), ({"x-b": "2"}, ["authorization"]), "and changed, secrets hidden")

    spare = client.endpoint.create(app.id, models.EndpointIn(url=url + "/spare", disabled=True))
    checks.expect(spare.id.startswith("ep_") and spare.disabled, "an endpoint without a uid", spare.id)
    listed = pages(lambda options: client.endpoint.list(app.id, options), api.EndpointListOptions(limit=1))
    checks.equal([each.id for each in listed], [made.id, spare.id], "endpoints are listed by pages")
    client.endpoint.delete(app.id, spare.id)
    checks.equal(refusal(client.endpoint.get, app.id, spare.id), (404, "not_found"), "an endpoint is removed")
    return made


def messages(checks, client, app, endpoint, receiver):
    payload = {"n": 1, "text": "f\u00fcr \U0001f3ac", "rate": 1.50}
    given = models.MessageIn(event_type="invoice.paid", event_id="inv.17", payload=payload, channels=["eu", "us"])
    made = client.message.create(app.id, given, api.MessageCreateOptions(with_content=True))
    checks.equal((made.event_id, made.payload, made.channels), ("inv.17", payload, ["eu", "us"]), "a message is made")
    read = client.message.get(app.id, "inv.17", api.MessageGetOptions(with_content=True))
    checks.equal((read.id, read.timestamp, read.payload), (made.id, made.timestamp, payload), "and read by its eventId")
    checks.equal(client.message.get(app.id, made.id).payload, {}, "without its content unless asked for")
    checks.equal(refusal(client.message.create, app.id, given), (409, "conflict"), "an eventId is used once")
    eventually("the message arrives", checks, lambda: receiver.taken[made.id])
    arrived = receiver.requests[0]
    checks.equal(json.loads(arrived.body), payload, "with the payload alone as its body")
    checks.equal(arrived.headers.get("x-b"), "2", "and the endpoint's headers")
    checks.equal(arrived.headers.get("svix-id"), made.id, "and Svix's names for the signature's headers")

    options = api.MessageCreateOptions(idempotency_key="key-1")
    unknown = models.MessageIn(event_type="never.seen", payload={"n": 2})
    first = client.message.create(app.uid, unknown, options)
    checks.equal(client.message.create(app.uid, unknown, options).id, first.id, "an idempotency key makes one message")
    other = models.MessageIn(event_type="never.seen", payload={"n": 3})
    checks.equal(refusal(client.message.create, app.uid, other, options), (409, "conflict"), "of one content")
    checks.equal(client.event_type.get("never.seen").description, "", "an unknown type is added")
    eventually("and delivered", checks, lambda: receiver.taken[first.id])
    kept = client.message.create(app.id, message_in_raw("invoice.paid", '{"n": 4,  "kept": 1.0}'))
    eventually("a raw payload arrives", checks, lambda: receiver.taken[kept.id])
    body = next(each.body for each in receiver.requests if each.id == kept.id)
    checks.equal(body, b'{"n": 4,  "kept": 1.0}', "byte for byte")

    listed = pages(lambda options: client.message.list(app.id, options), api.MessageListOptions(limit=1))
    checks.expect([each.id for each in listed][-2:] == [first.id, made.id], "messages are listed, the newest first")
    only = client.message.list(app.id, api.MessageListOptions(channel="us", event_types=["invoice.paid", "x"]))
    checks.equal([each.id for each in only.data], [made.id], "by channel and type")
    before = api.MessageListOptions(before=made.timestamp)
    checks.equal(client.message.list(app.id, before).data, [], "and by time")
    other_app = client.application.create(models.ApplicationIn(name="Other", uid="other"))
    checks.equal(refusal(client.message.get, other_app.id, made.id), (404, "not_found"), "each sees its own only")
    checks.equal(refusal(client.endpoint.get, other_app.id, endpoint.id), (404, "not_found"), "of endpoints too")
    tagged = models.MessageIn(event_type="invoice.paid", payload={}, tags=["a"])
    checks.equal(refusal(client.message.create, app.id, tagged), (422, "body/tags"), "what is not supported is refused")
    shapeless = models.MessageIn(event_type="invoice.paid", payload={"n": "one"})
    checks.equal(refusal(client.message.create, app.id, shapeless), (422, "body/payload"), "as is what breaks a schema")
    implicit = models.ApplicationIn(name="Implicit", uid="implicit")
    brought = models.MessageIn(event_type="invoice.paid", payload={"n": 5}, application=implicit)
    client.message.create("implicit", brought)
    checks.equal(client.application.get("implicit").name, "Implicit", "a message brings its application")
    return made


def attempts(checks, client, app, endpoint, made, failing):
    # Its first attempt fails, and the schedule of Svix tries again after five seconds.
    trouble = client.endpoint.create(app.id, models.EndpointIn(url=failing.url, uid="trouble"))
    failed = client.message.create(app.id, models.MessageIn(event_type="invoice.paid", payload={"n": 6}))
    eventually("a failed attempt", checks, lambda: failing.attempts[failed.id] > 0)

    def of_message(**options):
        return client.message_attempt.list_by_msg(app.id, failed.id, api.MessageAttemptListByMsgOptions(**options)).data

    eventually("is noted", checks, lambda: of_message(status=models.MessageStatus.FAIL))
    attempt = of_message(status=models.MessageStatus.FAIL, with_content=True)[0]
    seen = (attempt.endpoint_id, attempt.msg_id, attempt.response_status_code, attempt.response, attempt.url)
    checks.equal(seen, (trouble.id, failed.id, 503, "later", failing.url), "as it was")
    got = client.message_attempt.get(app.id, failed.id, attempt.id)
    checks.equal((got.id, got.trigger_type, got.status_text), (attempt.id, 0, "fail"), "an attempt is read")
    destinations = client.message_attempt.list_attempted_destinations(app.id, failed.id).data
    states = {each.id: each.status for each in destinations}
    wanted = {endpoint.id: models.MessageStatus.SUCCESS, trouble.id: models.MessageStatus.PENDING}
    checks.equal(states, wanted, "the endpoints of a message, and how they stand")
    checks.expect(all(each.next_attempt for each in destinations if each.id == trouble.id), "and when one is tried again")
    eventually("it is tried again", checks, lambda: failing.taken[failed.id])
    eventually("and noted", checks, lambda: of_message(status=models.MessageStatus.SUCCESS, endpoint_id="trouble"))

    client.message_attempt.resend(app.id, made.id, "trouble")
    eventually("a message is sent again", checks, lambda: failing.taken[made.id])

    def of_endpoint(**options):
        given = api.MessageAttemptListByEndpointOptions(limit=1, **options)
        return pages(lambda page: client.message_attempt.list_by_endpoint(app.id, "trouble", page), given)

    eventually("all attempts of an endpoint", checks, lambda: len(of_endpoint()) == 4)
    by_hand = [each.msg_id for each in of_endpoint(with_msg=True) if each.trigger_type == 1]
    checks.expect(set(by_hand) == {made.id}, "those by hand are marked", by_hand)
    by_class = of_endpoint(status_code_class=models.StatusCodeClass.CODE5XX)
    checks.expect(by_class and all(each.response_status_code == 503 for each in by_class), "by the class of the status")

    def sent(**options):
        given = api.MessageAttemptListAttemptedMessagesOptions(limit=1, with_content=True, **options)
        return pages(lambda page: client.message_attempt.list_attempted_messages(app.id, trouble.id, page), given)

    eventually("the messages of an endpoint", checks, lambda: {each.id for each in sent()} == {failed.id, made.id})
    checks.equal([each.payload["n"] for each in sent(status=models.MessageStatus.SUCCESS)], [6, 1], "and how they stand")
    statistics = client.endpoint.get_stats(app.id, "trouble")
    checks.equal((statistics.success, statistics.fail, statistics.pending), (2, 0, 0), "the counts of an endpoint")


def recovery(checks, client, app, made, late):
    since = made.timestamp - datetime.timedelta(minutes=1)
    missed = client.endpoint.create(app.id, models.EndpointIn(url=late.url, uid="late"))
    recovered = client.endpoint.recover(app.id, "late", models.RecoverIn(since=since))
    checks.equal(recovered.task, models.BackgroundTaskType.ENDPOINT_RECOVER, "what failed is recovered")
    replayed = client.endpoint.replay_missing(app.id, missed.id, models.ReplayIn(since=since))
    checks.equal(replayed.task, models.BackgroundTaskType.ENDPOINT_REPLAY, "what was missed is replayed")
    eventually("the missed message arrives", checks, lambda: late.taken[made.id])

    def is_done():
        return client.background_task.get(replayed.id).status == models.BackgroundTaskStatus.FINISHED

    eventually("and the task ends", checks, is_done)
    checks.equal(late.taken[made.id], 1, "once")
    again = client.endpoint.bulk_replay(app.id, "late", models.BulkReplayIn(since=since, event_types=["never.seen"]))
    eventually("a type is replayed", checks, lambda: client.background_task.get(again.id).status == "finished")
    eventually("again", checks, lambda: max(late.taken.values(), default=0) == 2)


def rotation(checks, client, app, receiver, keys):
    new = client.endpoint.rotate_secret(app.id, "main", models.EndpointSecretRotateIn(grace_period_seconds=3600))
    checks.expect(new.key != SECRET and new.key.startswith("whsec_"), "a secret is rotated")
    checks.equal(client.endpoint.get_secret(app.id, "main").key, new.key, "and told")
    rotated = client.message.create(app.id, models.MessageIn(event_type="invoice.paid", payload={"n": 7}))
    eventually("a message with both signatures", checks, lambda: receiver.taken[rotated.id])
    keys.append(new.key)
    request = next(each for each in receiver.requests if each.id == rotated.id)
    for key in keys:
        checks.expect(is_verified(request, key), "each of which a receiver verifies")


def is_verified(request, key):
    """Whether both packages accept a delivery, and refuse it where it was changed."""
    for library in (svix.webhooks.Webhook, standardwebhooks.Webhook):
        try:
            library(key).verify(request.body, request.headers)
        except Exception:
            return False
        with contextlib.suppress(Exception):
            library(key).verify(request.body + b" ", request.headers)
            return False
    return True


def access(checks, client, port):
    checks.equal(client.health.get(), None, "the server is well")
    stranger = Client(port, key="nobody")
    checks.equal(refusal(stranger.application.list), (401, "authentication_failed"), "a stranger is refused")
    with server.Client(port) as administrator:
        answer = administrator.post("/v1/keys", {"name": "reader", "scope": "read"})
        reader = Client(port, key=server.expect_status(answer, 201).json["key"])
    checks.expect(reader.application.list().data, "a reader reads")
    refused = refusal(reader.application.create, models.ApplicationIn(name="x"))
    checks.equal(refused, (403, "insufficient access"), "and changes nothing")
    checks.equal(refusal(reader.endpoint.get_secret, "studio-b", "main"), (403, "insufficient access"), "nor sees secrets")
    example = models.EventExampleIn(event_type="invoice.paid")
    refused = refusal(client.endpoint.send_example, "studio-b", "main", example)
    checks.equal(refused, (404, "not_supported"), "what is not offered says so")


def main():
    parser = argparse.ArgumentParser(description="Svix's Python library against a live server.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    checks = Checks(f"the svix SDK on {options.database}")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(server.temporary_folder())
        database = stack.enter_context(server.new_database(options.database, folder))
        node = stack.enter_context(server.Server(database, folder, arguments=server.WEBHOOKS_TO_LOOPBACK))
        receivers = stack.enter_context(Receivers())
        client = Client(node.port)
        receiver = receivers.listen("main")
        failing = receivers.listen("failing", lambda request: TAKEN if request.attempt > 1 else LATER)
        event_types(checks, client)
        app = applications(checks, client)
        endpoint = endpoints(checks, client, app, receiver.url)
        made = messages(checks, client, app, endpoint, receiver)
        attempts(checks, client, app, endpoint, made, failing)
        recovery(checks, client, app, made, receivers.listen("late"))
        unverified = [each for each in receiver.requests if not is_verified(each, SECRET)]
        checks.equal((len(unverified), len(receiver.requests) > 3), (0, True), "every delivery is verified")
        rotation(checks, client, app, receiver, [SECRET])
        access(checks, client, node.port)
        say(f"{len(client.called)} operations: {', '.join(sorted(client.called))}")
        checks.expect(len(client.called) >= 25, "most operations were called")
    sys.exit(checks.finish())


LATER = Reaction(status=503, body=b"later")

if __name__ == "__main__":
    main()
