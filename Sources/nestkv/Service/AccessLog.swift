import Logging
import MicroHTTP

/// Writes one log line for each request, at level info.
enum AccessLog {
    /// The observer for the server; nil if the level hides the lines, so that they cost nothing.
    static func observer(_ logger: Logger) -> (@Sendable (Exchange) -> Void)? {
        guard logger.logLevel <= .info else { return nil }
        return { exchange in
            var metadata: Logger.Metadata = [
                "method": .string(exchange.method),
                "path": .string(exchange.path),
                "status": .stringConvertible(exchange.status),
                "microseconds": .stringConvertible(exchange.durationNanoseconds / 1000),
                "bytes": .stringConvertible(exchange.responseBodyBytes),
                "request": .string(exchange.requestID),
            ]
            for field in exchange.logFields { metadata[field.name] = .string(field.value) }
            if let traceparent = exchange.traceparent { metadata["traceparent"] = .string(traceparent) }
            if exchange.ending != .completed { metadata["ending"] = .string(exchange.ending.rawValue) }
            if let rejection = exchange.rejection { metadata["rejection"] = .string(rejection.code) }
            logger.info("request", metadata: metadata)
        }
    }
}
