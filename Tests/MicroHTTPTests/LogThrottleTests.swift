import Testing

@testable import MicroHTTP

/// Repeated log lines.
struct LogThrottleTests {
    // "Hit process or system resource limit" was logged 100,000 times a second, instead of once in a while.
    @Test func `a repeated line is logged once, even with different numbers`() {
        let throttle = LogThrottle()
        #expect(throttle.passing("17 connections are open") == "17 connections are open")
        for number in 0..<1000 { #expect(throttle.passing("\(number) connections are open") == nil) }
        #expect(throttle.passing("another line") == "another line")
    }
}
