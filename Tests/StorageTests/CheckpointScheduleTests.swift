import Testing

@testable import HooklineStorageSQLite

@Suite struct CheckpointScheduleTests {
    @Test func aShortLogIsLeftAlone() {
        var schedule = CheckpointSchedule()
        #expect([0, 1, 500, 999].allSatisfy { schedule.next(pages: $0) == .none })
    }

    /// A log that could be copied whole starts anew by itself.
    @Test func aLogThatStartsAnewIsCopiedAtTheSameLengthAgain() {
        var schedule = CheckpointSchedule()
        #expect(schedule.next(pages: 1000) == .copy)
        #expect(schedule.next(pages: 3) == .none)
        #expect(schedule.next(pages: 1001) == .copy)
    }

    /// A reader that holds the log must not make every commit copy and sync.
    @Test func aLogThatGrowsIsCopiedOnceADistance() {
        var schedule = CheckpointSchedule()
        let actions = (1...4000).map { schedule.next(pages: $0) }
        #expect(actions.count { $0 == .copy } == 4)
    }

    @Test func aLongLogIsWaitedForOnceADistance() {
        var schedule = CheckpointSchedule()
        let actions = (1...40_000).map { schedule.next(pages: $0) }
        #expect(actions.count { $0 == .restart } == 2)
        #expect(actions.firstIndex(of: .restart)! >= Int(CheckpointSchedule.restartPages) - 1)
    }
}
