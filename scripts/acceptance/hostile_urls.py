"""Asks a server with the usual network policy to deliver to places that no webhook has a business at.

    hostile_urls.py [--database sqlite|postgres]

The server may use http, so that http URLs are judged as https ones are, and no network beyond the public one. Every URL
is refused when a subscription is made or changed, with 422 and the field's name, or, where a name stands between, each
delivery fails as `blocked` or `dns`. Listeners on the loopback addresses of both versions count what connects to them:
nothing may.

Further: headers that would start another header or another request; redirects into the network, which are answers and
not followed; and the verification of a subscription, which dials as deliveries do. `rebinding.py` has names that change
their mind.
"""

import argparse
import socket
import sys
import threading
import time

import server
from checks import Checks, say, table
from raw_receiver import RawReceivers, answer
from server import WEBHOOKS_TO_LOOPBACK, expect_status

EVENT_TYPE = "video.created"
FINISH_SECONDS = 120
# Where a listener waits, `{port}` is put in; the others would be somebody else's.
ADDRESSES = [
    # Loopback in every spelling of IPv4: dotted, short, decimal, octal, hexadecimal, mixed, padded.
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.255.255.254:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0X7F000001:{port}/",
    "http://0x7f.1:{port}/",
    "http://0x7f.0x0.0x0.0x1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0177.1:{port}/",
    "http://017700000001:{port}/",
    "http://00000000000177.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.000.000.001:{port}/",
    "http://127.0.0x1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://0x0:{port}/",
    "http://4294967296:{port}/",
    "http://6425673729:{port}/",
    "http://127.0.0.257:{port}/",
    "http://127.0.0.1.1:{port}/",
    "http://255.255.255.255:{port}/",
    # IPv6: loopback, unspecified, mapped, compatible, translated, and with a zone.
    "http://[::1]:{port}/",
    "https://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]:{port}/",
    "http://[::0.0.0.1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::FFFF:7F00:0001]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::1]:{port}/",
    "http://[2001:0:7f00:1::1]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[::1%lo]:{port}/",
    "http://[fe80::1%25eth0]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[ff02::1]/",
    "http://[v1.127.0.0.1]:{port}/",
    "http://::1:{port}/",
    "http://[::1:{port}/",
    "http://[127.0.0.1]:{port}/",
    # Metadata of clouds, private and special networks.
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://2852039166/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://0xa9.0xfe.0xa9.0xfe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://192.168.257/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
]
# Another reader would find another host, another scheme, or another request in these.
TEXTS = [
    "",
    " ",
    "localhost",
    "//localhost/",
    "/relative",
    "http:",
    "http://",
    "http:///path",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}\\",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_POST",
    "dict://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "javascript:alert(1)",
    "data:text/plain,hello",
    "http://user@127.0.0.1:{port}/",
    "http://user:password@example.com/",
    "http://example.com@127.0.0.1:{port}/",
    "http://example.com:80@127.0.0.1:{port}/",
    "http://example.com%40127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://example.com#fragment",
    "http://example.com/a b",
    "http://example.com/\r\nX-Injected: 1",
    "http://example.com/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "http://example.com\r\n.internal/",
    "http://example.com\t/",
    "http://example.com\u0001.internal/",
    "http://example.com/\n",
    "\nhttp://example.com/",
    " http://example.com/",
    "http://example.com/%",
    "http://example.com/%0g",
    "http://127.0.0.1%2f@example.com/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127%2e0%2e0%2e1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://127。0。0。1:{port}/",
    "http://ｌｏｃａｌｈｏｓｔ:{port}/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:-1/",
    "http://example.com:80:80/",
    "http://example.com:{port}x/",
    "http://example.com: {port}/",
    "http://exa_mple..com/",
    "http://.example.com/",
    "http://-example.com/",
    "http://example.com./",
    "http://" + "a" * 64 + ".com/",
    "http://" + "a." * 130 + "com/",
    "http://example.com/" + "a" * 2048,
]
# A name is accepted, and its addresses are judged when it is dialled. The machine's own name is added.
NAMES = [
    "http://localhost:{port}/",
    "https://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://LocalHost:{port}/?x=1",
    "http://localhost.localdomain:{port}/",
    "http://ip6-localhost:{port}/",
    "http://ip6-loopback:{port}/",
    "http://anything.localhost:{port}/",
    "http://127.0.0.1.nip.io:{port}/",
    "http://localtest.me:{port}/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://metadata/",
    "http://kubernetes.default.svc/",
    "http://host.docker.internal:{port}/",
    "http://nobody.invalid/",
]
HEADERS = [
    {"X-A": "b\r\nX-Injected: 1"},
    {"X-A": "b\nX-Injected: 1"},
    {"X-A": "b\r"},
    {"X-A": "b\u0001"},
    {"X-A": "b\u007f"},
    {"X-A": "b\r\n\r\nGET / HTTP/1.1\r\nHost: 127.0.0.1"},
    {"X-A": "bé"},
    {"X-A": " b"},
    {"X-A": "b\u2028X-Injected: 1"},
    {"X-A\r\nX-Injected": "1"},
    {"X-A: b\r\nX": "1"},
    {"X A": "b"},
    {"X-A:": "b"},
    {"": "b"},
    {"X-Ä": "b"},
    {"Host": "127.0.0.1"},
    {"HOST": "127.0.0.1"},
    {"Content-Length": "0"},
    {"Transfer-Encoding": "chunked"},
    {"Connection": "upgrade"},
    {"Upgrade": "h2c"},
    {"Expect": "100-continue"},
    {"TE": "trailers"},
    {"Proxy-Authorization": "Basic eDp5"},
    {"webhook-signature": "v1,forged"},
    {"Webhook-Id": "forged"},
    {"svix-signature": "v1,forged"},
    {"X-A": "b" * 5000},
    {f"X-{number}": "b" for number in range(40)},
    {"X-A": 1},
    {"X-A": ["b"]},
]


class Listeners:
    """Accepts on one port of all addresses, of both versions, and counts."""

    def __init__(self):
        self.connections = []
        self.sockets = [socket.socket(socket.AF_INET), socket.socket(socket.AF_INET6)]
        self.sockets[0].bind(("0.0.0.0", 0))
        self.port = self.sockets[0].getsockname()[1]
        self.sockets[1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.sockets[1].bind(("::", self.port))
        for each in self.sockets:
            each.listen(128)
            threading.Thread(target=self.accept, args=(each,), daemon=True).start()

    def accept(self, listener):
        while True:
            connection, address = listener.accept()
            self.connections.append(address)
            connection.close()

    def check_themselves(self, checks):
        """A counter that cannot count would find nothing."""
        for host in ("127.0.0.1", "::1"):
            with socket.create_connection((host, self.port), timeout=5) as connection:
                connection.recv(1)
        checks.equal(len(self.connections), 2, "the listeners count, on both versions")
        self.connections.clear()


def main():
    parser = argparse.ArgumentParser(description="Asks a server to deliver to places that it must not reach.")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    checks = Checks(f"hostile URLs, {options.database}")
    listeners = Listeners()
    listeners.check_themselves(checks)
    names = NAMES + [f"http://{socket.gethostname()}:{{port}}/"]
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        with server.Server(database, folder, arguments=["--allow-webhook-http"]) as node, node.client() as client:
            check_refused(checks, client, [url.replace("{port}", str(listeners.port)) for url in ADDRESSES + TEXTS])
            check_headers(checks, client)
            check_names(checks, client, [url.replace("{port}", str(listeners.port)) for url in names])
            checks.expect(node.is_alive, "the server is alive", node.log_tail())
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        with server.Server(database, folder) as node, node.client() as client:
            refused = client.post("/v1/webhooks/subscriptions", definition("http://example.com/"))
            expect_refused(checks, refused, "url", "http, where only https is accepted")
    with server.temporary_folder() as folder, server.new_database(options.database, folder) as database:
        arguments = WEBHOOKS_TO_LOOPBACK[:-1] + ["127.0.0.1/32"]
        with server.Server(database, folder, arguments=arguments) as node, node.client() as client:
            check_redirects(checks, client, listeners)
    checks.equal(listeners.connections, [], "nobody connected to the listeners")
    table(["addresses", "texts", "names", "headers"], [[len(ADDRESSES), len(TEXTS), len(names), len(HEADERS)]])
    sys.exit(checks.finish())


def definition(url, **fields):
    return {"url": url, "events": [EVENT_TYPE], "retry": "none", **fields}


def expect_refused(checks, answer, field, name):
    body = answer.json
    holds = answer.status == 422 and body.get("field", "").split(".")[0] == field and len(body.get("detail", "")) > 20
    checks.expect(holds, f"refused, with the field {field}: {name!r:.90}", answer)


def check_refused(checks, client, urls):
    """By a new subscription, and by a change of one."""
    good = expect_status(client.post("/v1/webhooks/subscriptions", definition("https://example.com/")), 201).json
    path = f"/v1/webhooks/subscriptions/{good['id']}"
    for url in urls:
        expect_refused(checks, client.post("/v1/webhooks/subscriptions", definition(url)), "url", url)
        expect_refused(checks, client.request("PATCH", path, {"url": url}), "url", f"change to {url}")
    after = expect_status(client.get(path), 200).json
    checks.equal(after["url"], good["url"], "the subscription has the URL that it had")
    listed = expect_status(client.get("/v1/webhooks/subscriptions"), 200).json["items"]
    checks.equal([each["id"] for each in listed], [good["id"]], "and is the only one")
    expect_status(client.request("DELETE", path), 204)


def check_headers(checks, client):
    url = "https://example.com/"
    good = expect_status(client.post("/v1/webhooks/subscriptions", definition(url, headers={"X-A": "b"})), 201).json
    path = f"/v1/webhooks/subscriptions/{good['id']}"
    for headers in HEADERS:
        made = client.post("/v1/webhooks/subscriptions", definition(url, headers=headers))
        expect_refused(checks, made, "headers", headers)
        expect_refused(checks, client.request("PATCH", path, {"headers": headers}), "headers", f"change to {headers}")
    expect_status(client.request("DELETE", path), 204)


def check_names(checks, client, urls):
    """Names may be subscribed. Their deliveries, and their verification, end before a connection."""
    subscriptions = {}
    for url in urls:
        made = expect_status(client.post("/v1/webhooks/subscriptions", definition(url)), 201).json
        subscriptions[made["id"]] = url
    event = expect_status(client.post("/v1/webhooks/events", {"type": EVENT_TYPE, "payload": {}}), 202).json["id"]
    deadline = time.monotonic() + FINISH_SECONDS
    deliveries = []
    while time.monotonic() < deadline:
        path = f"/v1/webhooks/deliveries?event_id={event}&limit=500"
        deliveries = expect_status(client.get(path), 200).json["items"]
        if len(deliveries) == len(urls) and all(each["status"] == "failed" for each in deliveries):
            break
        time.sleep(0.1)
    reasons = {subscriptions[each["subscription_id"]]: each["reason"] for each in deliveries}
    for subscription, url in subscriptions.items():
        reason = reasons.get(url)
        checks.expect(reason in ("blocked", "dns"), f"blocked, or without an address: {url}", reason)
        told = client.post(f"/v1/webhooks/subscriptions/{subscription}/verify")
        detail = told.json.get("detail", "")
        holds = told.status == 409 and ("blocked" in detail or "dns" in detail)
        checks.expect(holds, f"not verified either: {url}", told)
    blocked = sum(reason == "blocked" for reason in reasons.values())
    checks.expect(blocked > 0, "some names have an address here, and were blocked", reasons)
    say(f"{blocked} names were blocked, {len(reasons) - blocked} have no address here")


def check_redirects(checks, client, listeners):
    """From a receiver that may be reached, to where no delivery may go."""
    targets = [url.replace("{port}", str(listeners.port)) for url in ADDRESSES]
    with RawReceivers() as receivers:
        for target in targets:
            receiver = receivers.listen([answer(307, f"location: {target}")])
            expect_status(client.post("/v1/webhooks/subscriptions", definition(receiver.url())), 201)
        event = expect_status(client.post("/v1/webhooks/events", {"type": EVENT_TYPE, "payload": {}}), 202).json["id"]
        deadline = time.monotonic() + FINISH_SECONDS
        found = []
        while time.monotonic() < deadline:
            path = f"/v1/webhooks/deliveries?event_id={event}&status=failed&limit=500"
            found = expect_status(client.get(path), 200).json["items"]
            if len(found) == len(targets):
                break
            time.sleep(0.1)
        seen = {(each["reason"], each["response_status"], each["attempts"]) for each in found}
        checks.equal(len(found), len(targets), "every redirect ended its delivery")
        checks.equal(seen, {("status", 307, 1)}, "as an answer like others")


if __name__ == "__main__":
    main()
