"""Sets the clock of a server an hour ahead and an hour back while retries wait, and checks that they do not notice.

    clock_jump.py [--database sqlite|postgres]

The server runs with `wall_clock.c`, which moves its wall clock (CLOCK_REALTIME) and leaves the steady ones alone; the
script, the receivers and PostgreSQL keep the real one.

* While it runs: attempts come when the schedule says, counted by a steady clock, neither hurried by a jump ahead nor
  stalled by one back. New events are delivered at once. Signatures have the wall clock's time.
* Across a restart, with a jump of twenty seconds since the start before: on SQLite an attempt is off by at most that
  jump, since no steady clock outlives a process. On PostgreSQL it is not off: there the database's clock counts.
* Nothing is lost, and nothing is delivered twice.
"""

import argparse
import itertools
import mmap
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import time

import server
from checks import Checks, fail_early, say, table
from raw_receiver import RawReceivers, answer
from server import WEBHOOKS_TO_LOOPBACK, expect_status

SOURCE = pathlib.Path(__file__).with_name("wall_clock.c")
EVENT_TYPE = "video.created"
HOUR_SECONDS = 3600
RESTART_JUMP_SECONDS = 20
DELAY_SECONDS = 5
JUMP_INTERVAL_SECONDS = 2
ATTEMPTS = 4
RESTART_DELAY_SECONDS = 15
JITTER = 0.2
SUBSCRIPTIONS = 8
# What a busy machine may add; far less than a jump.
LATE_SECONDS = 10
EARLY_SECONDS = 0.02
STAMP_SECONDS = 3


class MovedClock:
    """The offset of the wall clock of every program that is started while this is in use."""

    def __init__(self, folder):
        # The offsets, with the steady moments from which on they counted.
        self.history = []
        library = folder / "wall_clock.so"
        subprocess.run([compiler(), "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True)
        file = folder / "offset"
        file.write_bytes(bytes(8))
        with open(file, "r+b") as opened:
            self.memory = mmap.mmap(opened.fileno(), 8)
        self.set(0)
        os.environ |= {"LD_PRELOAD": str(library), "WALL_CLOCK_FILE": str(file)}

    def set(self, seconds):
        self.offset = seconds
        self.history.append((time.monotonic(), seconds))
        self.memory[:] = struct.pack("=q", seconds)

    def offsets(self, start, end):
        """Those that were set at some moment between."""
        before = [offset for moment, offset in self.history if moment <= start][-1:]
        return before + [offset for moment, offset in self.history if start < moment <= end]

    def check_itself(self, checks):
        """Only the wall clock may be moved: that is the assumption of everything else."""
        self.set(HOUR_SECONDS)
        names = ["CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_BOOTTIME"]
        code = f"import time; print(*[time.clock_gettime(getattr(time, name)) for name in {names}])"
        moved = [float(text) for text in subprocess.check_output([sys.executable, "-c", code]).split()]
        offsets = [round((there - time.clock_gettime(getattr(time, name))) / 60) for there, name in zip(moved, names)]
        checks.equal(dict(zip(names, offsets)), dict(zip(names, [60, 0, 0])), "the wall clock is moved, no other")
        self.set(0)


def compiler():
    found = next(filter(None, map(shutil.which, ("cc", "clang", "gcc"))), None)
    return found or fail_early("no C compiler was found; the Swift toolchain has clang")


def main():
    parser = argparse.ArgumentParser(description="Sets the clock of a server while retries wait.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    checks = Checks(f"a clock that is set, {options.database}")
    rows = []
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        clock = MovedClock(folder)
        clock.check_itself(checks)
        with RawReceivers() as receivers:
            node = server.Server(database, folder, arguments=WEBHOOKS_TO_LOOPBACK)
            with node:
                check_jumps(checks, node, clock, receivers, rows)
                for jump in (RESTART_JUMP_SECONDS, -RESTART_JUMP_SECONDS):
                    check_restart(checks, node, clock, receivers, rows, jump)
                check_statistics(checks, node)
    table(["what", "least s", "most s"], rows)
    sys.exit(checks.finish())


def check_jumps(checks, node, clock, receivers, rows):
    """Jumps come so often that there is one within each wait."""
    failing = [receivers.listen(*[[answer(500)]] * ATTEMPTS, [answer(200)]) for _ in range(SUBSCRIPTIONS)]
    with node.client() as client:
        subscriptions = subscribe(client, failing, [DELAY_SECONDS] * ATTEMPTS)
        send(client)
        deadline = time.monotonic() + ATTEMPTS * (DELAY_SECONDS * (1 + JITTER) + LATE_SECONDS)
        for jump in itertools.cycle([HOUR_SECONDS, -HOUR_SECONDS, 0]):
            if all(len(receiver.calls) > ATTEMPTS for receiver in failing) or time.monotonic() > deadline:
                break
            time.sleep(JUMP_INTERVAL_SECONDS)
            clock.set(jump)
            check_new_event(checks, client, receivers, clock)
        waits = [waited(each, number) for each in failing for number in range(1, len(each.calls))]
        checks.equal(len(waits), ATTEMPTS * len(failing), "every attempt is made")
        check_waits(checks, rows, f"{len(clock.history)} jumps of an hour or two", waits, DELAY_SECONDS)
        for receiver in failing:
            check_stamps(checks, receiver.calls, clock)
        delete(client, subscriptions)
        # What follows is about one jump: the process has counted from this offset on.
        clock.set(0)


def check_new_event(checks, client, receivers, clock):
    receiver = receivers.listen([answer(200)])
    (subscription,) = subscribe(client, [receiver], [1], types=["video.published"])
    begun = time.monotonic()
    send(client, "video.published")
    wait_for(lambda: receiver.calls, LATE_SECONDS)
    passed = time.monotonic() - begun
    checks.expect(len(receiver.calls) == 1, f"an event is delivered at once at {clock.offset:+} s", f"{passed:.1f} s")
    check_stamps(checks, receiver.calls, clock)
    delete(client, [subscription])


def check_stamps(checks, calls, clock):
    """`webhook-timestamp` is the wall clock's, as it stood when the attempt was made."""
    for call in calls:
        early = int(call.headers["webhook-timestamp"]) - call.arrived_wall
        offsets = clock.offsets(call.arrived_at - STAMP_SECONDS, call.arrived_at)
        holds = any(abs(early - offset) <= STAMP_SECONDS for offset in offsets)
        checks.expect(holds, f"the signature has the time of {offsets} s", f"{early:+.1f} s")


def check_restart(checks, node, clock, receivers, rows, jump):
    """Retries wait while the server is down, and its clock is set."""
    failing = [receivers.listen([answer(500)], [answer(200)]) for _ in range(SUBSCRIPTIONS)]
    with node.client() as client:
        subscriptions = subscribe(client, failing, [RESTART_DELAY_SECONDS])
        send(client)
        wait_for(lambda: all(receiver.calls for receiver in failing), LATE_SECONDS)
        pending = []
        wait_for(lambda: noted(client, subscriptions, pending), LATE_SECONDS)
        checks.equal(len(pending), len(failing), "all wait for their second attempt")
    checks.equal(node.stop(), 0, "the server ended well")
    clock.set(clock.offset + jump)
    node.start()
    # A process that starts knows the database's clock only: SQLite's is its own.
    shift = -jump if node.database.kind == "sqlite" else 0
    wait_for(
        lambda: all(len(receiver.calls) == 2 for receiver in failing),
        RESTART_DELAY_SECONDS * (1 + JITTER) + max(shift, 0) + LATE_SECONDS,
    )
    waits = [waited(receiver, 1) for receiver in failing if len(receiver.calls) > 1]
    checks.equal(len(waits), len(failing), f"all are tried again after a restart at {jump:+} s")
    check_waits(checks, rows, f"restart at {jump:+} s", waits, RESTART_DELAY_SECONDS, shift)
    for receiver in failing:
        check_stamps(checks, receiver.calls, clock)
    with node.client() as client:
        delete(client, subscriptions)


def check_waits(checks, rows, name, waits, delay, shift=0):
    low, high = delay * (1 - JITTER) + shift, delay * (1 + JITTER) + shift
    for wait in waits:
        holds = low - EARLY_SECONDS <= wait <= max(high, 0) + LATE_SECONDS
        checks.expect(holds, f"{name}: an attempt comes after {max(low, 0):.1f} to {high:.1f} s", f"{wait:.2f} s")
    if waits:
        rows.append([name, f"{min(waits):.2f}", f"{max(waits):.2f}"])


def check_statistics(checks, node):
    with node.client() as client:
        statistics = expect_status(client.get("/v1/webhooks/stats"), 200).json
        say(f"{statistics['total_deliveries']} deliveries, all of them successful: {statistics['success_rate']} %")
        checks.equal(statistics["success_rate"], 100, "every delivery succeeded, none is pending")
        checks.equal(statistics["failed_deliveries"], 0, "none was given up")


# Subscriptions and events


def subscribe(client, receivers, delays, types=(EVENT_TYPE,)):
    found = []
    for receiver in receivers:
        body = {"url": receiver.url(), "events": list(types), "retry": {"delays_seconds": delays}}
        found.append(expect_status(client.post("/v1/webhooks/subscriptions", body), 201).json["id"])
    return found


def delete(client, subscriptions):
    for subscription in subscriptions:
        wait_for(lambda: is_done(client, subscription), LATE_SECONDS)
        expect_status(client.request("DELETE", f"/v1/webhooks/subscriptions/{subscription}"), 204)


def is_done(client, subscription):
    statistics = expect_status(client.get(f"/v1/webhooks/subscriptions/{subscription}/stats"), 200).json
    return statistics["pending_deliveries"] == 0


def noted(client, subscriptions, found):
    """Whether the first attempt of each subscription's delivery is in the database."""
    found.clear()
    for subscription in subscriptions:
        path = f"/v1/webhooks/deliveries?subscription_id={subscription}"
        deliveries = expect_status(client.get(path), 200).json["items"]
        found += [each for each in deliveries if each["attempts"] == 1 and each["status"] == "pending"]
    return len(found) == len(subscriptions)


def send(client, type=EVENT_TYPE):
    expect_status(client.post("/v1/webhooks/events", {"type": type, "payload": {}}), 202)


def waited(receiver, number):
    """From the answer to one attempt until the next, by the steady clock."""
    return receiver.calls[number].arrived_at - receiver.calls[number - 1].answered_at


def wait_for(holds, seconds):
    """Waits until something holds, at most so many seconds: what is checked afterwards says what is missing."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)


if __name__ == "__main__":
    main()
