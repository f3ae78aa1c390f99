/// Header fields in a text, as tools print them: `name: value`, a line each.
enum HeaderFile {
    /// The longest file.
    static let maximumBytes = 256 * 1024

    /// - Throws: `ClientError.unusable` for a file that cannot be read, or a line that is no header.
    static func read(_ path: String) throws(ClientError) -> [(name: String, value: String)] {
        try parse(InputFile.contents(of: path, maximumBytes: maximumBytes), name: path)
    }

    /// Empty lines are passed over, and so is the line of the request or the status before the headers.
    static func parse(_ bytes: [UInt8], name: String) throws(ClientError) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let text = String(decoding: line, as: UTF8.self).trimmed
            if text.isEmpty || index == 0 && (text.hasPrefix("HTTP/") || text.contains(" HTTP/")) { continue }
            guard let header = parse(line: text) else {
                throw .unusable("\(name), line \(index + 1): is no header; accepted is 'name: value'")
            }
            headers.append(header)
        }
        return headers
    }

    /// `name: value`, nil where there is no name.
    static func parse(line: String) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let name = String(line[..<colon])
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return (name, String(line[line.index(after: colon)...]).trimmed)
    }
}
