/// A suspended task that waits for a result. It is resumed exactly once.
///
/// Swift's own continuations that throw lose the type of the error; this one keeps it.
public struct TypedContinuation<Value: Sendable, Failure: Error>: Sendable {
    @usableFromInline let base: CheckedContinuation<Result<Value, Failure>, Never>

    @inlinable
    init(_ base: CheckedContinuation<Result<Value, Failure>, Never>) {
        self.base = base
    }

    /// Resumes the task with its result.
    @inlinable
    public func resume(with result: Result<Value, Failure>) { base.resume(returning: result) }

    /// Resumes the task with a value.
    @inlinable
    public func resume(returning value: Value) { base.resume(returning: .success(value)) }

    /// Resumes the task, which then throws the error.
    @inlinable
    public func resume(throwing failure: Failure) { base.resume(returning: .failure(failure)) }
}

/// Suspends the task until the continuation that `body` gets is resumed, and returns or throws its result.
@inlinable
public func withTypedContinuation<Value: Sendable, Failure: Error>(
    _ body: (TypedContinuation<Value, Failure>) -> Void
) async throws(Failure) -> Value {
    try await withCheckedContinuation { body(TypedContinuation($0)) }.get()
}
