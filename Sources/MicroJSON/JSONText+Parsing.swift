extension JSONText {
    /// Checks a text against RFC 8259 and minifies it, in one pass.
    ///
    /// As the RFC requires or permits, it refuses a byte order mark, anything but white space after the value, invalid
    /// UTF-8, escapes of lone surrogates, and names that occur twice in an object after decoding their escapes.
    ///
    /// - Throws: `JSONSyntaxError` with what was expected, what was found, and where.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONSyntaxError) {
        let outcome = bytes.withUnsafeBufferPointer { Outcome(parsing: $0, limits: limits) }
        if let error = outcome.error { throw error }
        self.init(outcome.minified ?? bytes, isCanonical: outcome.isCanonical)
    }

    /// Checks and minifies the text in a buffer, and copies it.
    public init(
        parsing bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .default
    ) throws(JSONSyntaxError) {
        let outcome = Outcome(parsing: bytes, limits: limits)
        if let error = outcome.error { throw error }
        self.init(outcome.minified ?? Array(bytes), isCanonical: outcome.isCanonical)
    }

    /// Checks and minifies the text in a span, and copies it.
    public init(parsing bytes: borrowing Span<UInt8>, limits: JSONLimits = .default) throws(JSONSyntaxError) {
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONSyntaxError) in
            try JSONText(parsing: buffer, limits: limits)
        }
    }

    /// Checks and minifies a string.
    public init(parsing string: String, limits: JSONLimits = .default) throws(JSONSyntaxError) {
        try self.init(parsing: Array(string.utf8), limits: limits)
    }
}

/// The result of a parser, carried out of closures of the standard library, which lose an error's type.
private struct Outcome {
    var error: JSONSyntaxError?
    var minified: [UInt8]?
    var isCanonical = false

    init(parsing bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        // 40 names and 32 levels fit on the thread's stack (for allocations up to 1 KiB); more go to the heap.
        self = withUnsafeTemporaryAllocation(of: Parser.Frame.self, capacity: 32) { frames in
            withUnsafeTemporaryAllocation(of: NameKey.self, capacity: 40) { names in
                var parser = Parser(bytes, limits: limits, frames: frames, names: names)
                return Outcome(running: &parser)
            }
        }
    }

    private init(running parser: inout Parser) {
        do throws(JSONSyntaxError) {
            try parser.run()
            minified = parser.minified
            isCanonical = parser.isCanonical
        } catch {
            self.error = error
        }
    }
}
