/// The figures of webhooks, by their names on the command line.
struct WebhookFigures {
    let options: Options
    let folder: String
    let syncSeconds: Double

    private static let waitingDeliveries = (usual: 100_000, full: 1_000_000)
    private static let outageDeliveries = (usual: 20_000, full: 100_000)

    func enqueue(_ report: inout Report) async throws {
        try await WebhookEnqueueFigure(binary: options.binary, folder: folder, seconds: options.seconds).run(&report)
    }

    func deliver(_ report: inout Report) async throws {
        let figure = WebhookDeliverFigure(binary: options.binary, folder: folder, events: options.deliveries)
        try figure.served(&report)
        try await figure.library(&report)
    }

    func latency(_ report: inout Report) throws {
        try WebhookLatencyFigure(binary: options.binary, folder: folder, syncSeconds: syncSeconds).run(&report)
    }

    func fanout(_ report: inout Report) throws {
        try WebhookFanoutFigure(binary: options.binary, folder: folder).run(&report)
    }

    func isolation(_ report: inout Report) throws {
        try WebhookIsolationFigure(binary: options.binary, folder: folder, seconds: options.seconds).run(&report)
    }

    func outage(_ report: inout Report) throws {
        let waiting = options.isFull ? Self.outageDeliveries.full : Self.outageDeliveries.usual
        try WebhookOutageFigure(binary: options.binary, folder: folder, waiting: waiting).run(&report)
    }

    func waiting(_ report: inout Report) throws {
        let deliveries = options.isFull ? Self.waitingDeliveries.full : Self.waitingDeliveries.usual
        try WebhookWaitingFigure(binary: options.binary, folder: folder, deliveries: deliveries).run(&report)
    }
}
