/// Waits until a condition holds.
///
/// - Parameters:
///   - what: what the condition says, for the message.
///   - seconds: how long it may take. Much longer than needed, because the machine may be busy.
/// - Throws: `TestFailure` if it doesn't hold in time, and what the condition throws.
public func eventually(
    _ what: String, seconds: Int = 60, _ condition: () async throws -> Bool
) async throws {
    for _ in 0..<(seconds * 200) {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw TestFailure("not within \(seconds) s: \(what)")
}
