extension Parser {
    /// Reads a member's name and colon, up to the first byte of its value.
    @inline(__always)
    mutating func memberName() throws(JSONSyntaxError) {
        guard current == Ascii.quote else {
            throw unexpected(names.count == frames.last.firstName ? "a member name or '}'" : "a member name")
        }
        let start = position + 1
        let hasEscapes = try string()
        remember(nameFrom: start, to: position - 1, hasEscapes: hasEscapes)
        skipWhitespace()
        guard current == Ascii.colon else { throw unexpected("':' after a member name") }
        advance()
    }

    @inline(__always)
    private mutating func remember(nameFrom start: Int, to end: Int, hasEscapes: Bool) {
        let key: NameKey
        if hasEscapes {
            key = decodedKey(from: start, to: end)
        } else {
            key = NameKey(bytes, start: start, count: end - start, source: start - 1, isDecoded: false)
        }
        if frames.last.isAscending, names.count > frames.last.firstName, !isLess(names.last, key) {
            frames.last.isAscending = false
            isCanonical = false
        }
        names.append(key)
    }

    @inline(__always)
    private func isLess(_ one: NameKey, _ other: NameKey) -> Bool {
        guard one.isDecoded || other.isDecoded else {
            return NameSpace(text: bytes, decoded: bytes).isLess(one, other)
        }
        return decodedNames.withUnsafeBufferPointer { NameSpace(text: bytes, decoded: $0).isLess(one, other) }
    }

    @inline(never)
    private mutating func decodedKey(from start: Int, to end: Int) -> NameKey {
        let decodedStart = decodedNames.count
        StringCodec.decode(UnsafeBufferPointer(rebasing: bytes[start..<end]), into: &decodedNames)
        return decodedNames.withUnsafeBufferPointer {
            NameKey(
                $0, start: decodedStart, count: $0.count - decodedStart, source: start - 1, isDecoded: true)
        }
    }

    /// Refuses an object with a name that occurs twice, before the object is closed.
    @inline(never)
    mutating func checkNames(from first: Int) throws(JSONSyntaxError) {
        let count = names.count - first
        let found = decodedNames.withUnsafeBufferPointer { decoded in
            NameSpace(text: bytes, decoded: decoded).duplicate(count: count) { names[first + $0] }
        }
        guard let found else { return }
        position = Int(names[first + found].source)
        let end = ByteScan.endOfString(in: bytes, from: position + 1).quote
        let name = String(decoding: bytes[(position + 1)..<min(end, position + 81)], as: UTF8.self)
        throw failure(.duplicateName, "the object has the member \"\(name)\" twice")
    }
}
