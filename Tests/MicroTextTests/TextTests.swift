import MicroText
import Testing

/// Bytes as hexadecimal digits.
@Suite struct HexadecimalTests {
    @Test func `all bytes are read back from their digits, upper and lower case`() {
        let bytes = (0...255).map { UInt8($0) }
        let digits = Hexadecimal.digits(of: bytes)
        #expect(digits.count == 512)
        #expect(Hexadecimal.bytes(of: digits) == bytes)
        #expect(Hexadecimal.bytes(of: String(decoding: digits, as: UTF8.self).uppercased().utf8) == bytes)
        #expect(Hexadecimal.text(of: [0x00, 0x9A, 0xFF]) == "009aff")
        #expect(
            Hexadecimal.upperCaseDigit(9) == UInt8(ascii: "9") && Hexadecimal.upperCaseDigit(15) == UInt8(ascii: "F"))
    }

    @Test(arguments: ["0", "abc", "0g", "g0", "+1", "0x", " 1", "äb"])
    func `other texts are not digits of bytes`(_ text: String) {
        #expect(Hexadecimal.bytes(of: text.utf8) == nil)
    }
}

/// Percent-encoded texts.
@Suite struct PercentEncodingTests {
    @Test func `all bytes are read back from their percent-encoded form`() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(bytes.percentEncoded.percentDecodedBytes == bytes)
        #expect("a-b.c_d~e:f@g!h$i,j=k".utf8.percentEncoded == "a-b.c_d~e:f@g!h$i,j=k")
        #expect("/?&+% ä".utf8.percentEncoded == "%2F%3F%26%2B%25%20%C3%A4")
    }

    @Test func `a plus is a space where that is said`() {
        #expect(PercentEncoding.decode("a+b%2Bc".utf8) == Array("a+b+c".utf8))
        #expect(PercentEncoding.decode("a+b%2Bc".utf8, plusIsSpace: true) == Array("a b+c".utf8))
    }

    @Test(arguments: ["%", "%4", "a%zz", "%+4", "%4 ", "%%41"])
    func `a percent sign without two digits is malformed`(_ text: String) {
        #expect(text.percentDecodedBytes == nil && text.percentDecoded == nil)
    }

    @Test func `a text that is not UTF-8 has bytes only`() {
        #expect("%FF".percentDecodedBytes == [0xFF])
        #expect("%FF".percentDecoded == nil)
        #expect("%C3%A4".percentDecoded == "ä")
    }
}

/// Other helpers for texts.
@Suite struct TextTests {
    @Test func `FNV-1a has the values of RFC 9923`() {
        #expect(FNV1a().value == 0xCBF2_9CE4_8422_2325)
        #expect(FNV1a(of: "a".utf8).value == 0xAF63_DC4C_8601_EC8C)
        #expect(FNV1a(of: "foobar".utf8).value == 0x8594_4171_F739_67E8)
        var parts = FNV1a(of: "foo".utf8)
        parts.add("bar".utf8)
        #expect(parts == FNV1a(of: "foobar".utf8))
    }

    @Test func `blanks are removed at the ends only`() {
        #expect(" \t a b\t ".trimmingBlanks == "a b")
        #expect("\n".trimmingBlanks == "\n")
        #expect(" \t".trimmingBlanks.isEmpty && "".trimmingBlanks.isEmpty)
    }

    @Test func `a day that a month does not have is no date`() {
        #expect(CivilDate.daysSinceEpoch(year: 1970, month: 1, day: 1) == 0)
        #expect(CivilDate.daysSinceEpoch(year: 2024, month: 2, day: 29) == 19_782)
        for (month, day) in [(2, 29), (2, 31), (4, 31), (0, 1), (13, 1), (1, 0), (1, 32)] {
            #expect(CivilDate.daysSinceEpoch(year: 2023, month: month, day: day) == nil, "\(month)-\(day)")
        }
    }
}
