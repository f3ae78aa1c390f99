/// The members of a JSON object in the order in which they were added, each key at most once.
///
/// Keys are the same when their UTF-8 bytes are.
public struct JSONObject: Sendable {
    public struct Member: Sendable {
        public var key: String { name.text }
        @usableFromInline let name: TextKey
        public var value: JSON
    }

    @usableFromInline private(set) var members: [Member] = []
    /// Where each key is, kept only for objects of so many members that going through them would be slow.
    @usableFromInline private(set) var positions: [Identifier: Int]?

    public init() {}

    /// Adds a member at the end; false, and nothing happens, where the key is taken.
    @discardableResult
    public mutating func append(_ key: String, _ value: JSON) -> Bool {
        guard position(of: key) == nil else { return false }
        positions?[Identifier(unchecked: key)] = members.count
        members.append(Member(name: TextKey(key), value: value))
        if positions == nil, members.count > Self.longestUnindexed { indexPositions() }
        return true
    }

    /// The value of a key. Setting one keeps the member's place or adds it at the end; setting nil removes it.
    public subscript(key: String) -> JSON? {
        get { position(of: key).map { members[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                if positions != nil { indexPositions() }
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    public var keys: [String] { members.map(\.key) }

    /// What becomes of the value of a key; nil where no member has it. The value is looked at in place, which costs a fraction of
    /// taking it out: nobody has to count one more who refers to it.
    @inlinable @inline(__always)
    public func withValue<Result>(of key: TextKey, _ body: (JSON) throws -> Result) rethrows -> Result? {
        guard let position = position(of: key) else { return nil }
        return try members.withUnsafeBufferPointer { try body($0[position].value) }
    }

    private func position(of key: String) -> Int? { position(of: TextKey(key)) }

    @inlinable
    func position(of key: TextKey) -> Int? {
        if positions != nil { return indexedPosition(of: key) }
        return members.withUnsafeBufferPointer { members in
            members.indices.first { members[$0].name == key }
        }
    }

    @usableFromInline
    func indexedPosition(of key: TextKey) -> Int? { positions?[Identifier(unchecked: key.text)] }

    private mutating func indexPositions() {
        positions = Dictionary(
            uniqueKeysWithValues: members.enumerated().map { (Identifier(unchecked: $1.key), $0) }
        )
    }

    private static let longestUnindexed = 16
}

extension JSONObject: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { members.count }
    public subscript(position: Int) -> Member { members[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Keeps the order. A key that occurs twice is a programming error.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        for (key, value) in elements {
            let isNew = append(key, value)
            precondition(isNew, "the key '\(key)' occurs twice")
        }
    }
}

extension JSONObject: Equatable {
    /// The order of the members does not matter.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }
}
