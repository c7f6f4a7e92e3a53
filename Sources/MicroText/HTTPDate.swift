/// Dates as HTTP writes them (RFC 9110 §5.6.7), in seconds since 1970-01-01T00:00:00Z.
public enum HTTPDate {
    private static let dayNames: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let monthNames: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// An IMF-fixdate: `Fri, 02 Jan 2026 03:04:05 GMT`.
    public static func text(secondsSinceEpoch seconds: Int) -> String {
        let (date, second) = CivilDate.at(secondsSinceEpoch: seconds)
        let days = (seconds - second) / 86_400
        return String(unsafeUninitializedCapacity: 29) { text in
            text.write(dayNames[((days % 7) + 7) % 7], at: 0)
            text.write(", 00 ", at: 3)
            text.write(date.day, digits: 2, at: 5)
            text.write(monthNames[date.month - 1], at: 8)
            text.write(" 0000 00:00:00 GMT", at: 11)
            text.write(date.year, digits: 4, at: 12)
            text.write(second / 3600, digits: 2, at: 17)
            text.write(second / 60 % 60, digits: 2, at: 20)
            text.write(second % 60, digits: 2, at: 23)
            return 29
        }
    }

    /// The time of a date in any of the three formats; nil for any other text, which a recipient ignores.
    ///
    /// - Parameter now: the time now. A year of two digits is at most 50 years later.
    public static func secondsSinceEpoch(_ text: String, now: Int) -> Int? {
        let words = text.split(separator: " ").map(String.init)
        switch words.count {
        // Sun, 06 Nov 1994 08:49:37 GMT
        case 6 where words[5] == "GMT":
            return seconds(day: words[1], month: words[2], year: Int(words[3]), clock: words[4])
        // Sunday, 06-Nov-94 08:49:37 GMT
        case 4 where words[3] == "GMT":
            let date = words[1].split(separator: "-").map(String.init)
            guard date.count == 3 else { return nil }
            let year = year(twoDigits: date[2], now: CivilDate.at(secondsSinceEpoch: now).date.year)
            return seconds(day: date[0], month: date[1], year: year, clock: words[2])
        // Sun Nov  6 08:49:37 1994
        case 5: return seconds(day: words[2], month: words[1], year: Int(words[4]), clock: words[3])
        default: return nil
        }
    }

    private static func seconds(day: String, month: String, year: Int?, clock: String) -> Int? {
        let time = clock.split(separator: ":").map { Int($0) ?? -1 }
        guard let day = Int(day), let year, (1...9999).contains(year),
            let month = monthNames.firstIndex(where: { $0.description == month }),
            time.count == 3, (0..<24).contains(time[0]), (0..<60).contains(time[1]), (0...60).contains(time[2]),
            let days = CivilDate.daysSinceEpoch(year: year, month: month + 1, day: day)
        else { return nil }
        return days * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
    }

    private static func year(twoDigits text: String, now current: Int) -> Int? {
        guard text.utf8.count == 2, let number = Int(text) else { return nil }
        let year = current - current % 100 + number
        return year > current + 50 ? year - 100 : year
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Writes an ASCII text at a place.
    @inlinable @inline(__always)
    public func write(_ words: StaticString, at start: Int) {
        (baseAddress! + start).update(from: words.utf8Start, count: words.utf8CodeUnitCount)
    }

    /// Writes the last decimal digits of a number at a place, with zeros before them.
    @inlinable @inline(__always)
    public func write(_ number: Int, digits: Int, at start: Int) {
        var rest = UInt(bitPattern: number)
        var index = start + digits
        while index > start {
            index -= 1
            self[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}
