extension JSONValue {
    /// The part at a path of decoded segments, members by name and elements by index; nil if there is no such part.
    public func value(at path: some Sequence<[UInt8]>) -> JSONValue? {
        var value = self
        for segment in path {
            switch value {
            case .object(let object):
                guard let member = object[name: segment] else { return nil }
                value = member
            case .array(let elements):
                guard let index = JSONPointer.arrayIndex(segment), index < elements.count else { return nil }
                value = elements[index]
            case .scalar: return nil
            }
        }
        return value
    }

    /// Why a change could not be made at a path.
    public enum PathError: Error, Sendable, Hashable {
        /// There is no value at the path of this many first segments.
        case missing(Int)
        /// The value at the path of this many first segments is neither an object nor an array.
        case notContainer(Int)
        /// The segment after this many first segments is not an index of the array there.
        case badIndex(Int)
    }

    /// The change to make at the end of a path.
    enum Change {
        /// Set a member, or insert an element before the one at the index; `-` appends.
        case add(JSONValue)
        /// Replace an existing value.
        case replace(JSONValue)
        /// Set an existing or new member, or an existing element; `-` and the index after the last element append.
        case put(JSONValue)
        /// Remove the value.
        case remove
    }

    /// Sets the part at a path: an existing or new member, an existing element, or a new element after the last (`-` or
    /// the count). Its parent must exist.
    public mutating func set(_ value: JSONValue, at path: some Collection<[UInt8]>) throws(PathError) {
        try change(.put(value), at: Array(path)[...])
    }

    /// Removes the part at a path; arrays close the gap. The whole document becomes `null`.
    ///
    /// - Returns: The removed value.
    @discardableResult
    public mutating func remove(at path: some Collection<[UInt8]>) throws(PathError) -> JSONValue {
        try change(.remove, at: Array(path)[...])
    }

    /// Changes the part at a path in place; nil if there is no such part.
    public mutating func withValue<Result, Failure: Error>(
        at path: ArraySlice<[UInt8]>, _ body: (inout JSONValue) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let segment = path.first else { return try body(&self) }
        switch self {
        case .scalar: return nil
        case .object(var object):
            // Gives up this reference, so that the change is made in place.
            self = .null
            defer { self = .object(object) }
            guard var value = object.takeValue(segment) else { return nil }
            defer { object[name: segment] = value }
            return try value.withValue(at: path.dropFirst(), body)
        case .array(var elements):
            self = .null
            defer { self = .array(elements) }
            guard let index = JSONPointer.arrayIndex(segment), index < elements.count else { return nil }
            return try elements[index].withValue(at: path.dropFirst(), body)
        }
    }

    /// Makes a change and returns the previous value, or `null`.
    @discardableResult
    mutating func change(_ change: Change, at path: ArraySlice<[UInt8]>) throws(PathError) -> JSONValue {
        guard let segment = path.first else {
            let old = self
            switch change {
            case .add(let value), .replace(let value), .put(let value): self = value
            case .remove: self = .null
            }
            return old
        }
        switch self {
        case .scalar: throw .notContainer(path.startIndex)
        case .object(var object):
            // Gives up this reference, so that the change is made in place.
            self = .null
            defer { self = .object(object) }
            return try Self.change(change, in: &object, at: segment, path)
        case .array(var elements):
            self = .null
            defer { self = .array(elements) }
            return try Self.change(change, in: &elements, at: segment, path)
        }
    }

    private static func change(
        _ change: Change, in object: inout JSONObject, at name: [UInt8], _ path: ArraySlice<[UInt8]>
    ) throws(PathError) -> JSONValue {
        guard path.count == 1 else {
            guard var value = object.takeValue(name) else { throw .missing(path.startIndex + 1) }
            defer { object[name: name] = value }
            return try value.change(change, at: path.dropFirst())
        }
        switch change {
        case .add(let value), .put(let value):
            let old = object.takeValue(name)
            object[name: name] = value
            return old ?? .null
        case .replace(let value):
            guard let old = object.takeValue(name) else { throw .missing(path.startIndex + 1) }
            object[name: name] = value
            return old
        case .remove:
            guard let old = object.remove(name) else { throw .missing(path.startIndex + 1) }
            return old
        }
    }

    private static func change(
        _ change: Change, in elements: inout JSONArray, at segment: [UInt8], _ path: ArraySlice<[UInt8]>
    ) throws(PathError) -> JSONValue {
        let isEnd = segment == [Ascii.minus]
        guard let index = isEnd ? elements.count : JSONPointer.arrayIndex(segment) else {
            throw .badIndex(path.startIndex)
        }
        guard path.count == 1 else {
            guard index < elements.count else { throw .missing(path.startIndex + 1) }
            return try elements[index].change(change, at: path.dropFirst())
        }
        switch change {
        case .add(let value):
            guard index <= elements.count else { throw .badIndex(path.startIndex) }
            elements.insert(value, at: index)
            return .null
        case .put(let value) where index == elements.count:
            elements.append(value)
            return .null
        case .put(let value), .replace(let value):
            guard index < elements.count else { throw .missing(path.startIndex + 1) }
            return exchange(&elements[index], for: value)
        case .remove:
            guard index < elements.count else { throw .missing(path.startIndex + 1) }
            return elements.remove(at: index)
        }
    }

    private static func exchange(_ place: inout JSONValue, for value: JSONValue) -> JSONValue {
        let old = place
        place = value
        return old
    }
}
