import MicroJSON
import NestKVStorage

extension Node {
    /// The value that a read of the path returns: the answering value with everything below it added.
    ///
    /// - Precondition: the node ``exists``.
    public func composed() -> JSONText {
        let own: JSONText? =
            switch owner {
            case .leaf(let record): record.value
            case .document(_, let part): part
            case .merged(let parts): JSONValue.merged(parts.map { JSONValue($0.value) })?.text
            case .nobody: nil
            }
        guard !records.below.isEmpty else { return own ?? .null }
        var size = 64
        records.below.forEachUnretained { size += $0.value.utf8.count + $0.key.bytes.count + 4 }
        if own == nil {
            var splicer = Splicer(prefix: key.bytes.count, capacity: size)
            if let text = splicer.splice(records.below) { return text }
        }
        var composer = Composer(capacity: size)
        composer.compose(own, records.below[...], prefix: key.bytes.count)
        return composer.writer.text
    }
}

/// Rebuilds nested JSON from leaves in key order. Leaves below other leaves are merged as values.
private struct Composer {
    var writer: JSONWriter

    init(capacity: Int) {
        writer = JSONWriter(reserving: capacity)
    }

    /// Writes one value: `own` with `records` added. The first `prefix` bytes of their keys are those of the path.
    mutating func compose(_ own: JSONText?, _ records: ArraySlice<Record>, prefix: Int) {
        if let own {
            writer.raw(records.isEmpty ? own : JSONValue(own).adding(records, prefix: prefix).text)
        } else {
            composeObject(records, prefix: prefix)
        }
    }

    private mutating func composeObject(_ records: ArraySlice<Record>, prefix: Int) {
        writer.beginObject()
        var rest = records
        while let group = rest.popGroup(prefix: prefix) {
            writer.name(utf8: group.name)
            compose(group.own?.value, group.below, prefix: group.end)
        }
        writer.endObject()
    }
}

extension JSONObject {
    /// The member that contains a scalar or an array with leaves below it.
    static let valueName = Array("_value".utf8)

    fileprivate init(wrapping value: JSONValue) {
        self.init()
        self[name: Self.valueName] = value
    }
}

extension JSONValue {
    /// This value with the leaves below it added.
    ///
    /// The same rules apply at every level, so a member of the result equals a read of that member. A scalar or an
    /// array with leaves below it becomes an object with the member `_value`.
    fileprivate func adding(_ records: ArraySlice<Record>, prefix: Int) -> JSONValue {
        let members: JSONObject? = if case .object(let members) = self { members } else { nil }
        var object = members ?? JSONObject(wrapping: self)
        var rest = records
        while let group = rest.popGroup(prefix: prefix) {
            let name = Array(group.name)
            object[name: name] = group.composed(over: members?[name: name])
        }
        return .object(object)
    }

    /// Merges values from the first to the last; nil without values.
    static func merged(_ values: [JSONValue]) -> JSONValue? {
        values.dropFirst().reduce(values.first) { $0?.deeplyMerged(with: $1) }
    }

    /// Merges two values deeply. Where they are not both objects, the value stored deeper wins.
    fileprivate func deeplyMerged(with deeper: JSONValue) -> JSONValue {
        guard case .object(var members) = self, case .object(let added) = deeper else { return deeper }
        for member in added {
            let own = members[name: member.name]
            members[name: member.name] = own.map { $0.deeplyMerged(with: member.value) } ?? member.value
        }
        return .object(members)
    }
}

/// The records at and below one child of a key.
struct ChildGroup {
    /// The child's name.
    let name: ArraySlice<UInt8>
    /// The number of bytes of the child's key.
    let end: Int
    /// The leaf at exactly the child.
    let own: Record?
    /// The leaves below the child.
    let below: ArraySlice<Record>
}

extension ChildGroup {
    /// This child's value in a read of the parent whose own value has `member` there.
    func composed(over member: JSONValue?) -> JSONValue {
        let leaf = own.map { JSONValue($0.value) }
        let answer = leaf.map { member?.deeplyMerged(with: $0) ?? $0 } ?? member
        if let answer { return below.isEmpty ? answer : answer.adding(below, prefix: end) }
        var composer = Composer(capacity: 256)
        composer.compose(nil, below, prefix: end)
        return JSONValue(composer.writer.text)
    }
}

extension ArraySlice<Record> {
    /// Removes and returns the records of the first child, whose name begins at byte `prefix` of their keys.
    mutating func popGroup(prefix: Int) -> ChildGroup? {
        guard let first else { return nil }
        let bytes = first.key.bytes
        guard let nul = bytes[prefix...].firstIndex(of: 0) else { return nil }
        let end = nul + 1
        let child = bytes[..<end]
        var count = 1
        while count < self.count, self[startIndex + count].key.bytes.starts(with: child) { count += 1 }
        let own = bytes.count == end ? first : nil
        let records = self[startIndex..<startIndex + count]
        let group = ChildGroup(
            name: bytes[prefix..<nul], end: end, own: own, below: own == nil ? records : records.dropFirst())
        removeFirst(count)
        return group
    }
}
