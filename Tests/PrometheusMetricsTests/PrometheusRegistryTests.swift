import CoreMetrics
import Testing

@testable import PrometheusMetrics

struct PrometheusRegistryTests {
    private let registry = PrometheusRegistry(help: ["requests_total": "Requests.", "level": "Level."])

    @Test func `counters and gauges are written with their labels, sorted`() {
        registry.makeCounter(label: "requests_total", dimensions: [("path", "b\"\n\\")]).increment(by: 2)
        registry.makeCounter(label: "requests_total", dimensions: [("path", "a")]).increment(by: 1)
        registry.makeCounter(label: "requests_total", dimensions: [("path", "a")]).increment(by: 1)
        let gauge = registry.makeMeter(label: "level", dimensions: [])
        gauge.set(2.5)
        gauge.increment(by: 1)
        gauge.decrement(by: 3)
        let expected = #"""
            # HELP level Level.
            # TYPE level gauge
            level 0.5
            # HELP requests_total Requests.
            # TYPE requests_total counter
            requests_total{path="a"} 2
            requests_total{path="b\"\n\\"} 2

            """#
        #expect(registry.exposition() == expected)
    }

    @Test func `a timer is a histogram in seconds with cumulative buckets`() throws {
        let timer = registry.makeTimer(label: "duration_seconds", dimensions: [("op", "get")])
        for nanoseconds: Int64 in [1, 25_000, 25_001, 1_000_000_000, 60_000_000_000] {
            timer.recordNanoseconds(nanoseconds)
        }
        let lines = registry.exposition().split(separator: "\n").map(String.init)
        #expect(lines.contains(#"duration_seconds_bucket{op="get",le="2.5e-05"} 2"#))
        #expect(lines.contains(#"duration_seconds_bucket{op="get",le="5e-05"} 3"#))
        #expect(lines.contains(#"duration_seconds_bucket{op="get",le="1"} 4"#))
        #expect(lines.contains(#"duration_seconds_bucket{op="get",le="10"} 4"#))
        #expect(lines.contains(#"duration_seconds_bucket{op="get",le="+Inf"} 5"#))
        #expect(lines.contains(#"duration_seconds_sum{op="get"} 61.000050002"#))
        #expect(lines.contains(#"duration_seconds_count{op="get"} 5"#))
    }
}
