extension JSONNumber {
    /// Whether a number without exponent but with a fraction is in canonical form; false when in doubt.
    ///
    /// A double always preserves up to 15 digits, so only the layout matters.
    static func isCanonicalFraction(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count <= 16, text.last != Ascii.zero else { return false }
        var index = text.first == Ascii.minus ? 1 : 0
        guard text[index] == Ascii.zero else { return true }
        index += 2
        // 0.000001 is the smallest number that is written without an exponent.
        let significant = text[index...].firstIndex { $0 != Ascii.zero } ?? text.count
        return significant - index <= 5
    }

    /// Whether a number's text is in canonical form; false when in doubt.
    static func isCanonical(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let sign = text.first == Ascii.minus ? 1 : 0
        guard let other = text[sign...].firstIndex(where: { !Ascii.isDigit($0) }) else {
            return text.count - sign <= 21 && !(sign == 1 && text.count == 2 && text[1] == Ascii.zero)
        }
        guard text[other] == Ascii.point, text[(other + 1)...].allSatisfy(Ascii.isDigit) else { return false }
        return isCanonicalFraction(text)
    }

    /// Appends a number's canonical form (RFC 8785 §3.2.2.3).
    ///
    /// The RFC converts every number to an IEEE double and writes it as ECMAScript does. Here a number keeps its exact
    /// decimal digits in ECMAScript's layout, with one exception. A fraction of 16 or 17 significant digits is first
    /// rounded to the nearest double (unless that is zero or infinite), because programs write doubles like this:
    /// 333333333.33333329 becomes 333333333.3333333.
    ///
    /// Numbers of up to 15 digits, and all numbers written from a double, are therefore written as the RFC requires.
    /// Numbers that a double can't represent stay distinct: integers above 2⁵³, fractions of more than 17 digits, and
    /// numbers beyond the range (1e400). Equal values have equal forms, however they are written; -0 is 0.
    static func appendCanonical(_ text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        if isCanonical(text) {
            output.append(contentsOf: text)
            return
        }
        var number = JSONNumber(text)
        if 16...17 ~= number.digits.count, !number.isInteger, -323...309 ~= number.point {
            number.roundToDouble()
        }
        number.appendECMAScriptLayout(to: &output)
    }

    /// Rounds to the shortest decimal that identifies the nearest double.
    private mutating func roundToDouble() {
        var exact: [UInt8] = isNegative ? [Ascii.minus, Ascii.zero, Ascii.point] : [Ascii.zero, Ascii.point]
        exact.append(contentsOf: digits.map { $0 + Ascii.zero })
        exact.append(contentsOf: "e\(point)".utf8)
        // `Double` rounds correctly, and its description has the digits that ECMAScript requires, in another layout.
        guard let double = Double(String(decoding: exact, as: UTF8.self)), double.isFinite, double != 0 else { return }
        let shortest = Array(double.description.utf8)
        self = shortest.withUnsafeBufferPointer { JSONNumber($0) }
    }

    /// Appends the number in the layout of ECMAScript's `Number::toString`, which writes up to 21 places before the
    /// point without an exponent.
    func appendECMAScriptLayout(to output: inout [UInt8], places: Int = 21) {
        guard !digits.isEmpty else {
            output.append(Ascii.zero)
            return
        }
        if isNegative { output.append(Ascii.minus) }
        let characters = digits.map { $0 + Ascii.zero }
        if digits.count <= point, point <= places {
            output.append(contentsOf: characters)
            output.append(contentsOf: repeatElement(Ascii.zero, count: point - digits.count))
        } else if 1...places ~= point {
            output.append(contentsOf: characters[..<point])
            output.append(Ascii.point)
            output.append(contentsOf: characters[point...])
        } else if -5...0 ~= point {
            output.append(contentsOf: [Ascii.zero, Ascii.point])
            output.append(contentsOf: repeatElement(Ascii.zero, count: -point))
            output.append(contentsOf: characters)
        } else {
            output.append(characters[0])
            if characters.count > 1 {
                output.append(Ascii.point)
                output.append(contentsOf: characters[1...])
            }
            output.append(contentsOf: (point > 0 ? "e+" : "e").utf8)
            output.append(contentsOf: String(point - 1).utf8)
        }
    }
}
