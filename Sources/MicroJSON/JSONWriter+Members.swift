/// Members of objects, each with its value in one call. A name is a literal that needs no escapes.
extension JSONWriter {
    /// Writes a member that is a string.
    @inlinable
    public mutating func member(_ name: StaticString, _ value: String) {
        self.name(name)
        string(value)
    }

    /// Writes a member that is a string. Its name is escaped where it must be.
    @inlinable
    public mutating func member(named name: String, _ value: String) {
        self.name(utf8: name.utf8)
        string(value)
    }

    /// Writes a member that is a string, or `null`.
    @inlinable
    public mutating func member(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    /// Writes a member that is a string from valid UTF-8.
    @inlinable
    public mutating func member(_ name: StaticString, utf8 value: some Collection<UInt8>) {
        self.name(name)
        string(utf8: value)
    }

    /// Writes a member that is an integer.
    @inlinable
    public mutating func member(_ name: StaticString, _ value: some FixedWidthInteger) {
        self.name(name)
        integer(value)
    }

    /// Writes a member that is an integer, or `null`.
    @inlinable
    public mutating func member(_ name: StaticString, _ value: (some FixedWidthInteger)?) {
        self.name(name)
        if let value { integer(value) } else { null() }
    }

    /// Writes a member that is `true` or `false`.
    @inlinable
    public mutating func member(_ name: StaticString, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    /// Writes a member that is a JSON value.
    @inlinable
    public mutating func member(_ name: StaticString, _ value: JSONText) {
        self.name(name)
        raw(value)
    }

    /// Writes a member whose value `write` writes.
    @inlinable @inline(__always)
    public mutating func member<Failure>(
        _ name: StaticString, write: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.name(name)
        try write(&self)
    }

    /// Writes a member that is an object, whose members `write` writes.
    @inlinable @inline(__always)
    public mutating func object<Failure>(
        _ name: StaticString, _ write: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.name(name)
        try object(write)
    }

    /// Writes a member that is an array with one element for each of `elements`.
    @inlinable @inline(__always)
    public mutating func array<Elements: Sequence, Failure>(
        _ name: StaticString, of elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) throws(Failure) -> Void
    ) throws(Failure) {
        self.name(name)
        beginArray()
        for element in elements { try write(&self, element) }
        endArray()
    }

    /// Writes an object, whose members `write` writes.
    @inlinable @inline(__always)
    public mutating func object<Failure>(_ write: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        beginObject()
        try write(&self)
        endObject()
    }
}
