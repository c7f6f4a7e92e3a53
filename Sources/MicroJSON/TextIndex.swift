/// The position of each value of a checked text, and whether it is canonical. It is one flat array, not a tree.
struct TextIndex {
    let bytes: UnsafeBufferPointer<UInt8>
    private(set) var nodes: [Node] = []
    /// The names that were written with escapes, decoded.
    private(set) var decodedNames: [UInt8] = []

    /// One value. The nodes of its parts follow it immediately.
    struct Node {
        /// The member's name, if the value is that of a member.
        let name: NameKey?
        // 32 bits each, because there is one node for every value of a text that may have many megabytes.
        private let startOffset: UInt32
        private var endOffset: UInt32
        private var nextNode: UInt32
        var isCanonical: Bool
        /// Whether the names of this object are strictly ascending in canonical order.
        var isAscending = true

        init(name: NameKey?, start: Int, end: Int, next: Int, isCanonical: Bool) {
            self.name = name
            startOffset = UInt32(start)
            endOffset = UInt32(end)
            nextNode = UInt32(next)
            self.isCanonical = isCanonical
        }

        var start: Int { Int(startOffset) }
        var end: Int {
            get { Int(endOffset) }
            set { endOffset = UInt32(newValue) }
        }
        /// The index of the node after this value's last part.
        var next: Int {
            get { Int(nextNode) }
            set { nextNode = UInt32(newValue) }
        }
    }

    /// A container whose end was not reached yet.
    private struct Open {
        let node: Int
        var lastName: NameKey?
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        // Enough for most texts; small ones have shorter values.
        nodes.reserveCapacity(bytes.count / (bytes.count < 4096 ? 8 : 16) + 4)
        var open: [Open] = []
        open.reserveCapacity(8)
        var position = 0
        while position < bytes.count {
            switch bytes[position] {
            case Ascii.comma:
                position += 1
            case Ascii.closeBrace, Ascii.closeBracket:
                position += 1
                if let container = open.popLast() { close(container.node, at: position, within: open.last?.node) }
            default:
                position = addValue(at: position, open: &open)
            }
            if open.isEmpty { break }
        }
        // Containers are still open here only in text that was not checked by a parser.
        while let container = open.popLast() { close(container.node, at: bytes.count, within: open.last?.node) }
    }

    /// Adds the value or member at a position. Returns where to continue.
    private mutating func addValue(at position: Int, open: inout [Open]) -> Int {
        var start = position
        var name: NameKey?
        if let container = open.last, bytes[nodes[container.node].start] == Ascii.openBrace {
            guard let (key, valueStart) = memberName(at: position) else { return bytes.count }
            compare(key, with: container)
            open[open.count - 1].lastName = key
            name = key
            start = valueStart
        }
        let byte = bytes[start]
        if byte == Ascii.openBrace || byte == Ascii.openBracket {
            open.append(Open(node: nodes.count))
            nodes.append(Node(name: name, start: start, end: start, next: 0, isCanonical: true))
            return start + 1
        }
        let end = ByteScan.endOfValue(in: bytes, from: start)
        let isCanonical = isCanonicalScalar(from: start, to: end)
        nodes.append(Node(name: name, start: start, end: end, next: nodes.count + 1, isCanonical: isCanonical))
        if !isCanonical, let container = open.last { nodes[container.node].isCanonical = false }
        return end
    }

    private mutating func memberName(at position: Int) -> (key: NameKey, valueStart: Int)? {
        let start = position + 1
        let (quote, hasEscapes) = ByteScan.endOfString(in: bytes, from: start)
        guard bytes[position] == Ascii.quote, quote + 2 < bytes.count else { return nil }
        guard hasEscapes else {
            let key = NameKey(bytes, start: start, count: quote - start, source: position, isDecoded: false)
            return (key, quote + 2)
        }
        let decodedStart = decodedNames.count
        StringCodec.decode(UnsafeBufferPointer(rebasing: bytes[start..<quote]), into: &decodedNames)
        let key = decodedNames.withUnsafeBufferPointer {
            NameKey($0, start: decodedStart, count: $0.count - decodedStart, source: position, isDecoded: true)
        }
        return (key, quote + 2)
    }

    private mutating func compare(_ key: NameKey, with container: Open) {
        // A name with escapes may still be canonical (\n); writing it again then gives the same bytes.
        if key.isDecoded { nodes[container.node].isCanonical = false }
        guard let lastName = container.lastName, !isLess(lastName, key) else { return }
        nodes[container.node].isAscending = false
        nodes[container.node].isCanonical = false
    }

    @inline(__always)
    private func isLess(_ one: NameKey, _ other: NameKey) -> Bool {
        guard one.isDecoded || other.isDecoded else {
            return NameSpace(text: bytes, decoded: bytes).isLess(one, other)
        }
        return withNames { $0.isLess(one, other) }
    }

    private mutating func close(_ node: Int, at end: Int, within parent: Int?) {
        nodes[node].end = end
        nodes[node].next = nodes.count
        if let parent, !nodes[node].isCanonical { nodes[parent].isCanonical = false }
    }

    private func isCanonicalScalar(from start: Int, to end: Int) -> Bool {
        let text = UnsafeBufferPointer(rebasing: bytes[start..<end])
        switch bytes[start] {
        case Ascii.quote: return !text.contains(Ascii.backslash)
        case Ascii.minus, Ascii.zero...Ascii.nine: return JSONNumber.isCanonical(text)
        default: return true
        }
    }

    /// Appends a container's nodes in canonical order, the last one first.
    func appendChildren(of node: Int, to pending: inout [Int]) {
        let floor = pending.count
        var child = node + 1
        while child < nodes[node].next {
            pending.append(child)
            child = nodes[child].next
        }
        if nodes[node].isAscending {
            pending[floor...].reverse()
        } else {
            withNames { names in
                pending[floor...].sort { one, other in
                    guard let name = nodes[one].name, let otherName = nodes[other].name else { return false }
                    return names.isLess(otherName, name)
                }
            }
        }
    }

    /// Calls `body` with the buffers that contain names.
    @inline(__always)
    func withNames<Result>(_ body: (NameSpace) -> Result) -> Result {
        decodedNames.withUnsafeBufferPointer { body(NameSpace(text: bytes, decoded: $0)) }
    }
}
