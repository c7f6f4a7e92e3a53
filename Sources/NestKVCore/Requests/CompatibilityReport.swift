import JSONSchema
import MicroJSON
import NestKVStorage

/// How a schema fits the earlier versions of a name, and the values that are stored.
public struct CompatibilityReport: Sendable {
    /// A rule that an earlier version and the schema don't have in common.
    public struct Break: Sendable {
        /// The earlier version.
        public let version: UInt64
        /// Which way both were compared.
        public let direction: CompatibilityLevel.Direction
        /// The subschema that has the rule, as a JSON pointer: of the new schema if it was compared backward, otherwise
        /// of the earlier one.
        public let pointer: String
        /// The keyword of the rule.
        public let change: String
        /// What the other schema permits, in one or two sentences.
        public let why: String
    }

    /// The most rules that are listed.
    static let mostBreaks = 32

    /// What was demanded.
    public let level: CompatibilityLevel
    /// What the rules alone say of values that follow earlier versions.
    var backward = SchemaContainment.Verdict.yes
    /// What the rules alone say of values that follow the schema.
    var forward = SchemaContainment.Verdict.yes
    /// Whether migrations lead from the newest version to the schema.
    var isMigrated = false
    /// What breaks, the first rules only.
    public internal(set) var breaking: [Break] = []
    /// A value that follows one of the compared versions and not the other one, if one was found.
    public internal(set) var witness: JSONText?
    /// What the stored values say; nil if they were not examined.
    public internal(set) var data: ExaminedValues?

    init(level: CompatibilityLevel) { self.level = level }

    /// What the rules alone say.
    public var verdict: SchemaContainment.Verdict {
        let verdicts = [backward, forward]
        return verdicts.contains(.no) ? .no : verdicts.contains(.unknown) ? .unknown : .yes
    }

    /// Whether the rules alone, or the values with them, could show what is demanded.
    var dependsOnData: Bool { forward == .yes && backward != .yes }

    /// Whether what is demanded is shown: by the rules, or backward by migrations or all stored values.
    public var isCompatible: Bool {
        if level == .none { return true }
        return forward == .yes && (backward == .yes || isMigrated || data?.invalid == 0)
    }
}

/// What an examination of stored values found.
public struct ExaminedValues: Sendable {
    /// A value that breaks the schema.
    public struct Example: Sendable {
        /// Where it is.
        public let path: Key
        /// The broken rules.
        public let errors: [SchemaViolation]
        /// Why the value could not be checked; nil if it was.
        public let detail: String?
    }

    /// The most values that are listed.
    static let mostExamples = 10

    /// The number of values that were looked at. One that was written meanwhile is looked at again.
    public internal(set) var examined = 0
    /// The number of those that break the schema, or could not be checked.
    public internal(set) var invalid = 0
    /// The first of these.
    public internal(set) var examples: [Example] = []

    /// Notes an invalid value.
    ///
    /// - Parameter errors: finds the broken rules, if the value is listed.
    mutating func note(_ path: Key, detail: String? = nil, _ errors: @autoclosure () -> [SchemaViolation] = []) {
        invalid += 1
        guard examples.count < Self.mostExamples else { return }
        examples.append(Example(path: path, errors: errors(), detail: detail))
    }
}

extension CompatibilityReport {
    /// What a rule means, in sentences.
    fileprivate func explanation(of rule: Break) -> String {
        let isBackward = rule.direction == .backward
        let version = "version \(rule.version)"
        let (first, other) = isBackward ? (version, "it") : ("it", version)
        let isRefuted = (isBackward ? backward : forward) == .no
        var text = isRefuted ? "Not everything" : "It is not shown that everything"
        text += " that follows \(first) follows \(other)"
        if !rule.change.isEmpty {
            text += ", because of '\(rule.change)' at \(rule.pointer.isEmpty ? "the top" : rule.pointer)"
        }
        return "\(text): \(rule.why)"
    }
}

extension StoreError {
    /// A schema doesn't fit the earlier versions of its name.
    static func incompatible(_ name: String, _ compatibility: CompatibilityReport) -> StoreError {
        var message = "The schema isn't compatible with "
        message += compatibility.level.isTransitive ? "the earlier versions" : "the newest version"
        message += " of '\(name)', whose level is '\(compatibility.level.rawValue)'."
        if let first = compatibility.breaking.first { message += " \(compatibility.explanation(of: first))" }
        if let data = compatibility.data {
            message += " \(data.invalid) of \(data.examined) stored value\(data.examined == 1 ? "" : "s") "
            message += data.invalid == 1 ? "breaks it." : "break it."
        }
        var error = StoreError(.incompatibleSchema, message, .force)
        error.report = SchemaReport(compatibility: compatibility)
        return error
    }
}
