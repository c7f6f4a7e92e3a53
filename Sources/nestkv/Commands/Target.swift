import MicroJSON
import NestKVCore

/// The target of a request: a path and what is asked of it.
struct Target {
    private(set) var text: String
    private var hasQuery = false

    /// A target of a path as it is given on the command line: as in a URL, and whatever can't stand there (a space,
    /// `?`, `#`, a letter beyond ASCII) means itself. The `/` in front may be missing.
    init(_ path: String) {
        text = Self.path(path)
    }

    /// A path as a request has it.
    static func path(_ path: String) -> String {
        let rooted = path.hasPrefix("/") ? path : "/" + path
        let parts = rooted.utf8.map { byte in
            Self.standsInPaths.contains(byte) ? String(UnicodeScalar(byte)) : [byte].percentEncoded
        }
        return parts.joined()
    }

    /// A path as lists have it, however it is encoded on the command line.
    static func listedPath(_ path: String) throws(CommandFailure) -> String {
        let keys = PathKeyService(limits: KeyLimits(segments: .max, bytes: .max, entryPoints: nil))
        do throws(StoreError) {
            return keys.path(of: try keys.key(path: Array(Self.path(path).utf8)[...]))
        } catch {
            throw .usage("'\(path)' is no path. \(error.message)")
        }
    }

    /// Adds a parameter; without a value it is a switch.
    mutating func add(_ name: String, _ value: String? = nil) {
        text += (hasQuery ? "&" : "?") + name + (value.map { "=" + $0.utf8.percentEncoded } ?? "")
        hasQuery = true
    }

    /// Adds a switch that is on.
    mutating func add(_ name: String, if isOn: Bool) {
        if isOn { add(name) }
    }

    /// Adds a parameter that is given.
    mutating func add(_ name: String, ifGiven value: String?) {
        if let value { add(name, value) }
    }

    private static let standsInPaths = Set("/%+&;'()*".utf8).union(
        (0x21...0x7E).filter { [$0].percentEncoded.count == 1 })
}

extension JSONLimits {
    /// What any server may give and take: its limits are its own.
    static let anyServer = JSONLimits(maximumBytes: .max, maximumDepth: 10_000)
}

extension JSONText {
    /// The string at a path of names and indexes; nil when there is none.
    func text(at path: String...) -> String? {
        slice(at: path.map { Array($0.utf8) })?.stringContent.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The whole number at a path of names and indexes; nil when there is none.
    func number(at path: String...) -> Int? {
        slice(at: path.map { Array($0.utf8) }).flatMap { Int($0.description) }
    }
}
