import Testing

/// The word list of CONTRIBUTING.md, as far as a word alone says that it is one of them.
enum Words {
    private static let listed: Set = [
        "stand", "stands", "standing", "stood", "anew", "nobody", "somebody", "anybody", "everybody", "wants",
    ]
    private static let pairs: Set = ["is none", "are none", "has to", "have to", "had to"]

    /// Those in a text, and each 'else' at the end of a clause.
    static func found(in text: Substring) -> [String] {
        var found: [String] = []
        var before = ""
        for slice in text.utf8.split(whereSeparator: { !isLetter($0) }) {
            let word = String(Substring(slice)).lowercased()
            let isLast = slice.endIndex == text.endIndex || ".;,".utf8.contains(text.utf8[slice.endIndex])
            if listed.contains(word) || word == "else" && isLast { found.append(word) }
            if pairs.contains("\(before) \(word)") { found.append("\(before) \(word)") }
            before = word
        }
        return found
    }

    /// Records an issue for each of them in a text.
    static func check(_ text: Substring, _ place: String) {
        for word in found(in: text) {
            Issue.record("\(place) says '\(word)'; docs/CONTRIBUTING.md has another word for it")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A }
}
