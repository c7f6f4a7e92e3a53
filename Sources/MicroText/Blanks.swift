extension StringProtocol {
    /// This text without spaces and tabs at its ends.
    public var trimmingBlanks: SubSequence {
        var text = self[...]
        while text.first == " " || text.first == "\t" { text = text.dropFirst() }
        while text.last == " " || text.last == "\t" { text = text.dropLast() }
        return text
    }
}
