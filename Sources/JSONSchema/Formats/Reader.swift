import MicroText

/// Reads dates, times and durations (RFC 3339, with ISO 8601 for durations).
struct Reader {
    let text: UnsafeBufferPointer<UInt8>
    var position = 0

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    var isAtEnd: Bool { position == text.count }
    private var current: UInt8 { position < text.count ? text[position] : 0 }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    /// A number of exactly so many digits.
    private mutating func number(digits: Int) -> Int? {
        guard position + digits <= text.count else { return nil }
        var value = 0
        for byte in text[position..<(position + digits)] {
            guard byte.isDigit else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        position += digits
        return value
    }

    /// A day, `2026-01-31`.
    mutating func date() -> Bool {
        guard let year = number(digits: 4), take(0x2D), let month = number(digits: 2), take(0x2D),
            let day = number(digits: 2)
        else { return false }
        return CivilDate.daysSinceEpoch(year: year, month: month, day: day) != nil
    }

    /// A day, `T`, and a time.
    mutating func dateTime() -> Bool {
        guard date(), current | 0x20 == 0x74 else { return false }
        position += 1
        return time()
    }

    /// A time with its offset. The second 60 is permitted where a leap second may be: at 23:59 UTC.
    mutating func time() -> Bool {
        guard let hour = number(digits: 2), take(0x3A), let minute = number(digits: 2), take(0x3A),
            let second = number(digits: 2), hour < 24, minute < 60, second <= 60
        else { return false }
        if take(0x2E) {
            guard current.isDigit else { return false }
            while current.isDigit { position += 1 }
        }
        var offset = 0
        if current | 0x20 == 0x7A {
            position += 1
        } else {
            let sign = current
            guard sign == 0x2B || sign == 0x2D else { return false }
            position += 1
            guard let hours = number(digits: 2), take(0x3A), let minutes = number(digits: 2), hours < 24, minutes < 60
            else { return false }
            offset = (hours * 60 + minutes) * (sign == 0x2D ? 1 : -1)
        }
        return second < 60 || (hour * 60 + minute + offset + 2880) % 1440 == 1439
    }

    /// A duration of RFC 3339, appendix A: units in order, without gaps between them.
    mutating func duration() -> Bool {
        guard take(0x50) else { return false }
        let start = position
        if hasUnit(in: [0x57]) { return true }
        guard let days = units([0x59, 0x4D, 0x44]) else { return false }
        guard take(0x54) else { return days > 0 && position > start }
        guard let times = units([0x48, 0x4D, 0x53]) else { return false }
        return times > 0
    }

    /// Whether a number with one of these units follows; takes it.
    private mutating func hasUnit(in units: [UInt8]) -> Bool {
        let start = position
        while current.isDigit { position += 1 }
        if position > start, units.contains(current) {
            position += 1
            return true
        }
        position = start
        return false
    }

    /// The number of units that follow, each directly after the one before it; nil if they are in another order.
    private mutating func units(_ units: [UInt8]) -> Int? {
        var count = 0
        var next = units.startIndex
        while current.isDigit {
            let permitted = count == 0 ? Array(units) : next < units.count ? [units[next]] : []
            guard hasUnit(in: permitted) else { return nil }
            guard let index = units.firstIndex(of: text[position - 1]) else { return nil }
            next = index + 1
            count += 1
        }
        return count
    }
}
