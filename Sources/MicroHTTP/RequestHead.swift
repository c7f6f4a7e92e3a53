import Synchronization

/// The target and header fields of one request, copied out of the connection's memory.
///
/// The copy is one `memcpy` of a few hundred bytes. It makes a `Request` an ordinary value, which a handler may keep
/// even beyond the end of its connection. A connection reuses its head for the next request, unless it was kept.
///
/// `@unchecked Sendable` because only its connection's thread writes to it, before the handler sees it and only while
/// there is no other reference to it; after that it is only read.
final class RequestHead: @unchecked Sendable {
    @exclusivity(unchecked) var method = HTTPMethod.get
    @exclusivity(unchecked) var target: [UInt8] = []
    /// The index of the `?` in `target`; its end without a `?`.
    @exclusivity(unchecked) var pathEnd = 0
    @exclusivity(unchecked) var isHTTP10 = false
    @exclusivity(unchecked) var section = HeaderSection()
    /// The number in a generated request id once it was needed, so that the handler and the access log use the same
    /// one; 0 before.
    let idNumber = Atomic<UInt64>(0)

    func setTarget(_ raw: UnsafeBufferPointer<UInt8>) {
        target.removeAll(keepingCapacity: true)
        target.append(contentsOf: raw)
        pathEnd = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
    }

    func reset() {
        target.removeAll(keepingCapacity: true)
        pathEnd = 0
        isHTTP10 = false
        section.removeAll()
        idNumber.store(0, ordering: .relaxed)
    }

    /// ``HeaderSection/value(_:)``.
    func value(_ name: String) -> String? { section.value(name) }

    /// ``HeaderSection/onlyValue(_:)``.
    func onlyValue(_ name: String) -> ArraySlice<UInt8>? { section.onlyValue(name) }

    /// ``HeaderSection/has(_:)``.
    func has(_ name: String) -> Bool { section.has(name) }
}
