/// Is notified on the event loop's thread. Its functions must not block.
protocol EventLoopDelegate: AnyObject, Sendable {
    /// A message of a subscribed channel was received.
    func received(_ message: Reply)
    /// The connection is lost.
    func disconnected(_ reason: String)
    /// A quarter of a second has passed.
    func tick()
}
