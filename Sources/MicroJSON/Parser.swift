/// Checks a text against RFC 8259 and minifies it, in one pass over its bytes and without recursion.
///
/// Bytes between white space are copied as one run, and nothing is copied if there is no white space. The parser also
/// notes whether the text is already canonical.
struct Parser: ~Copyable {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    /// The index of the next byte.
    var position = 0
    /// The open arrays and objects, innermost last.
    var frames: ScratchStack<Frame>
    /// The names of all open objects. An object's names are contiguous, beginning at its frame's `firstName`.
    var names: ScratchStack<NameKey>
    /// The names that were written with escapes, decoded.
    var decodedNames: [UInt8] = []
    /// The minified text up to `runStart`; nil until the first white space.
    private var output: UnsafeMutablePointer<UInt8>?
    private var outputCount = 0
    private var runStart = 0
    /// False once a part may differ from the canonical form. It may be false for a canonical text.
    var isCanonical = true

    /// An open array or object.
    struct Frame {
        let isObject: Bool
        /// Whether the names so far are strictly ascending, so that no name occurs twice.
        var isAscending = true
        let firstName: Int
    }

    init(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits, frames: UnsafeMutableBufferPointer<Frame>,
        names: UnsafeMutableBufferPointer<NameKey>
    ) {
        self.bytes = bytes
        self.limits = limits
        self.frames = ScratchStack(borrowing: frames)
        self.names = ScratchStack(borrowing: names)
    }

    deinit { output?.deallocate() }

    /// The minified text; nil if the given text is already minified.
    var minified: [UInt8]? {
        guard let output else { return nil }
        return Array(UnsafeBufferPointer(start: output, count: outputCount))
    }

    /// The byte at `position`. It is 0 after the end, because no token contains that byte.
    @inline(__always)
    var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    /// Parses the whole text.
    mutating func run() throws(JSONSyntaxError) {
        guard bytes.count <= min(limits.maximumBytes, JSONLimits.absoluteMaximumBytes) else {
            let reason = "the text has \(bytes.count) bytes, and the limit is \(limits.maximumBytes)"
            throw JSONSyntaxError(code: .size, reason: reason, line: 1, column: 1, offset: 0)
        }
        skipWhitespace()
        repeat {
            while try value() {}
            while try !separator() {}
        } while !frames.isEmpty
        copyRun(upTo: bytes.count)
    }

    /// Reads a scalar or an opening bracket. Returns true when another value must follow at once.
    @inline(__always)
    private mutating func value() throws(JSONSyntaxError) -> Bool {
        switch current {
        case Ascii.quote: _ = try string()
        case Ascii.openBrace: return try openObject()
        case Ascii.openBracket: return try openArray()
        case Ascii.minus, Ascii.zero...Ascii.nine: try number()
        case Ascii.letterT: try literal("true")
        case Ascii.letterF: try literal("false")
        case Ascii.letterN: try literal("null")
        default: throw unexpected(frames.isEmpty || frames.last.isObject ? "a value" : "a value in the array")
        }
        return false
    }

    /// Reads what follows a value: a comma or a closing bracket. Returns false when that ended a value itself.
    @inline(__always)
    private mutating func separator() throws(JSONSyntaxError) -> Bool {
        skipWhitespace()
        guard !frames.isEmpty else {
            guard position == bytes.count else { throw unexpected("the end of the text after the value") }
            return true
        }
        if frames.last.isObject {
            switch current {
            case Ascii.comma:
                advance()
                try memberName()
                return true
            case Ascii.closeBrace:
                try closeObject()
                return false
            default: throw unexpected("',' or '}' after an object member")
            }
        }
        switch current {
        case Ascii.comma:
            advance()
            return true
        case Ascii.closeBracket:
            position += 1
            frames.removeLast()
            return false
        default: throw unexpected("',' or ']' after an array element")
        }
    }

    private mutating func openArray() throws(JSONSyntaxError) -> Bool {
        try open(Frame(isObject: false, firstName: names.count))
        guard current == Ascii.closeBracket else { return true }
        position += 1
        frames.removeLast()
        return false
    }

    private mutating func openObject() throws(JSONSyntaxError) -> Bool {
        try open(Frame(isObject: true, firstName: names.count))
        guard current == Ascii.closeBrace else {
            try memberName()
            return true
        }
        position += 1
        frames.removeLast()
        return false
    }

    @inline(__always)
    private mutating func open(_ frame: Frame) throws(JSONSyntaxError) {
        guard frames.count < limits.maximumDepth else {
            throw failure(.depth, "more than \(limits.maximumDepth) levels of nested arrays and objects")
        }
        frames.append(frame)
        advance()
    }

    private mutating func closeObject() throws(JSONSyntaxError) {
        let frame = frames.last
        if !frame.isAscending { try checkNames(from: frame.firstName) }
        names.removeLast(names.count - frame.firstName)
        frames.removeLast()
        position += 1
    }

    private mutating func literal(_ literal: StaticString) throws(JSONSyntaxError) {
        let count = literal.utf8CodeUnitCount
        let text = UnsafeBufferPointer(start: literal.utf8Start, count: count)
        guard bytes.count - position >= count, bytes[position..<(position + count)].elementsEqual(text) else {
            throw unexpected("the literal \(literal)")
        }
        position += count
    }

    /// Skips the byte at `position` and white space after it.
    @inline(__always)
    mutating func advance() {
        position += 1
        skipWhitespace()
    }

    /// Omits white space at `position` from the minified text.
    @inline(__always)
    mutating func skipWhitespace() {
        if position < bytes.count, bytes[position] <= Ascii.space { dropWhitespace() }
    }

    @inline(never)
    private mutating func dropWhitespace() {
        let start = position
        while position < bytes.count, Ascii.isWhitespace(bytes[position]) { position += 1 }
        guard position > start else { return }
        if output == nil { output = .allocate(capacity: bytes.count) }
        copyRun(upTo: start)
        runStart = position
    }

    @inline(__always)
    private mutating func copyRun(upTo end: Int) {
        guard let output, let base = bytes.baseAddress, end > runStart else { return }
        (output + outputCount).update(from: base + runStart, count: end - runStart)
        outputCount += end - runStart
        runStart = end
    }
}
