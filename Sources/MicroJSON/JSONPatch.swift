/// A JSON Patch (RFC 6902): operations on a document that are applied completely or not at all.
public struct JSONPatch: Sendable {
    /// One operation (RFC 6902 §4), with decoded pointers.
    public enum Operation: Sendable, Equatable {
        /// Sets a member or inserts an element.
        case add(path: JSONPointer, value: JSONValue)
        /// Removes a value.
        case remove(path: JSONPointer)
        /// Replaces a value.
        case replace(path: JSONPointer, value: JSONValue)
        /// Removes a value and adds it at another place.
        case move(from: JSONPointer, path: JSONPointer)
        /// Adds a copy of the value at another place.
        case copy(from: JSONPointer, path: JSONPointer)
        /// Fails the patch unless the value is equal.
        case test(path: JSONPointer, value: JSONValue)
    }

    /// The operations, in order.
    public let operations: [Operation]

    /// A patch from its operations.
    public init(operations: [Operation]) {
        self.operations = operations
    }

    /// Reads a patch document. Members that an operation doesn't define are ignored, as the RFC says.
    /// - Throws: `JSONPatchError` of kind `malformed`.
    public init(_ document: JSONValue) throws(JSONPatchError) {
        guard case .array(let elements) = document else {
            throw JSONPatchError(
                kind: .malformed, message: "a JSON Patch must be an array of operations, not \(document.kind.article)")
        }
        var operations: [Operation] = []
        operations.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            operations.append(try OperationReader(element, at: index).operation())
        }
        self.operations = operations
    }
}

/// Reads one operation's object.
private struct OperationReader {
    let object: JSONObject
    let index: Int

    init(_ element: JSONValue, at index: Int) throws(JSONPatchError) {
        guard case .object(let object) = element else {
            let message = "an operation must be an object, not \(element.kind.article)"
            throw JSONPatchError(kind: .malformed, opIndex: index, message: message)
        }
        self.object = object
        self.index = index
    }

    func operation() throws(JSONPatchError) -> JSONPatch.Operation {
        let name = try string("op")
        let path = try pointer("path")
        switch name {
        case "add": return .add(path: path, value: try value(of: name))
        case "remove": return .remove(path: path)
        case "replace": return .replace(path: path, value: try value(of: name))
        case "test": return .test(path: path, value: try value(of: name))
        case "copy": return .copy(from: try pointer("from"), path: path)
        case "move":
            let from = try pointer("from")
            guard from == path || !from.isPrefix(of: path) else {
                throw malformed("'\(from)' can't be moved into itself, to '\(path)'", pointer: path.description)
            }
            return .move(from: from, path: path)
        default:
            throw malformed("'op' is \"\(name)\"; it must be add, remove, replace, move, copy or test")
        }
    }

    private func value(of operation: String) throws(JSONPatchError) -> JSONValue {
        guard let value = object["value"] else { throw malformed("\"\(operation)\" needs a member 'value'") }
        return value
    }

    private func pointer(_ member: String) throws(JSONPatchError) -> JSONPointer {
        let text = try string(member)
        guard let pointer = JSONPointer(text) else {
            let rule = "it must be empty or start with '/', and '~' must be followed by 0 or 1 (RFC 6901)"
            throw malformed("'\(member)' is \"\(text)\", which is not a JSON Pointer; \(rule)", pointer: text)
        }
        return pointer
    }

    private func string(_ member: String) throws(JSONPatchError) -> String {
        guard let value = object[member] else { throw malformed("the member '\(member)' is missing") }
        guard let content = value.stringContent else {
            throw malformed("the member '\(member)' must be a string, not \(value.kind.article)")
        }
        return String(decoding: content, as: UTF8.self)
    }

    private func malformed(_ message: String, pointer: String? = nil) -> JSONPatchError {
        JSONPatchError(kind: .malformed, opIndex: index, pointer: pointer, message: message)
    }
}

extension JSONKind {
    /// The kind with its article: `an object`.
    var article: String {
        switch self {
        case .object, .array: "an \(rawValue)"
        case .string, .number, .boolean: "a \(rawValue)"
        case .null: rawValue
        }
    }
}
