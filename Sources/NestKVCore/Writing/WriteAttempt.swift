import MicroJSON
import NestKVStorage

/// One attempt to carry out writes in one commit.
///
/// It never waits. ``KeyValueStore/advance(_:)`` says what the attempt needs next, and its caller gets that, at once or
/// by waiting. The checks and the changes of a write are therefore the same code for both.
struct WriteAttempt {
    /// What an attempt needs to go on.
    enum Need {
        /// The records of a path: ``WriteAttempt/take(_:)``.
        case records(Key, View)
        /// The value of an earlier version of a leaf: ``WriteAttempt/take(restored:)``.
        case version(UInt64, of: Key)
        /// To commit the writes. That is the last need.
        case commit(Transaction)
    }

    let works: [PreparedWrite]
    let conditions: [Condition]
    var staging: Staging
    /// The conditions and writes that are done.
    private var done = 0
    private var found: NodeRecords?
    private(set) var restored: Result<JSONText, StoreError>?
    /// The check against schemas, once all writes are staged.
    var schemaCheck: SchemaCheck?
    /// The paths that it needs and that were not yet read.
    var unread: [Key] = []

    init(_ works: [PreparedWrite], _ conditions: [Condition], _ staging: Staging) {
        self.works = works
        self.conditions = conditions
        self.staging = staging
    }

    /// The condition to check next.
    var condition: Condition? { done < conditions.count ? conditions[done] : nil }

    /// The write to stage next, after all conditions.
    var work: PreparedWrite? {
        let index = done - conditions.count
        return works.indices.contains(index) ? works[index] : nil
    }

    /// Notes the time of the writes. It is taken while the locks are held, so that times rise with revisions.
    mutating func beginWrites() {
        if staging.steps.isEmpty { staging.time = .now }
    }

    /// Ends the current condition or write.
    mutating func finishStep() {
        done += 1
        restored = nil
    }

    /// The records of a path, if they were given or an earlier write read them.
    mutating func records(_ key: Key, _ view: View) -> NodeRecords? {
        staging.known(key, isLeafOnly: view == .leaf) ?? found.take()
    }

    /// Takes the records that were needed.
    mutating func take(_ records: NodeRecords) throws(StoreError) {
        guard !records.isTruncated else { throw staging.refuseAsTooDear() }
        found = records
    }

    /// Takes the value that was needed, or the error that there is instead.
    mutating func take(restored: Result<JSONText, StoreError>) { self.restored = restored }

    /// Takes the bytes of the values to return from the budget; false if it is used up.
    func takeAnswers() -> Bool { budget?.take(staging.answerBytes) ?? true }

    /// Gives back what ``takeAnswers()`` took, because the commit was not made.
    func giveBackAnswers() { budget?.give(back: staging.answerBytes) }

    private var budget: AnswerBudget? { works.first?.request.options.answers }

    /// An error with the condition or write that caused it.
    func located(_ error: StoreError) -> StoreError {
        if condition != nil {
            let index = done
            return error.unmet == nil ? error : error.about { $0.conditionIndex = index }
        }
        guard work != nil else { return error }
        let index = done - conditions.count
        return staging.told(error).about { $0.writeIndex = index }
    }
}
