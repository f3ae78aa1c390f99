/// The memory of a server that has just started and was never asked anything.
struct RestFigure {
    private static let target = 60.0

    static func run(binary: String, folder: String, _ report: inout Report) throws {
        let server = try ServerProcess(binary: binary, database: "\(folder)/rest.db", folder: folder)
        defer { server.stop() }
        // What starting has left to do.
        sleep(for: 2)
        let parts = [("anonymous", "RssAnon"), ("of files", "RssFile"), ("peak", "VmHWM")]
        report.add(
            Figure(
                name: "server at rest, resident memory",
                measured: Machine.memoryMebibytes("VmRSS", of: server.id),
                unit: "MiB",
                target: .atMost(target),
                details: parts.map { name, field in
                    Figure.Detail(name: name, value: Machine.memoryMebibytes(field, of: server.id), unit: "MiB")
                }
            )
        )
    }
}
