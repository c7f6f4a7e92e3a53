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
        func script(_ name: String, _ parts: String...) -> Script {
            Script(name, constants + parts.joined(separator: "\n"))
        }
        open = script("open", LuaSource.common, LuaSource.open)
        node = script("node", LuaSource.common, LuaSource.collecting, LuaSource.node)
        scan = script("scan", LuaSource.common, LuaSource.collecting, LuaSource.scan)
        expired = script("expired", LuaSource.common, LuaSource.collecting, LuaSource.expired)
        names = script("names", LuaSource.common, LuaSource.names)
        commit = script(
            "commit", LuaSource.common, LuaSource.ending, LuaSource.feed, LuaSource.changing, LuaSource.commit)
        history = script("history", LuaSource.common, LuaSource.history)
        changes = script("changes", LuaSource.common, LuaSource.changes)
        upkeep = script("upkeep", LuaSource.common, LuaSource.feed, LuaSource.upkeep)
        check = script("check", LuaSource.common, LuaSource.ending, LuaSource.check)
        adopt = script(
            "adopt", LuaSource.common, LuaSource.ending, LuaSource.feed, LuaSource.changing, LuaSource.adopt)
    }

    /// All of them.
    var all: [Script] { [open, node, scan, expired, names, commit, history, changes, upkeep, check, adopt] }

    /// Bytes as a Lua string literal of decimal escapes.
    private static func literal(_ bytes: [UInt8]) -> String {
        "\"" + bytes.map { "\\" + String(repeating: "0", count: 3 - "\($0)".count) + "\($0)" }.joined() + "\""
    }
}
