import MicroJSON

extension Bytes {
    /// Calls `body` with the decoded content of a string. Content without escapes is not copied.
    @inline(__always)
    func withContent<Result>(of string: StringPlace, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let raw = UnsafeBufferPointer(start: base + string.start, count: string.count)
        return string.hasEscapes ? Self.withDecoded(raw, body) : body(raw)
    }

    /// Decoded content is never longer than its spelling; up to 1 KiB of it is on the stack.
    @inline(never)
    private static func withDecoded<Result>(
        _ raw: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(raw.count, 1)) { buffer in
            let count = StringCodec.decode(raw, into: buffer)
            return body(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The number of code points of a string, by decoding only its escapes.
    @inline(__always)
    func codePoints(of string: StringPlace) -> Int {
        withContent(of: string) { content in
            var count = 0
            for byte in content where byte & 0xC0 != 0x80 { count += 1 }
            return count
        }
    }
}
