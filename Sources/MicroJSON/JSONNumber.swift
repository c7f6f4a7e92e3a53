/// A number's exact decimal value: `0.d₁d₂…dₙ × 10^point`, without leading or trailing zeros; no digits for zero.
struct JSONNumber: Equatable {
    var isNegative = false
    /// The significant digits, as values 0…9.
    var digits: [UInt8] = []
    /// The position of the decimal point, counted from before the first digit.
    var point = 0

    /// Exponents have at most this many digits, so that `point` can't overflow.
    static let maximumExponentDigits = 18

    /// A value from its parts.
    init(isNegative: Bool, digits: [UInt8], point: Int) {
        self.isNegative = isNegative
        self.digits = digits
        self.point = point
    }

    /// Reads a number's text.
    init(_ text: UnsafeBufferPointer<UInt8>) {
        var index = 0
        var seenPoint = false
        if text.first == Ascii.minus {
            isNegative = true
            index = 1
        }
        digits.reserveCapacity(text.count)
        while index < text.count {
            let byte = text[index]
            if Ascii.isDigit(byte) {
                append(byte - Ascii.zero, behindPoint: seenPoint)
            } else if byte == Ascii.point {
                seenPoint = true
            } else {
                break
            }
            index += 1
        }
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty {
            (isNegative, point) = (false, 0)
        } else {
            point += Self.exponent(text, from: index + 1)
        }
    }

    private mutating func append(_ digit: UInt8, behindPoint: Bool) {
        if digit == 0, digits.isEmpty {
            if behindPoint { point -= 1 }
        } else {
            digits.append(digit)
            if !behindPoint { point += 1 }
        }
    }

    private static func exponent(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var exponent = 0
        guard start < text.count else { return 0 }
        for byte in text[start...] where Ascii.isDigit(byte) {
            // It wraps only for text that was not checked by a parser.
            exponent = exponent &* 10 &+ Int(byte - Ascii.zero)
        }
        let bounded = max(0, min(exponent, 999_999_999_999_999_999))
        return text[start] == Ascii.minus ? -bounded : bounded
    }

    /// Whether the exponent of the canonical form is within the limit on digits.
    var hasSmallExponent: Bool { (point - 1).magnitude <= 999_999_999_999_999_999 }

    /// Whether the value has no fraction.
    var isInteger: Bool { digits.count <= point || digits.isEmpty }
}
