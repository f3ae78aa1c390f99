/// The values of one metric under one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    /// Appends the sample lines.
    func write(name: String, labels: String, to text: inout String)
}

/// What Prometheus calls a type.
enum PrometheusKind: String, Sendable {
    case counter, gauge, histogram

    /// The names that are taken by a metric of this kind: those of its samples.
    func sampleNames(_ name: String) -> [String] {
        switch self {
        case .counter, .gauge: [name]
        case .histogram: [name, name + "_bucket", name + "_count", name + "_sum"]
        }
    }
}

/// A series whose value is asked for when Prometheus scrapes.
final class PrometheusComputedValue: PrometheusSeries {
    private let value: @Sendable () -> Double

    init(_ value: @escaping @Sendable () -> Double) {
        self.value = value
    }

    func write(name: String, labels: String, to text: inout String) {
        text += PrometheusText.sample(name, labels, PrometheusText.number(value()))
    }
}
