"""Receivers of webhooks on the loopback interface. They remember every request, and answer as a function says.

    with Receivers() as receivers:
        receiver = receivers.listen("news", lambda request: RESET if request.attempt == 1 else TAKEN)
        ...  # a subscription of receiver.url

All receivers run on one event loop in a thread of their own. Its ticks number what happens, arrivals and answers alike,
so that the order of two things is known even where the clock is too coarse.

    webhook_receiver.py --self-test

measures how many requests a second it takes, and checks its failures.
"""

import asyncio
import collections
import itertools
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass

from checks import Checks, say

MAXIMUM_REQUEST_BYTES = 1_048_576
# A receiver that hangs lets go after so long, where the sender did not before.
HANG_SECONDS = 300
BEAT_SECONDS = 0.005


@dataclass(frozen=True)
class Reaction:
    """What a receiver does with a request: after `delay` seconds it answers, resets the connection, or does nothing."""

    status: int = 200
    delay: float = 0.0
    headers: tuple = ()
    body: bytes = b""
    kind: str = "answer"

    def encoded(self):
        head = [f"HTTP/1.1 {self.status} -", f"content-length: {len(self.body)}"]
        head += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*head, "", ""]).encode() + self.body


TAKEN = Reaction()
RESET = Reaction(kind="reset")
HANG = Reaction(kind="hang")


class Received:
    """One request. `arrived` and `answered` are ticks, `arrived_at` and `answered_at` moments of time.monotonic()."""

    __slots__ = (
        "receiver", "path", "headers", "body", "id", "attempt", "arrived", "arrived_at", "answered", "answered_at",
        "kind", "status",
    )  # fmt: skip

    def __init__(self, receiver, path, headers, body):
        self.receiver, self.path, self.headers, self.body = receiver, path, headers, body
        self.id = headers.get("webhook-id", "")
        # Counts the requests of this webhook-id at this receiver.
        self.attempt = 0
        self.arrived, self.arrived_at = None, None
        self.answered, self.answered_at = None, None
        # What was done in the end: answer, reset, hang; gone where the sender had left before.
        self.kind, self.status = None, None

    @property
    def is_taken(self):
        """Whether it was answered with success, as far as the receiver can know."""
        return self.kind == "answer" and 200 <= self.status <= 299


class Receiver:
    """One listener. What it has received is only ever added to, so other threads may read it at any time."""

    def __init__(self, owner, name, react):
        self.owner = owner
        self.name = name
        self.react = react
        self.port = None
        self.requests = []
        # By webhook-id: how many came, and how many of them were taken.
        self.attempts = collections.Counter()
        self.taken = collections.Counter()
        self.connections = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/{self.name}"


class Connection(asyncio.Protocol):
    """Reads the requests of one connection, one after another."""

    def __init__(self, receiver):
        self.receiver = receiver
        self.owner = receiver.owner
        self.buffer = b""
        self.running = None
        self.timer = None

    def connection_made(self, transport):
        self.transport = transport
        self.receiver.connections += 1
        self.owner.open.add(self)

    def data_received(self, data):
        self.buffer += data
        if self.running is None:
            self.read()

    def connection_lost(self, _):
        self.owner.open.discard(self)
        if self.timer is not None:
            self.timer.cancel()
        if self.running is not None:
            self.end(self.running, "hang" if self.running.kind == "hang" else "gone")

    def read(self):
        head_end = self.buffer.find(b"\r\n\r\n")
        if head_end < 0:
            if len(self.buffer) > MAXIMUM_REQUEST_BYTES:
                self.transport.abort()
            return
        try:
            lines = self.buffer[:head_end].decode("latin-1").split("\r\n")
            method, path, _ = lines[0].split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            length = int(headers["content-length"])
        except (ValueError, KeyError):
            self.owner.malformed.append(self.buffer[:200])
            self.transport.abort()
            return
        if method != "POST" or len(headers) != len(lines) - 1:
            self.owner.malformed.append(self.buffer[:200])
        end = head_end + 4 + length
        if len(self.buffer) < end:
            return
        body, self.buffer = self.buffer[head_end + 4 : end], self.buffer[end:]
        self.take(Received(self.receiver, path, headers, body))

    def take(self, request):
        receiver = self.receiver
        receiver.attempts[request.id] += 1
        request.attempt = receiver.attempts[request.id]
        request.arrived, request.arrived_at = next(self.owner.ticks), time.monotonic()
        receiver.requests.append(request)
        self.owner.observe(request)
        self.running = request
        reaction = receiver.react(request)
        if reaction.kind == "hang":
            request.kind = "hang"
            self.timer = self.owner.loop.call_later(HANG_SECONDS, self.transport.abort)
        elif reaction.delay > 0:
            self.timer = self.owner.loop.call_later(reaction.delay, self.finish, reaction)
        else:
            self.finish(reaction)

    def finish(self, reaction):
        request, self.timer = self.running, None
        if reaction.kind == "reset":
            # With no time to linger the kernel sends a reset instead of an orderly end.
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.end(request, "reset")
            self.transport.abort()
            return
        self.end(request, "answer", reaction.status)
        self.transport.write(ENCODED[reaction] if reaction in ENCODED else reaction.encoded())
        if self.buffer:
            self.read()

    def end(self, request, kind, status=None):
        request.answered_at, request.answered = time.monotonic(), next(self.owner.ticks)
        request.status, request.kind = status, kind
        self.running = None
        if request.is_taken:
            self.receiver.taken[request.id] += 1


ENCODED = {TAKEN: TAKEN.encoded()}


class Receivers:
    """A thread with an event loop, and the receivers on it. `observe` is called with each request as it arrives."""

    def __init__(self, observe=lambda request: None):
        self.observe = observe
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="receivers", daemon=True)
        self.ticks = itertools.count(1)
        self.all = {}
        self.open = set()
        self.malformed = []
        # The longest pause between two turns of the loop: so long a request may have waited before it was seen.
        self.longest_pause = 0.0
        self.last_beat = None

    def listen(self, name, react=lambda request: TAKEN):
        """A receiver on a port of its own."""
        receiver = self.all[name] = Receiver(self, name, react)

        async def bind():
            listener = await self.loop.create_server(lambda: Connection(receiver), "127.0.0.1", 0, backlog=1024)
            receiver.port = listener.sockets[0].getsockname()[1]

        asyncio.run_coroutine_threadsafe(bind(), self.loop).result()
        return receiver

    @property
    def requests(self):
        """Of all receivers, in the order of their arrival."""
        found = [request for receiver in self.all.values() for request in list(receiver.requests)]
        return sorted(found, key=lambda request: request.arrived)

    def beat(self):
        now = time.monotonic()
        if self.last_beat is not None:
            self.longest_pause = max(self.longest_pause, now - self.last_beat)
        self.last_beat = now
        self.loop.call_later(BEAT_SECONDS, self.beat)

    def __enter__(self):
        self.thread.start()
        self.loop.call_soon_threadsafe(self.beat)
        return self

    def __exit__(self, *_):
        def stop():
            for connection in list(self.open):
                connection.transport.abort()
            self.loop.call_soon(self.loop.stop)

        self.loop.call_soon_threadsafe(stop)
        self.thread.join()


# The receiver checked


def self_test(requests=20_000, connections=16):
    checks = Checks("the receiver of webhooks")
    with Receivers() as receivers:
        fast = receivers.listen("fast")
        seconds = flood(fast, requests, connections)
        say(f"{requests / seconds:.0f} requests a second over {connections} connections")
        checks.equal(len(fast.requests), requests, "every request was noted")
        checks.equal(len(fast.taken), requests // 2, "by its webhook-id")
        checks.equal(sum(fast.taken.values()), requests, "and taken")
        ticks = [tick for each in fast.requests for tick in (each.arrived, each.answered)]
        checks.equal(len(set(ticks)), 2 * requests, "every arrival and answer has a tick of its own")
        plan = [Reaction(status=503, delay=0.01, headers=(("retry-after", "2"),), body=b"later"), RESET, HANG]
        odd = receivers.listen("odd", lambda request: plan[request.attempt - 1])
        for expected in (b"HTTP/1.1 503 -\r\ncontent-length: 5\r\nretry-after: 2\r\n\r\nlater", "reset", "timeout"):
            checks.equal(ask_once(odd), expected, "a scripted reaction")
        deadline = time.monotonic() + 5
        while [each.answered for each in odd.requests].count(None) and time.monotonic() < deadline:
            time.sleep(0.01)
        seen = [(each.kind, each.status, each.is_taken) for each in odd.requests]
        checks.equal(seen, [("answer", 503, False), ("reset", None, False), ("hang", None, False)], "what it noted")
    return checks.finish()


def sample(number, body=b'{"type":"video.created"}'):
    head = f"POST /x HTTP/1.1\r\nHost: x\r\nwebhook-id: msg_{number}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def ask_once(receiver):
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=0.5) as connection:
        connection.sendall(sample(1))
        try:
            return connection.recv(4096)
        except ConnectionResetError:
            return "reset"
        except TimeoutError:
            return "timeout"


def flood(receiver, requests, connections):
    """Sends from a loop of its own, as quickly as answers come, and says how long that took."""

    async def work(first):
        reader, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
        for number in range(first, requests, connections):
            writer.write(sample(number // 2))
            await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def work_all():
        await asyncio.gather(*(work(first) for first in range(connections)))

    begun = time.monotonic()
    asyncio.run(work_all())
    return time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(self_test())
