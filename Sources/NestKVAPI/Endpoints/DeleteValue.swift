import MicroHTTP
import NestKVCore

extension Route {
    /// `DELETE`: the value and everything below it.
    static let deleteValue = Route(.delete, Route.tree, parameters: ["leaf"]) { call in
        let options = try call.writeOptions(call.view())
        let result = try await call.store.write(.delete, at: call.key, options)
        var response = Response(status: 204, headers: result.headers)
        response.logFields = [("transaction", options.transactionID.description)]
        return response
    }
}
