import MicroJSON
import Testing

@Suite struct JSONWriterTests {
    @Test func `Commas are written automatically`() throws {
        var writer = JSONWriter(reserving: 100)
        writer.beginObject()
        writer.name("a")
        writer.beginArray()
        writer.integer(1)
        writer.bool(true)
        writer.null()
        writer.beginArray()
        writer.endArray()
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.name(utf8: bytes("q\"\n"))
        writer.string("x\\\u{7}é")
        writer.name(raw: bytes(#"\u0061b"#))
        writer.raw(try parsed("[1.0]"))
        writer.name("e")
        writer.string(utf8: bytes("é"))
        writer.endObject()
        let expected = #"{"a":[1,true,null,[],{}],"q\"\n":"x\\\u0007é","\u0061b":[1.0],"e":"é"}"#
        #expect(writer.text.description == expected)
        #expect(try JSONText(parsing: writer.bytes) == writer.text)
    }

    @Test func `Integers of every size are written`() {
        var writer = JSONWriter()
        writer.beginArray()
        writer.integer(0)
        writer.integer(Int.min)
        writer.integer(UInt64.max)
        writer.integer(Int8.min)
        writer.integer(Int128.max)
        writer.endArray()
        #expect(
            writer.text.description
                == "[0,-9223372036854775808,18446744073709551615,-128,170141183460469231731687303715884105727]")
    }

    @Test func `Every character of a string is read back`() throws {
        let content = (0..<0x250).compactMap { Unicode.Scalar($0) }.map(String.init).joined() + "😀\u{FFFF}"
        #expect(try JSONText(parsing: JSONText.string(content).utf8).stringContent == bytes(content))
        #expect(JSONText.string(content).canonical() == JSONText.string(content).utf8)
    }
}
