import MemoryDriver
import NATSDriver
import NestKVStorage
import RedisDriver
import RocksDBDriver

/// The only list of the stores that `--store` takes. A driver is a folder in `Sources/Drivers` and a name here.
let drivers: [DriverFactory] = [.rocksdb, .memory, .redis, .nats]

extension [DriverFactory] {
    /// Opens the store at an address.
    ///
    /// - Throws: ``DriverError`` `.address` for an unknown scheme; the message lists the known ones.
    func open(_ url: StoreURL, _ options: DriverOptions) async throws(DriverError) -> any Driver {
        guard let factory = first(where: { $0.scheme == url.scheme || $0.aliases.contains(url.scheme) }) else {
            let forms = map(\.form).joined(separator: ", ")
            throw DriverError(
                .address,
                "'\(url.scheme):' is not a store. Known stores: \(forms). 'nestkv help stores' lists their parameters.")
        }
        return try await factory.open(url, options)
    }
}
