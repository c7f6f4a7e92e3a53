/// Who is told what happens on the loop's thread. It must not wait.
protocol LoopListener: AnyObject, Sendable {
    /// A message of a channel that is followed.
    func heard(_ message: Reply)
    /// The connection is gone.
    func lost(_ reason: String)
    /// A quarter of a second has passed.
    func tick()
}
