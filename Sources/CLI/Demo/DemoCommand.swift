import ArgumentParser
import HooklinePrimitives
import Synchronization

/// `hookline demo`
struct DemoCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Simulates viewers in three experiments, and decides them.",
        discussion: """
            The viewers are invented; everything else is real: they are allocated, watch and click over the HTTP API. One \
            experiment has a winner, one compares a video with itself, and one is broken. The status is 0 where all three \
            are decided as they should be.
            """
    )

    @Option(help: ArgumentHelp("How many viewers each experiment is planned for.", valueName: "count"))
    var viewers = DemoPlan.defaultViewers

    @Option(help: ArgumentHelp("How long they take to arrive, if the server keeps up.", valueName: "seconds"))
    var seconds = DemoPlan.defaultSeconds

    @Option(help: ArgumentHelp("Another one makes other viewers.", valueName: "number"))
    var seed = DemoPlan.defaultSeed

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard DemoPlan.acceptedViewers.contains(viewers) else {
            throw ValidationError("--viewers is \(viewers); accepted are \(Self.text(DemoPlan.acceptedViewers))")
        }
        guard DemoPlan.acceptedSeconds.contains(seconds) else {
            throw ValidationError("--seconds is \(seconds); accepted are \(Self.text(DemoPlan.acceptedSeconds))")
        }
    }

    private static func text(_ range: ClosedRange<some Any>) -> String { "\(range.lowerBound) to \(range.upperBound)" }

    func run(_ client: any Client, _ console: Console) async throws {
        let start = ContinuousClock.now
        let number = try await DemoRun.freeRun(client)
        let plan = DemoPlan(viewers: viewers, seconds: seconds, seed: seed, run: number)
        let demo = DemoRun(client, plan)
        let screen = DemoScreen(plan: plan)
        for line in screen.intro(place: client.place) { console.line(line) }
        let (webhook, line) = try await DemoWebhook.subscribe(client)
        console.line(line)
        console.line()
        try await demo.begin()

        let display = DemoDisplay(screen, console)
        try await demo.serveViewers(every: display.interval) {
            display.show(arrived: demo.arrived, results: try await demo.results())
        }
        var (results, verdicts): ([ExperimentResult], [String: DemoVerdict]) = ([], [:])
        var (deliveries, areAllDelivered): ([String], Bool) = ([], true)
        for experiment in plan.experiments {
            let result = try await demo.countedResult(of: experiment)
            let verdict = DemoVerdict(result)
            let decidedAt = ContinuousClock.now
            try await demo.conclude(experiment, verdict)
            results.append(result)
            verdicts[experiment.id] = verdict
            guard let webhook else { continue }
            let arrival = try await webhook.arrival(of: experiment.id)
            areAllDelivered = areAllDelivered && arrival?.isVerified == true && arrival?.winner == verdict.winner
            let text = arrival?.line(experiment.id, decidedAt: decidedAt)
            deliveries.append(text ?? "NO WEBHOOK of \(experiment.id) has arrived")
        }
        await webhook?.end()
        display.showFinal(arrived: demo.arrived, results: results, verdicts: verdicts)
        console.line()
        let report = DemoReport(
            plan: plan,
            results: results,
            verdicts: verdicts,
            sameLooks: display.sameLooks,
            took: ContinuousClock.now - start
        )
        for line in report.lines + deliveries { console.line(line) }
        console.line()
        for line in DemoReport.next(plan, connection, place: client.place) { console.line(line) }
        if !report.surprises.isEmpty || !areAllDelivered { throw ExitCode.failure }
    }
}
