/// The members of an object, in order. Names are compared as decoded UTF-8 bytes, never as Swift strings, for which
/// differently composed characters are equal.
public struct JSONObject: Sendable {
    /// A member.
    public struct Member: Sendable {
        /// The name's bytes, escapes decoded.
        public let name: [UInt8]
        /// The name as written, without quotes.
        public let rawName: [UInt8]
        /// The value.
        public var value: JSONValue
    }

    /// The members; nil for a removed one, so that the others keep their positions.
    private var slots: [Member?] = []
    /// The positions of the members, made once there are more than a few. Hashes are seeded per process.
    private var places: [[UInt8]: Int]?
    /// The number of members.
    public private(set) var count = 0

    /// An object without members.
    public init() {}

    /// Whether there are no members.
    public var isEmpty: Bool { count == 0 }

    /// The value of a member, by its decoded name.
    ///
    /// Setting keeps the position of an existing member and appends a new one; setting nil removes the member.
    public subscript(name name: [UInt8]) -> JSONValue? {
        get { place(of: name).flatMap { slots[$0]?.value } }
        set {
            guard let newValue else {
                remove(name)
                return
            }
            if let place = place(of: name) {
                slots[place]?.value = newValue
            } else {
                append(name: name, rawName: Self.escaped(name), value: newValue)
            }
        }
    }

    /// The value of a member, by its name.
    public subscript(_ name: String) -> JSONValue? {
        get { self[name: Array(name.utf8)] }
        set { self[name: Array(name.utf8)] = newValue }
    }

    /// Removes a member and returns its value; nil if no member has this name.
    @discardableResult
    public mutating func remove(_ name: [UInt8]) -> JSONValue? {
        guard let place = place(of: name), let member = slots[place] else { return nil }
        count -= 1
        places?[name] = nil
        slots[place] = nil
        if slots.count > 16, count * 2 < slots.count { closeGaps() }
        return member.value
    }

    /// Removes and returns a member's value to be changed in place. It leaves `null`, so that the change copies
    /// nothing.
    mutating func takeValue(_ name: [UInt8]) -> JSONValue? {
        guard let place = place(of: name), let value = slots[place]?.value else { return nil }
        slots[place]?.value = .null
        return value
    }

    /// Appends a member with a new name.
    mutating func append(name: [UInt8], rawName: [UInt8], value: JSONValue) {
        slots.append(Member(name: name, rawName: rawName, value: value))
        count += 1
        if places != nil {
            places?[name] = slots.count - 1
        } else if slots.count > 16 {
            index()
        }
    }

    private func place(of name: [UInt8]) -> Int? {
        if let places { return places[name] }
        return slots.firstIndex { $0?.name == name }
    }

    private mutating func closeGaps() {
        slots.removeAll { $0 == nil }
        places = nil
        if slots.count > 16 { index() }
    }

    private mutating func index() {
        var places = [[UInt8]: Int](minimumCapacity: slots.count * 2)
        for (place, member) in slots.enumerated() {
            if let member { places[member.name] = place }
        }
        self.places = places
    }

    private static func escaped(_ name: [UInt8]) -> [UInt8] {
        var raw: [UInt8] = []
        name.withUnsafeBufferPointer { name in
            if ByteScan.specialByte(in: name, from: 0) < name.count { StringCodec.encode(name, into: &raw) }
        }
        return raw.isEmpty ? name : raw
    }
}

extension JSONObject: Sequence {
    /// Iterates over the members in order.
    public struct Iterator: IteratorProtocol {
        fileprivate var slots: IndexingIterator<[Member?]>

        /// The next member.
        public mutating func next() -> Member? {
            while let slot = slots.next() {
                if let slot { return slot }
            }
            return nil
        }
    }

    /// Iterates over the members in order.
    public func makeIterator() -> Iterator { Iterator(slots: slots.makeIterator()) }

    /// The number of members.
    public var underestimatedCount: Int { count }
}

extension JSONObject: Equatable {
    /// Objects are equal when they have the same members with equal values, in any order.
    public static func == (one: JSONObject, other: JSONObject) -> Bool {
        one.count == other.count && one.allSatisfy { other[name: $0.name] == $0.value }
    }
}
