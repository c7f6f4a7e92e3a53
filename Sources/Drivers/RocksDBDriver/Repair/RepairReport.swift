import NestKVStorage

/// The findings of a repair, and what it keeps.
public struct RepairReport: Sendable {
    /// Why the store can't be opened; nil if it can.
    public internal(set) var problem: String?
    /// The number of kept leaves.
    public internal(set) var leaves = 0
    /// How many of them were recovered from the change feed.
    public internal(set) var leavesFromFeed = 0
    /// The number of leaves that the store had, if known.
    public internal(set) var leavesBefore: UInt64?
    /// Some of the leaves that are lost.
    public internal(set) var lost: [String] = []
    /// The last revision that was found, and the last acknowledged one.
    public internal(set) var lastFound: Revision = 0
    public internal(set) var lastAcknowledged: Revision = 0
    /// The changes that the feed keeps; nil: no changes.
    public internal(set) var feed: ClosedRange<Revision>?
    /// The unreadable parts: what they belong to, and their number.
    public internal(set) var unreadable: [(what: String, parts: Int)] = []
    /// The files that can't be read.
    public internal(set) var unreadableFiles: [String] = []
    /// Whether RocksDB's list of files was rebuilt.
    public internal(set) var isManifestRebuilt = false
    /// The folder of the damaged files; nil: nothing was changed.
    public internal(set) var keptIn: String?

    /// Whether the store is undamaged.
    public var isSound: Bool { problem == nil && unreadable.isEmpty && lost.isEmpty && !isMissingLeaves }

    private var isMissingLeaves: Bool { leavesBefore.map { $0 != UInt64(leaves) } ?? false }

    /// The lines to print.
    public var lines: [String] {
        var lines: [String] = []
        if let problem { lines.append(problem) }
        for (what, parts) in unreadable {
            lines.append("In the \(what), \(parts) part\(parts == 1 ? "" : "s") can't be read.")
        }
        if !unreadableFiles.isEmpty { lines.append("Can't be read: \(unreadableFiles.joined(separator: ", ")).") }
        if isManifestRebuilt {
            lines.append("RocksDB's list of tables can't be used, so leaves deleted long ago may come back.")
        }
        let before = leavesBefore.map { " of \($0)" } ?? ""
        lines.append("Kept: \(leaves)\(before) leaves, \(leavesFromFeed) of them from the change feed.")
        if lastFound < lastAcknowledged {
            lines.append(
                "Lost: the changes after revision \(lastFound) up to \(lastAcknowledged), which were acknowledged.")
        }
        if !lost.isEmpty { lines.append("Lost, among others: \(lost.joined(separator: ", ")).") }
        lines.append(
            feed.map { "The change feed keeps revisions \($0.lowerBound) to \($0.upperBound)." }
                ?? "The change feed starts from scratch.")
        lines.append("The feed gets another identity, so clients that come back get 'reset' and snapshots.")
        return lines
    }
}
