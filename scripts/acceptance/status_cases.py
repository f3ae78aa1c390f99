"""The receivers of status_matrix.py: what each does, and the row of docs/webhooks/delivery.md that speaks of it."""

import datetime
import email.utils
import math
import socket
import time
from dataclasses import dataclass, field

from raw_receiver import HANG, RESET, Drip, RawReceiver, Wait, answer

SUCCESSES = [200, 201, 202, 204, 299]
REDIRECTS = [300, 301, 302, 303, 304, 307, 308]
CLIENT_ERRORS = [400, 401, 403, 404, 408, 409, 410, 422, 425, 429, 451]
SERVER_ERRORS = [500, 501, 502, 503, 504, 599]
METADATA = "http://169.254.169.254/latest/meta-data/"
# The shortest that a subscription may ask for, so that receivers which stall do not last.
SHORT_SECONDS = 1
LONG_SECONDS = 20
RETRY_AFTER_SECONDS = 2
DATE_AHEAD_SECONDS = 4


@dataclass
class Case:
    """One receiver with a subscription. What was seen of it is added while it runs."""

    name: str
    # The text of the row, or a status.
    row: str
    url: str
    receiver: RawReceiver | None = None
    status: int | None = None
    timeout: float = LONG_SECONDS
    # After so many failures it succeeds; 0 where it never does.
    failures: int = 0
    # Seconds, or "date".
    retry_after: object = None
    sees_requests: bool = True
    subscription: str = ""
    delivery: dict | None = None
    # By attempt: the moment that the server said of the next one.
    announced: dict = field(default_factory=dict)

    def asked(self, attempt, end):
        """How many seconds after `end` the receiver asked to be left alone, in its answer to an attempt."""
        if self.retry_after == "date":
            return self.receiver.calls[attempt - 1].notes["date"] - end
        return self.retry_after or 0


def all_cases(receivers, authority):
    return [
        *statuses(receivers),
        *redirects(receivers),
        *broken_connections(receivers),
        *broken_answers(receivers),
        *odd_but_fine(receivers),
        *slow(receivers),
        *tls(receivers, authority),
        *unreachable(),
        *recovering(receivers),
    ]


# Well-formed answers


def statuses(receivers):
    cases = []
    for status in SUCCESSES + REDIRECTS[:1] + CLIENT_ERRORS + SERVER_ERRORS:
        cases += in_three_ways(receivers, str(status), status, [])
    return cases


def in_three_ways(receivers, name, status, headers):
    """Without Retry-After, with seconds, and with a date."""
    plain = receivers.listen([answer(status, *headers)])
    asking = receivers.listen([answer(status, *headers, f"retry-after: {RETRY_AFTER_SECONDS}")])
    dating = receivers.listen([lambda call: answer(status, *headers, *date_line(call, DATE_AHEAD_SECONDS))])
    return [
        Case(name, str(status), plain.url(), plain, status),
        Case(f"{name}, Retry-After", str(status), asking.url(), asking, status, retry_after=RETRY_AFTER_SECONDS),
        Case(f"{name}, Retry-After date", str(status), dating.url(), dating, status, retry_after="date"),
    ]


def date_line(call, ahead):
    """A date in whole seconds, the next one that is so far ahead; it is noted with the call."""
    call.notes["date"] = math.ceil(time.time()) + ahead
    date = datetime.datetime.fromtimestamp(call.notes["date"], datetime.timezone.utc)
    return [f"retry-after: {email.utils.format_datetime(date, usegmt=True)}"]


def retry_after_line(text):
    """What makes the header of a row of the table of waits, and whether that is a date."""
    dates = {"a date 10 s ahead": 9, "a date 10 s ago": -11, "a date a day ahead": 86_400}
    if text in dates:
        return lambda call: date_line(call, dates[text]), True
    return lambda call: [f"retry-after: {text}"] if text else [], False


def redirects(receivers):
    forbidden = receivers.listen([answer(200)])
    forbidden.is_forbidden = True
    cases = []
    for status in REDIRECTS[1:]:
        for place, target in (("elsewhere", forbidden.url()), ("to the metadata", METADATA)):
            cases += in_three_ways(receivers, f"{status} {place}", status, [f"location: {target}"])
    return cases


def recovering(receivers):
    """Those that fail once or twice, and then take the event."""
    bad = {
        "500": [answer(500)],
        "404": [answer(404)],
        "ends the connection before its answer": [RESET],
        "answers what is not HTTP/1.1": [b"hello\r\n\r\n"],
        "does not end its answer in time": [HANG],
    }
    cases = []
    for row, script in bad.items():
        for failures in (1, 2):
            receiver = receivers.listen(*[script] * failures, [answer(200)])
            case = Case(f"{row}, then 200 at attempt {failures + 1}", row, receiver.url(), receiver, failures=failures)
            case.timeout = SHORT_SECONDS
            cases.append(case)
    return cases


# Answers that are broken


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


def raw(receivers, row, scripts, timeout=LONG_SECONDS, status=None):
    cases = []
    for name, script in scripts.items():
        receiver = receivers.listen(script)
        cases.append(Case(f"{row}: {name}", row, receiver.url(), receiver, status, timeout))
    return cases


def broken_connections(receivers):
    return [
        *raw(
            receivers,
            "ends the connection before its answer",
            {"reset": [RESET], "closed": [], "reset after a while": [Wait(0.3), RESET]},
        ),
        *raw(
            receivers,
            "ends the connection within its answer",
            {
                "in the status line": [b"HTTP/1.1 20"],
                "in the head": [HEAD + b"content-le", RESET],
                "after the head": [HEAD + b"content-length: 10\r\n\r\n"],
                "in the body": [HEAD + b"content-length: 10\r\n\r\nhalf"],
                "in the body, by a reset": [HEAD + b"content-length: 10\r\n\r\nhalf", Wait(0.3), RESET],
                "in a chunk": [CHUNKED + b"a\r\nhalf"],
                "before the last chunk": [CHUNKED + b"4\r\nhalf\r\n"],
                "in the trailers": [CHUNKED + b"0\r\nx: y\r\n"],
                "after an interim answer": [b"HTTP/1.1 103 Early Hints\r\n\r\n"],
            },
        ),
    ]


def broken_answers(receivers):
    return [
        *raw(
            receivers,
            "answers what is not HTTP/1.1",
            {
                "text": [b"hello\r\n\r\n"],
                "SSH": [b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n"],
                "HTTP/2": [b"HTTP/2 200\r\n\r\n"],
                "HTTP/2 frames": [bytes.fromhex("000012040000000000000300000064") + b"\n\n\n\n"],
                "HTTP/0.9": [b"<html>fine</html>\n\n"],
                "a TLS alert": [bytes.fromhex("15030100020246") + b"\r\n\r\n"],
                "no status": [b"HTTP/1.1 OK\r\n\r\n"],
                "a status of two digits": [b"HTTP/1.1 20 OK\r\n\r\n"],
                "a status of four digits": [b"HTTP/1.1 2000 OK\r\n\r\n"],
                "the status 099": [b"HTTP/1.1 099 -\r\n\r\n"],
                "the status 600": [b"HTTP/1.1 600 -\r\n\r\n"],
                "the status 999": [b"HTTP/1.1 999 -\r\n\r\n"],
                "101": [b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n"],
                "interim answers without end": [b"HTTP/1.1 100 Continue\r\n\r\n" * 20],
            },
        ),
        *raw(
            receivers,
            "breaks its own framing",
            {
                "no size of a chunk": [CHUNKED + b"\r\nhello\r\n0\r\n\r\n"],
                "a size of a chunk that is no number": [CHUNKED + b"xyz\r\nhello\r\n0\r\n\r\n"],
                "a negative size": [CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n"],
                "a size of 2^64": [CHUNKED + b"10000000000000000\r\nhello\r\n0\r\n\r\n"],
                "a chunk that is longer than it says": [CHUNKED + b"4\r\nhello\r\n0\r\n\r\n"],
                "bare line feeds between chunks": [CHUNKED + b"5\nhello\n0\n\n"],
                "two lengths": [HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\nok!"],
                "a negative length": [HEAD + b"content-length: -1\r\n\r\n"],
                "a length that is no number": [HEAD + b"content-length: ten\r\n\r\n"],
                "a folded header": [HEAD + b"x: y\r\n z\r\ncontent-length: 0\r\n\r\n"],
                "a header without a colon": [HEAD + b"hello\r\ncontent-length: 0\r\n\r\n"],
                "a blank before a colon": [HEAD + b"content-length : 0\r\n\r\n"],
                "a NUL in a header": [HEAD + b"x: \x00\r\ncontent-length: 0\r\n\r\n"],
                "a head of 20 KB": [HEAD + b"x: " + b"y" * 20_000 + b"\r\ncontent-length: 0\r\n\r\n"],
                "a head of 200 fields": [HEAD + b"x: y\r\n" * 200 + b"content-length: 0\r\n\r\n"],
            },
        ),
    ]


def odd_but_fine(receivers):
    """What some servers send and the standard permits, or nobody is hurt by."""
    return raw(
        receivers,
        "answers `200` to `299`",
        {
            "chunks": [CHUNKED + b"5;name=value\r\nhello\r\n0\r\n\r\n"],
            "byte by byte": [Drip(answer(200, body=b"fine"), 0.002)],
            "HTTP/1.0 until the end": [b"HTTP/1.0 200 OK\r\n\r\nfine"],
            "no reason": [b"HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n"],
            "bare line feeds": [b"HTTP/1.1 200 OK\ncontent-length: 0\n\n"],
            "interim answers before": [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 -\r\n\r\n" + answer(200)],
            "a body that is no UTF-8": [answer(200, body=b"\xff\x00\xfe")],
            "a body without end": [HEAD + b"\r\n", Drip(b"x" * 1000, 0, is_endless=True)],
            "a body of 1 MB": [answer(200, body=b"x" * 1_000_000)],
            "a length of 2^59": [HEAD + b"content-length: 576460752303423488\r\n\r\n" + b"x" * 300_000],
            "after most of the time": [Wait(0.5), answer(200)],
        },
        status=200,
    )


def slow(receivers):
    scripts = {
        "no answer": [HANG],
        "a head byte by byte": [Drip(answer(200), 0.2)],
        "interim answers only": [b"HTTP/1.1 100 Continue\r\n\r\n", HANG],
        "a body byte by byte": [HEAD + b"content-length: 1000\r\n\r\n", Drip(b"x" * 1000, 0.1)],
        "chunks byte by byte": [CHUNKED, Drip(b"1\r\nx\r\n" * 200, 0.05)],
        "a body that ends with the connection, which stays": [HEAD + b"\r\nfine", HANG],
        "no last chunk": [CHUNKED + b"4\r\nfine\r\n", HANG],
    }
    return raw(receivers, "does not end its answer in time", scripts, SHORT_SECONDS)


# Connections that fail


def tls(receivers, authority):
    def secure(name, row, context, script=(answer(200),), timeout=LONG_SECONDS):
        receiver = receivers.listen(list(script), tls=context)
        seen = row == "answers `200` to `299`"
        return Case(name, row, receiver.url("https"), receiver, timeout=timeout, sees_requests=seen)

    def plain(name, row, script, timeout=LONG_SECONDS):
        receiver = receivers.listen(script, reads="nothing")
        return Case(f"https, but {name}", row, receiver.url("https"), receiver, timeout=timeout, sees_requests=False)

    good = authority.context("good")
    return [
        secure("https", "answers `200` to `299`", good),
        secure("https and a reset", "ends the connection before its answer", good, [RESET]),
        secure("https and half an answer", "ends the connection within its answer", good, [HEAD + b"x: y\r\n"]),
        secure("https and no answer", "does not end its answer in time", good, [HANG], SHORT_SECONDS),
        secure(
            "a self-signed certificate",
            "shows a certificate that is not trusted",
            authority.context("self-signed", is_self_signed=True),
        ),
        secure(
            "an expired certificate",
            "shows a certificate that is not trusted",
            authority.context("expired", days=(-30, -1)),
        ),
        secure(
            "a certificate of tomorrow",
            "shows a certificate that is not trusted",
            authority.context("tomorrow", days=(1, 30)),
        ),
        secure(
            "a certificate of another address",
            "shows a certificate of another host",
            authority.context("other", address="127.0.0.2"),
        ),
        plain("plain HTTP", "does not speak TLS", [b"HTTP/1.1 400 Bad Request\r\n\r\n"]),
        plain("closed at once", "does not speak TLS", []),
        plain("reset at once", "does not speak TLS", [RESET]),
        plain("nothing said", "does not end its answer in time", [HANG], SHORT_SECONDS),
    ]


def unreachable():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    full = full_listener()
    return [
        Case("a closed port", "refuses the connection", refused, sees_requests=False),
        Case(
            "a listener that accepts nothing",
            "does not accept the connection in time",
            f"http://127.0.0.1:{full}/",
            timeout=SHORT_SECONDS,
            sees_requests=False,
        ),
        Case("a name of nobody", "has a name without an address", "http://nobody.invalid/", sees_requests=False),
    ]


def full_listener():
    """The port of a listener whose queue is full for as long as this process lives."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    KEPT.append(listener)
    for _ in range(8):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
        KEPT.append(waiting)
    return listener.getsockname()[1]


KEPT = []


def apart():
    """For a server that may reach nothing but the public, and that through a proxy which refuses."""
    return [
        Case("the proxy refuses", "is behind a proxy that opens no tunnel", "http://8.8.8.8/", sees_requests=False),
        Case(
            "a name of this machine",
            "has an address that the network policy refuses",
            "http://localhost/",
            sees_requests=False,
        ),
    ]


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
