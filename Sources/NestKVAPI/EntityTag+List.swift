import MicroText
import NestKVCore

extension EntityTag {
    /// Reads `*` or a list of tags (RFC 9110 §13.1.1); nil if it is neither. Empty elements are ignored (§5.6.1.2).
    static func list(_ text: String) -> Precondition.Tags? {
        var rest = text.trimmingBlanks
        if rest == "*" { return .any }
        var tags: [EntityTag] = []
        rest.skipCommas()
        while !rest.isEmpty {
            let isWeak = rest.hasPrefix("W/")
            if isWeak { rest.removeFirst(2) }
            guard rest.first == "\"" else { return nil }
            rest.removeFirst()
            guard let end = rest.firstIndex(of: "\"") else { return nil }
            tags.append(EntityTag(isWeak: isWeak, opaque: String(rest[..<end])))
            rest = rest[rest.index(after: end)...].trimmingBlanks
            guard rest.isEmpty || rest.first == "," else { return nil }
            rest.skipCommas()
        }
        return tags.isEmpty ? nil : .listed(tags)
    }
}

extension Substring {
    fileprivate mutating func skipCommas() {
        while first == "," { self = dropFirst().trimmingBlanks }
    }
}
