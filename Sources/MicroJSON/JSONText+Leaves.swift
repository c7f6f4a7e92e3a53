extension JSONText {
    /// Splits an object into its leaves. It visits, in order, each value that is not an object, each empty object, and
    /// each object `depth` levels down.
    ///
    /// A text that is not an object is one leaf at the empty path. Arrays are leaves.
    ///
    /// - Parameters:
    ///   - depth: The number of levels of objects to split; 1 gives one leaf for each member.
    ///   - visit: Called with the path of decoded names and the value's bytes, both slices of other arrays.
    public func forEachLeaf<Failure: Error>(
        depth: Int = .max, _ visit: (_ path: [[UInt8]], _ value: ArraySlice<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        guard kind == .object, utf8.count > 2, depth > 0 else { return try visit([], utf8[...]) }
        var path: [[UInt8]] = []
        var position = 1
        while position < utf8.count {
            switch utf8[position] {
            case Ascii.quote:
                guard let (name, start) = memberName(at: position) else { return }
                path.append(name)
                if path.count < depth, opensMembers(at: start) {
                    position = start + 1
                    continue
                }
                position = utf8.withUnsafeBufferPointer { ByteScan.endOfValue(in: $0, from: start) }
                try visit(path, utf8[start..<position])
                path.removeLast()
            case Ascii.closeBrace:
                position += 1
                if path.popLast() == nil { return }
            default: position += 1
            }
        }
    }

    /// The decoded name whose opening quote is at a position, and the start of its value.
    private func memberName(at position: Int) -> (name: [UInt8], valueStart: Int)? {
        utf8.withUnsafeBufferPointer { bytes in
            let (quote, hasEscapes) = ByteScan.endOfString(in: bytes, from: position + 1)
            guard quote + 2 < bytes.count else { return nil }
            let raw = UnsafeBufferPointer(rebasing: bytes[(position + 1)..<quote])
            return (hasEscapes ? StringCodec.decoded(raw) : Array(raw), quote + 2)
        }
    }

    /// Whether an object with members starts at a position.
    private func opensMembers(at start: Int) -> Bool {
        utf8[start] == Ascii.openBrace && start + 1 < utf8.count && utf8[start + 1] != Ascii.closeBrace
    }
}
