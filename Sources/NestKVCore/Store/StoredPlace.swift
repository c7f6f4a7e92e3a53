import MicroJSON
import NestKVStorage

/// The position of a follower, kept as a leaf of a store below ``ReservedKeys/followers``.
public struct StoredPlace: FollowerPlace {
    private let key: Key
    private let store: any Store

    /// The position of the follower with this name.
    public init(of follower: String, in store: any Store) {
        key = ReservedKeys.followers.appending(Array(follower.utf8))
        self.store = store
    }

    public func load() async throws(StoreError) -> FeedPosition? {
        guard let content = try await store.get(key, .leaf).soleLeaf?.value.stringContent else { return nil }
        return FeedPosition(String(decoding: content, as: UTF8.self))
    }

    public func save(_ position: FeedPosition) async throws(StoreError) {
        _ = try await store.write(Put(.string(position.description)), at: key, WriteOptions(view: .leaf))
    }
}
