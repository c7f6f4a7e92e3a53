import MicroJSON
import NestKVStorage

/// How far a document leads along a path through members of objects only.
struct Descent {
    /// The value to which it leads, in its text or its tree.
    private enum Place {
        case text(JSONText, start: Int)
        case tree(JSONValue)
    }

    /// The number of segments that lead to the value.
    let count: Int
    private let place: Place

    /// Descends in a document's text.
    init(_ document: JSONText, _ path: [ArraySlice<UInt8>]) {
        let (count, start) = document.descent(along: path)
        self.count = count
        place = .text(document, start: start)
    }

    /// Descends in a document's tree.
    init(_ document: JSONValue, _ path: [ArraySlice<UInt8>]) {
        var count = 0, value = document
        for segment in path {
            guard case .object(let members) = value, let member = members[name: Array(segment)] else { break }
            (count, value) = (count + 1, member)
        }
        self.count = count
        place = .tree(value)
    }

    /// The kind of the value.
    var kind: JSONKind {
        switch place {
        case .text(let document, let start): JSONKind(firstByte: document.utf8[start]) ?? .null
        case .tree(let value): value.kind
        }
    }

    /// The text of the value.
    var text: JSONText {
        switch place {
        case .text(let document, let start): document.value(at: start)
        case .tree(let value): value.text
        }
    }

    /// The part of a scalar or an array at the rest of the path; nil without such a part.
    ///
    /// `_value` names the scalar or the array itself, and an index names an element of the array.
    func entered(by rest: ArraySlice<ArraySlice<UInt8>>) -> JSONText? {
        guard let name = rest.first, kind != .object else { return nil }
        let isItself = name.elementsEqual(JSONObject.valueName)
        let rest = isItself ? rest.dropFirst() : rest
        guard !rest.isEmpty else { return text }
        switch place {
        case .text(let document, let start):
            return document.range(at: rest, from: start).map {
                document.value(at: $0.lowerBound)
            }
        case .tree(let value): return value.value(at: rest.map(Array.init))?.text
        }
    }
}

extension Record {
    /// This leaf's value with the part at a key below it replaced.
    ///
    /// - Returns: nil if the value has no such part, or the part is a scalar or an array by its name `_value`, which a
    ///   leaf of that name hides.
    func value(replacing key: Key, with part: JSONText) -> JSONText? {
        let path = key.segments(below: self.key)
        if let value = value.replacing(path, with: part) { return value }
        guard let (inner, isItself) = entered(by: path), !isItself else { return nil }
        return value.replacing(inner, with: part)
    }

    /// The edit that removes the part at a key below this leaf, and the place that it empties; nil if the value has no
    /// such part.
    ///
    /// An array closes the gap. The `_value` of a scalar or an array is removed as the member or leaf that it is.
    func removal(of key: Key) -> (edit: Edit, place: Key)? {
        let path = key.segments(below: self.key)
        if let value = value.removing(path) { return (.set(self.key, value, replacing: self), key) }
        guard let (inner, isItself) = entered(by: path) else { return nil }
        let place = isItself ? inner.reduce(self.key) { $0.appending($1) } : key
        guard !inner.isEmpty else { return (.delete(self), place) }
        return value.removing(inner).map { (.set(self.key, $0, replacing: self), place) }
    }

    /// Whether this leaf's value has a part at a key below it.
    func contains(partAt key: Key) -> Bool {
        let path = key.segments(below: self.key)
        if value.contains(path) { return true }
        return entered(by: path).map { $0.isItself || value.contains($0.path) } ?? false
    }

    /// The path in the value that a path with the name `_value` of a scalar or an array means; nil if it has no such
    /// name.
    private func entered(by path: [ArraySlice<UInt8>]) -> (path: [ArraySlice<UInt8>], isItself: Bool)? {
        let (count, start) = value.descent(along: path)
        guard count < path.count, path[count].elementsEqual(JSONObject.valueName),
            JSONKind(firstByte: value.utf8[start]) != .object
        else { return nil }
        var inner = path
        inner.remove(at: count)
        return (inner, inner.count == count)
    }
}
