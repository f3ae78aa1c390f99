import Foundation
import Synchronization

/// Runs a blocking body on so many threads of its own.
struct Threads<Value: Sendable>: Sendable {
    private let results = Results()
    private let running = DispatchGroup()

    private final class Results: Sendable {
        let all = Mutex<[Int: Result<Value, any Error>]>([:])
    }

    init(_ count: Int, body: @escaping @Sendable (_ index: Int) throws -> Value) {
        for index in 0..<count {
            running.enter()
            let thread = Thread { [results, running] in
                let result = Result { try body(index) }
                results.all.withLock { $0[index] = result }
                running.leave()
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// Waits for all, and answers in their order.
    func values() throws -> [Value] {
        running.wait()
        return try results.all.withLock { $0 }.sorted { $0.key < $1.key }.map { try $0.value.get() }
    }
}
