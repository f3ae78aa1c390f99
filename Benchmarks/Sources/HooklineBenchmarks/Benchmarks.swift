import Foundation

/// Measures, and prints each figure beside what the same machine does at best, or for a peer, in the same run.
///
/// A figure below its target is no failure: the machine may be busy. The exit status tells only whether the run worked.
@main
struct Benchmarks {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.contains("--help") || arguments.contains("-h") { return print(Options.usage) }
        do {
            if arguments.count == 2, arguments[0] == ReceiverProcess.argument { return try Receiver.run(arguments[1]) }
            try await run(try Options(arguments))
        } catch {
            FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ options: Options) async throws {
        let folder = "\(options.directory)/hookline-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var report = Report()
        let syncSeconds = try Machine.facts(in: folder, &report)
        for name in options.names {
            try await run(name, options, folder, syncSeconds, &report)
            if let json = options.json { try report.write(to: json) }
        }
    }

    private static func run(
        _ name: Options.Name,
        _ options: Options,
        _ folder: String,
        _ syncSeconds: Double,
        _ report: inout Report
    ) async throws {
        let ingest = IngestFigures(
            binary: options.binary,
            folder: folder,
            seconds: options.seconds,
            clients: options.clients
        )
        let webhooks = WebhookFigures(options: options, folder: folder, syncSeconds: syncSeconds)
        switch name {
        case .allocate: try AllocationFigure.run(&report)
        case .evaluate: try EvaluationFigure.run(&report)
        case .ofrep:
            try FlagFigures(binary: options.binary, folder: folder, seconds: options.seconds).run(&report)
        case .inference: try InferenceFigure.run(&report)
        case .analysis:
            try await AnalysisFigure.run(folder, events: [1000, options.analysisEvents], &report)
        case .ingest:
            try await ingest.batches(storedRows: 0, &report)
            if options.isFull { try await ingest.batches(storedRows: 4_000_000, &report) }
        case .single: try await ingest.singles(syncSeconds: syncSeconds, &report)
        case .fold:
            try FoldFigure(
                binary: options.binary,
                folder: folder,
                seconds: options.foldSeconds,
                clients: options.clients
            ).run(&report)
        case .catchUp: try await CatchUpFigure.run(folder, &report)
        case .rest: try RestFigure.run(binary: options.binary, folder: folder, &report)
        case .webhookEnqueue: try await webhooks.enqueue(&report)
        case .webhookDeliver: try await webhooks.deliver(&report)
        case .webhookLatency: try webhooks.latency(&report)
        case .webhookFanout: try webhooks.fanout(&report)
        case .webhookIsolation: try webhooks.isolation(&report)
        case .webhookOutage: try webhooks.outage(&report)
        case .webhookWaiting: try webhooks.waiting(&report)
        }
    }
}
