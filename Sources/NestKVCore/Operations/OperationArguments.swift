import MicroJSON
import MicroText

/// Where the arguments of an operation are read from: a request, or an object of JSON that describes a write.
public protocol OperationArguments {
    /// The value to write.
    func value() throws -> JSONText

    /// Several values, in the order of their names.
    func values(_ names: [String]) throws -> [JSONValue]

    /// What a parameter means; nil if it is not given.
    ///
    /// - Parameter kind: the kind of JSON value that it is in an object of JSON.
    func read<Value>(_ name: String, _ grammar: Grammar<Value>, from kind: JSONKind) throws -> Value?

    /// The error of an operation that needs a parameter which is not given.
    ///
    /// - Parameter example: a text that the parameter could have.
    func missing<Value>(_ name: String, _ grammar: Grammar<Value>, example: String) -> any Error
}

extension Grammar<JSONText> {
    /// A number of JSON.
    public static var jsonNumber: Grammar {
        Grammar("a JSON number") { text in
            let number = try? JSONText(
                parsing: Array(text.utf8), limits: JSONLimits(maximumBytes: 1024, maximumDepth: 1))
            return number?.kind == .number ? number : nil
        }
    }
}
