import CHiredis

/// A reply of Redis, borrowed: valid only while the callback that got it runs.
struct Reply {
    private let reply: UnsafePointer<redisReply>

    init(_ reply: UnsafePointer<redisReply>) {
        self.reply = reply
    }

    /// The error that the server replied with.
    var error: ServerError? {
        guard reply.pointee.type == REDIS_REPLY_ERROR else { return nil }
        return ServerError(text: string ?? "")
    }

    /// What a command makes of its reply.
    func decoded<Result>(by decode: (Reply) throws(MalformedReply) -> Result) -> Swift.Result<Result, RedisFailure> {
        if let error { return .failure(.refused(error)) }
        do throws(MalformedReply) {
            return .success(try decode(self))
        } catch {
            return .failure(.malformed(error))
        }
    }

    /// The text of a string; nil for any other reply.
    var bytes: UnsafeBufferPointer<UInt8>? {
        guard reply.pointee.type == REDIS_REPLY_STRING || isText, let start = reply.pointee.str else { return nil }
        let raw = UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self)
        return UnsafeBufferPointer(start: raw, count: reply.pointee.len)
    }

    private var isText: Bool {
        reply.pointee.type == REDIS_REPLY_STATUS || reply.pointee.type == REDIS_REPLY_ERROR
    }

    /// The text as a string.
    var string: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// A whole number. Revisions come as text, which is read, too.
    var integer: Int64? {
        reply.pointee.type == REDIS_REPLY_INTEGER ? reply.pointee.integer : bytes.flatMap { Int64(digits: $0) }
    }

    /// The whole number at the beginning of a text of several words.
    var firstInteger: Int64? {
        bytes.flatMap { Int64(digits: $0.prefix { $0 != UInt8(ascii: " ") }) }
    }

    /// The whole number at the end of a text of several words.
    var lastInteger: Int64? {
        bytes.flatMap { text in
            let start = text.lastIndex(of: UInt8(ascii: " ")).map { $0 + 1 } ?? text.startIndex
            return Int64(digits: text[start...])
        }
    }

    /// The whole numbers among the words of a text.
    ///
    /// - Parameter count: how many there probably are.
    func integers(expecting count: Int) -> [Int64] {
        guard let bytes else { return [] }
        var numbers: [Int64] = []
        numbers.reserveCapacity(count)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: " ")) ?? bytes.count
            if let number = Int64(digits: bytes[start..<end]) { numbers.append(number) }
            start = end + 1
        }
        return numbers
    }

    /// The number of elements; 0 if it isn't an array.
    var count: Int { reply.pointee.type == REDIS_REPLY_ARRAY ? reply.pointee.elements : 0 }

    /// Whether it is an array, even an empty one.
    var isArray: Bool { reply.pointee.type == REDIS_REPLY_ARRAY }

    /// An element of an array; nil if it doesn't exist.
    subscript(index: Int) -> Reply? {
        guard index < count, let element = reply.pointee.element[index] else { return nil }
        return Reply(element)
    }

    /// The elements of an array.
    var elements: [Reply] { (0..<count).compactMap { self[$0] } }
}

/// An error that Redis replied with: `WRONGTYPE Operation against …`.
struct ServerError: Sendable, CustomStringConvertible {
    /// The whole text.
    let text: String

    /// The first word: `WRONGTYPE`, `OOM`, `ERR`, …
    var code: Substring { text.prefix { $0 != " " } }

    var description: String { text }
}

/// A reply that nestkv's scripts never give: another program changed the store's own keys, or it isn't a Redis server.
struct MalformedReply: Error {
    let what: String
}
