import MicroJSON
import MicroText
import NestKVCore
import NestKVStorage

/// The target of a request: a path and a query.
package struct Target {
    package private(set) var text: String
    private var hasQuery = false

    /// A target from a path on the command line. It is percent-encoded as in a URL, except that characters that a URL
    /// can't contain (a space, `?`, `#`, a letter beyond ASCII) mean themselves. The first `/` may be missing.
    package init(_ path: String) {
        text = Self.path(path)
    }

    /// A path as a request contains it.
    static func path(_ path: String) -> String {
        let rooted = path.hasPrefix("/") ? path : "/" + path
        let parts = rooted.utf8.map { byte in
            Self.literals.contains(byte) ? String(UnicodeScalar(byte)) : [byte].percentEncoded
        }
        return parts.joined()
    }

    /// A path as the server's lists contain it, in whatever encoding it was given.
    static func listedPath(_ path: String) throws(CommandFailure) -> String {
        let keys = PathKeyService(limits: KeyLimits(segments: .max, bytes: .max, entryPoints: nil))
        do throws(KeyError) {
            return keys.path(of: try keys.key(path: Array(Self.path(path).utf8)[...]))
        } catch {
            throw .usage("'\(path)' is not a path. \(error.message)")
        }
    }

    /// Adds a parameter. Without a value it is a switch.
    mutating func add(_ name: String, _ value: String? = nil) {
        text += (hasQuery ? "&" : "?") + name + (value.map { "=" + $0.utf8.percentEncoded } ?? "")
        hasQuery = true
    }

    /// Adds a switch if it is on.
    mutating func add(_ name: String, if isOn: Bool) {
        if isOn { add(name) }
    }

    /// Adds a parameter if it has a value.
    package mutating func add(_ name: String, ifGiven value: String?) {
        if let value { add(name, value) }
    }

    private static let literals = Set("/%+&;'()*".utf8).union(
        (0x21...0x7E).filter { [$0].percentEncoded.count == 1 })
}

extension JSONLimits {
    /// No limits: the server has its own.
    static let anyServer = JSONLimits(maximumBytes: .max, maximumDepth: 10_000)
}
