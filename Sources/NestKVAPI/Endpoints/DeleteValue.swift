import MicroHTTP
import NestKVCore

extension Route {
    /// `DELETE`: deletes the value and everything below it.
    static let deleteValue = Route(.delete, Route.tree, needs: .write, parameters: ["leaf"]) { call in
        let options = try call.writeOptions()
        return try await call.once { marker in
            let request = WriteRequest(Delete(), at: call.key, options)
            let result = try await call.store.write([request] + marker, if: [])[0]
            var response = Response(status: 204, headers: result.headers)
            response.logFields = [("transaction", options.transactionID.description)]
            return response
        }
    }
}
