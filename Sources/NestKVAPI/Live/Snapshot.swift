import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVEvents
import NestKVStorage

/// The value of one path, for a client that begins to follow it.
struct Snapshot: Sendable {
    let node: Node
    /// Whether what is stored breaks the schema of the path, so that it isn't sent.
    var isInvalid = false

    /// The extent of a snapshot: everything at and below a path, up to a revision.
    struct Extent: Sendable {
        let key: Key
        let revision: Revision

        /// Whether its revision belongs to a feed.
        func isIn(_ feed: Feed) -> Bool {
            feed.entryPoint.map { key.segments.first?.elementsEqual($0) ?? false } ?? true
        }
    }

    /// The extent of the snapshot.
    var extent: Extent { Extent(key: node.key, revision: node.readRevision) }

    /// The snapshots of all paths that match the patterns. A wildcard matches every path that exists.
    ///
    /// They are read one after another, so each has its own revision.
    ///
    /// - Parameter stored: the store with values as they are stored.
    static func all(
        of patterns: [Pattern], in store: any Store, stored: any Store, limits: LiveLimits
    ) async throws -> [Snapshot] {
        var keys: [Key] = []
        for pattern in patterns {
            keys += try await store.paths(matching: pattern, limit: limits.snapshotPaths - keys.count)
        }
        var snapshots: [Snapshot] = []
        var bytes = 0
        for key in keys {
            let snapshot = try await Snapshot(of: key, in: store, stored: stored)
            bytes += snapshot.node.storedBytes
            guard bytes <= store.limits.composedBytes else {
                throw StoreError(
                    .subtreeTooLarge,
                    "The snapshot would have more than \(store.limits.composedBytes) bytes; follow smaller parts. "
                        + "'?keys' lists the leaves, '?depth=1' shows the members.",
                    limit: store.limits.composedBytes)
            }
            snapshots.append(snapshot)
        }
        return snapshots
    }

    private init(of key: Key, in store: any Store, stored: any Store) async throws(StoreError) {
        do throws(StoreError) {
            node = try await store.get(key, .tree)
        } catch {
            guard error.code == .invalidStoredValue || error.code == .schemaTooCostly else { throw error }
            node = try await stored.get(key, .tree)
            isInvalid = true
        }
    }

    /// Appends the event of the snapshot. A large value becomes a chunk of its own, which streams share.
    func write(to beginning: inout StreamBeginning, path: String, id: String?, _ live: Live) throws(Problem) {
        if let id { beginning.text.id(id) }
        beginning.text.event("snapshot")
        beginning.text.beginData()
        beginning.text.part { json in
            writeHead(to: &json, path: path)
            json.name("value")
        }
        if !node.exists || isInvalid {
            beginning.text.part { $0.null() }
        } else if node.storedBytes < BytesInFlight.smallest {
            beginning.text.part { $0.raw(node.composed()) }
        } else {
            beginning.insert(try live.snapshotValues.chunk(of: node, in: live.inFlight))
        }
        beginning.text.part { writeTail(to: &$0) }
        beginning.text.endData()
        beginning.text.end()
    }

    private func writeHead(to json: inout JSONWriter, path: String) {
        json.beginObject()
        json.member("path", path)
        json.array("key", of: node.key.segments.dropFirst()) { $0.string(utf8: $1) }
        json.member("operation", "snapshot")
        json.member("revision", node.readRevision)
    }

    private func writeTail(to json: inout JSONWriter) {
        if isInvalid { json.member("invalid", true) }
        if node.exists {
            json.object("metadata") { node.writeMetadata(to: &$0) }
        } else {
            json.member("metadata", JSONText.null)
        }
        json.endObject()
    }
}

/// The beginning of a stream: its own text, and large values that it may share with other streams.
struct StreamBeginning {
    /// The text after ``chunks``.
    var text = EventStreamText(reserving: 256)
    private var chunks: [StreamChunk] = []

    /// Appends a value; the text that is written next follows it.
    mutating func insert(_ value: StreamChunk) {
        chunks.append(text.takeBeforeValue())
        chunks.append(value)
    }

    /// Everything, ready to be sent.
    func all(countedIn inFlight: BytesInFlight) -> [StreamChunk] { chunks + [text.chunk(countedIn: inFlight)] }
}
