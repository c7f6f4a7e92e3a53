import CMicroHTTPD
import Glibc

extension Connection {
    /// The data about a request for the observer.
    struct Record {
        var started: UInt64 = 0
        var status = 0
        var requestBodyBytes = 0
        var responseBodyBytes = 0
        var logFields: [(name: String, value: String)] = []
        var rejection: Rejection?
        /// Whether a `HEAD` was answered without the library.
        var isHeadOfStream = false

        mutating func note(_ response: Response) {
            status = response.status
            responseBodyBytes = response.bodyCount
            logFields = response.logFields
        }

        mutating func note(_ rejection: Rejection, _ response: Response) {
            note(response)
            self.rejection = rejection
        }
    }

    func observe(_ ending: Exchange.Ending) {
        guard let observer = server.configuration.observer else { return }
        let known = record.started > 0
        let exchange = Exchange(
            method: known ? head.method.rawValue : "", head: known ? head : RequestHead(), status: record.status,
            durationNanoseconds: known ? Clock.now - record.started : 0, requestBodyBytes: record.requestBodyBytes,
            responseBodyBytes: record.responseBodyBytes, logFields: record.logFields, remoteAddress: remoteAddress,
            ending: ending, rejection: record.rejection)
        record = Record()
        observer(exchange)
    }
}

/// Monotonic time in nanoseconds.
enum Clock {
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
