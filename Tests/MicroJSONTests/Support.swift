import MicroJSON
import Testing

/// The bytes of a string.
func bytes(_ string: String) -> [UInt8] { Array(string.utf8) }

/// A text parsed with the default limits.
func parsed(_ string: String) throws -> JSONText { try JSONText(parsing: bytes(string)) }

/// A tree parsed with the default limits.
func tree(_ string: String) throws -> JSONValue { JSONValue(try parsed(string)) }

/// The canonical form of a text.
func canonical(_ string: String) throws -> String {
    // Without what the parser noted about it.
    String(decoding: JSONText(trusted: try parsed(string).utf8).canonical(), as: UTF8.self)
}

/// A row of a table; its name is a sentence that says what must hold.
protocol Row: Sendable, CustomTestStringConvertible {
    var name: String { get }
}

extension Row {
    var testDescription: String { name }
}
