import HooklinePrimitives
import HooklineStatistics

/// How a unit is kept: some ten bytes, and some more for each measure.
extension UnitState {
    private static let tag: UInt8 = 1

    private enum ValueTag {
        static let events: Int64 = 0
        static let sum: Int64 = 1
        static let distribution: Int64 = 2
        static let steps: Int64 = 3
    }

    /// All numbers are LEB128. A tag; how many variants it was shown, and their indexes; 1 where it was exposed, else 0, and
    /// where it was the variant, the moment in milliseconds since 1970, the number of slices and the slices; in how many
    /// metrics it stands; how many measures follow, and each: its `ValueTag`, and then
    ///
    /// * events: how many,
    /// * a sum: the exact sum after its length, how many events it is of, and how many were ignored,
    /// * a distribution: the counts of its bins after their length, and how many values were ignored,
    /// * steps: how many were reached, and the last moment plus 1, or 0 without one.
    var encoded: [UInt8] {
        var writer = ByteWriter(tag: Self.tag)
        writer.write(shown.count)
        for variant in shown { writer.write(variant) }
        writer.write(exposure == nil ? 0 : 1)
        if let exposure {
            writer.write(exposure.variant)
            writer.write(exposure.at.milliseconds)
            writer.write(exposure.slices.count)
            for slice in exposure.slices { writer.write(slice) }
        }
        writer.write(metrics)
        writer.write(values.count)
        for value in values { Self.write(value, to: &writer) }
        return writer.bytes
    }

    init?(encoded: [UInt8]) {
        guard var reader = ByteReader(encoded, tag: Self.tag), let shown = Self.numbers(&reader),
            let isExposed = reader.readCount()
        else { return nil }
        var exposure: Exposure?
        if isExposed == 1 {
            guard let variant = reader.readCount(), let moment = reader.readCount(),
                let slices = Self.numbers(&reader)
            else { return nil }
            exposure = Exposure(variant: Int(variant), at: Timestamp(milliseconds: moment), slices: slices)
        }
        guard let metrics = reader.readCount(), let count = reader.readCount(), count <= encoded.count else {
            return nil
        }
        var values: [MeasureValue] = []
        values.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let value = Self.value(&reader) else { return nil }
            values.append(value)
        }
        guard reader.isAtEnd else { return nil }
        self.init(shown: shown, exposure: exposure, values: values, metrics: Int(metrics))
    }

    private static func numbers(_ reader: inout ByteReader) -> [Int]? {
        guard let count = reader.readCount(), count <= ExperimentRules.maximumVariants else { return nil }
        var numbers: [Int] = []
        for _ in 0..<count {
            guard let number = reader.readCount() else { return nil }
            numbers.append(Int(number))
        }
        return numbers
    }

    private static func write(_ value: MeasureValue, to writer: inout ByteWriter) {
        switch value {
        case .events(let events):
            writer.write(ValueTag.events)
            writer.write(events)
        case .sum(let sum, let events, let ignored):
            writer.write(ValueTag.sum)
            writer.write(sum.encoded)
            writer.write(events)
            writer.write(ignored)
        case .distribution(let counts, let ignored):
            writer.write(ValueTag.distribution)
            writer.write(counts.encoded)
            writer.write(ignored)
        case .steps(let progress):
            writer.write(ValueTag.steps)
            writer.write(progress.reached)
            writer.write(progress.last.map { $0 + 1 } ?? 0)
        }
    }

    private static func value(_ reader: inout ByteReader) -> MeasureValue? {
        guard let tag = reader.readCount() else { return nil }
        switch tag {
        case ValueTag.events: return reader.readCount().map(MeasureValue.events)
        case ValueTag.sum:
            guard let sum = reader.readBytes().flatMap(ExactSum.init(encoded:)), let events = reader.readCount(),
                let ignored = reader.readCount()
            else { return nil }
            return .sum(sum, events: events, ignored: ignored)
        case ValueTag.distribution:
            guard let counts = reader.readBytes().flatMap(BinCounts.init(encoded:)), let ignored = reader.readCount()
            else { return nil }
            return .distribution(counts, ignored: ignored)
        case ValueTag.steps:
            guard let reached = reader.readCount(), let last = reader.readCount() else { return nil }
            return .steps(FunnelProgress(reached: Int(reached), last: last == 0 ? nil : last - 1))
        default: return nil
        }
    }
}
