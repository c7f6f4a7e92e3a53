import NestKVStorage
import Testing

@testable import NestKVAPI

/// Times as HTTP dates (RFC 9110 §5.6.7).
@Suite(.timeLimit(.minutes(1)))
struct HTTPDateTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777_042, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_399_999, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_868_799_001, "Tue, 29 Feb 2000 23:59:59 GMT"),
        (4_107_542_400_000, "Mon, 01 Mar 2100 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    ])
    func `a time is written as an HTTP date`(_ milliseconds: Int64, _ httpDate: String) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(time.httpDate == httpDate)
        #expect(Timestamp(httpDate: httpDate)?.seconds == time.seconds)
    }

    @Test func `every day of four centuries is read back from its HTTP date`() {
        for day in stride(from: -73_000, to: 73_000, by: 1) {
            let time = Timestamp(milliseconds: Int64(day) * 86_400_000 + 45_296_789)
            #expect(Timestamp(httpDate: time.httpDate)?.seconds == time.seconds)
        }
    }

    @Test(arguments: ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
    func `the three formats of RFC 9110 §5.6.7 are read`(_ text: String) {
        #expect(Timestamp(httpDate: text)?.milliseconds == 784_111_777_000)
    }

    @Test(arguments: [
        "", "yesterday", "784111777", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 31 Feb 1999 00:00:00 GMT",
        "Sun, 00 Jan 1999 00:00:00 GMT", "Sun, 32 Jan 1999 00:00:00 GMT", "Sun, 29 Feb 2100 00:00:00 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 0 08:49:37 GMT", "Sunday, 06-Nov-1994x 08:49:37 GMT",
        "Sun, 06 Nov 1994 -1:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 9223372036854775807 Nov 1994 08:49:37 GMT",
    ])
    func `a text that is not an HTTP date is refused`(_ text: String) {
        #expect(Timestamp(httpDate: text) == nil)
    }
}
