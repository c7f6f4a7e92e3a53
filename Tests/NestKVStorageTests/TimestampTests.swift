import Glibc
import NestKVStorage
import Testing

/// Times as text.
@Suite(.timeLimit(.minutes(1)))
struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"),
        (784_111_777_042, "1994-11-06T08:49:37.042Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_868_799_001, "2000-02-29T23:59:59.001Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ])
    func `a time is written as RFC 3339`(_ milliseconds: Int64, _ rfc3339: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == rfc3339)
    }

    @Test func `every day of four centuries is written as by the C library`() {
        for day in stride(from: -73_000, to: 73_000, by: 1) {
            let time = Timestamp(milliseconds: Int64(day) * 86_400_000 + 45_296_789)
            var seconds = time_t(time.seconds)
            var parts = tm()
            gmtime_r(&seconds, &parts)
            let date = time.rfc3339.prefix(10).split(separator: "-").compactMap { Int($0) }
            #expect(date == [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)])
        }
    }

    @Test(arguments: [
        ("1994-11-06T08:49:37.042Z", 784_111_777_042), ("1994-11-06t08:49:37z", 784_111_777_000),
        ("1994-11-06T09:49:37.0429+01:00", 784_111_777_042), ("1994-11-06T00:49:37.1-08:00", 784_111_777_100),
        ("1969-12-31T23:59:59.999Z", -1), ("2000-02-29T23:59:59.001Z", 951_868_799_001),
        ("1994-11-06T08:49:37", nil), ("1994-11-06 08:49:37Z", nil), ("1994-11-06T08:49:37.Z", nil),
        ("1994-11-31T08:49:37Z", nil), ("1994-11-06T24:49:37Z", nil), ("1994-11-06T08:49:37+0100", nil),
        ("1994-11-06T08:49:37Zx", nil), ("199a-11-06T08:49:37Z", nil), ("", nil),
    ])
    func `only times of RFC 3339 are read`(_ text: String, _ milliseconds: Int64?) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }
}
