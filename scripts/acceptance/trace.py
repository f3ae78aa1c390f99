"""Reads a system-call trace of strace, and proves from the order of the calls that answers came after their sync.

Only the order is looked at, never the time. strace stops a thread when it enters a call and when it leaves it, and writes
a line at each stop. So where the line of a sync's return stands before the line at which an answer's write is entered, the
sync had returned before the first byte of the answer was handed to the kernel, whatever threads did both.

A *marker* is a text that the client puts into a request both as `X-Request-Id`, which the answer repeats, and into what is
stored, so that the bytes of the write-ahead log contain it.
"""

import re
from dataclasses import dataclass, field

MARKER = re.compile(rb"mark-[0-9a-f]{16}-end")
ANSWER = re.compile(rb"HTTP/1\.1 20[012] ")
REQUEST_ID = re.compile(rb"\r\nx-request-id: (mark-[0-9a-f]{16}-end)([.!-~]*)\r\n", re.IGNORECASE)

# What strace has to record. A kernel ring would write behind the trace's back, so its use is a failure of its own.
CALLS = (
    "write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendmmsg,sendfile,recvfrom,recvmsg,"
    "fdatasync,fsync,io_uring_enter"
)
WRITES = {"write", "pwrite64", "writev", "pwritev", "pwritev2", "sendto", "sendmsg", "sendmmsg"}
RECEIPTS = {"recvfrom", "recvmsg"}
SYNCS = {"fdatasync", "fsync"}

LINE = re.compile(rb"^(\d+) +(.*)$", re.DOTALL)
ENTERED = re.compile(rb"^(\w+)\((?:(\d+)<([^>]*(?:->[^>]*)*)>)?")
RESUMED = re.compile(rb"^<\.\.\. (\w+) resumed>")
RESULT = re.compile(rb"\) += (-?\d+)[^\"]*$")
STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"(\.\.\.)?', re.DOTALL)
OFFSET = re.compile(rb"(\d+)$")


class TraceError(Exception):
    """The trace cannot be used for a proof."""


@dataclass
class Call:
    """One system call. `entered` and `returned` are line numbers; `result` is None where the trace ends before it."""

    thread: bytes
    name: str
    descriptor: bytes
    target: bytes
    text: bytes
    entered: int
    returned: int | None = None
    result: int | None = None
    lines: list = field(default_factory=list)

    @property
    def data(self):
        """The bytes of all buffers, one after another."""
        found = []
        for match in STRING.finditer(self.text):
            if match[2]:
                raise TraceError(f"line {self.entered + 1}: a buffer was cut short: trace with a larger -s")
            found.append(match[1].decode("unicode_escape").encode("latin-1"))
        return b"".join(found)

    @property
    def offset(self):
        """Where in the file a pwrite64 writes."""
        arguments = RESULT.sub(b"", self.text).rstrip(b") ")
        match = OFFSET.search(arguments)
        return int(match[1]) if match else None


def parse(lines):
    """The calls of a trace in the order of their stops: pairs of a call and whether it is entered or returns."""
    waiting = {}
    for number, line in enumerate(lines):
        match = LINE.match(line.rstrip(b"\n"))
        if not match:
            continue
        thread, text = match[1], match[2]
        if text.startswith((b"+++", b"---")):
            continue
        resumed = RESUMED.match(text)
        if resumed:
            call = waiting.pop(thread, None)
            # A call that was entered before the trace began says nothing.
            if call is None:
                continue
            call.text += text[resumed.end() :]
        else:
            entered = ENTERED.match(text)
            if not entered:
                continue
            call = Call(thread, entered[1].decode(), entered[2] or b"", entered[3] or b"", text, number)
            if call.name == "io_uring_enter":
                raise TraceError("the process writes through io_uring, which a trace of system calls does not show")
        call.lines.append(number)
        # A call in which the trace ends, detached, never returns in it.
        unfinished = text.endswith((b"<unfinished ...>", b"<detached ...>"))
        if unfinished:
            call.text = call.text.removesuffix(b"<unfinished ...>").removesuffix(b"<detached ...>")
        if not resumed:
            yield call, True
        if unfinished:
            waiting[thread] = call
            continue
        result = RESULT.search(call.text)
        call.returned, call.result = number, int(result[1]) if result else None
        yield call, False


@dataclass
class Verdict:
    """What a trace shows. `answers` has for each answer its marker, its lines, and the line that made it safe."""

    answers: list = field(default_factory=list)
    violations: list = field(default_factory=list)
    commits: int = 0
    syncs: int = 0


class Durability:
    """Follows which markers are written, committed, and synced."""

    def __init__(self):
        self.committed = set()
        self.syncing = {}
        # The line on which the sync returned that covers the marker.
        self.durable = {}

    def commit(self, markers):
        self.committed |= markers - self.durable.keys()

    def enter_sync(self, call):
        # Only what was written before the sync began is known to be covered by it.
        self.syncing[id(call)] = set(self.committed)

    def return_from_sync(self, call):
        covered = self.syncing.pop(id(call), set())
        if call.result == 0:
            for marker in covered:
                self.durable.setdefault(marker, call.returned)
            self.committed -= covered


class SQLiteLog:
    """The write-ahead log of SQLite (https://sqlite.org/fileformat2.html#the_write_ahead_log).

    A frame is a header of 24 bytes, whose second word is not zero in the last frame of a transaction, and a page. A
    marker is committed when the page of the next last frame has been written.
    """

    HEADER_BYTES = 24
    LOG_HEADER_BYTES = 32

    def __init__(self):
        self.durability = Durability()
        self.pending = set()
        self.commit_page_at = None
        self.commits = 0
        self.syncs = 0

    def step(self, call, is_entered):
        if not call.target.endswith(b"-wal"):
            return
        if call.name in SYNCS:
            if is_entered:
                self.durability.enter_sync(call)
            else:
                self.syncs += 1
                self.durability.return_from_sync(call)
        elif call.name in WRITES and not is_entered:
            self.write(call)

    def write(self, call):
        if call.name != "pwrite64":
            raise TraceError(f"line {call.entered + 1}: the log is written with {call.name}, which is not understood")
        data = call.data
        if call.result != len(data):
            raise TraceError(f"line {call.entered + 1}: a write of the log was cut short")
        if len(data) == self.LOG_HEADER_BYTES and call.offset == 0:
            return
        if len(data) == self.HEADER_BYTES:
            is_last = data[4:8] != b"\0\0\0\0"
            self.commit_page_at = call.offset + self.HEADER_BYTES if is_last else None
            return
        self.pending |= set(MARKER.findall(data))
        if call.offset == self.commit_page_at:
            self.commits += 1
            self.durability.commit(self.pending)
            self.pending = set()
            self.commit_page_at = None

    def covers(self, marker):
        """The line that made the marker safe, None where nothing has."""
        return self.durability.durable.get(marker)


class PostgresLog:
    """The write-ahead log of PostgreSQL, written and synced by its processes, and the server's talk with them.

    Two things are asked of an answer. The bytes of its marker were written to a segment of the log, and a sync of that
    segment that began afterwards has returned. And the server had received the completion of the COMMIT that it sent on
    the connection on which it had sent the marker: PostgreSQL says so after the commit record was flushed.
    """

    PAGE_BYTES = 8192
    SHORT_HEADER_BYTES = 24
    LONG_HEADER_BYTES = 40
    COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
    ROLLED_BACK = b"C\x00\x00\x00\x0dROLLBACK\x00"
    COMMIT = re.compile(rb"COMMIT", re.IGNORECASE)

    def __init__(self):
        self.segments = {}
        self.tails = {}
        # Markers that the server has sent on a connection, and whether a COMMIT followed.
        self.sent = {}
        self.commit_sent = set()
        self.acknowledged = {}
        self.commits = 0
        self.syncs = 0

    def step(self, call, is_entered):
        if b"/pg_wal/" in call.target:
            self.step_log(call, is_entered)
        elif call.name in WRITES and is_entered:
            self.send(call)
        elif call.name in RECEIPTS and not is_entered and (call.result or 0) > 0:
            self.receive(call)

    def step_log(self, call, is_entered):
        durability = self.segments.setdefault(call.target, Durability())
        if call.name in SYNCS:
            if is_entered:
                durability.enter_sync(call)
            else:
                self.syncs += 1
                durability.return_from_sync(call)
        elif call.name in WRITES and not is_entered:
            if call.name != "pwrite64":
                raise TraceError(f"line {call.entered + 1}: the log is written with {call.name}")
            durability.commit(set(MARKER.findall(self.records(call))))

    def records(self, call):
        """The written bytes without the headers of the pages, after the end of the page before."""
        data, offset = call.data, call.offset
        if call.result != len(data) or offset % self.PAGE_BYTES:
            raise TraceError(f"line {call.entered + 1}: a write of the log that is not of whole pages")
        records = self.tails.get((call.target, offset), b"")
        for start in range(0, len(data), self.PAGE_BYTES):
            header = self.LONG_HEADER_BYTES if offset + start == 0 else self.SHORT_HEADER_BYTES
            records += data[start + header : start + self.PAGE_BYTES]
        self.tails[call.target, offset + len(data)] = records[-64:]
        return records

    def send(self, call):
        data = call.data
        if ANSWER.search(data):
            return
        connection = (call.descriptor, call.target)
        markers = set(MARKER.findall(data))
        if markers:
            self.sent.setdefault(connection, set()).update(markers)
        if self.sent.get(connection) and self.COMMIT.search(data):
            self.commit_sent.add(connection)

    def receive(self, call):
        data = call.data
        connection = (call.descriptor, call.target)
        if self.COMMITTED in data and connection in self.commit_sent:
            self.commits += 1
            for marker in self.sent.pop(connection):
                self.acknowledged.setdefault(marker, call.returned)
            self.commit_sent.discard(connection)
        elif self.ROLLED_BACK in data:
            self.sent.pop(connection, None)
            self.commit_sent.discard(connection)

    def covers(self, marker):
        synced = [log.durable[marker] for log in self.segments.values() if marker in log.durable]
        acknowledged = self.acknowledged.get(marker)
        return max(min(synced), acknowledged) if synced and acknowledged is not None else None


def check(lines, log):
    """Follows a trace, and notes for every answer with a marker whether it came after what it promises."""
    verdict = Verdict()
    for call, is_entered in parse(lines):
        if is_entered and call.name in WRITES and b"HTTP/1.1 20" in call.text:
            data = call.data
            if ANSWER.search(data):
                for match in REQUEST_ID.finditer(data):
                    safe = log.covers(match[1])
                    verdict.answers.append((match[1] + match[2], call, safe))
                    if safe is None:
                        verdict.violations.append((match[1] + match[2], call.entered))
                continue
        log.step(call, is_entered)
    verdict.commits, verdict.syncs = log.commits, log.syncs
    return verdict


def answer_early(lines, verdict):
    """The trace with one answer moved to just before the line that made it safe, and that answer's marker.

    A checker that does not flag it is worth nothing.
    """
    safe_answers = [answer for answer in verdict.answers if answer[2] is not None]
    marker, call, safe = safe_answers[len(safe_answers) // 2]
    moved = [lines[number] for number in call.lines]
    rest = [(number, line) for number, line in enumerate(lines) if number not in call.lines]
    at = next(index for index, (number, _) in enumerate(rest) if number == safe)
    return [line for _, line in rest[:at]] + moved + [line for _, line in rest[at:]], marker


def fail_syncs(lines):
    """The trace with every sync failing."""
    failed = []
    for line in lines:
        is_sync = re.search(rb"(fdatasync|fsync)(\(| resumed)", line) and line.rstrip().endswith(b"= 0")
        failed.append(line.rstrip()[: -len(b"= 0")] + b"= -1 EIO (Input/output error)" if is_sync else line)
    return failed
