import MicroJSON
import MicroText
import NestKVCore
import NestKVStorage

extension Grammar<UInt64> {
    /// The version in a condition.
    static var version: Grammar {
        Grammar("a version, a whole number; 0 means that nothing is stored there") { UInt64($0) }
    }
}

extension Grammar<Precondition.Tags> {
    /// `*` or entity tags (RFC 9110 §13.1.1).
    static var entityTags: Grammar {
        Grammar("'*' or a list of entity tags in double quotes") { EntityTag.list($0) }
    }
}

extension Grammar<Bool> {
    /// A boolean of JSON.
    static var boolean: Grammar { Grammar("true or false") { ["true": true, "false": false][$0] } }
}

extension Grammar<Int> {
    /// How many levels of a value become leaves: all (`true`), none (`false`), or a number.
    static func levels(_ most: Int) -> Grammar {
        Grammar("true, false or a whole number from 1 to \(most)") { text in
            ["true": .max, "false": 0][text] ?? number(in: 1...most).read(text)
        }
    }
}

extension Grammar<String> {
    /// Any string.
    static var string: Grammar { Grammar("a string") { $0 } }

    /// A description of something that the service keeps of its own.
    static var description: Grammar {
        Grammar("a string of at most \(Statement.textLimit) bytes") { text in
            text.utf8.count <= Statement.textLimit ? text : nil
        }
    }
}

extension JSONValue {
    /// The value for a message.
    var shownText: String { plainText ?? text.description }
}

extension JSONObject {
    /// What a member means; nil if there is no such member.
    ///
    /// - Parameter kinds: the kinds of JSON value that the member may have. With `null`, a member that is null counts
    ///   as one that is not given.
    func read<Value>(
        _ name: String, _ grammar: @autoclosure () -> Grammar<Value>, from kinds: JSONKind...
    ) throws(Problem) -> Value? {
        try read(name, grammar(), from: kinds)
    }

    /// What a member means, with a list of kinds.
    func read<Value>(
        _ name: String, _ grammar: @autoclosure () -> Grammar<Value>, from kinds: [JSONKind]
    ) throws(Problem) -> Value? {
        guard let member = self[name], !(member.kind == .null && kinds.contains(.null)) else { return nil }
        let grammar = grammar()
        guard kinds.contains(member.kind), let value = grammar.read(member) else {
            throw Problem(.invalidJSON, grammar.refusal(of: member.shownText, at: "The member '\(name)'"))
        }
        return value
    }

    /// Refuses members that have no meaning here.
    func requireOnly(_ known: [String]) throws(Problem) {
        for member in self {
            let name = String(decoding: member.name, as: UTF8.self)
            guard known.contains(name) else {
                throw Problem(
                    .invalidJSON, "There is no member '\(name)' here. Known members: \(known.joined(separator: ", ")).")
            }
        }
    }
}
