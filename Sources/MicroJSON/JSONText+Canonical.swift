extension JSONText {
    /// The canonical form (RFC 8785): members sorted by the UTF-16 code units of their names, strings with as few
    /// escapes as possible, numbers in ECMAScript's layout.
    ///
    /// A number that a double can't represent keeps its digits; see `JSONNumber.appendCanonical` for the rule. Texts
    /// that are equal JSON have equal canonical forms, however they are written.
    public func canonical() -> [UInt8] {
        guard !isCanonical, utf8.count <= JSONLimits.absoluteMaximumBytes else { return utf8 }
        return utf8.withUnsafeBufferPointer { bytes in
            let index = TextIndex(bytes)
            guard let root = index.nodes.first, !root.isCanonical else { return utf8 }
            var canonicaliser = Canonicaliser(index)
            return canonicaliser.run()
        }
    }
}

/// Writes the values of an index in canonical form, with its own stack.
private struct Canonicaliser {
    let index: TextIndex
    var output: [UInt8] = []
    /// The open arrays and objects.
    var frames: [Frame] = []
    /// The nodes still to be written of all open containers, in reverse for each container, so that the next one is
    /// last.
    var pending: [Int] = []

    struct Frame {
        let close: UInt8
        /// The number of pending nodes before those of this container.
        let floor: Int
        var needsComma = false
    }

    init(_ index: TextIndex) {
        self.index = index
        output.reserveCapacity(index.bytes.count + 16)
        frames.reserveCapacity(8)
        pending.reserveCapacity(min(index.nodes.count, 64))
    }

    mutating func run() -> [UInt8] {
        write(0)
        while let frame = frames.last {
            guard pending.count > frame.floor else {
                output.append(frame.close)
                frames.removeLast()
                continue
            }
            if frame.needsComma { output.append(Ascii.comma) }
            frames[frames.count - 1].needsComma = true
            let node = pending.removeLast()
            writeName(of: index.nodes[node])
            write(node)
        }
        return output
    }

    private mutating func writeName(of node: TextIndex.Node) {
        guard let name = node.name else { return }
        guard name.isDecoded else {
            let start = Int(name.source)
            output.append(contentsOf: UnsafeBufferPointer(rebasing: index.bytes[start..<node.start]))
            return
        }
        output.append(Ascii.quote)
        index.withNames { StringCodec.encode($0.bytes(of: name), into: &output) }
        output.append(Ascii.quote)
        output.append(Ascii.colon)
    }

    private mutating func write(_ position: Int) {
        let node = index.nodes[position]
        let text = UnsafeBufferPointer(rebasing: index.bytes[node.start..<node.end])
        guard !node.isCanonical, let first = text.first else {
            output.append(contentsOf: text)
            return
        }
        switch first {
        case Ascii.openBrace, Ascii.openBracket:
            output.append(first)
            frames.append(Frame(close: first + 2, floor: pending.count))
            index.appendChildren(of: position, to: &pending)
        case Ascii.quote:
            output.append(Ascii.quote)
            let content = StringCodec.decoded(UnsafeBufferPointer(rebasing: text[1..<max(text.count - 1, 1)]))
            content.withUnsafeBufferPointer { StringCodec.encode($0, into: &output) }
            output.append(Ascii.quote)
        default:
            JSONNumber.appendCanonical(text, to: &output)
        }
    }
}
