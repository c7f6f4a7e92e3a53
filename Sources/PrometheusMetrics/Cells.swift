import CoreMetrics
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

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

    /// The stripes, a power of two. Threads count in different ones, because each addition to memory that another
    /// thread has just changed waits for that thread's processor.
    private static let stripeCount = 8
    /// The numbers of a stripe: a count for each bucket, and the sum. Rounded up to whole lines of the processor's
    /// cache.
    private static let stripeSize = (bounds.count + 2 + 7) & ~7

    // There is no array of atomics that can be made without copying. The memory is freed with the cell, and atomics are
    // safe to share.
    nonisolated(unsafe) private let numbers: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        let count = Self.stripeCount * Self.stripeSize
        numbers = .allocate(capacity: count)
        for index in 0..<count { (numbers + index).initialize(to: Atomic(0)) }
    }

    deinit { numbers.deallocate() }

    /// The number of durations up to each bound, then of all durations.
    var cumulativeCounts: [UInt64] {
        var total: UInt64 = 0
        return (0...Self.bounds.count).map { bucket in
            total += self.total(of: bucket)
            return total
        }
    }

    /// The sum of all durations in nanoseconds.
    var sumNanoseconds: UInt64 { total(of: Self.bounds.count + 1) }

    private func total(of index: Int) -> UInt64 {
        (0..<Self.stripeCount).reduce(0) {
            $0 &+ numbers[$1 * Self.stripeSize + index].load(ordering: .relaxed)
        }
    }

    func recordNanoseconds(_ duration: Int64) {
        let nanoseconds = UInt64(clamping: duration)
        var index = 0
        while index < Self.bounds.count, nanoseconds > Self.bounds[index] { index += 1 }
        let stripe = numbers + Self.ownStripe * Self.stripeSize
        stripe[index].wrappingAdd(1, ordering: .relaxed)
        stripe[Self.bounds.count + 1].wrappingAdd(nanoseconds, ordering: .relaxed)
    }

    /// The stripe of the calling thread. The numbers of threads are addresses, whose low bits are the same.
    private static var ownStripe: Int {
        Int((UInt64(pthread_self()) &* 0x9E37_79B9_7F4A_7C15) >> 32) & (stripeCount - 1)
    }
}
