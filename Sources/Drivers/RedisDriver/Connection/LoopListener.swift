/// Is notified on the loop's thread. Its functions must not block.
protocol LoopListener: AnyObject, Sendable {
    /// A message of a subscribed channel has come.
    func heard(_ message: Reply)
    /// The connection is lost.
    func lost(_ reason: String)
    /// A quarter of a second has passed.
    func tick()
}
