import MicroJSON

extension ImportLine {
    /// Whether a line of a snapshot is not a leaf: the first, the last, and those with settings.
    static func isAboutSnapshot(_ line: ArraySlice<UInt8>) -> Bool {
        [#"{"snapshot":"#, #"{"entryPoint":"#, #"{"end":"#].contains { line.starts(with: $0.utf8) }
    }

    /// The earlier versions of the leaf in this line, oldest first. They must be written before it. Times and tags are
    /// not kept.
    func past(_ line: ArraySlice<UInt8>) throws(CommandFailure) -> [ImportLine] {
        guard let history = JSONText(trusted: Array(line)).slice(at: [Array("history".utf8)]) else { return [] }
        let versions = history.elements.map { JSONText(trusted: Array($0)) }.reversed()
        // A deletion needs a value to delete.
        return versions.drop { $0.text(at: "operation") == "delete" }.map(line(of:))
    }

    private func line(of version: JSONText) -> ImportLine {
        var writer = JSONWriter(reserving: version.utf8.count + path.utf8.count + 64)
        writer.beginObject()
        let value = version.slice(at: [Array("value".utf8)])
        writer.member("method", value == nil ? "DELETE" : "PUT")
        writer.member("path", path)
        writer.member("leaf", true)
        if let value {
            writer.member("value", value)
        }
        for name in ["modifiedBy", "comment"] {
            guard let text = version.text(at: name) else { continue }
            writer.member(named: name, text)
        }
        writer.endObject()
        return ImportLine(number: number, path: path, operation: writer.bytes, isPast: true)
    }

    init(number: Int, path: String, operation: [UInt8], isPast: Bool) {
        (self.number, self.path, self.operation, self.isPast) = (number, path, operation, isPast)
    }
}
