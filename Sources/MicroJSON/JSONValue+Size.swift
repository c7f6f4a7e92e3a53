extension JSONValue {
    /// How much a value is.
    public struct Size: Sendable {
        /// The bytes of its text.
        public internal(set) var bytes = 0
        /// The levels of nesting; 0 for a scalar.
        public internal(set) var depth = 0
    }

    /// How much the value is. It costs by the value.
    public var size: Size {
        var size = Size()
        measure(into: &size, upTo: .max)
        return size
    }

    /// Adds up a value's text, and stops early above a bound.
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
