import Logging
import NestKVCore
import ServiceLifecycle

/// Deletes leaves whose time is up, soon after it is. Each is deleted once, also when several processes sweep one
/// store: the store's compare-and-set lets one of them win.
struct Sweeper: Service {
    /// How long an expired leaf may stay in the store. No read shows it, but its event comes only then.
    private static let interval = Duration.milliseconds(250)

    let store: any Store
    let logger: Logger

    func run() async {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while (try? await Task.sleep(for: Self.interval)) != nil {
                do throws(StoreError) {
                    // As long as there are many at once.
                    while !Task.isCancelled, try await store.expireLeaves() > 0 {}
                    failures = 0
                } catch {
                    failures += 1
                    if failures == 1 { logger.error("expired leaves can't be deleted: \(error.message)") }
                }
            }
        }
    }
}
