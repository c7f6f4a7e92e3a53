extension JSONText {
    /// The string at a path of names and indexes; nil if there is no such value.
    public func text(at path: String...) -> String? {
        slice(at: path.map { Array($0.utf8) })?.stringContent.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The whole number at a path of names and indexes; nil if there is no such value.
    public func number(at path: String...) -> Int? {
        slice(at: path.map { Array($0.utf8) }).flatMap { Int($0.description) }
    }
}
