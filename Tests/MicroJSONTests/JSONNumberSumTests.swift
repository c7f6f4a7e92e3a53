import MicroJSON
import TestSupport
import Testing

@Suite struct JSONNumberSumTests {
    @Test(arguments: [
        ("1", "2", "3"), ("0", "0", "0"), ("-1", "1", "0"), ("5", "-7", "-2"), ("-5", "7", "2"), ("-5", "-7", "-12"),
        ("999", "1", "1000"), ("1000", "-1", "999"), ("0.1", "0.2", "0.3"), ("1.50", "-0.5", "1"), ("-0", "-0", "0"),
        ("9007199254740993", "1", "9007199254740994"), ("12345678901234567890", "-1", "12345678901234567889"),
        ("99999999999999999999", "1", "100000000000000000000"), ("1e2", "1e-2", "100.01"), ("0", "1.0", "1"),
        ("999999999999999999999", "1", "1000000000000000000000"),
        ("99999999999999999999999999999999999999", "1", "100000000000000000000000000000000000000"),
        ("99999999999999999999999999999999999999e0", "1", "1e+38"),
        ("99999999999999999999999.5", "5", "100000000000000000000004.5"), ("1e400", "1e400", "2e+400"),
    ]) func `Numbers are added exactly`(_ one: String, _ other: String, _ sum: String) throws {
        #expect(try parsed(one).adding(parsed(other))?.description == sum)
        #expect(try parsed(other).adding(parsed(one))?.description == sum)
    }

    @Test(arguments: [
        ("1", "\"1\""), ("null", "1"), ("1e1001", "1"), ("1e999999999999999999", "1e-999999999999999999"),
    ])
    func `A sum with too many digits is refused`(_ one: String, _ other: String) throws {
        #expect(try parsed(one).adding(parsed(other)) == nil)
        #expect(try parsed(other).adding(parsed(one)) == nil)
    }

    @Test func `Random sums equal those of wide integers`() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let one = Int128(Int64.random(in: .min ... .max, using: &generator)) >> Int128(generator.below(60))
            let other = Int128(Int64.random(in: .min ... .max, using: &generator)) >> Int128(generator.below(60))
            let sum = JSONText.integer(one).adding(JSONText.integer(other))
            #expect(sum == JSONText.integer(one + other), "\(one) and \(other)")
        }
    }
}
