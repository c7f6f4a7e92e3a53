import Synchronization

/// Identifies one write in the log. It is unique in this process and, because of its random prefix, most likely beyond.
public struct TransactionID: Sendable, CustomStringConvertible {
    private static let prefix = "tx-\(String(UInt32.random(in: 0...UInt32.max), radix: 16))-"
    private static let counter = Atomic<UInt64>(0)

    private let number: UInt64

    /// A new one.
    public static func next() -> TransactionID {
        TransactionID(number: counter.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    /// `tx-9f3a51c2-17`.
    public var description: String {
        Self.prefix + String(number)
    }
}
