/// The most digits of a sum.
private let mostDigits = 1000

extension JSONText {
    /// The exact sum of this number and another: 0.1 and 0.2 are 0.3, and integers of any size stay exact. It is
    /// written as ECMAScript lays numbers out, except that large sums have an exponent only when one of the numbers has
    /// one and there would be many zeros at the end: integers stay integers for those who read them as such.
    ///
    /// Nil when one of them is no number, or when the sum has more than 1,000 digits (1e999 and 1, for example).
    public func adding(_ other: JSONText) -> JSONText? {
        guard kind == .number, other.kind == .number else { return nil }
        let one = utf8.withUnsafeBufferPointer { JSONNumber($0) }
        let two = other.utf8.withUnsafeBufferPointer { JSONNumber($0) }
        guard let sum = JSONNumber.sum(one, two) else { return nil }
        var text: [UInt8] = []
        let hasExponent = (utf8 + other.utf8).contains { $0 | 0x20 == UInt8(ascii: "e") }
        sum.appendECMAScriptLayout(to: &text, places: hasExponent ? sum.digits.count + 21 : mostDigits)
        return JSONText(trusted: text)
    }
}

extension JSONNumber {
    /// The exact sum; nil when writing both out one above the other takes more than 1,000 digits.
    static func sum(_ one: JSONNumber, _ other: JSONNumber) -> JSONNumber? {
        guard !one.digits.isEmpty else { return other }
        guard !other.digits.isEmpty else { return one }
        // One place more in front, for the carry.
        let point = max(one.point, other.point) + 1
        let end = min(one.point - one.digits.count, other.point - other.digits.count)
        guard point - end <= mostDigits else { return nil }
        let left = one.places(before: point, downTo: end)
        let right = other.places(before: point, downTo: end)
        var sum = JSONNumber(isNegative: one.isNegative, digits: [], point: point)
        if one.isNegative == other.isNegative {
            sum.digits = combined(left, right) { $0 + $1 }
        } else if left.lexicographicallyPrecedes(right) {
            sum.isNegative = other.isNegative
            sum.digits = combined(right, left) { $0 - $1 }
        } else {
            sum.digits = combined(left, right) { $0 - $1 }
        }
        sum.normalise()
        return sum
    }

    /// The digits with zeros around them, from one place to another.
    private func places(before point: Int, downTo end: Int) -> [Int] {
        let zerosBefore = repeatElement(0, count: point - self.point)
        let zerosBehind = repeatElement(0, count: self.point - digits.count - end)
        return zerosBefore + digits.map(Int.init) + zerosBehind
    }

    /// Combines digit by digit from the right; the first number is not smaller than the second when one is taken away.
    private static func combined(_ left: [Int], _ right: [Int], _ combine: (Int, Int) -> Int) -> [UInt8] {
        var digits = [UInt8](repeating: 0, count: left.count)
        var carry = 0
        for place in left.indices.reversed() {
            let digit = combine(left[place], right[place]) + carry
            carry = digit < 0 ? -1 : digit / 10
            digits[place] = UInt8(digit - carry * 10)
        }
        return digits
    }

    private mutating func normalise() {
        let zeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(zeros)
        point -= zeros
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty { (isNegative, point) = (false, 0) }
    }
}
