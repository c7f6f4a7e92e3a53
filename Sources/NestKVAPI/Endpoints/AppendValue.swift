import MicroHTTP
import NestKVCore

extension Route {
    /// `POST`: stores the body as a new child with a time-ordered name.
    static let appendValue = Route(.post, Route.tree, parameters: ["pretty"]) { call in
        let options = try call.request.writeOptions(.tree)
        let result = try await call.store.append(call.jsonBody(), to: call.key, options)
        return await result.response(to: call, options)
    }
}
