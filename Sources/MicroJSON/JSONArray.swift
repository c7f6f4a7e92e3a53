/// The elements of an array, in order.
///
/// A long array is split into pieces once elements are inserted or removed before its end. Otherwise each of the
/// thousands of steps of a patch would move all later elements.
public struct JSONArray: Sendable {
    /// A piece is split when it is longer than twice this.
    private static let pieceLength = 512

    /// All elements, as long as they are not split.
    private var whole: [JSONValue]
    /// The pieces, none of which is empty; empty if the array is not split.
    private var pieces: [[JSONValue]] = []
    /// The lengths of the pieces, which are searched for an index.
    private var lengths: [Int] = []
    /// The number of elements.
    public private(set) var count: Int

    /// An array with the elements of a sequence.
    public init(_ elements: some Sequence<JSONValue>) {
        whole = Array(elements)
        count = whole.count
    }

    /// The piece of an element and its offset in the piece. The end is after the last element of the last piece.
    private func place(of index: Int) -> (piece: Int, offset: Int) {
        var offset = index, piece = 0
        while piece < lengths.count - 1, offset >= lengths[piece] {
            offset -= lengths[piece]
            piece += 1
        }
        return (piece, offset)
    }

    /// Inserts an element before the one at an index, or at the end.
    public mutating func insert(_ element: JSONValue, at index: Int) {
        precondition(index >= 0 && index <= count, "there is no such index")
        if index < count { cutWhole() }
        count += 1
        guard !pieces.isEmpty else { return whole.insert(element, at: index) }
        let (piece, offset) = place(of: index)
        pieces[piece].insert(element, at: offset)
        lengths[piece] += 1
        if lengths[piece] > 2 * Self.pieceLength { halve(piece) }
    }

    /// Appends an element.
    public mutating func append(_ element: JSONValue) { insert(element, at: count) }

    /// Removes and returns an element.
    public mutating func remove(at index: Int) -> JSONValue {
        precondition(index >= 0 && index < count, "there is no such index")
        if index < count - 1 { cutWhole() }
        count -= 1
        guard !pieces.isEmpty else { return whole.remove(at: index) }
        let (piece, offset) = place(of: index)
        let element = pieces[piece].remove(at: offset)
        lengths[piece] -= 1
        if lengths[piece] == 0 {
            pieces.remove(at: piece)
            lengths.remove(at: piece)
        }
        return element
    }

    /// Splits a long array into pieces.
    private mutating func cutWhole() {
        guard pieces.isEmpty, whole.count > 4 * Self.pieceLength else { return }
        pieces = stride(from: 0, to: whole.count, by: Self.pieceLength).map { start in
            Array(whole[start..<Swift.min(start + Self.pieceLength, whole.count)])
        }
        lengths = pieces.map(\.count)
        whole = []
    }

    private mutating func halve(_ piece: Int) {
        let half = lengths[piece] / 2
        let rest = Array(pieces[piece][half...])
        pieces[piece].removeLast(rest.count)
        pieces.insert(rest, at: piece + 1)
        lengths[piece] = half
        lengths.insert(rest.count, at: piece + 1)
    }
}

extension JSONArray: RandomAccessCollection, MutableCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    public subscript(index: Int) -> JSONValue {
        get {
            guard !pieces.isEmpty else { return whole[index] }
            let (piece, offset) = place(of: index)
            return pieces[piece][offset]
        }
        _modify {
            if pieces.isEmpty {
                yield &whole[index]
            } else {
                let (piece, offset) = place(of: index)
                yield &pieces[piece][offset]
            }
        }
    }

    /// Iterates over the elements in order.
    public func makeIterator() -> FlattenSequence<[[JSONValue]]>.Iterator {
        (pieces.isEmpty ? [whole] : pieces).joined().makeIterator()
    }
}

extension JSONArray: ExpressibleByArrayLiteral {
    /// An array with the elements of a literal.
    public init(arrayLiteral elements: JSONValue...) { self.init(elements) }
}

extension JSONArray: Equatable {
    /// Arrays are equal when they have equal elements in the same order.
    public static func == (one: JSONArray, other: JSONArray) -> Bool {
        one.count == other.count && one.elementsEqual(other)
    }
}
