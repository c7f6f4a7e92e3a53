import MicroJSON
import Testing

@Suite struct IntegerTests {
    @Test(arguments: [
        ("0", 0), ("-0", 0), ("3", 3), ("3.0", 3), ("30e-1", 3), ("3e2", 300), ("18446744073709551615", UInt64.max),
        ("18446744073709551615.00", .max), ("18446744073709551616", nil), ("-1", nil), ("0.5", nil), ("1e99", nil),
        ("1e999999999999999999", nil), (#""3""#, nil), ("null", nil), ("[3]", nil),
    ])
    func `An integer is read in any notation`(_ text: String, _ expected: UInt64?) throws {
        #expect(try JSONText(parsing: Array(text.utf8)).integer() == expected)
    }
}
