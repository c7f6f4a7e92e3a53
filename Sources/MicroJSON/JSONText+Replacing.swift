extension JSONText {
    /// The text with another value for the part at a path; nil when it doesn't contain the path. All other bytes stay
    /// as they are, and no tree is built.
    public func replacing(_ path: some Sequence<ArraySlice<UInt8>>, with part: JSONText) -> JSONText? {
        guard let range = range(at: path) else { return nil }
        return JSONText(trusted: bytes(without: range, with: part.utf8))
    }

    /// The text without the member or element at a path, where arrays close the gap; nil when it doesn't contain the
    /// path, or when the path is empty.
    public func removing(_ path: some Collection<ArraySlice<UInt8>>) -> JSONText? {
        guard !path.isEmpty, var range = range(at: path) else { return nil }
        if utf8[range.lowerBound - 1] == Ascii.colon {
            range = startOfName(before: range.lowerBound)..<range.upperBound
        }
        // One of the commas around it goes, too.
        if range.upperBound < utf8.count, utf8[range.upperBound] == Ascii.comma {
            range = range.lowerBound..<range.upperBound + 1
        } else if utf8[range.lowerBound - 1] == Ascii.comma {
            range = range.lowerBound - 1..<range.upperBound
        }
        return JSONText(trusted: bytes(without: range, with: []))
    }

    private func bytes(without range: Range<Int>, with part: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count - range.count + part.count)
        bytes.append(contentsOf: utf8[..<range.lowerBound])
        bytes.append(contentsOf: part)
        bytes.append(contentsOf: utf8[range.upperBound...])
        return bytes
    }

    /// Where the opening quote is of the name whose colon ends before a value.
    private func startOfName(before value: Int) -> Int {
        var index = value - 3
        while index > 0, utf8[index] != Ascii.quote || isEscaped(index) { index -= 1 }
        return max(index, 0)
    }

    /// Whether an odd number of backslashes comes before a byte.
    private func isEscaped(_ index: Int) -> Bool {
        var first = index
        while first > 0, utf8[first - 1] == Ascii.backslash { first -= 1 }
        return (index - first) % 2 == 1
    }

    /// Levels of nesting: 0 for a scalar, 1 for `[]` and `{"a":1}`.
    public var depth: Int {
        utf8.withUnsafeBufferPointer { bytes in
            var level = 0, deepest = 0, index = 0
            while index < bytes.count {
                switch bytes[index] {
                case Ascii.quote: index = ByteScan.endOfString(in: bytes, from: index + 1).quote
                case Ascii.openBrace, Ascii.openBracket:
                    level += 1
                    deepest = max(deepest, level)
                case Ascii.closeBrace, Ascii.closeBracket: level -= 1
                default: break
                }
                index += 1
            }
            return deepest
        }
    }
}
