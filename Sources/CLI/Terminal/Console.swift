#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a command writes, and what is at the other end.
struct Console: Sendable {
    /// Whether a person watches the standard output.
    let isTerminal: Bool
    /// Whether a person watches the error output, on which progress is shown.
    let showsProgress: Bool
    /// The width of the terminal, which may change; nil where the output goes into a file or another program.
    let columns: @Sendable () -> Int?
    let write: @Sendable (String) -> Void
    let writeError: @Sendable (String) -> Void
    let style: Style

    /// A line of the result.
    func line(_ text: String = "") { write(text + "\n") }

    /// A line beside the result: what was done, what to know.
    func note(_ text: String) { writeError(text.withoutControls + "\n") }

    /// Replaces the line of progress on the error output; nothing where nobody watches.
    func progress(_ text: String) {
        guard showsProgress else { return }
        writeError("\r\u{1B}[K\(text.withoutControls)")
    }

    /// Removes the line of progress.
    func endProgress() {
        guard showsProgress else { return }
        writeError("\r\u{1B}[K")
    }
}

extension Console {
    /// Of this process.
    static let standard: Console = {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let environment = ProcessEnvironment.variables
        // https://no-color.org: any value that is not empty.
        let usesColour = isTerminal && environment["NO_COLOR"].nonEmpty == nil && environment["TERM"] != "dumb"
        return Console(
            isTerminal: isTerminal && environment["TERM"] != "dumb",
            showsProgress: isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb",
            columns: { isTerminal ? terminalColumns(environment) : nil },
            write: { emit($0, to: STDOUT_FILENO) },
            writeError: { emit($0, to: STDERR_FILENO) },
            style: Style(isOn: usesColour)
        )
    }()

    private static func terminalColumns(_ environment: [String: String]) -> Int {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
    }

    private static func emit(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let base = rest.baseAddress, rest.count > 0 {
                let count = writeOnce(descriptor, base, rest.count)
                if count < 0, errno == EINTR { continue }
                // The reader has gone, as `head` does. Networking ignores the signal that would end the process.
                guard count > 0 else { exit(EXIT_FAILURE) }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    private static func writeOnce(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, base, count)
        #else
            Darwin.write(descriptor, base, count)
        #endif
    }
}
