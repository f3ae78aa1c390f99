import HooklinePrimitives

/// Runs the experiments of a demonstration over the HTTP API.
struct DemoRun: Sendable {
    let client: any Client
    let plan: DemoPlan
    private let progress: DemoProgress
    private let retry = Retry()

    /// So many viewers are served at a time.
    static let concurrentViewers = 16
    /// The most events of one request.
    static let eventsPerRequest = 1000
    private static let timeBetweenBatches = Duration.milliseconds(200)
    private static let maximumRuns = 10_000
    private static let maximumCountingSeconds = 60
    private static let waitPerRequestMilliseconds = 10_000

    init(_ client: any Client, _ plan: DemoPlan) {
        (self.client, self.plan) = (client, plan)
        progress = DemoProgress(plan)
    }

    /// How many viewers of each experiment were allocated.
    var arrived: [Int] { progress.arrived }

    /// The first run of which no experiment exists yet.
    static func freeRun(_ client: any Client) async throws -> Int {
        for run in 1...maximumRuns {
            var isFree = true
            for scenario in DemoExperiment.Scenario.allCases where isFree {
                let id = DemoExperiment(scenario, run: run, seed: 0).id
                let answer = try await client.send(ClientRequest(.get, "experiments", id))
                if answer.isSuccess { isFree = false; continue }
                guard answer.status == 404 else {
                    throw ClientError.refused(ServerProblem(answer), place: client.place)
                }
            }
            if isFree { return run }
        }
        throw ClientError.unusable("this database has had \(maximumRuns) demonstrations; take a new one")
    }

    /// Creates and starts the experiments.
    func begin() async throws {
        for experiment in plan.experiments {
            _ = try await client.succeed(
                ClientRequest(.post, "experiments", json: experiment.definition(viewers: plan.viewers))
            )
            _ = try await client.succeed(ClientRequest(.post, "experiments", experiment.id, "start"))
        }
    }

    /// Lets all viewers arrive, and calls `look` in between.
    ///
    /// - Parameter look: is called again and again, at these intervals, until everything was sent.
    func serveViewers(every interval: Duration, _ look: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await arrive()
                progress.endArrivals()
            }
            group.addTask {
                try await sendEvents()
                progress.end()
            }
            group.addTask {
                while !progress.isOver {
                    try await look()
                    try await Task.sleep(for: interval)
                }
            }
            // The first error ends the others, which waiting for all of them would not.
            while try await group.next() != nil {}
        }
    }

    private func arrive() async throws {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.concurrentViewers {
                group.addTask {
                    while let arrival = progress.nextArrival() {
                        try await Task.sleep(until: start + plan.time(of: arrival))
                        try await serve(plan.viewer(at: arrival), ofExperiment: arrival % plan.experiments.count)
                    }
                }
            }
            while try await group.next() != nil {}
        }
    }

    /// One viewer: is told a variant, watches, and clicks or not.
    private func serve(_ viewer: DemoViewer, ofExperiment index: Int) async throws {
        let body: JSON = ["user_id": .string(viewer.id), "expose": .bool(!viewer.experiment.reportsExposures)]
        let request = ClientRequest(.post, "experiments", viewer.experiment.id, "allocate", json: body)
        let answer = try await retry.succeed(request, by: client).json(from: client.place)
        guard let variant = answer["variant"]?.string else { throw ClientError.notHookline(place: client.place) }
        progress.add(viewer.events(seeing: variant), toExperiment: index)
    }

    /// Sends what viewers do in batches, as a collector in front of a server would.
    private func sendEvents() async throws {
        while let events = progress.takeEvents(Self.eventsPerRequest) {
            if events.isEmpty {
                try await Task.sleep(for: Self.timeBetweenBatches)
                continue
            }
            let answer = try await retry.succeed(ClientRequest(.post, "events", json: .array(events)), by: client)
            let rejected = try answer.json(from: client.place)["rejected"]?.array ?? []
            if let first = rejected.first {
                throw ClientError.unusable("an event of the simulation was rejected: \(first.text)")
            }
            if events.count < Self.eventsPerRequest { try await Task.sleep(for: Self.timeBetweenBatches) }
        }
    }

    /// What the experiments look like now, without waiting for anything.
    func results() async throws -> [ExperimentResult] {
        var results: [ExperimentResult] = []
        for experiment in plan.experiments { results.append(try await result(of: experiment, waitMilliseconds: 0)) }
        return results
    }

    /// The results of an experiment after everything that was sent is counted: the one read that was planned.
    func countedResult(of experiment: DemoExperiment) async throws -> ExperimentResult {
        let deadline = ContinuousClock.now + .seconds(Self.maximumCountingSeconds)
        while true {
            let result = try await result(
                of: experiment,
                waitMilliseconds: Self.waitPerRequestMilliseconds,
                isPlannedRead: true
            )
            if result.isComplete { return result }
            guard ContinuousClock.now < deadline else {
                throw ClientError.unusable(
                    "the server has not counted its events after \(Self.maximumCountingSeconds) seconds"
                )
            }
        }
    }

    private func result(
        of experiment: DemoExperiment,
        waitMilliseconds: Int,
        isPlannedRead: Bool = false
    ) async throws -> ExperimentResult {
        let request = ClientRequest(
            .get,
            "experiments",
            experiment.id,
            "results",
            query: [
                ("metric", DemoExperiment.metric), ("wait_ms", "\(waitMilliseconds)"),
                ("planned_read", isPlannedRead ? "true" : nil),
            ]
        )
        return try ExperimentResult(try await client.json(request), from: client.place)
    }

    /// Ends an experiment with what was found.
    func conclude(_ experiment: DemoExperiment, _ verdict: DemoVerdict) async throws {
        let body: JSON? = verdict.winner.map { ["winner": .string($0)] }
        _ = try await client.succeed(ClientRequest(.post, "experiments", experiment.id, "conclude", json: body))
    }
}
