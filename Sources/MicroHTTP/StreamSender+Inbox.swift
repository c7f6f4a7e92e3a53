extension StreamSender {
    /// A job for the sender from another thread.
    enum Job {
        case open(ResponseStream)
        /// The caller for whom the stream was opened has had a chance to send.
        case settle(ResponseStream)
        case send(StreamChunk, ResponseStream)
        /// Queue the chunks.
        case deliver([StreamChunk], ResponseStream)
        /// Queue the chunks without a prior check of the streams' loads.
        case publish([StreamChunk], [ResponseStream], @Sendable (ResponseStream.Refusals) -> Void)
        /// The stream takes publications again.
        case resume(ResponseStream)
        /// The stream's flags have changed.
        case look(ResponseStream)
        /// End all streams, at the latest at this time.
        case end(by: UInt64)
        case stop
    }

    struct Inbox {
        var jobs: [Job] = []
        /// The number of streams of all waiting publications; a stream counts for each publication.
        var backlog = 0
        /// Whether the thread waits or is about to wait, and must be woken.
        var isSleeping = false
        /// Whether the inbox is no longer read.
        var isOver = false
    }
}
