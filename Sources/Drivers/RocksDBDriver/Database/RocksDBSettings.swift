import MicroText
import NestKVStorage

/// The settings of a RocksDB store, from the URL and the service's options.
struct RocksDBSettings {
    /// The parameters that an address may have.
    static let parameters = [
        StoreParameter("sync", standard: "on", "off: answer writes before they are synced to the disk"),
        StoreParameter("cache", standard: "32MiB", "Memory for leaves that were read lately; 0: none"),
    ]

    /// The folder.
    var path: String
    /// Whether a commit is on disk before it is acknowledged.
    var isSynced = true
    /// The most memory for leaves that were read lately.
    var cacheBytes = 32 << 20
    /// The number of versions of a leaf kept besides the current one.
    var historyDepth: Int
    /// How much of the feed is kept.
    var feedRetention: FeedRetention
    /// The tombstones kept: the latest 100,000 deletions. A leaf whose tombstone is gone starts at version 1 again,
    /// without history. Comparing by revision is not affected.
    var tombstonesKept = 100_000

    /// Memory for what isn't in tables yet. Tests make it small, to get many tables.
    var writeBufferBytes = DatabaseOptions.writeBufferBytes
    /// Whether a write is refused before the disk is full. Tests turn it off to see what RocksDB does.
    var looksForRoom = true

    /// How durable an acknowledged commit is.
    var durability: Durability { isSynced ? .fsynced : .buffered }

    /// What the driver publishes about itself.
    var capabilities: DriverCapabilities {
        DriverCapabilities(
            driver: "rocksdb", durability: durability, isShared: false, historyDepth: historyDepth,
            feedRetention: feedRetention)
    }

    /// Settings from a path and options.
    init(path: String, options: DriverOptions) {
        self.path = path
        historyDepth = options.historyDepth
        feedRetention = options.feedRetention
    }

    /// Reads `rocksdb:PATH[?sync=off][&cache=32MiB]`.
    init(_ url: StoreURL, _ options: DriverOptions) throws(DriverError) {
        guard !url.rest.isEmpty else {
            throw DriverError(
                .address, "A RocksDB store needs a folder: write 'rocksdb:PATH', as in 'rocksdb:/data'.")
        }
        self.init(path: url.rest, options: options)
        let parameters = try url.parameters(known: Self.parameters)
        isSynced = try parameters.read("sync", .onOrOff) ?? isSynced
        cacheBytes = try parameters.read("cache", .size(from: 0)) ?? cacheBytes
    }
}
