/// Writes JSON into one buffer. Commas are written automatically; the caller must nest the calls correctly.
public struct JSONWriter: Sendable {
    /// The text so far.
    public var bytes: [UInt8] = []
    /// Whether there is a value before the current position, so that the next one needs a comma.
    @usableFromInline
    var needsComma = false

    /// A writer with an empty buffer.
    @inlinable
    public init(reserving capacity: Int = 0) {
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    /// Makes room for this many bytes more.
    @inlinable
    public mutating func reserve(_ capacity: Int) { bytes.reserveCapacity(bytes.count + capacity) }

    /// The text so far as a `JSONText`.
    @inlinable
    public var text: JSONText { JSONText(trusted: bytes) }

    /// Continues after text that was written without this writer: a value, which a comma must follow, or other text.
    @inlinable
    public mutating func resume(afterValue: Bool) { needsComma = afterValue }

    @inlinable
    mutating func beginValue() {
        if needsComma { bytes.append(Ascii.comma) }
        needsComma = true
    }

    // MARK: Structure

    /// Writes `{`.
    @inlinable
    public mutating func beginObject() {
        beginValue()
        bytes.append(Ascii.openBrace)
        needsComma = false
    }

    /// Writes `}`.
    @inlinable
    public mutating func endObject() {
        bytes.append(Ascii.closeBrace)
        needsComma = true
    }

    /// Writes `[`.
    @inlinable
    public mutating func beginArray() {
        beginValue()
        bytes.append(Ascii.openBracket)
        needsComma = false
    }

    /// Writes `]`.
    @inlinable
    public mutating func endArray() {
        bytes.append(Ascii.closeBracket)
        needsComma = true
    }

    // MARK: Names

    /// Writes a member's name and colon. The name must need no escapes; it is copied unchanged.
    public mutating func name(_ literal: StaticString) {
        let count = literal.utf8CodeUnitCount
        let start = needsComma ? 2 : 1
        // The parts are joined first, because appending once takes a fourth of the time of appending five times.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count + 4) { text in
            text[0] = Ascii.comma
            text[start - 1] = Ascii.quote
            (text.baseAddress! + start).update(from: literal.utf8Start, count: count)
            text[start + count] = Ascii.quote
            text[start + count + 1] = Ascii.colon
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[..<(start + count + 2)]))
        }
        needsComma = false
    }

    /// Writes a member's name, escaped where it must be, and the colon.
    public mutating func name(utf8 name: some Collection<UInt8>) {
        beginValue()
        quote(name)
        bytes.append(Ascii.colon)
        needsComma = false
    }

    /// Writes a member's name, escaped where it must be, and the colon.
    public mutating func name(utf8 name: UnsafeBufferPointer<UInt8>) {
        beginValue()
        bytes.append(Ascii.quote)
        StringCodec.encode(name, into: &bytes)
        endName()
    }

    /// Writes a member's raw name, as it is between the quotes of another text, and the colon.
    @inlinable
    public mutating func name(raw name: some Collection<UInt8>) {
        beginValue()
        bytes.append(Ascii.quote)
        bytes.append(contentsOf: name)
        endName()
    }

    @inlinable
    mutating func endName() {
        bytes.append(Ascii.quote)
        bytes.append(Ascii.colon)
        needsComma = false
    }

    // MARK: Values

    /// Writes a text as a value.
    @inlinable
    public mutating func raw(_ text: JSONText) {
        raw(text.utf8)
    }

    /// Writes bytes that are one JSON value.
    @inlinable
    public mutating func raw(_ value: some Collection<UInt8>) {
        beginValue()
        bytes.append(contentsOf: value)
    }

    /// Writes a string with as few escapes as possible (RFC 8785 §3.2.2.2).
    public mutating func string(_ string: String) {
        var string = string
        beginValue()
        string.withUTF8 { quote($0) }
    }

    /// Writes a string from valid UTF-8.
    public mutating func string(utf8 content: some Collection<UInt8>) {
        beginValue()
        quote(content)
    }

    /// Writes a string of exactly `count` characters, made in place. All of them must be ASCII and need no escape.
    @inlinable
    public mutating func string(ascii count: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        beginValue()
        bytes.append(Ascii.quote)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { text in
            write(text)
            bytes.append(contentsOf: UnsafeBufferPointer(text))
        }
        bytes.append(Ascii.quote)
    }

    /// Writes an integer.
    @inlinable
    public mutating func integer(_ value: some FixedWidthInteger) {
        if let magnitude = UInt64(exactly: value.magnitude) {
            integer(magnitude, isNegative: value < 0)
        } else {
            raw(String(value).utf8)
        }
    }

    @usableFromInline
    mutating func integer(_ value: UInt64, isNegative: Bool) {
        var magnitude = value
        beginValue()
        if isNegative { bytes.append(Ascii.minus) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = 20
            repeat {
                let (quotient, digit) = magnitude.quotientAndRemainder(dividingBy: 10)
                start -= 1
                digits[start] = Ascii.zero + UInt8(truncatingIfNeeded: digit)
                magnitude = quotient
            } while magnitude > 0
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    /// Writes `true` or `false`.
    public mutating func bool(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    /// Writes `null`.
    public mutating func null() {
        literal("null")
    }

    private mutating func literal(_ text: StaticString) {
        beginValue()
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func quote(_ content: some Collection<UInt8>) {
        bytes.append(Ascii.quote)
        let isDone: Void? = content.withContiguousStorageIfAvailable { StringCodec.encode($0, into: &bytes) }
        if isDone == nil { Array(content).withUnsafeBufferPointer { StringCodec.encode($0, into: &bytes) } }
        bytes.append(Ascii.quote)
    }
}
