import Testing

@testable import HooklineStatistics

@Suite struct ChandrupatlaTests {
    @Test func findsRootsInFewSteps() {
        var calls = 0
        let root = Chandrupatla.root(from: 0, to: 4, tolerance: 1e-14) { x in
            calls += 1
            return x * x * x - 2 * x - 5
        }
        #expect((root - 2.0945514815423265).magnitude < 1e-14)
        #expect(calls < 16)
    }

    @Test func infiniteValuesLeadToBisection() {
        let root = Chandrupatla.root(from: 0, to: 10, tolerance: 1e-12) { $0 > 5 ? .infinity : $0 - 3 }
        #expect((root - 3).magnitude < 1e-12)
        let jump = Chandrupatla.root(from: 0, to: 10, tolerance: 1e-12) { $0 > 5 ? .infinity : -1 }
        #expect((jump - 5).magnitude < 1e-11)
    }

    @Test func anEndMayBeTheRoot() {
        #expect(Chandrupatla.root(from: 2, to: 7, tolerance: 1e-12) { $0 - 2 } == 2)
        #expect(Chandrupatla.root(from: 2, to: 7, tolerance: 1e-12) { $0 - 7 } == 7)
        // Without a change of sign it is the better of both.
        #expect(Chandrupatla.root(from: 2, to: 7, tolerance: 1e-12) { $0 + 1 } == 2)
    }
}
