extension JSONText {
    /// The text of the part at a path of decoded segments: members by name, array elements by index ("0", "1", …
    /// without leading zeros). Nil if the text doesn't contain the path. No tree is built.
    public func slice(at path: some Sequence<[UInt8]>) -> JSONText? {
        guard let range = range(at: path) else { return nil }
        return range == 0..<utf8.count ? self : JSONText(trusted: Array(utf8[range]))
    }

    /// As `slice(at:)`, with segments that are slices of other arrays.
    public func slice(at path: some Sequence<ArraySlice<UInt8>>) -> JSONText? {
        guard let range = range(at: path) else { return nil }
        return range == 0..<utf8.count ? self : JSONText(trusted: Array(utf8[range]))
    }

    /// The range in `utf8` of the part at a path; nil if the text doesn't contain the path.
    ///
    /// - Parameter start: where the value begins in which the path begins.
    public func range<Segment: Collection<UInt8>>(
        at path: some Sequence<Segment>, from start: Int = 0
    ) -> Range<Int>? {
        utf8.withUnsafeBufferPointer { bytes in
            var start = start
            for segment in path {
                guard let next = Self.child(segment, in: bytes, from: start) else { return nil }
                start = next
            }
            return start..<ByteScan.endOfValue(in: bytes, from: start)
        }
    }

    /// As `range(at:from:)`, for the segments of a JSON pointer.
    public func range(at path: [[UInt8]], from start: Int) -> Range<Int>? {
        guard let start = self.start(of: path, from: start) else { return nil }
        return utf8.withUnsafeBufferPointer { start..<ByteScan.endOfValue(in: $0, from: start) }
    }

    /// Where in `utf8` the part at the path of a JSON pointer begins; nil if the text doesn't contain the path.
    ///
    /// - Parameter start: Where the value begins in which the path begins.
    public func start(of path: [[UInt8]], from start: Int) -> Int? {
        utf8.withUnsafeBufferPointer { bytes in
            var start = start
            for segment in path {
                guard let next = segment.withUnsafeBufferPointer({ Self.child(named: $0, in: bytes, from: start) })
                else { return nil }
                start = next
            }
            return start
        }
    }

    /// The ranges in `utf8` of a member, from its opening quote to the end of its value, and of its value; nil if at
    /// this position there is no object with such a member.
    ///
    /// - Parameter name: The decoded name.
    public func member(_ name: [UInt8], at object: Int) -> (all: Range<Int>, value: Range<Int>)? {
        utf8.withUnsafeBufferPointer { bytes in
            guard object < bytes.count, bytes[object] == Ascii.openBrace,
                let found = name.withUnsafeBufferPointer({ Self.placeOfMember(named: $0, in: bytes, from: object + 1) })
            else { return nil }
            let end = ByteScan.endOfValue(in: bytes, from: found.value)
            return (found.name..<end, found.value..<end)
        }
    }

    /// Follows a path through members of objects only, as far as they exist.
    ///
    /// - Returns: the number of segments followed, and where the value begins to which they lead.
    public func descent(along path: some Sequence<ArraySlice<UInt8>>) -> (count: Int, start: Int) {
        utf8.withUnsafeBufferPointer { bytes in
            var count = 0, start = 0
            for segment in path {
                guard start < bytes.count, bytes[start] == Ascii.openBrace,
                    let next = Self.child(segment, in: bytes, from: start)
                else { break }
                (count, start) = (count + 1, next)
            }
            return (count, start)
        }
    }

    /// The text of the value that begins at a position in `utf8`.
    public func value(at start: Int) -> JSONText {
        let end = utf8.withUnsafeBufferPointer { ByteScan.endOfValue(in: $0, from: start) }
        return start == 0 && end == utf8.count ? self : JSONText(trusted: Array(utf8[start..<end]))
    }

    /// Whether the text contains this path.
    public func contains<Segment: Collection<UInt8>>(_ path: some Sequence<Segment>) -> Bool {
        range(at: path) != nil
    }

    private static func child(
        _ segment: some Collection<UInt8>, in bytes: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> Int? {
        // The outer optional is nil for segments without contiguous storage.
        let found = segment.withContiguousStorageIfAvailable { child(named: $0, in: bytes, from: start) }
        return found ?? Array(segment).withUnsafeBufferPointer { child(named: $0, in: bytes, from: start) }
    }

    /// The start of the value of a member or element.
    private static func child(
        named segment: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> Int? {
        guard start < bytes.count else { return nil }
        switch bytes[start] {
        case Ascii.openBrace: return member(named: segment, in: bytes, from: start + 1)
        case Ascii.openBracket: return element(at: segment, in: bytes, from: start + 1)
        default: return nil
        }
    }

    private static func member(
        named name: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> Int? {
        placeOfMember(named: name, in: bytes, from: start)?.value
    }

    /// Where a member begins, at its opening quote, and where its value begins.
    @inline(__always)
    private static func placeOfMember(
        named name: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> (name: Int, value: Int)? {
        var position = start
        while position < bytes.count, bytes[position] == Ascii.quote {
            let (quote, hasEscapes) = ByteScan.endOfString(in: bytes, from: position + 1)
            guard quote + 2 < bytes.count else { return nil }
            let raw = UnsafeBufferPointer(rebasing: bytes[(position + 1)..<quote])
            if hasEscapes ? isSpelling(raw, of: name) : ByteScan.areEqual(raw, name) { return (position, quote + 2) }
            position = ByteScan.endOfValue(in: bytes, from: quote + 2) + 1
        }
        return nil
    }

    private static func isSpelling(
        _ raw: UnsafeBufferPointer<UInt8>, of name: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        StringCodec.decoded(raw).withUnsafeBufferPointer { ByteScan.areEqual($0, name) }
    }

    private static func element(
        at segment: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> Int? {
        guard let index = JSONPointer.arrayIndex(segment), start < bytes.count, bytes[start] != Ascii.closeBracket
        else { return nil }
        var position = start
        for _ in 0..<index {
            let end = ByteScan.endOfValue(in: bytes, from: position)
            guard end + 1 < bytes.count, bytes[end] == Ascii.comma else { return nil }
            position = end + 1
        }
        return position
    }
}
