import Testing

@testable import MicroHTTP

/// Lines that come again and again.
struct LogThrottleTests {
    // Logged: "Hit process or system resource limit" 100,000 times a second. Should: once in a while.
    @Test func `a line that repeats passes once, whatever its numbers`() {
        let throttle = LogThrottle()
        #expect(throttle.passing("17 connections are open") == "17 connections are open")
        for number in 0..<1000 { #expect(throttle.passing("\(number) connections are open") == nil) }
        #expect(throttle.passing("another line") == "another line")
    }
}
