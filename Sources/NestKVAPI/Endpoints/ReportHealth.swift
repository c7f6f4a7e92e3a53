import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Route {
    /// `GET /_health/live`: 200 if the process answers.
    static let liveness = Route(.get, "/_health/live", needs: .open, parameters: ["pretty"]) { call in
        try call.json { $0.member("status", "live") }
    }

    /// `GET /_health/ready`: 200 if the store can serve requests, otherwise 503.
    static let readiness = Route(.get, "/_health/ready", needs: .open, parameters: ["pretty"]) { call in
        let health = await call.administration.health()
        var response = try call.json { writer in
            writer.member("status", health.status)
            writer.array("stores", of: [health]) { writer, health in
                writer.object { writer in
                    writer.member("driver", call.store.capabilities.driver)
                    writer.member("canRead", health.canRead)
                    writer.member("canWrite", health.canWrite)
                    if let problem = health.problem { writer.member("problem", problem) }
                    if let since = health.since { writer.member("since", since) }
                }
            }
        }
        if !health.isReady {
            response.status = 503
            response.add(.retryAfter, "1")
        }
        return response
    }
}

extension DriverHealth {
    /// The state in one word.
    fileprivate var status: String {
        if !canRead { return "unavailable" }
        if isDamaged { return "damaged" }
        return canWrite ? "ready" : "read-only"
    }
}
