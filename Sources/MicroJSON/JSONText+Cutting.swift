extension JSONText {
    /// The text down to a depth. A non-empty object or array `depth` levels below the top becomes `true`; scalars and
    /// empty objects and arrays stay. A depth of 0 cuts the top itself.
    public func cut(depth: Int) -> JSONText {
        guard utf8.count > 2 else { return self }
        var output: [UInt8] = []
        utf8.withUnsafeBufferPointer { Self.cut($0, depth: depth, into: &output) }
        return JSONText(trusted: output)
    }

    private static func cut(_ bytes: UnsafeBufferPointer<UInt8>, depth: Int, into output: inout [UInt8]) {
        var level = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            var end = index + 1
            switch byte {
            case Ascii.quote:
                end = min(ByteScan.endOfString(in: bytes, from: end).quote + 1, bytes.count)
            case Ascii.openBrace, Ascii.openBracket:
                // In ASCII the closing bracket is two characters after the opening one.
                let isEmpty = end < bytes.count && bytes[end] == byte + 2
                if level >= depth, !isEmpty {
                    output.append(contentsOf: JSONText.true.utf8)
                    index = ByteScan.endOfValue(in: bytes, from: index)
                    continue
                }
                level += 1
            case Ascii.closeBrace, Ascii.closeBracket: level -= 1
            default: break
            }
            output.append(contentsOf: bytes[index..<end])
            index = end
        }
    }
}
