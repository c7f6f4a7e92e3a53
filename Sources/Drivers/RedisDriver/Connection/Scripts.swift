import NestKVStorage

/// The scripts of a store: everything that must happen at one moment. Redis runs one script at a time, so each is
/// atomic. Correctness between processes rests on what they check.
struct Scripts: Sendable {
    /// Creates the store's state if it doesn't exist, and raises its revision to one that was seen before.
    let open: Script
    /// The records at, above and below a path.
    let node: Script
    /// The leaves in a range of keys.
    let scan: Script
    /// The expired leaves.
    let expired: Script
    /// The names one level below a key.
    let names: Script
    /// Checks some transactions, one after the other, and makes their changes.
    let commit: Script
    /// A leaf's records.
    let history: Script
    /// A page of the feed.
    let changes: Script
    /// Drops changes that are too old from the feed.
    let upkeep: Script
    /// Which of some keys other programs changed.
    let check: Script
    /// Gives other programs' values a version, a revision and a place in the feed and the index.
    let adopt: Script

    init(layout: KeyLayout, historyDepth: Int, feedRetention: FeedRetention) {
        let age = feedRetention.age.components
        let milliseconds = age.seconds * 1000 + age.attoseconds / 1_000_000_000_000_000
        func own(_ name: String) -> String { Self.literal(layout.prefix + Array(name.utf8)) }
        let constants = """
            local P, S = \(Self.literal(layout.prefix)), \(Self.literal([layout.separator]))
            local STATE, META, INDEX, FEED = \(own("state")), \(own("meta")), \(own("index")), \(own("feed"))
            local RUNS = \(own("runs"))
            local DELETED, EXPIRIES, HISTORY = \(own("deleted")), \(own("expiries")), \(own("history:"))
            local DEPTH, COUNT = \(historyDepth), \(feedRetention.count)
            local BYTES, AGE = \(feedRetention.bytes), \(milliseconds)
            local TOMBSTONES, LAG = \(KeyLayout.tombstonesKept), 2000

            """
        func script(_ name: String) -> Script { Script(name, Array(constants.utf8) + Self.source(of: name)) }
        open = script("open")
        node = script("node")
        scan = script("scan")
        expired = script("expired")
        names = script("names")
        commit = script("commit")
        history = script("history")
        changes = script("changes")
        upkeep = script("upkeep")
        check = script("check")
        adopt = script("adopt")
    }

    /// All of them.
    var all: [Script] { [open, node, scan, expired, names, commit, history, changes, upkeep, check, adopt] }

    /// The files in the folder `Scripts`, embedded at build time.
    private static let files = [
        "adopt": PackageResources.adopt_lua, "changes": PackageResources.changes_lua,
        "changing": PackageResources.changing_lua, "check": PackageResources.check_lua,
        "collecting": PackageResources.collecting_lua, "commit": PackageResources.commit_lua,
        "common": PackageResources.common_lua, "expired": PackageResources.expired_lua,
        "expiry": PackageResources.expiry_lua, "feed": PackageResources.feed_lua,
        "history": PackageResources.history_lua, "names": PackageResources.names_lua,
        "node": PackageResources.node_lua, "open": PackageResources.open_lua, "scan": PackageResources.scan_lua,
        "upkeep": PackageResources.upkeep_lua,
    ]

    /// The files that the first line of a script names (`-- requires common, feed`), one after the other, and then the
    /// script itself. `scripts/test` checks the same text with luacheck.
    private static func source(of name: String) -> [UInt8] {
        guard let own = files[name] else { fatalError("the script \(name) isn't embedded") }
        let line = String(decoding: own.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let required = line.dropFirst("-- requires ".count).split(separator: ", ")
        return required.flatMap { files[String($0), default: []] } + own
    }

    /// Bytes as a Lua string literal of decimal escapes.
    private static func literal(_ bytes: [UInt8]) -> String {
        "\"" + bytes.map { "\\" + String(repeating: "0", count: 3 - "\($0)".count) + "\($0)" }.joined() + "\""
    }
}
