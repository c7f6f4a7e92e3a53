import MicroJSON
import TestSupport

extension ModelRun {
    /// Reads everything there is.
    mutating func checkAll() async throws { try await checkRead([], false) }

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
