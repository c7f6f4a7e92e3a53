import Synchronization

/// The body of a response that goes on: whoever has something to say hands it over, a thread of the server sends it.
///
/// Everything here may be called on any thread, and nothing blocks. What is queued is bounded: `.full` says that the
/// client reads more slowly than it is written to, and it is up to the caller to wait for room or to cut it off.
///
/// `@unchecked Sendable` because `output` is touched only by the sender's thread once the stream was handed to it; all
/// else is constant, atomic or locked.
public final class ResponseStream: @unchecked Sendable {
    let sender: StreamSender
    let load = Atomic(StreamLoad())
    let aftermath = Mutex(Aftermath())
    var output: Output

    /// What became of something that was to be sent.
    public enum Sent: Sendable {
        /// It will be sent, unless the stream ends otherwise before.
        case queued
        /// There is no room, and nothing was queued.
        case full
        /// The stream is over, or about to be.
        case closed
    }

    /// Why a stream is over.
    public enum Ending: String, Sendable, CaseIterable {
        /// By `finish`: everything was sent.
        case finished
        /// The client closed the connection, or does not answer any more.
        case clientGone
        /// Aborted when it was full, or nothing could be sent for as long as `idleTimeout`.
        case tooSlow
        /// Aborted otherwise.
        case aborted
        /// The server stops.
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
        if sent == .queued { sender.push(.deliver(chunks, [self])) }
        return sent
    }

    /// Ends the body once everything queued was sent, then closes the connection. Nothing can be queued any more.
    public func finish() {
        let isNews = load.update { load in
            guard !load.isClosed else { return false }
            load[.finishing] = true
            return true
        }
        if isNews { sender.push(.look(self)) }
    }

    /// Cuts the connection at once, in the middle of whatever is being sent.
    public func abort() {
        let isNews = load.update { load in
            guard !load[.aborted], !load[.over] else { return false }
            load[.aborted] = true
            load[.tooSlow] = load[.overflown]
            return true
        }
        if isNews { sender.push(.look(self)) }
    }

    /// Bytes of payload that were queued and not sent yet.
    public var queuedBytes: Int { load.load(ordering: .relaxed).bytes }

    /// Bytes of payload that may be queued.
    public var queueLimit: Int { sender.limits.bytes }

    /// Whether nothing can be queued any more.
    public var isClosed: Bool { load.load(ordering: .relaxed).isClosed }
}
