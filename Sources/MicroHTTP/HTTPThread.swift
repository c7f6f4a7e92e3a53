/// What one thread of the library keeps for all of its connections. Only this thread uses it.
final class HTTPThread: Sendable {
    nonisolated(unsafe) let replies: KeptReplies
    nonisolated(unsafe) let templates = ResponseTemplates()

    /// - Parameter keptReplyBytes: ``ServerConfiguration/keptReplyBytes``.
    init(keptReplyBytes: Int) { replies = KeptReplies(bytes: keptReplyBytes) }
}
