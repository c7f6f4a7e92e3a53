import NestKVCore

/// What a repair found, and what it keeps.
public struct RepairReport: Sendable {
    /// Why the store can't be opened; nil when it can.
    public internal(set) var problem: String?
    /// The leaves that are kept.
    public internal(set) var leaves = 0
    /// How many of them were put together from the change feed.
    public internal(set) var leavesFromFeed = 0
    /// The leaves that the store had, when that is known.
    public internal(set) var leavesBefore: UInt64?
    /// Some of the leaves that were there and can't be saved.
    public internal(set) var lost: [String] = []
    /// The last revision that was found, and the last one that was acknowledged.
    public internal(set) var lastFound: Revision = 0
    public internal(set) var lastAcknowledged: Revision = 0
    /// The changes that the feed keeps; nil: none.
    public internal(set) var feed: ClosedRange<Revision>?
    /// The parts that couldn't be read, by what they are of.
    public internal(set) var unreadable: [(what: String, parts: Int)] = []
    /// The files that can't be read.
    public internal(set) var unreadableFiles: [String] = []
    /// Whether the list of RocksDB's files had to be made anew.
    public internal(set) var isManifestRebuilt = false
    /// Where the damaged files are kept; nil: nothing was changed.
    public internal(set) var keptIn: String?

    /// Whether nothing is wrong.
    public var isSound: Bool { problem == nil && unreadable.isEmpty && lost.isEmpty && !isMissingLeaves }

    private var isMissingLeaves: Bool { leavesBefore.map { $0 != UInt64(leaves) } ?? false }

    /// The lines to show.
    public var lines: [String] {
        var lines: [String] = []
        if let problem { lines.append(problem) }
        for (what, parts) in unreadable {
            lines.append("In the \(what), \(parts) part\(parts == 1 ? "" : "s") can't be read.")
        }
        if !unreadableFiles.isEmpty { lines.append("Can't be read: \(unreadableFiles.joined(separator: ", ")).") }
        if isManifestRebuilt {
            lines.append("RocksDB's list of its tables can't be used: leaves deleted long ago may come back.")
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
                ?? "The change feed begins anew.")
        lines.append("The feed gets another identity: clients that come back get 'reset' and snapshots.")
        return lines
    }
}
