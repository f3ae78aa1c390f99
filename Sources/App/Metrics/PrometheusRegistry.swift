public import Metrics
import Synchronization

/// A backend of swift-metrics that Prometheus scrapes.
///
/// Counters are exposed as counters (`_total` is added where it is missing), meters and gauges as gauges, timers as
/// histograms of seconds (`_seconds` is added), recorders as histograms. Labels become names of Prometheus' grammar.
/// The same label and dimensions always give the same series. To count is one atomic addition; locks are taken only to
/// make or find a series.
public final class PrometheusRegistry: Sendable {
    private let families = Mutex(PrometheusFamilies())
    private let overflow = PrometheusCounter()
    private let buckets: [String: PrometheusBuckets]
    private let help: [String: String]
    private let maximumSeries: Int

    /// Makes a registry in which nothing but its own counter of overflows is registered.
    ///
    /// `buckets` and `help` are by the label that the metric is made with. Of a name that is made with more than
    /// `maximumSeriesPerName` sets of dimensions, all further ones share a series with the label `overflow="true"`,
    /// and `hookline_metrics_overflow_total` counts how often that happened.
    public init(
        buckets: [String: PrometheusBuckets] = [:],
        help: [String: String] = [:],
        maximumSeriesPerName: Int = PrometheusRegistry.defaultMaximumSeriesPerName
    ) {
        precondition(maximumSeriesPerName > 0, "a metric needs at least one series")
        self.buckets = buckets
        self.help = help
        self.maximumSeries = maximumSeriesPerName
        families.withLock {
            $0.set(
                overflow,
                name: "hookline_metrics_overflow_total",
                kind: .counter,
                labels: "",
                help: "Series that were asked for beyond the limit, and so were not kept apart."
            )
        }
    }

    public static let defaultMaximumSeriesPerName = 1000

    /// Adds a gauge whose value is asked for at each scrape, or replaces the one of that name and those labels.
    ///
    /// `value` is called on the thread that scrapes: it must not block.
    public func gauge(
        _ name: String,
        help: String,
        labels: [(String, String)] = [],
        value: @Sendable @escaping () -> Double
    ) {
        setComputed(PrometheusText.metricName(name), .gauge, help, labels, value)
    }

    /// Adds a counter that is kept elsewhere and asked for at each scrape. `value` must never fall.
    public func counter(
        _ name: String,
        help: String,
        labels: [(String, String)] = [],
        value: @Sendable @escaping () -> Double
    ) {
        setComputed(Self.counterName(name), .counter, help, labels, value)
    }

    /// Everything in the text format 0.0.4 (`text/plain; version=0.0.4`), sorted by name and labels.
    public func exposition() -> String {
        // Values are asked for outside of the lock: a closure may well make a metric.
        let families = families.withLock { $0 }
        var text = ""
        for family in families.sorted {
            if let help = family.help { text += PrometheusText.help(family.name, help) }
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name: family.name, labels: labels, to: &text)
            }
        }
        return text
    }

    private func setComputed(
        _ name: String,
        _ kind: PrometheusKind,
        _ help: String,
        _ labels: [(String, String)],
        _ value: @Sendable @escaping () -> Double
    ) {
        let labels = PrometheusText.labels(labels)
        let series = PrometheusComputedValue(value)
        families.withLock { $0.set(series, name: name, kind: kind, labels: labels, help: help) }
    }

    private func series<Series: PrometheusSeries>(
        _ label: String,
        name: String,
        kind: PrometheusKind,
        dimensions: [(String, String)],
        make: () -> Series
    ) -> Series {
        let labels = PrometheusText.labels(dimensions)
        return families.withLock {
            $0.series(
                name: name,
                kind: kind,
                labels: labels,
                maximumSeries: maximumSeries,
                help: help[label],
                make: make,
                overflowed: { overflow.increment(by: Int64(1)) }
            )
        }
    }

    private static func counterName(_ label: String) -> String { name(label, suffix: "_total") }

    private static func name(_ label: String, suffix: String) -> String {
        let name = PrometheusText.metricName(label)
        return name.hasSuffix(suffix) ? name : name + suffix
    }
}

extension PrometheusRegistry: MetricsFactory {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    /// A histogram, or a gauge where `aggregate` is false.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return gauge(label, dimensions) }
        let buckets = buckets[label] ?? .counts
        return series(label, name: PrometheusText.metricName(label), kind: .histogram, dimensions: dimensions) {
            PrometheusHistogram(buckets: buckets)
        }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let buckets = buckets[label] ?? .durations
        return series(label, name: Self.name(label, suffix: "_seconds"), kind: .histogram, dimensions: dimensions) {
            PrometheusHistogram(buckets: buckets)
        }
    }

    /// The series is shown no more. Where it is made again, it begins at 0.
    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> PrometheusCounter {
        series(label, name: Self.counterName(label), kind: .counter, dimensions: dimensions) { PrometheusCounter() }
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> PrometheusGauge {
        let name = PrometheusText.metricName(label)
        return series(label, name: name, kind: .gauge, dimensions: dimensions) { PrometheusGauge() }
    }

    private func remove(_ handler: AnyObject) { families.withLock { $0.remove(handler) } }
}
