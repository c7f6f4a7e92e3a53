import MicroJSON
import NestKVStorage

/// The key of names written with slashes: `e/a/b`.
public func key(_ path: String) -> Key { Key(path.split(separator: "/").map { Array($0.utf8) }) }

/// A text of a test's own JSON.
public func text(_ json: String) -> JSONText {
    do throws(JSONSyntaxError) {
        return try JSONText(parsing: json)
    } catch {
        preconditionFailure("a test's own JSON is wrong: \(error): \(json)")
    }
}

/// A leaf as a driver would give it.
public func record(
    _ path: String, _ json: String?, version: UInt64 = 1, revision: Revision = 1, at time: Int64 = 1_000_000
) -> Record {
    let value = json.map(text)
    return Record(
        key: key(path), value: value ?? .null, version: version, revision: revision,
        createdAt: Timestamp(milliseconds: time), updatedAt: Timestamp(milliseconds: time), expiresAt: nil,
        dataHash: CanonicalHashing().hash(of: value ?? .null), attribution: .none, isDeleted: json == nil)
}
