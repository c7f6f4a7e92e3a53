import MicroJSON

/// What is wrong with a document, and where, as a line for people.
enum SchemaErrorLine {
    /// A line: `user.json: /age: -1 is less than 0, the least permitted.`
    ///
    /// - Parameter document: the name of the document; nil: the line doesn't name it.
    static func text(_ document: String?, at location: String, _ detail: String) -> String {
        let parts = [document, location.isEmpty ? nil : location, detail]
        return plain(parts.compactMap { $0 }.joined(separator: ": "))
    }

    /// The lines of the errors in a server's answer, an array.
    static func lines(_ document: String?, _ errors: JSONText) -> [String] {
        errors.elements.compactMap { element in
            let error = JSONText(trusted: Array(element))
            return error.text(at: "detail").map { text(document, at: error.text(at: "instanceLocation") ?? "", $0) }
        }
    }

    /// A text with its control characters as JSON escapes them, so that it stays one line.
    static func plain(_ text: String) -> String {
        var plain = ""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || scalar.value == 0x7F {
                let digits = String(scalar.value, radix: 16)
                plain += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                plain.unicodeScalars.append(scalar)
            }
        }
        return plain
    }
}
