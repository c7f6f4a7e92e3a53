import MicroJSON
import TestSupport

extension ModelRun {
    /// Reads everything there is, in every way, and as it was before.
    mutating func checkAll() async throws {
        try await checkRead([], false)
        try await checkMembers()
        try await checkKeys()
        try await checkDepth(1 + past.count % 3)
        try await checkPast()
    }

    /// Reads one of the members at every depth by its own path, and compares all of them in the reference.
    private mutating func checkMembers() async throws {
        let members = Projection.members(of: tree.value(at: []))
        for (path, member) in members where tree.value(at: path) != member {
            throw Difference(message: "the reference has another value at \(path) than its parent has: \(tree.leaves)")
        }
        guard !members.isEmpty else { return }
        try await checkRead(members[past.count * 7 % members.count].path, false)
    }

    /// Lists all keys, a few a page.
    private func checkKeys() async throws {
        var found: [JSONValue] = []
        var next = target([], "?keys&limit=3")
        while true {
            let reply = try await client.send("GET", next)
            guard reply.status == 200, case .array(let keys)? = try reply.part("/keys") else {
                throw Difference(message: "GET \(next) is \(reply.status) \(reply.text)")
            }
            found += keys
            guard let cursor = try reply.part("/next")?.stringContent else { break }
            next = target([], "?keys&limit=3&cursor=\(String(decoding: cursor, as: UTF8.self))")
        }
        let sorted = tree.leaves.keys.sorted { one, other in
            one.map { $0 + "\0" }.joined().utf8.lexicographicallyPrecedes(other.map { $0 + "\0" }.joined().utf8)
        }
        let expected = sorted.map { JSONValue.string(target($0)) }
        guard found == expected else { throw Difference(message: "the keys are \(found), not \(expected)") }
        let count = try await client.send("GET", target([], "?keys&count"))
        guard count.text == "\(expected.count)" else { throw Difference(message: "\(count.text) keys are counted") }
    }

    private func checkDepth(_ depth: Int) async throws {
        let reply = try await client.send("GET", target([], "?depth=\(depth)"))
        let expected = tree.value(at: []).map { ReferenceTree.cut($0, depth) }
        guard reply.status == (expected == nil ? 404 : 200), try expected == nil || reply.json() == expected else {
            throw Difference(
                message: "depth \(depth) is \(reply.status) \(reply.text), not \(expected?.text.description ?? "404")")
        }
    }

    /// Reads the state of half of the way ago, and keeps the current one.
    private mutating func checkPast() async throws {
        let all = #"{"mapping":{"all":"\#(target([]))"},"defaults":{"all":null}}"#
        let now = try await client.send("POST", "/_payload", body: all)
        past.append((now["Nestkv-Revision"] ?? "", tree.value(at: [])))
        let (revision, expected) = past[past.count / 2]
        let reply = try await client.send("GET", target([], "?at=\(revision)"))
        guard reply.status == (expected == nil ? 404 : 200), try expected == nil || reply.json() == expected else {
            throw Difference(
                message: "revision \(revision) is \(reply.status) \(reply.text), not "
                    + "\(expected?.text.description ?? "404")")
        }
    }

    /// Reads a path and compares value, version and ETag.
    mutating func checkRead(_ path: Path, _ isLeafOnly: Bool) async throws {
        let reply = try await client.send("GET", target(path, isLeafOnly ? "?leaf" : ""))
        let expected = tree.value(at: path, isLeafOnly: isLeafOnly)
        guard reply.status == (expected == nil ? 404 : 200) else {
            throw Difference(
                message: "GET \(path) is \(reply.status) \(reply.text), not \(expected?.text.description ?? "404")")
        }
        guard let expected else { return }
        guard try reply.json() == expected else {
            throw Difference(
                message: "GET \(path) is \(reply.text), not \(expected.text); leaves: \(tree.leaves.mapValues(\.text))")
        }
        let version = tree.version(at: path, isLeafOnly: isLeafOnly).map(String.init)
        guard reply["Nestkv-Version"] == version else {
            throw Difference(
                message: "GET \(path) has version \(reply["Nestkv-Version"] ?? "none"), not \(version ?? "none")")
        }
        let (state, tag) = (tree.state(of: path, isLeafOnly: isLeafOnly), reply["ETag"] ?? "")
        let view = View(path: path, isLeafOnly: isLeafOnly)
        for seen in seenTags[view, default: []] where (seen.state == state) != (seen.tag == tag) {
            throw Difference(
                message: "GET \(path) has the ETag \(tag) for [\(state)], and had \(seen.tag) for [\(seen.state)]")
        }
        if seenTags[view]?.last?.tag != tag { seenTags[view, default: []].append((state, tag)) }
    }

    /// Reads a version of a leaf and compares it.
    func checkVersion(_ path: Path, _ number: Int) async throws {
        let reply = try await client.send("GET", target(path, "?version=\(number)"))
        let known = tree.versions[path] ?? []
        guard number <= known.count else {
            guard reply.status == 404 else { throw Difference(message: "version \(number) is \(reply.status)") }
            return
        }
        guard let value = known[number - 1] else {
            guard reply.status == 410 else { throw Difference(message: "deleted version \(number) is \(reply.status)") }
            return
        }
        guard reply.status == 200, try reply.json() == value else {
            throw Difference(message: "version \(number) is \(reply.status) \(reply.text), not \(value.text)")
        }
    }
}
