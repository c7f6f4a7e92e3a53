import NestKVStorage

/// The conditions of a request on the state of its path (RFC 9110 §13).
public struct Precondition: Sendable {
    /// The value of `If-Match` or `If-None-Match`.
    public enum Tags: Sendable {
        /// `*`: any value.
        case any
        /// One of these entity tags.
        case listed([EntityTag])
    }

    /// The result of an evaluation.
    public enum Outcome: Sendable, Equatable {
        /// Carry the request out.
        case holds
        /// Answer 304 to `GET` and `HEAD`.
        case notModified
        /// Answer 412 with this reason.
        case failed(String)
    }

    /// `If-Match`.
    public var ifMatch: Tags?
    /// `If-None-Match`.
    public var ifNoneMatch: Tags?
    /// `If-Unmodified-Since`.
    public var ifUnmodifiedSince: Timestamp?
    /// `If-Modified-Since`; only evaluated for reads.
    public var ifModifiedSince: Timestamp?
    /// `Nestkv-If-Version`: the leaf's version; 0 if nothing is stored.
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

    /// Evaluates in the order of RFC 9110 §13.2.2, `Nestkv-If-Version` first.
    ///
    /// - Parameters:
    ///   - state: the path's current node.
    ///   - tag: the selected representation's entity tag. Nil for a write, which compares states, so that the tag of
    ///     any representation is valid.
    public func evaluate(_ state: Node, reading tag: EntityTag?) -> Outcome {
        let isRead = tag != nil
        let version = state.exists ? state.version : 0
        if let ifVersion, ifVersion != version {
            let now = state.version.map { "the current version is \($0)" } ?? "no single leaf answers for \(state.key)"
            return .failed("Nestkv-If-Version is \(ifVersion), but \(now).")
        }
        if let ifMatch {
            guard matches(ifMatch, state, tag, strongly: true) else {
                return .failed("None of the entity tags in If-Match is the current one.")
            }
        } else if let ifUnmodifiedSince, let modified = state.modifiedAt, modified.seconds > ifUnmodifiedSince.seconds {
            return .failed("\(state.key) was modified at \(modified.httpDate), after If-Unmodified-Since.")
        }
        if let ifNoneMatch {
            if matches(ifNoneMatch, state, tag, strongly: false) {
                return isRead ? .notModified : .failed(Self.ifNoneMatchFailure(ifNoneMatch, at: state.key))
            }
        } else if isRead, let ifModifiedSince, let modified = state.modifiedAt,
            modified.seconds <= ifModifiedSince.seconds
        {
            return .notModified
        }
        return .holds
    }

    /// Evaluates by the entity tag alone, for a representation that isn't a value, such as a page of a list.
    public func evaluate(reading tag: EntityTag) -> Outcome {
        if let ifVersion { return .failed("Nestkv-If-Version is \(ifVersion), but a list has no version.") }
        if case .listed(let tags)? = ifMatch, !tags.contains(where: { $0.stronglyMatches(tag) }) {
            return .failed("None of the entity tags in If-Match is the current one.")
        }
        switch ifNoneMatch {
        case .any: return .notModified
        case .listed(let tags): return tags.contains { $0.weaklyMatches(tag) } ? .notModified : .holds
        case nil: return .holds
        }
    }

    private static func ifNoneMatchFailure(_ tags: Tags, at key: Key) -> String {
        switch tags {
        case .any: "A value already exists at \(key)."
        case .listed: "If-None-Match contains the current entity tag of \(key)."
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
