import Foundation
import HooklineApp
import Metrics
import Synchronization
import Testing

struct PrometheusRegistryTests {
    private func parsed(_ registry: PrometheusRegistry) -> ExpositionParser {
        let parser = ExpositionParser(registry.exposition())
        #expect(parser.problems == [])
        return parser
    }

    @Test func writesEachKind() {
        let registry = PrometheusRegistry(
            buckets: ["size": PrometheusBuckets([1, 10])],
            help: ["events": "Events, \\ and\nmore."]
        )
        Counter(label: "events", dimensions: [("kind", "view")], factory: registry).increment(by: 3)
        Gauge(label: "queue.depth", factory: registry).record(7)
        let recorder = Recorder(label: "size", factory: registry)
        for value in [0.5, 1, 2, 10, 11] { recorder.record(value) }
        registry.gauge("lag", help: "Lag.") { 1.5 }
        #expect(
            registry.exposition() == #"""
                # HELP events_total Events, \\ and\nmore.
                # TYPE events_total counter
                events_total{kind="view"} 3
                # HELP hookline_metrics_overflow_total Series that were asked for beyond the limit, and so were not kept apart.
                # TYPE hookline_metrics_overflow_total counter
                hookline_metrics_overflow_total 0
                # HELP lag Lag.
                # TYPE lag gauge
                lag 1.5
                # TYPE queue_depth gauge
                queue_depth 7.0
                # TYPE size histogram
                size_bucket{le="1.0"} 2
                size_bucket{le="10.0"} 4
                size_bucket{le="+Inf"} 5
                size_sum 24.5
                size_count 5

                """#
        )
        _ = parsed(registry)
    }

    @Test func countsOnlyUpwards() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "a_total", factory: registry)
        counter.increment()
        counter.increment(by: -5)
        let double = FloatingPointCounter(label: "b", factory: registry)
        for amount in [0.5, -1, .infinity, .nan, 0.25] { double.increment(by: amount) }
        #expect(parsed(registry).value("a_total") == 1)
        #expect(parsed(registry).value("b_total") == 0.75)
        counter.reset()
        double.reset()
        #expect(parsed(registry).value("a_total") == 0)
        #expect(parsed(registry).value("b_total") == 0)
        // Whole numbers beyond 2^53 are exact.
        counter.increment(by: Int64(9_007_199_254_740_993))
        #expect(registry.exposition().contains("a_total 9007199254740993\n"))
    }

    @Test func addsWholeAndFractionalIncrementsOfOneName() {
        let registry = PrometheusRegistry()
        Counter(label: "c", factory: registry).increment(by: 2)
        FloatingPointCounter(label: "c_total", factory: registry).increment(by: 0.5)
        #expect(parsed(registry).value("c_total") == 2.5)
    }

    @Test func metersGoUpAndDown() {
        let registry = PrometheusRegistry()
        let meter = Meter(label: "active", factory: registry)
        meter.set(5)
        meter.increment(by: 2.5)
        meter.decrement()
        #expect(parsed(registry).value("active") == 6.5)
        meter.set(-Double.infinity)
        #expect(parsed(registry).value("active") == -.infinity)
        meter.set(Double.nan)
        #expect(parsed(registry).value("active")?.isNaN == true)
    }

    @Test func timesInSeconds() {
        let registry = PrometheusRegistry()
        let timer = Timer(label: "request.duration", dimensions: [("route", "/v1")], factory: registry)
        timer.recordMilliseconds(2)
        timer.recordSeconds(100)
        timer.recordNanoseconds(-1)
        let seen = parsed(registry)
        #expect(seen.types["request_duration_seconds"] == "histogram")
        #expect(seen.value("request_duration_seconds_count", ["route": "/v1"]) == 3)
        #expect(seen.value("request_duration_seconds_sum", ["route": "/v1"]) == 100.002)
        #expect(seen.value("request_duration_seconds_bucket", ["route": "/v1", "le": "0.001"]) == 1)
        #expect(seen.value("request_duration_seconds_bucket", ["route": "/v1", "le": "0.0025"]) == 2)
        #expect(seen.value("request_duration_seconds_bucket", ["route": "/v1", "le": "30.0"]) == 2)
        #expect(seen.value("request_duration_seconds_bucket", ["route": "/v1", "le": "+Inf"]) == 3)
    }

    @Test func sharesASeriesOfEqualDimensions() {
        let registry = PrometheusRegistry()
        Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        #expect(parsed(registry).value("c_total", ["a": "1", "b": "2"]) == 2)
    }

    @Test func keepsToTheGrammar() {
        let registry = PrometheusRegistry()
        let labels = [
            ("9lives", "1"), ("a.b", "2"), ("a-b", "3"), ("le", "4"), ("__name__", "5"), ("", "6"), ("grün", "7"),
            ("value", "a\"b\\c\nd,e}f=\"é\""), ("long", String(repeating: "x", count: 10_000)),
        ]
        Counter(label: "http.server/requests-é", dimensions: labels, factory: registry).increment()
        Counter(label: "1st", factory: registry).increment()
        Counter(label: "", factory: registry).increment()
        Recorder(label: "sizes", dimensions: [("le", "4")], factory: registry).record(1)
        let seen = parsed(registry)
        let expected = [
            "_9lives": "1", "a_b": "2", "exported_le": "4", "exported___name__": "5", "_": "6", "gr_n": "7",
            "value": "a\"b\\c\nd,e}f=\"é\"", "long": String(repeating: "x", count: 256),
        ]
        #expect(seen.value("http_server_requests___total", expected) == 1)
        #expect(seen.value("_1st_total") == 1)
        #expect(seen.value("__total") == 1)
        #expect(seen.value("sizes_bucket", ["exported_le": "4", "le": "1.0"]) == 1)
    }

    @Test func keepsKindsOfOneNameApart() {
        let registry = PrometheusRegistry()
        Recorder(label: "size", factory: registry).record(3)
        Meter(label: "size", factory: registry).set(1)
        Meter(label: "size_count", factory: registry).set(2)
        let seen = parsed(registry)
        #expect(seen.value("size_count") == 1)
        #expect(seen.value("size_gauge") == 1)
        #expect(seen.value("size_count_gauge") == 2)
    }

    @Test func collapsesSeriesBeyondTheLimit() {
        let registry = PrometheusRegistry(maximumSeriesPerName: 3)
        for number in 0..<10 {
            Counter(label: "c", dimensions: [("id", String(number))], factory: registry).increment()
            Timer(label: "t", dimensions: [("id", String(number))], factory: registry).recordSeconds(1)
        }
        // Those that were there before the limit are still found.
        Counter(label: "c", dimensions: [("id", "2")], factory: registry).increment()
        let seen = parsed(registry)
        #expect(seen.value("c_total", ["id": "0"]) == 1)
        #expect(seen.value("c_total", ["id": "2"]) == 2)
        #expect(seen.value("c_total", ["id": "3"]) == nil)
        #expect(seen.value("c_total", ["overflow": "true"]) == 7)
        #expect(seen.value("t_seconds_count", ["overflow": "true"]) == 7)
        #expect(seen.value("hookline_metrics_overflow_total") == 14)
    }

    @Test func limitsTheNumberOfNames() {
        let registry = PrometheusRegistry()
        for number in 0..<3000 { Counter(label: "c\(number)", factory: registry).increment() }
        let seen = parsed(registry)
        #expect(seen.types.count == 2000)
        #expect(seen.value("hookline_metrics_overflow_total") == 1001)
    }

    @Test func forgetsWhatIsDestroyed() {
        let registry = PrometheusRegistry()
        let first = Counter(label: "c", dimensions: [("id", "1")], factory: registry)
        let timer = Timer(label: "t", factory: registry)
        first.increment()
        timer.recordSeconds(1)
        first.destroy()
        timer.destroy()
        #expect(!registry.exposition().contains("c_total"))
        #expect(!registry.exposition().contains("t_seconds"))
        Counter(label: "c", dimensions: [("id", "1")], factory: registry).increment(by: 2)
        #expect(parsed(registry).value("c_total", ["id": "1"]) == 2)
    }

    @Test func asksGaugesAtEachScrape() {
        let registry = PrometheusRegistry()
        let calls = Mutex(0.0)
        registry.gauge("calls", help: "Calls.", labels: [("of", "a")]) {
            // Making a metric inside of a scrape must not lock up.
            Counter(label: "scrapes", factory: registry).increment()
            return calls.withLock { calls in
                calls += 1
                return calls
            }
        }
        registry.counter("work", help: "Work.") { 2.5 }
        #expect(parsed(registry).value("calls", ["of": "a"]) == 1)
        #expect(parsed(registry).value("calls", ["of": "a"]) == 2)
        #expect(parsed(registry).value("work_total") == 2.5)
        #expect(parsed(registry).types["work_total"] == "counter")
        registry.gauge("calls", help: "Calls.", labels: [("of", "a")]) { 9 }
        #expect(parsed(registry).value("calls", ["of": "a"]) == 9)
    }

    @Test func losesNothingUnderConcurrency() async {
        let registry = PrometheusRegistry()
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<1000 {
                        Counter(label: "c", dimensions: [("n", String(number % 7))], factory: registry).increment()
                        FloatingPointCounter(label: "f", factory: registry).increment(by: 0.5)
                        Timer(label: "t", factory: registry).recordNanoseconds(1_000_000_000)
                        if number % 200 == task { #expect(ExpositionParser(registry.exposition()).problems == []) }
                    }
                }
            }
        }
        let seen = parsed(registry)
        #expect((0..<7).compactMap { seen.value("c_total", ["n": String($0)]) }.reduce(0, +) == 8000)
        #expect(seen.value("f_total") == 4000)
        #expect(seen.value("t_seconds_count") == 8000)
        #expect(seen.value("t_seconds_sum") == 8000)
    }

    @Test func tellsOfItsProcess() throws {
        let registry = PrometheusRegistry()
        ProcessMetrics.register(in: registry)
        let seen = parsed(registry)
        #expect(try #require(seen.value("process_cpu_seconds_total")) > 0)
        #expect(try #require(seen.value("process_max_fds")) > 0)
        #if os(Linux)
            let resident = try #require(seen.value("process_resident_memory_bytes"))
            #expect(resident > 1_000_000)
            #expect(try #require(seen.value("process_virtual_memory_bytes")) >= resident)
            #expect(try #require(seen.value("process_open_fds")) >= 3)
            // The start is in the past, and no longer ago than a day of testing.
            let now = Double(nowSeconds())
            let start = try #require(seen.value("process_start_time_seconds"))
            #expect(start <= now + 1)
            #expect(start > now - 86_400)
        #endif
    }
}

private func nowSeconds() -> Int { time(nil) }
