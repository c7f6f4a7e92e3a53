import NestKVStorage

/// The conditions of a request on the state of its path (RFC 9110 §13).
public struct Precondition: Sendable {
    /// Entity tags to compare with.
    public enum Tags: Sendable {
        /// `*`: any value.
        case any
        /// One of these entity tags.
        case listed([EntityTag])
    }

    /// The result of an evaluation.
    public enum Outcome: Sendable, Equatable {
        /// All conditions hold.
        case holds
        /// The reader already has this representation.
        case notModified
        /// A condition fails.
        case failed(Failure)
    }

    /// The condition that fails, and the state that it met.
    public enum Failure: Sendable, Equatable {
        /// ``Precondition/ifVersion``: the path has another version; nil if no single leaf answers.
        case versionIs(UInt64?, expected: UInt64)
        /// ``Precondition/ifVersion``: what is read has no versions.
        case hasNoVersion(expected: UInt64)
        /// ``Precondition/ifMatch``: none of the tags is the current one.
        case noTagIsCurrent
        /// ``Precondition/ifNoneMatch``: a value exists.
        case valueExists
        /// ``Precondition/ifNoneMatch``: one of the tags is the current one.
        case tagIsCurrent
        /// ``Precondition/ifUnmodifiedSince``: the leaf was modified later.
        case modified(at: Timestamp)
    }

    /// The value must have one of these tags.
    public var ifMatch: Tags?
    /// The value must have none of these tags.
    public var ifNoneMatch: Tags?
    /// The leaf must not have been modified after this time.
    public var ifUnmodifiedSince: Timestamp?
    /// The leaf must have been modified after this time; only evaluated for reads.
    public var ifModifiedSince: Timestamp?
    /// The leaf must have this version; 0 if nothing is stored.
    public var ifVersion: UInt64?

    /// The condition that is always true.
    public static let none = Precondition()

    /// A precondition without conditions; set its members to add some.
    public init() {}

    /// Whether there are no conditions.
    public var isEmpty: Bool {
        ifMatch == nil && ifNoneMatch == nil && ifUnmodifiedSince == nil && ifModifiedSince == nil && ifVersion == nil
    }

    /// Whether it can prevent a write of this path. A date counts only if a single leaf answers, whose own date it is
    /// compared with (RFC 9110 §13.1.4); ``ifModifiedSince`` never counts.
    public func restrictsWrites(of state: Node) -> Bool {
        ifMatch != nil || ifNoneMatch != nil || ifVersion != nil || ifUnmodifiedSince != nil && state.modifiedAt != nil
    }

    /// Evaluates in the order of RFC 9110 §13.2.2, the version first.
    ///
    /// - Parameters:
    ///   - state: the path's current node.
    ///   - tag: the selected representation's entity tag. Nil for a write, which compares states, so that the tag of
    ///     any representation is valid.
    public func evaluate(_ state: Node, reading tag: EntityTag?) -> Outcome {
        let isRead = tag != nil
        let version = state.exists ? state.version : 0
        if let ifVersion, ifVersion != version { return .failed(.versionIs(version, expected: ifVersion)) }
        if let ifMatch {
            guard matches(ifMatch, state, tag, strongly: true) else { return .failed(.noTagIsCurrent) }
        } else if let ifUnmodifiedSince, let modified = state.modifiedAt, modified.seconds > ifUnmodifiedSince.seconds {
            return .failed(.modified(at: modified))
        }
        if let ifNoneMatch {
            guard matches(ifNoneMatch, state, tag, strongly: false) else { return .holds }
            guard !isRead else { return .notModified }
            if case .any = ifNoneMatch { return .failed(.valueExists) }
            return .failed(.tagIsCurrent)
        }
        if isRead, let ifModifiedSince, let modified = state.modifiedAt, modified.seconds <= ifModifiedSince.seconds {
            return .notModified
        }
        return .holds
    }

    /// Evaluates by the entity tag alone, for a representation that isn't a value, such as a page of a list.
    public func evaluate(reading tag: EntityTag) -> Outcome {
        if let ifVersion { return .failed(.hasNoVersion(expected: ifVersion)) }
        if case .listed(let tags)? = ifMatch, !tags.contains(where: { $0.stronglyMatches(tag) }) {
            return .failed(.noTagIsCurrent)
        }
        switch ifNoneMatch {
        case .any: return .notModified
        case .listed(let tags): return tags.contains { $0.weaklyMatches(tag) } ? .notModified : .holds
        case nil: return .holds
        }
    }

    private func matches(_ tags: Tags, _ state: Node, _ tag: EntityTag?, strongly: Bool) -> Bool {
        guard state.exists else { return false }
        guard case .listed(let listed) = tags else { return true }
        let current = tag ?? state.etag
        return listed.contains { candidate in
            let candidate = tag == nil ? candidate.state : candidate
            return strongly ? candidate.stronglyMatches(current) : candidate.weaklyMatches(current)
        }
    }
}
