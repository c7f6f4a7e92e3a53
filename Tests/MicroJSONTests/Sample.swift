import MicroJSON
import TestSupport

/// A random document, whose value can be written in many ways.
indirect enum Sample {
    case literal(String)
    /// Digits and an exponent.
    case number(isNegative: Bool, digits: String, exponent: Int)
    case string(String)
    case array([Sample])
    case object([(name: String, value: Sample)])

    init(using generator: inout SeededGenerator, depth: Int = 0) {
        switch generator.below(depth > 4 ? 4 : 7) {
        case 0: self = .literal(generator.pick(["null", "true", "false"]))
        case 1: self = Self.randomNumber(using: &generator)
        case 2, 3: self = .string(Self.randomString(using: &generator))
        case 4:
            self = .array((0..<generator.below(5)).map { _ in Sample(using: &generator, depth: depth + 1) })
        default:
            var names = Set<[UInt8]>()
            var members: [(name: String, value: Sample)] = []
            for _ in 0..<generator.below(generator.below(20) == 0 ? 40 : 7) {
                let name = Self.randomString(using: &generator)
                guard names.insert(Array(name.utf8)).inserted else { continue }
                members.append((name, Sample(using: &generator, depth: depth + 1)))
            }
            self = .object(members)
        }
    }

    private static func randomNumber(using generator: inout SeededGenerator) -> Sample {
        let digits = (0..<(1 + generator.below(generator.pick([2, 6, 17, 30])))).map { _ in
            String(generator.below(10))
        }
        return .number(
            isNegative: generator.below(3) == 0, digits: digits.joined(), exponent: generator.below(60) - 30)
    }

    private static func randomString(using generator: inout SeededGenerator) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "b", "c", "d", "e", "z", "A", "0", " ", "/", "\"", "\\", "\n", "\u{1}", "\u{7F}", "é", "€", "\u{FB33}",
            "\u{E000}", "😀", "\u{10FFFF}", "\u{301}", ",", ":", "{", "}", "[", "]",
        ]
        var string = String.UnicodeScalarView()
        for _ in 0..<generator.below(generator.pick([2, 4, 12, 30])) { string.append(generator.pick(alphabet)) }
        return String(string)
    }

    /// One way to write the document, with shuffled members and random escapes and white space.
    func spelled(using generator: inout SeededGenerator) -> String {
        let space = { (generator: inout SeededGenerator) in generator.pick(["", "", "", " ", "\n", "\t \r\n"]) }
        var text = space(&generator)
        switch self {
        case .literal(let literal): text += literal
        case .number(let isNegative, let digits, let exponent):
            text += Self.spelled(isNegative, digits, exponent, using: &generator)
        case .string(let string): text += Self.spelled(string, using: &generator)
        case .array(let elements):
            let parts = elements.map { $0.spelled(using: &generator) }
            text += "[" + (parts.isEmpty ? space(&generator) : parts.joined(separator: ",")) + "]"
        case .object(let members):
            let parts = members.shuffled(using: &generator).map {
                space(&generator) + Self.spelled($0.name, using: &generator) + space(&generator) + ":"
                    + $0.value.spelled(using: &generator)
            }
            text += "{" + (parts.isEmpty ? space(&generator) : parts.joined(separator: ",")) + "}"
        }
        return text + space(&generator)
    }

    private static func spelled(
        _ isNegative: Bool, _ digits: String, _ exponent: Int, using generator: inout SeededGenerator
    ) -> String {
        let zeros = generator.below(3)
        let padded = Array(digits) + Array(repeating: "0", count: zeros)
        let point = 1 + generator.below(padded.count)
        let head = String(padded[..<point].drop { $0 == "0" })
        let tail = String(padded[point...])
        let moved = exponent - zeros + tail.count
        let sign = moved >= 0 ? generator.pick(["", "+"]) : ""
        return (isNegative ? "-" : "") + (head.isEmpty ? "0" : head) + (tail.isEmpty ? "" : "." + tail)
            + (moved == 0 && generator.below(2) == 0 ? "" : generator.pick(["e", "E"]) + sign + String(moved))
    }

    private static func spelled(_ string: String, using generator: inout SeededGenerator) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || generator.below(4) == 0 {
                for unit in String(scalar).utf16 {
                    let hex = String(unit, radix: 16, uppercase: generator.below(2) == 0)
                    text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
