extension JSONValue {
    /// The size of a value.
    public struct Size: Sendable {
        /// The bytes of its text.
        public internal(set) var bytes = 0
        /// The levels of nesting; 0 for a scalar.
        public internal(set) var depth = 0
    }

    /// The size of the value. The whole value is traversed.
    public var size: Size {
        var size = Size()
        measure(into: &size, upTo: .max)
        return size
    }

    /// Adds the size of a value's text, and stops early above a bound.
    func measure(into size: inout Size, level: Int = 0, upTo bound: Int) {
        guard size.bytes <= bound else { return }
        switch self {
        case .scalar(let text): size.bytes += text.utf8.count
        case .array(let elements):
            size.depth = max(size.depth, level + 1)
            size.bytes += 2 + max(elements.count - 1, 0)
            for element in elements { element.measure(into: &size, level: level + 1, upTo: bound) }
        case .object(let object):
            size.depth = max(size.depth, level + 1)
            size.bytes += 2 + max(object.count - 1, 0)
            for member in object {
                size.bytes += member.rawName.count + 3
                member.value.measure(into: &size, level: level + 1, upTo: bound)
            }
        }
    }
}
