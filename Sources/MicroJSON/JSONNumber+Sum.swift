/// The most digits of a sum.
private let mostDigits = 1000

extension JSONText {
    /// The exact sum of this number and another: 0.1 plus 0.2 is 0.3, and integers of any size stay exact.
    ///
    /// It has ECMAScript's layout, except that a large sum has an exponent only if one of the numbers has one and the
    /// sum would end with many zeros. Integers therefore stay integers for programs that read them as such.
    ///
    /// Nil if one of them is not a number, or if the sum has more than 1,000 digits (for example 1e999 plus 1).
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
    /// The exact sum; nil if adding both in columns takes more than 1,000 digits.
    static func sum(_ one: JSONNumber, _ other: JSONNumber) -> JSONNumber? {
        guard !one.digits.isEmpty else { return other }
        guard !other.digits.isEmpty else { return one }
        // One more place in front for the carry.
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

    /// The digits from one place to another, padded with zeros.
    private func places(before point: Int, downTo end: Int) -> [Int] {
        let zerosBefore = repeatElement(0, count: point - self.point)
        let zerosBehind = repeatElement(0, count: self.point - digits.count - end)
        return zerosBefore + digits.map(Int.init) + zerosBehind
    }

    /// Combines digits from the right. For a subtraction, the first number must not be smaller than the second.
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
