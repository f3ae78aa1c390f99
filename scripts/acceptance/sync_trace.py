"""Proves from a trace of the system calls that no answer leaves before its write is on the disk.

    sync_trace.py [--database sqlite|postgres] [--connections 8] [--requests 40]
    sync_trace.py --self-test

A server runs under strace while several connections post at once: events, observations, allocations with their exposure,
new experiments, and domain events for webhooks, one by one and in arrays. Each request carries a marker of its own (see
trace.py). For every successful answer the trace has to show, by the order of the calls alone:

* SQLite: a page with the marker was written to the write-ahead log, then the last frame of its transaction, then an fsync
  or fdatasync of that file was entered and returned 0, and then the write of the answer was entered.
* PostgreSQL: strace follows the server and every process of PostgreSQL at once (it needs to be root, or the same user).
  A write of the log that completes the marker was followed by a sync of that segment that returned 0; and the server had
  received the completion of the COMMIT of that transaction; and then the write of the answer was entered. The settings
  `fsync` and `synchronous_commit` are on, and the server does not change them.

Each event is posted twice, at nearly the same time by two connections: the answer that calls it a duplicate promises the
same. Afterwards the recorded trace is doctored, one answer moved before its sync and then all syncs failing, and the check
has to notice both.
"""

import argparse
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading
import time

import server
import stream
import trace
from checks import Checks, fail_early, table
from server import expect_status

ATTACH_SECONDS = 30


def main():
    parser = argparse.ArgumentParser(description="Proves that no answer leaves before its write is on the disk.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--requests", type=int, default=40, help="of each connection")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--self-test", action="store_true", help="only check the checker, on made traces")
    options = parser.parse_args()
    if options.self_test:
        sys.exit(self_test())
    checks = Checks(f"no answer before its sync, {options.database}")
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        with server.Server(database, folder) as node:
            run(checks, options, folder, database, node)
    sys.exit(checks.finish())


def run(checks, options, folder, database, node):
    processes = [node.pid]
    if database.kind == "postgres":
        processes += postgres_processes(checks, database)
    with node.client() as client:
        stream.create(client)
    path = folder / "trace"
    tracer = attach(processes, path)
    try:
        answered = post(node, options)
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
    lines = path.read_bytes().splitlines()
    judge(checks, database.kind, lines, answered)


def new_log(kind):
    return trace.SQLiteLog() if kind == "sqlite" else trace.PostgresLog()


def judge(checks, kind, lines, answered):
    verdict = trace.check(lines, new_log(kind))
    seen = {marker.decode() for marker, _, _ in verdict.answers}
    table(
        ["answers", "checked", "commits", "syncs", "early", "lines"],
        [[len(answered), len(seen), verdict.commits, verdict.syncs, len(verdict.violations), len(lines)]],
    )
    checks.expect(len(answered) >= 100, "at least 100 requests succeeded", len(answered))
    checks.equal(len(answered - seen), 0, "every successful answer was found in the trace")
    checks.expect(verdict.commits > 0 and verdict.syncs > 0, "the trace shows commits and syncs")
    checks.equal(verdict.violations[:3], [], "no answer was written before its sync had returned")
    if not checks.failures:
        doctored, marker = trace.answer_early(lines, verdict)
        found = trace.check(doctored, new_log(kind)).violations
        checks.equal([early for early, _ in found], [marker], "an answer moved before its sync is noticed")
        found = trace.check(trace.fail_syncs(lines), new_log(kind)).violations
        checks.equal(len(found), len(verdict.answers), "failed syncs are noticed, for every answer")
    if kind == "postgres":
        changed = [line for line in lines if re.search(rb"(?i)sendto.*set[^\"]*synchronous_commit", line)]
        checks.equal(changed[:1], [], "the server does not change synchronous_commit")


# Tracing


def attach(processes, path):
    """Traces the processes with all of their threads and children, and returns once every thread is held."""
    command = ["strace", "-f", "-yy", "-s", "1000000", "-o", str(path), "-e", f"trace={trace.CALLS}"]
    for process in processes:
        command += ["-p", str(process)]
    try:
        tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError:
        fail_early("strace is not installed")
    # Its messages are read, or it would stop at a full pipe.
    messages = []
    threading.Thread(target=lambda: messages.extend(tracer.stderr), daemon=True).start()
    deadline = time.monotonic() + ATTACH_SECONDS
    while not all(is_traced(process) for process in processes):
        if tracer.poll() is not None or time.monotonic() > deadline:
            fail_early(f"strace could not attach: {''.join(messages)}")
        time.sleep(0.05)
    return tracer


def is_traced(process):
    try:
        for task in pathlib.Path(f"/proc/{process}/task").iterdir():
            if re.search(r"^TracerPid:\s+0$", (task / "status").read_text(), re.MULTILINE):
                return False
    except FileNotFoundError:
        # A thread, or a process of PostgreSQL, that has ended meanwhile.
        return True
    return True


def postgres_processes(checks, database):
    """The process ids of the PostgreSQL server and its children; its settings are checked on the way."""
    with database.reader() as reader:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            checks.equal(reader.value(f"SHOW {setting}"), "on", f"PostgreSQL's {setting}")
        method = reader.value("SHOW wal_sync_method")
        checks.expect(method in ("fdatasync", "fsync"), "PostgreSQL syncs with a call that a trace shows", method)
        backend = reader.value("SELECT pg_backend_pid()")
        # The connection is open, so its process is there.
        if not pathlib.Path(f"/proc/{backend}").exists():
            fail_early("PostgreSQL does not run on this machine, so its system calls cannot be traced")
        postmaster = int(pathlib.Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()[1])
        children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return [postmaster, *(int(child) for child in children if int(child) != backend)]


# Load


def post(node, options):
    """Posts from several connections, and answers the request ids of all answers that promise that something is stored."""
    answered = set()
    problems = []
    generator = random.Random(options.seed)
    # Neighbouring connections share their markers, so each event is posted twice.
    markers = [
        [f"mark-{generator.getrandbits(64):016x}-end" for _ in range(options.requests)]
        for _ in range((options.connections + 1) // 2)
    ]

    def work(number):
        try:
            with node.client() as client:
                for index, marker in enumerate(markers[number // 2]):
                    request_id = f"{marker}.{number}"
                    answer = post_one(client, index, number % 2, marker, request_id)
                    if answer is not None:
                        answered.add(request_id)
        except Exception as problem:  # Reported by the main thread.
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(options.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return answered


def post_one(client, index, is_second, marker, request_id):
    headers = {"X-Request-Id": request_id}
    if index % 10 in (4, 5):
        event = {"id": marker, "type": "video.created", "payload": {"video_id": marker, "second": index}}
        body = event if index % 10 == 4 else [event, {**event, "id": f"{marker}-2", "type": "video.published"}]
        return expect_status(client.post("/v1/webhooks/events", body, headers=headers), 202)
    if index % 10 == 7:
        body = {"id": marker, "user_id": marker, "variant": "claim", "metric": "rating", "value": index / 7}
        return expect_status(client.post("/v1/experiments/hook/observations", body, headers=headers), 202)
    if index % 10 == 8:
        body = {"attributes": {"device": marker}, "user_id": marker, "expose": True}
        answer = expect_status(client.post("/v1/experiments/layout/allocate", body, headers=headers), 200)
        return answer if answer.json.get("exposed") else None
    if index % 10 == 9:
        if is_second:
            return None
        body = {**stream.LAYOUT, "id": marker}
        return expect_status(client.post("/v1/experiments", body, headers=headers), 201)
    body = {"id": marker, "type": "click", "user_id": f"user-{index}", "timestamp": stream.START + index}
    return expect_status(client.post("/v1/events", body, headers=headers), 202)


# The checker checked


def self_test():
    checks = Checks("the checker of traces")
    for kind, lines in (("sqlite", sqlite_sample()), ("postgres", postgres_sample())):
        verdict = trace.check(lines, new_log(kind))
        checks.equal(len(verdict.answers), 2, f"{kind}: answers found")
        checks.equal(verdict.violations, [], f"{kind}: a good trace has no violation")
        doctored, marker = trace.answer_early(lines, verdict)
        found = [early for early, _ in trace.check(doctored, new_log(kind)).violations]
        checks.equal(found, [marker], f"{kind}: an answer before its sync is noticed")
        found = trace.check(trace.fail_syncs(lines), new_log(kind)).violations
        checks.equal(len(found), 2, f"{kind}: answers after failed syncs are noticed")
    # A sync between a page and the last frame of its transaction proves nothing.
    lines = sqlite_sample()
    last_frame = next(index for index, line in enumerate(lines) if b"\\0\\0\\0\\7" in line)
    sync = next(index for index, line in enumerate(lines) if b"fdatasync" in line)
    lines[last_frame], lines[sync] = lines[sync], lines[last_frame]
    checks.expect(trace.check(lines, new_log("sqlite")).violations, "sqlite: a sync before the commit does not count")
    # Neither does one that had begun before the write.
    lines = sqlite_sample()
    started = [line for line in lines if b"fdatasync(" in line and b"unfinished" in line]
    rest = [line for line in lines if line not in started]
    checks.expect(trace.check(started + rest, new_log("sqlite")).violations, "sqlite: a sync that began too early")
    # The completion of a COMMIT counts on the connection of the marker only.
    lines = [line.replace(b"recvfrom(9<", b"recvfrom(8<") for line in postgres_sample()]
    checks.expect(trace.check(lines, new_log("postgres")).violations, "postgres: another connection's COMMIT")
    return checks.finish()


M1, M2 = b"mark-00000000000000a1-end", b"mark-00000000000000a2-end"


def sample_answer(thread, marker):
    answer = b"HTTP/1.1 202 Accepted\\r\\nX-Request-Id: " + marker + b".1\\r\\nContent-Length: 2\\r\\n\\r\\n{}"
    return thread + b' write(7<TCP:[127.0.0.1:80->127.0.0.1:999]>, "' + answer + b'", 90) = 90'


def sqlite_sample():
    wal = b"</tmp/x/hookline.sqlite-wal>"
    header = b'"\\0\\0\\0\\2\\0\\0\\0\\0" "0123456789abcdef", 24, '
    last = b'"\\0\\0\\0\\3\\0\\0\\0\\7" "0123456789abcdef", 24, '
    page = b'"\\r' + M1 + b"\\0" + M2 + b'"'
    length = str(1 + len(M1) + 1 + len(M2)).encode()
    return [
        b"11 pwrite64(5" + wal + b", " + header + b"32) = 24",
        b"11 pwrite64(5" + wal + b", " + page + b", " + length + b", 56) = " + length,
        b"11 pwrite64(5" + wal + b", " + last + b"4152) = 24",
        b"11 pwrite64(5" + wal + b', "page", 4, 4176) = 4',
        b"11 fdatasync(5" + wal + b" <unfinished ...>",
        b'12 write(6</tmp/x/log>, "posted ' + M1 + b'", 32) = 32',
        b"11 <... fdatasync resumed>)             = 0",
        sample_answer(b"12", M1),
        sample_answer(b"13", M2),
        b"12 +++ exited with 0 +++",
    ]


def postgres_sample():
    segment = b"</pg/data/pg_wal/000000010000000000000001>"
    filler = b"x" * (8192 - 24 - 10)
    # The first marker crosses the end of a page.
    first = b"h" * 24 + filler + M1[:10]
    second = b"h" * 24 + M1[10:] + b"\\0" + M2
    pad = b"p" * (8192 - 24 - len(M1[10:]) - 1 - len(M2))
    insert = b'"B\\0' + M1 + b"," + M2 + b'"'
    return [
        b"21 sendto(9<UNIX-STREAM:[1->2]>, " + insert + b", 60, MSG_NOSIGNAL, NULL, 0) = 60",
        b'21 sendto(9<UNIX-STREAM:[1->2]>, "Q\\0\\0\\0\\vCOMMIT\\0", 12, MSG_NOSIGNAL, NULL, 0) = 12',
        b'31 pwrite64(4' + segment + b', "' + first + b'", 8192, 16384) = 8192',
        b'31 pwrite64(4' + segment + b', "' + second + pad + b'", 8192, 24576) = 8192',
        b"31 fdatasync(4" + segment + b" <unfinished ...>",
        b"21 recvfrom(9<UNIX-STREAM:[1->2]>,  <unfinished ...>",
        b"31 <... fdatasync resumed>)             = 0",
        b'31 sendto(6<UNIX-STREAM:[2->1]>, "C\\0\\0\\0\\vCOMMIT\\0Z\\0\\0\\0\\5I", 18, 0, NULL, 0) = 18',
        b'21 <... recvfrom resumed>"C\\0\\0\\0\\vCOMMIT\\0Z\\0\\0\\0\\5I", 16384, 0, NULL, NULL) = 18',
        sample_answer(b"22", M1),
        sample_answer(b"22", M2),
    ]


if __name__ == "__main__":
    main()
