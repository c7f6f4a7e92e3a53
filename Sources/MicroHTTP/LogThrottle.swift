import Synchronization

/// Limits how often a line is logged. Lines that differ only in numbers count as the same line.
final class LogThrottle: Sendable {
    private static let interval: UInt64 = 10_000_000_000
    /// The most kinds of lines to remember.
    private static let kindsMax = 64

    private let kinds = Mutex<[String: Kind]>([:])

    private struct Kind {
        var last: UInt64
        var suppressed = 0
    }

    /// The line to log; nil if it is suppressed.
    func passing(_ line: String) -> String? {
        let now = Clock.now
        let name = String(line.prefix(120).unicodeScalars.filter { !("0"..."9").contains($0) })
        return kinds.withLock { kinds in
            guard var kind = kinds[name] else {
                if kinds.count >= Self.kindsMax { kinds = [:] }
                kinds[name] = Kind(last: now)
                return line
            }
            guard now - kind.last >= Self.interval else {
                kind.suppressed += 1
                kinds[name] = kind
                return nil
            }
            kinds[name] = Kind(last: now)
            return kind.suppressed > 0 ? "\(line) (\(kind.suppressed) more like this)" : line
        }
    }
}
