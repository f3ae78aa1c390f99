/// A table of the bins that hold something, in ascending order. A bin without content has no entry, so equal contents
/// are equal tables.
///
/// A sorted array: finding a bin takes a binary search over four bytes each, and the rare first number of a bin moves
/// the entries above it, some kilobytes at most.
struct SparseBins<Content: Sendable & Hashable>: Sendable, Hashable {
    private(set) var bins: [LogBin] = []
    private(set) var contents: [Content] = []

    init() {}

    /// Contents of one bin after the other, from `lowest` on; those that `isHeld` says are nothing have no entry.
    init(_ contents: [Content], from lowest: LogBin, isHeld: (Content) -> Bool) {
        for (distance, content) in contents.enumerated() where isHeld(content) {
            guard let bin = LogBin(index: Int(lowest.index) + distance) else { break }
            bins.append(bin)
            self.contents.append(content)
        }
    }

    var isEmpty: Bool { bins.isEmpty }

    /// The first place of which the bin is not below this one.
    func place(of bin: LogBin) -> Int {
        var (low, high) = (0, bins.count)
        while low < high {
            let middle = (low + high) / 2
            if bins[middle].index < bin.index { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The content of a bin; nil where it has no entry.
    subscript(bin: LogBin) -> Content? {
        let place = place(of: bin)
        return place < bins.count && bins[place] == bin ? contents[place] : nil
    }

    /// Changes the content of a bin, which starts as `empty` where it has no entry.
    mutating func grow(_ bin: LogBin, from empty: @autoclosure () -> Content, by change: (inout Content) -> Void) {
        let place = place(of: bin)
        if place == bins.count || bins[place] != bin {
            bins.insert(bin, at: place)
            contents.insert(empty(), at: place)
        }
        change(&contents[place])
    }

    /// Changes the content of a bin that has an entry, and drops the entry where `change` says that nothing is left.
    mutating func shrink(_ bin: LogBin, by change: (inout Content) -> Bool) {
        let place = place(of: bin)
        precondition(place < bins.count && bins[place] == bin, "taking from a bin that holds nothing")
        if change(&contents[place]) {
            bins.remove(at: place)
            contents.remove(at: place)
        }
    }
}

extension SparseBins {
    /// Writes the number of entries, and for each its distance to the bin before, minus 1, and its content. The first
    /// distance is that to the place below the lowest bin.
    func write(to writer: inout ByteWriter, content: (Content, inout ByteWriter) -> Void) {
        writer.write(UInt128(bins.count))
        var next = Int(LogBin.lowest.index)
        for (bin, entry) in zip(bins, contents) {
            writer.write(UInt128(Int(bin.index) - next))
            content(entry, &writer)
            next = Int(bin.index) + 1
        }
    }

    /// Reads what `write` wrote; nil for bins that do not exist, and where `content` refuses what it reads.
    init?(from reader: inout ByteReader, content: (inout ByteReader, LogBin) -> Content?) {
        guard let count = reader.readCount() else { return nil }
        var next = Int(LogBin.lowest.index)
        // There may be fewer entries than the count says: nothing is reserved for it.
        for _ in 0..<count {
            guard let gap = reader.readCount(), gap <= Int64(UInt32.max),
                let bin = LogBin(index: next + Int(gap)),
                let entry = content(&reader, bin)
            else { return nil }
            bins.append(bin)
            contents.append(entry)
            next = Int(bin.index) + 1
        }
    }
}
