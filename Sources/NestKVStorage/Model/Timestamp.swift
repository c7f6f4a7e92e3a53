import MicroText

#if canImport(Glibc)
    import Glibc
#endif

/// A point in time: milliseconds since 1970-01-01T00:00:00Z by the wall clock of the process.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since the epoch.
    public let milliseconds: Int64

    /// A time from milliseconds since the epoch.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The time now.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// The time after a duration, with millisecond precision. Later times than the latest possible one are limited to
    /// it.
    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let (milliseconds, isBeyond) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isBeyond else { return latest }
        let later = time.milliseconds.addingReportingOverflow(milliseconds + attoseconds / 1_000_000_000_000_000)
        return later.overflow ? latest : min(Timestamp(milliseconds: later.partialValue), latest)
    }

    /// The end of the year 9999, the last that RFC 3339 can write.
    private static let latest = Timestamp(milliseconds: 253_402_300_799_999)

    /// Whole seconds since the epoch, rounded down, which is the precision of HTTP dates.
    public var seconds: Int64 {
        milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-01-02T03:04:05.678Z`.
    public var rfc3339: String {
        String(unsafeUninitializedCapacity: Self.rfc3339Length) { text in
            writeRFC3339(to: text)
            return Self.rfc3339Length
        }
    }

    /// The bytes of ``rfc3339``.
    public static let rfc3339Length = 24

    /// Writes ``rfc3339`` without making a string.
    public func writeRFC3339(to text: UnsafeMutableBufferPointer<UInt8>) {
        let (date, second) = CivilDate.at(secondsSinceEpoch: Int(seconds))
        let fraction = Int(milliseconds - seconds * 1000)
        text.write("0000-00-00T00:00:00.000Z", at: 0)
        text.write(date.year, digits: 4, at: 0)
        text.write(date.month, digits: 2, at: 5)
        text.write(date.day, digits: 2, at: 8)
        text.write(second / 3600, digits: 2, at: 11)
        text.write(second / 60 % 60, digits: 2, at: 14)
        text.write(second % 60, digits: 2, at: 17)
        text.write(fraction, digits: 3, at: 20)
    }
}
