import Metrics
import Synchronization

/// A distribution: of durations, in seconds, or of recorded numbers. What is not finite is ignored.
final class PrometheusHistogram: TimerHandler, RecorderHandler, PrometheusSeries {
    private let buckets: PrometheusBuckets
    /// How many values fell into each bucket and no lower one; the last is for those above all bounds.
    private let counts: [AtomicCount]
    private let sum = AtomicSum()

    init(buckets: PrometheusBuckets) {
        self.buckets = buckets
        self.counts = (0...buckets.upperBounds.count).map { _ in AtomicCount() }
    }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bounds = buckets.upperBounds
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count].value.wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    func record(_ value: Int64) { record(Double(value)) }

    func recordNanoseconds(_ duration: Int64) { record(Double(max(0, duration)) / 1_000_000_000) }

    func write(name: String, labels: String, to text: inout String) {
        // The total is that of the buckets as they were read, so that the two always agree.
        var total: UInt64 = 0
        let prefix = labels.isEmpty ? "" : labels + ","
        for (count, bound) in zip(counts, buckets.upperBounds + [.infinity]) {
            total &+= count.value.load(ordering: .relaxed)
            let label = "\(prefix)le=\"\(PrometheusText.number(bound))\""
            text += PrometheusText.sample(name + "_bucket", label, String(total))
        }
        text += PrometheusText.sample(name + "_sum", labels, PrometheusText.number(sum.get()))
        text += PrometheusText.sample(name + "_count", labels, String(total))
    }
}

/// A count with an address of its own, so that an array can hold several.
private final class AtomicCount: Sendable {
    let value = Atomic<UInt64>(0)
}
