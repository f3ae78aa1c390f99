import Testing

@testable import HooklineStorageSQLite

@Suite struct CheckpointScheduleTests {
    private let distance = CheckpointSchedule.copyPages

    @Test func aShortLogIsLeftAlone() {
        var schedule = CheckpointSchedule()
        #expect([0, 1, distance / 2, distance - 1].allSatisfy { schedule.next(pages: $0) == .none })
    }

    /// A log that could be copied whole starts anew by itself.
    @Test func aLogThatStartsAnewIsCopiedAtTheSameLengthAgain() {
        var schedule = CheckpointSchedule()
        #expect(schedule.next(pages: distance) == .copy)
        #expect(schedule.next(pages: 3) == .none)
        #expect(schedule.next(pages: distance + 1) == .copy)
    }

    /// A reader that holds the log must not make every commit copy and sync.
    @Test func aLogThatGrowsIsCopiedOnceADistance() {
        var schedule = CheckpointSchedule()
        let actions = (1..<2 * distance).map { schedule.next(pages: $0) }
        #expect(actions.count { $0 == .copy } == 1)
    }

    @Test func aLongLogIsWaitedForOnceADistance() {
        var schedule = CheckpointSchedule()
        let actions = (1...40_000).map { schedule.next(pages: $0) }
        #expect(actions.count { $0 == .restart } == 2)
        #expect(actions.firstIndex(of: .restart)! >= Int(CheckpointSchedule.restartPages) - 1)
    }
}
