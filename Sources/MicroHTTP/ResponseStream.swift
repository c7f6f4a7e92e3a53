import Synchronization

/// The body of a streaming response. Callers queue chunks, and a thread of the server sends them.
///
/// All methods may be called on any thread and never block. The queue is bounded. `.full` means that the client reads
/// too slowly; the caller then waits for room or cuts it off.
///
/// `@unchecked Sendable` because only the sender's thread accesses `output` once it owns the stream, and everything
/// else is constant, atomic or locked.
public final class ResponseStream: @unchecked Sendable {
    let sender: StreamSender
    let load = Atomic(StreamLoad())
    let aftermath = Mutex(Aftermath())
    var output: Output

    /// The result of a send.
    public enum Sent: Sendable {
        /// The chunks will be sent, unless the stream ends before.
        case queued
        /// There is no room; nothing was queued.
        case full
        /// The stream is over, or about to be.
        case closed
    }

    /// Why a stream is over.
    public enum Ending: String, Sendable, CaseIterable {
        /// `finish` was called, and everything was sent.
        case finished
        /// The client closed the connection or no longer responds.
        case clientGone
        /// It was aborted when it was full, or nothing could be sent during `idleTimeout`.
        case tooSlow
        /// It was aborted for another reason.
        case aborted
        /// The server stopped.
        case shutDown
    }

    init(_ sender: StreamSender, _ output: Output) {
        self.sender = sender
        self.output = output
    }

    /// Queues one chunk.
    public func send(_ chunk: StreamChunk) -> Sent {
        let cost = StreamLoad.Cost(chunk)
        let sent = load.update { $0.add(cost, sender.limits) }
        if sent == .queued { sender.push(.send(chunk, self)) }
        return sent
    }

    /// Queues all of them or none.
    public func send(_ chunks: [StreamChunk]) -> Sent {
        let cost = StreamLoad.Cost(chunks)
        let sent = load.update { $0.add(cost, sender.limits) }
        if sent == .queued { sender.push(.deliver(chunks, self)) }
        return sent
    }

    /// Ends the body when everything queued was sent, then closes the connection. Nothing more can be queued.
    public func finish() {
        let isNews = load.update { load in
            guard !load.isClosed else { return false }
            load[.finishing] = true
            return true
        }
        if isNews { sender.push(.look(self)) }
    }

    /// Cuts the connection immediately, even in the middle of a chunk.
    public func abort() {
        let isNews = load.update { load in
            guard !load[.aborted], !load[.over] else { return false }
            load[.aborted] = true
            load[.tooSlow] = load[.overflown]
            return true
        }
        if isNews { sender.push(.look(self)) }
    }

    /// The bytes of payload that are queued and not sent yet.
    public var queuedBytes: Int { load.load(ordering: .relaxed).bytes }

    /// The most bytes of payload that can be queued.
    public var queueLimit: Int { sender.limits.bytes }

    /// Whether nothing can be queued any more.
    public var isClosed: Bool { load.load(ordering: .relaxed).isClosed }
}
