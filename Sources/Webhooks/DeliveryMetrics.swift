import Metrics
import Synchronization

/// What operators see of exchanges.
struct DeliveryMetrics: Sendable {
    private let inFlight = Gauge(label: "hookline_webhook_exchanges_in_flight")
    private let count = Count()
    private let succeeded = Counter(label: "hookline_webhook_attempts_total", dimensions: [("outcome", "success")])
    private let refused = Counter(label: "hookline_webhook_attempts_total", dimensions: [("outcome", "status")])
    private let failed: [FailureKind: Counter]
    private let duration = Timer(label: "hookline_webhook_exchange_seconds")

    private final class Count: Sendable {
        let value = Atomic(0)
    }

    init() {
        failed = Dictionary(
            uniqueKeysWithValues: FailureKind.allCases.map { kind in
                (kind, Counter(label: "hookline_webhook_attempts_total", dimensions: [("outcome", kind.rawValue)]))
            }
        )
    }

    func started() {
        inFlight.record(count.value.add(1, ordering: .relaxed).newValue)
    }

    func ended(_ outcome: ExchangeOutcome) {
        inFlight.record(count.value.subtract(1, ordering: .relaxed).newValue)
        duration.recordMicroseconds(outcome.timings.total)
        switch outcome.result {
        case .response(let response) where (200...299).contains(response.status): succeeded.increment()
        case .response: refused.increment()
        case .failure(let failure): failed[failure.kind]?.increment()
        }
    }
}
