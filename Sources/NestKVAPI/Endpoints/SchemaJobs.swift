import MicroHTTP
import MicroJSON
import MicroText
import NestKVCore
import NestKVStorage

extension Route {
    private static let job = "/__schema/_jobs/{id}"

    /// `GET /__schema/_jobs`: lists the jobs, the oldest first.
    static let listJobs = Route(.get, "/__schema/_jobs", needs: .read, parameters: ["pretty"]) { call in
        let jobs = try await call.api.migrations.jobs.jobs()
        return try call.json { writer in
            writer.array("jobs", of: jobs) { writer, job in writer.object { job.writeWithID(to: &$0) } }
        }
    }

    /// `GET /__schema/_jobs/{id}`: returns a job, with `?wait=` when it no longer runs or the time is up.
    static let getJob = Route(.get, job, needs: .read, parameters: ["wait", "pretty"]) { call in
        let longest = call.api.live.limits.longestWait
        let wait = try call.query.read("wait", .duration(from: .zero, to: longest)) ?? .zero
        let end = ContinuousClock.now + wait
        while true {
            guard let job = try await call.api.migrations.jobs.job(call.jobID) else { throw call.noSuchJob }
            guard job.state == .running, await call.waitsForJob(until: end) else {
                return try call.json { job.writeWithID(to: &$0) }
            }
        }
    }

    /// `DELETE /__schema/_jobs/{id}`: stops a running job, forgets a finished one.
    static let deleteJob = Route(.delete, job, needs: .admin) { call in
        try call.requireNoIdempotencyKey("the end of a job")
        guard try await call.api.migrations.jobs.stop(call.jobID) else { throw call.noSuchJob }
        return Response(status: 204)
    }
}

extension Call {
    fileprivate var jobID: String { String(decoding: key.name, as: UTF8.self) }

    fileprivate var noSuchJob: StoreError { StoreError(.notFound, "There is no job '\(jobID)'.") }

    /// Waits a moment; false if the time is up or the service stops.
    fileprivate func waitsForJob(until end: ContinuousClock.Instant) async -> Bool {
        let now = ContinuousClock.now
        guard now < end else { return false }
        let next = min(end, now + .milliseconds(100))
        let stopping = api.live.stopping
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                try? await Task.sleep(until: next, clock: .continuous)
                return true
            }
            group.addTask {
                await stopping.wait(after: 0)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    /// Starts a job that migrates stored leaves: 202 with its place.
    func migrateLeaves() async throws -> Response {
        let name = String(decoding: key.name, as: UTF8.self)
        try SchemaReference.checkName(name, of: "a schema")
        let example = #"{"to":"user@2","below":"/users","dryRun":true}"#
        var members = JSONObject()
        if !request.body.isEmpty {
            guard case .object(let given) = JSONValue(try jsonBody()) else {
                throw Problem(.invalidJSON, "The body must be empty or an object like \(example).")
            }
            members = given
        }
        try members.requireOnly(["to", "below", "dryRun", "rate"])
        let job = try await api.migrations.start(
            name, to: try members.read("to", .string, from: .string, .null),
            below: try below(try members.read("below", .string, from: .string, .null)),
            isDryRun: try members.read("dryRun", .boolean, from: .boolean) ?? false,
            rate: try members.read("rate", .number(in: 0...1_000_000_000), from: .number, .null))
        var response = try json { job.writeWithID(to: &$0) }
        response.status = 202
        response.add(.location, "/__schema/_jobs/\(job.id)")
        return response
    }

    /// The path at and below which leaves are visited.
    private func below(_ path: String?) throws -> Key {
        guard let path, path != "/" else { return .root }
        guard path.first == "/", !path.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw Problem(
                .invalidJSON, "'below' is '\(path)'; it must be a percent-encoded path like '/users', without a query.")
        }
        let key = try api.keys.key(path: Array(path.utf8)[...])
        guard !key.isInternal else {
            throw StoreError(.invalidKey, "'\(path)' is reserved for the service; 'below' must be a path of values.")
        }
        return key
    }
}

extension Job {
    fileprivate func writeWithID(to writer: inout JSONWriter) {
        writer.member("id", id)
        write(to: &writer)
    }
}
