import CNATS
import TestSupport

/// A plain KV client that knows nothing of nestkv: libnats's own, on a thread of its own.
struct KVClient: Sendable {
    let address: String
    let bucket: String

    /// Makes the bucket.
    func create(history: UInt8 = 1) async throws {
        try await connected { context in
            var config = kvConfig()
            kvConfig_Init(&config)
            var store: OpaquePointer?
            try bucket.withCString { name in
                config.Bucket = name
                config.History = history
                try check(js_CreateKeyValue(&store, context, &config))
            }
            kvStore_Destroy(store)
        }
    }

    /// Puts a text, and returns its revision.
    @discardableResult
    func put(_ key: String, _ text: String) async throws -> UInt64 {
        try await withStore { store in
            var revision: UInt64 = 0
            try check(kvStore_PutString(&revision, store, key, text))
            return revision
        }
    }

    /// The text of a key; nil if it doesn't exist.
    func get(_ key: String) async throws -> String? {
        try await withStore { store in
            var entry: OpaquePointer?
            let code = kvStore_Get(&entry, store, key)
            if code == NATS_NOT_FOUND { return nil }
            try check(code)
            defer { kvEntry_Destroy(entry) }
            return String(cString: kvEntry_ValueString(entry))
        }
    }

    /// Deletes a key.
    func delete(_ key: String) async throws {
        try await withStore { store in try check(kvStore_Delete(store, key)) }
    }

    /// Deletes a key and its history.
    func purge(_ key: String) async throws {
        try await withStore { store in try check(kvStore_Purge(store, key, nil)) }
    }

    /// Puts a text that the server deletes after some seconds, without a marker.
    func put(_ key: String, _ text: String, seconds: Int) async throws {
        try await connected { context in
            var message: OpaquePointer?
            try check(natsMsg_Create(&message, "$KV.\(bucket).\(key)", nil, text, Int32(text.utf8.count)))
            defer { natsMsg_Destroy(message) }
            try check(natsMsgHeader_Set(message, "Nats-TTL", "\(seconds)s"))
            try check(js_PublishMsg(nil, context, message, nil, nil))
        }
    }

    /// Deletes the bucket.
    func deleteBucket() async throws {
        try await connected { context in try check(js_DeleteKeyValue(context, bucket)) }
    }

    /// Deletes everything, without a marker.
    func purgeStream() async throws {
        try await connected { context in try check(js_PurgeStream(context, "KV_\(bucket)", nil, nil)) }
    }

    private func withStore<Result: Sendable>(
        _ body: @escaping @Sendable (OpaquePointer) throws -> Result
    ) async throws -> Result {
        try await connected { context in
            var store: OpaquePointer?
            try check(js_KeyValue(&store, context, bucket))
            defer { kvStore_Destroy(store) }
            return try body(store!)
        }
    }

    private func connected<Result: Sendable>(
        _ body: @escaping @Sendable (OpaquePointer) throws -> Result
    ) async throws -> Result {
        try await onThread {
            var connection: OpaquePointer?
            try check(natsConnection_ConnectTo(&connection, address))
            defer { natsConnection_Destroy(connection) }
            var context: OpaquePointer?
            try check(natsConnection_JetStream(&context, connection, nil))
            defer { jsCtx_Destroy(context) }
            return try body(context!)
        }
    }
}

private func check(_ code: natsStatus) throws {
    guard code == NATS_OK else { throw TestFailure("libnats: \(String(cString: natsStatus_GetText(code)))") }
}
