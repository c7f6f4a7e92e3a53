import MicroJSON

/// A list of steps that brings a document from one shape to another.
///
/// Steps are data. There are no loops and no calls, so a migration always ends, and its cost is bounded by the number
/// of steps times the bytes of the document. A document is changed in its text: what no step touches keeps its spelling
/// and its order, and numbers are exact. The result is not validated here.
public struct Migration: Sendable {
    let steps: [Step]

    init(steps: [Step]) {
        self.steps = steps
    }

    /// Reads a list of steps.
    ///
    /// - Throws: ``MigrationProblem`` with the place in the list, what is wrong there, and what is expected.
    public init(_ document: JSONText, limits: MigrationLimits = MigrationLimits()) throws(MigrationProblem) {
        var reader = StepReader(limits: limits)
        steps = try reader.steps(JSONValue(document), at: "")
    }

    /// Migrations that are applied one after another, as one.
    public init(chaining migrations: [Migration]) {
        steps = migrations.flatMap(\.steps)
    }

    /// The document after all steps.
    ///
    /// - Throws: ``MigrationFailure`` if a step can't be done, or costs more than the limits allow.
    public func apply(
        to document: JSONText, limits: MigrationLimits = MigrationLimits()
    ) throws(MigrationFailure) -> JSONText {
        var application = Application(document, limits: limits)
        try application.perform(steps)
        return application.text
    }

    /// The migration that turns back what this one did.
    ///
    /// It does so exactly for a document that this one migrates, if the document has nothing yet at the places where
    /// steps add something, no value yet that a `map` makes, at most the kind that a `convert` is from, and one element
    /// in each array of a `first`.
    ///
    /// - Throws: ``MigrationProblem`` with the first step from the end that can't be turned back, and why.
    public func reversed() throws(MigrationProblem) -> Migration {
        Migration(steps: try Step.reversed(steps))
    }

    /// The list of steps as JSON, which can be read again. Equal migrations have equal texts.
    public var text: JSONText {
        var writer = JSONWriter(reserving: 256)
        writer.write(steps)
        return writer.text
    }
}
