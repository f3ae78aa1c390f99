/// A value in a request's body that knows its path, so that errors can name it.
///
/// Each reader throws a `FieldError` where the value is of another kind or outside of the accepted range.
public struct JSONField: Sendable {
    public let value: JSON
    /// `name`, `variants[2]`, `split.control`; empty for the body itself.
    public let path: String

    public init(_ value: JSON, path: String = "") {
        self.value = value
        self.path = path
    }

    /// An error about this field, for rules that go beyond its kind.
    public func error(_ problem: String) -> FieldError { FieldError(field: path, problem: problem) }
}

// MARK: - Scalars

extension JSONField {
    /// Text of at most so many bytes of UTF-8; an empty one is text too.
    public func string(maximumBytes: Int = JSONField.maximumStringBytes) throws(FieldError) -> String {
        guard let text = value.string else { throw mismatch("text") }
        guard text.utf8.count <= maximumBytes else {
            throw error("is \(text.utf8.count) bytes long; accepted are at most \(maximumBytes)")
        }
        return text
    }

    public func identifier(maximumBytes: Int = Identifier.maximumBytes) throws(FieldError) -> Identifier {
        guard let text = value.string else { throw mismatch("text") }
        do {
            return try Identifier(text, maximumBytes: maximumBytes)
        } catch {
            throw self.error(error.description)
        }
    }

    /// Text that is the raw value of a case.
    public func choice<Choice: CaseIterable & RawRepresentable<String>>(
        of type: Choice.Type = Choice.self
    ) throws(FieldError) -> Choice {
        let accepted = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        guard let text = value.string else { throw mismatch("one of \(accepted)") }
        // The raw value's initialiser would take texts that are merely canonically equivalent.
        guard let choice = Choice.allCases.first(where: { $0.rawValue.hasSameBytes(as: text) }) else {
            throw error("is \(text.quoted); accepted are \(accepted)")
        }
        return choice
    }

    public func bool() throws(FieldError) -> Bool {
        guard let flag = value.bool else { throw mismatch("true or false") }
        return flag
    }

    /// A number in `range`.
    public func double(
        in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    ) throws(FieldError) -> Double {
        guard let number = value.double else { throw mismatch("a number") }
        guard range.contains(number) else { throw outside(range, number) }
        return number
    }

    /// A whole number in `range`; `3.0` is one.
    public func integer(in range: ClosedRange<Int> = Int.min...Int.max) throws(FieldError) -> Int {
        guard let number = value.double else { throw mismatch("a whole number") }
        guard let whole = value.integer else {
            throw error("is \(number); expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        guard let integer = Int(exactly: whole), range.contains(integer) else { throw outside(range, whole) }
        return integer
    }

    /// A time in RFC 3339, or in whole milliseconds since 1970.
    public func timestamp() throws(FieldError) -> Timestamp {
        if let milliseconds = value.integer {
            let timestamp = Timestamp(milliseconds: milliseconds)
            guard Timestamp.accepted.contains(timestamp) else {
                throw error("is \(milliseconds); expected milliseconds since 1970, up to the year 9999")
            }
            return timestamp
        }
        guard let text = value.string else {
            throw mismatch("a time as text, such as \(Self.exampleTime), or whole milliseconds since 1970")
        }
        guard let timestamp = Timestamp(text) else {
            throw error("is \(text.quoted); expected a time such as \(Self.exampleTime)")
        }
        return timestamp
    }
}

// MARK: - Containers

extension JSONField {
    /// The elements of an array, at most so many, each with its path.
    public func elements(maximumCount: Int = JSONField.maximumElements) throws(FieldError) -> [JSONField] {
        guard let array = value.array else { throw mismatch("an array") }
        guard array.count <= maximumCount else {
            throw error("has \(array.count) elements; accepted are at most \(maximumCount)")
        }
        return array.enumerated().map { JSONField($1, path: "\(path)[\($0)]") }
    }

    public func object() throws(FieldError) -> JSONFields {
        guard let object = value.object else { throw mismatch("an object") }
        return JSONFields(object, path: path)
    }
}

extension JSONField {
    public static let maximumStringBytes = 65_536
    public static let maximumElements = 10_000
    private static let exampleTime = "2026-01-28T10:00:00Z"

    private func mismatch(_ expected: String) -> FieldError {
        error("is \(value.kind?.description ?? "raw JSON"); expected \(expected)")
    }

    private func outside<Bound>(_ range: ClosedRange<Bound>, _ number: some Numeric) -> FieldError {
        error("is \(number); accepted are \(range.lowerBound) to \(range.upperBound)")
    }
}
