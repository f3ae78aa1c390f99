import HooklineEvents
import HooklinePrimitives
import HooklineStorage
import Logging
import NIOCore
import ServiceLifecycle

/// Delivers for as long as the process runs: holds leases, feeds the engine, and writes what it did.
struct DeliveryWorker: Service {
    private let engine: DeliveryEngine
    private let leases: LeaseStore
    private let client: WebhookClient
    private let database: any Database
    private let node: String
    private let isAlone: Bool
    private let logger: Logger

    static let pollInterval = Duration.seconds(1)
    static let renewInterval = Duration.seconds(3)
    /// How long a shutdown waits for exchanges that are under way; those that last longer are delivered again.
    static let drainTimeout = Duration.seconds(7)
    private static let drainInterval = Duration.milliseconds(20)
    private static let retryInterval = Duration.milliseconds(200)

    /// - Parameters:
    ///   - isAlone: whether no other process can use the database.
    init(
        _ engine: DeliveryEngine,
        client: WebhookClient,
        database: any Database,
        node: String,
        isAlone: Bool,
        logger: Logger
    ) {
        self.engine = engine
        self.client = client
        self.database = database
        self.node = node
        self.isAlone = isAlone
        self.logger = logger
        leases = LeaseStore(database: database)
    }

    func run() async throws {
        await withTaskGroup { group in
            group.addTask {
                await cancelWhenGracefulShutdown { await holdLeases() }
            }
            group.addTask {
                await cancelWhenGracefulShutdown { await feed() }
                engine.stop()
            }
            // Goes on while the exchanges end that are under way.
            group.addTask { await flush() }
            try? await gracefulShutdown()
            engine.stop()
            await drain()
            group.cancelAll()
        }
        await client.shutdown()
        await release()
    }

    // MARK: Leases

    private func holdLeases() async {
        while !Task.isCancelled {
            do {
                if isAlone {
                    // Nobody else can take them.
                    engine.setBuckets(try await leases.renew(node: node, isAlone: true), until: nil)
                    return
                }
                try await renewLeases()
            } catch is CancellationError {
            } catch {
                // Without its leases a node must not go on: another may hold them soon.
                logger.warning("The leases of webhooks are not renewed", metadata: ["error": "\(error)"])
                engine.setBuckets([], until: nil)
            }
            try? await Task.sleep(for: Self.renewInterval)
        }
    }

    private func renewLeases() async throws {
        // Counted from before the call: the database may take its time to answer.
        let until = ContinuousClock.now + .milliseconds(leases.leaseMilliseconds)
        var held = try await leases.renew(node: node, isAlone: false)
        let surplus = try await leases.surplus(of: node, held: held.count)
        if surplus > 0 {
            let given = engine.giveUp(surplus)
            held.subtract(given)
            try await leases.release(given, node: node)
        }
        engine.setBuckets(held, until: until)
    }

    private func release() async {
        do {
            try await leases.leave(node: node)
        } catch {
            logger.warning("The leases of webhooks run out by themselves", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Work

    private func feed() async {
        let wake = WakeUps(
            database.announcements(of: Dispatcher.dispatched),
            engine.feedSignal,
            every: Self.pollInterval
        )
        await wake.forEach {
            do {
                while try await engine.feed(), !Task.isCancelled {}
            } catch is CancellationError {
            } catch {
                logger.warning("Deliveries wait for the database", metadata: ["error": "\(error)"])
            }
        }
    }

    private func flush() async {
        for await _ in engine.flushSignal {
            await flushAll()
            if Task.isCancelled { return }
        }
    }

    private func flushAll() async {
        while true {
            do {
                guard try await engine.flush() else { return }
            } catch {
                logger.warning("Outcomes of deliveries wait for the database", metadata: ["error": "\(error)"])
                guard (try? await Task.sleep(for: Self.retryInterval)) != nil else { return }
            }
        }
    }

    /// Waits for the exchanges that are under way, and for what they decided to be written.
    private func drain() async {
        let deadline = ContinuousClock.now + Self.drainTimeout
        while engine.isBusy, ContinuousClock.now < deadline {
            try? await Task.sleep(for: Self.drainInterval)
        }
    }
}
