/// What the command line asks for.
struct Options {
    enum Name: String, CaseIterable {
        case allocate, evaluate, ofrep, inference, analysis, ingest, single, fold
        case catchUp = "catch-up"
        case rest
        case webhookEnqueue = "webhook-enqueue"
        case webhookDeliver = "webhook-deliver"
        case webhookLatency = "webhook-latency"
        case webhookFanout = "webhook-fanout"
        case webhookIsolation = "webhook-isolation"
        case webhookOutage = "webhook-outage"
        case webhookWaiting = "webhook-waiting"
    }

    var names: [Name] = []
    var isFull = false
    var analysisEvents = 1_000_000
    var seconds = 10.0
    var foldSeconds = 60.0
    var clients = 16
    var deliveries = 30_000
    var json: String?
    var binary = ".build/release/hookline"
    var directory = "/tmp"

    static let usage = """
        usage: scripts/bench [FIGURE...] [--full] [--seconds N] [--fold-seconds N] [--json FILE] [--directory DIR]

        FIGURE is \(Name.allCases.map(\.rawValue).joined(separator: ", ")); all where none is given.
          --full            10 million events for the analysis, ingest also with 4 million stored rows, 100 thousand
                            events that wait for webhook-outage and 1 million deliveries for webhook-waiting
          --events N        how many events the second analysis has folded (1000000)
          --seconds N       how long each load is measured, after a warm-up of a fifth of it (10)
          --fold-seconds N  how long the load of the fold lasts (60)
          --clients N       connections that send batches, for ingest and fold (16)
          --deliveries N    events of webhook-deliver (30000)
          --json FILE       keep the report
          --directory DIR   where databases are made, on the disk to measure (/tmp)
          --binary FILE     the server (.build/release/hookline)
        """

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--full": (isFull, analysisEvents) = (true, 10_000_000)
            case "--events": analysisEvents = try Self.count(argument, rest.popFirst(), in: 1000...100_000_000)
            case "--clients": clients = try Self.count(argument, rest.popFirst(), in: 1...512)
            case "--deliveries": deliveries = try Self.count(argument, rest.popFirst(), in: 1000...10_000_000)
            case "--seconds": seconds = try Self.seconds(argument, rest.popFirst())
            case "--fold-seconds": foldSeconds = try Self.seconds(argument, rest.popFirst())
            case "--json": json = try Self.value(argument, rest.popFirst())
            case "--directory": directory = try Self.value(argument, rest.popFirst())
            case "--binary": binary = try Self.value(argument, rest.popFirst())
            default:
                guard let name = Name(rawValue: argument) else {
                    throw Failure("unknown: \(argument)\n\(Self.usage)")
                }
                names.append(name)
            }
        }
        if names.isEmpty { names = Name.allCases }
    }

    private static func value(_ option: String, _ value: String?) throws -> String {
        guard let value else { throw Failure("\(option) needs a value\n\(usage)") }
        return value
    }

    private static func count(_ option: String, _ value: String?, in range: ClosedRange<Int>) throws -> Int {
        guard let count = value.flatMap({ Int($0) }), range.contains(count) else {
            throw Failure("\(option) needs a number, \(range.lowerBound) to \(range.upperBound)\n\(usage)")
        }
        return count
    }

    private static func seconds(_ option: String, _ value: String?) throws -> Double {
        guard let seconds = value.flatMap({ Double($0) }), (1...3600).contains(seconds) else {
            throw Failure("\(option) needs a number of seconds, 1 to 3600\n\(usage)")
        }
        return seconds
    }
}
