/// The encoding of labels of other scripts in letters, digits and hyphens (RFC 3492).
enum Punycode {
    /// The state of the encoding: the parameters of RFC 3492 §5.
    private struct State {
        var code = 128
        var delta = 0
        var bias = 72
        var isFirst = true

        func threshold(_ place: Int) -> Int { max(1, min(26, place - bias)) }

        mutating func adapt(_ delta: Int, count: Int) {
            var delta = isFirst ? delta / 700 : delta / 2
            isFirst = false
            delta += delta / count
            var place = 0
            while delta > 455 {
                delta /= 35
                place += 36
            }
            bias = place + 36 * delta / (delta + 38)
        }
    }

    /// The characters of an encoded label, without its `xn--`; nil if it isn't the encoding of a label.
    static func decoded(_ label: [UInt8]) -> [Unicode.Scalar]? {
        let dash = label.lastIndex(of: 0x2D)
        var output = label[..<(dash ?? 0)].map { Unicode.Scalar($0) }
        var input = label[(dash.map { $0 + 1 } ?? 0)...]
        guard !input.isEmpty, dash != 0 else { return nil }
        var state = State()
        var index = 0
        while !input.isEmpty {
            let old = index
            var (weight, place) = (1, 36)
            while true {
                guard let byte = input.popFirst() else { return nil }
                let digit = byte.isDigit ? Int(byte) - 0x30 + 26 : byte.isLetter ? Int(byte | 0x20) - 0x61 : 36
                guard digit < 36 else { return nil }
                index += digit * weight
                guard index < 1 << 32 else { return nil }
                let threshold = state.threshold(place)
                if digit < threshold { break }
                weight *= 36 - threshold
                guard weight < 1 << 32 else { return nil }
                place += 36
            }
            state.adapt(index - old, count: output.count + 1)
            state.code += index / (output.count + 1)
            index %= output.count + 1
            guard let scalar = Unicode.Scalar(UInt32(clamping: state.code)) else { return nil }
            output.insert(scalar, at: index)
            index += 1
        }
        return output
    }

    /// The encoding of a label, without `xn--`; nil if it is too long for a label.
    static func encoded(_ label: [Unicode.Scalar]) -> [UInt8]? {
        guard label.count <= 63 else { return nil }
        var output = label.filter(\.isASCII).map { UInt8($0.value) }
        let basic = output.count
        if basic > 0 { output.append(0x2D) }
        var state = State()
        var handled = basic
        while handled < label.count {
            guard let next = label.map({ Int($0.value) }).filter({ $0 >= state.code }).min() else { return nil }
            state.delta += (next - state.code) * (handled + 1)
            state.code = next
            for scalar in label {
                if scalar.value < state.code { state.delta += 1 }
                guard scalar.value == state.code else { continue }
                append(state, to: &output)
                state.adapt(state.delta, count: handled + 1)
                state.delta = 0
                handled += 1
            }
            state.delta += 1
            state.code += 1
        }
        return output
    }

    private static func append(_ state: State, to output: inout [UInt8]) {
        var (rest, place) = (state.delta, 36)
        while true {
            let threshold = state.threshold(place)
            if rest < threshold { break }
            output.append(digit(threshold + (rest - threshold) % (36 - threshold)))
            rest = (rest - threshold) / (36 - threshold)
            place += 36
        }
        output.append(digit(rest))
    }

    private static func digit(_ value: Int) -> UInt8 { UInt8(value < 26 ? 0x61 + value : 0x30 + value - 26) }
}
