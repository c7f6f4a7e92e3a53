import NestKVStorage
import Testing

struct BackOffTests {
    @Test func `pauses grow with jitter, and stay short enough to use a recovered store within a second`() {
        var backOff = BackOff()
        #expect(backOff.isFirst)
        #expect((.milliseconds(10)...(.milliseconds(20))).contains(backOff.next()))
        var pauses: Set<Duration> = []
        for _ in 0..<100 { pauses.insert(backOff.next()) }
        #expect(!backOff.isFirst)
        #expect(pauses.count > 50)
        // One for the connection, one behind it for the feed, and time to connect.
        #expect(pauses.allSatisfy { $0 <= .milliseconds(400) })
        for _ in 0..<20 { #expect(backOff.next() >= .milliseconds(200)) }
        backOff.reset()
        #expect(backOff.isFirst && backOff.next() <= .milliseconds(20))
    }
}
