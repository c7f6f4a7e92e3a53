/// The names of the request fields on which replies may depend. Any other field must not matter for a reply.
struct SelectingFields {
    /// The names in lower case with their numbers, by their length.
    private var names: [[(name: [UInt8], number: UInt8)]] = []

    /// - Precondition: there are at most 255 names.
    init(_ names: [String]) {
        precondition(names.count <= 255, "too many fields select a reply")
        for (number, name) in names.enumerated() {
            let name = Array(name.lowercased().utf8)
            while self.names.count <= name.count { self.names.append([]) }
            self.names[name.count].append((name, UInt8(number)))
        }
    }

    /// The number of a field; nil if it selects no reply. Case doesn't matter.
    func number(of name: UnsafeBufferPointer<UInt8>) -> UInt8? {
        guard name.count < names.count else { return nil }
        return names[name.count].first { name.equalsIgnoringCase($0.name) }?.number
    }
}
