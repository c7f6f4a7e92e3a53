import MicroJSON

extension Compiler {
    /// `enum` and `const`.
    mutating func compileConstants(_ subschema: inout Subschema) throws(SchemaProblem) {
        if let value = subschema.assertion("enum") {
            guard case .array(let elements) = value else {
                throw problem(subschema.place, "enum", "'enum' must be an array of the permitted values.")
            }
            let start = Int32(draft.constants.count)
            for element in elements { _ = constant(element) }
            subschema.any.append(Instruction(operation: .enumeration, a: start, b: Int32(elements.count)))
        }
        if let value = subschema.assertion("const", from: .draft6) {
            subschema.any.append(Instruction(operation: .constant, a: constant(value), b: 1))
        }
    }

    /// Adds a value as text.
    mutating func constant(_ value: JSONValue) -> Int32 {
        let text = value.text.utf8
        // The comma ends a number, as in an array.
        let place = bytes(text + [0x2C])
        var constant = Constant(start: place.start, end: place.start + Int32(text.count))
        text.withUnsafeBufferPointer { buffer in
            // A value's text is never empty.
            let bytes = Bytes(base: buffer.baseAddress!, count: buffer.count)
            switch text.first {
            case 0x7B, 0x5B: constant.hash = bytes.valueHash(at: 0)
            case 0x22, 0x74, 0x66, 0x6E: break
            default:
                if let integer = bytes.smallInteger(0, bytes.count) {
                    constant.integer = integer
                    constant.isSmallInteger = true
                }
            }
        }
        draft.constants.append(constant)
        return Int32(draft.constants.count - 1)
    }

    /// The keywords for numbers.
    mutating func compileNumbers(_ subschema: inout Subschema) throws(SchemaProblem) {
        let isOld = subschema.draft == .draft4
        let bounds: [(String, String, Instruction.Operation, Instruction.Operation)] = [
            ("minimum", "exclusiveMinimum", .minimum, .exclusiveMinimum),
            ("maximum", "exclusiveMaximum", .maximum, .exclusiveMaximum),
        ]
        for (keyword, exclusiveKeyword, operation, exclusive) in bounds {
            if let value = subschema.assertion(keyword) {
                // In draft 4, the other keyword is true or false and says how this one is meant.
                let isExclusive = isOld && subschema.keywords[exclusiveKeyword] == .true
                let bound = try number(value, keyword, subschema)
                subschema.numbers.append(Instruction(operation: isExclusive ? exclusive : operation, a: bound))
            }
            if let value = subschema.assertion(exclusiveKeyword, from: .draft6) {
                let bound = try number(value, exclusiveKeyword, subschema)
                subschema.numbers.append(Instruction(operation: exclusive, a: bound))
            }
        }
        if let value = subschema.assertion("multipleOf") { try compileMultiple(value, &subschema) }
    }

    private mutating func number(
        _ value: JSONValue, _ keyword: String, _ subschema: Subschema
    ) throws(SchemaProblem) -> Int32 {
        guard case .scalar(let text) = value, text.kind == .number else {
            throw problem(subschema.place, keyword, "'\(keyword)' must be a number.")
        }
        return constant(value)
    }

    private mutating func compileMultiple(_ value: JSONValue, _ subschema: inout Subschema) throws(SchemaProblem) {
        let index = Int(try number(value, "multipleOf", subschema))
        let divisor: (digits: UInt64, exponent: Int)? = value.text.utf8.withUnsafeBufferPointer { buffer in
            let decimal = Decimal(Bytes(base: buffer.baseAddress!, count: buffer.count), 0, buffer.count)
            return decimal.isNegative ? (0, 0) : decimal.small
        }
        guard let divisor, let exponent = Int32(exactly: divisor.exponent) else {
            throw problem(subschema.place, "multipleOf", "'multipleOf' must have at most 18 significant digits.")
        }
        guard divisor.digits > 0 else {
            throw problem(subschema.place, "multipleOf", "'multipleOf' must be more than 0.")
        }
        draft.constants[index].divisor = divisor.digits
        draft.constants[index].exponent = exponent
        subschema.numbers.append(Instruction(operation: .multipleOf, a: Int32(index)))
    }

    /// The keywords for strings.
    mutating func compileStrings(_ subschema: inout Subschema) throws(SchemaProblem) {
        if let length = try count("minLength", subschema) {
            subschema.strings.append(Instruction(operation: .minLength, a: Int32(clamping: length)))
        }
        if let length = try count("maxLength", subschema) {
            subschema.strings.append(Instruction(operation: .maxLength, a: Int32(clamping: length)))
        }
        if let value = subschema.keywords["format"], let name = value.string {
            let options = library.options.formats
            if options != .annotated || subschema.dialect.assertsFormats {
                if let format = Format(name: name) {
                    subschema.strings.append(Instruction(operation: .format, a: Int32(draft.formats.count)))
                    draft.formats.append(format)
                } else if options == .asserted {
                    let known = Format.allCases.map(\.name).joined(separator: ", ")
                    throw problem(subschema.place, "format", "'\(name)' is not a known format; known: \(known).")
                }
            }
        }
        if let value = subschema.assertion("pattern") {
            guard let source = value.string else {
                throw problem(subschema.place, "pattern", "'pattern' must be a string.")
            }
            let pattern = try pattern(source, "pattern", subschema)
            subschema.strings.append(Instruction(operation: .pattern, a: pattern))
        }
    }

    /// The index of a pattern. Equal ones are compiled once.
    mutating func pattern(
        _ source: String, _ keyword: String, _ subschema: Subschema
    ) throws(SchemaProblem) -> Int32 {
        if let known = patterns[source] { return known }
        do throws(PatternError) {
            draft.patterns.append(try Pattern(source))
        } catch {
            throw problem(
                subschema.place, keyword, "'\(source.prefix(64))' is not a pattern of ECMA-262: \(error.detail).")
        }
        draft.patternSources.append(source)
        patterns[source] = Int32(draft.patterns.count - 1)
        return Int32(draft.patterns.count - 1)
    }

    /// The value of a keyword that counts something; nil if the subschema doesn't have it.
    func count(
        _ keyword: String, from first: SchemaDraft = .draft4, _ subschema: Subschema
    ) throws(SchemaProblem) -> Int? {
        guard let value = subschema.assertion(keyword, from: first) else { return nil }
        let error = problem(subschema.place, keyword, "'\(keyword)' must be an integer of at least 0.")
        guard case .scalar(let text) = value, text.kind == .number else { throw error }
        let number: Int? = text.utf8.withUnsafeBufferPointer { buffer in
            let decimal = Decimal(Bytes(base: buffer.baseAddress!, count: buffer.count), 0, buffer.count)
            guard !decimal.isNegative, decimal.isInteger else { return nil }
            guard let (digits, exponent) = decimal.small, decimal.point <= 18 else { return Int.max }
            return (0..<exponent).reduce(Int(digits)) { value, _ in value * 10 }
        }
        guard let number else { throw error }
        return number
    }
}
