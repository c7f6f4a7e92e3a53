import NestKVStorage
import Synchronization

/// The keys at and below a key, in key order. NATS has no order of keys, so the pages of a walk are cut from this.
struct KeyListing: Sendable {
    /// The key at which it begins.
    let root: Key
    /// The keys, those included whose value may not be JSON. A key whose leaf vanished without a message is among them.
    private(set) var keys: [Key]
    /// Every change up to this revision is taken in.
    private(set) var revision: Revision
    /// When the server listed the keys.
    let listedAt = ContinuousClock.now

    /// A listing of these messages, each the latest of its key.
    ///
    /// - Parameter revision: a revision from before they were read.
    init(of root: Key, _ messages: some Sequence<StoredRecord>, at revision: Revision) {
        self.root = root
        self.revision = revision
        var found = Set(messages.lazy.filter(\.mayBeLeaf).map(\.key).filter(root.contains))
        // The filter of the messages below a key doesn't match the key's own.
        found.insert(root)
        keys = found.sorted()
    }

    /// The keys at and below a key, after another one.
    func keys(from key: Key, after: Key?) -> ArraySlice<Key> {
        let start = firstIndex { $0 >= key && $0 > after ?? .root }
        let end = firstIndex { $0 > key && !key.contains($0) }
        return keys[start..<max(start, end)]
    }

    /// This listing with all changes since; nil if not all of them are known.
    func current(by recent: RecentChanges) -> KeyListing? {
        guard revision >= recent.floor else { return nil }
        var listing = self
        for stored in recent.after(revision) where root.contains(stored.key) && stored.key != root {
            let place = listing.firstIndex { $0 >= stored.key }
            let isListed = place < listing.keys.count && listing.keys[place] == stored.key
            if stored.mayBeLeaf, !isListed { listing.keys.insert(stored.key, at: place) }
            if !stored.mayBeLeaf, isListed { listing.keys.remove(at: place) }
        }
        listing.revision = recent.current
        return listing
    }

    /// The index of the first key that meets a condition, which all keys after it meet, too.
    private func firstIndex(where isMet: (Key) -> Bool) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if isMet(keys[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// The listings of a bucket that walks used lately.
final class KeyListings: Sendable {
    /// The most listings that are kept.
    private static let countMax = 4
    /// How long a listing is kept after its last use.
    private static let idleMax = Duration.seconds(10)
    /// How long a listing is used. A deletion of single messages by another program can bring back an older message
    /// of a key without a trace, which only a new listing has.
    private static let ageMax = Duration.seconds(60)

    private struct Kept {
        var listing: KeyListing
        var usedAt = ContinuousClock.now
    }

    private struct State {
        var kept: [Kept] = []
        var isSweeping = false
    }

    private let state = Mutex(State())

    /// A listing that has the keys below a key.
    func find(_ key: Key) -> KeyListing? {
        state.withLock { state in
            state.kept.removeAll { .now - $0.listing.listedAt > Self.ageMax }
            guard let index = state.kept.firstIndex(where: { $0.listing.root.contains(key) }) else { return nil }
            state.kept[index].usedAt = .now
            return state.kept[index].listing
        }
    }

    /// Keeps a listing, instead of an older one of the same key.
    func keep(_ listing: KeyListing) {
        let sweeps = state.withLock { state in
            state.kept.removeAll { $0.listing.root == listing.root }
            if state.kept.count == Self.countMax { state.kept.removeFirst() }
            state.kept.append(Kept(listing: listing))
            defer { state.isSweeping = true }
            return !state.isSweeping
        }
        guard sweeps else { return }
        Task.detached { [weak self] in
            repeat { try? await Task.sleep(for: Self.idleMax) } while self?.dropIdle() == true
        }
    }

    /// Returns whether any are left.
    private func dropIdle() -> Bool {
        state.withLock { state in
            state.kept.removeAll { .now - $0.usedAt > Self.idleMax }
            state.isSweeping = !state.kept.isEmpty
            return state.isSweeping
        }
    }
}

extension StoredRecord {
    /// Whether it is a leaf, or can be one for all that is known without the value.
    fileprivate var mayBeLeaf: Bool { operation == .set || !isReadable }
}
