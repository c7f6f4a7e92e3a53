import Glibc
import NestKVCore
import Synchronization
import Testing

@testable import NestKVAPI

/// Where large contents are freed.
@Suite("Parcel")
struct ParcelTests {
    /// Notes the thread that frees it.
    private final class Content: Sendable {
        let threads: Threads
        init(_ threads: Threads) { self.threads = threads }
        deinit { threads.freeing.withLock { $0 = pthread_self() } }
    }

    private final class Threads: Sendable {
        let computing = Mutex<pthread_t?>(nil)
        let freeing = Mutex<pthread_t?>(nil)
    }

    @Test func `What is moved to the compute pool is freed there, before the request continues on its own thread`()
        async throws
    {
        let threads = Threads()
        let parcel = Parcel(Content(threads))
        let pool = ComputePool(threads: 1)
        try await pool.run { () async throws(StoreError) in
            let content = parcel.taken()
            content.threads.computing.withLock { $0 = pthread_self() }
        }
        let computing = try #require(threads.computing.withLock { $0 })
        #expect(threads.freeing.withLock { $0 } == computing)
    }
}
