import Logging
import MicroHTTP

/// Writes one log line for each request, at level info.
enum AccessLog {
    /// The observer for the server; nil if the level hides the lines, so that they cost nothing.
    static func observer(_ logger: Logger, _ sink: LogSink) -> (@Sendable (Exchange) -> Void)? {
        guard logger.logLevel <= .info else { return nil }
        return { sink.write(line($0, sink.format)) }
    }

    /// The line of a request. It is written as bytes, because a dictionary of fields for swift-log takes more than ten
    /// times as long.
    static func line(_ exchange: Exchange, _ format: LogFormat) -> LogLine {
        var line = LogLine(format, .info, "request")
        line.field("bytes", exchange.responseBodyBytes)
        if exchange.ending != .completed { line.field("ending", exchange.ending.rawValue) }
        line.field("method", exchange.method)
        line.field("microseconds", Int(clamping: exchange.durationNanoseconds / 1000))
        exchange.pathBytes.withUnsafeBufferPointer { line.field("path", utf8: $0) }
        if let rejection = exchange.rejection { line.field("rejection", rejection.code) }
        exchange.withRequestID { line.field("request", utf8: $0) }
        line.field("status", exchange.status)
        if let traceparent = exchange.traceparent { line.field("traceparent", traceparent) }
        // The only one so far is the transaction, which comes last in the alphabet, too.
        for field in exchange.logFields { line.field(named: field.name, field.value) }
        return line
    }
}
