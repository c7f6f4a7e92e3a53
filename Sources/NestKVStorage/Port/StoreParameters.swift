import MicroText

/// The parameters of a store's address. Its driver knows all of them.
public struct StoreParameters: Sendable {
    private let values: [String: String]

    /// The parameters of an address.
    ///
    /// - Throws: ``DriverError`` `.address` for a parameter that the driver doesn't know, with a list of those that it
    ///   knows, and for a parameter that is given twice.
    init(_ url: StoreURL, known: [StoreParameter]) throws(DriverError) {
        let known = known.map(\.name)
        var values: [String: String] = [:]
        for (name, value) in url.parameters {
            guard known.contains(name) else {
                let list =
                    known.isEmpty ? "It has no parameters." : "Known parameters: \(known.joined(separator: ", "))."
                throw DriverError(.address, "A \(url.scheme) store has no parameter '\(name)'. \(list)")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw DriverError(.address, "The store parameter '\(name)' is given twice.")
            }
        }
        self.values = values
    }

    /// A parameter's text; nil if it is not given.
    public subscript(name: String) -> String? { values[name] }

    /// What a parameter's text means; nil if it is not given.
    ///
    /// - Throws: ``DriverError`` `.address` for a text that doesn't follow the grammar.
    public func read<Value>(_ name: String, _ grammar: Grammar<Value>) throws(DriverError) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = grammar.read(text) else {
            throw DriverError(.address, grammar.refusal(of: text, at: "The parameter '\(name)' of --store"))
        }
        return value
    }
}
