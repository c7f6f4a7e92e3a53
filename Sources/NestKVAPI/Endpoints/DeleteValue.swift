import MicroHTTP
import NestKVCore

extension Route {
    /// `DELETE`: deletes the value and everything below it.
    static let deleteValue = Route(.delete, Route.tree, parameters: ["leaf"]) { call in
        WriteRequest(Delete(), at: call.key, try call.writeOptions())
    }
}
