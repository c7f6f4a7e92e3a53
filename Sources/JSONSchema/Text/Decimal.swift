/// The exact value of a number's text, `0.d₁d₂…dₙ × 10^point`. The digits stay in the text.
struct Decimal: BitwiseCopyable {
    private(set) var isNegative = false
    /// The number of significant digits, without zeros at either end; 0 for zero.
    private(set) var digits = 0
    private(set) var point = 0
    /// The first significant digit.
    private let first: UnsafePointer<UInt8>

    /// Reads the number in a range of a text.
    init(_ bytes: Bytes, _ start: Int, _ end: Int) {
        var index = start
        if bytes[index] == 0x2D {
            isNegative = true
            index += 1
        }
        var (hasPoint, seen, firstIndex) = (false, 0, index)
        while index < end {
            let byte = bytes[index]
            if byte == 0x2E {
                hasPoint = true
            } else if byte &- 0x30 < 10 {
                if seen > 0 || byte != 0x30 {
                    if seen == 0 { firstIndex = index }
                    seen += 1
                    if byte != 0x30 { digits = seen }
                    if !hasPoint { point += 1 }
                } else if hasPoint {
                    point -= 1
                }
            } else {
                break
            }
            index += 1
        }
        first = bytes.base + min(firstIndex, bytes.count)
        if digits == 0 {
            (isNegative, point) = (false, 0)
        } else if index < end {
            point += Self.exponent(bytes, from: index + 1, to: end)
        }
    }

    private static func exponent(_ bytes: Bytes, from start: Int, to end: Int) -> Int {
        var exponent = 0
        for index in start..<max(start, end) where bytes[index] &- 0x30 < 10 {
            // Checked text has at most 18 digits here.
            exponent = min(exponent, 99_999_999_999_999_999) * 10 + Int(bytes[index] - 0x30)
        }
        return bytes[start] == 0x2D ? -exponent : exponent
    }

    /// Whether the value has no fraction.
    var isInteger: Bool { digits <= point || digits == 0 }

    /// Calls `body` with each significant digit as a value, until it returns false.
    @inline(__always)
    private func forEachDigit(_ body: (UInt8) -> Bool) {
        var (pointer, left) = (first, digits)
        while left > 0 {
            if pointer.pointee != 0x2E {
                guard body(pointer.pointee - 0x30) else { return }
                left -= 1
            }
            pointer += 1
        }
    }

    /// Less than 0, 0 or more than 0, as this value is less than, equal to or more than another.
    func compared(to other: Decimal) -> Int {
        let sign = digits == 0 ? 0 : isNegative ? -1 : 1
        let otherSign = other.digits == 0 ? 0 : other.isNegative ? -1 : 1
        if sign != otherSign { return sign - otherSign }
        if sign == 0 { return 0 }
        if point != other.point { return point < other.point ? -sign : sign }
        return sign * comparedDigits(to: other)
    }

    private func comparedDigits(to other: Decimal) -> Int {
        var (one, two) = (first, other.first)
        for _ in 0..<min(digits, other.digits) {
            if one.pointee == 0x2E { one += 1 }
            if two.pointee == 0x2E { two += 1 }
            if one.pointee != two.pointee { return one.pointee < two.pointee ? -1 : 1 }
            one += 1
            two += 1
        }
        return digits == other.digits ? 0 : digits < other.digits ? -1 : 1
    }

    /// The significant digits as one number, and the power of ten to multiply it by; nil if there are more than 18.
    var small: (digits: UInt64, exponent: Int)? {
        guard digits <= 18 else { return nil }
        var value: UInt64 = 0
        forEachDigit { digit in
            value = value * 10 + UInt64(digit)
            return true
        }
        return (value, point - digits)
    }

    /// Whether this is an exact multiple of `divisor × 10^exponent`.
    ///
    /// - Parameter divisor: Not zero, without trailing zeros, of at most 18 digits.
    func isMultiple(of divisor: UInt64, exponent: Int) -> Bool {
        if digits == 0 { return true }
        // The digits don't end in a zero, so they aren't a multiple of the divisor times a power of ten.
        var power = point - digits - exponent
        guard power >= 0 else { return false }
        let modulus = UInt128(divisor)
        var rest: UInt128 = 0
        forEachDigit { digit in
            rest = (rest * 10 + UInt128(digit)) % modulus
            return true
        }
        var factor = 10 % modulus
        while power > 0, rest != 0 {
            if power & 1 == 1 { rest = rest * factor % modulus }
            factor = factor * factor % modulus
            power >>= 1
        }
        return rest == 0
    }

    /// Adds the value to a hash. Equal values have equal hashes.
    func hash(into hasher: inout Hasher) {
        hasher.combine(isNegative)
        hasher.combine(point)
        forEachDigit { digit in
            hasher.combine(digit)
            return true
        }
    }
}

extension Bytes {
    /// Whether a number is written without a fraction and an exponent.
    func isPlainInteger(_ start: Int, _ end: Int) -> Bool {
        for index in start..<max(start, end) where self[index] != 0x2D && !(self[index] &- 0x30 < 10) { return false }
        return true
    }

    /// The value of an integer's text of at most 18 digits without fraction and exponent; nil for any other number.
    @inline(__always)
    func smallInteger(_ start: Int, _ end: Int) -> Int64? {
        let isNegative = self[start] == 0x2D
        var index = isNegative ? start + 1 : start
        guard end - index <= 18, end <= count else { return nil }
        var value: Int64 = 0
        while index < end {
            let digit = base[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int64(digit)
            index += 1
        }
        return isNegative ? -value : value
    }
}
