import Glibc
import NestKVStorage
import Testing

/// Times as text.
@Suite(.timeLimit(.minutes(1)))
struct TimestampTests {
    @Test(
        "a time is written as RFC 3339 and as an HTTP date",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777_042, "1994-11-06T08:49:37.042Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z", "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_868_799_001, "2000-02-29T23:59:59.001Z", "Tue, 29 Feb 2000 23:59:59 GMT"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
            (-1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
        ])
    func writes(_ milliseconds: Int64, _ rfc3339: String, _ httpDate: String) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(time.rfc3339 == rfc3339)
        #expect(time.httpDate == httpDate)
        #expect(Timestamp(httpDate: httpDate)?.seconds == time.seconds)
    }

    @Test("every day of four centuries is read back from its HTTP date, as written by the C library")
    func days() {
        for day in stride(from: -73_000, to: 73_000, by: 1) {
            let time = Timestamp(milliseconds: Int64(day) * 86_400_000 + 45_296_789)
            #expect(Timestamp(httpDate: time.httpDate)?.seconds == time.seconds)
            var seconds = time_t(time.seconds)
            var parts = tm()
            gmtime_r(&seconds, &parts)
            let date = time.rfc3339.prefix(10).split(separator: "-").compactMap { Int($0) }
            #expect(date == [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)])
        }
    }

    @Test(
        "the three formats of RFC 9110 §5.6.7 are read",
        arguments: ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
    func reads(_ text: String) {
        #expect(Timestamp(httpDate: text)?.milliseconds == 784_111_777_000)
    }

    @Test(
        "a text that is not an HTTP date is refused",
        arguments: [
            "", "yesterday", "784111777", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 31 Feb 1999 00:00:00 GMT",
            "Sun, 00 Jan 1999 00:00:00 GMT", "Sun, 32 Jan 1999 00:00:00 GMT", "Sun, 29 Feb 2100 00:00:00 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 0 08:49:37 GMT", "Sunday, 06-Nov-1994x 08:49:37 GMT",
            "Sun, 06 Nov 1994 -1:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 9223372036854775807 Nov 1994 08:49:37 GMT",
        ])
    func refuses(_ text: String) {
        #expect(Timestamp(httpDate: text) == nil)
    }

    @Test(
        "only times of RFC 3339 are read",
        arguments: [
            ("1994-11-06T08:49:37.042Z", 784_111_777_042), ("1994-11-06t08:49:37z", 784_111_777_000),
            ("1994-11-06T09:49:37.0429+01:00", 784_111_777_042), ("1994-11-06T00:49:37.1-08:00", 784_111_777_100),
            ("1969-12-31T23:59:59.999Z", -1), ("2000-02-29T23:59:59.001Z", 951_868_799_001),
            ("1994-11-06T08:49:37", nil), ("1994-11-06 08:49:37Z", nil), ("1994-11-06T08:49:37.Z", nil),
            ("1994-11-31T08:49:37Z", nil), ("1994-11-06T24:49:37Z", nil), ("1994-11-06T08:49:37+0100", nil),
            ("1994-11-06T08:49:37Zx", nil), ("199a-11-06T08:49:37Z", nil), ("", nil),
        ])
    func readsRFC3339(_ text: String, _ milliseconds: Int64?) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }
}
