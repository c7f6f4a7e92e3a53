import Logging
import NestKVCore

/// Deletes expired leaves soon after their time. If several processes sweep one store, its compare-and-set makes sure
/// that only one of them deletes a leaf.
struct Sweeper {
    /// How often to look. An expired leaf is hidden from reads at once, but its event is sent when it is deleted.
    private static let interval = Duration.milliseconds(250)

    let store: any StoreAdministration
    let logger: Logger

    /// Sweeps until the task is cancelled.
    func run() async {
        var failures = 0
        while (try? await Task.sleep(for: Self.interval)) != nil {
            do throws(StoreError) {
                // Again at once if there were many.
                while !Task.isCancelled, try await store.expireLeaves() > 0 {}
                failures = 0
            } catch {
                failures += 1
                if failures == 1 { logger.error("can't delete expired leaves: \(error.message)") }
            }
        }
    }
}
