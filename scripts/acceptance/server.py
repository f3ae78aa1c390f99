"""Runs `hookline serve` for the acceptance scripts, talks to it and to its database, and ends it, gently or not.

HOOKLINE_BINARY         the program, `.build/release/hookline` of this repository where it is not set
HOOKLINE_TEST_POSTGRES  the URL of a PostgreSQL server on which databases may be created (scripts/with-postgres sets it)
"""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import urllib.parse

from checks import fail_early, say

ROOT = pathlib.Path(__file__).resolve().parents[2]
ADMIN_KEY = "acceptance-admin-key-0123456789abcdef0123456789abcdef"
READY_SECONDS = 60
STOP_SECONDS = 60
# What `hookline serve` needs to deliver to a receiver of the acceptance scripts.
WEBHOOKS_TO_LOOPBACK = ["--allow-webhook-http", "--allow-webhook-network", "127.0.0.0/8"]


def binary():
    path = pathlib.Path(os.environ.get("HOOKLINE_BINARY", ROOT / ".build/release/hookline")).resolve()
    if not path.is_file():
        fail_early(f"{path} does not exist: build it with `swift build -c release`, or set HOOKLINE_BINARY")
    return str(path)


@contextlib.contextmanager
def temporary_folder():
    """A folder that is gone afterwards, unless the script failed with an exception: then it is named and kept."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="hookline-acceptance-"))
    try:
        yield path
    except Exception:
        say(f"files kept in {path}")
        raise
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    shutil.rmtree(path, ignore_errors=True)


# Databases


class SQLiteDatabase:
    """A database file in a folder of its own."""

    kind = "sqlite"
    # The server makes a file of its own beside the database.
    key_file = None

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "hookline.sqlite"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.url = f"sqlite:{self.path}"

    def reader(self):
        return Reader(self.url)

    def drop(self):
        for suffix in ("", "-wal", "-shm", ".lock", ".encryption-keys"):
            pathlib.Path(f"{self.path}{suffix}").unlink(missing_ok=True)


class PostgresDatabase:
    """A database of its own on the server that HOOKLINE_TEST_POSTGRES names, and a key file that its nodes share."""

    kind = "postgres"

    def __init__(self, folder):
        server = os.environ.get("HOOKLINE_TEST_POSTGRES")
        if not server:
            fail_early("HOOKLINE_TEST_POSTGRES is not set: run this under scripts/with-postgres")
        self.server = server
        self.name = f"hookline_acceptance_{secrets.token_hex(6)}"
        self.administer(f'CREATE DATABASE "{self.name}"')
        self.url = urllib.parse.urlsplit(server)._replace(path=f"/{self.name}").geturl()
        self.key_file = pathlib.Path(folder) / f"{self.name}.encryption-keys"
        write_key_file(self.key_file)

    def administer(self, statement):
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)

    def reader(self):
        return Reader(self.url)

    def drop(self):
        self.administer(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        self.key_file.unlink(missing_ok=True)


def write_key_file(path):
    """A key that seals secrets, as `hookline webhooks keygen` writes one: its name and 32 random bytes in base64."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(f"k1 {base64.b64encode(secrets.token_bytes(32)).decode()}\n")


@contextlib.contextmanager
def new_database(kind, folder):
    database = SQLiteDatabase(folder) if kind == "sqlite" else PostgresDatabase(folder)
    try:
        yield database
    finally:
        database.drop()


class Reader:
    """Reads a database beside the server, without a word of the server's code. `snapshot()` freezes what it sees."""

    def __init__(self, url):
        self.kind = "sqlite" if url.startswith("sqlite:") else "postgres"
        if self.kind == "sqlite":
            path = pathlib.Path(url.removeprefix("sqlite:")).resolve()
            self.connection = sqlite3.connect(
                f"file:{urllib.parse.quote(str(path))}?mode=ro", uri=True, isolation_level=None, timeout=30
            )
        else:
            import psycopg

            self.connection = psycopg.connect(url, autocommit=True)
            self.connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")

    def rows(self, statement, *values):
        """The rows as tuples; `?` stands for a value."""
        if self.kind == "postgres":
            statement = statement.replace("%", "%%").replace("?", "%s")
        return self.connection.execute(statement, values).fetchall()

    def each(self, statement, *values):
        """The rows one by one, however many there are. Only within a snapshot."""
        if self.kind == "sqlite":
            yield from self.connection.execute(statement, values)
            return
        with self.connection.cursor(name=f"each_{secrets.token_hex(4)}") as cursor:
            cursor.itersize = 5000
            yield from cursor.execute(statement.replace("%", "%%").replace("?", "%s"), values)

    def value(self, statement, *values):
        rows = self.rows(statement, *values)
        return rows[0][0] if rows else None

    @contextlib.contextmanager
    def snapshot(self):
        """One moment of the database for several statements."""
        self.connection.execute(
            "BEGIN" if self.kind == "sqlite" else "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
        )
        try:
            yield self
        finally:
            self.connection.execute("ROLLBACK")

    def tables(self):
        """The names of Hookline's tables."""
        catalog = (
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 9) = 'hookline_'"
            if self.kind == "sqlite"
            else "SELECT table_name FROM information_schema.tables WHERE substr(table_name, 1, 9) = 'hookline_'"
        )
        return sorted(name for (name,) in self.rows(catalog))

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# The server


class ServerDied(Exception):
    """The process ended where it should have gone on."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """One `hookline serve` process on the loopback interface. It can be started again after it has ended."""

    def __init__(self, database, folder, name="node", tracer=(), arguments=()):
        """`tracer` is put before the command line, such as strace and its options; `arguments` end it, such as
        WEBHOOKS_TO_LOOPBACK."""
        self.database = database
        self.port = free_port()
        self.log_path = pathlib.Path(folder) / f"{name}.log"
        self.tracer = list(tracer)
        self.arguments = list(arguments)
        if database.key_file is not None:
            self.arguments += ["--encryption-key-file", str(database.key_file)]
        self.environment = {}
        self.process = None

    def start(self):
        command = [
            *self.tracer,
            *[binary(), "serve", "--database", self.database.url, "--address", f"127.0.0.1:{self.port}"],
            *self.arguments,
        ]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "HOOKLINE_ADMIN_KEY": ADMIN_KEY, **self.environment},
            )
        self.wait_until_ready()
        return self

    def wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            self.expect_alive()
            with contextlib.suppress(OSError, http.client.HTTPException):
                with self.client(timeout=5) as client:
                    if client.get("/readyz").status == 200:
                        return
            time.sleep(0.02)
        raise ServerDied(f"not ready after {READY_SECONDS} s\n{self.log_tail()}")

    def expect_alive(self):
        if self.process.poll() is not None:
            raise ServerDied(f"the server ended with status {self.process.returncode}\n{self.log_tail()}")

    @property
    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        """The process id of the server itself, also where a tracer started it."""
        if not self.tracer:
            return self.process.pid
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def kill(self):
        """Ends the process at once: nothing of it runs any more when this returns."""
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Asks the server to finish what runs, and answers its exit status."""
        if not self.is_alive:
            return self.process.returncode if self.process else None
        os.kill(self.pid, signal.SIGTERM)
        try:
            return self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def client(self, key=ADMIN_KEY, timeout=60):
        return Client(self.port, key, timeout)

    def log_tail(self, lines=40):
        with contextlib.suppress(OSError):
            return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])
        return ""

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.is_alive:
            self.stop()


# HTTP


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        """The body as JSON; an empty object where it is none, so that a check on a member says what came instead."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    def __repr__(self):
        return f"{self.status} {self.body[:400].decode(errors='replace')}"


class Client:
    """One keep-alive connection. Not for several threads."""

    def __init__(self, port, key=ADMIN_KEY, timeout=60):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.key = key

    def request(self, method, path, body=None, headers=None):
        """`body` is sent as it is where it is bytes, as JSON otherwise. Errors of the connection are raised, and the next
        request opens a new one."""
        headers = dict(headers or {})
        if self.key is not None and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.key}"
        if body is not None:
            if not isinstance(body, bytes):
                body = json.dumps(body, ensure_ascii=False).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            self.connection.request(method, path, body=body, headers=headers)
            response = self.connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def put(self, path, body, **options):
        return self.request("PUT", path, body, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def quoted(text):
    """A path segment."""
    return urllib.parse.quote(text, safe="")


def expect_status(answer, *statuses):
    """For the preparations of a script, which have to work for its checks to mean anything."""
    if answer.status not in statuses:
        raise AssertionError(f"expected the status {' or '.join(map(str, statuses))}, got {answer!r}")
    return answer


def wait_for_fold(database, seconds=120):
    """Waits until the experiments' fold has reached the head of the log; answers the position, None after the limit."""
    deadline = time.monotonic() + seconds
    with database.reader() as reader:
        while time.monotonic() < deadline:
            with reader.snapshot():
                head = reader.value("SELECT coalesce(max(position), 0) FROM hookline_events")
                folded = reader.value("SELECT position FROM hookline_projections WHERE name = 'experiments'") or 0
            if folded == head:
                return head
            time.sleep(0.05)
    return None
