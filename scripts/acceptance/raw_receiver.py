"""Receivers that answer any bytes at any time: for what no well-behaved server would send.

    with RawReceivers() as receivers:
        receiver = receivers.listen([b"HTTP/1.1 200 OK\\r\\ncontent-length: 9\\r\\n\\r\\nshort", RESET])

A receiver reads one request of each connection, takes the steps of its script one after another, and closes. A step is
bytes to send, a function that makes them when they are due, `Wait`, `Drip`, `RESET` or `HANG`. With several scripts the
first request gets the first, and so on; the last repeats. All run on one event loop in a thread of their own.
"""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

# A receiver that hangs lets go after so long, where the sender did not before.
HANG_SECONDS = 300
MAXIMUM_HEAD_BYTES = 65_536


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass(frozen=True)
class Drip:
    """One byte after another. They are sent again from the first one on until the sender leaves, if it is endless."""

    data: bytes
    seconds: float
    is_endless: bool = False


RESET = "reset"
HANG = "hang"


@dataclass
class Call:
    """One request. Moments are of time.monotonic(), `wall` ones of time.time()."""

    number: int
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    arrived_at: float = 0.0
    arrived_wall: float = 0.0
    answered_at: float = 0.0
    # What the functions among the steps want to remember.
    notes: dict = field(default_factory=dict)


class RawReceiver:
    """One listener. `reads` is "request", or "nothing" for one that answers whatever comes."""

    def __init__(self, scripts, reads):
        self.scripts = scripts
        self.reads = reads
        self.port = None
        self.connections = 0
        # Whether nobody may connect.
        self.is_forbidden = False
        self.calls = []

    def url(self, scheme="http", host="127.0.0.1", path="/"):
        return f"{scheme}://{host}:{self.port}{path}"

    async def serve(self, reader, writer):
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            call = await self.read(reader)
            call.number = len(self.calls) + 1
            call.arrived_at, call.arrived_wall = time.monotonic(), time.time()
            self.calls.append(call)
            script = self.scripts[min(call.number, len(self.scripts)) - 1]
            for step in script:
                await take(step, call, writer)
            call.answered_at = time.monotonic()
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()

    async def read(self, reader):
        call = Call(0)
        if self.reads == "nothing":
            call.body = await reader.read(MAXIMUM_HEAD_BYTES)
            return call
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        call.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        call.body = await reader.readexactly(int(call.headers.get("content-length", "0")))
        return call


async def take(step, call, writer):
    if isinstance(step, Wait):
        await asyncio.sleep(step.seconds)
    elif isinstance(step, Drip):
        while True:
            for byte in step.data:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(step.seconds)
            if not step.is_endless:
                return
    elif step == HANG:
        await asyncio.sleep(HANG_SECONDS)
    elif step == RESET:
        await writer.drain()
        # With no time to linger the kernel sends a reset instead of an orderly end.
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    else:
        writer.write(step(call) if callable(step) else step)
        await writer.drain()


class RawReceivers:
    """A thread with an event loop, and the receivers on it."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="raw receivers", daemon=True)
        self.all = []

    def listen(self, *scripts, tls=None, reads="request", host="127.0.0.1", port=0):
        """A receiver on a port of its own; `tls` is the context of a server that speaks it."""
        receiver = RawReceiver(scripts, reads)

        async def bind():
            listener = await asyncio.start_server(
                receiver.serve, host, port, ssl=tls, limit=MAXIMUM_HEAD_BYTES, backlog=256
            )
            receiver.port = listener.sockets[0].getsockname()[1]

        asyncio.run_coroutine_threadsafe(bind(), self.loop).result()
        self.all.append(receiver)
        return receiver

    def __enter__(self):
        # What a handshake or a connection dies of is what the scripts ask for.
        self.loop.set_exception_handler(lambda *_: None)
        self.thread.start()
        return self

    def __exit__(self, *_):
        async def stop():
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


def answer(status, *headers, body=b""):
    """A well-formed answer that ends the connection."""
    head = [f"HTTP/1.1 {status} -", f"content-length: {len(body)}", "connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body
