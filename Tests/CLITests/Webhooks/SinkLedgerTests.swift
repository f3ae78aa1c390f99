import HooklinePrimitives
import Testing

@testable import HooklineCLI

@Suite struct SinkLedgerTests {
    private func visits(_ script: SinkScript, _ ids: [String?]) -> [String] {
        var ledger = SinkLedger(script)
        return ids.map { id in
            let visit = ledger.visit(id)
            return "\(visit.attempt) \(visit.answer.text)\(visit.isDuplicate ? " duplicate" : "")"
        }
    }

    @Test func answersEachDeliveryInTurn() {
        let script = SinkScript(.status(500), .fault(.reset), .status(204))
        #expect(
            visits(script, ["a", "b", "a", "a", "a", "b"])
                == ["1 500", "1 500", "2 reset", "3 204", "4 204 duplicate", "2 reset"]
        )
        #expect(visits(script, [nil, nil, nil, nil]) == ["1 500", "2 reset", "3 204", "4 204"])
        #expect(
            visits(SinkScript(.status(204)), ["a", "a", nil, nil]) == ["1 204", "2 204 duplicate", "1 204", "2 204"]
        )
    }

    @Test func forgetsTheOldest() {
        var ledger = SinkLedger(SinkScript(.status(204)), rememberedIDs: 2)
        for id in ["a", "b", "c"] { _ = ledger.visit(id) }
        #expect(ledger.visit("a").attempt == 2)
        #expect(!ledger.hasForgotten)
        for id in ["d", "e", "f", "g"] { _ = ledger.visit(id) }
        #expect(ledger.hasForgotten)
        #expect(ledger.visit("b").attempt == 1)
        #expect(ledger.visit("g").isDuplicate)
    }

    @Test func counts() {
        var (ledger, tally) = (SinkLedger(SinkScript(.status(500), .status(204))), SinkTally())
        let start = ContinuousClock.now
        let verifications: [SinkVerification] = [.verified, .verified, .refused("x"), .verified, .verified]
        for (index, id) in ["a", "a", "a", nil, nil].enumerated() {
            tally.count(
                ledger.visit(id),
                hasID: id != nil,
                verification: verifications[index],
                bodyBytes: 10,
                at: start + .milliseconds(500 * index)
            )
        }
        #expect(
            tally.lines(hasForgotten: false) == [
                "5 requests in 2.0 s, 2.000 a second: 3 deliveries, 2 repeated, 1 of those after a 2xx",
                "answered 204 x 3, 500 x 2", "4 verified, 1 not verified",
            ]
        )
        let json = tally.json(hasForgotten: true)
        #expect(json["answers"] == ["204": 3, "500": 2] && json["body_bytes"] == 50 && json["ids_forgotten"] == true)
        #expect(SinkTally().lines(hasForgotten: false) == ["No requests."])
    }

    @Test(
        arguments: [
            (#"{"type":"video.created","data":{"challenge":"c"}}"#, "video.created", nil),
            (#" { "data" : {"type":"no"}, "type" : "a" }"#, "a", nil),
            (#"{"type":"webhook.verification","data":{"challenge":"c1"}}"#, "webhook.verification", "c1"),
            (
                #"{"specversion":"1.0","id":"m","type":"webhook.verification","data":{"challenge":"c2"}}"#,
                "webhook.verification", "c2"
            ),
            (#"{"payload":{"challenge":"c3"},"signature":"00","timestamp":"t"}"#, nil, "c3"),
            (#"{"payload":{"type":"x"},"signature":"00"}"#, nil, nil), (#"{"type":3}"#, nil, nil), ("[1]", nil, nil),
            ("{broken", nil, nil), ("", nil, nil), (#"{"type":"webhook.verification"}"#, "webhook.verification", nil),
        ] as [(String, String?, String?)]
    ) func looksIntoBodies(_ text: String, _ type: String?, _ challenge: String?) {
        let body = SinkBody(Array(text.utf8))
        #expect(body.type == type && body.challenge == challenge)
    }
}
