extension JSONText {
    /// The indented text: one member or element per line, a space after each colon, and a line feed at the end. Empty
    /// objects and arrays stay `{}` and `[]`.
    ///
    /// - Parameter indent: Spaces for each level.
    public func pretty(indent: Int = 2) -> [UInt8] {
        pretty(indent: indent, maximumBytes: .max) ?? []
    }

    /// The indented text; nil if it would have more bytes. A deep value can grow a thousandfold.
    public func pretty(indent: Int = 2, maximumBytes: Int) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(min(utf8.count * 2, maximumBytes))
        let isWhole = utf8.withUnsafeBufferPointer {
            Self.layOut($0, indent: max(indent, 0), into: &output, maximumBytes)
        }
        guard isWhole, output.count < maximumBytes else { return nil }
        output.append(Ascii.lineFeed)
        return output
    }

    private static func layOut(
        _ bytes: UnsafeBufferPointer<UInt8>, indent: Int, into output: inout [UInt8], _ maximumBytes: Int
    ) -> Bool {
        var depth = 0
        var index = 0
        func newLine() {
            output.append(Ascii.lineFeed)
            output.append(contentsOf: repeatElement(Ascii.space, count: depth * indent))
        }
        while index < bytes.count {
            guard output.count <= maximumBytes else { return false }
            let byte = bytes[index]
            var end = index + 1
            switch byte {
            case Ascii.quote:
                end = min(ByteScan.endOfString(in: bytes, from: end).quote + 1, bytes.count)
                output.append(contentsOf: bytes[index..<end])
            case Ascii.openBrace, Ascii.openBracket:
                output.append(byte)
                if end < bytes.count, bytes[end] == byte + 2 {
                    output.append(bytes[end])
                    end += 1
                } else {
                    depth += 1
                    newLine()
                }
            case Ascii.closeBrace, Ascii.closeBracket:
                depth = max(depth - 1, 0)
                newLine()
                output.append(byte)
            case Ascii.comma:
                output.append(byte)
                newLine()
            case Ascii.colon: output.append(contentsOf: [Ascii.colon, Ascii.space])
            default: output.append(byte)
            }
            index = end
        }
        return true
    }
}
