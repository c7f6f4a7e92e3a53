import MicroText

#if canImport(Glibc)
    import Glibc
#endif

/// Checks RocksDB's manifest, which names the store's tables and logs.
///
/// If a manifest was cut or its last record is damaged, RocksDB assumes that its writing was interrupted. It opens what
/// the rest names and deletes all other tables. So the bytes that are known to be on disk are compared before RocksDB
/// opens the folder.
struct ManifestSeal {
    /// The store's folder.
    let folder: String

    /// The number of the manifest that `CURRENT` names; nil: the file doesn't exist or names no manifest.
    var currentNumber: UInt64? {
        let descriptor = open("\(folder)/CURRENT", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        let prefix = "MANIFEST-"
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        guard text.hasPrefix(prefix), text.hasSuffix("\n") else { return nil }
        return UInt64(text.dropFirst(prefix.count).dropLast())
    }

    /// The name of a manifest.
    static func name(_ number: UInt64) -> String {
        let digits = "\(number)"
        return "MANIFEST-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    /// How a manifest differs from what is known of it; nil: it doesn't.
    func damage(since known: DurabilityMark.Manifest) -> String? {
        guard let number = currentNumber else { return "Its file CURRENT names no manifest." }
        // A manifest is replaced by one with a greater number.
        if number < known.number {
            return
                "Its file CURRENT is an older copy: it names \(Self.name(number)), but "
                + "\(Self.name(known.number)) was next."
        }
        guard number == known.number else { return nil }
        let name = Self.name(number)
        guard let found = digest(of: number, upTo: known.bytes) else { return "Its file \(name) is missing." }
        if found.bytes < known.bytes {
            return "Its file \(name) has only \(found.bytes) of \(known.bytes) bytes: it was cut, or is an older copy."
        }
        return found == known ? nil : "Its file \(name) was changed."
    }

    /// The present content of the current manifest on disk, continuing from the known content; nil if it has nothing
    /// new.
    func newer(than known: DurabilityMark.Manifest) -> DurabilityMark.Manifest? {
        guard let number = currentNumber else { return nil }
        let start = number == known.number ? known : DurabilityMark.Manifest(number: number)
        var status = stat()
        guard stat("\(folder)/\(Self.name(number))", &status) == 0, UInt64(status.st_size) > start.bytes else {
            return nil
        }
        return digest(of: number, upTo: UInt64(status.st_size), from: start, syncing: true)
    }

    private func digest(
        of number: UInt64, upTo end: UInt64, from start: DurabilityMark.Manifest? = nil, syncing: Bool = false
    ) -> DurabilityMark.Manifest? {
        let descriptor = open("\(folder)/\(Self.name(number))", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // What the mark says must be on disk before the mark is.
        if syncing, fdatasync(descriptor) != 0 { return nil }
        var found = start ?? DurabilityMark.Manifest(number: number)
        var digest = FNV1a(continuing: found.digest)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while found.bytes < end {
            let wanted = min(buffer.count, Int(end - found.bytes))
            let count = pread(descriptor, &buffer, wanted, off_t(found.bytes))
            guard count > 0 else { break }
            digest.add(buffer[..<count])
            found.bytes += UInt64(count)
        }
        found.digest = digest.value
        return found
    }
}
