import CMicroHTTPD
import Glibc

extension ResponseStream {
    /// The socket and the queue of chunks to write to it.
    struct Output {
        let socket: Int32
        /// Whether the body is chunked. HTTP/1.0 gets unframed payloads and ends with the connection.
        let isChunked: Bool
        let record: StreamRecord?
        /// The queue. It begins at `head`; the chunks before were sent.
        private var queue: [ChunkTable.Index] = []
        private var head = 0
        /// The number of sent bytes of the first chunk.
        private var offset = 0
        /// Whether the socket's buffer is full. The kernel reports when it has room again.
        var isBlocked = false
        /// The part of the response's head that the socket did not take.
        var unsentHead: StreamChunk?
        /// Whether it is in the sender's list of streams with something to write.
        var isDirty = false
        /// Whether the sender owns it and it has not ended.
        var isOpen = false
        /// Whether it refused a publication and gets none until it resumes.
        var isSkipped = false
        /// Whether the chunks sent while it was opened have arrived.
        var isSettled = false
        /// Whether the client has closed its side. The stream ends when its queue is written.
        var isHalfClosed = false
        /// Whether the last chunk was queued.
        var isSealed = false
        /// When something was last written, or began to wait to be written.
        var lastWrite = Clock.now
        var writtenBytes = 0
        /// Since when a caller waits for room, and the bytes written until then; renewed whenever the client took
        /// enough.
        var watch: (since: UInt64, writtenBytes: Int)?
        /// The most bytes written in one turn, so that other streams get theirs.
        private static let turnBytes = 1 << 20

        init(socket: Int32, isChunked: Bool, record: StreamRecord?) {
            self.socket = socket
            self.isChunked = isChunked
            self.record = record
        }

        var isEmpty: Bool { head == queue.count }

        mutating func append(_ chunk: ChunkTable.Index) { queue.append(chunk) }

        enum Progress {
            /// Everything was written, or as much as the socket took, or as much as one turn allows.
            case written, blocked, unfinished
            case broken
        }

        /// Writes as much as the socket takes.
        ///
        /// - Parameter vectors: scratch memory for the chunks that are written at once.
        /// - Returns: the outcome, and the cost of the chunks that left the queue.
        mutating func write(
            _ vectors: UnsafeMutableBufferPointer<iovec>, _ chunks: inout ChunkTable
        ) -> (Progress, StreamLoad.Cost) {
            var gone = StreamLoad.Cost([])
            var rest = Self.turnBytes
            while !isEmpty {
                guard rest > 0 else { return (.unfinished, gone) }
                var wanted = 0
                var count = 0
                while count < vectors.count, head + count < queue.count, wanted < rest {
                    let bytes = chunks.bytes(queue[head + count], framed: isChunked)
                    let skipped = count == 0 ? offset : 0
                    let length = min(bytes.count - skipped, rest - wanted)
                    vectors[count].iov_base = UnsafeMutableRawPointer(mutating: bytes.baseAddress! + skipped)
                    vectors[count].iov_len = length
                    wanted += length
                    count += 1
                }
                let written = wanted == 0 ? 0 : put(vectors, count)
                if written < 0 {
                    if errno == EINTR { continue }
                    guard errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM else { return (.broken, gone) }
                    isBlocked = true
                    return (.blocked, gone)
                }
                writtenBytes += written
                rest -= written
                remove(written, count, &chunks, &gone)
                if written < wanted {
                    isBlocked = true
                    return (.blocked, gone)
                }
            }
            return (.written, gone)
        }

        private func put(_ vectors: UnsafeMutableBufferPointer<iovec>, _ count: Int) -> Int {
            let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
            if count == 1 { return Glibc.send(socket, vectors[0].iov_base, vectors[0].iov_len, flags) }
            var message = msghdr()
            message.msg_iov = vectors.baseAddress
            message.msg_iovlen = count
            return Glibc.sendmsg(socket, &message, flags)
        }

        /// Removes what was sent: `written` bytes of the first `count` chunks.
        private mutating func remove(
            _ written: Int, _ count: Int, _ chunks: inout ChunkTable, _ gone: inout StreamLoad.Cost
        ) {
            var rest = written
            for _ in 0..<count {
                let chunk = queue[head]
                let left = chunks.bytes(chunk, framed: isChunked).count - offset
                guard rest >= left else {
                    offset += rest
                    break
                }
                rest -= left
                offset = 0
                head += 1
                gone.bytes += chunks.payloadCount(chunk)
                gone.chunks += 1
                chunks.drop(chunk)
            }
            if isEmpty {
                // Otherwise the stream would keep the memory of a burst as long as it lives.
                if queue.capacity > 16 { queue = [] } else { queue.removeAll(keepingCapacity: true) }
                head = 0
            } else if head > 64, head * 2 > queue.count {
                queue.removeFirst(head)
                head = 0
            }
        }

        mutating func clear(_ chunks: inout ChunkTable) {
            for chunk in queue[head...] { chunks.drop(chunk) }
            queue = []
            head = 0
            offset = 0
        }
    }
}

/// The data about a stream's request for the observer, which outlives its connection.
struct StreamRecord: Sendable {
    let head: RequestHead
    let record: Connection.Record
    let remoteAddress: String
}
