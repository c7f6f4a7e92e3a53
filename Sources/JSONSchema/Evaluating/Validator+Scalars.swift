extension Validator {
    /// Applies the rules for numbers; 0 or a result below zero.
    mutating func checkNumber(_ node: UnsafePointer<Node>, _ start: Int, _ end: Int) -> Int {
        for index in node.pointee.numbers.indices {
            let instruction = tables.instructions[index]
            if isFulfilled(instruction, start, end) { continue }
            guard Sink.collects else { return Self.invalid }
            report(number: instruction, start, end)
        }
        return 0
    }

    private func isFulfilled(_ instruction: Instruction, _ start: Int, _ end: Int) -> Bool {
        let bound = tables.constants[Int(instruction.a)]
        if instruction.operation == .multipleOf {
            return Decimal(text, start, end).isMultiple(of: bound.divisor, exponent: Int(bound.exponent))
        }
        let order: Int
        if bound.isSmallInteger, let value = text.smallInteger(start, end) {
            order = value < bound.integer ? -1 : value == bound.integer ? 0 : 1
        } else {
            order = Decimal(text, start, end)
                .compared(to: Decimal(tables.bytes, Int(bound.start), Int(bound.end)))
        }
        return switch instruction.operation {
        case .minimum: order >= 0
        case .maximum: order <= 0
        case .exclusiveMinimum: order > 0
        default: order < 0
        }
    }

    /// Applies the rules for strings.
    mutating func checkString(_ node: UnsafePointer<Node>, _ string: StringPlace) -> Int {
        expense.steps &-= string.count >> 6
        for index in node.pointee.strings.indices {
            let instruction = tables.instructions[index]
            switch isFulfilled(instruction, string) {
            case true?: continue
            case nil: return Self.stopped
            case false?:
                guard Sink.collects else { return Self.invalid }
                report(string: instruction, string)
            }
        }
        return min(string.end + 1, text.count)
    }

    /// Whether a string follows a rule; nil if a limit was reached.
    @inline(__always)
    private mutating func isFulfilled(_ instruction: Instruction, _ string: StringPlace) -> Bool? {
        switch instruction.operation {
        case .minLength:
            // A code point has at most six bytes, as an escape of one half of a pair.
            let least = Int(instruction.a)
            return string.count >= least && text.codePoints(of: string) >= least
        case .maxLength:
            let most = Int(instruction.a)
            return string.count <= most || text.codePoints(of: string) <= most
        case .pattern: return matches(instruction.a, string)
        default:
            let format = tables.formats[Int(instruction.a)]
            return text.withContent(of: string) { format.accepts($0) }
        }
    }

    /// Whether the content of a string matches a pattern; nil if a limit was reached.
    @inline(__always)
    mutating func matches(_ pattern: Int32, _ string: StringPlace) -> Bool? {
        let code = tables.codes[Int(pattern)]
        guard string.hasEscapes else {
            let content = UnsafeBufferPointer(start: text.base + string.start, count: string.count)
            return expense.matches(code, content)
        }
        return text.withContent(of: string) { expense.matches(code, $0) }
    }

    /// Whether the value at a position is one of the constants; nil if a limit was reached.
    mutating func isConstant(_ instruction: Instruction, _ start: Int) -> Bool? {
        let byte = text[start]
        let isContainer = byte == 0x7B || byte == 0x5B
        let hash = isContainer ? text.valueHash(at: start) : 0
        if isContainer { _ = skip(at: start) }
        let equality = Equality(one: text, other: tables.bytes)
        for index in 0..<Int(instruction.b) {
            let constant = tables.constants[Int(instruction.a) + index]
            let isCandidate =
                isContainer ? constant.hash == hash : kind(byte) == kind(tables.bytes[Int(constant.start)])
            guard isCandidate else { continue }
            if equality.areEqual(start, Int(constant.start), steps: &expense.steps) { return true }
            if expense.steps < 0 {
                expense.exceed(.steps)
                return nil
            }
        }
        return false
    }

    /// A byte for the kind of a scalar: a quote, a letter, or 0 for a number.
    @inline(__always)
    private func kind(_ byte: UInt8) -> UInt8 { byte == 0x22 || byte >= 0x5B ? byte : 0 }
}
