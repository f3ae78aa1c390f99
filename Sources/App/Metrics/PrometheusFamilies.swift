/// All metrics of a registry: for each name its kind, and its series by their labels.
struct PrometheusFamilies: Sendable {
    struct Family: Sendable {
        let name: String
        let kind: PrometheusKind
        var help: String?
        var series: [String: any PrometheusSeries] = [:]
    }

    /// Two metrics of one label and different kinds are two families.
    private struct Key: Hashable {
        let name: String
        let kind: PrometheusKind
    }

    private var families: [Key: Family] = [:]
    private var takenNames: Set<String> = []

    /// The family of that name and kind, made where there is none; nil where there are too many.
    private mutating func key(name: String, kind: PrometheusKind) -> Key? {
        let key = Key(name: name, kind: kind)
        guard families[key] == nil else { return key }
        guard families.count < Self.maximumFamilies else { return nil }
        // Prometheus refuses a name under two types, such as a gauge that is called as a histogram's count.
        var free = name
        while !takenNames.isDisjoint(with: kind.sampleNames(free)) { free += "_\(kind.rawValue)" }
        takenNames.formUnion(kind.sampleNames(free))
        families[key] = Family(name: free, kind: kind)
        return key
    }

    /// The series of those labels, made where there is none.
    ///
    /// Where the family has `maximumSeries`, it is the one that stands for all others, and `overflowed` is called; and
    /// where there are too many families, one that is not shown.
    mutating func series<Series: PrometheusSeries>(
        name: String,
        kind: PrometheusKind,
        labels: String,
        maximumSeries: Int,
        help: String?,
        make: () -> Series,
        overflowed: () -> Void
    ) -> Series {
        guard let key = key(name: name, kind: kind) else {
            overflowed()
            return make()
        }
        if let known = families[key]?.series[labels] as? Series { return known }
        if let help { families[key]?.help = help }
        var labels = labels
        if let count = families[key]?.series.count, count >= maximumSeries {
            overflowed()
            labels = Self.overflowLabels
            if let known = families[key]?.series[labels] as? Series { return known }
        }
        let series = make()
        families[key]?.series[labels] = series
        return series
    }

    /// Sets a series, in the place of one with the same labels.
    mutating func set(
        _ series: any PrometheusSeries,
        name: String,
        kind: PrometheusKind,
        labels: String,
        help: String
    ) {
        guard let key = key(name: name, kind: kind) else { return }
        families[key]?.help = help
        families[key]?.series[labels] = series
    }

    /// Forgets a series. One that stands for others stays.
    mutating func remove(_ series: AnyObject) {
        for (key, family) in families {
            for (labels, known) in family.series where known === series && labels != Self.overflowLabels {
                families[key]?.series[labels] = nil
                return
            }
        }
    }

    /// The families that have a series, by name.
    var sorted: [Family] { families.values.filter { !$0.series.isEmpty }.sorted { $0.name < $1.name } }

    static let maximumFamilies = 2000
    private static let overflowLabels = PrometheusText.labels([("overflow", "true")])
}
