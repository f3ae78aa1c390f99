"""Verifies deliveries as a receiver would: with the packages of PyPI, not with a word of the server's code.

HMAC signatures (`v1`) are checked by `standardwebhooks` and `svix`, ed25519 signatures (`v1a`) by `cryptography`, and
the signature within an envelope by Python's `hmac`. The packages refuse what is older than five minutes, so deliveries
are verified while they come, on a thread of their own.
"""

import base64
import hashlib
import hmac
import json
import queue
import threading
import urllib.parse
from dataclasses import dataclass

import standardwebhooks
import svix.webhooks
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONTENT_TYPES = {
    "standard": "application/json",
    "cloudevents": "application/cloudevents+json; charset=utf-8",
    "envelope": "application/json",
}


@dataclass(frozen=True)
class Keys:
    """What a receiver knows of its subscription: the secret and the public key that the answer to its creation had."""

    format: str
    secret: str
    public_key: str | None = None


def event_id(request):
    """The id of the event, of which the header has unusual characters percent-encoded."""
    return urllib.parse.unquote(request.id)


def problems(request, keys):
    """What is wrong with the signatures of a delivery; an empty list where nothing is."""
    found = []
    for name, library in (("standardwebhooks", standardwebhooks.Webhook), ("svix", svix.webhooks.Webhook)):
        webhook = library(keys.secret)
        try:
            verify_hmac(webhook, request.body, request.headers)
        except Exception as problem:
            found.append(f"{name} refuses it: {problem!r}")
        # A verifier that takes everything would prove nothing.
        try:
            verify_hmac(webhook, request.body[:-1] + b" ", request.headers)
            found.append(f"{name} accepts a body that was changed")
        except Exception:
            pass
    if keys.public_key is not None:
        found += ed25519_problems(request, keys.public_key)
    if request.headers.get("content-type") != CONTENT_TYPES[keys.format]:
        found.append(f"the content-type is {request.headers.get('content-type')}")
    if keys.format == "envelope":
        found += envelope_problems(request.body, keys.secret)
    return found


def verify_hmac(webhook, body, headers):
    if isinstance(webhook, standardwebhooks.Webhook):
        webhook.verify(body, headers, json_parse=False)
    else:
        webhook.verify(body, headers)


def ed25519_problems(request, public_key):
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    signed = f"{request.id}.{request.headers.get('webhook-timestamp')}.".encode() + request.body
    signatures = [
        base64.b64decode(each.removeprefix("v1a,"))
        for each in request.headers.get("webhook-signature", "").split(" ")
        if each.startswith("v1a,")
    ]
    if len(signatures) != 1:
        return [f"there are {len(signatures)} ed25519 signatures"]
    try:
        key.verify(signatures[0], signed)
    except InvalidSignature:
        return ["the ed25519 signature is wrong"]
    return []


def envelope_problems(body, secret):
    payload, code = body[len(b'{"payload":') : -119], json.loads(body)["signature"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    is_right = hmac.compare_digest(hmac.new(key, payload, hashlib.sha256).hexdigest(), code)
    return [] if is_right else ["the signature within the envelope is wrong"]


@dataclass(frozen=True)
class Told:
    """What a body tells; None where its format leaves it out. The payload's bytes are cut out, not written anew."""

    payload: bytes
    type: str | None = None
    id: str | None = None
    time: str | None = None
    ordering_key: str | None = None


def told(request, format):
    """Reads a body; ValueError or KeyError where it is not as the format says."""
    body, fields = request.body, json.loads(request.body)
    if format == "envelope":
        expected, payload = ["payload", "signature", "timestamp"], body[len(b'{"payload":') : -119]
        read = Told(payload, time=fields["timestamp"])
    else:
        # No text before it can contain these bytes: its quotes would be escaped.
        payload = body[body.index(b',"data":') + len(b',"data":') : -1]
        if format == "standard":
            expected = ["type", "timestamp", "data"]
            read = Told(payload, type=fields["type"], time=fields["timestamp"])
        else:
            key = fields.get("partitionkey")
            expected = ["specversion", "id", "source", "type", "time", "datacontenttype"]
            expected += ["partitionkey"] * (key is not None) + ["data"]
            read = Told(payload, fields["type"], fields["id"], fields["time"], key)
    if list(fields) != expected:
        raise ValueError(f"the body has {list(fields)}, expected {expected}")
    return read


class Verifier(threading.Thread):
    """Verifies the requests that it is given, each soon after it came."""

    def __init__(self):
        super().__init__(name="verifier", daemon=True)
        self.waiting = queue.SimpleQueue()
        self.keys = {}
        self.verified = 0
        self.problems = []

    def run(self):
        while (request := self.waiting.get()) is not None:
            found = problems(request, self.keys[request.receiver.name])
            self.problems += [f"{request.receiver.name} {request.id}: {problem}" for problem in found]
            self.verified += 1

    def learn(self, receiver, format, secret, public_key=None):
        """What verifies the deliveries to a receiver; to be told before the first one."""
        self.keys[receiver] = Keys(format, secret, public_key)

    def observe(self, request):
        self.waiting.put(request)

    def finish(self):
        """Returns when all that came is verified."""
        self.waiting.put(None)
        self.join()
