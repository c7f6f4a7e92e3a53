import MicroJSON
import MicroText
import NestKVCore
import NestKVStorage

/// The pages of a list of keys or entries, one request each.
struct ListPages {
    private let path: String
    private let isEntries: Bool
    private let pattern: String?
    private let tags: [String]
    private var after: String?
    private var cursor: String?
    private var isAtEnd = false

    /// - Parameter after: the path of the leaf after which the list begins.
    init(_ path: String, isEntries: Bool, pattern: String?, tags: [String], after: String? = nil) {
        (self.path, self.isEntries, self.pattern, self.tags) = (path, isEntries, pattern, tags)
        self.after = after
    }

    /// The next page, an array; nil after the last page. After a failure it continues at the same place.
    ///
    /// - Throws: as ``HTTPClient/fetch(_:_:fields:body:)``.
    mutating func next(_ client: HTTPClient) throws -> JSONText? {
        guard !isAtEnd else { return nil }
        let page = try client.fetch("GET", target).json()
        guard let elements = page.slice(at: [Array((isEntries ? "entries" : "keys").utf8)]), elements.kind == .array
        else {
            throw CommandFailure.failure("\(client.server) is not a nestkv server: its answer lists no keys.")
        }
        cursor = page.text(at: "next")
        isAtEnd = cursor == nil
        return elements
    }

    private var target: String {
        var target = Target(path)
        target.add("keys")
        target.add("entry", if: isEntries)
        target.add("pattern", ifGiven: pattern)
        for tag in tags { target.add("tag", tag) }
        if let cursor { target.add("cursor", cursor) } else { target.add("after", ifGiven: after) }
        return target.text
    }
}

extension HTTPClient {
    /// The names of all entry points, in order.
    ///
    /// - Throws: as ``fetch(_:_:fields:body:)``.
    func entryPoints() throws -> [String] {
        var names: [String] = []
        var after: String?
        repeat {
            var target = Target("/_entrypoints")
            target.add("after", ifGiven: after)
            let page = try fetch("GET", target.text).json()
            let list = page.slice(at: [Array("entryPoints".utf8)]) ?? .emptyArray
            for name in list.elements {
                let name = JSONText(trusted: Array(name)).stringContent ?? []
                names.append(String(decoding: name, as: UTF8.self))
            }
            after = page.text(at: "next")
        } while after != nil
        return names
    }
}

extension Target {
    /// The path of an entry point, whatever its name.
    static func entryPoint(_ name: String) -> String { "/" + name.utf8.percentEncoded }
}
