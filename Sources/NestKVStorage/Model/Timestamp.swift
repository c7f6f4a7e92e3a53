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

/// A civil date of the proleptic Gregorian calendar, from days since 1970-01-01.
///
/// After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years that begin in March.
struct CivilDate {
    let year: Int, month: Int, day: Int

    init(daysSinceEpoch days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Timestamp {
    private static let dayNames: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    static let monthNames: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

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
        let (date, second) = civil
        let fraction = Int(milliseconds - seconds * 1000)
        Self.write("0000-00-00T00:00:00.000Z", at: 0, of: text)
        Self.write(date.year, digits: 4, at: 0, of: text)
        Self.write(date.month, digits: 2, at: 5, of: text)
        Self.write(date.day, digits: 2, at: 8, of: text)
        Self.write(second / 3600, digits: 2, at: 11, of: text)
        Self.write(second / 60 % 60, digits: 2, at: 14, of: text)
        Self.write(second % 60, digits: 2, at: 17, of: text)
        Self.write(fraction, digits: 3, at: 20, of: text)
    }

    /// An HTTP date, IMF-fixdate (RFC 9110 §5.6.7): `Fri, 02 Jan 2026 03:04:05 GMT`.
    public var httpDate: String {
        let (date, second) = civil
        let days = Int((seconds - Int64(second)) / 86_400)
        return String(unsafeUninitializedCapacity: 29) { text in
            Self.write(Self.dayNames[((days % 7) + 7) % 7], at: 0, of: text)
            Self.write(", 00 ", at: 3, of: text)
            Self.write(date.day, digits: 2, at: 5, of: text)
            Self.write(Self.monthNames[date.month - 1], at: 8, of: text)
            Self.write(" 0000 00:00:00 GMT", at: 11, of: text)
            Self.write(date.year, digits: 4, at: 12, of: text)
            Self.write(second / 3600, digits: 2, at: 17, of: text)
            Self.write(second / 60 % 60, digits: 2, at: 20, of: text)
            Self.write(second % 60, digits: 2, at: 23, of: text)
            return 29
        }
    }

    private var civil: (date: CivilDate, secondOfDay: Int) {
        let seconds = Int(self.seconds)
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        return (CivilDate(daysSinceEpoch: days), seconds - days * 86_400)
    }

    private static func write(_ words: StaticString, at start: Int, of text: UnsafeMutableBufferPointer<UInt8>) {
        for index in 0..<words.utf8CodeUnitCount { text[start + index] = words.utf8Start[index] }
    }

    private static func write(
        _ number: Int, digits: Int, at start: Int, of text: UnsafeMutableBufferPointer<UInt8>
    ) {
        var rest = number
        for index in stride(from: start + digits - 1, through: start, by: -1) {
            text[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
