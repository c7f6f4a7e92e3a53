import MicroJSON

/// Whether each value that follows one schema also follows another one.
public struct SchemaContainment: Sendable, Hashable {
    /// The answer.
    public enum Verdict: String, Sendable, Hashable {
        /// It is proven.
        case yes
        /// It is refuted by a value.
        case no
        /// Neither.
        case unknown
    }

    /// A rule of the other schema that could not be shown to follow from the first one.
    public struct Break: Sendable, Hashable {
        /// The subschema of the other schema that has the rule, as a JSON pointer.
        public let pointer: String
        /// The keyword of the rule.
        public let change: String
        /// What the first schema permits, in one or two sentences.
        public let why: String
    }

    /// The answer.
    public let verdict: Verdict
    /// What breaks, the first rules only; empty if the answer is yes.
    public let breaking: [Break]
    /// If the answer is no, a value that follows the first schema and not the other one.
    public let witness: JSONText?
}

extension CompiledSchema {
    /// Whether each value that follows this schema also follows another one.
    ///
    /// The rules are compared, so the answer may be unknown, most often for `not`, `if` and `oneOf` that differ, and
    /// for `unevaluatedProperties` and `unevaluatedItems`. A no has been found by a value.
    public func containment(in other: CompiledSchema) -> SchemaContainment {
        var prover = Prover(program, other.program, budget: 20_000)
        if prover.proves() { return SchemaContainment(verdict: .yes, breaking: [], witness: nil) }
        var sampler = Sampler(program, other.program)
        let witness = sampler.samples().first { sample in
            guard let isValid = try? isValid(sample), isValid else { return false }
            return (try? other.isValid(sample)) == false
        }
        return SchemaContainment(verdict: witness == nil ? .unknown : .no, breaking: prover.breaking, witness: witness)
    }
}
