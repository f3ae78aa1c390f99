/// How evenly the machine lets its cores work. Where cores are shared with somebody else, they stand still now and then without any
/// count of it here, and no server answers meanwhile: what that does to the slowest answers is not the server's.
enum CoreSpeed {
    private static let windowNanoseconds: Int64 = 5_000_000
    private static let windows = 400

    /// What a core gets done in the slowest hundredth of windows of 5 ms, as a share of the median, with all cores at work.
    static func slowestShare() throws -> Double {
        let cores = try Threads(Machine.cores) { _ in work() }.values()
        let all = cores.joined().sorted()
        return all[all.count / 2] > 0 ? Double(all[all.count / 100]) / Double(all[all.count / 2]) : 0
    }

    /// How much was done in each window.
    private static func work() -> [Int] {
        var counts = [Int](repeating: 0, count: windows)
        var random = FastRandom(seed: 1)
        let start = Machine.nanoseconds()
        while case let window = Int((Machine.nanoseconds() - start) / windowNanoseconds), window < windows {
            for _ in 0..<100 { _ = random.next() }
            counts[window] += 1
        }
        Sink.take(random.next())
        return counts
    }
}
