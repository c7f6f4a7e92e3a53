import NestKVCore

/// Finds the subscribers of a change by walking its key once: matching costs by depth and by who is found, not by how
/// many there are.
struct SubscriptionIndex<Subscriber: AnyObject> {
    private final class Branch {
        var named: [[UInt8]: Branch] = [:]
        var any: Branch?
        var subscribers: [ObjectIdentifier: Subscriber] = [:]

        var isEmpty: Bool { named.isEmpty && any == nil && subscribers.isEmpty }
    }

    private let root = Branch()
    /// How many pairs of a pattern and a subscriber there are.
    private(set) var count = 0

    /// Adds a subscriber to a pattern.
    mutating func insert(_ subscriber: Subscriber, _ pattern: Pattern) {
        var branch = root
        for segment in pattern.segments {
            switch segment {
            case .name(let name):
                let next = branch.named[name] ?? Branch()
                branch.named[name] = next
                branch = next
            case .any:
                let next = branch.any ?? Branch()
                branch.any = next
                branch = next
            }
        }
        if branch.subscribers.updateValue(subscriber, forKey: ObjectIdentifier(subscriber)) == nil { count += 1 }
    }

    /// Takes a subscriber off a pattern; branches that nobody needs any more go, too.
    mutating func remove(_ subscriber: Subscriber, _ pattern: Pattern) {
        if remove(subscriber, pattern.segments[...], from: root) { count -= 1 }
    }

    private func remove(
        _ subscriber: Subscriber, _ segments: ArraySlice<Pattern.Segment>, from branch: Branch
    ) -> Bool {
        guard let segment = segments.first else {
            return branch.subscribers.removeValue(forKey: ObjectIdentifier(subscriber)) != nil
        }
        switch segment {
        case .name(let name):
            guard let next = branch.named[name] else { return false }
            let isRemoved = remove(subscriber, segments.dropFirst(), from: next)
            if next.isEmpty { branch.named[name] = nil }
            return isRemoved
        case .any:
            guard let next = branch.any else { return false }
            let isRemoved = remove(subscriber, segments.dropFirst(), from: next)
            if next.isEmpty { branch.any = nil }
            return isRemoved
        }
    }

    /// Gives each subscriber of a change of the leaf at `key`, each once for each of its patterns that match.
    func forEachMatch(_ key: Key, _ body: (Subscriber) -> Void) {
        visit(root, key.segments[...], body)
    }

    private func visit(_ branch: Branch, _ names: ArraySlice<ArraySlice<UInt8>>, _ body: (Subscriber) -> Void) {
        for subscriber in branch.subscribers.values { body(subscriber) }
        guard let name = names.first else { return visitBelow(branch, body) }
        if let next = branch.named[Array(name)] { visit(next, names.dropFirst(), body) }
        if let next = branch.any { visit(next, names.dropFirst(), body) }
    }

    /// The patterns below a leaf that changed: their paths may lie inside its document.
    private func visitBelow(_ branch: Branch, _ body: (Subscriber) -> Void) {
        for next in branch.named.values { visitAll(next, body) }
        if let any = branch.any { visitAll(any, body) }
    }

    private func visitAll(_ branch: Branch, _ body: (Subscriber) -> Void) {
        for subscriber in branch.subscribers.values { body(subscriber) }
        visitBelow(branch, body)
    }
}
