import HooklinePrimitives
import HooklineStatistics

/// The cells of the days on which units were first exposed, because units of a day become mature when their windows are
/// over, by the clock and not by an event.
///
/// Days whose units were all mature when the log had come to the fold's moment are kept as one.
struct DayCells: Equatable, Sendable {
    private(set) var settled: Cell?
    /// In the order of days, all of them after the last that is settled.
    private(set) var days: [(day: Int, cell: Cell)] = []

    init() {}

    static func == (left: DayCells, right: DayCells) -> Bool {
        left.settled == right.settled && left.days.elementsEqual(right.days) { $0.day == $1.day && $0.cell == $1.cell }
    }

    /// The last day that is over for a metric at a moment: every window of it has closed. Nil where windows never close:
    /// then all units count at once, and no day is kept for itself.
    static func lastMatureDay(at moment: Timestamp, maturesAfter: Int64) -> Int {
        Day.of(moment.advanced(byMilliseconds: -maturesAfter)) - 1
    }

    /// Puts the days up to one together.
    mutating func settle(through day: Int) {
        while let first = days.first, first.day <= day {
            settle(first.cell)
            days.removeFirst()
        }
    }

    private mutating func settle(_ cell: Cell) {
        if settled == nil { settled = cell } else { settled?.merge(cell) }
    }

    /// Changes the cell of a day.
    /// - Parameter day: nil for the one of all settled days.
    mutating func update(_ day: Int?, form: MetricPlan.Form, _ change: (inout Cell) -> Void) {
        guard let day else {
            var cell = settled ?? Cell(form)
            settled = nil
            change(&cell)
            settled = cell.isEmpty ? nil : cell
            return
        }
        let index = days.firstIndex { $0.day >= day } ?? days.count
        if index == days.count || days[index].day != day { days.insert((day, Cell(form)), at: index) }
        change(&days[index].cell)
        if days[index].cell.isEmpty { days.remove(at: index) }
    }

    /// All units, or only those of days up to one beside the settled ones.
    func sum(_ form: MetricPlan.Form, through day: Int?) -> Cell {
        var sum = settled
        for entry in days where day.map({ entry.day <= $0 }) ?? true {
            if sum == nil { sum = entry.cell } else { sum?.merge(entry.cell) }
        }
        return sum ?? Cell(form)
    }

    /// How many units, or values of a distribution, the days after one hold.
    func units(after day: Int) -> Int64 {
        days.reduce(0) { $0 + ($1.day > day ? $1.cell.count : 0) }
    }

    var isEmpty: Bool { settled == nil && days.isEmpty }
}

extension DayCells {
    private static let tag: UInt8 = 1

    /// A tag, the settled cell after its length (no bytes where there is none), the number of days, and for each of them the
    /// day and its cell after its length. Numbers are LEB128; the cells are in the form of their metric.
    var encoded: [UInt8] {
        var writer = ByteWriter(tag: Self.tag)
        writer.write(settled?.encoded ?? [])
        writer.write(days.count)
        for entry in days {
            writer.write(entry.day)
            writer.write(entry.cell.encoded)
        }
        return writer.bytes
    }

    init?(_ form: MetricPlan.Form, encoded: [UInt8]) {
        guard var reader = ByteReader(encoded, tag: Self.tag), let bytes = reader.readBytes(),
            let count = reader.readCount()
        else { return nil }
        if !bytes.isEmpty {
            guard let cell = Cell(form, encoded: bytes) else { return nil }
            settled = cell
        }
        for _ in 0..<count {
            guard let day = reader.readCount(),
                let cell = reader.readBytes().flatMap({ Cell(form, encoded: $0) })
            else { return nil }
            days.append((Int(day), cell))
        }
        guard reader.isAtEnd else { return nil }
    }
}
