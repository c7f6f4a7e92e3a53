import MicroJSON

extension JSONWriter {
    /// Writes a member that is a time (RFC 3339).
    public mutating func member(_ name: StaticString, _ time: Timestamp) {
        self.name(name)
        string(ascii: Timestamp.rfc3339Length) { time.writeRFC3339(to: $0) }
    }

    /// Writes a member that is a time (RFC 3339), or `null`.
    public mutating func member(_ name: StaticString, _ time: Timestamp?) {
        guard let time else { return member(name, JSONText.null) }
        member(name, time)
    }

    /// Writes a member that is a hash, or `null`.
    public mutating func member(_ name: StaticString, _ hash: DataHash?) {
        self.name(name)
        guard let hash else { return null() }
        string(ascii: DataHash.textLength) { hash.write(to: $0) }
    }
}
