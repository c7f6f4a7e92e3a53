import NestKVStorage

/// Transactions that were accepted or refused and wait for their common write.
struct StagedGroup {
    /// A transaction's outcome and its waiting caller.
    struct Outcome {
        let continuation: TypedContinuation<Receipt, DriverError>
        let result: Result<Receipt, DriverError>
    }

    /// The outcomes in the order in which the transactions came.
    var outcomes: [Outcome] = []
    /// The latest record of each key that this group changes.
    var latest: [Key: Record] = [:]
    /// The rows to write; nil if nothing changes.
    var batch: WriteBatch?

    /// Answers all callers.
    ///
    /// - Parameter failure: why the common write failed. Transactions that were refused before get their own reason.
    func finish(_ failure: DriverError?) {
        for outcome in outcomes {
            switch (outcome.result, failure) {
            case (.success, let failure?): outcome.continuation.resume(throwing: failure)
            case (.success(let receipt), nil): outcome.continuation.resume(returning: receipt)
            case (.failure(let refusal), _): outcome.continuation.resume(throwing: refusal)
            }
        }
    }
}
