import ArgumentParser
import HooklinePrimitives
import HooklineWebhooks
import Testing

@testable import HooklineCLI

@Suite struct WebhookArgumentTests {
    private func parse<Command: ParsableCommand>(_ words: [String], as type: Command.Type = Command.self) throws
        -> Command
    {
        try #require(try Hookline.parseAsRoot(["webhooks"] + words) as? Command)
    }

    private let now = Timestamp(milliseconds: 1_769_594_400_000)

    @Test(
        arguments: [
            ("200ms", 200), ("3s", 3000), ("5m", 300_000), ("2h", 7_200_000), ("7d", 604_800_000), ("0s", 0),
            ("3650d", 315_360_000_000), ("3651d", nil), ("3", nil), ("s", nil), ("", nil), ("-1s", nil), ("1.5s", nil),
            ("3 s", nil), ("9999999999999999d", nil), ("99999999999999999999d", nil), ("١s", nil),
        ] as [(String, Int64?)]
    ) func readsSpans(_ text: String, _ milliseconds: Int64?) {
        #expect(TimeSpanArgument(argument: text)?.milliseconds == milliseconds)
    }

    @Test func readsMoments() {
        #expect(MomentArgument(argument: "2026-01-28T10:00:00Z")?.timestamp(now: now) == now)
        #expect(MomentArgument(argument: "2h")?.timestamp(now: now).description == "2026-01-28T08:00:00.000Z")
        #expect(MomentArgument(argument: "yesterday") == nil)
    }

    @Test(
        arguments: [
            ("standard", "standard"), ("none", "none"), ("1,2,4", ["delays_seconds": [1, 2, 4]]),
            ("0.5", ["delays_seconds": [0.5]]), ("5s,5m,1h", ["delays_seconds": [5.0, 300.0, 3600.0]]), ("", nil),
            ("1,", nil),
            ("1,x", nil), ("1,inf", nil),
        ] as [(String, JSON?)]
    ) func readsSchedules(_ text: String, _ json: JSON?) {
        #expect(RetryArgument(argument: text)?.json == json)
    }

    @Test(
        arguments: [
            ("now", "now"), ("since=2026-01-28T10:00:00Z", ["since": "2026-01-28T10:00:00.000Z"]),
            ("since=1d", ["since": "2026-01-27T10:00:00.000Z"]), ("position=0", ["position": 0]),
            ("event=msg_1", ["event_id": "msg_1"]), ("position=-1", nil), ("since=", nil), ("event=", nil),
            ("later", nil),
            ("page=3", nil),
        ] as [(String, JSON?)]
    ) func readsStarts(_ text: String, _ json: JSON?) {
        #expect(StartArgument(argument: text)?.json(now: now) == json)
    }

    @Test(
        arguments: [
            ("204", 1), ("500,reset, 204", 3), ("drip", 1), ("bad-chunking,hang", 2), ("", nil), ("500,", nil),
            ("199", nil),
            ("600", nil), ("teapot", nil),
        ] as [(String, Int?)]
    ) func readsScripts(_ text: String, _ count: Int?) {
        #expect(SinkScript(argument: text)?.answers.count == count)
    }

    @Test func subscribes() throws {
        let command = try parse(
            [
                "subscribe", "https://example.com/hook", "--id", "mine", "--events", "video.*,batch.completed",
                "--events",
                "a", "--channels", "eu", "--filter", #"{"score": {"gte":0.80}}"#, "--format", "cloudevents", "--retry",
                "1,2", "--ordering", "by_key", "--concurrency", "4", "--rate", "2.5", "--timeout", "1500ms", "--tenant",
                "t", "--description", "D", "--metadata", "team=growth=x", "--header", "X-Key: a: b", "--start",
                "position=7", "--verify", "--disabled", "--ed25519", "--secret", "whsec_x", "--json",
            ],
            as: SubscribeCommand.self
        )
        let expected: JSON = [
            "url": "https://example.com/hook", "id": "mine", "events": ["video.*", "batch.completed", "a"],
            "channels": ["eu"], "filter": ["score": ["gte": 0.8]], "format": "cloudevents",
            "retry": ["delays_seconds": [1, 2]], "ordering": "by_key", "concurrency": 4, "rate_per_second": 2.5,
            "timeout_seconds": 1.5, "tenant": "t", "description": "D", "metadata": ["team": "growth=x"],
            "headers": ["X-Key": "a: b"], "ed25519": true, "start": ["position": 7], "secret": "whsec_x",
            "verify": true,
            "enabled": false,
        ]
        #expect(try JSON.parse(command.body(now: now).encoded()) == expected)
        #expect(command.json)
        let text = try command.body(now: now).text
        #expect(text.contains(#""filter":{"score": {"gte":0.80}}"#), "the filter goes out as it was given")
    }

    @Test func asksOnlyForWhatIsGiven() throws {
        let least = try parse(["subscribe", "https://a.example", "--events", "*"], as: SubscribeCommand.self)
        #expect(try least.body(now: now) == ["url": "https://a.example", "events": ["*"]])
        let update = try parse(
            ["update", "sub_1", "--no-ed25519", "--description", ""],
            as: UpdateSubscriptionCommand.self
        )
        #expect(JSON.object(try update.body()) == ["description": "", "ed25519": false])
        #expect(try parse(["rotate-secret", "s"], as: RotateSecretCommand.self).body == [:])
        let rotate = ["rotate-secret", "s", "--grace", "24h", "--kind", "ed25519"]
        #expect(try parse(rotate, as: RotateSecretCommand.self).body == ["grace_seconds": 86_400, "kind": "ed25519"])
    }

    @Test func delivers() throws {
        let words = [
            "deliver", "video.created", #"{"b": 1.0,  "a":[]}"#, "--id", "e", "--channel", "x", "--channel", "y",
            "--ordering-key", "k", "--tenant", "t", "--timestamp", "1h",
        ]
        let body = try parse(words, as: DeliverCommand.self).body(now: now).text
        #expect(
            body == #"{"type":"video.created","id":"e","channels":["x","y"],"ordering_key":"k","tenant":"t","#
                + #""timestamp":"2026-01-28T09:00:00.000Z","payload":{"b": 1.0,  "a":[]}}"#
        )
        let bare = try parse(["deliver", "a"], as: DeliverCommand.self)
        #expect(try bare.body(now: now).text == #"{"type":"a","payload":{}}"#)
        let wrong = try parse(["deliver", "a", "{"], as: DeliverCommand.self)
        #expect(throws: ClientError.unusable("the payload is no JSON at byte 1: the text ends too soon")) {
            try wrong.body(now: now)
        }
    }

    @Test func replays() throws {
        let words = [
            "replay", "sub_1", "--since", "2h", "--until", "1h", "--types", "a,b", "--scope", "all", "--rate", "10",
            "--dry-run",
        ]
        let expected: JSON = [
            "since": "2026-01-28T08:00:00.000Z", "until": "2026-01-28T09:00:00.000Z", "types": ["a", "b"],
            "scope": "all",
            "rate_per_second": 10.0, "dry_run": true,
        ]
        #expect(try parse(words, as: ReplayCommand.self).body(now: now) == expected)
        for scope in ["undelivered", "missing", "failed", "all"] {
            let body = try parse(["replay", "s", "--position", "1", "--scope", scope], as: ReplayCommand.self)
                .body(now: now)
            #expect(body == ["position": 1, "scope": .string(scope)])
        }
    }

    @Test func describesTenants() throws {
        let words = ["tenants", "add", "acme", "--name", "Acme", "--metadata", #"{"b": 1.0,  "a":[]}"#]
        let body = JSON.object(try parse(words, as: AddTenantCommand.self).body).text
        #expect(body == #"{"id":"acme","name":"Acme","metadata":{"b": 1.0,  "a":[]}}"#)
        #expect(JSON.object(try parse(["tenants", "add", "a"], as: AddTenantCommand.self).body) == ["id": "a"])
        _ = try parse(["tenants", "--json"], as: ListTenantsCommand.self)
    }

    @Test func hasTwoNamesForJSON() throws {
        #expect(try parse(["list"], as: ListSubscriptionsCommand.self).output.format == .table)
        #expect(try parse(["list", "--json"], as: ListSubscriptionsCommand.self).output.format == .json)
        #expect(try parse(["list", "--format", "json"], as: ListSubscriptionsCommand.self).output.format == .json)
        #expect(try parse(["event-types", "--json"], as: ListEventTypesCommand.self).output.format == .json)
    }

    @Test(arguments: [
        "subscribe https://a.example", "subscribe --events a", "subscribe https://a.example --events a,",
        "subscribe https://a.example --events a --filter {", "subscribe https://a.example --events a --format json",
        "subscribe https://a.example --events a --client-key k", "subscribe https://a.example --events a --rate nan",
        "subscribe https://a.example --events a --header nothing", "deliver", "deliver a {} --file f",
        "replay sub_1", "replay sub_1 --since 1h --position 3", "replay sub_1 --since soon",
        "replay sub_1 --since 1h --scope some", "send msg_1", "tenants add", "tenants update a",
        "tenants add a --metadata {",
        "deliveries --limit 0", "deliveries --status done", "events --order up", "rotate-secret a --grace 200ms",
        "sink --port 70000", "sink --status 500 --fail reset", "sink --fail 500", "sink --max 0", "sink --secret abc",
        "sink --delay 3", "verify", "verify --secret abc --envelope",
        "verify --secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "verify --secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw --id a --timestamp 1",
        "verify --secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw --envelope --headers h",
        "verify --secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw --headers h --tolerance 5",
        "listen", "listen --forward ftp://a", "listen --forward http://a --since 1h --after 3",
        "listen --forward http://a --events video.*.x", "listen --forward http://a --secret abc",
    ]) func refuses(_ text: String) throws {
        let error = #expect(throws: (any Error).self) {
            try Hookline.parseAsRoot(["webhooks"] + text.split(separator: " ").map(String.init))
        }
        #expect(try Hookline.exitCode(for: #require(error)) == .validationFailure)
    }
}
