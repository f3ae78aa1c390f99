import HooklinePrimitives
import HooklineWebhooks
import Testing

/// Which types and channels a subscription asks for.
struct EventTypeSelectionTests {
    private func selection(_ patterns: JSON) throws(FieldError) -> EventTypeSelection {
        try EventTypeSelection(JSONField(patterns, path: "types"))
    }

    private func message(_ patterns: JSON) throws -> String {
        let error = #expect(throws: FieldError.self) { try selection(patterns) }
        return try #require(error).description
    }

    @Test func matchesTypesAndWhatIsBelowThem() throws {
        let selection = try selection(["video.created", "batch.*", "quality.gate.*"])
        let taken: [Identifier] = ["video.created", "batch.completed", "batch.a.b.c", "quality.gate.passed"]
        let left: [Identifier] = [
            "video", "video.created.x", "video.published", "batch", "batch.", "batchx.y", "quality.approved",
            "quality.gate",
            "Video.created",
        ]
        for type in taken { #expect(selection.matches(type), "\(type)") }
        for type in left { #expect(!selection.matches(type), "\(type)") }
        for type in taken + left { #expect(EventTypeSelection.all.matches(type)) }
        #expect(selection.json == ["video.created", "batch.*", "quality.gate.*"])
    }

    @Test func namesWhatIsAccepted() throws {
        #expect(try message("*") == "types is text; expected an array")
        #expect(try message([]) == "types is empty; accepted are 1 to 100 types or patterns")
        #expect(try message(["a", 1]) == "types[1] is a number; expected text")
        #expect(try message(["a.*", "b", "a.*"]) == "types[2] is 'a.*', which occurs twice")
        let accepted = "accepted are a type such as video.created, all below one such as video.*, and *"
        for text in ["", ".*", "a..b", "a.", ".a", "*.a", "a.*.b", "a*", "video created", "vidéo", "**", "a.**"] {
            #expect(try message([.string(text)]) == "types[0] is '\(text)'; \(accepted)")
        }
        let many = JSON.array((0...100).map { .string("t\($0)") })
        #expect(try message(many) == "types has 101 elements; accepted are at most 100")
    }

    @Test func readsNamesOfTypes() throws {
        for name in ["a", "video.created", "A-b_9.x", String(repeating: "a", count: 128)] {
            #expect(try EventTypeName.read(JSONField(.string(name), path: "type")).text == name)
        }
        for name in ["", ".", "a.", "a b", "a.*", "é", String(repeating: "a", count: 129)] {
            #expect(!EventTypeName.isValid(name))
            #expect(throws: FieldError.self) { try EventTypeName.read(JSONField(.string(name), path: "type")) }
        }
    }

    @Test func agreesWithItsPatternsOneByOne() throws {
        var random = SimulationRandom(seed: 7)
        let segments = ["a", "b", "ab", "c"]
        func name() -> String {
            (0..<Int.random(in: 1...4, using: &random)).map { _ in segments.randomElement(using: &random) ?? "" }
                .joined(separator: ".")
        }
        for _ in 0..<500 {
            var patterns: Set<String> = []
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                patterns.insert(Bool.random(using: &random) ? name() : name() + ".*")
            }
            let selection = try selection(.array(patterns.sorted().map { .string($0) }))
            for _ in 0..<10 {
                let type = Identifier(unchecked: name())
                #expect(selection.matches(type) == selection.patterns.contains { $0.matches(type) })
            }
        }
    }

    @Test func takesEventsOfItsChannels() throws {
        let channels = try ChannelSelection(JSONField(["tenant:1", "project.a"], path: "channels"))
        #expect(channels.matches(["tenant:1"]))
        #expect(channels.matches(["other", "project.a"]))
        #expect(!channels.matches(["tenant:2"]))
        #expect(!channels.matches([]))
        for everything in [ChannelSelection.all, try ChannelSelection(nil), try ChannelSelection(JSONField([]))] {
            #expect(everything.matches([]))
            #expect(everything.matches(["tenant:1"]))
        }
        #expect(channels.json == ["tenant:1", "project.a"])
    }

    @Test func limitsChannels() throws {
        func message(_ channels: JSON, ofEvent: Bool = false) throws -> String {
            let field = JSONField(channels, path: "channels")
            let error = #expect(throws: FieldError.self) {
                if ofEvent { _ = try ChannelSelection.readOfEvent(field) } else { _ = try ChannelSelection(field) }
            }
            return try #require(error).description
        }
        let names = JSON.array((0..<11).map { .string("c\($0)") })
        #expect(try message(names) == "channels has 11 elements; accepted are at most 10")
        #expect(try message(names, ofEvent: true) == "channels has 11 elements; accepted are at most 5")
        #expect(try message(["a", "a"]) == "channels[1] is 'a', which occurs twice")
        let accepted = "accepted are 1 to 128 letters, digits, '_', '.', ':' and '-'"
        #expect(try message(["a b"]) == "channels[0] is 'a b'; \(accepted)")
        #expect(try message([""], ofEvent: true) == "channels[0] is ''; \(accepted)")
        #expect(try ChannelSelection.readOfEvent(JSONField(["a", "b"])) == ["a", "b"])
    }
}
