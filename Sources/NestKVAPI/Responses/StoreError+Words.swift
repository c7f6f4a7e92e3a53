import NestKVCore
import NestKVStorage

/// Where a client stated a request's conditions. Messages name what it used there.
enum StatementSource {
    /// In header fields and query parameters.
    case request
    /// In members of an operation of a batch or transaction.
    case operation
    /// In members of a condition of a transaction.
    case condition

    fileprivate func name(_ header: HeaderName, _ member: String) -> String {
        self == .request ? header.rawValue : "'\(member)'"
    }

    fileprivate var version: String { name(.ifVersion, self == .operation ? "ifVersion" : "version") }
    fileprivate var match: String { name(.ifMatch, "ifMatch") }
    fileprivate var noneMatch: String { name(.ifNoneMatch, "ifNoneMatch") }
    fileprivate var leaf: String { self == .request ? "'?leaf'" : "'leaf'" }
}

extension StoreError {
    /// What happened and what to do, in the words of HTTP and of what the client sent.
    func detail(for source: StatementSource) -> String {
        let fact = unmet.map { $0.detail(for: source, at: current?.key) } ?? message
        return remedy.map { "\(fact) \($0.advice(for: source))" } ?? fact
    }
}

extension Precondition.Failure {
    fileprivate func detail(for source: StatementSource, at key: Key?) -> String {
        let place = key?.description ?? "the path"
        return switch self {
        case .versionIs(let version?, let expected):
            "\(source.version) is \(expected), but "
                + (version == 0 ? "nothing is stored at \(place)." : "the current version is \(version).")
        case .versionIs(nil, let expected): "\(source.version) is \(expected), but no single leaf answers for \(place)."
        case .hasNoVersion(let expected): "\(source.version) is \(expected), but a list has no version."
        case .noTagIsCurrent: "None of the entity tags in \(source.match) is the current one."
        case .valueExists: "A value already exists at \(place)."
        case .tagIsCurrent: "\(source.noneMatch) contains the current entity tag of \(place)."
        case .modified(let time): "\(place) was modified at \(time.httpDate), after \(HeaderName.ifUnmodifiedSince)."
        }
    }
}

extension StoreError.Remedy {
    fileprivate func advice(for source: StatementSource) -> String {
        switch self {
        case .statePrecondition where source == .request:
            "Send \(source.match), \(source.noneMatch) or \(source.version). \(HeaderName.ifUnmodifiedSince) is "
                + "accepted if a single leaf answers, and \(HeaderName.ifModifiedSince) is only for reads."
        case .statePrecondition: "Give the operation \(source.match), \(source.noneMatch) or \(source.version)."
        case .readSubtree: "Leave out \(source.leaf) for its subtree."
        case .readLeafHistory: "Use '?leaf' to read a leaf from its own history."
        case .listParts: "'?keys' lists the leaves, '?depth=1' shows the members."
        case .force: "With '?force' it is stored all the same."
        case .readStored: "'?schema=stored' shows it."
        }
    }
}
