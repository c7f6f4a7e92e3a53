import MicroHTTP

/// A step of every request: it sees the request before its path is read, and the response before it is sent. The list
/// of stages is given to ``API``, beside the table of routes. An object, so that it is called without a copy.
public protocol Stage: AnyObject, Sendable {
    /// Whether what it does depends only on the method, the path and the fields of the request. Otherwise no response
    /// is sent a second time without it.
    var dependsOnRequestAlone: Bool { get }

    /// Looks at a request. It may say who sends it, or refuse it with a problem.
    func before(_ request: Request, _ caller: inout Caller) throws(Problem)

    /// Looks at the response to a request, which may be a refusal.
    func after(_ request: Request, _ response: inout Response)
}

extension Stage {
    /// By default, each request must pass the stage.
    public var dependsOnRequestAlone: Bool { false }
}

/// Who sends a request. All callers are anonymous until a stage identifies them.
public struct Caller: Hashable, Sendable {
    /// The name of an identified caller.
    public let name: String?

    /// A caller that no stage has identified.
    public static let anonymous = Caller(name: nil)

    /// A caller with this name.
    public init(name: String?) {
        self.name = name
    }
}
