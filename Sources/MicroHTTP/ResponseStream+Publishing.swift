extension ResponseStream {
    /// Streams that did not take their chunks, and why.
    public typealias Refusals = [(stream: ResponseStream, sent: Sent)]

    /// Queues chunks for many streams of one server. The cost for the caller is small and independent of their number;
    /// the sending threads visit each stream. Each stream takes all chunks or none, in order with everything else sent
    /// to it.
    ///
    /// A stream with a full queue whose client reads is written to first. Therefore only slow clients refuse, never
    /// because the server could not send fast enough. A stream that has refused is skipped without a report until
    /// `resumePublications`, so that it gets no later chunk after a missed one.
    ///
    /// - Parameter refused: called with the streams that did not take the chunks, if there are any, on a thread that
    ///   also sends to other streams. It may send, finish, abort or hand over, but must not block.
    public static func publish(
        _ chunks: [StreamChunk], to streams: [ResponseStream], refused: @escaping @Sendable (Refusals) -> Void
    ) {
        for case let sender? in streams.first?.sender.siblings.map(\.sender) ?? [] {
            sender.push(.publish(chunks, streams, refused))
        }
    }

    /// Whether the sending threads are not too far behind (`StreamSender.backlogLimit`). Publishers wait while they
    /// are.
    public var canPublish: Bool {
        sender.siblings.allSatisfy { $0.sender?.hasRoom ?? true }
    }

    /// Takes publications again, beginning with those made after this call.
    public func resumePublications() { sender.push(.resume(self)) }
}
