"""Names that change their mind: a public address when they are looked at, the loopback address when they are dialled.

    rebinding.py

The script runs itself in namespaces of its own (`unshare`, so it needs root), where it is the only name server, and
where the loopback interface has an address of the public internet, too. A receiver waits at either. Whatever the names
say, and however often they change it, deliveries arrive at the public address only.
"""

import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

import server
from checks import Checks, say
from raw_receiver import RawReceivers, answer
from server import expect_status

PUBLIC = "93.184.215.14"
PRIVATE = "127.0.0.1"
EVENT_TYPE = "video.created"
INSIDE = "--inside"
EVENTS = 4
# A lookup is remembered by the server for ten seconds.
REMEMBERED_SECONDS = 10.5
FINISH_SECONDS = 60
A, AAAA = 1, 28


def main():
    if INSIDE not in sys.argv:
        if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None:
            say("skipped rebinding.py: it needs root, unshare and ip")
            return 0
        return subprocess.run(["unshare", "--mount", "--net", sys.executable, __file__, INSIDE]).returncode
    checks = Checks("names that change their mind")
    with server.temporary_folder() as folder:
        settle_in(folder)
        names = NameServer()
        names.start()
        with RawReceivers() as receivers, server.new_database("sqlite", folder) as database:
            public = receivers.listen([answer(200)], host=PUBLIC)
            private = receivers.listen([answer(200)], host=PRIVATE, port=public.port)
            for host in (PUBLIC, PRIVATE):
                socket.create_connection((host, public.port), timeout=5).close()
            with server.Server(database, folder, arguments=["--allow-webhook-http"]) as node, node.client() as client:
                check(checks, client, names, public, private)
    return checks.finish()


def settle_in(folder):
    """Brings the interface up, with both addresses, and makes this process the name server of the namespace."""
    for command in (["link", "set", "lo", "up"], ["address", "add", f"{PUBLIC}/32", "dev", "lo"]):
        subprocess.run(["ip", *command], check=True)
    resolver = folder / "resolv.conf"
    resolver.write_text(f"nameserver {PRIVATE}\noptions timeout:2 attempts:2\n")
    subprocess.run(["mount", "--bind", resolver, pathlib.Path("/etc/resolv.conf").resolve()], check=True)


class NameServer(threading.Thread):
    """Answers by name, each time with the next of the answers that the name has; the last repeats."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((PRIVATE, 53))
        # By name: a list of lists of addresses.
        self.answers = {}
        self.asked = {}

    def run(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            self.socket.sendto(self.reply(query), client)

    def reply(self, query):
        labels, place = [], 12
        while query[place]:
            labels.append(query[place + 1 : place + 1 + query[place]].decode())
            place += query[place] + 1
        (kind,) = struct.unpack("!H", query[place + 1 : place + 3])
        name, question = ".".join(labels).lower(), query[12 : place + 5]
        number = self.asked.get((name, kind), 0)
        self.asked[name, kind] = number + 1
        answers = self.answers.get(name, [[]])
        addresses = answers[min(number, len(answers) - 1)]
        family = {A: socket.AF_INET, AAAA: socket.AF_INET6}.get(kind)
        packed = [socket.inet_pton(family, each) for each in addresses if family and (":" in each) == (kind == AAAA)]
        records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(each)) + each for each in packed)
        header = query[:2] + struct.pack("!HHHHH", 0x8580, 1, len(packed), 0, 0)
        return header + question + records


def check(checks, client, names, public, private):
    """Names by what they answer, with what each delivery may come to."""
    both = ["success", "blocked"]
    plan = {
        "honest.example": ([[PUBLIC]], ["success"]),
        "changed.example": ([[PUBLIC], [PRIVATE]], both),
        "back-and-forth.example": ([[PUBLIC], [PRIVATE]] * 20, both),
        "private.example": ([[PRIVATE]], ["blocked"]),
        "private-first.example": ([[PRIVATE, PUBLIC]], ["success"]),
        "private-last.example": ([[PUBLIC, PRIVATE]], ["success"]),
        "version-6.example": ([["::1"]], ["blocked"]),
        "both-versions.example": ([[PUBLIC, "::1"]], ["success"]),
        "mapped.example": ([[f"::ffff:{PRIVATE}"]], ["blocked"]),
        "translated.example": ([["64:ff9b::7f00:1"]], ["blocked"]),
        "unspecified.example": ([["0.0.0.0"], ["::"]], ["blocked"]),
        "metadata.example": ([["169.254.169.254"]], ["blocked"]),
        "nothing.example": ([[]], ["dns"]),
    }
    subscriptions = {}
    for name, (answers, _) in plan.items():
        names.answers[name] = answers
        body = {"url": f"http://{name}:{public.port}/{name}", "events": [EVENT_TYPE], "retry": "none"}
        made = expect_status(client.post("/v1/webhooks/subscriptions", body), 201).json
        subscriptions[made["id"]] = name
    seen = {name: [] for name in plan}
    for number in range(EVENTS):
        if number:
            # The next lookup asks the name server again.
            time.sleep(REMEMBERED_SECONDS)
        for subscription, reason in deliver(client, len(plan)).items():
            seen[subscriptions[subscription]].append(reason)
    for name, (answers, accepted) in plan.items():
        unexpected = [reason for reason in seen[name] if reason not in accepted]
        checks.expect(len(seen[name]) == EVENTS and not unexpected, f"{name}: {' or '.join(accepted)}", seen[name])
        say(f"{name:24} {' '.join(seen[name])}")
    changed = seen["changed.example"]
    checks.expect({*changed} == {*both}, "a name that changed was blocked then", changed)
    arrived = sum(reason == "success" for reasons in seen.values() for reason in reasons)
    checks.equal(len(public.calls), arrived, "what succeeded arrived at the public address")
    # One was our own, to see that both count.
    checks.equal(private.connections - 1, 0, "nobody connected to the loopback address")


def deliver(client, count):
    """By subscription: what its delivery of one event came to."""
    event = expect_status(client.post("/v1/webhooks/events", {"type": EVENT_TYPE, "payload": {}}), 202).json["id"]
    deadline = time.monotonic() + FINISH_SECONDS
    found = []
    while time.monotonic() < deadline:
        found = expect_status(client.get(f"/v1/webhooks/deliveries?event_id={event}"), 200).json["items"]
        if len(found) == count and all(each["status"] in ("success", "failed") for each in found):
            break
        time.sleep(0.1)
    return {each["subscription_id"]: each["reason"] or each["status"] for each in found}


if __name__ == "__main__":
    sys.exit(main())
