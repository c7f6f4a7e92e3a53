import NestKVStorage
import Synchronization

/// Names for appended children. They are unique, and their byte order is the order in which they were made.
///
/// A name has 26 characters like a ULID: 48 bits of milliseconds and 80 random bits in Crockford's base 32, lower case.
/// Within one millisecond the random part is incremented, so that the names of one process keep their order.
final class TimeOrderedNames: Sendable {
    private struct Last {
        var milliseconds: UInt64 = 0
        var high: UInt16 = 0
        var low: UInt64 = 0
    }

    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private let last = Mutex(Last())

    func next() -> [UInt8] {
        let now = UInt64(clamping: Timestamp.now.milliseconds)
        let name = last.withLock { last in
            if now > last.milliseconds {
                last = Last(
                    milliseconds: now, high: .random(in: 0...UInt16.max / 2), low: .random(in: 0...UInt64.max))
            } else {
                let (sum, overflow) = last.low.addingReportingOverflow(1)
                last.low = sum
                if overflow { last.high &+= 1 }
            }
            return last
        }
        return Self.text(of: name)
    }

    private static func text(of name: Last) -> [UInt8] {
        var text = [UInt8](repeating: 0, count: 26)
        var time = name.milliseconds
        for index in (0..<10).reversed() {
            text[index] = digits[Int(time & 31)]
            time >>= 5
        }
        var random = UInt128(name.high) << 64 | UInt128(name.low)
        for index in (10..<26).reversed() {
            text[index] = digits[Int(random & 31)]
            random >>= 5
        }
        return text
    }
}
