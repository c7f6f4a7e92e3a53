import MicroJSON
import NestKVCore
import NestKVStorage
import TestSupport

extension Promise {
    /// A store over the driver makes of all leaves one document, however they overlap.
    static let projection: [Promise] = ([1, 2, 3] as [UInt64]).map { seed in
        Promise("a member of a read is what a read of its own path returns (seed \(seed))", where: \.isAtomic) {
            subject in
            var run = ProjectionRun(subject: subject, seed: seed)
            // Over a network each step takes a hundred times as long.
            let steps = subject.driver.capabilities.isShared ? 40 : 150
            do {
                for _ in 0..<steps { try await run.step() }
            } catch let broken as BrokenPromise {
                throw BrokenPromise(
                    description: "seed \(seed): \(broken)\n\(run.steps.suffix(30).joined(separator: "\n"))")
            }
        }
    }
}

/// Random writes to overlapping leaves, after each of which every member at every depth is read by its own path.
private struct ProjectionRun {
    private let store: KeyValueStore
    private let root: Key
    private var random: SeededGenerator
    private var whole: JSONValue?
    /// Earlier values of the root, by the revision at which they were read.
    private var past: [(revision: Revision, value: JSONValue?)] = []
    private var revisions: [Key: Revision] = [:]
    private(set) var steps: [String] = []

    init(subject: Subject, seed: UInt64) {
        store = KeyValueStore(
            driver: subject.driver, keys: PathKeyService(), metadata: StandardMetadata(hashing: CanonicalHashing()),
            locks: PathLocks(), rules: [])
        root = subject.root
        random = SeededGenerator(seed: seed)
    }

    mutating func step() async throws {
        let path = (0..<random.below(4)).map { _ in name() }
        let before = whole
        switch random.below(8) {
        case 0..<3: try await overlap(path)
        case 3: try await put(path, before)
        case 4: try await delete(path, before)
        case 5, 6: try await patch(path, before)
        default: try await transact()
        }
        whole = try await value([])
        try await expectLaw()
        try await expectPast()
    }

    private mutating func name() -> String { random.below(10) == 0 ? "_value" : random.pick(["a", "b", "0"]) }

    private mutating func json(depth: Int = 0) -> String {
        switch random.below(depth > 2 ? 3 : 8) {
        case 0: return String(random.below(10))
        case 1: return random.pick(["null", "\"s\"", "{}", "[]"])
        case 2: return "[\(random.below(10)),{\"a\":\(random.below(10))}]"
        default:
            let names = Set((0...random.below(3)).map { _ in name() }).sorted()
            return "{" + names.map { "\"\($0)\":\(json(depth: depth + 1))" }.joined(separator: ",") + "}"
        }
    }

    private func key(_ path: [String]) -> Key { path.reduce(root) { $0.appending($1.utf8) } }

    private func value(_ path: [String]) async throws -> JSONValue? {
        let node = try await store.get(key(path), .tree)
        return node.exists ? JSONValue(node.composed()) : nil
    }

    /// Writes; false if the store can't commit so many leaves at once, or there was nothing to delete.
    private mutating func write(_ requests: [WriteRequest], _ name: String) async throws -> Bool {
        steps.append("\(steps.count + 1). \(name)")
        do {
            _ = try await store.write(requests, if: [])
            return true
        } catch {
            guard error.code == .unsupported || error.code == .notFound else { throw error }
            return false
        }
    }

    /// Whether the path is that of an array's element, which is not a member of what its parent returns.
    private func isElement(_ path: [String]) async throws -> Bool {
        for count in path.indices {
            let leaf = try await store.get(key(Array(path[..<count])), .leaf)
            guard leaf.exists, Projection.entersArray(Array(path[count...]), of: JSONValue(leaf.composed())) else {
                continue
            }
            return true
        }
        return false
    }

    // MARK: - Writes

    /// Sets or deletes one leaf, as another program does, so that leaves overlap.
    private mutating func overlap(_ path: [String]) async throws {
        let options = WriteOptions(view: .leaf)
        let text = json()
        let isDeletion = random.below(5) == 0
        let operation: any WriteOperation = isDeletion ? Delete() : Put(TestSupport.text(text))
        _ = try await write(
            [WriteRequest(operation, at: key(path), options)], "\(path) ?leaf \(isDeletion ? "deleted" : text)")
    }

    private mutating func put(_ path: [String], _ before: JSONValue?) async throws {
        let text = json()
        let request = WriteRequest(Put(TestSupport.text(text)), at: key(path))
        let isElement = try await isElement(path)
        guard try await write([request], "PUT \(path) \(text)") else { return }
        let after = try await value([])
        try expectEqual(try await value(path)?.text, JSONValue(TestSupport.text(text)).text, "after PUT, \(path)")
        let part = Projection.member(path, of: after)
        try expect(
            part == JSONValue(TestSupport.text(text)) || isElement,
            "after PUT, the root has \(part?.text.description ?? "nothing") at \(path)")
        try expectNothingElse(before, after, path)
    }

    private mutating func delete(_ path: [String], _ before: JSONValue?) async throws {
        let (existed, isElement) = (try await value(path) != nil, try await isElement(path))
        guard try await write([WriteRequest(Delete(), at: key(path))], "DELETE \(path)") else { return }
        try expect(existed, "deleted \(path), which wasn't there")
        let after = try await value([])
        // In an array the next element is there afterwards.
        let rest = try await value(path)
        try expect(rest == nil || isElement, "after DELETE, \(path) is \(rest!.text)")
        try expectNothingElse(before, after, path)
    }

    private mutating func patch(_ path: [String], _ before: JSONValue?) async throws {
        let text = json()
        let patch = JSONValue(TestSupport.text(text))
        let expected = (try await value(path) ?? .null).mergePatched(with: patch)
        guard try await write([WriteRequest(PatchByMerge(patch), at: key(path))], "PATCH \(path) \(text)") else {
            return
        }
        let found = try await value(path)
        try expect(
            found == expected, "after PATCH, \(path) is \(found?.text.description ?? "absent"), not \(expected.text)")
        try expectNothingElse(before, try await value([]), path)
    }

    private mutating func transact() async throws {
        var requests: [WriteRequest] = []
        var name = "transaction:"
        var written: [String: String] = [:]
        for _ in 0...random.below(4) {
            let path = (0...random.below(3)).map { _ in self.name() }
            let text = json()
            written = written.filter { !isRelated(path, $0.key) }
            written[path.joined(separator: "/")] = text
            requests.append(WriteRequest(Put(TestSupport.text(text)), at: key(path)))
            name += " PUT \(path) \(text)"
        }
        guard try await write(requests, name) else { return }
        for (path, text) in written {
            let found = try await value(path.split(separator: "/").map(String.init))
            try expect(found == JSONValue(TestSupport.text(text)), "\(path) is \(found?.text.description ?? "absent")")
        }
    }

    private func isRelated(_ path: [String], _ other: String) -> Bool {
        let other = other.split(separator: "/").map(String.init)
        // An index of an array and `_value` may name the same part.
        let shared = zip(path, other).prefix { $0 == $1 }.count
        return path.count == shared || other.count == shared || path[shared...].contains("_value")
            || other[shared...].contains("_value")
    }

    // MARK: - Expectations

    private func expectNothingElse(_ before: JSONValue?, _ after: JSONValue?, _ path: [String]) throws {
        let stray = Projection.strayChange(from: before, to: after, at: path)
        try expect(stray == nil, "a write to \(path) changed more: \(stray!)")
    }

    private mutating func expectLaw() async throws {
        for (path, member) in Projection.members(of: whole) {
            let node = try await store.get(key(path), .tree)
            let found = node.exists ? JSONValue(node.composed()) : nil
            try expect(
                found == member,
                "\(path) is \(found?.text.description ?? "absent"), not \(member.text), as its parent has")
            try expect(node.revision >= revisions[key(path)] ?? 0, "the revision of \(path) went back")
            revisions[key(path)] = node.revision
        }
        let path = Projection.members(of: whole).map(\.path).randomElement(using: &random) ?? []
        guard let expected = Projection.member(path, of: whole) else { return }
        let shallow = try await store.get(key(path), .tree, Selection(depth: 1)).composed()
        try expect(
            JSONValue(shallow.cut(depth: 1)) == JSONValue(expected.text.cut(depth: 1)),
            "\(path) down to one level is \(shallow), of \(expected.text)")
    }

    /// Reads a member of an earlier state by its own path.
    private mutating func expectPast() async throws {
        past.append((try await store.get(root, .tree).readRevision, whole))
        let (revision, value) = past[max(0, past.count - 1 - random.below(10))]
        guard let (path, member) = Projection.members(of: value).randomElement(using: &random) else { return }
        let node = try await store.get(key(path), .tree, at: .revision(revision))
        let found = node.exists ? JSONValue(node.composed()) : nil
        try expect(
            found == member,
            "at revision \(revision), \(path) is \(found?.text.description ?? "absent"), not \(member.text)")
    }
}
