import Glibc

/// The replies that one HTTP thread keeps, to send them again without asking the handler.
///
/// A reply is found by the bytes of its request: method, target and the fields that select a reply
/// (``ServerConfiguration/selectingFields``). It is sent again only if its ``Response/isCurrent`` still holds. Each
/// thread has its own table, so there are no locks, and replies to the same request may be kept once for each thread.
final class KeptReplies {
    /// One kept reply.
    private final class Reply {
        let method: HTTPMethod
        let target: [UInt8]
        let selection: [UInt8]
        let response: PreparedResponse
        let isCurrent: @Sendable () -> Bool
        /// The bytes of memory that it may take.
        let bytes: Int

        init(_ head: RequestHead, _ response: PreparedResponse, _ isCurrent: @escaping @Sendable () -> Bool) {
            method = head.method
            target = head.target
            selection = head.section.selection.bytes
            self.response = response
            self.isCurrent = isCurrent
            bytes = Self.ownBytes + target.count + selection.count + response.body.count
        }

        /// The bytes of the objects, with the response's header fields.
        private static let ownBytes = 2000

        func answers(_ head: RequestHead) -> Bool {
            method == head.method && Self.isEqual(target, head.target)
                && Self.isEqual(selection, head.section.selection.bytes)
        }

        private static func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
            one.count == other.count && memcmp(one, other, one.count) == 0
        }
    }

    /// A larger body is not kept: its bytes take most of the time of sending it.
    static let bodyMax = 256 << 10
    /// The places of the table, a power of two, in buckets whose hashes fill one line of the processor's cache.
    private static let placeCount = 4096
    private static let bucketSize = 8

    private let bytesMax: Int
    private var bytes = 0
    /// The hash of the reply at each place; 0 if it is empty.
    private let hashes: UnsafeMutablePointer<UInt64>
    private let replies: UnsafeMutablePointer<Reply?>
    /// The place from which the search for a reply to remove continues.
    private var hand = 0

    /// An empty table of replies that may take this many bytes together; 0 keeps no reply.
    init(bytes: Int) {
        bytesMax = bytes
        let capacity = bytes > 0 ? Self.placeCount : 0
        // Untouched pages of large blocks of zeros take no memory. All-zero bits are a nil reference.
        guard let hashes = calloc(capacity + 1, MemoryLayout<UInt64>.stride),
            let replies = calloc(capacity + 1, MemoryLayout<Reply?>.stride)
        else { preconditionFailure("there is no memory for the table of kept replies") }
        self.hashes = hashes.bindMemory(to: UInt64.self, capacity: capacity)
        self.replies = replies.bindMemory(to: Reply?.self, capacity: capacity)
    }

    deinit {
        if bytesMax > 0 { for place in 0..<Self.placeCount { remove(place) } }
        free(hashes)
        free(replies)
    }

    /// The reply to a request, if it is kept and still current.
    func find(_ head: RequestHead) -> PreparedResponse? {
        guard bytesMax > 0 else { return nil }
        let hash = Self.hash(of: head)
        let bucket = Self.bucket(of: hash)
        for place in bucket..<bucket + Self.bucketSize where hashes[place] == hash {
            guard let reply = replies[place], reply.answers(head) else { continue }
            if reply.isCurrent() { return reply.response }
            remove(place)
            return nil
        }
        return nil
    }

    /// Keeps the reply to a request, in place of an earlier one, unless it is too large.
    func keep(_ response: Response, to head: RequestHead) {
        guard let isCurrent = response.isCurrent, bytesMax > 0, response.bodyCount <= Self.bodyMax else { return }
        let prepared =
            response.prepared
            ?? PreparedResponse(status: response.status, headers: response.headers, body: response.body)
        let reply = Reply(head, prepared, isCurrent)
        guard reply.bytes <= bytesMax / 8 else { return }
        let hash = Self.hash(of: head)
        let place = place(for: hash, head)
        remove(place)
        while bytes + reply.bytes > bytesMax { removeNext() }
        hashes[place] = hash
        replies[place] = reply
        bytes += reply.bytes
    }

    /// The place of the reply to the same request; otherwise an empty place, one whose reply is outdated, or any.
    private func place(for hash: UInt64, _ head: RequestHead) -> Int {
        let bucket = Self.bucket(of: hash)
        let places = bucket..<bucket + Self.bucketSize
        return places.first { hashes[$0] == hash && replies[$0]?.answers(head) == true }
            ?? places.first { replies[$0] == nil } ?? places.first { replies[$0]?.isCurrent() == false }
            ?? bucket + Int(hash % UInt64(Self.bucketSize))
    }

    private func remove(_ place: Int) {
        guard let reply = replies[place] else { return }
        bytes -= reply.bytes
        replies[place] = nil
        hashes[place] = 0
    }

    private func removeNext() {
        remove(hand)
        hand = (hand + 1) % Self.placeCount
    }

    private static func bucket(of hash: UInt64) -> Int {
        Int(hash >> 32) & (placeCount - 1) & ~(bucketSize - 1)
    }

    /// Differs in each process, so that no client can choose targets that share a bucket.
    private static let seed = UInt64.random(in: 1 ... .max)

    private static func hash(of head: RequestHead) -> UInt64 {
        let selection = head.section.selection.hash &+ (head.method == .get ? 1 : 2)
        return head.target.withUnsafeBufferPointer { hash($0, selection) }
    }

    /// The hash of bytes, eight at a time; never 0.
    static func hash(_ bytes: UnsafeBufferPointer<UInt8>, _ start: UInt64) -> UInt64 {
        var hash = seed ^ start
        func add(_ word: UInt64) {
            let product = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
            hash = product.high ^ product.low &+ seed
        }
        let raw = UnsafeRawBufferPointer(bytes)
        var index = 0
        while index + 8 <= raw.count {
            add(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest = UInt64(raw.count) << 56
        while index < raw.count {
            rest = rest << 8 ^ UInt64(raw[index])
            index += 1
        }
        add(rest)
        return max(hash, 1)
    }
}
