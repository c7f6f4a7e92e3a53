import CoreMetrics
import Synchronization

/// A number that only rises.
final class CounterCell: CounterHandler {
    private let count = Atomic<UInt64>(0)

    var value: UInt64 { count.load(ordering: .relaxed) }

    func increment(by amount: Int64) { count.wrappingAdd(UInt64(clamping: amount), ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }
}

/// A number that rises and falls.
final class GaugeCell: MeterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func increment(by amount: Double) { change(by: amount) }
    func decrement(by amount: Double) { change(by: -amount) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }

    private func change(by amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let outcome = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if outcome.exchanged { return }
            old = outcome.original
        }
    }
}

/// A histogram of durations. Recording costs two additions.
final class HistogramCell: TimerHandler {
    /// Upper bounds in nanoseconds: those recommended by OpenTelemetry for HTTP, and some smaller ones.
    ///
    /// - SeeAlso: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
    static let bounds: [UInt64] = [
        25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
        75_000_000, 100_000_000, 250_000_000, 500_000_000, 750_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000,
        7_500_000_000, 10_000_000_000,
    ]

    private final class Bucket: Sendable {
        let count = Atomic<UInt64>(0)
    }

    private let buckets = (0...bounds.count).map { _ in Bucket() }
    private let sum = Atomic<UInt64>(0)

    /// The number of durations up to each bound, then of all durations.
    var cumulativeCounts: [UInt64] {
        var total: UInt64 = 0
        return buckets.map { bucket in
            total += bucket.count.load(ordering: .relaxed)
            return total
        }
    }

    /// The sum of all durations in nanoseconds.
    var sumNanoseconds: UInt64 { sum.load(ordering: .relaxed) }

    func recordNanoseconds(_ duration: Int64) {
        let nanoseconds = UInt64(clamping: duration)
        var index = 0
        while index < Self.bounds.count, nanoseconds > Self.bounds[index] { index += 1 }
        buckets[index].count.wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(nanoseconds, ordering: .relaxed)
    }
}
