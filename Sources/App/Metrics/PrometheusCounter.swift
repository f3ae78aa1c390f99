import Metrics
import Synchronization

/// A count or a sum that only grows.
///
/// An increment that is not positive, or not finite, is ignored: Prometheus takes any fall for a restart.
final class PrometheusCounter: CounterHandler, FloatingPointCounterHandler, PrometheusSeries {
    private let whole = Atomic<UInt64>(0)
    /// What was added as doubles. Kept apart, because a double stops counting at 2^53.
    private let fraction = AtomicSum()

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fraction.add(amount)
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        fraction.set(0)
    }

    func write(name: String, labels: String, to text: inout String) {
        let whole = whole.load(ordering: .relaxed)
        let fraction = fraction.get()
        let value = fraction == 0 ? String(whole) : PrometheusText.number(Double(whole) + fraction)
        text += PrometheusText.sample(name, labels, value)
    }
}
