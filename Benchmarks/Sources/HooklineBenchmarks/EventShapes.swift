import HooklineStatistics

/// Random numbers that cost next to nothing.
struct FastRandom {
    private var generator: SplitMix64

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
    }

    mutating func next() -> UInt64 { generator.next() }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// What differs between events but for the id, the viewer and the moment, which are always of the same length.
struct EventShape: Sendable {
    let type: String
    let content: String
    let properties: String
}

/// Which events viewers send.
enum EventMix: Sendable {
    /// Impressions, clicks and watches.
    case viewing
    /// 10 % exposures to these experiments, 40 % clicks, 50 % watches with a number of seconds.
    case experiments([String])

    static let users = 20_000
    static let contents = 2000
    /// What exposures are broken down by.
    static let feeds = 20

    func shape(_ random: inout FastRandom) -> EventShape {
        let content = "video_" + Self.fiveDigits(random.below(Self.contents))
        let part = random.below(10)
        let platform = ["ios", "android", "web"][random.below(3)]
        switch (self, part) {
        case (.experiments(let ids), 0):
            let id = ids[random.below(ids.count)]
            let properties = #"{"experiment_id":"\#(id)","feed":"feed_\#(10 + random.below(Self.feeds))"}"#
            return EventShape(type: "exposure", content: content, properties: properties)
        case (.experiments, 1...4), (.viewing, 0...1):
            let properties = #"{"platform":"\#(platform)","position":\#(random.below(30))}"#
            return EventShape(type: "click", content: content, properties: properties)
        case (.viewing, 2...5):
            let properties = #"{"platform":"\#(platform)","feed":"for_you","position":\#(random.below(30))}"#
            return EventShape(type: "impression", content: content, properties: properties)
        default:
            let seconds = Double(random.below(6000)) / 100
            let properties = #"{"platform":"\#(platform)","seconds":\#(seconds)}"#
            return EventShape(type: "watch", content: content, properties: properties)
        }
    }

    static func fiveDigits(_ number: Int) -> String { String(String(100_000 + number).dropFirst()) }
}

/// Writes texts of known length where they belong.
enum FixedText {
    static let uuidLength = 36
    static let uuid = "00000000-0000-4000-8000-000000000000"
    static let user = "user_00000"
    static let moment = "2026-01-28T10:00:00.000Z"

    private static let hexadecimal: [UInt16] = (0..<256).map { byte in
        let digits = Array("0123456789abcdef".utf8)
        return UInt16(digits[byte >> 4]) | UInt16(digits[byte & 15]) << 8
    }
    private static let places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]

    /// A UUID of version 4 over the digits of another one.
    static func writeUUID(at start: UnsafeMutableRawPointer, _ random: inout FastRandom) {
        hexadecimal.withUnsafeBufferPointer { hexadecimal in
            places.withUnsafeBufferPointer { places in
                var bits = random.next()
                for index in 0..<16 {
                    if index == 8 { bits = random.next() }
                    var byte = UInt8(truncatingIfNeeded: bits)
                    if index == 6 { byte = byte & 0x0F | 0x40 }
                    if index == 8 { byte = byte & 0x3F | 0x80 }
                    bits >>= 8
                    start.storeBytes(
                        of: hexadecimal[Int(byte)].littleEndian,
                        toByteOffset: places[index],
                        as: UInt16.self
                    )
                }
            }
        }
    }

    /// The digits of a viewer over those of another one.
    static func writeUser(at start: UnsafeMutableRawPointer, _ random: inout FastRandom) {
        var number = random.below(EventMix.users)
        for place in stride(from: 9, through: 5, by: -1) {
            start.storeBytes(of: UInt8(0x30 + number % 10), toByteOffset: place, as: UInt8.self)
            number /= 10
        }
    }
}
