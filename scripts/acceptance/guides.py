"""Runs the code of the guides in docs as it is written there.

    guides.py [--only TEXT]

A block of code is preceded by a comment that says what it is:

    <!-- run: verify FORMAT [ed25519] -->   Python that defines verify(body, headers): it gets real deliveries of that
                                            format, has to return the event, and has to refuse what was changed
    <!-- run: vector -->                    Python that is run where the block before was, with the secret of the vector
    <!-- run: file NAME -->                 is written to a file
    <!-- run: shell -->                     is run by bash, all of a guide's in one
    <!-- run: prints -->                    is what the last of those printed; `...` stands for anything
    <!-- run: metric -->                    JSON of a metric that a server has to take, and to give back as it is
    <!-- run: refused FIELD -->             JSON of a metric that a server has to refuse for this field of it

A fenced block without one is a failure: what cannot be run is not in a guide.
"""

import argparse
import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass

import server
import webhook_receiver
from checks import Checks, say
from server import ADMIN_KEY, ROOT, WEBHOOKS_TO_LOOPBACK, expect_status

FOLDER = ROOT / "docs"
GUIDES = ["metrics.md", "deciding.md", "features.md", "growthbook.md", "webhooks/receivers.md", "webhooks/operators.md", "webhooks/delivery.md"]
VECTOR_SECRET = "whsec_plJ3nmyCDGBKInavdOK15jsl"
# The receivers of the guides listen here.
PORTS = [9099]
BLOCK_SECONDS = 120
DELIVERY_SECONDS = 60
EVENT_TYPE = "video.published"
PAYLOAD = {"video_id": "vid_789", "title": "Größe: 7 < 8 & \"ok\"\n", "seconds": 12.5}


@dataclass(frozen=True)
class Block:
    guide: str
    line: int
    words: list
    text: str

    def __str__(self):
        return f"{self.guide}:{self.line} {' '.join(self.words) or 'a block that is not marked'}"


def main():
    parser = argparse.ArgumentParser(description="Runs the code of the guides in docs.")
    parser.add_argument("--only", default="", help="only the guides whose name contains this")
    options = parser.parse_args()
    checks = Checks("the guides")
    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                server.fail_early(f"the port {port} is in use; the guides need it")
    for name in GUIDES:
        if options.only in name:
            run_guide(checks, name)
    sys.exit(checks.finish())


def run_guide(checks, name):
    blocks = read_blocks(name)
    for block in blocks:
        checks.expect(block.words != [], f"{name}:{block.line} says how it is run")
    with server.temporary_folder() as folder, contextlib.ExitStack() as stack:
        # A guide that starts its own server gets an address; the others get a server.
        starts_server = any("hookline serve" in block.text for block in blocks)
        if starts_server:
            address = f"127.0.0.1:{server.free_port()}"
        else:
            database = stack.enter_context(server.new_database("sqlite", folder / "server"))
            node = stack.enter_context(server.Server(database, folder, arguments=WEBHOOKS_TO_LOOPBACK))
            address = f"127.0.0.1:{node.port}"
            verifying = [block for block in blocks if block.words[:1] in (["verify"], ["vector"])]
            with node.client() as client:
                check_verifiers(checks, client, verifying)
                alone = [block for block in blocks if block.words[:1] in (["metric"], ["refused"])]
                check_metrics(checks, client, alone)
        shell = stack.enter_context(Shell(folder / "shell", address))
        run_shell(checks, shell, [block for block in blocks if block.words[:1] in (["file"], ["shell"], ["prints"])])


def read_blocks(name):
    lines = (FOLDER / name).read_text().splitlines()
    blocks, number = [], 0
    while number < len(lines):
        if not lines[number].startswith("```"):
            number += 1
            continue
        start = number
        number += 1
        while lines[number] != "```":
            number += 1
        mark = re.fullmatch(r"<!-- run: (.*) -->", lines[start - 1])
        text = "\n".join(lines[start + 1 : number]) + "\n"
        blocks.append(Block(name, start + 1, mark[1].split() if mark else [], text))
        number += 1
    return blocks


# Python


def check_verifiers(checks, client, blocks):
    """Has one event delivered in every format, and gives what came to the functions of the guide."""
    if not blocks:
        return
    with webhook_receiver.Receivers() as receivers:
        made = {}
        for format in ("standard", "cloudevents", "envelope"):
            receiver = receivers.listen(format)
            body = {"url": receiver.url, "events": [EVENT_TYPE], "format": format, "ed25519": True}
            made[format] = expect_status(client.post("/v1/webhooks/subscriptions", body), 201).json
        event = {"type": EVENT_TYPE, "payload": PAYLOAD, "id": "id with a blank, and ü"}
        plain = {"type": EVENT_TYPE, "payload": PAYLOAD}
        for each in (event, plain):
            expect_status(client.post("/v1/webhooks/events", each), 202)
        deadline = time.monotonic() + DELIVERY_SECONDS
        while any(len(each.requests) < 2 for each in receivers.all.values()) and time.monotonic() < deadline:
            time.sleep(0.05)
        check_sample(checks, receivers.all["standard"].requests[0])
        for subscription in made.values():
            expect_status(client.request("DELETE", f"/v1/webhooks/subscriptions/{subscription['id']}"), 204)
        previous = None
        for block in blocks:
            if block.words == ["vector"]:
                with environment(WEBHOOK_SECRET=VECTOR_SECRET):
                    execute(checks, block, namespace=execute(checks, previous))
                continue
            format = block.words[1]
            subscription = made[format]
            keys = {"WEBHOOK_SECRET": subscription["secret"], "WEBHOOK_PUBLIC_KEY": subscription["public_key"]}
            if "ed25519" in block.words:
                del keys["WEBHOOK_SECRET"]
            with environment(**keys):
                namespace = execute(checks, block)
            check_verifier(checks, block, namespace["verify"], receivers.all[format].requests, format == "envelope")
            previous = block


def check_sample(checks, request):
    """The request at the beginning of the guide has the headers of a real one."""
    text = (FOLDER / "webhooks/receivers.md").read_text()
    sample = re.search(r"    POST .*\n((?:    \S+: .*\n)+)", text)[1]
    names = [line.split(":")[0].strip().lower() for line in sample.splitlines()]
    checks.equal(names, list(request.headers), "the headers of the sample, in their order")


def check_verifier(checks, block, verify, requests, is_envelope):
    checks.equal(len(requests), 2, f"{block}: deliveries came")
    for request in requests:
        told = attempt(verify, request.body, request.headers)
        holds = isinstance(told, dict) and told["data"] == PAYLOAD and told.get("type", EVENT_TYPE) == EVENT_TYPE
        checks.expect(holds, f"{block}: verifies a delivery", told)
        other = request.body.replace(b"vid_789", b"vid_780")
        checks.expect(isinstance(attempt(verify, other, request.headers), Exception), f"{block}: refuses another body")
        if is_envelope:
            continue
        old = {**request.headers, "webhook-timestamp": str(int(request.headers["webhook-timestamp"]) - 1)}
        checks.expect(isinstance(attempt(verify, request.body, old), Exception), f"{block}: refuses another time")
        forged = {**request.headers, "webhook-id": "msg_other"}
        checks.expect(isinstance(attempt(verify, request.body, forged), Exception), f"{block}: refuses another id")
        for word in ("", "v1,", "v1,AAAA", "v1a,AAAA", request.headers["webhook-signature"].replace("v1", "v2")):
            unsigned = {**request.headers, "webhook-signature": word}
            refused = isinstance(attempt(verify, request.body, unsigned), Exception)
            checks.expect(refused, f"{block}: refuses the signature {word[:12]!r}")


def attempt(verify, body, headers):
    """The answer, or the exception, of a function of the guide."""
    try:
        return verify(body, headers)
    except Exception as problem:
        return problem


def execute(checks, block, namespace=None):
    """The names that a block defines, and those that it found."""
    namespace = {"__name__": "guide"} if namespace is None else namespace
    try:
        exec(compile(block.text, str(block), "exec"), namespace)
        problem = None
    except Exception as raised:
        problem = raised
    checks.expect(problem is None, f"{block}: runs", repr(problem))
    return namespace


@contextlib.contextmanager
def environment(**values):
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


# Metrics


def check_metrics(checks, client, blocks):
    """Defines an experiment with each metric alone."""
    for number, block in enumerate(blocks):
        metric = json.loads(block.text)
        body = {"id": f"guide-{number}", "name": str(block), "variants": ["control", "other"], "metrics": [metric]}
        answer = client.post("/v1/experiments", body)
        if block.words == ["metric"]:
            if checks.expect(answer.status == 201, f"{block}: is taken", answer):
                (kept,) = answer.json["metrics"]
                checks.expect(holds_all(kept, metric), f"{block}: is given back as it is", kept)
        else:
            named = answer.status == 422 and answer.json.get("field") == f"metrics[0].{block.words[1]}"
            checks.expect(named, f"{block}: is refused", answer)


def holds_all(kept, written):
    """Whether all that was written is there; more may be, such as what stands for what was left out."""
    if isinstance(written, dict):
        return isinstance(kept, dict) and all(
            name in kept and holds_all(kept[name], value) for name, value in written.items()
        )
    if isinstance(written, list):
        return len(kept) == len(written) and all(map(holds_all, kept, written))
    return kept == written


# Shell


class Shell:
    """One bash for all blocks of a guide, in a folder of its own, that ends at the first command that fails."""

    def __init__(self, folder, address):
        self.folder = folder
        self.mark = secrets.token_hex(8)
        folder.mkdir()
        programs = folder.with_name("programs")
        programs.mkdir()
        (programs / "hookline").symlink_to(server.binary())
        (programs / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (programs / "python3").chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOOKLINE_ADDRESS": address,
            "HOOKLINE_SERVER": f"http://{address}",
            "HOOKLINE_KEY": ADMIN_KEY,
            "HOOKLINE_ADMIN_KEY": ADMIN_KEY,
        }

    def run(self, number, text):
        """What a block printed, and whether it came to its end."""
        path = self.folder.with_name(f"block-{number}.sh")
        path.write_text(text)
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f'source "{path}" < /dev/null\nprintf "\\n%s\\n" {self.mark}\n')
            self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.strip() == self.mark:
                return "".join(lines).rstrip("\n"), True
            lines.append(line)
        return "".join(lines), False

    def __enter__(self):
        self.process = subprocess.Popen(
            ["timeout", str(BLOCK_SECONDS), "bash", "-eu", "-o", "pipefail"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            # What a guide has started and not ended.
            self.process.stdin.write("kill $(jobs -p) 2> /dev/null || true\nwait\n")
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def run_shell(checks, shell, blocks):
    printed, last = "", None
    for number, block in enumerate(blocks):
        if block.words[0] == "file":
            (shell.folder / block.words[1]).write_text(block.text)
        elif block.words[0] == "shell":
            printed, ended = shell.run(number, block.text)
            last = block
            if not checks.expect(ended, f"{block}: runs", "\n" + printed):
                return
        else:
            pattern = ".*".join(re.escape(part) for part in block.text.rstrip("\n").split("..."))
            holds = re.fullmatch(pattern, printed, re.DOTALL) is not None
            checks.expect(holds, f"{last}: prints what the guide says", f"\n{printed}")


if __name__ == "__main__":
    main()
