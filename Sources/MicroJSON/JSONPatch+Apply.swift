extension JSONPatch {
    /// The document after all operations (RFC 6902 §5).
    ///
    /// - Parameter limits: The limits on the result. `maximumBytes` limits everything that the operations add or copy,
    ///   so that repeatedly copying a document into itself can't exhaust the memory.
    /// - Throws: `JSONPatchError` of any kind but `malformed`, if an operation fails.
    public func apply(
        to document: JSONValue, limits: JSONLimits = .default
    ) throws(JSONPatchError) -> JSONValue {
        var document = document
        try apply(in: &document, limits: limits)
        return document
    }

    /// Changes a document in place. If an operation fails, the effects of earlier operations remain.
    public func apply(in document: inout JSONValue, limits: JSONLimits = .default) throws(JSONPatchError) {
        var application = Application(document: document, limits: limits)
        // Drops this reference, so that nothing is copied.
        document = .null
        defer { document = application.document }
        for (index, operation) in operations.enumerated() {
            application.index = index
            try application.perform(operation)
        }
    }
}

/// A patch that is being applied.
private struct Application {
    var document: JSONValue
    let limits: JSONLimits
    var index = 0
    /// The bytes that the operations have added.
    private var addedBytes = 0

    init(document: JSONValue, limits: JSONLimits) {
        self.document = document
        self.limits = limits
    }

    mutating func perform(_ operation: JSONPatch.Operation) throws(JSONPatchError) {
        switch operation {
        case .add(let path, let value):
            try count(value, at: path)
            try change(.add(value), at: path, "add")
        case .remove(let path): try change(.remove, at: path, "remove")
        case .replace(let path, let value):
            try count(value, at: path)
            try change(.replace(value), at: path, "replace")
        case .copy(let from, let path):
            let value = try read(from, "copy")
            try count(value, at: path)
            try change(.add(value), at: path, "copy to")
        case .move(let from, let path): try move(from, to: path)
        case .test(let path, let value):
            guard let found = document.value(at: path.tokens) else {
                throw error(.testFailed, path, "the test failed because there is no value at '\(path)'")
            }
            guard found == value else {
                throw error(.testFailed, path, "the test failed because '\(path)' has a different value")
            }
        }
    }

    private mutating func move(_ from: JSONPointer, to path: JSONPointer) throws(JSONPatchError) {
        let value = try read(from, "move")
        guard from != path else { return }
        if path.tokens.count > from.tokens.count { try count(value, at: path) }
        try change(.remove, at: from, "move")
        try change(.add(value), at: path, "move to")
    }

    private func read(_ pointer: JSONPointer, _ verb: String) throws(JSONPatchError) -> JSONValue {
        guard let value = document.value(at: pointer.tokens) else {
            throw error(.notApplicable, pointer, "can't \(verb) '\(pointer)': there is no value")
        }
        return value
    }

    private mutating func change(
        _ change: JSONValue.Change, at path: JSONPointer, _ verb: String
    ) throws(JSONPatchError) {
        do throws(JSONValue.PathError) {
            try document.change(change, at: path.tokens[...])
        } catch {
            throw self.error(.notApplicable, path, "can't \(verb) '\(path)': \(Self.words(error, path))")
        }
    }

    private static func words(_ error: JSONValue.PathError, _ path: JSONPointer) -> String {
        func part(_ count: Int) -> JSONPointer { JSONPointer(tokens: Array(path.tokens[..<count])) }
        return switch error {
        case .missing(let count): "there is no value at '\(part(count))'"
        case .notContainer(let count): "the value at '\(part(count))' is neither an object nor an array"
        case .badIndex(let count):
            "'\(String(decoding: path.tokens[count], as: UTF8.self))' is not an index of the array at '\(part(count))'"
        }
    }

    /// Checks a value that an operation adds against the limits.
    private mutating func count(_ value: JSONValue, at path: JSONPointer) throws(JSONPatchError) {
        var size = JSONValue.Size()
        value.measure(into: &size, upTo: limits.maximumBytes - addedBytes)
        addedBytes += size.bytes
        guard addedBytes <= limits.maximumBytes else {
            throw error(.tooLarge, path, "the patch adds more than the limit of \(limits.maximumBytes) bytes")
        }
        guard path.tokens.count + size.depth <= min(limits.maximumDepth, JSONValue.maximumDepth) else {
            throw error(.tooLarge, path, "the result would be nested more than \(limits.maximumDepth) levels deep")
        }
    }

    private func error(_ kind: JSONPatchError.Kind, _ pointer: JSONPointer, _ message: String) -> JSONPatchError {
        JSONPatchError(kind: kind, opIndex: index, pointer: pointer.description, message: message)
    }
}
