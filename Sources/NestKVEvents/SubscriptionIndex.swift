import NestKVCore
import NestKVStorage

/// Finds the subscribers of a change by walking its key once. The cost depends on the depth and the subscribers found,
/// not on their total number.
struct SubscriptionIndex<Subscriber: AnyObject> {
    private final class Branch {
        var named: [[UInt8]: Branch] = [:]
        var any: Branch?
        var subscribers: [ObjectIdentifier: Subscriber] = [:]

        var isEmpty: Bool { named.isEmpty && any == nil && subscribers.isEmpty }
    }

    private let root = Branch()
    /// The number of pairs of a pattern and a subscriber.
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

    /// Removes a subscriber from a pattern, and branches that are no longer used.
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

    /// Calls `body` with each subscriber of a change of the leaf at `key`, once for each matching pattern.
    func forEachMatch(_ key: Key, _ body: (Subscriber) -> Void) {
        visit(root, key.segments[...], body)
    }

    private func visit(_ branch: Branch, _ names: ArraySlice<ArraySlice<UInt8>>, _ body: (Subscriber) -> Void) {
        for subscriber in branch.subscribers.values { body(subscriber) }
        guard let name = names.first else { return visitBelow(branch, body) }
        if let next = branch.named[Array(name)] { visit(next, names.dropFirst(), body) }
        if let next = branch.any { visit(next, names.dropFirst(), body) }
    }

    /// Visits the patterns below a changed leaf, whose paths may be inside its document.
    private func visitBelow(_ branch: Branch, _ body: (Subscriber) -> Void) {
        for next in branch.named.values { visitAll(next, body) }
        if let any = branch.any { visitAll(any, body) }
    }

    private func visitAll(_ branch: Branch, _ body: (Subscriber) -> Void) {
        for subscriber in branch.subscribers.values { body(subscriber) }
        visitBelow(branch, body)
    }
}
